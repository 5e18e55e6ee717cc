"""What the commands' options have in common."""

import argparse
import math
import sys
from typing import NoReturn

import torch

SOURCE_HELP = (
    "camvid:SPLIT, cityscapes:ROOT/SPLIT, coco:JSON,PNGS,IMAGES or scenes:FIRST-END; where several "
    "are given, @SHARE after each is its part of every batch"
)


class UsageError(Exception):
    """Options that cannot be."""


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line and status 64, as dlvideo has it."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (--help explains)", file=sys.stderr)
        sys.exit(64)


def size(text: str) -> tuple[int, int]:
    """WxH, both multiples of 16."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()) or not int(width) * int(height):
        raise argparse.ArgumentTypeError(f"{text}: expected WxH, as in 512x288")
    if int(width) % 16 or int(height) % 16:
        raise argparse.ArgumentTypeError(f"{text}: both sides must be multiples of 16")
    return int(width), int(height)


def scales(text: str) -> tuple[float, float]:
    """LOW-HIGH, both positive."""
    low, _, high = text.partition("-")
    try:
        least, most = float(low), float(high)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected LOW-HIGH, as in 0.5-2") from None
    if not 0 < least <= most < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: expected 0 < LOW <= HIGH")
    return least, most


def whole(text: str, least: int = 0) -> int:
    """A whole number from `least`, of 63 bits."""
    if not text.isdecimal() or len(text) > 19 or not least <= int(text) < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from {least}")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    return whole(text, 1)


def not_negative(text: str) -> float:
    """A number from 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 0")
    return number


def above_zero(text: str) -> float:
    """A number above 0."""
    number = not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError(f"{text}: expected a number above 0")
    return number


def below_one(text: str) -> float:
    """A number from 0, below 1."""
    number = not_negative(text)
    if number >= 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 0, below 1")
    return number


def device_of(text: str | None) -> torch.device:
    """The device asked for, which must be usable; a GPU if there is one and none is asked for."""
    try:
        device = torch.device(text or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--device {text}: cannot be used here ({reason})") from error
    return device
