"""DeeperLab's losses (MODEL.md, from 1902.05093, section 3), and one of IoU itself."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .cross_entropy import enlarged_cross_entropy
from .data.classes import VOID
from .network.deeperlab import EDGES, HEAD_STRIDE

HARDEST_FRACTION = 0.15


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses in their sum, and of the heatmap's positive cells."""

    semantic: float = 1.0
    lovasz: float = 1.5
    heatmap: float = 6.0
    long_range: float = 3.0  # its offsets are in instance scales, not pixels
    short_range: float = 0.1
    middle_range: float = 0.05
    heatmap_positive: float = 3.0


def mean_of_hardest(losses: Tensor, labels: Tensor, fraction: float = HARDEST_FRACTION) -> Tensor:
    """Mean, over each picture's hardest `fraction` of labelled pixels, of the loss: [N, H, W]."""
    known = labels != VOID
    ranked = losses.masked_fill(~known, -1).flatten(1)
    total, pictures = losses.new_zeros(()), 0
    for each, count in zip(ranked, known.flatten(1).sum(1).cpu().tolist(), strict=True):
        if count:
            hardest = each.topk(max(1, int(fraction * count)), sorted=False).values
            total = total + hardest.mean()
            pictures += 1
    return total / max(1, pictures)


def greatest_first(values: Tensor) -> Tensor:
    """Each row's order [M, n], of float32 values >= 0; of equal ones the first comes first."""
    if values.device.type != "cpu":
        return values.argsort(dim=1, descending=True, stable=True)
    # Such floats are in the order of their bits: numpy sorts numbers of 64 bits, the place in the
    # lower half, ten times faster than PyTorch sorts floats with their places.
    below = 0x7FFFFFFF - values.detach().contiguous().view(torch.int32).long()
    keys = (below << 32) | torch.arange(values.shape[1])
    keys.numpy().sort(axis=1)
    return keys & 0xFFFFFFFF


def lovasz_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over the classes present of the Lovász extension of 1 - IoU (1705.08790, eq. 12).

    Cross entropy counts pixels, the metric counts classes: without this term poles and signs, a
    hundredth of all pixels, are hardly worth learning.
    logits: [N, C, H, W]; labels: int64 [N, H, W]; all pictures' labelled pixels are one set.
    """
    known = labels != VOID
    present = labels[known].unique()
    if present.numel() == 0:
        return logits.new_zeros(())
    truth = (labels[known][None] == present[:, None]).to(logits.dtype)
    likely = logits.softmax(1).permute(1, 0, 2, 3)[:, known][present]
    error = (truth - likely).abs()
    order = greatest_first(error)
    error, truth = error.gather(1, order), truth.gather(1, order)
    size = truth.sum(1, keepdim=True)
    missed = size - truth.cumsum(1)
    jaccard = 1 - missed / (size + (1 - truth).cumsum(1))
    steps = torch.cat([jaccard[:, :1], jaccard.diff(dim=1)], dim=1)
    return (error * steps).sum(1).mean()


def l1_sums(offsets: Tensor, target: Tensor) -> Tensor:
    """|dx| + |dy| of each offset's error: from [N, 2K, h, w] to [N, K, h, w]."""
    return (offsets - target).abs().unflatten(1, (-1, 2)).sum(2)


def masked_l1(offsets: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute error over the marked positions: offsets [N, 2K, h, w], mask [N, K, h, w]."""
    return (l1_sums(offsets, target) * mask).sum() / (2 * mask.sum()).clamp(min=1)


def scaled_l1(offsets: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Mean absolute error in instance scales, where scale [N, h, w] is positive.

    Assignment compares offsets in that unit (MODEL.md, grouping 4): in pixels, one near bus
    outweighs all people.
    """
    error = l1_sums(offsets, target)
    on_instance = scale > 0
    relative = error * torch.where(on_instance, 1 / scale, 0)[:, None]
    return relative.sum() / (2 * error.shape[1] * on_instance.sum()).clamp(min=1)


def at_cells(labels: Tensor) -> Tensor:
    """The labels [N, H, W] at the head's cells: [N, H/4, W/4]."""
    return labels[:, HEAD_STRIDE // 2 :: HEAD_STRIDE, HEAD_STRIDE // 2 :: HEAD_STRIDE]


def deeperlab_losses(
    outputs: dict[str, Tensor], targets: dict[str, Tensor], weights: LossWeights
) -> dict[str, Tensor]:
    """The losses, each times its weight; their sum is what is minimised.

    targets: the fields of `Targets`, stacked into batches.
    """
    # Plane by plane: what follows is several times slower on channels that lie together.
    outputs = {name: value.float().contiguous() for name, value in outputs.items()}
    pixels = enlarged_cross_entropy(outputs["semantic"], targets["semantic"], targets["weight"])
    in_disk = targets["heatmap"]
    at_source = torch.stack([in_disk[:, source] for source, _ in EDGES], dim=1)
    positive = 1 + (weights.heatmap_positive - 1) * in_disk
    return {
        "semantic": weights.semantic * mean_of_hardest(pixels, targets["semantic"]),
        "lovasz": weights.lovasz
        * lovasz_softmax(outputs["semantic"], at_cells(targets["semantic"]).long()),
        "heatmap": weights.heatmap
        * functional.binary_cross_entropy_with_logits(
            outputs["keypoint_heatmap"], in_disk, weight=positive
        ),
        "long_range": weights.long_range
        * scaled_l1(outputs["long_range"], targets["long_range"], targets["scale"]),
        "short_range": weights.short_range
        * masked_l1(outputs["short_range"], targets["short_range"], in_disk),
        "middle_range": weights.middle_range
        * masked_l1(outputs["middle_range"], targets["middle_range"], at_source),
    }


def total(losses: dict[str, Tensor]) -> Tensor:
    """The sum of the weighted losses."""
    return torch.stack(list(losses.values())).sum()
