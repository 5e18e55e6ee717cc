"""Our depthwise convolutions agree with PyTorch's, forward and backward."""

import pytest
import torch
from torch.nn import functional

from dlvideo_train.native import library
from dlvideo_train.network.depthwise import Depthwise

CASES = [
    # pictures, channels, height, width, kernel, stride, dilation
    (2, 32, 13, 17, 5, 1, 1),
    (2, 48, 12, 18, 5, 2, 1),
    (1, 16, 13, 19, 5, 2, 1),
    (2, 144, 9, 11, 5, 1, 2),
    (1, 64, 20, 26, 7, 1, 1),
    (2, 320, 19, 26, 3, 1, 18),
    (1, 32, 8, 8, 7, 2, 1),
    (2, 96, 1, 1, 5, 1, 1),
]
ERROR = {torch.bfloat16: 1 / 256, torch.float32: 1e-5}  # of the largest value


def relative(ours, theirs):
    return ((ours.float() - theirs).abs().max() / theirs.abs().max()).item()


@pytest.mark.parametrize("maps", ERROR)
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_pytorch(case, maps):
    assert library("depthwise", maps) is not None, "the tests need a C compiler"
    pictures, channels, height, width, kernel, stride, dilation = case
    torch.manual_seed(0)
    x = torch.randn(pictures, channels, height, width).to(maps)
    x = x.to(memory_format=torch.channels_last).requires_grad_()
    weight = torch.randn(channels, 1, kernel, kernel, requires_grad=True)
    y = Depthwise.apply(x, weight, stride, dilation)
    gradient = torch.randn(y.shape).to(maps)
    y.backward(gradient)

    their_x = x.detach().float().requires_grad_()
    their_weight = weight.detach().clone().requires_grad_()
    padding = dilation * (kernel // 2)
    expected = functional.conv2d(their_x, their_weight, None, stride, padding, dilation, channels)
    expected.backward(gradient.float())
    assert y.shape == expected.shape
    assert relative(y, expected) < ERROR[maps]
    assert relative(x.grad, their_x.grad) < ERROR[maps]
    assert relative(weight.grad, their_weight.grad) < 1e-5
