"""Losses against values worked out by hand."""

import math

import pytest
import torch

from dlvideo_train.cross_entropy import enlarged_cross_entropy
from dlvideo_train.data.classes import VOID
from dlvideo_train.losses import (
    LossWeights,
    deeperlab_losses,
    greatest_first,
    lovasz_softmax,
    masked_l1,
    mean_of_hardest,
    scaled_l1,
    total,
)


def test_only_the_hardest_pixels_count() -> None:
    costs = torch.tensor([[[0.1 * n for n in range(1, 21)]]])  # 0.1 to 2.0
    labels = torch.zeros(1, 1, 20, dtype=torch.uint8)
    # 15 % of 20 are 3: (2.0 + 1.9 + 1.8) / 3.
    assert mean_of_hardest(costs, labels).item() == pytest.approx(1.9, rel=1e-5)
    assert mean_of_hardest(costs, labels, fraction=1).item() == pytest.approx(1.05, rel=1e-5)


def test_weights_decide_which_pixels_are_hard() -> None:
    logits = torch.zeros(1, 2, 1, 5)  # log 2 each
    labels = torch.zeros(1, 4, 20, dtype=torch.uint8)
    weight = torch.ones(1, 4, 20)
    weight[..., -1] = 3  # a small instance's pixels: the hardest 4 of 15 % of 80
    found = mean_of_hardest(enlarged_cross_entropy(logits, labels, weight), labels)
    assert found.item() == pytest.approx(math.log(2) * (4 * 3 + 8) / 12, rel=1e-5)


def test_void_pixels_do_not_count() -> None:
    costs = torch.tensor([[[0.5] * 10 + [5.0] * 10]])
    labels = torch.zeros(1, 1, 20, dtype=torch.uint8)
    labels[..., 10:] = VOID
    assert mean_of_hardest(costs, labels).item() == pytest.approx(0.5, rel=1e-5)
    labels[...] = VOID
    assert mean_of_hardest(costs, labels).item() == 0


def test_each_picture_has_its_own_hardest_pixels() -> None:
    costs = torch.tensor([0.1, 2.0])[:, None, None].expand(2, 1, 20)
    found = mean_of_hardest(costs, torch.zeros(2, 1, 20, dtype=torch.uint8))
    assert found.item() == pytest.approx((0.1 + 2.0) / 2, rel=1e-5)


def test_masked_l1_is_the_mean_over_marked_coordinates() -> None:
    offsets = torch.zeros(1, 4, 1, 3)  # two keypoints
    target = torch.tensor([[[[1.0, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[10, 11, 12]]]])
    mask = torch.zeros(1, 2, 1, 3)
    assert masked_l1(offsets, target, mask).item() == 0
    mask[0, 0, 0, 1] = 1  # |2| + |5|
    mask[0, 1, 0, 2] = 1  # |9| + |12|
    assert masked_l1(offsets, target, mask).item() == pytest.approx((2 + 5 + 9 + 12) / 4)


def test_the_greatest_come_first_and_equals_as_they_stood() -> None:
    torch.manual_seed(0)
    values = torch.rand(3, 1000).mul(20).round().div(20)  # many equal ones, 0 and 1 among them
    expected = values.argsort(dim=1, descending=True, stable=True)
    assert torch.equal(greatest_first(values), expected)


def test_lovasz_of_certain_answers_is_one_minus_iou() -> None:
    labels = torch.tensor([[[0, 0, 0, 1, 1, VOID]]])
    answers = torch.tensor([[0, 0, 1, 1, 1, 0]])
    logits = torch.full((1, 2, 1, 6), -50.0)
    logits[0, :, 0].scatter_(0, answers, 50.0)
    # IoU is 2/3 for both classes: one pixel of class 0 is called 1.
    assert lovasz_softmax(logits, labels).item() == pytest.approx(1 / 3, rel=1e-5)


def test_scaled_l1_counts_in_scales_of_the_instance_and_by_cells() -> None:
    offsets, target = torch.zeros(1, 4, 1, 3), torch.zeros(1, 4, 1, 3)
    target[0, :, 0, 0] = torch.tensor([2.0, -4.0, 6.0, 8.0])
    target[0, :, 0, 1] = 30.0
    target[0, :, 0, 2] = 1000.0  # on no instance
    scale = torch.tensor([[[10.0, 60.0, 0.0]]])
    assert scaled_l1(offsets, target, scale).item() == pytest.approx((0.5 + 0.5) / 2)
    offsets.requires_grad_()
    scaled_l1(offsets, target, torch.zeros(1, 1, 3)).backward()
    assert (offsets.grad == 0).all()


def test_the_sum_holds_every_loss_with_its_weight() -> None:
    torch.manual_seed(0)
    h, w = 4, 6
    outputs = {
        "semantic": torch.randn(1, 3, h, w),
        "keypoint_heatmap": torch.zeros(1, 5, h, w),
        "long_range": torch.zeros(1, 10, h, w),
        "short_range": torch.zeros(1, 10, h, w),
        "middle_range": torch.zeros(1, 16, h, w),
    }
    heatmap = torch.zeros(1, 5, h, w)
    heatmap[0, 4, 1, 1] = 1
    targets = {
        "semantic": torch.zeros(1, 4 * h, 4 * w, dtype=torch.uint8),
        "weight": torch.ones(1, 4 * h, 4 * w),
        "heatmap": heatmap,
        "long_range": torch.full((1, 10, h, w), 3.0),
        "scale": torch.zeros(1, h, w),
        "short_range": torch.full((1, 10, h, w), 2.0),
        "middle_range": torch.full((1, 16, h, w), 7.0),
    }
    targets["scale"][0, 2, 2] = 12
    weights = LossWeights(long_range=0.5, short_range=0.25, middle_range=2.0, heatmap=1.0)
    losses = deeperlab_losses(outputs, targets, weights)
    assert losses["long_range"].item() == pytest.approx(0.5 * 3 / 12)
    assert losses["short_range"].item() == pytest.approx(0.25 * 2)
    # Only the centre's disk has a cell: the edges from the centre count, all 7 pixels wrong.
    assert losses["middle_range"].item() == pytest.approx(2 * 7)
    cells = 5 * h * w
    expected = math.log(2) * (cells - 1 + weights.heatmap_positive) / cells
    assert losses["heatmap"].item() == pytest.approx(expected, rel=1e-5)
    assert total(losses).item() == pytest.approx(sum(v.item() for v in losses.values()))
