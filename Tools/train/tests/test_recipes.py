"""Recipes: several trainings from one file."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dlvideo_train.commands import main, parser
from dlvideo_train.commands.recipes import read_recipe, steps_of
from dlvideo_train.model_file import load_model

SHIPPED = Path(__file__).parents[1] / "recipes/camvid-lite.toml"
SMALL = """
[train]
batch = 1
crop = "64x48"
workers = 0
[export.grouping]
minimum_area = 100
[[stages]]
name = "one"
sources = ["scenes:0-4"]
steps = 2
[[stages]]
name = "two"
sources = ["scenes:0-2@0.5", "scenes:2-4@0.5"]
batch = 2
steps = 1
[mix]
one = 0.25
two = 0.75
"""


def recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text)
    return path


def test_stages_begin_with_the_model_before_and_are_mixed(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out.safetensors"
    command = ["recipe", str(recipe(tmp_path, SMALL)), "--work", str(work), "-o", str(out)]
    assert main(command) == 0
    tensors = [
        load_model(path)[0].parameter_tensors()
        for path in (work / "one.safetensors", work / "two.safetensors", out)
    ]
    name = next(name for name, tensor in tensors[0].items() if tensor.ndim > 1)
    one, two, mixed = (t[name] for t in tensors)
    assert 0 < (one - two).abs().max() < 0.1
    assert torch.allclose(mixed, 0.25 * one + 0.75 * two, atol=1e-3)
    assert load_model(out)[1].grouping["minimum_area"] == 100
    # What is there is not made again.
    times = [path.stat().st_mtime_ns for path in sorted(work.rglob("checkpoint.pt"))]
    assert main(command) == 0
    assert times == [path.stat().st_mtime_ns for path in sorted(work.rglob("checkpoint.pt"))]


def test_without_a_mixture_the_last_stage_is_the_model(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out.safetensors"
    text = SMALL[: SMALL.index('[[stages]]\nname = "two"')]
    assert main(["recipe", str(recipe(tmp_path, text)), "--work", str(work), "-o", str(out)]) == 0
    stage, model = (load_model(p)[0].parameter_tensors() for p in (work / "one.safetensors", out))
    assert all(torch.equal(tensor, model[name]) for name, tensor in stage.items())


def test_a_stage_begins_with_a_mixture_if_it_says_so(tmp_path: Path) -> None:
    text = SMALL.replace(
        "[mix]", "[[stages]]\nname = 'three'\nsources = ['scenes:0-4']\nsteps = 1\n"
    )
    text = text.replace("one = 0.25\ntwo = 0.75", "[stages.start]\ntwo = 0.5\none = 0.5")
    work = tmp_path / "work"
    steps = list(steps_of(read_recipe(recipe(tmp_path, text)), {}, work, tmp_path / "m"))
    start = work / "three-start.safetensors"
    assert [path.stem for path, _ in steps] == ["one", "two", "three-start", "three", "m"]
    parsed = [parser().parse_args(commands[0]) for _, commands in steps]
    assert parsed[2].models == [(work / "two.safetensors", 0.5), (work / "one.safetensors", 0.5)]
    assert (parsed[2].output, parsed[3].start) == (start, start)
    assert [path for path, _ in parsed[4].models] == [work / "three.safetensors"]


def test_lists_are_repeated_options_and_sources_of_validation_are_filled(tmp_path: Path) -> None:
    given = 'batch = 1\nvalidation = ["camvid:{camvid}/val", "scenes:4-5"]'
    text = SMALL.replace("batch = 1", given, 1)
    steps = steps_of(read_recipe(recipe(tmp_path, text)), {"camvid": "/a b"}, tmp_path, tmp_path)
    parsed = parser().parse_args(next(steps)[1][0])
    assert parsed.validation == ["camvid:/a b/val", "scenes:4-5"]


def missing_stage(text: str) -> str:
    return text.replace("scenes:0-2@0.5", "camvid:/nowhere")


def missing_validation(text: str) -> str:
    return text.replace("steps = 1", 'steps = 1\nvalidation = "camvid:/nowhere"')


def missing_balance(text: str) -> str:
    return text + '[balance]\nsources = ["camvid:/nowhere"]\n'


@pytest.mark.parametrize("change", [missing_stage, missing_validation, missing_balance])
def test_all_sources_are_opened_before_the_first_stage(
    change: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path, work = recipe(tmp_path, change(SMALL)), tmp_path / "work"
    assert main(["recipe", str(path), "--work", str(work), "-o", str(tmp_path / "m")]) == 66
    (line,) = capsys.readouterr().err.splitlines()
    assert "/nowhere" in line
    assert not work.exists()


def test_the_output_s_folder_is_looked_for_first(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out, work = tmp_path / "none" / "m.safetensors", tmp_path / "work"
    command = ["recipe", str(recipe(tmp_path, SMALL)), "--work", str(work), "-o", str(out)]
    assert main(command) == 73
    assert capsys.readouterr().err == f"dlvideo_train: {out}: its folder does not exist\n"
    assert not work.exists()


def test_the_shipped_recipe_is_one_that_can_be_followed(tmp_path: Path) -> None:
    steps = list(
        steps_of(read_recipe(SHIPPED), {"camvid": "/data"}, tmp_path, tmp_path / "m.safetensors")
    )
    parsed = [[parser().parse_args(words) for words in commands] for _, commands in steps]
    trainings = [commands[0] for commands in parsed if len(commands) > 1]
    assert trainings[0].start is None
    made = [path for path, _ in steps]
    starts = [made[made.index(t.run.with_suffix(".safetensors")) - 1] for t in trainings[1:]]
    assert [t.start for t in trainings[1:]] == starts
    assert all(t.data[0].startswith("camvid:/data/train@") for t in trainings)
    mix, balance = parsed[-2][0], parsed[-1][0]
    assert sum(share for _, share in mix.models) == 1
    assert (balance.model, balance.output) == (mix.output, tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("[[stages]\n", 65, "not TOML"),
        ("[train]\nbatch = 1\n", 65, "no [[stages]]"),
        ("[other]\n", 65, "unknown table other"),
        ("[[stages]]\nsources = []\n", 65, "a name"),
        (SMALL.replace('"two"', '"one"'), 65, "one name"),
        (SMALL.replace("one = 0.25", "three = 0.25"), 65, "no stage"),
        (SMALL.replace("steps = 1", "steps = 1\nstart = {two = 1}"), 65, "no stage before"),
        (SMALL.replace("steps = 1", "steps = 1\nstart = 1"), 65, "no table"),
        (SMALL + "[balance]\n", 65, "list of sources"),
        ("balance = 1\n" + SMALL, 65, "list of sources"),
        ("mix = 1\n" + SMALL[: SMALL.index("[mix]")], 65, "no table"),
        (SMALL.replace("scenes:0-4", "camvid:{camvid}/train"), 64, "--data"),
        (SMALL.replace("steps = 1", "stops = 1"), 64, "--stops"),
        (SMALL.replace("scenes:0-4", "scenes:4-0"), 65, "scenes"),
    ],
)
def test_a_wrong_recipe_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture, text: str, status: int, told: str
) -> None:
    work = tmp_path / "work"
    command = ["recipe", str(recipe(tmp_path, text)), "--work", str(work), "-o", "m.safetensors"]
    try:
        found = main(command)
    except SystemExit as exit_:
        found = exit_.code
    lines = [line for line in capsys.readouterr().err.splitlines() if "dlvideo_train" in line]
    assert (found, len(lines)) == (status, 1), lines
    assert told in lines[0]


def test_a_recipe_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    missing = str(tmp_path / "no.toml")
    assert main(["recipe", missing, "--work", str(tmp_path), "-o", "m.safetensors"]) == 66
    assert capsys.readouterr().err == f"dlvideo_train: {missing}: no such file\n"
