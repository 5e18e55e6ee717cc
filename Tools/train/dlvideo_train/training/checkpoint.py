"""Checkpoints: everything a run needs to go on as if it had never stopped."""

from pathlib import Path

import torch

from ..network import DeeperLab
from .average import WeightAverage


def save_checkpoint(
    path: Path,
    step: int,
    network: DeeperLab,
    optimizer: torch.optim.Optimizer,
    average: WeightAverage,
) -> None:
    """Writes beside, then renames: a killed run leaves the last whole checkpoint."""
    state = {
        "step": step,
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state(),
    }
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    beside.replace(path)


def restore_checkpoint(
    path: Path, network: DeeperLab, optimizer: torch.optim.Optimizer, average: WeightAverage
) -> int:
    """Restores all three; returns the next step."""
    device = next(network.parameters()).device
    state = torch.load(path, map_location=device, weights_only=True)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    average.restore(state["average"])
    return state["step"]
