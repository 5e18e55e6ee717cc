"""Samples kept on disk: for sources that take longer to make than to train on."""

import os
from pathlib import Path

import cv2
import numpy as np

from .sample import Derived, Sample, Source


class Cached(Derived):
    """A source whose samples are written to a folder when first asked for, then read from it.

    The folder belongs to one source; a file holds the picture with its labels beside it as one
    16-bit PNG: [H, 2W, 3], right of the picture semantic, instance, 0.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        super().__init__(source)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, index: int) -> Sample:
        path = self.folder / f"{self.name(index).replace(' ', '-')}.png"
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if stored is None:
            sample = self.source.load(index)
            self.write(path, sample)
            return sample
        width = stored.shape[1] // 2
        return Sample(
            np.ascontiguousarray(stored[:, :width].astype(np.uint8)),
            stored[:, width:, 0].astype(np.uint8),
            stored[:, width:, 1].astype(np.int32),
        )

    @staticmethod
    def write(path: Path, sample: Sample) -> None:
        """Beside, then renamed: another worker never reads half a file."""
        blank = np.zeros_like(sample.semantic, np.uint16)
        labels = np.dstack([sample.semantic, sample.instance, blank]).astype(np.uint16)
        stored = np.hstack([sample.image.astype(np.uint16), labels])
        _, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        beside = path.with_suffix(f".{os.getpid()}-{id(sample)}.part")
        beside.write_bytes(data.tobytes())
        beside.replace(path)
