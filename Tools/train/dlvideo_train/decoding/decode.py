"""The whole way from head outputs to labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.classes import LabelClass
from .assignment import NOBODY, assign, complete
from .detection import Heads, Instance, cell_targets, detect, score_maps
from .fusion import fuse
from .parameters import Parameters


@dataclass
class Decoded:
    """semantic: uint8 [H, W]; instance: int32 [H, W], 0 for stuff; instances: number n is n + 1."""

    semantic: np.ndarray
    instance: np.ndarray
    instances: list[Instance]


def decode(heads: Heads, classes: Sequence[LabelClass], p: Parameters | None = None) -> Decoded:
    """Labels at the network input's size from its outputs, each [C, h, w]."""
    p = p or Parameters()
    heads = {name: np.asarray(plane, np.float64) for name, plane in heads.items()}
    is_thing = np.array([c.isthing for c in classes])
    semantic = heads["semantic"]
    labels = semantic.argmax(0)
    likely = 1 / np.exp(semantic - semantic.max(0)).sum(0)
    rows, columns = np.nonzero(is_thing[labels])
    targets = cell_targets(heads, rows, columns, p)
    instances = detect(heads, score_maps(heads, targets, p), targets, p)
    owner = np.full(labels.shape, NOBODY)
    owner[rows, columns] = assign(targets, instances, p)
    own = complete(owner, instances, labels, likely, is_thing, p)
    found, instance = fuse(semantic, own, is_thing)
    return Decoded(found.astype(np.uint8), instance, own.instances)
