"""Averaged weights: what is scored and exported."""

import torch
from torch import Tensor

from ..network import DeeperLab


class WeightAverage:
    """Exponential average of every float tensor of a network, batch statistics included."""

    def __init__(self, network: DeeperLab, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.tensors = {n: t.detach().clone() for n, t in network.parameter_tensors().items()}

    @torch.no_grad()
    def update(self, network: DeeperLab) -> None:
        """Moves the average towards the network, faster in the first steps."""
        self.updates += 1
        keep = min(self.decay, (1 + self.updates) / (10 + self.updates))
        current = network.parameter_tensors()
        averages = [self.tensors[name] for name in current]
        torch._foreach_lerp_(averages, list(current.values()), 1 - keep)

    def network(self, like: DeeperLab) -> DeeperLab:
        """A network of the averaged weights, in evaluation mode."""
        averaged = DeeperLab(like.widths)
        averaged.load_state_dict(self.tensors, strict=False)
        return averaged.to(next(like.parameters()).device).eval()

    def state(self) -> dict[str, Tensor | int]:
        return {"updates": self.updates, "tensors": self.tensors}

    def restore(self, state: dict) -> None:
        self.updates, self.tensors = state["updates"], state["tensors"]
