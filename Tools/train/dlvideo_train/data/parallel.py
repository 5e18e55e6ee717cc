"""The same work on many samples of one source, on several cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import cv2

from .sample import Source

# What this process works on: handed over once, as a large set's lists take long to copy.
held: list[Source] = []


def hold(source: Source) -> None:
    cv2.setNumThreads(1)
    held[:] = [source]


def work(function: Callable[[Source, Any], Any], item: Any) -> Any:
    return function(held[0], item)


def each(
    source: Source,
    function: Callable[[Source, Any], Any],
    items: Iterable[Any],
    workers: int | None = None,
) -> Iterator[Any]:
    """`function(source, item)` of every item, in their order; all cores where no number is given.

    The function and its results go between processes, so both must be picklable.
    """
    items = list(items)
    count = min(workers or len(os.sched_getaffinity(0)), max(1, len(items)))
    # Not forked from here: PyTorch and OpenCV have threads, whose locks a fork would keep for good.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(count, context, initializer=hold, initargs=(source,))
    try:
        yield from pool.map(work, [function] * len(items), items)
    finally:
        pool.shutdown(cancel_futures=True)
