"""The training loop."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import torch

from ..losses import deeperlab_losses, total
from ..network import DeeperLab
from ..network.precision import mixed_precision
from .average import WeightAverage
from .batches import Batches, batches_from, workers_watched
from .checkpoint import restore_checkpoint, save_checkpoint
from .log import SCORES, STEPS, RunLog, plot
from .recipe import Recipe
from .stop import StopRequest

CHECKPOINT = "checkpoint.pt"
REPORT_STEPS = 20

Scorer = Callable[[DeeperLab], dict[str, float]]


def parameter_groups(network: DeeperLab, weight_decay: float) -> list[dict]:
    """Convolution weights decay; biases and normalisation do not."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    free = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0}]


def set_training(network: DeeperLab) -> None:
    """Training mode, but for the image-level branch's normalisation.

    That branch has one value a picture, so a batch's statistics would be those of a handful of
    numbers: it keeps its running ones (those of the model it starts from, or none).
    """
    network.train()
    network.aspp.pool.bn.eval()


class Trainer:
    """One run: a network, its optimiser, its averaged weights and where it stands."""

    def __init__(self, network: DeeperLab, recipe: Recipe, folder: Path | None) -> None:
        self.network = network.to(memory_format=torch.channels_last)
        self.recipe, self.folder, self.step = recipe, folder, 0
        self.device = next(network.parameters()).device
        groups = parameter_groups(network, recipe.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, fused=True)
        self.average = WeightAverage(network, recipe.average)

    def resume(self) -> bool:
        """Goes on from the folder's checkpoint, if there is one."""
        path = self.folder / CHECKPOINT if self.folder else None
        if path is None or not path.exists():
            return False
        self.step = restore_checkpoint(path, self.network, self.optimizer, self.average)
        return True

    def train_on(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """One step; returns the weighted losses."""
        batch = {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate(self.step)
        set_training(self.network)
        image = batch["image"].to(memory_format=torch.channels_last)
        with mixed_precision(self.device):
            outputs = self.network(image)
        losses = deeperlab_losses(outputs, batch, self.recipe.losses)
        self.optimizer.zero_grad(set_to_none=True)
        total(losses).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.average.update(self.network)
        self.step += 1
        return {name: value.detach() for name, value in losses.items()}

    def averaged(self) -> DeeperLab:
        """The network to score and to export."""
        return self.average.network(self.network)

    def save(self) -> None:
        if self.folder:
            path = self.folder / CHECKPOINT
            save_checkpoint(path, self.step, self.network, self.optimizer, self.average)

    def run(
        self,
        batches: Batches,
        workers: int,
        checkpoint_minutes: float = 5,
        score: Scorer | None = None,
        score_steps: int = 250,
    ) -> int | None:
        """Trains to the recipe's end; checkpoints, reports and scores on the way.

        Returns the number of the signal that stopped it before, the checkpoint being written.
        """
        log = RunLog(self.folder, self.recipe.steps) if self.folder else None
        if log:
            log.go_on_from(self.step)
        saved, sums, count = time.monotonic(), {}, 0
        prepared = closing(batches_from(batches, self.step, workers))
        with StopRequest() as stop, workers_watched(), prepared as coming:
            for batch in coming:
                losses = self.train_on(batch)
                sums = {name: sums.get(name, 0) + value for name, value in losses.items()}
                count += 1
                if log and count == REPORT_STEPS:
                    means = {name: float(value) / count for name, value in sums.items()}
                    log.progress(self.step, means)
                    at = {"step": self.step, "rate": self.recipe.rate(self.step)}
                    log.row(STEPS, at | means)
                    sums, count = {}, 0
                if time.monotonic() - saved > 60 * checkpoint_minutes:
                    self.save()
                    saved = time.monotonic()
                if log and score and self.step % score_steps == 0:
                    self.report(log, score)
                if stop.signal is not None:
                    break
        self.save()
        if log and score and stop.signal is None and log.last_step(SCORES) < self.step:
            self.report(log, score)
        return stop.signal

    def report(self, log: RunLog, score: Scorer) -> None:
        """Scores the averaged weights and draws the curves."""
        scores = score(self.averaged())
        if scores:
            log.row(SCORES, {"step": self.step} | scores)
        plot(log.folder)
