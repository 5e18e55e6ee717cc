"""Files that are there whole or not at all, whatever stops the program or the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def flush(path: Path, flags: int) -> None:
    """Waits until the file or folder is on the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """A file beside to write to: once it is on the disk it takes the path's place."""
    beside = path.with_name(path.name + ".part")
    yield beside
    flush(beside, os.O_RDWR)
    beside.replace(path)
    flush(path.parent, os.O_RDONLY)


def write_text(path: Path, text: str) -> None:
    """Writes the text in place of the file's."""
    with replaced_whole(path) as beside:
        beside.write_text(text)
