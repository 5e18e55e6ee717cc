"""Wrong data: one line that names the file and what was expected, and the status."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import datasets
import numpy as np
import pytest
import torch

from dlvideo_train.commands import main
from dlvideo_train.data.classes import CAMVID, LabelClass
from dlvideo_train.model_file import ModelHeader, save_model
from dlvideo_train.network import DeeperLab, Widths

Break = Callable[[Path], object]


def line_of(arguments: list[str], capsys: pytest.CaptureFixture) -> tuple[int, str]:
    """The status and the one line on standard error."""
    status = main(arguments)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return status, lines[0]


def relabel(root: Path, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    path = next(root.rglob(name))
    datasets.write(path, change(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)))


def value(number: int) -> Callable[[np.ndarray], np.ndarray]:
    def change(labels: np.ndarray) -> np.ndarray:
        labels[5, 5] = number
        return labels

    return change


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damaged_png(path: Path) -> None:
    """The picture as a PNG (readers go by the content) with a wrong byte in the pixels' data."""
    _, data = cv2.imencode(".png", cv2.imread(str(path)))
    data[data.tobytes().index(b"IDAT") + 40] ^= 1
    path.write_bytes(data.tobytes())


CAMVID_BREAKS: dict[str, tuple[Break, list[str]]] = {
    "class out of range": (
        lambda r: relabel(r, "p1.png", value(12)),
        ["labels/p1.png", "12", "0 to 10"],
    ),
    "picture without labels": (
        lambda r: (r / "labels/p1.png").unlink(),
        ["p1.jpg", "no labels", "labels/p1.png"],
    ),
    "labels without a picture": (
        lambda r: (r / "images/p2.jpg").unlink(),
        ["labels/p2.png", "without a picture"],
    ),
    "sizes differ": (
        lambda r: datasets.picture(r / "images/p0.jpg", size=(32, 16)),
        ["p0.jpg", "24x16", "32x16"],
    ),
    "empty split": (
        lambda r: [p.unlink() for p in r.rglob("*.*")],
        ["images", "no .jpg or .png"],
    ),
    "picture damaged": (
        lambda r: damaged_png(r / "images/p1.jpg"),
        ["p1.jpg", "damaged"],
    ),
    "picture cut off": (lambda r: cut(r / "images/p1.jpg"), ["p1.jpg", "cut off"]),
    "no picture": (
        lambda r: (r / "images/p1.jpg").write_text("<html>"),
        ["p1.jpg", "not a readable image"],
    ),
    "labels unreadable": (
        lambda r: (r / "labels/p1.png").write_text("nothing"),
        ["p1.png", "not a readable label image"],
    ),
    "labels in colour": (
        lambda r: relabel(r, "p1.png", lambda a: np.dstack([a, a, a])),
        ["p1.png", "one grey channel"],
    ),
    "labels of 16 bits": (
        lambda r: relabel(r, "p1.png", lambda a: a.astype(np.uint16) + 256),
        ["p1.png", "8-bit"],
    ),
}


@pytest.mark.parametrize("what", CAMVID_BREAKS)
def test_camvid(what: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    change, expected = CAMVID_BREAKS[what]
    change(datasets.camvid(tmp_path))
    status, line = line_of(["check", f"camvid:{tmp_path}", "--workers", "1"], capsys)
    assert status == 65
    assert all(part in line for part in expected), line


def train_ids(labels: np.ndarray) -> np.ndarray:
    """Road, pavement, building, vegetation, cars and void by their train ids."""
    result = np.where(labels == 26, 13, np.where(labels == 7, 0, 255)).astype(np.uint8)
    result[0], result[1], result[2] = 2, 8, 1
    return result


CITYSCAPES_BREAKS: dict[str, tuple[Break, list[str]]] = {
    "label out of range": (
        lambda r: relabel(r, "*1_000019_gtFine_labelIds.png", value(40)),
        ["labelIds.png", "40", "0 to 33"],
    ),
    "no labels": (
        lambda r: next(r.rglob("*0_000019_gtFine_labelIds.png")).unlink(),
        ["leftImg8bit.png", "no labels", "labelIds.png"],
    ),
    "instances of some pictures only": (
        lambda r: next(r.rglob("*0_000019_gtFine_instanceIds.png")).unlink(),
        ["leftImg8bit.png", "instanceIds.png"],
    ),
    "instances that disagree": (
        lambda r: relabel(r, "*0_000019_gtFine_instanceIds.png", value(24005)),
        ["instanceIds.png", "24005", "(5, 5)", "26"],
    ),
    "train ids": (
        lambda r: [relabel(r, p.name, train_ids) for p in r.rglob("*labelIds.png")],
        ["0_000019_gtFine_labelIds.png", "train ids", "expected label ids"],
    ),
    "instances of 8 bits": (
        lambda r: relabel(r, "*0_000019_gtFine_instanceIds.png", lambda a: a.astype(np.uint8)),
        ["instanceIds.png", "16-bit"],
    ),
    "empty split": (
        lambda r: [p.unlink() for p in r.rglob("*.png")],
        ["leftImg8bit", "no CITY"],
    ),
}


@pytest.mark.parametrize("what", CITYSCAPES_BREAKS)
def test_cityscapes(what: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    change, expected = CITYSCAPES_BREAKS[what]
    place = datasets.cityscapes(tmp_path)
    change(tmp_path)
    status, line = line_of(["check", f"cityscapes:{place}", "--workers", "1"], capsys)
    assert status == 65
    assert all(part in line for part in expected), line


def segment(record: dict, number: int = 0) -> dict:
    return record["annotations"][1]["segments_info"][number]


COCO_BREAKS: dict[str, tuple[Callable[[dict], object], list[str]]] = {
    "missing picture": (
        lambda r: r["images"][1].update(file_name="x.jpg"),
        ["images/x.jpg", "missing", "index.json"],
    ),
    "missing labels": (
        lambda r: r["annotations"][1].update(file_name="x.png"),
        ["labels/x.png", "missing"],
    ),
    "unknown category": (
        lambda r: segment(r).update(category_id=8),
        ["1.png", "category 8", "70001"],
    ),
    "unlisted id": (
        lambda r: r["annotations"][1]["segments_info"].pop(),
        ["labels/1.png", "id 9", "does not list"],
    ),
    "listed id that is not there": (
        lambda r: r["annotations"][1]["segments_info"].append(segment(r) | {"id": 77}),
        ["labels/1.png", "77"],
    ),
    "listed twice": (
        lambda r: r["annotations"][1]["segments_info"].append(segment(r)),
        ["1.png", "twice"],
    ),
    "other area": (lambda r: segment(r).update(area=5), ["labels/1.png", "70001", "says 5"]),
    "picture without annotation": (lambda r: r["annotations"].pop(), ["1.jpg", "no annotation"]),
    "annotation without picture": (lambda r: r["images"].pop(), ["1.png", "41", "`images`"]),
    "no annotations": (lambda r: r.update(annotations=[], images=[]), ["no annotations"]),
    "no categories": (lambda r: r.pop("categories"), ["0 categories"]),
    "category without a name": (
        lambda r: r["categories"].append({"id": 4}),
        ["index.json", "category", "name"],
    ),
    "two categories of one id": (
        lambda r: r["categories"].append(dict(r["categories"][0])),
        ["two categories"],
    ),
    "an id that panoptic ids cannot hold": (
        lambda r: r["categories"][1].update(id=16777),
        ["index.json", "dog", "16777", "0 to 16776"],
    ),
    "an id below 0": (lambda r: r["categories"][1].update(id=-1), ["dog", "-1", "0 to 16776"]),
    "no segments_info": (
        lambda r: r["annotations"][0].pop("segments_info"),
        ["annotations", "segments_info"],
    ),
}


@pytest.mark.parametrize("what", COCO_BREAKS)
def test_coco(what: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    change, expected = COCO_BREAKS[what]
    record = json.loads(json.dumps(datasets.coco(tmp_path)))
    change(record)
    datasets.write_index(tmp_path, record)
    status, line = line_of(["check", datasets.coco_source(tmp_path), "--workers", "1"], capsys)
    assert status == 65
    assert all(part in line for part in expected), line


def test_coco_json_that_breaks_off(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    datasets.coco(tmp_path)
    cut(tmp_path / "index.json")
    status, line = line_of(["check", datasets.coco_source(tmp_path)], capsys)
    assert status == 65 and "index.json" in line and "JSON" in line


@pytest.mark.parametrize(
    ("source", "status", "expected"),
    [
        ("camvid:/nowhere/at/all", 66, "/nowhere/at/all: no such folder"),
        ("cityscapes:/nowhere/val", 66, "/nowhere/leftImg8bit/val: no such folder"),
        ("coco:/nowhere.json,/tmp,/tmp", 66, "/nowhere.json: no such file"),
        ("coco:/nowhere.json,/tmp", 65, "JSON,PNG_FOLDER,IMAGE_FOLDER"),
        ("pascal:/tmp", 65, "expected KIND:PATH"),
        ("scenes:9-9", 65, "the last seed must come after the first"),
        ("scenes:a-b", 65, "scenes:a-b"),
        ("scenes:5", 65, "scenes:5: expected FIRST-END"),
        ("camvid:/no@where@0.5", 66, "/no@where: no such folder"),
        ("camvid:/no@where", 66, "/no@where: no such folder"),
        ("scenes:0-9@0", 65, "share"),
    ],
)
def test_sources_that_cannot_be(
    source: str, status: int, expected: str, capsys: pytest.CaptureFixture
) -> None:
    found, line = line_of(["check", source], capsys)
    assert found == status and expected in line, line


def test_sources_of_other_classes_are_not_mixed(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    datasets.coco(tmp_path)
    text = datasets.coco_source(tmp_path)
    status, line = line_of(["train", "scenes:0-2", text, "--run", str(tmp_path / "run")], capsys)
    assert status == 65 and "scenes:0-2" in line and text in line and "11 classes and 3" in line
    assert not (tmp_path / "run").exists()


def small_model(path: Path, classes: tuple[LabelClass, ...]) -> Path:
    widths = Widths(len(classes), 8, 64, 8, 8, 4)
    save_model(path, DeeperLab(widths), ModelHeader(widths, classes))
    return path


def test_a_start_model_of_other_classes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    other = (*CAMVID[:3], LabelClass(3, "canal", False), *CAMVID[4:])
    model = small_model(tmp_path / "m.safetensors", other)
    run = ["train", "scenes:0-2", "--run", str(tmp_path / "run"), "--start", str(model)]
    status, line = line_of(run, capsys)
    assert status == 69 and str(model) in line
    assert "canal (stuff)" in line and "road (stuff)" in line


def test_training_checks_before_it_starts(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    datasets.camvid(tmp_path / "set")
    relabel(tmp_path / "set", "p2.png", value(99))
    run = ["train", f"camvid:{tmp_path}/set", "--run", str(tmp_path / "run")]
    status, line = line_of(run, capsys)
    assert status == 65 and "p2.png" in line and "99" in line
    assert not (tmp_path / "run" / "checkpoint.pt").exists()


def test_models_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    missing = ["eval", str(tmp_path / "none.safetensors"), "scenes:0-1"]
    assert line_of(missing, capsys)[0] == 69
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"x" * 100)
    status, line = line_of(["onnx", str(bad), "-o", str(tmp_path / "x.onnx")], capsys)
    assert status == 69 and "bad.safetensors" in line
    status, line = line_of(["export", str(tmp_path), "-o", str(bad)], capsys)
    assert status == 69 and "folder of a run" in line


def test_a_device_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    run = ["train", "scenes:0-2", "--run", str(tmp_path / "run"), "--device", "cuda"]
    status, line = line_of(run, capsys)
    assert status == 64 and "cuda" in line


TRAIN = ["train", "scenes:0-2", "--run", "run"]
WRONG_NUMBERS = (
    "--batch 0",
    "--seed -1",
    f"--seed {1 << 64}",
    "--steps -3",
    "--steps 0",
    "--workers -1",
    "--warm-up -5",
    "--peak-rate nan",
    "--peak-rate 0",
    "--weight-decay -1",
    "--average 3",
    "--average 1",
    "--radius inf",
    "--checkpoint-minutes x",
)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["shave"],
        ["eval", "m", "s", "--size", "10x10"],
        [*TRAIN, "--scale", "2"],
        [*TRAIN, "--scale", "2-1"],
        [*TRAIN, "--scale", "0-1"],
        [*TRAIN, "--scale", "1-inf"],
        *([*TRAIN, *words.split()] for words in WRONG_NUMBERS),
        ["--threads", "0", *TRAIN],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 64
    assert len(capsys.readouterr().err.splitlines()) == 1
