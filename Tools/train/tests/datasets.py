"""Small data sets on disk, in every layout, for tests to read and to break."""

import json
from pathlib import Path

import cv2
import numpy as np

from dlvideo_train.data.panoptic import write_ids

WIDTH, HEIGHT = 24, 16


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return write(path, noise)


def camvid(root: Path, count: int = 3) -> Path:
    """A split: road with two cars (touching none) and a strip of void."""
    for n in range(count):
        picture(root / "images" / f"p{n}.jpg", n)
        labels = np.full((HEIGHT, WIDTH), 3, np.uint8)
        labels[:2] = 11
        labels[4:8, 2:8] = 8
        labels[4:8, 12:20] = 8
        labels[10:14, 4:9] = 9
        write(root / "labels" / f"p{n}.png", labels)
    return root


def cityscapes(root: Path, count: int = 2, *, instances: bool = True) -> Path:
    """ROOT/train: road, two cars (26001, 26002), a group of cars (26), an ego vehicle (1)."""
    for n in range(count):
        stem = f"bonn_{n:06d}_000019"
        picture(root / "leftImg8bit/train/bonn" / f"{stem}_leftImg8bit.png", n)
        labels = np.full((HEIGHT, WIDTH), 7, np.uint8)
        labels[-2:] = 1
        ids = labels.astype(np.uint16)
        for number, columns in ((26001, slice(1, 6)), (26002, slice(6, 11)), (26, slice(14, 20))):
            labels[3:9, columns] = 26
            ids[3:9, columns] = number
        write(root / "gtFine/train/bonn" / f"{stem}_gtFine_labelIds.png", labels)
        if instances:
            write(root / "gtFine/train/bonn" / f"{stem}_gtFine_instanceIds.png", ids)
    return root / "train"


CATEGORIES = [
    {"id": 7, "name": "road", "isthing": 0, "color": [1, 2, 3]},
    {"id": 20, "name": "dog", "isthing": 1},
    {"id": 190, "name": "sky", "isthing": 0},
]


def coco_ids() -> tuple[np.ndarray, list[dict]]:
    """Sky over road, two dogs and a crowd of them, a void column."""
    ids = np.full((HEIGHT, WIDTH), 70001, np.int32)
    ids[:5] = 300
    ids[6:10, 2:6], ids[6:10, 6:11], ids[6:12, 14:20] = 8000000, 513, 9
    ids[:, -1] = 0
    categories = {70001: 7, 300: 190, 8000000: 20, 513: 20, 9: 20}
    segments = [
        {"id": i, "category_id": c, "iscrowd": int(i == 9), "area": int((ids == i).sum())}
        for i, c in categories.items()
    ]
    return ids, segments


def coco(root: Path, count: int = 2) -> dict:
    """Writes pictures and PNGs, and the JSON, which is returned to be changed."""
    record: dict = {"info": {"year": 2026}, "images": [], "annotations": []}
    (root / "labels").mkdir(parents=True)
    for n in range(count):
        picture(root / "images" / f"{n}.jpg", n)
        ids, segments = coco_ids()
        write_ids(root / "labels" / f"{n}.png", ids)
        record["images"].append({"id": n + 40, "file_name": f"{n}.jpg"})
        record["annotations"].append(
            {"image_id": n + 40, "file_name": f"{n}.png", "segments_info": segments}
        )
    record["categories"] = CATEGORIES
    write_index(root, record)
    return record


def write_index(root: Path, record: dict) -> None:
    (root / "index.json").write_text(json.dumps(record))


def coco_source(root: Path) -> str:
    return f"coco:{root}/index.json,{root}/labels,{root}/images"
