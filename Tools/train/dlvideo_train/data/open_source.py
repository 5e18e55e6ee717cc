"""Sources by their text: `KIND:PATH`, with `@SHARE` of each batch where there are several."""

from pathlib import Path

from ..scenes.source import Scenes
from .camvid import CamVid
from .cityscapes import Cityscapes
from .coco import CocoPanoptic
from .sample import DataError, Source

KINDS = {
    "camvid": lambda place: CamVid(Path(place)),
    "cityscapes": lambda place: Cityscapes(Path(place)),
    "coco": CocoPanoptic.parse,
    "scenes": Scenes.parse,
}


def open_source(text: str) -> tuple[Source, float]:
    """The source and its share (1 where none is given).

    Examples: `camvid:DIR/train@0.6`, `cityscapes:DIR/train`, `coco:FILE.json,PNGS,IMAGES`,
    `scenes:0-100000@0.4` (our generator's seeds).
    """
    place, part = shared(text)
    kind, _, path = place.partition(":")
    if kind not in KINDS or not path:
        raise DataError(f"{text}: expected KIND:PATH with KIND one of {', '.join(KINDS)}")
    if not 0 < part < float("inf"):
        raise DataError(f"{text}: its share must be above 0")
    return KINDS[kind](path), part


def shared(text: str) -> tuple[str, float]:
    """TEXT or TEXT@SHARE in its parts."""
    place, found, share = text.rpartition("@")
    try:
        return (place, float(share)) if found else (text, 1.0)
    except ValueError:
        return text, 1.0  # an @ of the path's own
