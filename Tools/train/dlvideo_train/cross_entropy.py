"""Cross entropy of every pixel, from logits at the heads' stride, bilinearly enlarged."""

import ctypes

import torch
from torch import Tensor
from torch.nn import functional

from .data.classes import VOID
from .native import library, pointer
from .network.deeperlab import HEAD_STRIDE


class Shape(ctypes.Structure):
    """entropy_shape of cross_entropy.c."""

    _fields_ = tuple((name, ctypes.c_int) for name in ("pictures", "classes", "height", "width"))


class EnlargedCrossEntropy(torch.autograd.Function):
    """float32 logits [N, C, h, w], uint8 labels and float32 weights [N, 4h, 4w] to the latter."""

    @staticmethod
    def forward(context, logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
        inputs = [tensor.contiguous() for tensor in (logits, labels, weight)]
        context.save_for_backward(*inputs)
        losses = torch.empty(labels.shape)
        library("cross_entropy").cross_entropy_forward(
            ctypes.byref(Shape(*logits.shape)),
            *map(pointer, inputs),
            pointer(losses),
            ctypes.c_int(torch.get_num_threads()),
        )
        return losses

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor | None, ...]:
        inputs = context.saved_tensors
        gradient = gradient.contiguous()
        to_logits = torch.zeros_like(inputs[0])
        library("cross_entropy").cross_entropy_backward(
            ctypes.byref(Shape(*to_logits.shape)),
            *map(pointer, inputs),
            pointer(gradient),
            pointer(to_logits),
            ctypes.c_int(torch.get_num_threads()),
        )
        return to_logits, None, None


def enlarged_cross_entropy(logits: Tensor, labels: Tensor, weight: Tensor) -> Tensor:
    """float32 [N, H, W]: each pixel's weighted loss, 0 where it is void.

    logits: float32 [N, C, H/4, W/4]; labels: uint8 [N, H, W]; weight: float32 [N, H, W].
    """
    if logits.device.type == "cpu" and library("cross_entropy") is not None:
        return EnlargedCrossEntropy.apply(logits, labels, weight)
    enlarged = functional.interpolate(
        logits, scale_factor=HEAD_STRIDE, mode="bilinear", align_corners=False
    )
    losses = functional.cross_entropy(enlarged, labels.long(), ignore_index=VOID, reduction="none")
    return losses * weight
