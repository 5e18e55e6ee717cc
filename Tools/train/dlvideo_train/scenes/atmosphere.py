"""Air between the street and the lens: haze, fog, rain, vignetting."""

import cv2
import numpy as np

from .light import Light


def through_air(
    image: np.ndarray, depth: np.ndarray, light: Light, seed: int, time: float
) -> np.ndarray:
    """The picture after haze by depth (metres), rain and the lens' falloff, uint8."""
    height, width = depth.shape
    clear = np.exp(-np.minimum(depth, 2000) / light.visibility).astype(np.float32)
    clear[depth > 9e4] = 1  # the sky has its own colour
    seen = image * clear[..., None] + (1 - clear[..., None]) * light.air.astype(np.float32)
    if light.rain:
        rng = np.random.default_rng((seed, int(time * 1000)))
        streaks = np.zeros((height, width), np.uint8)
        for _ in range(int(width * height / 900)):
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            length = rng.uniform(3, 14) * height / 360
            end = (int(x + 0.12 * length), int(y + length))
            cv2.line(streaks, (int(x), int(y)), end, int(rng.integers(20, 90)), 1, cv2.LINE_AA)
        wet = streaks[..., None].astype(np.float32) / 255
        seen = seen + wet * (225 - seen)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    seen *= (1 - 0.1 * (x * x + y * y))[..., None]
    return np.clip(seen, 0, 255).astype(np.uint8)
