"""CamVid's layout: SPLIT/images/*.jpg|png and SPLIT/labels/*.png of class indices."""

from pathlib import Path

import numpy as np

from .classes import CAMVID, VOID
from .sample import DataError, Sample, connected_instances, read_image, read_labels

CAMVID_VOID = 11


class CamVid:
    """One split. Semantic labels only: connected regions of things serve as instances."""

    classes = CAMVID

    def __init__(self, split: Path) -> None:
        self.images = sorted(
            p for p in (split / "images").glob("*") if p.suffix in (".jpg", ".png")
        )
        if not self.images:
            raise DataError(f"{split}/images: no .jpg or .png files; is this a CamVid split?")
        self.labels = [split / "labels" / f"{p.stem}.png" for p in self.images]
        for image, labels in zip(self.images, self.labels, strict=True):
            if not labels.is_file():
                raise DataError(f"{image}: has no labels; expected {labels}")

    def __len__(self) -> int:
        return len(self.images)

    def name(self, index: int) -> str:
        return str(self.images[index])

    def load(self, index: int) -> Sample:
        labels = read_labels(self.labels[index])
        if labels.ndim != 2:
            raise DataError(f"{self.labels[index]}: expected one channel of class indices")
        semantic = np.where(labels == CAMVID_VOID, VOID, labels).astype(np.uint8)
        return Sample(
            read_image(self.images[index]), semantic, connected_instances(semantic, self.classes)
        )
