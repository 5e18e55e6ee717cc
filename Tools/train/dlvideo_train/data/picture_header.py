"""A picture file's size and wholeness without decoding it: PNG and JPEG."""

import struct
from pathlib import Path

import cv2

from .sample import DataError

PNG_MAGIC, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"
JPEG_MAGIC, JPEG_END = b"\xff\xd8", b"\xff\xd9"
# Frame headers: SOF0 to SOF15 without DHT, JPG and DAC.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
TAIL = 64  # some writers pad the end


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header, or None where there is none."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0] if marker != 0xFF else 1
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
    if data.startswith(PNG_MAGIC) and PNG_END in data[-TAIL:]:
        size = struct.unpack(">II", data[16:24])
    elif data.startswith(JPEG_MAGIC) and JPEG_END in data[-TAIL:]:
        size = jpeg_size(data)
    elif not data.startswith((PNG_MAGIC, JPEG_MAGIC)):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        size = None if picture is None else picture.shape[1::-1]
    if size is None:
        raise DataError(f"{path}: not a readable image, or cut off; expected a whole PNG or JPEG")
    return size
