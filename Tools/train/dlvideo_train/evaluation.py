"""Scores of a network on a source."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from torch.nn import functional

from .data.sample import Source
from .metrics import SemanticScores
from .network import DeeperLab

MULTIPLE = 16


def fitted(length: int) -> int:
    """The next multiple of 16."""
    return -(-length // MULTIPLE) * MULTIPLE


def network_input(image: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """float32 [1, 3, h, w] in [-1, 1] at `size` (width, height)."""
    if image.shape[1::-1] != size:
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    return pixels.float() / 127.5 - 1


@torch.no_grad()
def infer(network: DeeperLab, image: np.ndarray) -> dict[str, torch.Tensor]:
    """Head outputs, float32, of a picture resized to the next multiples of 16."""
    device = next(network.parameters()).device
    size = (fitted(image.shape[1]), fitted(image.shape[0]))
    x = network_input(image, size).to(device, memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16):
        outputs = network(x)
    return {name: value.float().cpu() for name, value in outputs.items()}


def semantic_labels(logits: torch.Tensor, size: tuple[int, int]) -> np.ndarray:
    """Class ids [H, W] from logits at stride 4, upsampled bilinearly to (width, height)."""
    full = functional.interpolate(logits, size[::-1], mode="bilinear", align_corners=False)
    return full[0].argmax(0).numpy().astype(np.uint8)


def score_semantic(
    network: DeeperLab,
    source: Source,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SemanticScores:
    """mIoU at the pictures' own size."""
    scores = SemanticScores(source.classes)
    count = min(len(source), limit or len(source))
    for index in range(count):
        sample = source.load(index)
        logits = infer(network, sample.image)["semantic"]
        scores.add(sample.semantic, semantic_labels(logits, sample.image.shape[1::-1]))
        if progress:
            progress(index + 1, count)
    return scores
