"""Scores of hand-worked pictures, of void and crowds, and the independent reference's answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from dlvideo_train.data.classes import VOID, LabelClass
from dlvideo_train.scoring.metrics import PanopticScores, Segments, SemanticScores
from dlvideo_train.scoring.score import Scores, nearest

ROAD, CAR, BIKE = 0, 1, 2
CLASSES = (
    LabelClass(ROAD, "road", False),
    LabelClass(CAR, "car", True),
    LabelClass(BIKE, "bike", True),
)
FIXTURE = Path(__file__).resolve().parents[3] / "Tests/PanopticTests/Fixtures/metrics.json"


def picture(rows: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """`.` road, a to f cars, A to F bikes, `*` a crowd of cars, `-` void."""
    semantic = np.zeros((len(rows), len(rows[0])), np.uint8)
    instance = np.zeros_like(semantic, np.int32)
    for y, row in enumerate(rows):
        for x, mark in enumerate(row):
            if mark == "-":
                semantic[y, x] = VOID
            elif mark == "*":
                semantic[y, x] = CAR
            elif mark.islower():
                semantic[y, x], instance[y, x] = CAR, ord(mark)
            elif mark.isupper():
                semantic[y, x], instance[y, x] = BIKE, ord(mark)
    return semantic, instance


def scores_of(truth: list[str], found: list[str]) -> Scores:
    scores = Scores.of(CLASSES)
    scores.add(picture(truth), picture(found))
    return scores


def test_a_worked_picture() -> None:
    scores = scores_of(
        ["aaaabb....", "aaaabb...."],  # 8 pixels of car a, 4 of car b, 8 of road
        ["aaa.bbb...", "aaa..bbAA."],
    )
    quality = scores.per_class()
    # Car a: 6 / 8. Car b: 3 / (4 + 5 - 3) = 1/2, not above it: a miss and a false one.
    assert quality["pq"][CAR] == pytest.approx(0.75 / (1 + 0.5 + 0.5))
    assert quality["sq"][CAR] == pytest.approx(0.75)
    assert quality["rq"][CAR] == pytest.approx(1 / 2)
    # Road: 8 in the truth, 7 found, 4 in common: 4 / 11, a miss and a false one.
    assert quality["pq"][ROAD] == 0
    # The bike is a false one; no bike is in the truth.
    assert quality["pq"][BIKE] == 0 and np.isnan(quality["pc"][BIKE])
    assert scores.panoptic.false_positive.tolist() == [1, 1, 1]
    assert scores.panoptic.false_negative.tolist() == [1, 1, 0]
    # Covering: by area, the best IoU of each region of the truth.
    assert quality["pc"][CAR] == pytest.approx((8 * 0.75 + 4 * 0.5) / 12)


def test_semantic_iou() -> None:
    scores = SemanticScores(CLASSES)
    scores.add(np.array([[0, 0, 1, 1, VOID]]), np.array([[0, 1, 1, 1, 2]]))
    assert scores.per_class()[:2].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert np.isnan(scores.per_class()[2])
    assert scores.mean() == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_what_is_mostly_on_void_is_not_held_against_it() -> None:
    scores = scores_of(["aaaa..----"], ["aaaa.BBBBB"]).panoptic
    assert scores.false_positive[BIKE] == 0  # 4 of 5 pixels on void
    assert scores.iou[CAR] == 1
    # Void pixels are taken out of the union: 4 / (4 + 8 - 4 - 4).
    assert scores_of(["aaaa----.."], ["aaaaaaaa.."]).per_class()["sq"][CAR] == 1


def test_crowds_are_nobody_s_to_find_and_excuse_what_is_found_on_them() -> None:
    scores = scores_of(["****......"], ["bbbb......"]).panoptic
    assert scores.false_negative[CAR] == 0 and scores.false_positive[CAR] == 0
    # Of another class, the same pixels are a false one.
    assert scores_of(["****......"], ["BBBB......"]).panoptic.false_positive[BIKE] == 1
    # Half or less of it on the crowd: false.
    assert scores_of(["****......"], ["..bbbb...."]).panoptic.false_positive[CAR] == 1


def test_means_are_over_the_classes_that_occur() -> None:
    scores = scores_of(["aa.."], ["aa.."])
    assert scores.mean() == {"pq": 1, "sq": 1, "rq": 1, "pc": 1, "miou": 1}
    assert Scores.of(CLASSES).mean()["pq"] == 0


@pytest.mark.parametrize("recorded", json.loads(FIXTURE.read_text()))
def test_agrees_with_the_reference_on_random_maps(recorded: dict) -> None:
    numbers = [c["id"] for c in recorded["categories"]]
    classes = [LabelClass(n, "", bool(c["isthing"])) for n, c in enumerate(recorded["categories"])]
    scores = PanopticScores(classes)
    for pair in recorded["pairs"]:
        maps = []
        for which in ("truth", "prediction"):
            ids = np.array(pair[which]).reshape(recorded["height"], recorded["width"])
            listed = pair[f"{which}_segments"]
            place = np.full(ids.max() + 1, -1)
            place[[s["id"] for s in listed]] = np.arange(len(listed))
            place[0] = -1
            labels = np.array([numbers.index(s["category"]) for s in listed])
            crowds = np.array([bool(s["iscrowd"]) for s in listed])
            maps.append(Segments(place[ids], labels, crowds))
        scores.add(*maps)
    expected = recorded["scores"]
    for name, value in scores.mean().items():
        wanted = expected["pc"] if name == "pc" else expected["all"][name]
        assert value == pytest.approx(wanted, abs=1e-9), name
    per_class = [expected["per_class"][str(n)] for n in numbers]
    assert np.nan_to_num(scores.quality()["pq"]).tolist() == pytest.approx(per_class, abs=1e-9)


def test_labels_at_another_size() -> None:
    labels = np.array([[1, 2], [3, 4]])
    assert nearest(labels, (4, 2)).tolist() == [[1, 1, 2, 2], [3, 3, 4, 4]]
    assert nearest(labels, (2, 2)).tolist() == labels.tolist()
    assert nearest(np.arange(6)[None], (3, 1)).tolist() == [[1, 3, 5]]
