"""Depthwise convolutions for training on a CPU: a few times faster than oneDNN's.

Without a C compiler, and for shapes that the kernels (depthwise.c) do not know, PyTorch's own
convolution is used.
"""

import ctypes

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..native import library, pointer

KERNELS = (3, 5, 7)
LANES = 16


class Shape(ctypes.Structure):
    """depthwise_shape of depthwise.c."""

    _fields_ = tuple(
        (name, ctypes.c_int)
        for name in (
            "pictures",
            "channels",
            "in_height",
            "in_width",
            "out_height",
            "out_width",
            "kernel",
            "stride",
            "dilation",
        )
    )


class Depthwise(torch.autograd.Function):
    """[N, C, H, W], bfloat16 or float32, channels last, and float32 weights [C, 1, k, k]."""

    @staticmethod
    def forward(context, x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
        kernels = library("depthwise", x.dtype)
        x = x.contiguous(memory_format=torch.channels_last)
        taps = weight.detach().float()[:, 0].permute(1, 2, 0).contiguous()
        n, c, h, w = x.shape
        k = taps.shape[0]
        sides = [(side - 1) // stride + 1 for side in (h, w)]
        shape = Shape(n, c, h, w, *sides, k, stride, dilation)
        out = torch.empty((n, c, *sides), dtype=x.dtype, memory_format=torch.channels_last)
        kernels.depthwise_forward(
            ctypes.byref(shape), pointer(x), pointer(taps), pointer(out), torch.get_num_threads()
        )
        context.save_for_backward(x, taps)
        context.shape = shape
        return out

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, taps = context.saved_tensors
        kernels, shape = library("depthwise", x.dtype), context.shape
        threads = torch.get_num_threads()
        gradient = gradient.to(x.dtype).contiguous(memory_format=torch.channels_last)
        to_map = to_weight = None
        if context.needs_input_grad[0]:
            to_map = torch.empty_like(x, memory_format=torch.channels_last)
            kernels.depthwise_map_gradient(
                ctypes.byref(shape), pointer(gradient), pointer(taps), pointer(to_map), threads
            )
        if context.needs_input_grad[1]:
            sums = torch.zeros((shape.pictures, *taps.shape))
            kernels.depthwise_weight_gradient(
                ctypes.byref(shape), pointer(x), pointer(gradient), pointer(sums), threads
            )
            to_weight = sums.sum(0).permute(2, 0, 1)[:, None]
        return to_map, to_weight, None, None


def fast_depthwise(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """`conv`, which is depthwise and pads to the same size, of `x`."""
    mixed = torch.is_autocast_enabled("cpu")
    if x.device.type != "cpu" or not (mixed or conv.training):
        return conv(x)
    kernel, stride, dilation = conv.kernel_size[0], conv.stride[0], conv.dilation[0]
    known = kernel in KERNELS and stride in (1, 2) and (stride == 1 or dilation == 1)
    x = x.to(torch.bfloat16) if mixed else x.float()
    if known and conv.out_channels % LANES == 0 and library("depthwise", x.dtype) is not None:
        return Depthwise.apply(x, conv.weight, stride, dilation)
    # oneDNN's backward pass is three to four times slower in bfloat16 than in float32.
    with torch.autocast("cpu", enabled=False):
        return functional.conv2d(
            x.float(), conv.weight, None, conv.stride, conv.padding, conv.dilation, conv.groups
        )
