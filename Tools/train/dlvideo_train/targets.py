"""What the heads should say: keypoints, disks and offsets from an instance map (MODEL.md).

Coordinates are pixels of the network input, the first pixel's centre at (0, 0); a cell of
row i, column j stands at (4j + 1.5, 4i + 1.5).
"""

from dataclasses import dataclass

import numpy as np

from .network.deeperlab import EDGES, HEAD_STRIDE, KEYPOINTS

TOP_LEFT, BOTTOM_RIGHT = KEYPOINTS.index("top-left"), KEYPOINTS.index("bottom-right")
SMALL_INSTANCE_AREA = 64 * 64
SMALL_INSTANCE_WEIGHT = 3.0
# Below three of the heads' cells there is nothing to group: specks of labels drawn by hand, far
# road users made smaller by augmentation. As with crowds, they train the semantic head, and the
# heatmap to have no keypoints of theirs: its loss is over all cells.
SMALLEST_INSTANCE_AREA = 48


@dataclass
class Targets:
    """For one picture of H x W, with h = H/4 and w = W/4.

    semantic: uint8 [H, W]; weight: float32 [H, W], for the semantic loss.
    heatmap: float32 [5, h, w], 1 inside the disks.
    long_range: float32 [10, h, w]; scale: float32 [h, w], the square root of the box's area in
    pixels on instances that are not too small, where it counts, 0 elsewhere.
    short_range: float32 [10, h, w]; in_disk: bool [5, h, w], where it counts.
    middle_range: float32 [16, h, w], counts where its source keypoint's disk is.
    """

    semantic: np.ndarray
    weight: np.ndarray
    heatmap: np.ndarray
    long_range: np.ndarray
    scale: np.ndarray
    short_range: np.ndarray
    middle_range: np.ndarray

    @property
    def in_disk(self) -> np.ndarray:
        return self.heatmap > 0


def keypoints_of(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """float32 [5, 2] (x, y): the box's corners, then the centre of mass."""
    left, right = columns.min(), columns.max()
    top, bottom = rows.min(), rows.max()
    corners = [(left, top), (right, top), (left, bottom), (right, bottom)]
    return np.array([*corners, (columns.mean(), rows.mean())], np.float32)


def cell_grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """x [1, w] and y [h, 1] of the cells' positions."""
    centre = (HEAD_STRIDE - 1) / 2
    x = np.arange(width, dtype=np.float32)[None, :] * HEAD_STRIDE + centre
    y = np.arange(height, dtype=np.float32)[:, None] * HEAD_STRIDE + centre
    return x, y


def disk_window(centre: float, radius: float, cells: int) -> slice:
    """The cells, along one axis, that a disk can reach."""
    middle = (HEAD_STRIDE - 1) / 2
    first = int(np.floor((centre - radius - middle) / HEAD_STRIDE))
    last = int(np.ceil((centre + radius - middle) / HEAD_STRIDE))
    return slice(min(max(first, 0), cells), min(max(last + 1, 0), cells))


def make_targets(semantic: np.ndarray, instance: np.ndarray, radius: float) -> Targets:
    """Targets of one picture; `radius` is the keypoint disks', in pixels."""
    height, width = semantic.shape
    h, w = height // HEAD_STRIDE, width // HEAD_STRIDE
    x, y = cell_grid(h, w)
    heatmap = np.zeros((len(KEYPOINTS), h, w), np.float32)
    long_range = np.zeros((len(KEYPOINTS), 2, h, w), np.float32)
    short_range = np.zeros_like(long_range)
    middle_range = np.zeros((len(EDGES), 2, h, w), np.float32)
    nearest = np.full((len(KEYPOINTS), h, w), np.inf, np.float32)
    weight = np.ones((height, width), np.float32)
    on_cells = instance[HEAD_STRIDE // 2 :: HEAD_STRIDE, HEAD_STRIDE // 2 :: HEAD_STRIDE]
    scale = np.zeros((h, w), np.float32)

    for identity in np.unique(instance):
        if identity == 0:
            continue
        mask = instance == identity
        rows, columns = np.nonzero(mask)
        points = keypoints_of(rows, columns)
        if rows.size < SMALL_INSTANCE_AREA:
            weight[mask] = SMALL_INSTANCE_WEIGHT
        if rows.size < SMALLEST_INSTANCE_AREA:
            continue
        cells_y, cells_x = np.nonzero(on_cells == identity)
        width, height = points[BOTTOM_RIGHT] - points[TOP_LEFT] + 1
        scale[cells_y, cells_x] = np.sqrt(width * height)
        for k, (px, py) in enumerate(points):
            long_range[k, 0, cells_y, cells_x] = px - x[0, cells_x]
            long_range[k, 1, cells_y, cells_x] = py - y[cells_y, 0]
            at = (disk_window(py, radius, h), disk_window(px, radius, w))
            dx, dy = px - x[:, at[1]], py - y[at[0]]
            distance = dx * dx + dy * dy
            # Where disks of one type overlap, a cell belongs to the nearest keypoint.
            mine = (distance <= radius * radius) & (distance < nearest[k][at])
            nearest[k][at] = np.where(mine, distance, nearest[k][at])
            heatmap[k][at][mine] = 1
            short_range[k, 0][at][mine] = np.broadcast_to(dx, mine.shape)[mine]
            short_range[k, 1][at][mine] = np.broadcast_to(dy, mine.shape)[mine]
            for e, (source, target) in enumerate(EDGES):
                if source == k:
                    tx, ty = points[target] - points[k]
                    middle_range[e, 0][at][mine] = np.broadcast_to(dx + tx, mine.shape)[mine]
                    middle_range[e, 1][at][mine] = np.broadcast_to(dy + ty, mine.shape)[mine]
    return Targets(
        semantic,
        weight,
        heatmap,
        long_range.reshape(-1, h, w),
        scale,
        short_range.reshape(-1, h, w),
        middle_range.reshape(-1, h, w),
    )
