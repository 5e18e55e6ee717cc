"""The command line. Errors are one line and a documented status (README.md)."""

import argparse
import sys

import cv2
import torch

from ..data.sample import DataError, MissingError
from ..model_file import ModelError
from ..training.batches import WorkerError
from . import balancing, data, export, recipes, scoring, training
from .options import Parser, UsageError, positive

USAGE_ERROR, DATA_ERROR, MISSING_ERROR, MODEL_ERROR = 64, 65, 66, 69
WORKER_ERROR, OUTPUT_ERROR = 71, 73
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    result = Parser(prog="dlvideo_train", description="Trains, scores and exports dlvideo's models")
    result.set_defaults(parser=result)
    result.add_argument("--threads", type=positive, help="cores the network may use")
    commands = result.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for module in (data, training, recipes, scoring, balancing, export):
        module.add_commands(commands)
    return result


def status_of(error: Exception) -> int:
    """The exit status that stands for an error."""
    match error:
        case UsageError():
            return USAGE_ERROR
        case MissingError():
            return MISSING_ERROR
        case DataError():
            return DATA_ERROR
        case ModelError():
            return MODEL_ERROR
        case WorkerError():
            return WORKER_ERROR
        case _:
            return OUTPUT_ERROR


def main(arguments: list[str] | None = None) -> int:
    """Runs one command."""
    options = parser().parse_args(arguments)
    cv2.setNumThreads(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        options.action(options)
    except (UsageError, DataError, ModelError, WorkerError, OSError) as error:
        print(f"dlvideo_train: {error}", file=sys.stderr)
        return status_of(error)
    except KeyboardInterrupt:
        print("\ndlvideo_train: stopped", file=sys.stderr)
        return INTERRUPTED
    return 0
