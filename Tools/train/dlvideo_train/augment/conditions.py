"""Named circumstances of fixed strength, to score a model in: how much of it is memory.

Unlike `photometry`, which a network is trained with at random, a condition changes every picture
alike, and the same way each time (noise is seeded by the picture's index).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..data.sample import Derived, Sample, Source

Image = np.ndarray  # float32 [H, W, 3], 0 to 255


def grain(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    """With normal noise, separate in each channel."""
    return image + np.float32(sigma) * rng.standard_normal(image.shape, dtype=np.float32)


def dim(gain: float, gamma: float, cast: Sequence[float], sigma: float) -> Callable:
    """Little light of some colour (gains of red, green, blue), and the noise that comes with it."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        darker = 255 * (image / 255) ** np.float32(gamma) * np.float32(gain)
        return grain(darker * np.array(cast, np.float32), sigma, rng)

    return change


CONDITIONS: dict[str, Callable[[Image, np.random.Generator], Image]] = {
    "dusk": dim(0.45, 1.15, (0.92, 1, 1.1), 4),
    "night": dim(0.22, 1.2, (0.92, 1, 1.1), 4),
    "warm": dim(0.8, 1, (1.15, 0.95, 0.7), 2),
    "glare": lambda image, rng: 1.6 * image,
    "haze": lambda image, rng: 0.55 * image + 0.45 * 200,
    "blur": lambda image, rng: cv2.GaussianBlur(image, (0, 0), 1.6),
    "noise": lambda image, rng: grain(image, 16, rng),
}


class Altered(Derived):
    """A source's samples in a condition."""

    def __init__(self, source: Source, condition: str) -> None:
        super().__init__(source)
        self.condition = condition  # by name, as workers receive it

    def load(self, index: int) -> Sample:
        sample = self.source.load(index)
        image = CONDITIONS[self.condition](
            sample.image.astype(np.float32), np.random.default_rng(index)
        )
        return replace(sample, image=np.clip(image, 0, 255).astype(np.uint8))
