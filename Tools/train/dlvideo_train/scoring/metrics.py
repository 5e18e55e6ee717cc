"""Scores of whole-image parsing: PQ (1801.00868), PC (1902.05093) and mIoU (MODEL.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.classes import VOID, LabelClass

IDS = 1 << 16  # more than any picture has instances


def mean_of(values: np.ndarray) -> float:
    """The mean of what is known; 0 of nothing."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0


def ious(confusion: np.ndarray) -> np.ndarray:
    """IoU [C] from counts [C truths, C founds]; NaN where a class is in neither."""
    hits = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - hits
    return np.where(union > 0, hits / np.maximum(union, 1), np.nan)


class SemanticScores:
    """mIoU over all pixels seen."""

    def __init__(self, classes: Sequence[LabelClass]) -> None:
        self.classes = classes
        self.confusion = np.zeros((len(classes), len(classes)), np.int64)

    def add(self, truth: np.ndarray, found: np.ndarray) -> None:
        """Label maps of one size; void truth does not count."""
        known = truth != VOID
        n = len(self.classes)
        pairs = truth[known].astype(np.int64) * n + found[known]
        self.confusion += np.bincount(pairs, minlength=n * n).reshape(n, n)

    def per_class(self) -> np.ndarray:
        """IoU of every class, NaN for one that neither occurs nor is found."""
        return ious(self.confusion)

    def mean(self) -> float:
        return mean_of(self.per_class())


@dataclass
class Segments:
    """A picture's regions: `ids` [H, W] index into `classes`, each region's class; -1 is void.

    is_crowd marks regions of things that nobody told apart: they are nobody's to find, and what
    is found on them is not held against it.
    """

    ids: np.ndarray
    classes: np.ndarray
    is_crowd: np.ndarray

    @staticmethod
    def of(semantic: np.ndarray, instance: np.ndarray, classes: Sequence[LabelClass]) -> "Segments":
        """Regions from labels: one for each stuff class, one for each instance.

        Thing pixels of no instance are a crowd.
        """
        isthing = np.zeros(256, bool)
        isthing[[c.id for c in classes if c.isthing]] = True
        thing = isthing[semantic]
        key = semantic.astype(np.int64) * IDS + np.where(thing, instance, 0)
        key[semantic == VOID] = -1
        values, ids = np.unique(key, return_inverse=True)
        ids = ids.reshape(semantic.shape)
        if values[0] == -1:
            values, ids = values[1:], ids - 1
        return Segments(ids, values // IDS, isthing[values // IDS] & (values % IDS == 0))


def overlaps(truth: Segments, found: Segments) -> np.ndarray:
    """Pixel counts [1 + truths, 1 + founds]; row and column 0 are void."""
    rows, columns = len(truth.classes) + 1, len(found.classes) + 1
    pairs = (truth.ids + 1).ravel() * columns + (found.ids + 1).ravel()
    return np.bincount(pairs, minlength=rows * columns).reshape(rows, columns)


class PanopticScores:
    """PQ, SQ, RQ and PC over all pictures seen."""

    def __init__(self, classes: Sequence[LabelClass]) -> None:
        self.classes = classes
        n = len(classes)
        self.iou, self.covered, self.area = np.zeros(n), np.zeros(n), np.zeros(n)
        self.true_positive = np.zeros(n, np.int64)
        self.false_positive, self.false_negative = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def add(self, truth: Segments, found: Segments) -> None:
        """Regions of one picture; what is mostly on void or on a crowd of its class is ignored."""
        counts = overlaps(truth, found)
        truth_area, found_area = counts[1:].sum(1), counts[:, 1:].sum(0)
        void_area, both = counts[0, 1:], counts[1:, 1:]
        same = truth.classes[:, None] == found.classes[None]
        whole = same & ~truth.is_crowd[:, None]
        union = truth_area[:, None] + (found_area - void_area)[None] - both
        iou = np.where(whole, both / np.maximum(union, 1), 0)
        matched = iou > 0.5
        # Covering leaves out crowds of every class.
        crowd_area = both[truth.is_crowd].sum(0)
        covering = np.where(whole, both / np.maximum(union - crowd_area[None], 1), 0)
        for index in np.flatnonzero(~truth.is_crowd):
            label = truth.classes[index]
            share = truth_area[index] / truth.ids.size
            self.covered[label] += share * covering[index].max(initial=0)
            self.area[label] += share
            if matched[index].any():
                self.true_positive[label] += 1
                self.iou[label] += iou[index].max()
            else:
                self.false_negative[label] += 1
        ignored = void_area + np.where(same & truth.is_crowd[:, None], both, 0).sum(0)
        is_false = ~matched.any(0) & (2 * ignored <= found_area)
        np.add.at(self.false_positive, found.classes[is_false], 1)

    def quality(self) -> dict[str, np.ndarray]:
        """Per class `pq`, `sq`, `rq`, `pc`; NaN where a class never occurs."""
        tp = self.true_positive
        parts = tp + (self.false_positive + self.false_negative) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "pq": np.where(parts > 0, self.iou / parts, np.nan),
                "sq": np.where(tp > 0, self.iou / tp, np.where(parts > 0, 0, np.nan)),
                "rq": np.where(parts > 0, tp / parts, np.nan),
                "pc": np.where(self.area > 0, self.covered / self.area, np.nan),
            }

    def mean(self) -> dict[str, float]:
        """Means over the classes that occur."""
        return {name: mean_of(values) for name, values in self.quality().items()}
