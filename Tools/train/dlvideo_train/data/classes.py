"""Class tables: what the labels mean, and what goes into the model file."""

from collections.abc import Sequence
from dataclasses import dataclass

VOID = 255  # the semantic label of pixels that are neither trained nor evaluated

# The last number of a class whose objects' panoptic ids, 1000 times it and below 1000 more, are all
# among a PNG's 24-bit colours.
LAST_CATEGORY = (1 << 24) // 1000 - 1


@dataclass(frozen=True)
class LabelClass:
    """One class; `id` is the channel of the semantic head.

    `category` is the data set's own number of it, where that differs: what model files and
    panoptic pictures call it.
    """

    id: int
    name: str
    isthing: bool
    color: tuple[int, int, int] | None = None
    category: int | None = None

    def record(self) -> dict:
        """The entry of a model file's `classes`."""
        number = self.id if self.category is None else self.category
        record = {"id": number, "name": self.name, "isthing": int(self.isthing)}
        return record if self.color is None else record | {"color": list(self.color)}

    @staticmethod
    def from_record(record: dict, channel: int) -> "LabelClass":
        """From the entry at `channel` of a model file's classes or of COCO's categories."""
        color = record.get("color")
        return LabelClass(
            channel,
            str(record["name"]),
            bool(record["isthing"]),
            None if color is None else tuple(int(c) for c in color),
            int(record["id"]),
        )


def difference(ours: Sequence[LabelClass], theirs: Sequence[LabelClass]) -> str | None:
    """Where two class lists differ in what they mean, in words; None where they agree."""
    if len(ours) != len(theirs):
        return f"{len(ours)} classes and {len(theirs)}"
    for a, b in zip(ours, theirs, strict=True):
        if (a.name, a.isthing) != (b.name, b.isthing):
            kinds = [f"{c.name} ({'thing' if c.isthing else 'stuff'})" for c in (a, b)]
            return f"class {a.id} is {kinds[0]} and {kinds[1]}"
    return None


def wrong_number(classes: Sequence[LabelClass]) -> str | None:
    """The first class whose number panoptic ids cannot hold, in words; None where all are right."""
    for label in classes:
        number = label.record()["id"]
        if not 0 <= number <= LAST_CATEGORY:
            return f"class {label.name} has the id {number}; expected 0 to {LAST_CATEGORY}"
    return None


# Colours that colour-blind people can tell apart: Tools/palette/choose_colors.py.
CAMVID = tuple(
    LabelClass(index, name, isthing, color)
    for index, (name, isthing, color) in enumerate(
        (
            ("sky", False, (17, 185, 254)),
            ("building", False, (49, 45, 36)),
            ("pole", False, (240, 222, 190)),
            ("road", False, (116, 59, 128)),
            ("pavement", False, (240, 148, 189)),
            ("tree", False, (8, 142, 73)),
            ("sign", False, (202, 255, 109)),
            ("fence", False, (104, 106, 108)),
            ("car", True, (20, 39, 190)),
            ("pedestrian", True, (182, 0, 17)),
            ("bicyclist", True, (252, 127, 16)),
        )
    )
)
