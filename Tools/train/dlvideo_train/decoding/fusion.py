"""Fusion: every pixel a class, every thing pixel an instance."""

import numpy as np

from ..network.deeperlab import HEAD_STRIDE
from .assignment import NOBODY, Ownership
from .fields import ORIGIN

OUTSIDE_BOX, INSIDE_FULL_BOX, OTHER_CLASS = 1 / 64, 64.0, 1 / 8  # factors of a vote


def upsampled(semantic: np.ndarray) -> np.ndarray:
    """float32 [C, 4h, 4w]: logits, bilinear."""

    def axis(cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        at = (np.arange(HEAD_STRIDE * cells) - ORIGIN) / HEAD_STRIDE
        low = np.floor(at).astype(np.intp)
        share = (at - low).astype(np.float32)
        return np.clip(low, 0, cells - 1), np.clip(low + 1, 0, cells - 1), share

    logits = semantic.astype(np.float32)
    i0, i1, t = axis(logits.shape[1])
    j0, j1, s = axis(logits.shape[2])
    rows = logits[:, i0] + t[None, :, None] * (logits[:, i1] - logits[:, i0])
    return rows[:, :, j0] + s[None, None, :] * (rows[:, :, j1] - rows[:, :, j0])


def around(x: np.ndarray, y: np.ndarray, h: int, w: int) -> tuple[np.ndarray, ...]:
    """The four cells about pixels: rows [n, 4], columns [n, 4], bilinear weights [n, 4]."""
    half = HEAD_STRIDE // 2
    j, i = (x + half) // HEAD_STRIDE - 1, (y + half) // HEAD_STRIDE - 1
    s, t = (x - ORIGIN) / HEAD_STRIDE - j, (y - ORIGIN) / HEAD_STRIDE - i
    rows = np.clip(np.stack([i, i, i + 1, i + 1], axis=1), 0, h - 1)
    columns = np.clip(np.stack([j, j + 1, j, j + 1], axis=1), 0, w - 1)
    weights = np.stack([(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t], axis=1)
    return rows, columns, weights


def voted(x: np.ndarray, y: np.ndarray, classes: np.ndarray, own: Ownership) -> np.ndarray:
    """[n]: the instance of each thing pixel, by the cells about it; `NOBODY` where none has one."""
    rows, columns, weights = around(x, y, *own.owner.shape)
    owners = own.owner[rows, columns]
    same = (owners[:, :, None] == owners[:, None, :]) * weights[:, None, :]
    votes = same.sum(2)
    if own.instances:
        boxes = np.array([one.box for one in own.instances])[owners]
        boxed = np.array([one.boxed for one in own.instances])[owners]
        px, py = x[:, None], y[:, None]
        inside = (boxes[..., 0] - 0.5 <= px) & (px <= boxes[..., 2] + 0.5)
        inside &= (boxes[..., 1] - 0.5 <= py) & (py <= boxes[..., 3] + 0.5)
        inside |= ~boxed
        full = np.where(own.boxlike[owners], INSIDE_FULL_BOX, 1.0)
        votes = votes * np.where(inside, full, OUTSIDE_BOX)
        votes *= np.where(own.classes[owners] == classes[:, None], 1.0, OTHER_CLASS)
    votes = np.where(owners == NOBODY, -1.0, votes)
    return owners[np.arange(len(x)), votes.argmax(1)]


def nearest_owner(x: int, y: int, owner: np.ndarray) -> int:
    """The instance of the nearest of the 16 cells about a pixel, or `NOBODY`."""
    h, w = owner.shape
    half = HEAD_STRIDE // 2
    j, i = (x + half) // HEAD_STRIDE - 1, (y + half) // HEAD_STRIDE - 1
    top, left = max(i - 1, 0), max(j - 1, 0)
    window = owner[top : min(i + 2, h - 1) + 1, left : min(j + 2, w - 1) + 1]
    rows, columns = np.nonzero(window != NOBODY)
    if not rows.size:
        return NOBODY
    dx = HEAD_STRIDE * (columns + left) + ORIGIN - x
    dy = HEAD_STRIDE * (rows + top) + ORIGIN - y
    nearest = (dx * dx + dy * dy).argmin()
    return int(window[rows[nearest], columns[nearest]])


def fuse(
    semantic: np.ndarray, own: Ownership, is_thing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Logits [C, h, w] to class ids [4h, 4w] and instances [4h, 4w], from 1; 0 for stuff."""
    classes = upsampled(semantic).argmax(0)
    instance = np.zeros(classes.shape, np.int32)
    y, x = np.nonzero(is_thing[classes])
    found = voted(x, y, classes[y, x], own)
    for n in np.flatnonzero(found == NOBODY):
        found[n] = nearest_owner(int(x[n]), int(y[n]), own.owner)
    lost = found == NOBODY
    if lost.any():
        # There is no void: the likeliest stuff instead.
        stuff = np.flatnonzero(~is_thing)
        ly, lx = y[lost], x[lost]
        logits = semantic[stuff][:, ly // HEAD_STRIDE, lx // HEAD_STRIDE]
        classes[ly, lx] = stuff[logits.argmax(0)]
    y, x, found = y[~lost], x[~lost], found[~lost]
    instance[y, x] = found + 1
    if found.size:
        # An instance is of the class that most of its pixels have.
        count = len(is_thing)
        tally = np.bincount(found * count + classes[y, x], minlength=count * len(own.instances))
        classes[y, x] = tally.reshape(-1, count).argmax(1)[found]
    return classes, instance
