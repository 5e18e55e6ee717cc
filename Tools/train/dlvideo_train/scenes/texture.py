"""Tileable noise, made once per process."""

from functools import cache

import cv2
import numpy as np

SIZE = 512  # pixels of a tile


@cache
def noise(kind: str) -> np.ndarray:
    """float32 [512, 512], mean 0, deviation 1, tileable. Kinds: grain, rough, patches, clouds."""
    sigmas = {
        "grain": ((0.7, 1.0), (1.6, 0.6)),
        "rough": ((1.0, 1.0), (3.0, 0.9), (9.0, 0.7)),
        "patches": ((6.0, 0.5), (16.0, 1.0), (40.0, 1.0)),
        "clouds": ((3.0, 0.22), (7.0, 0.4), (18.0, 0.75), (45.0, 1.3)),
    }[kind]
    rng = np.random.default_rng(list(kind.encode()))
    result = np.zeros((SIZE, SIZE), np.float32)
    for sigma, amount in sigmas:
        pad = int(3 * sigma) + 1
        field = np.pad(rng.standard_normal((SIZE, SIZE), dtype=np.float32), pad, mode="wrap")
        field = cv2.GaussianBlur(field, (0, 0), sigma)[pad:-pad, pad:-pad]
        result += amount * field / field.std()
    return (result - result.mean()) / result.std()


def sampled(kind: str, x: np.ndarray, y: np.ndarray, scale: float) -> np.ndarray:
    """The noise at world positions, `scale` tile pixels a metre; float32 like x."""
    return cv2.remap(
        noise(kind),
        np.mod(x * scale, SIZE).astype(np.float32),
        np.mod(y * scale, SIZE).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )


def patch(kind: str, height: int, width: int, at: tuple[int, int]) -> np.ndarray:
    """A [height, width] piece of the noise from row and column `at`, wrapping."""
    rows = (np.arange(height) + at[0]) % SIZE
    columns = (np.arange(width) + at[1]) % SIZE
    return noise(kind)[rows[:, None], columns[None]]
