"""Writes any source as a COCO-panoptic folder, for `dlvideo eval` and for other tools."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from .panoptic import PER_CATEGORY, panoptic_ids, segments, write_ids
from .parallel import each
from .sample import DataError, Sample, Source, checked

INDEX, LABELS, IMAGES = "panoptic.json", "panoptic", "images"


def renumbered(sample: Sample) -> Sample:
    """The sample with its instances numbered from 1 within each class."""
    instance = np.zeros_like(sample.instance)
    for category in np.unique(sample.semantic[sample.instance > 0]):
        mine = (sample.semantic == category) & (sample.instance > 0)
        instance[mine] = 1 + np.unique(sample.instance[mine], return_inverse=True)[1]
    return Sample(sample.image, sample.semantic, instance)


def write_sample(folder: Path, source: Source, index: int) -> tuple[dict, dict]:
    """Writes one picture and its labels; returns its entries in `images` and `annotations`."""
    sample = renumbered(checked(source.load(index), source.name(index), source.classes))
    if sample.instance.max(initial=0) >= PER_CATEGORY - 1:
        raise DataError(f"{source.name(index)}: has {sample.instance.max()} objects of one class")
    ids, name = panoptic_ids(sample), f"{index:06d}.png"
    things = frozenset(c.id for c in source.classes if c.isthing)
    write_ids(folder / LABELS / name, ids)
    path = folder / IMAGES / name
    if not cv2.imwrite(str(path), cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{path}: cannot be written")
    height, width = sample.semantic.shape
    image = {"id": index, "file_name": name, "width": width, "height": height}
    described = segments(ids, things)
    return image, {"image_id": index, "file_name": name, "segments_info": described}


def write_coco_folder(
    source: Source,
    folder: Path,
    limit: int | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """FOLDER/panoptic.json, FOLDER/panoptic/*.png and FOLDER/images/*.png."""
    for part in (LABELS, IMAGES):
        (folder / part).mkdir(parents=True, exist_ok=True)
    count = min(len(source), limit or len(source))
    images, annotations = [], []
    entries = each(source, partial(write_sample, folder), range(count), workers)
    for image, annotation in entries:
        images.append(image)
        annotations.append(annotation)
        if progress:
            progress(len(images), count)
    categories = [c.record() | {"id": c.id} for c in source.classes]
    record = {"images": images, "annotations": annotations, "categories": categories}
    (folder / INDEX).write_text(json.dumps(record, separators=(",", ":")) + "\n")
