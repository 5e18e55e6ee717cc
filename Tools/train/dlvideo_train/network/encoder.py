"""Wider MobileNetV2: MobileNetV2 with every 3x3 convolution, the stem included, made 5x5."""

from torch import Tensor, nn
from torch.nn import functional

from .layers import ConvBN, InvertedResidual

# expansion, channels, repeats, stride (1801.04381, table 2)
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
OUTPUT_STRIDE = 16
LOW_LEVEL_BLOCK = 2  # the last block at stride 4
LOW_LEVEL_CHANNELS = 24
HIGH_LEVEL_CHANNELS = 320


class WiderMobileNetV2(nn.Module):
    """[N, 3, H, W] in [-1, 1] to ([N, 24, H/4, W/4], [N, 320, H/16, W/16])."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvBN(3, 32, 5, stride=2, activation=functional.relu6)
        self.blocks = nn.ModuleList()
        channels, reached, rate = 32, 2, 1
        for expansion, outputs, repeats, stage_stride in STAGES:
            for repeat in range(repeats):
                stride, block_rate = (stage_stride if repeat == 0 else 1), rate
                if reached * stride > OUTPUT_STRIDE:
                    # Stride becomes atrous rate, from the next block on.
                    stride, rate = 1, rate * stage_stride
                reached *= stride
                self.blocks.append(
                    InvertedResidual(channels, outputs, expansion, stride, block_rate)
                )
                channels = outputs

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(image)
        low = x
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index == LOW_LEVEL_BLOCK:
                low = x
        return low, x
