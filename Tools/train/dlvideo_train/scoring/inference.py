"""From a picture to the network's outputs."""

import math

import cv2
import numpy as np
import torch

from ..network import DeeperLab
from ..network.precision import mixed_precision

MULTIPLE, LARGEST_SIDE = 16, 4096
ALIKE = 1.1  # aspects within this ratio are taken for the same


def network_size(usual: tuple[int, int], picture: tuple[int, int]) -> tuple[int, int]:
    """The input (width, height) for a picture, as `dlvideo` chooses it.

    The model's usual size where the aspect is alike, else the multiples of 16 of about the same
    area that distort the picture least.
    """
    aspect, usual_aspect = picture[0] / picture[1], usual[0] / usual[1]
    if max(aspect / usual_aspect, usual_aspect / aspect) <= ALIKE:
        return usual
    area, best, least = usual[0] * usual[1], usual, math.inf
    for width in range(MULTIPLE, LARGEST_SIDE + 1, MULTIPLE):
        for wanted in (width / aspect, area / width):
            height = max(MULTIPLE, math.floor(wanted / MULTIPLE + 0.5) * MULTIPLE)
            stretch = abs(math.log2(width / height / aspect))
            growth = abs(math.log2(width * height / area))
            if 4 * stretch + growth < least:
                best, least = (width, height), 4 * stretch + growth
    return best


def network_input(image: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """float32 [1, 3, h, w] in [-1, 1] at `size` (width, height)."""
    if image.shape[1::-1] != size:
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    return pixels.float() / 127.5 - 1


@torch.no_grad()
def infer(network: DeeperLab, image: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """The heads' outputs [C, h, w], float32, of a picture resized to `size`."""
    device = next(network.parameters()).device
    x = network_input(image, size).to(device, memory_format=torch.channels_last)
    with mixed_precision(device):
        outputs = network(x)
    return {name: value[0].float().cpu().numpy() for name, value in outputs.items()}
