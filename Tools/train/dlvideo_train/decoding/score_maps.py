"""Hough votes for one type of keypoint, on bins two pixels apart."""

import math

import numpy as np

from .fields import bilinear

BIN = 2  # pixels from bin to bin
REACH = 4  # bins around the picture in which votes count


class ScoreMap:
    """Bins over a picture of `cells` (h, w) and a margin around it."""

    def __init__(self, cells: tuple[int, int], sigma: float) -> None:
        self.sigma = sigma / BIN
        self.radius = max(1, math.ceil(3 * self.sigma)) if self.sigma > 0 else 0
        self.guard = max(self.radius, 1)
        self.margin = self.guard + REACH
        self.bins = np.zeros([2 * side + 2 * self.margin for side in cells])

    def place(self, points: np.ndarray) -> np.ndarray:
        return (points - 0.5) / BIN + self.margin

    def cast(self, points: np.ndarray, weights: np.ndarray) -> None:
        """Votes at [n, 2] of weights [n], spread bilinearly; those far outside are lost."""
        rows, columns = self.bins.shape
        at = self.place(points)
        last = np.array([columns, rows]) - self.guard - 1
        inside = ((at >= self.guard) & (at < last)).all(axis=1)
        at, weights = at[inside], weights[inside]
        corner = at.astype(np.intp)
        s, t = (at - corner).T
        first = corner[:, 1] * columns + corner[:, 0]
        for step, share in (
            (0, (1 - s) * (1 - t)),
            (1, s * (1 - t)),
            (columns, (1 - s) * t),
            (columns + 1, s * t),
        ):
            votes = np.bincount(first + step, weights * share, self.bins.size)
            self.bins += votes.reshape(self.bins.shape)

    def smooth(self) -> None:
        """By a Gaussian, along both axes."""
        if self.radius == 0:
            return
        at = np.arange(-self.radius, self.radius + 1)
        taps = np.exp(-(at**2) / (2 * self.sigma**2))
        for axis in (0, 1):
            self.bins = np.apply_along_axis(np.convolve, axis, self.bins, taps, "same")

    def peaks(self, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of local maxima: above what comes before, not below what follows."""
        inner = self.bins[1:-1, 1:-1]
        found = inner >= threshold
        rows, columns = inner.shape
        for dy in (0, 1, 2):
            for dx in (0, 1, 2):
                other = self.bins[dy : dy + rows, dx : dx + columns]
                if (dy, dx) < (1, 1):
                    found &= inner > other
                elif (dy, dx) > (1, 1):
                    found &= inner >= other
        y, x = np.nonzero(found)
        return y + 1, x + 1

    def top(self, r: int, c: int) -> np.ndarray:
        """The point of the peak in that bin: the vertex of a Gaussian through its neighbours."""
        bins = self.bins

        def vertex(before: float, here: float, after: float) -> float:
            a, b, d = (math.log(max(v, 1e-6 * here)) for v in (before, here, after))
            curvature = a - 2 * b + d
            return min(max(0.5 * (a - d) / curvature, -0.5), 0.5) if curvature < 0 else 0.0

        dx = vertex(bins[r, c - 1], bins[r, c], bins[r, c + 1])
        dy = vertex(bins[r - 1, c], bins[r, c], bins[r + 1, c])
        return BIN * (np.array([c + dx, r + dy]) - self.margin) + 0.5

    def score(self, point: np.ndarray) -> float:
        """The votes at a point."""
        u, v = self.place(point)
        rows, columns = self.bins.shape
        if not (0 <= u < columns - 1 and 0 <= v < rows - 1):
            return 0.0
        return float(bilinear(self.bins, u, v))
