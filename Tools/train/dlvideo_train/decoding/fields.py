"""Sampling offset maps."""

import numpy as np

from ..network.deeperlab import HEAD_STRIDE
from .parameters import Parameters

ORIGIN = (HEAD_STRIDE - 1) / 2  # of the first cell
CELL_AREA = HEAD_STRIDE * HEAD_STRIDE


def positions(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """[..., 2]: where cells stand."""
    return np.stack([columns, rows], axis=-1) * float(HEAD_STRIDE) + ORIGIN


def bilinear(plane: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """plane[..., v, u], the border repeated outwards."""
    h, w = plane.shape[-2:]
    u, v = np.clip(u, 0, w - 1), np.clip(v, 0, h - 1)
    j, i = u.astype(np.intp), v.astype(np.intp)
    s, t = u - j, v - i
    right, below = np.minimum(j + 1, w - 1), np.minimum(i + 1, h - 1)
    top = plane[..., i, j] * (1 - s) + plane[..., i, right] * s
    bottom = plane[..., below, j] * (1 - s) + plane[..., below, right] * s
    return top * (1 - t) + bottom * t


def offsets_at(field: np.ndarray, k: int, points: np.ndarray) -> np.ndarray:
    """Offset k at the points [..., 2]."""
    cells = (points - ORIGIN) / HEAD_STRIDE
    sampled = bilinear(field[2 * k : 2 * k + 2], cells[..., 0], cells[..., 1])
    return np.moveaxis(sampled, 0, -1)


def refined(points: np.ndarray, k: int, short: np.ndarray, p: Parameters) -> np.ndarray:
    """Points meant to be keypoints k, corrected by the short-range offsets there."""
    for _ in range(p.refinement_rounds):
        points = points + offsets_at(short, k, points)
    return points
