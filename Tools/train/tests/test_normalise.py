"""Our batch normalisation agrees with PyTorch: forward, backward and in what it keeps."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from dlvideo_train.native import library
from dlvideo_train.network.layers import LIMITS
from dlvideo_train.network.normalise import is_known, normalised

ERROR = {torch.bfloat16: 1 / 200, torch.float32: 1e-5}  # of the largest value
CASES = [
    # pictures, channels, height, width, activation, offset of the map from 0
    (2, 32, 13, 17, functional.relu6, 0.0),
    (3, 24, 5, 7, None, 3.0),
    (1, 11, 9, 4, functional.relu, -1.0),
    (2, 144, 16, 12, functional.relu6, 50.0),
    (5, 16, 1, 1, functional.relu, 0.0),
]


def near(ours, theirs, most):
    return (ours.float() - theirs).abs().max() <= most * theirs.abs().max()


@pytest.mark.parametrize("maps", ERROR)
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, maps):
    assert library("normalise", maps) is not None, "the tests need a C compiler"
    pictures, channels, height, width, activation, offset = case
    torch.manual_seed(1)
    x = (torch.randn(pictures, channels, height, width) + offset).to(maps)
    x = x.to(memory_format=torch.channels_last).requires_grad_()
    ours, theirs = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
    for bn in (ours, theirs):
        nn.init.uniform_(bn.weight.data, 0.5, 2, torch.Generator().manual_seed(2))
        nn.init.uniform_(bn.bias.data, -1, 3, torch.Generator().manual_seed(3))
    assert is_known(ours, x)
    y = normalised(ours, x, *LIMITS[activation])
    gradient = torch.randn(y.shape).to(maps)
    y.backward(gradient)

    their_x = x.detach().float().requires_grad_()
    expected = theirs(their_x)
    limit = 0.01  # a value so near to a limit may be on either side of it
    sure = torch.ones_like(expected, dtype=torch.bool)
    for edge in LIMITS[activation]:
        sure &= (expected - edge).abs() > limit
    expected = expected if activation is None else activation(expected)
    expected.backward(gradient.float())
    assert y.dtype == maps and y.is_contiguous(memory_format=torch.channels_last)
    assert near(y, expected, ERROR[maps])
    assert near(torch.where(sure, x.grad.float(), 0), torch.where(sure, their_x.grad, 0), 0.01)
    assert near(ours.weight.grad, theirs.weight.grad, 1e-3)
    assert near(ours.bias.grad, theirs.bias.grad, 1e-5)
    for (name, kept), (_, wanted) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        assert near(kept, wanted, 1e-5), name


def test_statistics_do_not_depend_on_the_number_of_threads():
    torch.manual_seed(0)
    x = torch.randn(2, 96, 40, 52).to(torch.bfloat16).to(memory_format=torch.channels_last)
    results, before = [], torch.get_num_threads()
    for threads in (1, 3):
        torch.set_num_threads(threads)
        bn = nn.BatchNorm2d(96)
        leaf = x.clone().requires_grad_()
        normalised(bn, leaf, 0.0).backward(x)
        results.append((bn.running_var, bn.weight.grad, leaf.grad))
    torch.set_num_threads(before)
    for one, three in zip(*results, strict=True):
        assert torch.equal(one, three)


def test_a_single_pixel_and_evaluation_are_left_to_pytorch():
    bn = nn.BatchNorm2d(16)
    assert not is_known(bn, torch.zeros(1, 16, 1, 1, dtype=torch.bfloat16))
    assert not is_known(bn, torch.zeros(2, 16, 4, 4, dtype=torch.float64))
    assert not is_known(bn.eval(), torch.zeros(2, 16, 4, 4, dtype=torch.bfloat16))
