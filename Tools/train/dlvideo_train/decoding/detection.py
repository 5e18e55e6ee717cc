"""Detection: from score maps to instances, best keypoint first."""

import math
from dataclasses import dataclass, field

import numpy as np

from ..network.deeperlab import CENTRE, EDGES, KEYPOINTS
from .fields import CELL_AREA, offsets_at, positions, refined
from .parameters import Parameters
from .score_maps import ScoreMap

Heads = dict[str, np.ndarray]


@dataclass
class Instance:
    """keypoints: [5, 2]. Recovered ones (`boxed` False) have a centre only."""

    keypoints: np.ndarray
    score: float
    radius: float
    boxed: bool = True
    box: tuple[float, float, float, float] = field(init=False)  # left, top, right, bottom
    area: float = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        x, y = self.keypoints[:, 0], self.keypoints[:, 1]
        left, top = (x[0] + x[2]) / 2, (y[0] + y[1]) / 2
        right, bottom = max(left, (x[1] + x[3]) / 2), max(top, (y[2] + y[3]) / 2)
        self.box = (left, top, right, bottom)
        self.area = (right - left + 1) * (bottom - top + 1)
        self.scale = max(math.sqrt(self.area), self.radius / 2)

    def overlap(self, other: "Instance") -> float:
        """IoU of the boxes."""
        width = min(self.box[2], other.box[2]) - max(self.box[0], other.box[0]) + 1
        height = min(self.box[3], other.box[3]) - max(self.box[1], other.box[1]) + 1
        both = max(width, 0) * max(height, 0)
        return both / (self.area + other.area - both)


def cell_targets(heads: Heads, rows: np.ndarray, columns: np.ndarray, p: Parameters) -> np.ndarray:
    """[n, 5, 2]: where the cells' refined long-range offsets point."""
    at = positions(rows, columns)
    offsets = heads["long_range"][:, rows, columns].T.reshape(len(rows), len(KEYPOINTS), 2)
    targets = at[:, None] + offsets
    for k in range(len(KEYPOINTS)):
        targets[:, k] = refined(targets[:, k], k, heads["short_range"], p)
    return targets


def score_maps(heads: Heads, targets: np.ndarray, p: Parameters) -> list[ScoreMap]:
    """Short-range votes of heatmap cells and long-range votes of thing cells, smoothed."""
    cells = heads["keypoint_heatmap"].shape[1:]
    maps = [ScoreMap(cells, p.smoothing * p.keypoint_radius) for _ in KEYPOINTS]
    width = (targets[:, 1, 0] + targets[:, 3, 0] - targets[:, 0, 0] - targets[:, 2, 0]) / 2 + 1
    height = (targets[:, 2, 1] + targets[:, 3, 1] - targets[:, 0, 1] - targets[:, 1, 1]) / 2 + 1
    area = np.where((width > 0) & (height > 0), width * height, 0)
    area = np.maximum(area, p.keypoint_radius**2)
    short = p.short_range_weight * CELL_AREA / (math.pi * p.keypoint_radius**2)
    for k, votes in enumerate(maps):
        probability = 1 / (1 + np.exp(-heads["keypoint_heatmap"][k]))
        rows, columns = np.nonzero(probability >= p.minimum_vote)
        offsets = heads["short_range"][2 * k : 2 * k + 2, rows, columns].T
        votes.cast(positions(rows, columns) + offsets, short * probability[rows, columns])
        votes.cast(targets[:, k], p.long_range_weight * CELL_AREA / area)
        votes.smooth()
    return maps


def follow(heads: Heads, edge: int, point: np.ndarray, p: Parameters) -> np.ndarray:
    """The other end of an edge whose source keypoint is at the point."""
    end = point + offsets_at(heads["middle_range"], edge, point)
    return refined(end, EDGES[edge][1], heads["short_range"], p)


def walk(heads: Heads, start: int, point: np.ndarray, p: Parameters) -> np.ndarray:
    """All keypoints [5, 2], reached from one of them along the star's edges."""
    points = np.zeros((len(KEYPOINTS), 2))
    points[start] = point
    if start != CENTRE:
        points[CENTRE] = follow(heads, CENTRE + start, point, p)
    for corner in range(CENTRE):
        if corner != start:
            points[corner] = follow(heads, corner, points[CENTRE], p)
    return points


def detect(
    heads: Heads, maps: list[ScoreMap], targets: np.ndarray, p: Parameters
) -> list[Instance]:
    """Instances by descending score, none of them twice."""

    def made(points: np.ndarray) -> Instance:
        scores = [min(1.0, maps[k].score(points[k])) for k in range(len(KEYPOINTS))]
        return Instance(points, float(np.mean(scores)), p.keypoint_radius)

    def near(a: np.ndarray, b: np.ndarray, instance: Instance) -> bool:
        limit = min(p.keypoint_radius, p.suppression * instance.scale)
        return float(np.linalg.norm(a - b)) <= limit

    queue = []
    for k, votes in enumerate(maps):
        for r, c in zip(*votes.peaks(p.keypoint_threshold), strict=True):
            queue.append((-votes.bins[r, c], k, r, c))
    found: list[Instance] = []
    for value, k, r, c in sorted(queue):
        point = maps[k].top(r, c)
        if any(near(known.keypoints[k], point, known) for known in found):
            continue
        instance = made(walk(heads, k, point, p))
        if k != CENTRE and len(targets):
            # A corner that the walk does not come back to: ask the pixels that point at it.
            back = follow(heads, k, instance.keypoints[CENTRE], p)
            pointing = np.linalg.norm(targets[:, k] - point, axis=1) <= p.keypoint_radius / 2
            if not near(back, point, instance) and pointing.any():
                points = targets[pointing].mean(0)
                points[k] = point
                instance = made(points)
        if instance.score >= max(p.instance_threshold, p.support * min(1, -value)):
            found.append(instance)
    kept: list[Instance] = []
    for instance in sorted(found, key=lambda one: -one.score):
        if all(instance.overlap(other) <= p.box_overlap for other in kept):
            kept.append(instance)
    return kept
