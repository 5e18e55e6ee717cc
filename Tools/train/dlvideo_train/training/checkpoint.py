"""Checkpoints: everything a run needs to go on as if it had never stopped."""

from pathlib import Path
from pickle import UnpicklingError

import torch

from ..model_file import ModelError
from ..network import DeeperLab, Widths
from ..whole_file import replaced_whole
from .average import WeightAverage


def save_checkpoint(
    path: Path,
    step: int,
    network: DeeperLab,
    optimizer: torch.optim.Optimizer,
    average: WeightAverage,
) -> None:
    """Writes all of it or nothing: a killed run leaves the last whole checkpoint."""
    state = {
        "step": step,
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state(),
    }
    with replaced_whole(path) as beside:
        torch.save(state, beside)


def read(path: Path, device: torch.device) -> dict:
    """What `save_checkpoint` wrote."""
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such checkpoint") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except (RuntimeError, EOFError, UnpicklingError) as error:
        # Others, such as one for want of memory, say nothing of the file.
        if isinstance(error, RuntimeError) and "PytorchStreamReader" not in str(error):
            raise
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
    try:
        network.load_state_dict(state["network"])
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{path}: its weights are not of this network's widths") from error
    # How steps are computed is this program's, and how weights decay the recipe's, which may have
    # changed; neither is the checkpoint's.
    kept = ("fused", "foreach", "weight_decay")
    ways = [{name: group[name] for name in kept} for group in optimizer.param_groups]
    optimizer.load_state_dict(state["optimizer"])
    for group, way in zip(optimizer.param_groups, ways, strict=True):
        group.update(way)
    average.restore(state["average"])
    return state["step"]
