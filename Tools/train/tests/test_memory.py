"""A small network, trained for well under a minute, knows four scenes by heart."""

from dataclasses import replace

import numpy as np
import torch

from dlvideo_train.data.classes import CAMVID, VOID
from dlvideo_train.data.sample import Sample
from dlvideo_train.losses import LossWeights
from dlvideo_train.model_file import ModelHeader
from dlvideo_train.network import DeeperLab, Widths
from dlvideo_train.scenes.people import Cyclist, Person
from dlvideo_train.scenes.render import render
from dlvideo_train.scenes.source import scene_of
from dlvideo_train.scenes.vehicles import Vehicle
from dlvideo_train.scoring.score import score
from dlvideo_train.targets import make_targets
from dlvideo_train.training.batches import as_tensors
from dlvideo_train.training.loop import Trainer
from dlvideo_train.training.recipe import Recipe

SEEDS = (28, 12, 26, 1)
SIZE, RADIUS = (160, 96), 8.0
SMALLEST = 220  # pixels; smaller regions are a handful of the heads' cells, and become void
STEPS, FIRST_SCORE = 220, 80  # some 100 are needed
WIDTHS = Widths(
    11, aspp=32, decoder=256, semantic_head=32, instance_head=32, low_level=16, rates=(1, 2, 3)
)


def simple_scene(seed: int) -> Sample:
    """A scene's street, houses, trees, vehicles and people, without what is thin or tiny."""
    scene = scene_of(seed)
    kept = tuple(o for o in scene.objects if isinstance(o, Vehicle | Person | Cyclist))
    sample = render(replace(scene, objects=kept), *SIZE)
    region = sample.semantic.astype(int) * 1000 + sample.instance
    values, areas = np.unique(region, return_counts=True)
    small = np.isin(region, values[areas < SMALLEST])
    sample.semantic[small], sample.instance[small] = VOID, 0
    return sample


class FourScenes:
    classes = CAMVID

    def __init__(self) -> None:
        self.samples = [simple_scene(seed) for seed in SEEDS]

    def __len__(self) -> int:
        return len(self.samples)

    def name(self, index: int) -> str:
        return f"scene {SEEDS[index]}"

    def load(self, index: int) -> Sample:
        return self.samples[index]


def test_four_scenes_are_learnt_by_heart() -> None:
    scenes = FourScenes()
    assert sum(len(np.unique(s.instance)) - 1 for s in scenes.samples) >= 6
    torch.manual_seed(0)
    weights = LossWeights(heatmap=6, long_range=0.1, short_range=0.2, middle_range=0.1)
    recipe = Recipe(
        steps=STEPS, batch=4, crop=SIZE, peak_rate=4e-3, warm_up=20, average=0.9, losses=weights
    )
    trainer = Trainer(DeeperLab(WIDTHS), recipe, None)
    pictures = [
        as_tensors(make_targets(s.semantic, s.instance, RADIUS), s.image) for s in scenes.samples
    ]
    batch = {name: torch.stack([p[name] for p in pictures]) for name in pictures[0]}
    header = ModelHeader(WIDTHS, CAMVID, RADIUS, SIZE)
    mean: dict[str, float] = {}
    while trainer.step < STEPS:
        trainer.train_on(batch)
        if trainer.step >= FIRST_SCORE and trainer.step % 20 == 0:
            mean = score(trainer.averaged(), header, scenes).mean()
            if mean["pq"] > 0.92:
                break
    assert mean["pq"] > 0.9, mean
    assert mean["miou"] > 0.9 and mean["pc"] > 0.9, mean
