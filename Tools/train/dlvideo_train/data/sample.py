"""One labelled picture, and the interface of everything that yields them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from .classes import VOID, LabelClass


class DataError(Exception):
    """A data set that cannot be trained on: which file, what was expected."""


class MissingError(DataError):
    """There is no such file or folder."""


@dataclass
class Sample:
    """A picture and its labels, all of one size.

    image: uint8 [H, W, 3], RGB. semantic: uint8 [H, W], class ids, `VOID` where unlabelled.
    instance: int32 [H, W], 0 where there is no instance, else unique within the picture.
    """

    image: np.ndarray
    semantic: np.ndarray
    instance: np.ndarray


class Source(Protocol):
    """A set of samples by index."""

    classes: Sequence[LabelClass]

    def __len__(self) -> int: ...

    def load(self, index: int) -> Sample: ...

    def name(self, index: int) -> str: ...


class Derived:
    """A source made of another one's samples: the same classes, number and names."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def classes(self) -> Sequence[LabelClass]:
        return self.source.classes

    def __len__(self) -> int:
        return len(self.source)

    def name(self, index: int) -> str:
        return self.source.name(index)


def read_image(path: Path) -> np.ndarray:
    """An RGB picture, uint8 [H, W, 3]."""
    # Labels are drawn on the stored pixels, whichever way up a viewer shows them.
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise DataError(f"{path}: not a readable image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_labels(path: Path) -> np.ndarray:
    """A label picture as stored: [H, W] or, for colour-coded ids, [H, W, 3] in RGB order."""
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if labels is None:
        raise DataError(f"{path}: not a readable label image")
    if labels.ndim == 3:
        labels = cv2.cvtColor(labels[..., :3], cv2.COLOR_BGR2RGB)
    return labels


def connected_instances(semantic: np.ndarray, classes: Sequence[LabelClass]) -> np.ndarray:
    """Instances for sets without any: the connected regions (8 neighbours) of each thing class."""
    instance = np.zeros(semantic.shape, np.int32)
    for thing in (c for c in classes if c.isthing):
        count, regions = cv2.connectedComponents(
            (semantic == thing.id).astype(np.uint8), connectivity=8
        )
        if count > 1:
            instance = np.where(regions > 0, regions + instance.max(), instance)
    return instance.astype(np.int32)


def check_labels(
    semantic: np.ndarray,
    instance: np.ndarray,
    size: tuple[int, int],
    name: str,
    classes: Sequence[LabelClass],
    labels_name: str | None = None,
) -> None:
    """Throws, naming the file and what was expected, where labels do not fit their picture.

    size: the picture's width and height; labels_name: the labels' file, if they have one.
    """
    for what, labels in (("labels", semantic), ("instances", instance)):
        if labels.shape[::-1] != tuple(size):
            raise DataError(
                f"{name}: {what} are {labels.shape[1]}x{labels.shape[0]}, "
                f"its image is {size[0]}x{size[1]}; sizes must be equal"
            )
    known = np.zeros(256, bool)
    known[[c.id for c in classes]] = True
    known[VOID] = True
    found = np.flatnonzero(np.bincount(semantic.ravel(), minlength=256))
    if not known[found].all():
        wrong = ", ".join(str(v) for v in found[~known[found]])
        raise DataError(
            f"{labels_name or name}: label values {wrong} are none of the {len(classes)} classes "
            f"(0 to {max(c.id for c in classes)}) nor void"
        )


def checked(sample: Sample, name: str, classes: Sequence[LabelClass]) -> Sample:
    """The sample, or an error that names the file and says what was expected."""
    check_labels(sample.semantic, sample.instance, sample.image.shape[1::-1], name, classes)
    return sample
