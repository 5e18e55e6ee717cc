"""Assignment: each thing cell to an instance; what nobody takes becomes one or joins one."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..network.deeperlab import CENTRE
from .detection import Instance
from .fields import CELL_AREA, positions
from .parameters import Parameters

NOBODY = -1


@dataclass
class Ownership:
    """owner: [h, w], the place of each cell's instance or `NOBODY`; the rest is per instance."""

    owner: np.ndarray
    instances: list[Instance]
    classes: np.ndarray  # by majority of the cells
    boxlike: np.ndarray  # bool: fills its box


def assign(targets: np.ndarray, instances: list[Instance], p: Parameters) -> np.ndarray:
    """[n]: the instance whose keypoints are nearest to where each cell points, or `NOBODY`."""
    if not instances or not len(targets):
        return np.full(len(targets), NOBODY)
    points = np.stack([one.keypoints for one in instances])
    scales = np.array([one.scale for one in instances])
    squares = np.stack([((targets - each) ** 2).sum((1, 2)) for each in points], axis=1)
    distance = np.sqrt(squares / points.shape[1]) / scales
    nearest = distance.argmin(1)
    is_far = distance[np.arange(len(targets)), nearest] > p.assignment_distance
    return np.where(is_far, NOBODY, nearest)


def without_small(owner: np.ndarray, count: int, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """The map with small instances' cells given up; the places of those kept."""
    sizes = np.bincount(owner[owner >= 0], minlength=count)
    kept = np.flatnonzero((sizes > 0) & (sizes * CELL_AREA >= p.minimum_area))
    place = np.full(count + 1, NOBODY)  # the last stands for nobody
    place[kept] = np.arange(len(kept))
    return place[owner], kept


def patches(labels: np.ndarray, free: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Connected free cells (4 neighbours) of one class, by their first cell."""
    found = []
    for label in np.unique(labels[free]):
        mine = (free & (labels == label)).astype(np.uint8)
        count, regions = cv2.connectedComponents(mine, connectivity=4)
        for region in range(1, count):
            found.append(np.nonzero(regions == region))
    return sorted(found, key=lambda cells: (cells[0][0], cells[1][0]))


def touching(owner: np.ndarray, cells: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The owners of the cells' neighbours, as often as they touch."""
    ringed = np.pad(owner, 1, constant_values=NOBODY)
    rows, columns = cells
    around = [ringed[rows + dy, columns + dx] for dy, dx in ((0, 1), (1, 0), (1, 2), (2, 1))]
    owners = np.concatenate(around)
    return owners[owners >= 0]


def complete(
    owner: np.ndarray,
    instances: list[Instance],
    labels: np.ndarray,
    probabilities: np.ndarray,
    is_thing: np.ndarray,
    p: Parameters,
) -> Ownership:
    """Drops small instances; patches that nobody took become instances or join a neighbour."""
    owner, kept = without_small(owner, len(instances), p)
    instances = [instances[n] for n in kept]
    least = 0 if is_thing.all() else p.recovered_area
    for cells in patches(labels, is_thing[labels] & (owner == NOBODY)):
        if len(cells[0]) * CELL_AREA >= least:
            points = np.zeros_like(instances[0].keypoints) if instances else np.zeros((5, 2))
            points[CENTRE] = positions(*cells).mean(0)
            score = p.instance_threshold * probabilities[cells].mean()
            instances.append(Instance(points, float(score), p.keypoint_radius, boxed=False))
            owner[cells] = len(instances) - 1
        else:
            around = touching(owner, cells)
            if around.size:
                owner[cells] = np.bincount(around).argmax()
    classes = np.zeros(len(instances), np.intp)
    boxlike = np.zeros(len(instances), bool)
    for n, one in enumerate(instances):
        own = labels[owner == n]
        classes[n] = np.bincount(own).argmax()
        boxlike[n] = one.boxed and own.size * CELL_AREA >= 0.9 * one.area
    return Ownership(owner, instances, classes, boxlike)
