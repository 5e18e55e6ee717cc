"""train: from pictures to weights."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import torch

from ..data.cache import Cached
from ..data.checks import check_classes, scan
from ..data.classes import LabelClass, difference
from ..data.open_source import open_source
from ..data.sample import Source
from ..model_file import ModelError, ModelHeader, load_model, save_model, transplanted
from ..network import DeeperLab, Widths
from ..progress import Progress
from ..scenes.source import Scenes
from ..training.batches import Batches
from ..training.loop import Trainer
from ..training.recipe import Recipe
from ..training.validation import Validation
from ..whole_file import write_text
from .options import (
    SOURCE_HELP,
    above_zero,
    below_one,
    device_of,
    not_negative,
    positive,
    scales,
    size,
    whole,
)

RECIPE = "recipe.json"
HEADER = "model.json"  # what the run's model files say of themselves


def kept(source: Source, folder: Path) -> Source:
    """The source, its samples kept in the folder if they take long to make."""
    return Cached(source, folder / "scenes") if isinstance(source, Scenes) else source


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The defaults, with what the options change."""
    given = {f.name: getattr(options, f.name, None) for f in fields(Recipe)}
    recipe = replace(Recipe(), **{k: v for k, v in given.items() if v is not None})
    return replace(recipe, sources=tuple(options.data))


def network_of(
    options: argparse.Namespace, classes: Sequence[LabelClass], seed: int
) -> tuple[DeeperLab, ModelHeader]:
    """The network to begin with: a model file's, or one of random weights."""
    torch.manual_seed(seed)
    if options.start:
        network, header = load_model(options.start)
        differs = difference(header.classes, classes)
        if not differs:
            return network, header
        if not options.new_classes:
            raise ModelError(
                f"{options.start}: its classes are not those of the data: {differs} "
                "(--new-classes keeps its weights but for the layer that tells classes)"
            )
        return transplanted(network, header, classes)
    widths = Widths(len(classes)) if options.preset == "lite" else Widths.paper(len(classes))
    return DeeperLab(widths), ModelHeader(widths, classes, options.radius, options.input)


def check_run(header: ModelHeader, run: Path) -> None:
    """What a run's folder says of its models must be what they are to be."""
    path = run / HEADER
    if not path.exists():
        return
    before = ModelHeader.read(path)
    differs = difference(before.classes, header.classes)
    if differs:
        raise ModelError(f"{run}: this run has other classes than the data: {differs}")
    theirs, ours = (json.loads(each.metadata()) for each in (before, header))
    for name in ours:
        if name not in ("classes", "grouping") and theirs[name] != ours[name]:
            raise ModelError(f"{run}: this run has {name} {theirs[name]}, not {ours[name]}")


def sources_of(
    options: argparse.Namespace,
) -> tuple[list[tuple[Source, float]], list[tuple[str, Source]]]:
    """What is trained on, with its shares, and what is scored on; all of the same classes."""
    sources = [open_source(text) for text in options.data]
    validation = [(text, open_source(text)[0]) for text in options.validation]
    check_classes([*zip(options.data, (s for s, _ in sources), strict=True), *validation])
    return sources, validation


def train(options: argparse.Namespace) -> None:
    """Trains from a model file or from random weights, into a run's folder."""
    device, recipe = device_of(options.device), recipe_of(options)
    sources, validation = sources_of(options)
    named = [(t, source) for t, (source, _) in zip(options.data, sources, strict=True)] + validation
    network, header = network_of(options, named[0][1].classes, recipe.seed)
    check_run(header, options.run)
    changes = recipe.changes(options.run / RECIPE)
    for text, source in named:
        scan(source, progress=Progress(f"checked of {text}"))
    trainer = Trainer(network.to(device), recipe, options.run)
    goes_on = trainer.resume()
    # Only now: a run that cannot go on so stays as it is.
    options.run.mkdir(parents=True, exist_ok=True)
    write_text(options.run / HEADER, header.metadata() + "\n")
    recipe.save(options.run / RECIPE)
    if goes_on:
        print(f"{options.run}: going on from step {trainer.step}", file=sys.stderr)
        for change in changes:
            print(f"{options.run}: from here on another recipe: {change}", file=sys.stderr)
    if options.cache:
        sources = [(kept(source, options.cache), share) for source, share in sources]
    batches = Batches(sources, recipe, header.keypoint_radius)
    score = Validation(validation, header, options.run, options.score_pictures)
    stopped = trainer.run(
        batches, options.workers, options.checkpoint_minutes, score, options.score_steps
    )
    if stopped is not None:
        print(f"{options.run}: stopped at step {trainer.step}; the same command goes on")
        raise SystemExit(128 + stopped)
    save_model(options.run / "final.safetensors", trainer.averaged(), header)


def add_commands(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("train", help=train.__doc__)
    command.set_defaults(action=train)
    command.add_argument("data", nargs="+", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument("--run", type=Path, required=True, help="folder of the run")
    command.add_argument("--start", type=Path, help="model file to begin with")
    command.add_argument(
        "--new-classes", action="store_true", help="the data's classes replace the model's"
    )
    command.add_argument("--preset", choices=("lite", "paper"), default="lite")
    command.add_argument(
        "--radius", type=above_zero, default=8, help="keypoint disks, in pixels (of a new model)"
    )
    command.add_argument(
        "--input", type=size, default=(512, 288), metavar="WxH", help="a new model's usual input"
    )
    command.add_argument("--cache", type=Path, help="folder that keeps scenes once drawn")
    command.add_argument(
        "--validation", action="append", default=[], metavar="SOURCE", help="scored on; repeatable"
    )
    command.add_argument("--device", help="cpu, cuda, cuda:1, ... (default: a GPU if there is one)")
    command.add_argument("--workers", type=whole, default=1, help="processes that prepare batches")
    command.add_argument("--score-steps", type=positive, default=250, help="from score to score")
    command.add_argument("--score-pictures", type=positive, help="first pictures only")
    command.add_argument("--checkpoint-minutes", type=not_negative, default=5)
    for name, kind in (
        ("steps", positive),
        ("batch", positive),
        ("warm-up", whole),
        ("seed", whole),
        ("peak-rate", above_zero),
        ("weight-decay", not_negative),
        ("average", below_one),
    ):
        command.add_argument(f"--{name}", type=kind)
    command.add_argument("--crop", type=size, metavar="WxH")
    command.add_argument(
        "--scale",
        type=scales,
        metavar="LOW-HIGH",
        help="crop pixels per picture pixel, at random (default: 0.55-1.9)",
    )
