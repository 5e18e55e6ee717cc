"""Training and inference on a device that is not the CPU, as far as can be told without one.

PyTorch's own part (autocast, the fused optimiser) knows no stand-in and is replaced.
"""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from elsewhere import DEVICE, AnotherDevice
from test_memory import RADIUS, SIZE, WIDTHS, FourScenes

from dlvideo_train.network import DeeperLab
from dlvideo_train.scoring.inference import infer
from dlvideo_train.training import loop
from dlvideo_train.training.batches import Batches
from dlvideo_train.training.recipe import Recipe


@pytest.fixture(autouse=True)
def without_pytorchs_part(monkeypatch: pytest.MonkeyPatch) -> None:
    adamw = torch.optim.AdamW
    monkeypatch.setattr(torch.optim, "AdamW", lambda groups, fused: adamw(groups))
    for module in ("training.loop", "scoring.inference"):
        monkeypatch.setattr(
            f"dlvideo_train.{module}.mixed_precision", lambda _device: nullcontext()
        )


class Trained:
    """Two steps on a device: losses, the first step's gradients, the averaged network's outputs."""

    def __init__(self, device: torch.device) -> None:
        torch.manual_seed(0)
        scenes = FourScenes()
        recipe = Recipe(steps=2, batch=2, crop=SIZE, warm_up=1, peak_rate=1e-4)
        batches = Batches([(scenes, 1.0)], recipe, RADIUS)
        trainer = loop.Trainer(DeeperLab(WIDTHS).to(device), recipe, None)
        self.losses = []
        for step in range(recipe.steps):
            losses = trainer.train_on(batches[step])
            self.losses.append({name: float(value.cpu()) for name, value in losses.items()})
            if step == 0:
                named = trainer.network.named_parameters()
                self.gradients = {n: p.grad.cpu().numpy() for n, p in named if p.grad is not None}
        self.outputs = infer(trainer.averaged(), scenes.load(0).image, SIZE)


def assert_alike(
    found: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float
) -> None:
    assert found.keys() == expected.keys() and found
    largest = max(np.linalg.norm(values) for values in expected.values())
    for name, values in expected.items():
        error = np.linalg.norm(found[name] - values)
        assert error <= tolerance * np.linalg.norm(values) + 1e-4 * largest, name


def test_training_is_the_same_elsewhere() -> None:
    here = Trained(torch.device("cpu"))
    with AnotherDevice():
        there = Trained(DEVICE)
    for found, expected in zip(there.losses, here.losses, strict=True):
        assert found == pytest.approx(expected, rel=1e-3)
    # Weights that differ by a millionth change some gradients by a twentieth.
    assert_alike(there.gradients, here.gradients, 0.15)
    assert_alike(there.outputs, here.outputs, 5e-3)


def test_the_stand_in_tells_what_a_gpu_would() -> None:
    with AnotherDevice():
        there = torch.ones(3).to(DEVICE)
        assert there.device == DEVICE
        assert (2 * there).sum().cpu().item() == 6
        with pytest.raises(RuntimeError, match="two devices"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError):
            there.numpy()
