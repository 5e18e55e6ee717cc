"""The whole way from head outputs to labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.classes import LabelClass
from .assignment import NOBODY, assign, complete
from .detection import Heads, Instance, cell_targets, detect, score_maps
from .fields import CELL_AREA
from .fusion import fuse
from .parameters import Parameters


@dataclass
class Decoded:
    """semantic: uint8 [H, W]; instance: int32 [H, W], 0 for stuff; instances: number n is n + 1."""

    semantic: np.ndarray
    instance: np.ndarray
    instances: list[Instance]


NEVER = -1e30  # an absent class's logits: finite, as they are blended


def without_small_stuff(semantic: np.ndarray, is_thing: np.ndarray, p: Parameters) -> np.ndarray:
    """Logits [C, h, w] that let no cell be of stuff that covers less than `p.stuff_area`.

    The class of most cells stays in any case.
    """
    counts = np.bincount(semantic.argmax(0).ravel(), minlength=len(is_thing))
    absent = ~is_thing & (counts * CELL_AREA < p.stuff_area)
    absent[counts.argmax()] = False
    return np.where(absent[:, None, None], NEVER, semantic)


def decode(heads: Heads, classes: Sequence[LabelClass], p: Parameters | None = None) -> Decoded:
    """Labels at the network input's size from its outputs, each [C, h, w]."""
    p = p or Parameters()
    heads = {name: np.asarray(plane, np.float64) for name, plane in heads.items()}
    is_thing = np.array([c.isthing for c in classes])
    highest = heads["semantic"].max(0)
    semantic = without_small_stuff(heads["semantic"], is_thing, p)
    labels = semantic.argmax(0)
    likely = np.exp(semantic.max(0) - highest) / np.exp(heads["semantic"] - highest).sum(0)
    rows, columns = np.nonzero(is_thing[labels])
    targets = cell_targets(heads, rows, columns, p)
    instances = detect(heads, score_maps(heads, targets, p), targets, p)
    owner = np.full(labels.shape, NOBODY)
    owner[rows, columns] = assign(targets, instances, p)
    own = complete(owner, instances, labels, likely, is_thing, p)
    found, instance = fuse(semantic, own, is_thing)
    return Decoded(found.astype(np.uint8), instance, own.instances)
