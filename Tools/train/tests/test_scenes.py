"""Scenes: deterministic, exactly labelled; the sample's ids follow COCO's panoptic format."""

import numpy as np

from dlvideo_train.data.classes import CAMVID, VOID
from dlvideo_train.data.panoptic import panoptic_ids, segments
from dlvideo_train.data.sample import Sample
from dlvideo_train.scenes.ground import PAVEMENT, ROAD
from dlvideo_train.scenes.layout import random_scene
from dlvideo_train.scenes.motorway import random_motorway
from dlvideo_train.scenes.render import render
from dlvideo_train.scenes.sample_video import sample_scene
from dlvideo_train.scenes.source import SMALLEST_INSTANCE, Scenes, scene_of, with_crowds

THINGS = [c.id for c in CAMVID if c.isthing]


def test_a_seed_is_a_picture() -> None:
    first, again, other = (render(random_scene(s), 96, 64) for s in (5, 5, 6))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.instance, again.instance)
    assert not np.array_equal(first.image, other.image)


def test_instances_are_things_of_one_class() -> None:
    for seed in range(4):
        sample = render(random_scene(seed), 160, 96)
        assert set(np.unique(sample.semantic)) <= {c.id for c in CAMVID} | {VOID}
        assert np.array_equal(sample.instance > 0, np.isin(sample.semantic, THINGS))
        for number in np.unique(sample.instance[sample.instance > 0]):
            assert len(np.unique(sample.semantic[sample.instance == number])) == 1


def test_what_is_too_small_to_be_told_apart_is_a_crowd() -> None:
    drawn = render(scene_of(3), 320, 192)
    areas = np.bincount(drawn.instance.ravel())[1:]
    assert (areas[areas > 0] < SMALLEST_INSTANCE).any()
    before = drawn.semantic.copy(), drawn.instance.copy()
    sample = with_crowds(drawn)
    assert np.array_equal(sample.semantic, before[0])
    gone = (before[1] > 0) & (sample.instance == 0)
    assert np.array_equal(sample.instance[~gone], before[1][~gone])
    for number in np.unique(before[1][before[1] > 0]):
        is_small = (before[1] == number).sum() < SMALLEST_INSTANCE
        assert gone[before[1] == number].all() == is_small
    crowds = [s for s in segments(panoptic_ids(sample), frozenset(THINGS)) if s["iscrowd"]]
    assert sum(s["area"] for s in crowds) == gone.sum()


def test_objects_keep_their_number_while_the_camera_moves() -> None:
    before, after = (render(sample_scene(), 320, 180, t) for t in (1.0, 1.04))
    shared = (before.instance > 0) & (after.instance > 0)
    assert shared.sum() > 500
    assert (before.instance == after.instance)[shared].mean() > 0.95


def test_panoptic_ids() -> None:
    semantic = np.array([[0, 3, 8], [8, 9, VOID]], np.uint8)
    instance = np.array([[0, 0, 1], [2, 7, 0]], np.int32)
    sample = Sample(np.zeros((2, 3, 3), np.uint8), semantic, instance)
    ids = panoptic_ids(sample)
    assert ids.tolist() == [[999, 3000, 8001], [8002, 9007, 0]]
    described = {s["id"]: s for s in segments(ids)}
    assert sorted(described) == [999, 3000, 8001, 8002, 9007]
    assert described[999]["category_id"] == 0
    assert described[9007] == {
        "id": 9007,
        "category_id": 9,
        "area": 1,
        "bbox": [1, 1, 1, 1],
        "iscrowd": 0,
    }


def test_motorways_are_roads_between_verges_with_vehicles_only() -> None:
    scene = random_motorway(16)
    assert random_motorway(16).street.seed == scene.street.seed
    things = [type(o).__name__ for o in scene.objects if getattr(o, "instance", 0)]
    assert things and set(things) == {"Vehicle"}
    sample = Scenes(16, 17).load(0)
    assert (sample.semantic == ROAD).mean() > 0.15
    assert not (sample.semantic == PAVEMENT).any()
