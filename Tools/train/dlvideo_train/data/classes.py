"""Class tables: what the labels mean, and what goes into the model file."""

from dataclasses import asdict, dataclass

VOID = 255  # the semantic label of pixels that are neither trained nor evaluated


@dataclass(frozen=True)
class LabelClass:
    """One class; `id` is the channel of the semantic head."""

    id: int
    name: str
    isthing: bool
    color: tuple[int, int, int]

    def record(self) -> dict:
        """The entry of a model file's `classes`."""
        return asdict(self) | {"isthing": int(self.isthing), "color": list(self.color)}

    @staticmethod
    def from_record(record: dict) -> "LabelClass":
        """From a model file's or a COCO category's entry; a grey where no colour is given."""
        color = record.get("color", (128, 128, 128))
        return LabelClass(record["id"], record["name"], bool(record["isthing"]), tuple(color))


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
