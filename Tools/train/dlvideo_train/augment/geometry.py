"""Viewpoint: scale, crop, flip, roll and a little perspective, in one resampling."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..data.classes import VOID
from ..data.sample import Sample


@dataclass(frozen=True)
class ViewRange:
    """How far the view may wander."""

    scale: tuple[float, float] = (0.55, 1.9)  # crop pixels per picture pixel
    stretch: float = 0.12  # width against height
    roll_degrees: float = 4.0
    perspective: float = 0.06  # shift of each corner, as a part of the crop's size
    rare_focus: float = 0.4  # chance that a crop looks at a class that few pixels have


def anchor(
    semantic: np.ndarray, rng: np.random.Generator, span: tuple[float, float], focus: float
) -> tuple[float, float]:
    """The picture point that the crop's centre shows; `span` is the crop's size there."""
    height, width = semantic.shape
    if rng.random() < focus:
        present = np.bincount(semantic.ravel(), minlength=256)[:VOID]
        rarity = np.where(present > 0, 1 / np.sqrt(np.maximum(present, 30)), 0)
        if rarity.sum() > 0:
            wanted = rng.choice(VOID, p=rarity / rarity.sum())
            at = np.flatnonzero(semantic.ravel() == wanted)
            y, x = divmod(int(at[rng.integers(at.size)]), width)
            return x + rng.normal(0, span[0] / 8), y + rng.normal(0, span[1] / 8)
    low = [min(s / 2, length / 2) for s, length in zip(span, (width, height), strict=True)]
    return rng.uniform(low[0], width - low[0]), rng.uniform(low[1], height - low[1])


def random_view(
    sample: Sample, size: tuple[int, int], rng: np.random.Generator, view: ViewRange
) -> Sample:
    """A crop of `size` (width, height) from a random viewpoint; void outside the picture."""
    width, height = size
    scale = np.exp(rng.uniform(*np.log(view.scale)))
    # A crop much larger than the picture would mostly show nothing.
    picture_height, picture_width = sample.semantic.shape
    scale = max(scale, 0.85 * min(width / picture_width, height / picture_height))
    stretch = np.exp(rng.uniform(-view.stretch, view.stretch))
    span = (width / scale / stretch, height / scale * stretch)
    cx, cy = anchor(sample.semantic, rng, span, view.rare_focus)
    # Keep the crop inside the picture as far as it fits.
    margin_x, margin_y = span[0] / 2, span[1] / 2
    cx = np.clip(
        cx, min(margin_x, picture_width / 2), max(picture_width - margin_x, picture_width / 2)
    )
    cy = np.clip(
        cy, min(margin_y, picture_height / 2), max(picture_height - margin_y, picture_height / 2)
    )
    angle = np.deg2rad(rng.uniform(-view.roll_degrees, view.roll_degrees))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    shaken = corners + rng.uniform(-view.perspective, view.perspective, (4, 2))
    source = (shaken * span) @ turn.T + (cx, cy)
    target = corners * size + np.array(size) / 2
    if rng.random() < 0.5:
        target[:, 0] = width - target[:, 0]
    # Pixel centres are at whole numbers, corners half a pixel before.
    matrix = cv2.getPerspectiveTransform(
        (source - 0.5).astype(np.float32), (target - 0.5).astype(np.float32)
    )
    image = sample.image
    if scale < 0.8:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    fill = rng.integers(0, 256, 3).tolist()
    return Sample(
        cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=fill),
        cv2.warpPerspective(
            sample.semantic, matrix, size, flags=cv2.INTER_NEAREST, borderValue=VOID
        ),
        cv2.warpPerspective(
            sample.instance.astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST
        ).astype(np.int32),
    )
