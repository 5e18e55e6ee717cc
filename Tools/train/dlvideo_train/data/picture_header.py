"""A picture file's size and wholeness without decoding it: PNG and JPEG."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2

from .sample import DataError

PNG_MAGIC, PNG_HEADER, PNG_END = b"\x89PNG\r\n\x1a\n", b"IHDR", b"IEND"
JPEG_MAGIC, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# Frame headers: SOF0 to SOF15 without DHT, JPG and DAC.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_SCAN, JPEG_LAST = 0xDA, 0xD9
# In a scan's data 255 is followed by 0, or by the number of a restart.
JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
TAIL = 64  # some writers pad the end


def png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height; None where a chunk that decoders need is damaged, or the end is not there.

    What comes after the end is nothing of the picture.
    """
    view, at, size = memoryview(data), len(PNG_MAGIC), None
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 8 + length
        if end + 4 > len(data):
            return None
        is_needed = not kind[0] & 0x20  # a capital letter
        if (
            is_needed
            and zlib.crc32(view[at + 4 : end]) != struct.unpack(">I", view[end : end + 4])[0]
        ):
            return None
        if kind == PNG_HEADER and length >= 8:
            size = struct.unpack(">II", data[at + 8 : at + 16])
        if kind == PNG_END:
            return size
        at = end + 4
    return None


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of each segment, to where the file breaks off."""
    at = 2
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        yield marker, at
        if marker == JPEG_LAST or at + 4 > len(data):
            return
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker == JPEG_SCAN:
            found = JPEG_MARKER.search(data, at)
            if found is None:
                return
            at = found.start()


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header; None where there is none, or the end is not there.

    Some writers put data of their own after the end: then the end is sought from the beginning.
    """
    size, is_whole = None, JPEG_END in data[-TAIL:]
    for marker, at in jpeg_segments(data):
        if marker in JPEG_FRAMES and at + 9 <= len(data):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            size = width, height
        is_whole |= marker == JPEG_LAST
        if size and is_whole:
            return size
    return None


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height. Throws where the file is missing, cut off or no picture."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    size = None
    if data.startswith(PNG_MAGIC):
        size = png_size(data)
    elif data.startswith(JPEG_MAGIC):
        size = jpeg_size(data)
    else:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        size = None if picture is None else picture.shape[1::-1]
    if size is None:
        raise DataError(
            f"{path}: not a readable image, damaged or cut off; expected a whole PNG or JPEG"
        )
    return size
