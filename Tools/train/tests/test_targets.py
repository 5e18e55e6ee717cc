"""Targets of one hand-made instance, number by number."""

import numpy as np

from dlvideo_train.network.deeperlab import EDGES
from dlvideo_train.targets import keypoints_of, make_targets

RADIUS = 6.0


def made():
    """A 32x32 picture with a rectangle: x from 8 to 19, y from 12 to 23; 12 x 12 pixels."""
    semantic = np.zeros((32, 32), np.uint8)
    instance = np.zeros((32, 32), np.int32)
    semantic[12:24, 8:20] = 8
    instance[12:24, 8:20] = 5
    return semantic, instance


def test_keypoints_are_the_corners_and_the_centre_of_mass() -> None:
    rows, columns = np.nonzero(made()[1])
    expected = [(8, 12), (19, 12), (8, 23), (19, 23), (13.5, 17.5)]
    assert keypoints_of(rows, columns).tolist() == [list(map(float, p)) for p in expected]


def test_long_range_points_from_each_cell_to_each_keypoint() -> None:
    targets = make_targets(*made(), RADIUS)
    # Cells stand at 4j + 1.5; the labels are read half a pixel further on, at 4j + 2.
    expected = np.zeros((8, 8), bool)
    expected[3:6, 2:5] = True
    assert np.array_equal(targets.scale, np.where(expected, 12.0, 0.0))
    # Cell (3, 2) stands at (9.5, 13.5).
    offsets = targets.long_range[:, 3, 2].reshape(5, 2).tolist()
    assert offsets == [[-1.5, -1.5], [9.5, -1.5], [-1.5, 9.5], [9.5, 9.5], [4, 4]]
    assert (targets.long_range[:, ~expected] == 0).all()


def test_disks_are_the_cells_within_the_radius() -> None:
    targets = make_targets(*made(), RADIUS)
    x, y = np.meshgrid(4 * np.arange(8) + 1.5, 4 * np.arange(8) + 1.5)
    for k, (px, py) in enumerate([(8, 12), (19, 12), (8, 23), (19, 23), (13.5, 17.5)]):
        expected = (x - px) ** 2 + (y - py) ** 2 <= RADIUS**2
        assert expected.sum() >= 6
        assert np.array_equal(targets.heatmap[k] == 1, expected)
        assert np.array_equal(targets.in_disk[k], expected)
        short = targets.short_range[2 * k : 2 * k + 2]
        assert np.array_equal(short[0][expected], (px - x)[expected])
        assert np.array_equal(short[1][expected], (py - y)[expected])
        assert (short[:, ~expected] == 0).all()


def test_an_edge_points_at_the_other_keypoint_from_the_source_s_disk() -> None:
    targets = make_targets(*made(), RADIUS)
    # Cell (4, 3) stands at (13.5, 17.5), the centre; edge 0 goes from the centre to the top left.
    assert EDGES[0] == (4, 0)
    assert targets.middle_range[0:2, 4, 3].tolist() == [8 - 13.5, 12 - 17.5]
    # Cell (3, 2) is in the top left corner's disk; edge 4 goes from there to the centre.
    assert EDGES[4] == (0, 4)
    assert targets.middle_range[8:10, 3, 2].tolist() == [4.0, 4.0]
    assert (targets.middle_range[0:2, ~targets.in_disk[4]] == 0).all()


def test_where_disks_meet_the_nearer_keypoint_counts() -> None:
    semantic, instance = made()
    semantic[12:24, 20:32] = 8
    instance[12:24, 20:32] = 6
    targets = make_targets(semantic, instance, 40.0)
    # Top left corners at x = 8 and x = 20; the columns at 13.5 and 17.5 lie either side of 14.
    assert targets.short_range[0, 3, 3] == 8 - 13.5
    assert targets.short_range[0, 3, 4] == 20 - 17.5


def test_small_instances_weigh_three_times_as_much() -> None:
    semantic, instance = np.zeros((128, 192), np.uint8), np.zeros((128, 192), np.int32)
    instance[:64, :64] = 1  # 4096 pixels: not smaller than 64 x 64
    instance[64:, :63] = 2  # 64 x 63
    instance[64:127, 64:128] = 3  # 63 x 64
    weight = make_targets(semantic, instance, RADIUS).weight
    assert (weight[instance == 0] == 1).all() and (weight[instance == 1] == 1).all()
    assert (weight[instance == 2] == 3).all()
    assert (weight[instance == 3] == 3).all()


def test_specks_have_no_keypoints() -> None:
    semantic, instance = made()
    semantic[2:8, 24:31] = 9
    instance[2:8, 24:31] = 6  # 42 pixels
    targets, without = make_targets(semantic, instance, RADIUS), make_targets(*made(), RADIUS)
    for name in ("heatmap", "long_range", "scale", "short_range", "middle_range"):
        assert np.array_equal(getattr(targets, name), getattr(without, name))
    assert (targets.weight[2:8, 24:31] == 3).all()
