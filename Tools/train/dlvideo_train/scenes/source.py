"""Scenes as a source of training pictures: index is seed."""

import numpy as np

from ..data.classes import CAMVID
from ..data.sample import DataError, Sample
from .layout import Scene, random_scene
from .motorway import random_motorway
from .render import render, with_sensor

MOTORWAYS = 8  # one scene in so many
# Visible pixels (8x8) below which a road user is one of a crowd: the heads see four cells of it.
# One can still say what it is, but not which pixels of a far row of cars or people are whose;
# Cityscapes calls these groups, COCO crowds.
SMALLEST_INSTANCE = 64


def scene_of(seed: int) -> Scene:
    """What a seed stands for: mostly a street, now and then a motorway."""
    return random_motorway(seed) if seed % MOTORWAYS == 0 else random_scene(seed)


def with_crowds(sample: Sample) -> Sample:
    """The sample with what is too small to be told apart left in its class, but in no instance."""
    visible = np.bincount(sample.instance.ravel())
    sample.instance[(visible < SMALLEST_INSTANCE)[sample.instance]] = 0
    return sample


class Scenes:
    """Scenes of the seeds [first, end), drawn when asked for."""

    classes = CAMVID

    def __init__(self, first: int, end: int, size: tuple[int, int] = (480, 288)) -> None:
        if end <= first:
            raise DataError(f"scenes:{first}-{end}: the last seed must come after the first")
        self.first, self.end, self.size = first, end, size

    @staticmethod
    def parse(text: str) -> "Scenes":
        """From `FIRST-END`."""
        first, _, end = text.partition("-")
        if not (first.isdecimal() and end.isdecimal()):
            raise DataError(f"scenes:{text}: expected FIRST-END, as in scenes:0-2000")
        return Scenes(int(first), int(end))

    def __len__(self) -> int:
        return self.end - self.first

    def name(self, index: int) -> str:
        return f"scene {self.first + index}"

    def load(self, index: int) -> Sample:
        seed = self.first + index
        drawn = render(scene_of(seed), *self.size)
        return with_sensor(with_crowds(drawn), np.random.default_rng((1, seed)))
