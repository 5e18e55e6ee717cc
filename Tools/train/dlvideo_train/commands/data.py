"""check, coco, sample: commands on data sets."""

import argparse
from pathlib import Path

from ..augment.conditions import CONDITIONS, Altered
from ..data.checks import check_classes, scan
from ..data.coco_folder import write_coco_folder
from ..data.open_source import open_source
from ..progress import Progress
from ..scenes.sample_video import make_sample
from .options import SOURCE_HELP, positive


def check(options: argparse.Namespace) -> None:
    """Checks every label and picture of sources, as training does before it starts."""
    sources = [(text, open_source(text)[0]) for text in options.data]
    check_classes(sources)
    for text, source in sources:
        scan(source, options.workers, Progress(f"checked of {text}"))
        things = [c.name for c in source.classes if c.isthing]
        print(
            f"{text}: {len(source)} pictures, {len(source.classes)} classes, "
            f"things: {', '.join(things) or 'none'}"
        )


def coco(options: argparse.Namespace) -> None:
    """Writes a source as a COCO-panoptic folder: panoptic.json, panoptic/, images/."""
    source, _ = open_source(options.data)
    if options.condition:
        source = Altered(source, options.condition)
    done = Progress("pictures written")
    write_coco_folder(source, options.folder, options.limit, options.workers, done)


def sample(options: argparse.Namespace) -> None:
    """Makes the sample video with its labels: street.mp4, street.json, street.panoptic/."""
    make_sample(options.folder)


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("check", help=check.__doc__)
    command.set_defaults(action=check)
    command.add_argument("data", nargs="+", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument("--workers", type=positive, help="processes (default: all cores)")

    command = commands.add_parser("coco", help=coco.__doc__)
    command.set_defaults(action=coco)
    command.add_argument("data", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument("folder", type=Path)
    command.add_argument("--limit", type=positive, help="first pictures only")
    command.add_argument(
        "--condition",
        choices=CONDITIONS,
        help="circumstances to put the pictures in, to see how much a model loses by them",
    )
    command.add_argument("--workers", type=positive, default=1, help="processes that make them")

    command = commands.add_parser("sample", help=sample.__doc__)
    command.set_defaults(action=sample)
    command.add_argument("folder", type=Path)
