"""balance: the semantic logits' biases that suit mean IoU, found on pictures not trained on."""

import argparse
import sys
from pathlib import Path

import torch

from ..model_file import load_model, save_model
from ..progress import Progress
from ..scoring.balance import Picture, balanced
from ..scoring.inference import infer, network_size
from ..scoring.score import nearest
from .options import SOURCE_HELP, size
from .scoring import source_for


def balance(options: argparse.Namespace) -> None:
    """Sets the biases of a model's semantic logits for the best mean IoU on sources."""
    network, header = load_model(options.model)
    sources = [source_for(options.model, header, text) for text in options.sources]
    if not options.output.parent.is_dir():
        raise OSError(f"{options.output}: its folder does not exist")
    pictures = []
    for number, (source, _) in enumerate(sources):
        progress = Progress(f"pictures of {options.sources[number]}")
        for index in range(len(source)):
            sample = source.load(index)
            chosen = options.size or network_size(header.input_size, sample.image.shape[1::-1])
            logits = infer(network, sample.image, chosen)["semantic"]
            pictures.append(Picture(logits, nearest(sample.semantic, chosen), number))
            progress(index + 1, len(source))
    shares = [share for _, share in sources]
    count = len(header.classes)
    biases, before, after = balanced(pictures, shares, count, Progress("classes weighed"))
    with torch.no_grad():
        bias = network.heads.semantic.logits.bias
        bias += torch.from_numpy(biases).to(bias.dtype)
    save_model(options.output, network, header, half=not options.float32)
    added = ", ".join(
        f"{label.name} {value:+.2f}"
        for label, value in zip(header.classes, biases, strict=True)
        if value
    )
    print(
        f"{options.output}: mIoU {100 * before:.1f} is now {100 * after:.1f} there; "
        f"added to the logits: {added or 'nothing'}",
        file=sys.stderr,
    )


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("balance", help=balance.__doc__)
    command.set_defaults(action=balance)
    command.add_argument("model", type=Path)
    command.add_argument("sources", nargs="+", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    command.add_argument(
        "--size", type=size, metavar="WxH", help="network input (default: as dlvideo chooses it)"
    )
    command.add_argument("--float32", action="store_true", help="twice as large")
