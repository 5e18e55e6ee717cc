"""COCO's panoptic format: a JSON file, a folder of PNGs of segment ids, a folder of pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .classes import VOID, LabelClass, wrong_number
from .json_stream import members
from .labelled_files import LabelledFiles
from .panoptic import read_ids
from .sample import DataError, MissingError


@dataclass(frozen=True)
class Segments:
    """What the JSON says of one picture's segments, in arrays: a set has millions of them."""

    ids: np.ndarray  # int32, ascending
    channels: np.ndarray  # uint8, of the semantic head
    is_crowd: np.ndarray  # bool
    areas: np.ndarray  # int32; -1 where none is given


def classes_of(categories: list[dict], path: Path) -> tuple[LabelClass, ...]:
    """The classes in the JSON's order; each keeps the data set's own category number."""
    if not 1 <= len(categories) < VOID:
        raise DataError(f"{path}: has {len(categories)} categories; expected 1 to {VOID - 1}")
    try:
        classes = tuple(LabelClass.from_record(c, n) for n, c in enumerate(categories))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: a category lacks one of id, name and isthing ({error})"
        ) from error
    if len({c.category for c in classes}) < len(classes):
        raise DataError(f"{path}: two categories have the same id")
    wrong = wrong_number(classes)
    if wrong:
        raise DataError(f"{path}: {wrong}")
    return classes


class CocoPanoptic(LabelledFiles):
    """Pictures in the order of the JSON's annotations."""

    def __init__(self, index: Path, labels: Path, images: Path) -> None:
        for folder in (labels, images):
            if not folder.is_dir():
                raise MissingError(f"{folder}: no such folder; expected coco:JSON,PNGS,IMAGES")
        self.index, self.label_folder, self.image_folder = index, labels, images
        names, annotations, categories = self.read()
        self.classes = classes_of(categories, index)
        self.channel = {c.category: c.id for c in self.classes}
        self.files: list[tuple[str, str]] = []  # picture, labels
        self.segments: list[Segments] = []
        for image, labels_name, segments in annotations:
            if image not in names:
                raise DataError(f"{index}: {labels_name} is of the image {image}, not in `images`")
            self.files.append((names.pop(image), labels_name))
            self.segments.append(self.described(labels_name, *segments))
        if not self.files:
            raise DataError(f"{index}: has no annotations; expected one for each picture")
        for picture in names.values():
            raise DataError(f"{index}: the image {picture} has no annotation")
        self.check_files()

    @staticmethod
    def parse(text: str) -> "CocoPanoptic":
        """From `JSON,PNGS,IMAGES`."""
        parts = text.split(",")
        if len(parts) != 3:
            raise DataError(f"coco:{text}: expected coco:JSON,PNG_FOLDER,IMAGE_FOLDER")
        return CocoPanoptic(*(Path(p) for p in parts))

    def read(self) -> tuple[dict[Any, str], list[tuple[Any, str, tuple]], list[dict]]:
        """Picture names by id; per annotation its image, file and columns; the categories."""
        names: dict[Any, str] = {}
        annotations: list[tuple[Any, str, tuple]] = []
        categories: list[dict] = []
        for key, item in members(self.index):
            try:
                if key == "images":
                    names[item["id"]] = item["file_name"]
                elif key == "annotations":
                    annotations.append(
                        (item["image_id"], item["file_name"], columns(item["segments_info"]))
                    )
                elif key == "categories":
                    categories.append(item)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                raise DataError(
                    f"{self.index}: an entry of {key} is not as COCO's panoptic format has it "
                    f"({type(error).__name__}: {error})"
                ) from error
        return names, annotations, categories

    def described(self, name: str, ids: np.ndarray, rest: np.ndarray) -> Segments:
        """The segments of one picture, in ascending order; their categories must be known."""
        for identity, category in zip(ids, rest[:, 0], strict=True):
            if int(category) not in self.channel:
                raise DataError(
                    f"{self.index}: segment {identity} of {name} has the category {category}, "
                    "which is not in `categories`"
                )
        order = np.argsort(ids)
        ids, rest = ids[order], rest[order]
        if ids.size and (ids[0] <= 0 or (np.diff(ids) == 0).any()):
            raise DataError(f"{self.index}: {name} lists a segment twice, or one with the id 0")
        channels = np.array([self.channel[int(c)] for c in rest[:, 0]], np.uint8)
        return Segments(ids, channels, rest[:, 1] != 0, rest[:, 2])

    def check_files(self) -> None:
        """Every file named must be there; folders are listed once, not asked file by file."""
        for folder, column in ((self.image_folder, 0), (self.label_folder, 1)):
            present = {str(p.relative_to(folder)) for p in folder.rglob("*")}
            for names in self.files:
                # What the list lacks may be there: behind a link to a folder, or named with a "./".
                if names[column] not in present and not (folder / names[column]).is_file():
                    raise DataError(f"{folder / names[column]}: missing; {self.index} names it")

    def __len__(self) -> int:
        return len(self.files)

    def image_path(self, index: int) -> Path:
        return self.image_folder / self.files[index][0]

    def label_path(self, index: int) -> Path:
        return self.label_folder / self.files[index][1]

    def labels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        path, segments = self.label_path(index), self.segments[index]
        ids = read_ids(path)
        values, places = np.unique(ids, return_inverse=True)
        places = places.reshape(ids.shape)
        self.check_segments(path, segments, values, np.bincount(places.ravel()))
        isthing = np.array([self.classes[c].isthing for c in segments.channels], bool)
        number = np.where(isthing & ~segments.is_crowd, np.arange(1, len(segments.ids) + 1), 0)
        at = np.searchsorted(segments.ids, values)
        semantic = np.full(len(values), VOID, np.uint8)
        instance = np.zeros(len(values), np.int32)
        semantic[values != 0] = segments.channels[at[values != 0]]
        instance[values != 0] = number[at[values != 0]]
        return semantic[places], instance[places]

    def check_segments(
        self, path: Path, segments: Segments, values: np.ndarray, counts: np.ndarray
    ) -> None:
        """The PNG's ids and areas must be those that the JSON lists."""
        undescribed = np.setdiff1d(values[values != 0], segments.ids)
        if undescribed.size:
            raise DataError(
                f"{path}: has the id {undescribed[0]}, which its segments_info does not list"
            )
        absent = np.setdiff1d(segments.ids, values)
        if absent.size:
            raise DataError(f"{path}: lacks the id {absent[0]}, which its segments_info lists")
        found = counts[values != 0]
        wrong = np.flatnonzero((segments.areas >= 0) & (segments.areas != found))
        if wrong.size:
            n = wrong[0]
            raise DataError(
                f"{path}: segment {segments.ids[n]} has {found[n]} pixels, "
                f"its segments_info says {segments.areas[n]}"
            )


def columns(segments: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    """A picture's `segments_info` as arrays: ids, and [n, 3] of category, crowd, area."""
    ids = np.array([s["id"] for s in segments], np.int32)
    rest = [(s["category_id"], s.get("iscrowd", 0), s.get("area", -1)) for s in segments]
    return ids, np.array(rest, np.int32).reshape(-1, 3)
