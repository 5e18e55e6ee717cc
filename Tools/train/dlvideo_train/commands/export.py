"""export, mix, onnx: from weights to files that others read."""

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path

from ..data.open_source import shared
from ..decoding.parameters import Parameters
from ..model_file import ModelError, ModelHeader, load_model, mixed, save_model
from ..model_onnx import check_onnx, export_onnx
from ..training.checkpoint import averaged_of
from ..training.loop import CHECKPOINT
from .options import size
from .training import HEADER


def header_of(run: Path) -> ModelHeader:
    """What the run's model files say of themselves."""
    if (run / HEADER).exists():
        return ModelHeader.read(run / HEADER)
    if (run / "latest.safetensors").exists():
        return load_model(run / "latest.safetensors")[1]
    raise ModelError(f"{run / HEADER}: missing; is {run} the folder of a run?")


def export(options: argparse.Namespace) -> None:
    """Writes a run's newest averaged weights as a model file, in float16."""
    checkpoint = options.run / CHECKPOINT if options.run.is_dir() else options.run
    header = header_of(checkpoint.parent)
    if options.input:
        header = replace(header, input_size=options.input)
    header = replace(header, grouping=dict(header.grouping) | dict(options.grouping))
    network, step = averaged_of(checkpoint, header.widths)
    save_model(options.output, network, header, half=not options.float32)
    megabytes = options.output.stat().st_size / 1e6
    print(f"{options.output}: {megabytes:.1f} MB, after {step} steps", file=sys.stderr)


def mix(options: argparse.Namespace) -> None:
    """Writes the weighted mean of model files' weights, with what the first says of itself."""
    network, header = mixed(options.models)
    save_model(options.output, network, header, half=not options.float32)


def onnx(options: argparse.Namespace) -> None:
    """Writes a model file as ONNX (float32) and compares it with PyTorch."""
    network, header = load_model(options.model)
    chosen = options.size or header.input_size
    export_onnx(network, options.output, chosen)
    errors = check_onnx(network, options.output, chosen)
    worst = max(errors, key=lambda name: errors[name])
    print(
        f"{options.output}: {chosen[0]}x{chosen[1]}, agrees with PyTorch within "
        f"{errors[worst]:.1g} ({worst}, of its largest value)",
        file=sys.stderr,
    )


def model_share(text: str) -> tuple[Path, float]:
    """FILE or FILE@SHARE."""
    name, number = shared(text)
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text}: a share must be above 0")
    return Path(name), number


def parameter(text: str) -> tuple[str, float]:
    """NAME=VALUE."""
    name, _, value = text.partition("=")
    if name not in Parameters.names():
        known = ", ".join(Parameters.names())
        raise argparse.ArgumentTypeError(f"{name}: no parameter of grouping; they are {known}")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected NAME=NUMBER") from None


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("export", help=export.__doc__)
    command.set_defaults(action=export)
    command.add_argument("run", type=Path, help="a run's folder, or a checkpoint in one")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    command.add_argument("--input", type=size, metavar="WxH", help="the model's usual input")
    command.add_argument("--float32", action="store_true", help="twice as large")
    command.add_argument(
        "--grouping",
        type=parameter,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a threshold of grouping, tuned for the model; repeatable",
    )

    command = commands.add_parser("mix", help=mix.__doc__)
    command.set_defaults(action=mix)
    command.add_argument("models", nargs="+", type=model_share, metavar="MODEL[@SHARE]")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.safetensors")
    command.add_argument("--float32", action="store_true", help="twice as large")

    command = commands.add_parser("onnx", help=onnx.__doc__)
    command.set_defaults(action=onnx)
    command.add_argument("model", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.onnx")
    command.add_argument("--size", type=size, metavar="WxH", help="(default: the model's input)")
