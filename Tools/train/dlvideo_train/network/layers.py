"""Convolutions with batch normalisation, the only layers the networks are made of."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from .depthwise import fast_depthwise
from .normalise import is_known, normalised

BATCH_NORM_EPSILON = 1e-5

Activation = Callable[[Tensor], Tensor]
# What each activation clamps to.
LIMITS = {
    None: (-math.inf, math.inf),
    functional.relu: (0.0, math.inf),
    functional.relu6: (0.0, 6.0),
}


class ConvBN(nn.Module):
    """Convolution without bias, batch normalisation, activation (none: linear).

    Zero padding keeps the size at stride 1; at stride 2 the size halves.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        rate: int = 1,
        groups: int = 1,
        activation: Activation | None = functional.relu,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding=rate * (kernel // 2),
            dilation=rate,
            groups=groups,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(outputs, eps=BATCH_NORM_EPSILON)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        y = fast_depthwise(self.conv, x) if self.conv.groups > 1 else self.conv(x)
        if is_known(self.bn, y):
            return normalised(self.bn, y, *LIMITS[self.activation])
        y = self.bn(y)
        return y if self.activation is None else self.activation(y)


class SeparableConv(nn.Module):
    """Depthwise then pointwise convolution, each normalised and rectified."""

    def __init__(self, inputs: int, outputs: int, kernel: int, rate: int = 1) -> None:
        super().__init__()
        self.depthwise = ConvBN(inputs, inputs, kernel, rate=rate, groups=inputs)
        self.pointwise = ConvBN(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


class InvertedResidual(nn.Module):
    """MobileNetV2's block with a 5x5 depthwise convolution and a linear bottleneck."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, rate: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        relu6 = functional.relu6
        self.expand = ConvBN(inputs, hidden, activation=relu6) if expansion > 1 else None
        self.depthwise = ConvBN(
            hidden, hidden, 5, stride=stride, rate=rate, groups=hidden, activation=relu6
        )
        self.project = ConvBN(hidden, outputs, activation=None)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else self.expand(x)
        y = self.project(self.depthwise(y))
        return torch.add(x, y) if self.is_residual else y
