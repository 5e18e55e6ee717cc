"""DeeperLab (1902.05093): context module, decoder and heads on a Wider MobileNetV2."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .encoder import HIGH_LEVEL_CHANNELS, LOW_LEVEL_CHANNELS, WiderMobileNetV2
from .layers import ConvBN, SeparableConv

KEYPOINTS = ("top-left", "top-right", "bottom-left", "bottom-right", "centre")
CENTRE = 4
# Middle-range offsets, source to target: a star about the centre of mass.
EDGES = ((4, 0), (4, 1), (4, 2), (4, 3), (0, 4), (1, 4), (2, 4), (3, 4))
CONTEXT_CHANNELS = 256
FOLD = 4  # space-to-depth factor between the strides 4 and 16
HEAD_STRIDE = 4


@dataclass(frozen=True)
class Widths:
    """Channel counts and rates that a model file records; the defaults are the lite preset's."""

    classes: int = 11
    aspp: int = 128
    decoder: int = 1024
    semantic_head: int = 128
    instance_head: int = 32
    low_level: int = 32
    rates: tuple[int, ...] = (6, 12, 18)

    @staticmethod
    def paper(classes: int) -> "Widths":
        """The widths of 1902.05093."""
        return Widths(classes, aspp=256, decoder=4096, semantic_head=256, instance_head=64)

    def outputs(self) -> dict[str, int]:
        """Channels of every head."""
        return {
            "semantic": self.classes,
            "keypoint_heatmap": len(KEYPOINTS),
            "long_range": 2 * len(KEYPOINTS),
            "short_range": 2 * len(KEYPOINTS),
            "middle_range": 2 * len(EDGES),
        }


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: context at several scales, at one stride."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        inputs, branch = HIGH_LEVEL_CHANNELS, widths.aspp
        self.pointwise = ConvBN(inputs, branch)
        self.atrous = nn.ModuleList(SeparableConv(inputs, branch, 3, r) for r in widths.rates)
        self.pool = ConvBN(inputs, branch)
        self.project = ConvBN((2 + len(widths.rates)) * branch, CONTEXT_CHANNELS)

    def forward(self, high: Tensor) -> Tensor:
        pooled = self.pool(high.mean(dim=(2, 3), keepdim=True))
        branches = [self.pointwise(high)]
        branches += [branch(high) for branch in self.atrous]
        branches.append(pooled.expand(-1, -1, high.shape[2], high.shape[3]))
        return self.project(torch.cat(branches, dim=1))


class Decoder(nn.Module):
    """Folds the stride-4 features to stride 16, refines, unfolds to stride 4."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.low_level = ConvBN(LOW_LEVEL_CHANNELS, widths.low_level)
        joined = CONTEXT_CHANNELS + FOLD * FOLD * widths.low_level
        self.refine = nn.ModuleList(
            SeparableConv(inputs, widths.decoder, 7) for inputs in (joined, widths.decoder)
        )

    def forward(self, low: Tensor, context: Tensor) -> Tensor:
        folded = functional.pixel_unshuffle(self.low_level(low), FOLD)
        x = torch.cat([context, folded], dim=1)
        for conv in self.refine:
            x = conv(x)
        return functional.pixel_shuffle(x, FOLD)


class Head(nn.Module):
    """A separable 7x7 convolution, then one 1x1 to the outputs."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.hidden = SeparableConv(inputs, hidden, 7)
        self.logits = nn.Conv2d(hidden, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.hidden(x))


class DeeperLab(nn.Module):
    """[N, 3, H, W] in [-1, 1], sides multiples of 16, to five maps at stride 4.

    `semantic` and `keypoint_heatmap` are logits; the offsets are (dx, dy) pairs,
    in pixels of the input, per keypoint (or per edge of `EDGES`).
    """

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        widths = widths or Widths()
        self.widths = widths
        self.encoder = WiderMobileNetV2()
        self.aspp = ASPP(widths)
        self.decoder = Decoder(widths)
        shared = widths.decoder // (FOLD * FOLD)
        self.heads = nn.ModuleDict(
            {
                name: Head(
                    shared,
                    widths.semantic_head if name == "semantic" else widths.instance_head,
                    outputs,
                )
                for name, outputs in widths.outputs().items()
            }
        )

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        low, high = self.encoder(image)
        shared = self.decoder(low, self.aspp(high))
        return {name: head(shared) for name, head in self.heads.items()}

    def parameter_tensors(self) -> dict[str, Tensor]:
        """What a model file holds: the state without the training counters."""
        state: Sequence[tuple[str, Tensor]] = list(self.state_dict().items())
        return {name: t for name, t in state if not name.endswith("num_batches_tracked")}
