"""Everything that decides a training run, kept as JSON beside its checkpoints."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..augment.geometry import ViewRange
from ..losses import LossWeights
from ..model_file import ModelError
from ..whole_file import write_text


@dataclass(frozen=True)
class Recipe:
    """A run is its recipe: the same recipe and data give the same batches."""

    sources: tuple[str, ...] = ()  # KIND:PATH or KIND:PATH@SHARE, see data/open_source.py
    steps: int = 4000
    batch: int = 8
    crop: tuple[int, int] = (320, 256)  # width, height
    scale: tuple[float, float] = ViewRange.scale  # crop pixels per picture pixel, least and most
    peak_rate: float = 1.5e-3
    warm_up: int = 100
    weight_decay: float = 0.02
    decay_power: float = 0.9  # of the polynomial schedule
    average: float = 0.998  # decay of the averaged weights
    clip: float = 5.0  # largest norm of the gradient
    seed: int = 0
    losses: LossWeights = field(default_factory=LossWeights)

    def rate(self, step: int) -> float:
        """Learning rate of a step: linear warm-up, then polynomial decay to 0."""
        if step < self.warm_up:
            return self.peak_rate * (step + 1) / self.warm_up
        left = (self.steps - step) / max(1, self.steps - self.warm_up)
        return self.peak_rate * max(0.0, left) ** self.decay_power

    def save(self, path: Path) -> None:
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    def changes(self, path: Path) -> list[str]:
        """What differs from the recipe saved there, as "steps was 4000, is 5000"."""
        if not path.exists():
            return []
        try:
            before = dict(json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise ModelError(
                f"{path}: not a readable recipe; delete it, and changes go untold once"
            ) from error
        now = json.loads(json.dumps(asdict(self)))
        return [
            f"{name} was {before.get(name)}, is {value}"
            for name, value in now.items()
            if before.get(name) != value
        ]
