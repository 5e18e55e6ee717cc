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

from dlvideo_train import whole_file
from dlvideo_train.commands import main
from dlvideo_train.model_file import ModelHeader, load_model, save_model
from dlvideo_train.network import DeeperLab, Widths
from dlvideo_train.scenes.source import Scenes
from dlvideo_train.training import loop
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
    (tmp_path / "model.json").write_text(ModelHeader(WIDTHS).metadata())
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "m.safetensors")]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert str(path) in line and "delete it" in line


def test_want_of_memory_is_not_taken_for_a_torn_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(tmp_path).save()

    def load(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(torch, "load", load)
    with pytest.raises(torch.OutOfMemoryError):
        started(tmp_path).resume()
    monkeypatch.undo()
    assert started(tmp_path).resume()


def test_what_is_written_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, path = started(tmp_path), tmp_path / CHECKPOINT
    flushed = []
    monkeypatch.setattr(whole_file, "flush", lambda path, _flags: flushed.append(path.name))
    trainer.save()
    RECIPE.save(tmp_path / "recipe.json")
    parts = ["checkpoint.pt.part", tmp_path.name, "recipe.json.part", tmp_path.name]
    assert flushed == parts
    before = path.read_bytes()

    def torn(_state: dict, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="no space"):
        trainer.save()
    assert path.read_bytes() == before


def test_decay_of_weights_is_the_new_recipe_s(tmp_path: Path) -> None:
    started(tmp_path).save()
    recipe = replace(RECIPE, weight_decay=0.5)
    trainer = Trainer(DeeperLab(WIDTHS), recipe, tmp_path)
    assert trainer.resume()
    assert [group["weight_decay"] for group in trainer.optimizer.param_groups] == [0.5, 0]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with a checkpoint."""
    folder = tmp_path / "run"
    folder.mkdir()
    started(folder).save()
    (folder / "model.json").write_text(ModelHeader(WIDTHS).metadata())
    Recipe().save(folder / "recipe.json")
    return folder


def model(path: Path, header: ModelHeader) -> list[str]:
    """The options to begin with a model of that header."""
    save_model(path, DeeperLab(header.widths), header)
    return ["--start", str(path), "--workers", "0", "--device", "cpu"]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (ModelHeader(replace(WIDTHS, aspp=16)), "aspp 8, not 16"),
        (ModelHeader(replace(WIDTHS, rates=(1, 2, 3))), "rates [6, 12, 18], not [1, 2, 3]"),
        (ModelHeader(WIDTHS, keypoint_radius=9), "keypoint_radius 8.0, not 9"),
        (ModelHeader(WIDTHS, input_size=(64, 48)), "input [512, 288], not [64, 48]"),
    ],
)
def test_another_network_leaves_the_run_as_it_is(
    run: Path, header: ModelHeader, told: str, capsys: pytest.CaptureFixture
) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    start = model(run.parent / "start.safetensors", header)
    assert main(["train", "scenes:0-1", "--run", str(run), *start]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert str(run) in line and told in line
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}
    # Without the run's own word the checkpoint says it, for all but radius and input.
    (run / "model.json").unlink()
    if header.widths.aspp != WIDTHS.aspp:
        assert main(["train", "scenes:0-1", "--run", str(run), *start]) == 69
        (line,) = capsys.readouterr().err.splitlines()
        assert CHECKPOINT in line and "widths" in line
        assert not (run / "model.json").exists()


@pytest.mark.parametrize("name", ["recipe.json", "model.json"])
@pytest.mark.parametrize("text", ["", "[1]", "\udcff"])
def test_a_run_s_torn_texts_are_told(
    run: Path, name: str, text: str, capsys: pytest.CaptureFixture
) -> None:
    (run / name).write_text(text, errors="surrogateescape")
    start = model(run.parent / "start.safetensors", ModelHeader(WIDTHS))
    assert main(["train", "scenes:0-1", "--run", str(run), *start]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert str(run / name) in line


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


def drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """The steps of the newest rows of scores.csv, at each drawing of the curves from now on."""
    seen: list[list[float]] = []

    def plotted(at: Path) -> None:
        seen.append([float(row["step"]) for row in read_rows(at / "scores.csv")])

    monkeypatch.setattr(loop, "plot", plotted)
    return seen


def test_the_curves_have_the_newest_score_and_the_last_weights_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = drawn(tmp_path, monkeypatch)
    trainer = started(tmp_path)
    batches = Batches([(Scenes(0, 1, (96, 64)), 1.0)], RECIPE, 8.0)
    trainer.run(batches, workers=0, score=lambda _: {"miou": 0.5}, score_steps=3)
    assert seen == [[3], [3, 4]]
    # At the end there is nothing more to score.
    again = started(tmp_path)
    assert again.resume()
    again.run(batches, workers=0, score=lambda _: {"miou": 0.5}, score_steps=3)
    assert len(seen) == 2


def test_what_was_logged_after_the_checkpoint_is_dropped(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 2_000_000)
    for step in (20, 1_234_560, 1_234_580):
        log.row("steps.csv", {"step": step, "semantic": 1.5})
    log.row("scores.csv", {"step": 1_234_570, "miou": 0.5})
    with (tmp_path / "steps.csv").open("a") as file:
        file.write("12346")  # a row that breaks off
    log.go_on_from(1_234_560)
    assert [r["step"] for r in read_rows(tmp_path / "steps.csv")] == ["20", "1234560"]
    assert read_rows(tmp_path / "scores.csv") == []
    log.row("scores.csv", {"step": 1_234_570, "miou": 0.25})
    assert [r["miou"] for r in read_rows(tmp_path / "scores.csv")] == ["0.25"]


def test_a_resumed_run_logs_no_step_twice(tmp_path: Path) -> None:
    trainer = started(tmp_path)
    trainer.save()
    RunLog(tmp_path, STEPS).row("scores.csv", {"step": 2, "miou": 0.5})
    batches = Batches([(Scenes(0, 1, (96, 64)), 1.0)], RECIPE, 8.0)
    assert trainer.resume()
    trainer.run(batches, workers=0, score=lambda _: {"miou": 0.75}, score_steps=2)
    assert [row["step"] for row in read_rows(tmp_path / "scores.csv")] == ["2", "4"]


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
