"""Batches as a function of (recipe, step): any number of workers, and a resumed run, agree."""

import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..augment import random_light, random_view
from ..augment.geometry import ViewRange
from ..data.sample import DataError, Source
from ..targets import Targets, make_targets
from .recipe import Recipe
from .stop import SIGNALS


def as_tensors(targets: Targets, image: np.ndarray) -> dict[str, Tensor]:
    """One picture's input (float32 [3, H, W] in [-1, 1]) and targets."""
    tensors = {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in vars(targets).items()}
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
    return {"image": pixels.float() / 127.5 - 1} | tensors


class Batches(Dataset):
    """Item `step` is the whole batch of that step."""

    def __init__(
        self,
        sources: Sequence[tuple[Source, float]],
        recipe: Recipe,
        radius: float,
        view: ViewRange | None = None,
    ) -> None:
        self.sources, self.recipe, self.radius = sources, recipe, radius
        self.view = view or ViewRange(scale=recipe.scale)
        shares = np.array([share for _, share in sources])
        self.shares = shares / shares.sum()

    def __len__(self) -> int:
        return self.recipe.steps

    def __getitem__(self, step: int) -> dict[str, Tensor]:
        rng = np.random.default_rng((self.recipe.seed, step))
        # Each batch holds the sources in their shares, remainders drawn by chance.
        order = (np.arange(self.recipe.batch) + rng.random()) / self.recipe.batch
        chosen = np.minimum(np.searchsorted(self.shares.cumsum(), order), len(self.sources) - 1)
        pictures = [self.picture(self.sources[index][0], rng) for index in chosen]
        return {name: torch.stack([p[name] for p in pictures]) for name in pictures[0]}

    def picture(self, source: Source, rng: np.random.Generator) -> dict[str, Tensor]:
        sample = source.load(int(rng.integers(len(source))))
        sample = random_view(sample, self.recipe.crop, rng, self.view)
        targets = make_targets(sample.semantic, sample.instance, self.radius)
        return as_tensors(targets, random_light(sample.image, rng))


def as_worker(_worker: int) -> None:
    """Workers leave the cores to the network, and the end of the run to the loop."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


class WorkerError(Exception):
    """A worker process that is gone."""


class Prepared(Dataset):
    """Batches, or why there is none: an error thrown in a worker would come as a traceback."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, step: int) -> dict[str, Tensor] | Exception:
        try:
            return self.batches[step]
        except (DataError, OSError) as error:
            return error


def batches_from(
    batches: Batches, step: int, workers: int
) -> Generator[dict[str, Tensor], None, None]:
    """The batches from `step` to the recipe's end, prepared ahead by worker processes.

    To be closed, however it ends: workers that are left keep the program from ending.
    """
    prepared = iter(
        DataLoader(
            Prepared(batches),
            batch_size=None,
            sampler=range(step, len(batches)),
            num_workers=workers,
            prefetch_factor=3 if workers else None,
            worker_init_fn=as_worker,
        )
    )
    try:
        for batch in prepared:
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:
        # At the program's end they would be sent SIGTERM, which they ignore, and waited for.
        getattr(prepared, "_shutdown_workers", lambda: None)()


@contextmanager
def workers_watched() -> Iterator[None]:
    """While entered, PyTorch's word on a worker that is gone, at whatever line, is WorkerError."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("DataLoader worker"):
            raise
        raise WorkerError(
            "a process that prepares batches was killed (is there memory for --workers?); "
            "the same command goes on from the last checkpoint"
        ) from error
