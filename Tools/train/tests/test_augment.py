"""Augmentation keeps labels where the picture's content is."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from dlvideo_train.augment import random_light, random_view
from dlvideo_train.augment.conditions import CONDITIONS, Altered
from dlvideo_train.augment.geometry import ViewRange
from dlvideo_train.data.classes import CAMVID, VOID
from dlvideo_train.data.sample import Sample
from dlvideo_train.scenes.source import Scenes
from dlvideo_train.training.batches import Batches
from dlvideo_train.training.recipe import Recipe

COLORS = np.array([[30, 30, 30], [220, 40, 40], [40, 220, 40], [40, 40, 220]], np.uint8)
SIZE = (96, 64)


def painted() -> Sample:
    """Blocks whose colour tells their class; instances 1 to 3 on the coloured ones."""
    semantic = np.zeros((80, 120), np.uint8)
    semantic[10:40, 8:40], semantic[30:70, 50:80], semantic[5:60, 90:115] = 1, 2, 3
    return Sample(COLORS[semantic], semantic, semantic.astype(np.int32))


def told_by_color(image: np.ndarray) -> np.ndarray:
    distance = np.abs(image[:, :, None].astype(int) - COLORS[None, None]).sum(3)
    return distance.argmin(2)


@pytest.mark.parametrize("seed", range(12))
def test_labels_stay_on_what_they_label(seed: int) -> None:
    view = random_view(painted(), SIZE, np.random.default_rng(seed), ViewRange())
    assert view.image.shape == (64, 96, 3)
    assert view.semantic.shape == view.instance.shape == (64, 96)
    inside = view.semantic != VOID
    agrees = told_by_color(view.image) == view.semantic
    # Only pixels on the blocks' edges, where colours are mixed, may be told wrongly.
    assert agrees[inside].mean() > 0.97
    assert np.array_equal(view.instance[inside], view.semantic[inside])
    assert (view.instance[~inside] == 0).all()


def test_a_view_without_change_is_a_crop_or_its_mirror_image() -> None:
    still = ViewRange((1.0, 1.0), 0, 0, 0, 0)
    sample, crops = painted(), set()
    for seed in range(8):
        view = random_view(sample, (120, 80), np.random.default_rng(seed), still)
        mirrored = not np.array_equal(view.semantic, sample.semantic)
        expected = sample.semantic[:, ::-1] if mirrored else sample.semantic
        assert np.array_equal(view.semantic, expected)
        assert np.array_equal(view.image, COLORS[expected])
        crops.add(mirrored)
    assert crops == {False, True}


def test_a_seed_is_a_view() -> None:
    views = [
        random_view(painted(), SIZE, np.random.default_rng(seed), ViewRange()) for seed in (3, 3, 4)
    ]
    assert np.array_equal(views[0].image, views[1].image)
    assert not np.array_equal(views[0].image, views[2].image)


def test_rare_classes_are_looked_at() -> None:
    sample = painted()
    sample.semantic[:], sample.instance[:] = 0, 0
    sample.semantic[70:74, 110:114] = 3
    close = replace(ViewRange(), scale=(1.9, 1.9), rare_focus=1.0)
    views = [random_view(sample, SIZE, np.random.default_rng(n), close) for n in range(20)]
    assert sum((v.semantic == 3).any() for v in views) >= 8


class Stripes:
    """A source of one picture, of stripes four pixels wide."""

    classes = CAMVID

    def __len__(self) -> int:
        return 1

    def load(self, _index: int) -> Sample:
        sample = painted()
        sample.semantic[:] = np.arange(120) // 4 % 2
        return sample


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_recipe_tells_the_scale_of_pictures(scale: float) -> None:
    recipe = Recipe(steps=8, batch=1, crop=SIZE, scale=(scale, scale))
    batches = Batches([(Stripes(), 1.0)], recipe, radius=8)
    labels = np.stack([batches[n]["semantic"][0].numpy() for n in range(8)]).astype(int)
    edges = np.abs(np.diff(labels, axis=2)) == 1
    assert 4 * scale == pytest.approx(1 / edges.mean(), rel=0.2)


def test_light_changes_the_picture_and_nothing_else() -> None:
    image = painted().image
    changed = [random_light(image, np.random.default_rng(seed)) for seed in range(6)]
    assert all(c.shape == image.shape and c.dtype == np.uint8 for c in changed)
    assert sum(not np.array_equal(c, image) for c in changed) >= 5
    assert np.array_equal(changed[2], random_light(image, np.random.default_rng(2)))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_changes_the_picture_alone_and_always_alike(condition: str) -> None:
    scenes = Scenes(0, 2, (96, 64))
    altered = Altered(scenes, condition)
    sent = pickle.loads(pickle.dumps(altered))  # as worker processes get it
    before, first, again = (source.load(1) for source in (scenes, altered, sent))
    assert np.array_equal(first.image, again.image)
    assert np.abs(first.image.astype(int) - before.image).mean() > 1
    assert np.array_equal(first.semantic, before.semantic)
    assert np.array_equal(first.instance, before.instance)


def test_conditions_of_light_are_of_that_light() -> None:
    scene = Scenes(0, 1, (96, 64))
    means = {name: Altered(scene, name).load(0).image.mean((0, 1)) for name in CONDITIONS}
    day = scene.load(0).image.mean((0, 1))
    assert means["night"].sum() < means["dusk"].sum() < day.sum() < means["glare"].sum()
    assert means["warm"][0] / means["warm"][2] > 1.3 * day[0] / day[2]
