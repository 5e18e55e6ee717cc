"""Checkpoints: everything a run needs to go on as if it had never stopped."""

from pathlib import Path
from pickle import UnpicklingError

import torch

from ..model_file import ModelError
from ..network import DeeperLab, Widths
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


def read(path: Path, device: torch.device) -> dict:
    """What `save_checkpoint` wrote."""
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such checkpoint") from error
    except (RuntimeError, OSError, EOFError, UnpicklingError) as error:
        raise ModelError(f"{path}: not a readable checkpoint; delete it to begin anew") from error


def averaged_of(path: Path, widths: Widths) -> tuple[DeeperLab, int]:
    """The averaged weights in a checkpoint, in evaluation mode, and its step."""
    state = read(path, torch.device("cpu"))
    network = DeeperLab(widths)
    try:
        network.load_state_dict(state["average"]["tensors"], strict=False)
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{path}: its weights are not of the run's widths") from error
    return network.eval(), state["step"]


def restore_checkpoint(
    path: Path, network: DeeperLab, optimizer: torch.optim.Optimizer, average: WeightAverage
) -> int:
    """Restores all three; returns the next step."""
    state = read(path, next(network.parameters()).device)
    network.load_state_dict(state["network"])
    # How steps are computed is this program's, not the checkpoint's.
    ways = [{k: group[k] for k in ("fused", "foreach")} for group in optimizer.param_groups]
    optimizer.load_state_dict(state["optimizer"])
    for group, way in zip(optimizer.param_groups, ways, strict=True):
        group.update(way)
    average.restore(state["average"])
    return state["step"]
