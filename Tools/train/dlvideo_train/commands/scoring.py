"""eval: scores of a model file on a source."""

import argparse
import json
import math
from pathlib import Path

from ..data.classes import difference
from ..data.open_source import open_source
from ..data.sample import Source
from ..model_file import ModelError, ModelHeader, load_model
from ..progress import Progress
from ..scoring.score import Scores, score
from .options import SOURCE_HELP, device_of, positive, size


def percent(value: float) -> str:
    return f"{'-' if math.isnan(value) else format(100 * value, '.1f'):>8}"


def table(scores: Scores, source: Source) -> list[str]:
    """The scores in percent, a line a class."""
    per_class = scores.per_class()
    width = max(8, *(len(c.name) for c in source.classes))
    lines = [
        " " * width + "".join(f"{name.upper():>8}" for name in per_class).replace("IOU", "IoU")
    ]
    for label in source.classes:
        values = "".join(percent(column[label.id]) for column in per_class.values())
        lines.append(f"{label.name:{width}}{values}")
    means = "".join(percent(value) for value in scores.mean().values())
    return [*lines, "", f"{'all':{width}}{means}"]


def source_for(model: Path, header: ModelHeader, text: str) -> tuple[Source, float]:
    """A source of the model's classes, with its share."""
    source, share = open_source(text)
    differs = difference(header.classes, source.classes)
    if differs:
        raise ModelError(f"{model}: its classes are not those of {text}: {differs}")
    return source, share


def evaluate(options: argparse.Namespace) -> None:
    """Scores a model file on a source: PQ, SQ, RQ, PC and mIoU, by class."""
    network, header = load_model(options.model)
    source, _ = source_for(options.model, header, options.data)
    network.to(device_of(options.device))
    progress = Progress("pictures scored")
    scores = score(network, header, source, options.limit, options.size, progress)
    print(*table(scores, source), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(scores.mean(), indent=1) + "\n")


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("eval", help=evaluate.__doc__)
    command.set_defaults(action=evaluate)
    command.add_argument("model", type=Path)
    command.add_argument("data", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument("--limit", type=positive, help="first pictures only")
    command.add_argument(
        "--size", type=size, metavar="WxH", help="network input (default: as dlvideo chooses it)"
    )
    command.add_argument("--device", help="cpu, cuda, ... (default: a GPU if there is one)")
    command.add_argument("--json", type=Path, help="the means, as fractions of 1, into a file")
