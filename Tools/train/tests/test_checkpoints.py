"""A run that is killed and resumed ends with the very weights of one that is not."""

import csv
import multiprocessing
import os
import random
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlvideo_train.commands import main
from dlvideo_train.model_file import load_model
from dlvideo_train.network import DeeperLab, Widths
from dlvideo_train.scenes.source import Scenes
from dlvideo_train.training.batches import Batches
from dlvideo_train.training.log import RunLog, plot, read_rows
from dlvideo_train.training.loop import CHECKPOINT, Trainer
from dlvideo_train.training.recipe import Recipe

STEPS = 4
RECIPE = Recipe(steps=STEPS, batch=2, crop=(64, 48), warm_up=2)
WIDTHS = Widths(11, aspp=8, decoder=64, semantic_head=8, instance_head=8, low_level=4)


def started(folder: Path) -> Trainer:
    torch.manual_seed(0)
    return Trainer(DeeperLab(WIDTHS), RECIPE, folder)


def train(folder: Path, kill_at: int | None) -> None:
    """Trains to the end, or until this process kills itself in the middle of things."""
    torch.set_num_threads(1)
    trainer = started(folder)
    trainer.resume()

    def score(_network: DeeperLab) -> dict[str, float]:
        if trainer.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"step seen": trainer.step}

    batches = Batches([(Scenes(0, 4, (96, 64)), 1.0)], RECIPE, 8.0)
    # A checkpoint after every step that takes longer than no time at all, that is, after each.
    trainer.run(batches, workers=0, checkpoint_minutes=0, score=score, score_steps=1)


def test_killed_and_resumed_gives_the_same_weights(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    kill_at = random.randint(1, STEPS - 1)
    process = multiprocessing.get_context("spawn").Process(target=train, args=(broken, kill_at))
    process.start()
    threads = torch.get_num_threads()
    train(whole, None)
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    trainer = started(broken)
    assert trainer.resume() and trainer.step == kill_at < STEPS
    train(broken, None)
    torch.set_num_threads(threads)
    ends = [torch.load(f / CHECKPOINT, weights_only=True) for f in (whole, broken)]
    assert ends[0]["step"] == ends[1]["step"] == STEPS
    for name, tensor in ends[0]["network"].items():
        assert torch.equal(tensor, ends[1]["network"][name]), (kill_at, name)
    for name, tensor in ends[0]["average"]["tensors"].items():
        assert torch.equal(tensor, ends[1]["average"]["tensors"][name]), (kill_at, name)


def test_a_torn_checkpoint_is_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    trainer = started(tmp_path)
    trainer.save()
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:1000])
    (tmp_path / "model.json").write_text("{}")
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "m.safetensors")]) == 69
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1


def test_the_log_takes_new_columns(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 100)
    log.row("scores.csv", {"step": 1, "miou": 0.5})
    log.row("scores.csv", {"step": 2, "miou": 0.625, "pq": 0.25})
    log.row("scores.csv", {"step": 3, "pq": 0.75})
    rows = read_rows(tmp_path / "scores.csv")
    assert [r["miou"] for r in rows] == ["0.5", "0.625", ""]
    assert [r["pq"] for r in rows] == ["", "0.25", "0.75"]
    assert plot(tmp_path).stat().st_size > 1000
    with (tmp_path / "scores.csv").open() as file:
        assert next(csv.reader(file)) == ["step", "miou", "pq"]


def test_one_command_trains_and_one_exports(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run, out = tmp_path / "run", tmp_path / "m.safetensors"
    arguments = "--steps 2 --batch 1 --crop 64x48 --score-steps 2 --score-pictures 1 --workers 0"
    sources = ["scenes:0-4", "--validation", "scenes:4-5", "--input", "128x80"]
    assert main(["train", *sources, "--run", str(run), *arguments.split()]) == 0
    (row,) = read_rows(run / "scores.csv")
    assert list(row) == ["step", "pq", "sq", "rq", "pc", "miou"]
    assert (run / "curves.png").exists()
    assert main(["export", str(run), "-o", str(out)]) == 0
    assert "after 2 steps" in capsys.readouterr().err
    exported, header = load_model(out)
    final, _ = load_model(run / "final.safetensors")
    assert len(header.classes) == 11
    for name, tensor in final.parameter_tensors().items():
        assert torch.equal(tensor, exported.parameter_tensors()[name]), name


def test_a_changed_recipe_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    recipe = Recipe(sources=("a:b",), steps=40)
    assert recipe.changes(path) == []
    recipe.save(path)
    assert recipe.changes(path) == []
    other = replace(recipe, steps=50, losses=replace(recipe.losses, heatmap=7.0))
    changes = other.changes(path)
    assert changes[0] == "steps was 40, is 50"
    assert len(changes) == 2 and changes[1].startswith("losses was {")
