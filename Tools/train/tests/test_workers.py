"""Processes that prepare batches: a run ends with one line, whatever becomes of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from dlvideo_train.commands import main
from dlvideo_train.data.classes import CAMVID
from dlvideo_train.model_file import ModelHeader, load_model, save_model
from dlvideo_train.network import DeeperLab, Widths

WIDTHS = Widths(11, aspp=8, decoder=64, semantic_head=8, instance_head=8, low_level=4)
SECONDS = 120  # until a run counts as one that hangs
# Preparing the third batch, a worker meets what the file FOLDER/fate says.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from dlvideo_train.commands import main
from dlvideo_train.data.sample import DataError
from dlvideo_train.training.batches import Batches

prepared, fate = Batches.__getitem__, Path(sys.argv[1], "fate").read_text()

def item(batches, step):
    time.sleep(0.1)
    if step == 2 and fate == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if step == 2 and fate == "wrong data":
        raise DataError("p0.jpg: not a readable image")
    return prepared(batches, step)

Batches.__getitem__ = item
sys.exit(main(sys.argv[2:]))
"""


def model(folder: Path) -> Path:
    torch.manual_seed(0)
    path = folder / "start.safetensors"
    save_model(path, DeeperLab(WIDTHS), ModelHeader(WIDTHS, CAMVID, input_size=(64, 48)))
    return path


def command(folder: Path, run: str, workers: int = 1) -> list[str]:
    """A training of a few small steps."""
    given = f"--steps 10 --batch 1 --crop 64x48 --workers {workers} --checkpoint-minutes 0"
    start = ["--start", str(model(folder)), "--device", "cpu", "--cache", str(folder / "cache")]
    return ["train", "scenes:0-2", "--run", str(folder / run), *start, *given.split()]


def started(folder: Path, fate: str, arguments: list[str]) -> subprocess.Popen:
    (folder / "fate").write_text(fate)
    command = [sys.executable, "-c", PROGRAM, str(folder), "--threads", "1", *arguments]
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def end_of(process: subprocess.Popen) -> tuple[int, list[str]]:
    """The status and the lines on standard error."""
    try:
        _, errors = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, errors.splitlines()


@pytest.mark.parametrize(
    ("fate", "workers", "status", "told"),
    [("wrong data", 1, 65, "p0.jpg: not a readable image"), ("killed", 2, 71, "--workers")],
)
def test_a_run_ends_with_one_line(
    tmp_path: Path, fate: str, workers: int, status: int, told: str
) -> None:
    found, lines = end_of(started(tmp_path, fate, command(tmp_path, "run", workers)))
    assert found == status
    assert len(lines) == 1 and told in lines[0], lines


def test_sigterm_ends_a_run_and_the_same_command_goes_on(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    process = started(tmp_path, "none", command(tmp_path, "broken"))
    began = time.monotonic()
    while not (tmp_path / "broken/checkpoint.pt").exists() and process.poll() is None:
        assert time.monotonic() - began < SECONDS
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    status, _ = end_of(process)
    assert status == 128 + signal.SIGTERM
    try:
        for run in ("broken", "whole"):
            assert main(["--threads", "1", *command(tmp_path, run)]) == 0
    finally:
        torch.set_num_threads(threads)
    broken, whole = (
        load_model(tmp_path / run / "final.safetensors")[0].parameter_tensors()
        for run in ("broken", "whole")
    )
    assert all(torch.equal(tensor, broken[name]) for name, tensor in whole.items())
