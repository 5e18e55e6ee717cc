"""Cityscapes' layout, in its 19 evaluated classes.

ROOT/leftImg8bit/SPLIT/CITY/*_leftImg8bit.png, and beside them
ROOT/gtFine/SPLIT/CITY/*_gtFine_labelIds.png and, where there are any, *_gtFine_instanceIds.png.
"""

from pathlib import Path

import cv2
import numpy as np

from .classes import VOID, LabelClass
from .labelled_files import LabelledFiles, paired
from .sample import DataError, MissingError, connected_instances, read_labels

# The set's own label ids, whose order is that of the train ids; names and colours are the set's.
LABELS = (
    (7, "road", False, (128, 64, 128)),
    (8, "sidewalk", False, (244, 35, 232)),
    (11, "building", False, (70, 70, 70)),
    (12, "wall", False, (102, 102, 156)),
    (13, "fence", False, (190, 153, 153)),
    (17, "pole", False, (153, 153, 153)),
    (19, "traffic light", False, (250, 170, 30)),
    (20, "traffic sign", False, (220, 220, 0)),
    (21, "vegetation", False, (107, 142, 35)),
    (22, "terrain", False, (152, 251, 152)),
    (23, "sky", False, (70, 130, 180)),
    (24, "person", True, (220, 20, 60)),
    (25, "rider", True, (255, 0, 0)),
    (26, "car", True, (0, 0, 142)),
    (27, "truck", True, (0, 0, 70)),
    (28, "bus", True, (0, 60, 100)),
    (31, "train", True, (0, 80, 100)),
    (32, "motorcycle", True, (0, 0, 230)),
    (33, "bicycle", True, (119, 11, 32)),
)
CITYSCAPES = tuple(
    LabelClass(index, name, isthing, color)
    for index, (_, name, isthing, color) in enumerate(LABELS)
)
LAST_LABEL, NO_LABEL = 33, 255  # 255: licence plates, which have the id -1
FIRST_EVALUATED, LAST_TRAIN_ID = LABELS[0][0], len(LABELS) - 1
SEVERAL = 3
PER_LABEL = 1000  # an instance's id is label id * 1000 + number; a group's is the label id alone

TRAIN_IDS = np.full(256, VOID, np.uint8)
TRAIN_IDS[[label for label, *_ in LABELS]] = np.arange(len(LABELS))
KNOWN = np.zeros(256, bool)
KNOWN[[*range(LAST_LABEL + 1), NO_LABEL]] = True


def files_of(folder: Path, ending: str) -> dict[str, Path]:
    """CITY/NAME without the ending, to its file."""
    found = folder.glob(f"*/*{ending}")
    return {f"{p.parent.name}/{p.name.removesuffix(ending)}": p for p in found}


class Cityscapes(LabelledFiles):
    """One split, given as ROOT/SPLIT. A group of things ("car group") belongs to no instance."""

    classes = CITYSCAPES

    def __init__(self, place: Path) -> None:
        root, split = place.parent, place.name
        pictures_at, labels_at = root / "leftImg8bit" / split, root / "gtFine" / split
        for folder in (pictures_at, labels_at):
            if not folder.is_dir():
                raise MissingError(f"{folder}: no such folder; expected cityscapes:ROOT/SPLIT")
        pictures = files_of(pictures_at, "_leftImg8bit.png")
        labels = files_of(labels_at, "_gtFine_labelIds.png")
        if not pictures:
            raise DataError(f"{pictures_at}: no CITY/*_leftImg8bit.png files")
        keys = paired(pictures, labels, str(labels_at / "{}_gtFine_labelIds.png"))
        instances = files_of(labels_at, "_gtFine_instanceIds.png")
        self.files = [(pictures[key], labels[key], instances.get(key)) for key in keys]
        for picture, _, instance in self.files:
            if instances and instance is None:
                raise DataError(f"{picture}: has no *_instanceIds.png, as other pictures have")
        self.check_ids()

    def __len__(self) -> int:
        return len(self.files)

    def image_path(self, index: int) -> Path:
        return self.files[index][0]

    def label_path(self, index: int) -> Path:
        return self.files[index][1]

    def label_ids(self, index: int) -> np.ndarray:
        """The set's own ids, uint8 [H, W]."""
        path = self.label_path(index)
        labels = read_labels(path)
        if labels.ndim != 2 or labels.dtype != np.uint8:
            raise DataError(f"{path}: expected one channel of 8-bit label ids")
        return labels

    def check_ids(self) -> None:
        """Throws where the split's files look like train ids, which are label ids too by number.

        Those end at 18 and have roads, buildings and four classes more below 7, where label ids
        have what is not evaluated: the car with the camera, the picture's border. One picture with
        a tree, the sky or a car, mostly the first, says that they are label ids.
        """
        counts = np.zeros(256, np.int64)
        for index in range(len(self)):
            counts += np.bincount(self.label_ids(index).ravel(), minlength=256)
            if counts[LAST_TRAIN_ID + 1 : LAST_LABEL + 1].any():
                return
        below = counts[:FIRST_EVALUATED]
        if np.count_nonzero(below) >= SEVERAL and 3 * below.sum() > counts.sum():
            raise DataError(
                f"{self.label_path(0)}: looks like train ids, as does the whole split: no label "
                f"from {LAST_TRAIN_ID + 1} to {LAST_LABEL}, many below {FIRST_EVALUATED}; "
                "expected label ids"
            )

    def labels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        _, path, instances = self.files[index]
        labels = self.label_ids(index)
        found = np.flatnonzero(np.bincount(labels.ravel(), minlength=256))
        if not KNOWN[found].all():
            wrong = ", ".join(str(v) for v in found[~KNOWN[found]])
            raise DataError(f"{path}: {wrong} are no label ids (0 to {LAST_LABEL})")
        semantic = TRAIN_IDS[labels]
        if instances is None:
            return semantic, connected_instances(semantic, self.classes)
        return semantic, self.instances(instances, labels, semantic)

    def instances(self, path: Path, labels: np.ndarray, semantic: np.ndarray) -> np.ndarray:
        """int32 [H, W] from the file of instance ids, which must agree with the label ids."""
        ids = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if ids is None:
            raise DataError(f"{path}: not a readable label image")
        if ids.dtype != np.uint16:
            raise DataError(f"{path}: expected one channel of 16-bit instance ids")
        if ids.shape != labels.shape:
            raise DataError(f"{path}: expected {labels.shape[1]}x{labels.shape[0]}, as its labels")
        is_one = (ids >= PER_LABEL) & (semantic != VOID)
        differs = is_one & (ids // PER_LABEL != labels)
        if differs.any():
            y, x = np.argwhere(differs)[0]
            raise DataError(
                f"{path}: {ids[y, x]} at ({x}, {y}) is no instance of label {labels[y, x]}, "
                "which its labelIds have there"
            )
        isthing = np.zeros(256, bool)
        isthing[[c.id for c in self.classes if c.isthing]] = True
        return np.where(is_one & isthing[semantic], ids, 0).astype(np.int32)
