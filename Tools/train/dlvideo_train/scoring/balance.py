"""What to add to the semantic logits, class by class, for the best mean IoU.

The losses count some pixels more than others (small instances three times, else only the hardest),
so that the likeliest class is not what serves the measure best. A logit's bias sets that right
without training and at no cost. As logit adjustment (2007.07314, section 4), but by search.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.classes import VOID
from ..decoding.fusion import upsampled
from .metrics import ious, mean_of

LIMIT, STEP = 1.0, 0.05
CANDIDATES = STEP * np.arange(round(-LIMIT / STEP), round(LIMIT / STEP) + 1)
ROUNDS = 4  # the last ones change little


@dataclass(frozen=True)
class Picture:
    """One of the pictures searched on: `source` numbers the set it is of."""

    logits: np.ndarray  # float32 [C, h, w], the semantic head's
    truth: np.ndarray  # uint8 [4h, 4w]
    source: int = 0


def confusions(pictures: Sequence[Picture], biases: np.ndarray, label: int) -> np.ndarray:
    """Counts for each of `CANDIDATES` as the label's bias: int64 [source, candidate, C, C].

    A pixel is of the class from the first candidate on that lifts it above all others, so one
    pass over the pixels counts for all candidates.
    """
    n, steps = len(biases), len(CANDIDATES)
    won = np.zeros((1 + max(p.source for p in pictures), n, n, steps + 1), np.int64)
    for picture in pictures:
        known = picture.truth != VOID
        logits = upsampled(picture.logits)[:, known]
        own = logits[label].copy()
        logits += biases.astype(np.float32)[:, None]
        logits[label] = -np.inf
        other = logits.argmax(0)
        missing = np.take_along_axis(logits, other[None], 0)[0] - own
        first = np.ceil((missing + LIMIT) / STEP).clip(0, steps).astype(np.int64)
        pair = picture.truth[known].astype(np.int64) * n + other
        counts = np.bincount(pair * (steps + 1) + first, minlength=n * n * (steps + 1))
        won[picture.source] += counts.reshape(n, n, steps + 1)
    total = won.sum(3, keepdims=True)
    taken = won.cumsum(3)[..., :steps]
    result = np.moveaxis(total - taken, 3, 1)  # what stays of the other classes
    result[..., label] += np.moveaxis(taken.sum(2), 2, 1)
    return result


def balanced(
    pictures: Sequence[Picture],
    shares: Sequence[float],
    classes: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, float, float]:
    """Biases [C] within +-`LIMIT`, and the mean IoU without and with them.

    The sources' mean IoU is weighed by their shares. Class by class the best value, the others as
    they are, until none changes.
    """
    chosen = np.full(classes, len(CANDIDATES) // 2)  # zeros
    before = best = None
    for turn in range(ROUNDS):
        changed = False
        for label in range(classes):
            if progress:
                progress(turn * classes + label, ROUNDS * classes)
            counts = confusions(pictures, CANDIDATES[chosen], label)
            means = [[mean_of(ious(one)) for one in source] for source in counts]
            values = np.average(means, axis=0, weights=shares)
            if best is None:
                before = best = values[chosen[label]]
            if values.max() > best:
                best, chosen[label], changed = values.max(), values.argmax(), True
        if not changed:
            break
    if progress:
        progress(ROUNDS * classes, ROUNDS * classes)
    return CANDIDATES[chosen], before, best
