"""Scores of whole-image parsing: PQ (1801.00868), PC (1902.05093) and mIoU (MODEL.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .data.classes import VOID, LabelClass

IDS = 1 << 16  # more than any picture has instances


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
        hits = np.diag(self.confusion)
        union = self.confusion.sum(0) + self.confusion.sum(1) - hits
        return np.where(union > 0, hits / np.maximum(union, 1), np.nan)

    def mean(self) -> float:
        return float(np.nanmean(self.per_class()))


@dataclass
class Segments:
    """A picture's regions: `ids` [H, W] index into `classes`, which holds each region's class."""

    ids: np.ndarray
    classes: np.ndarray

    @staticmethod
    def of(semantic: np.ndarray, instance: np.ndarray, classes: Sequence[LabelClass]) -> "Segments":
        """Regions from labels: one for each stuff class, one for each instance; void is -1.

        A thing pixel of no instance is void.
        """
        isthing = np.zeros(256, bool)
        isthing[[c.id for c in classes if c.isthing]] = True
        thing = isthing[semantic]
        key = np.where(thing, semantic.astype(np.int64) * IDS + instance, semantic * IDS)
        key[(semantic == VOID) | (thing & (instance == 0))] = -1
        values, ids = np.unique(key, return_inverse=True)
        ids = ids.reshape(semantic.shape)
        if values[0] == -1:
            values, ids = values[1:], ids - 1
        return Segments(ids, values // IDS)


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
        self.false_positive, self.false_negative = self.true_positive.copy(), np.zeros(n, np.int64)

    def add(self, truth: Segments, found: Segments) -> None:
        """Regions of one picture; a found region mostly on void truth is not held against it."""
        counts = overlaps(truth, found)
        truth_area, found_area = counts[1:].sum(1), counts[:, 1:].sum(0)
        void_area, both = counts[0, 1:], counts[1:, 1:]
        union = truth_area[:, None] + (found_area - void_area)[None] - both
        same = truth.classes[:, None] == found.classes[None]
        iou = np.where(same, both / np.maximum(union, 1), 0)
        matched = iou > 0.5
        for index, label in enumerate(truth.classes):
            best = iou[index].max(initial=0)
            share = truth_area[index] / truth.ids.size
            self.covered[label] += share * best
            self.area[label] += share
            if matched[index].any():
                self.true_positive[label] += 1
                self.iou[label] += best
            else:
                self.false_negative[label] += 1
        for index, label in enumerate(found.classes):
            mostly_void = void_area[index] > 0.5 * found_area[index]
            if found_area[index] and not matched[:, index].any() and not mostly_void:
                self.false_positive[label] += 1

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
        return {name: float(np.nanmean(values)) for name, values in self.quality().items()}
