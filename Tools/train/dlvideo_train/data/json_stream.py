"""Reads a large JSON object's arrays item by item, so that only one item is held at a time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .sample import DataError, MissingError

CHUNK = 1 << 20  # characters read at once
DELIMITERS = frozenset(",:]} \t\r\n")


class Text:
    """The part of a file that is being parsed."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.buffer, self.at = file, "", 0
        self.decoder = json.JSONDecoder()

    def more(self) -> bool:
        """Reads on; False at the file's end."""
        chunk = self.file.read(CHUNK)
        self.buffer, self.at = self.buffer[self.at :] + chunk, 0
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self.at < len(self.buffer) and self.buffer[self.at].isspace():
                self.at += 1
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def take(self, expected: str) -> str:
        """Passes the next character, which must be one of those expected."""
        found = self.peek()
        if not found or found not in expected:
            raise ValueError(f"expected one of {expected!r}, found {found!r}")
        self.at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.at)
            except json.JSONDecodeError:
                if not self.more():
                    raise
                continue
            # A number could go on in the next chunk: "12" or "12." of "12.5".
            if self.buffer[end : end + 1] not in DELIMITERS and self.more():
                continue
            self.at = end
            return value


def members(path: Path) -> Iterator[tuple[str, Any]]:
    """(key, item) for every item of the object's arrays; (key, value) for its other members."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from parse(Text(file))
    except FileNotFoundError as error:
        raise MissingError(f"{path}: no such file") from error
    except (ValueError, OSError, RecursionError) as error:
        raise DataError(f"{path}: not a readable JSON object ({error})") from error


def parse(text: Text) -> Iterator[tuple[str, Any]]:
    text.take("{")
    if text.peek() == "}":
        return
    while True:
        key = text.value()
        text.take(":")
        if text.peek() == "[":
            text.take("[")
            if text.peek() == "]":
                text.take("]")
            else:
                while True:
                    yield key, text.value()
                    if text.take(",]") == "]":
                        break
        else:
            yield key, text.value()
        if text.take(",}") == "}":
            return
