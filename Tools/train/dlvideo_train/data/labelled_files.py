"""What all sources of picture files share: loading one sample, and checking it quickly."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .classes import LabelClass
from .picture_header import picture_size
from .sample import DataError, Sample, check_labels, read_image


class LabelledFiles(ABC):
    """Pictures on disk with labels beside them, read one at a time."""

    classes: Sequence[LabelClass]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def image_path(self, index: int) -> Path:
        """The picture's file."""

    @abstractmethod
    def label_path(self, index: int) -> Path:
        """The file of its labels."""

    @abstractmethod
    def labels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """`semantic` and `instance` of a sample."""

    def name(self, index: int) -> str:
        return str(self.image_path(index))

    def load(self, index: int) -> Sample:
        return Sample(read_image(self.image_path(index)), *self.labels(index))

    def verify(self, index: int) -> None:
        """Reads the labels and the picture's header; throws what `load` or training would."""
        size = picture_size(self.image_path(index))
        labels_name = str(self.label_path(index))
        check_labels(*self.labels(index), size, self.name(index), self.classes, labels_name)


def paired(pictures: dict[str, Path], labels: dict[str, Path], expected: str) -> list[str]:
    """The keys that both have, in order. Throws where one has a key that the other lacks.

    expected: where a picture's labels should be, with `{}` for its key.
    """
    for key, path in pictures.items():
        if key not in labels:
            raise DataError(f"{path}: has no labels; expected {expected.format(key)}")
    for key, path in labels.items():
        if key not in pictures:
            raise DataError(f"{path}: labels without a picture")
    return sorted(pictures)
