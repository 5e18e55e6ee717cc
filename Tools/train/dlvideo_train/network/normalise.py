"""Batch normalisation and its activation as one operation, for training on a CPU."""

import ctypes
import math

import torch
from torch import Tensor, nn

from ..native import library, pointer


class Normalise(torch.autograd.Function):
    """[N, C, H, W], bfloat16 or float32, channels last, and float32 [C]; updates mean, variance."""

    @staticmethod
    def forward(
        context,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        epsilon: float,
        limits: tuple[float, float],
        mean: Tensor,
        variance: Tensor,
    ) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        out = torch.empty_like(x)
        n, channels, h, w = x.shape
        shape = ctypes.c_long(n * h * w), ctypes.c_int(channels)
        numbers = [ctypes.c_float(v) for v in (epsilon, *limits)]
        threads = ctypes.c_int(torch.get_num_threads())
        library("normalise", x.dtype).normalise_forward(
            pointer(x),
            *shape,
            pointer(weight),
            pointer(bias),
            *numbers,
            pointer(mean),
            pointer(variance),
            pointer(out),
            threads,
        )
        context.save_for_backward(x, weight, bias, mean, variance)
        context.mark_non_differentiable(mean, variance)
        context.shape, context.numbers = shape, numbers
        return out

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, mean, variance = context.saved_tensors
        gradient = gradient.to(x.dtype).contiguous(memory_format=torch.channels_last)
        to_x, to_weight, to_bias = map(torch.empty_like, (x, weight, bias))
        library("normalise", x.dtype).normalise_backward(
            pointer(x),
            pointer(gradient),
            *context.shape,
            pointer(weight),
            pointer(bias),
            *context.numbers,
            pointer(mean),
            pointer(variance),
            pointer(to_x),
            pointer(to_weight),
            pointer(to_bias),
            ctypes.c_int(torch.get_num_threads()),
        )
        return to_x, to_weight, to_bias, None, None, None, None


def is_known(bn: nn.BatchNorm2d, x: Tensor) -> bool:
    """Whether `normalised` can do this one."""
    return (
        bn.training
        and x.device.type == "cpu"
        and x.dtype in (torch.bfloat16, torch.float32)
        and x.numel() > bn.num_features
        and library("normalise", x.dtype) is not None
    )


def normalised(
    bn: nn.BatchNorm2d, x: Tensor, low: float = -math.inf, high: float = math.inf
) -> Tensor:
    """`bn` of `x` in training, clamped; running statistics are updated as PyTorch does."""
    mean, variance = torch.empty_like(bn.running_mean), torch.empty_like(bn.running_var)
    out = Normalise.apply(x, bn.weight, bn.bias, bn.eps, (low, high), mean, variance)
    pixels = x.numel() // bn.num_features
    with torch.no_grad():
        bn.running_mean.lerp_(mean, bn.momentum)
        bn.running_var.lerp_(variance * (pixels / (pixels - 1)), bn.momentum)
        bn.num_batches_tracked.add_(1)
    return out
