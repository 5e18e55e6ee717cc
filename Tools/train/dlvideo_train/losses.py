"""DeeperLab's losses (MODEL.md, from 1902.05093, section 3)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .data.classes import VOID
from .network.deeperlab import EDGES, HEAD_STRIDE

HARDEST_FRACTION = 0.15


@dataclass(frozen=True)
class LossWeights:
    """Weights of the five losses in their sum, and of the heatmap's positive cells."""

    semantic: float = 1.0
    heatmap: float = 4.0
    long_range: float = 0.02
    short_range: float = 0.05
    middle_range: float = 0.02
    heatmap_positive: float = 3.0


def bootstrapped_cross_entropy(
    logits: Tensor, labels: Tensor, weight: Tensor, fraction: float = HARDEST_FRACTION
) -> Tensor:
    """Mean, over each picture's hardest `fraction` of labelled pixels, of the weighted loss.

    logits: [N, C, H, W]; labels: int64 [N, H, W]; weight: [N, H, W].
    """
    loss = functional.cross_entropy(logits, labels, ignore_index=VOID, reduction="none") * weight
    total, pictures = loss.new_zeros(()), 0
    for each, known in zip(loss, labels != VOID, strict=True):
        count = int(known.sum())
        if count:
            hardest = each[known].topk(max(1, int(fraction * count)), sorted=False).values
            total = total + hardest.mean()
            pictures += 1
    return total / max(1, pictures)


def masked_l1(offsets: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute error over the marked positions: offsets [N, 2K, h, w], mask [N, K, h, w]."""
    error = (offsets - target).abs().unflatten(1, (-1, 2)).sum(2)
    return (error * mask).sum() / (2 * mask.sum()).clamp(min=1)


def deeperlab_losses(
    outputs: dict[str, Tensor], targets: dict[str, Tensor], weights: LossWeights
) -> dict[str, Tensor]:
    """The five losses, each times its weight; their sum is what is minimised.

    targets: the fields of `Targets`, stacked into batches.
    """
    outputs = {name: value.float() for name, value in outputs.items()}
    semantic = functional.interpolate(
        outputs["semantic"], scale_factor=HEAD_STRIDE, mode="bilinear", align_corners=False
    )
    in_disk = targets["heatmap"]
    at_source = in_disk[:, [source for source, _ in EDGES]]
    on_instance = targets["on_instance"][:, None].expand(-1, in_disk.shape[1], -1, -1)
    positive = 1 + (weights.heatmap_positive - 1) * in_disk
    return {
        "semantic": weights.semantic
        * bootstrapped_cross_entropy(semantic, targets["semantic"].long(), targets["weight"]),
        "heatmap": weights.heatmap
        * functional.binary_cross_entropy_with_logits(
            outputs["keypoint_heatmap"], in_disk, weight=positive
        ),
        "long_range": weights.long_range
        * masked_l1(outputs["long_range"], targets["long_range"], on_instance),
        "short_range": weights.short_range
        * masked_l1(outputs["short_range"], targets["short_range"], in_disk),
        "middle_range": weights.middle_range
        * masked_l1(outputs["middle_range"], targets["middle_range"], at_source),
    }


def total(losses: dict[str, Tensor]) -> Tensor:
    """The sum of the weighted losses."""
    return torch.stack(list(losses.values())).sum()
