"""COCO's panoptic format: pictures of segment ids, and what is said of each segment.

A PNG's colour is R + 256 G + 65536 B = id; 0 is void. Ids here are category * 1000 + instance,
but 999 for stuff of category 0; readers take any ids and trust the category that is listed.
"""

from pathlib import Path

import cv2
import numpy as np

from .classes import VOID
from .sample import DataError, Sample

PER_CATEGORY = 1000
STUFF_OF_CATEGORY_0 = 999


def panoptic_ids(sample: Sample) -> np.ndarray:
    """int32 [H, W] of a sample's labels."""
    ids = sample.semantic.astype(np.int32) * PER_CATEGORY + sample.instance
    ids[(sample.semantic == 0) & (sample.instance == 0)] = STUFF_OF_CATEGORY_0
    ids[sample.semantic == VOID] = 0
    return ids


def category_of(identity: int) -> int:
    """The category in an id that `panoptic_ids` made."""
    return 0 if identity == STUFF_OF_CATEGORY_0 else identity // PER_CATEGORY


def segments(ids: np.ndarray, things: frozenset[int] = frozenset()) -> list[dict]:
    """COCO's `segments_info` of one picture's ids, as made by `panoptic_ids`.

    Pixels of `things` (category ids) that belong to no instance are a crowd.
    """
    result = []
    for value in (int(v) for v in np.unique(ids) if v):
        y, x = np.nonzero(ids == value)
        left, top = int(x.min()), int(y.min())
        box = [left, top, int(x.max()) - left + 1, int(y.max()) - top + 1]
        category = category_of(value)
        is_whole = value == STUFF_OF_CATEGORY_0 or value % PER_CATEGORY == 0
        result.append(
            {
                "id": value,
                "category_id": category,
                "area": len(x),
                "bbox": box,
                "iscrowd": int(is_whole and category in things),
            }
        )
    return result


def write_ids(path: Path, ids: np.ndarray) -> None:
    """The ids as a PNG's colours."""
    color = np.stack([ids // 65536 % 256, ids // 256 % 256, ids % 256], axis=2)  # BGR
    if not cv2.imwrite(str(path), color.astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        raise OSError(f"{path}: cannot be written")


def read_ids(path: Path) -> np.ndarray:
    """int32 [H, W] from a PNG's colours."""
    color = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if color is None:
        raise DataError(f"{path}: not a readable label image")
    if color.ndim != 3 or color.shape[2] < 3 or color.dtype != np.uint8:
        raise DataError(f"{path}: expected an RGB PNG of segment ids, 8 bits a channel")
    blue, green, red = (color[..., n].astype(np.int32) for n in range(3))
    return red + 256 * green + 65536 * blue
