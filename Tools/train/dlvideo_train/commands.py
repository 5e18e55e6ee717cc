"""The command line: train, eval, coco, sample."""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

import cv2
import torch

from .data.cache import Cached
from .data.coco_folder import write_coco_folder
from .data.open_source import open_source
from .data.sample import DataError, Source
from .evaluation import score_semantic
from .model_file import ModelError, ModelHeader, load_model, save_model
from .network import DeeperLab, Widths
from .progress import Progress
from .scenes.sample_video import make_sample
from .scenes.source import Scenes
from .training.batches import Batches
from .training.log import plot
from .training.loop import Trainer
from .training.recipe import Recipe

USAGE_ERROR, DATA_ERROR, MODEL_ERROR = 64, 65, 69


def size(text: str) -> tuple[int, int]:
    """WxH, both multiples of 16."""
    width, _, height = text.partition("x")
    if int(width) % 16 or int(height) % 16:
        raise argparse.ArgumentTypeError(f"{text}: both sides must be multiples of 16")
    return int(width), int(height)


def kept(source: Source, folder: Path) -> Source:
    """The source, its samples kept in the folder if they take long to make."""
    return Cached(source, folder / "scenes") if isinstance(source, Scenes) else source


def train(options: argparse.Namespace) -> None:
    """Trains from a model file or from random weights, into a run's folder."""
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    given = {f.name: getattr(options, f.name, None) for f in fields(Recipe)}
    recipe = replace(Recipe(), **{k: v for k, v in given.items() if v is not None})
    recipe = replace(recipe, sources=tuple(options.data))
    sources = [open_source(text) for text in options.data]
    classes = sources[0][0].classes
    if options.start:
        network, header = load_model(options.start)
    else:
        torch.manual_seed(recipe.seed)
        widths = Widths(len(classes)) if options.preset == "lite" else Widths.paper(len(classes))
        network, header = DeeperLab(widths), ModelHeader(widths, classes)
    options.run.mkdir(parents=True, exist_ok=True)
    recipe.save(options.run / "recipe.json")
    trainer = Trainer(network.to(device), recipe, options.run)
    if trainer.resume():
        print(f"{options.run}: going on from step {trainer.step}", file=sys.stderr)
    validation = open_source(options.validation)[0] if options.validation else None

    def score(averaged: DeeperLab) -> dict[str, float]:
        save_model(options.run / "latest.safetensors", averaged, header)
        plot(options.run)
        return {"miou": score_semantic(averaged, validation).mean()} if validation else {}

    if options.cache:
        sources = [(kept(source, options.cache), share) for source, share in sources]
    batches = Batches(sources, recipe, header.keypoint_radius)
    stopped = trainer.run(batches, options.workers, score=score, score_steps=options.score_steps)
    if stopped is not None:
        print(f"{options.run}: stopped at step {trainer.step}; the same command goes on")
        raise SystemExit(128 + stopped)
    save_model(options.run / "final.safetensors", trainer.averaged(), header)


def evaluate(options: argparse.Namespace) -> None:
    """Scores a model file on a source."""
    network, _ = load_model(options.model)
    source, _ = open_source(options.data)
    scores = score_semantic(network, source, options.limit)
    print(f"mIoU {scores.mean():.4f}")
    for label, iou in zip(source.classes, scores.per_class(), strict=True):
        print(f"  {label.name:12s} {iou:.3f}")


def coco(options: argparse.Namespace) -> None:
    """Writes a source as a COCO-panoptic folder: panoptic.json, panoptic/, images/."""
    source, _ = open_source(options.data)
    done = Progress("pictures written")
    write_coco_folder(source, options.folder, options.limit, options.workers, done)


def sample(options: argparse.Namespace) -> None:
    """Makes the sample video with its labels: street.mp4, street.json, street.panoptic/."""
    make_sample(options.folder)


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="dlvideo_train", description=__doc__)
    result.add_argument("--threads", type=int, help="cores the network may use")
    commands = result.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("train", help=train.__doc__)
    command.set_defaults(action=train)
    command.add_argument("data", nargs="+", metavar="SOURCE", help=open_source.__doc__)
    command.add_argument("--run", type=Path, required=True, help="folder of the run")
    command.add_argument("--start", type=Path, help="model file to begin with")
    command.add_argument("--preset", choices=("lite", "paper"), default="lite")
    command.add_argument("--cache", type=Path, help="folder that keeps scenes once drawn")
    command.add_argument("--validation", help="source to score on")
    command.add_argument("--device", help="cpu, cuda, ...")
    command.add_argument("--workers", type=int, default=1, help="processes that prepare batches")
    command.add_argument("--score-steps", type=int, default=250)
    for name in ("steps", "batch", "warm_up", "seed"):
        command.add_argument(f"--{name.replace('_', '-')}", type=int)
    for name in ("peak_rate", "weight_decay", "average"):
        command.add_argument(f"--{name.replace('_', '-')}", type=float)
    command.add_argument("--crop", type=size, metavar="WxH")

    command = commands.add_parser("eval", help=evaluate.__doc__)
    command.set_defaults(action=evaluate)
    command.add_argument("model", type=Path)
    command.add_argument("data", metavar="SOURCE")
    command.add_argument("--limit", type=int, help="first pictures only")

    command = commands.add_parser("coco", help=coco.__doc__)
    command.set_defaults(action=coco)
    command.add_argument("data", metavar="SOURCE")
    command.add_argument("folder", type=Path)
    command.add_argument("--limit", type=int, help="first pictures only")
    command.add_argument("--workers", type=int, default=1, help="processes that make pictures")

    command = commands.add_parser("sample", help=sample.__doc__)
    command.set_defaults(action=sample)
    command.add_argument("folder", type=Path)
    return result


def main() -> int:
    """Runs one command; errors are one line and a documented status."""
    options = parser().parse_args()
    cv2.setNumThreads(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        options.action(options)
    except DataError as error:
        print(f"dlvideo_train: {error}", file=sys.stderr)
        return DATA_ERROR
    except ModelError as error:
        print(f"dlvideo_train: {error}", file=sys.stderr)
        return MODEL_ERROR
    return 0
