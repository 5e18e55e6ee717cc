"""CamVid's layout: SPLIT/images/*.jpg|png and SPLIT/labels/*.png of class indices."""

from pathlib import Path

import numpy as np

from .classes import CAMVID, VOID
from .labelled_files import LabelledFiles, paired
from .sample import DataError, MissingError, connected_instances, read_labels

CAMVID_VOID = 11
PICTURES = (".jpg", ".jpeg", ".png")


class CamVid(LabelledFiles):
    """One split. Semantic labels only: connected regions of things serve as instances."""

    classes = CAMVID

    def __init__(self, split: Path) -> None:
        if not split.is_dir():
            raise MissingError(f"{split}: no such folder; expected images/ and labels/ in it")
        pictures = {p.stem: p for p in (split / "images").glob("*") if p.suffix.lower() in PICTURES}
        labels = {p.stem: p for p in (split / "labels").glob("*.png")}
        if not pictures:
            raise DataError(f"{split}/images: no .jpg or .png files; is this a CamVid split?")
        keys = paired(pictures, labels, str(split / "labels" / "{}.png"))
        self.files = [(pictures[key], labels[key]) for key in keys]

    def __len__(self) -> int:
        return len(self.files)

    def image_path(self, index: int) -> Path:
        return self.files[index][0]

    def label_path(self, index: int) -> Path:
        return self.files[index][1]

    def labels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        path = self.label_path(index)
        labels = read_labels(path)
        if labels.ndim != 2 or labels.dtype != np.uint8:
            raise DataError(f"{path}: expected one grey channel of 8-bit class indices")
        semantic = np.where(labels == CAMVID_VOID, VOID, labels).astype(np.uint8)
        return semantic, connected_instances(semantic, self.classes)
