"""Motorways and country roads: many lanes, barriers and dry verges instead of houses and people."""

import itertools

import numpy as np

from .furniture import Fence, Lamp, Sign
from .layout import FAR, Drawable, Scene, View, backdrop, numbered, spaced
from .light import random_light
from .plants import Hedge, Tree, random_leaf_color
from .street import Street
from .vehicles import Vehicle

SHOULDER = 2.2  # metres of asphalt beside the outer lanes
SEGMENT = 4.0  # metres of barrier drawn at once


def random_motorway_plan(rng: np.random.Generator) -> tuple[Street, float]:
    """The road and x of its median: oncoming traffic is left of it."""
    lane = rng.uniform(3.3, 3.8)
    ahead, oncoming = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    left, right = -oncoming * lane - SHOULDER, ahead * lane + SHOULDER
    lines = tuple(lane * i for i in range(-oncoming, ahead + 1))
    grey = rng.uniform(80, 165)
    dry = rng.random() < 0.55
    green = (
        np.array([rng.uniform(140, 200), rng.uniform(120, 170), rng.uniform(70, 115)])
        if dry
        else np.array([rng.uniform(70, 125), rng.uniform(95, 145), rng.uniform(45, 80)])
    )
    street = Street(
        left,
        right,
        (0.0, 0.0),
        (400.0, 400.0),
        float(rng.normal(0, 0.0005)),
        lines,
        str(rng.choice(["white", "yellow"])),
        "dashed",
        (),
        (),
        grey * (1 + rng.normal(0, 0.03, 3)),
        np.array([150.0, 148, 142]),
        green,
        0.0,
        int(rng.integers(1 << 30)),
    )
    return street, float(rng.normal(0, 0.15))


def barrier(street: Street, across: float, kind: str, rng: np.random.Generator) -> list[Drawable]:
    """A barrier along the road: concrete, guard rail or mesh."""
    pale = rng.uniform(125, 195)
    height, look, color = {
        "concrete": (rng.uniform(0.8, 1.15), "plain", (pale, pale * 0.98, pale * 0.93)),
        "rail": (rng.uniform(0.65, 0.8), "rail", (pale * 0.9, pale * 0.92, pale * 0.92)),
        "mesh": (rng.uniform(1.4, 2.2), "mesh", (110.0, 114.0, 110.0)),
    }[kind]
    result: list[Drawable] = []
    for z in np.arange(-4.0, FAR * 0.9, SEGMENT):
        ends = [(float(street.x(across, v)), float(v)) for v in (z, z + SEGMENT)]
        result.append(Fence(*ends, float(height), look, color, int(rng.integers(1 << 30))))
    return result


def beside(street: Street, rng: np.random.Generator) -> list[Drawable]:
    """Barriers, trees, bushes, lamps and boards beyond the shoulders."""
    objects: list[Drawable] = []
    for side, edge in ((-1, street.left), (1, street.right)):
        kind = str(rng.choice(["none", "rail", "concrete", "mesh"], p=[0.4, 0.3, 0.2, 0.1]))
        if kind != "none":
            objects += barrier(street, edge + side * 0.4, kind, rng)
        density = rng.choice([0.0, 3.0, 12.0, 45.0], p=[0.15, 0.3, 0.3, 0.25])
        for _ in range(int(rng.poisson(density))):
            z = rng.uniform(8, FAR)
            across = edge + side * (2.5 + rng.exponential(10))
            bush = rng.random() < 0.35
            height = rng.uniform(0.6, 2.5) if bush else rng.uniform(4, 14)
            trunk = 0.0 if bush else height * rng.uniform(0.1, 0.3)
            objects.append(
                Tree(
                    float(street.x(across, z)),
                    float(z),
                    float(height),
                    float(height * rng.uniform(0.5, 1.6 if bush else 0.9)),
                    float(trunk),
                    random_leaf_color(rng),
                    int(rng.integers(1 << 30)),
                )
            )
        if rng.random() < 0.25:
            leaf, away = random_leaf_color(rng), edge + side * rng.uniform(4, 9)
            for z in np.arange(0.0, 120.0, SEGMENT):
                ends = [(float(street.x(away, v)), float(v)) for v in (z, z + SEGMENT)]
                objects.append(
                    Hedge(*ends, float(rng.uniform(1, 3)), leaf, int(rng.integers(1 << 30)))
                )
        step, grey = rng.uniform(28, 55), rng.uniform(80, 160)
        if rng.random() < 0.45:
            for z in np.arange(rng.uniform(5, 30), FAR, step):
                place = float(street.x(edge + side * 1.2, z))
                tall = float(rng.uniform(7, 12))
                objects.append(Lamp(place, float(z), tall, -side * 2.2, (grey, grey, grey)))
        for _ in range(int(rng.poisson(0.9))):
            z = rng.uniform(12, 90)
            place = float(street.x(edge + side * rng.uniform(1.2, 3), z))
            kind = str(rng.choice(["board", "board", "circle", "triangle"]))
            size = rng.uniform(0.9, 2.4) if kind == "board" else rng.uniform(0.7, 1.1)
            objects.append(
                Sign(
                    place,
                    float(z),
                    float(rng.uniform(2.2, 4.5)),
                    kind,
                    float(size),
                    int(rng.integers(1 << 30)),
                )
            )
    return objects


def motor_traffic(
    street: Street, median: float, own: float, rng: np.random.Generator
) -> list[Drawable]:
    """Vehicles only, faster and further apart than in a town."""
    objects: list[Drawable] = []
    busy = rng.choice([12.0, 30.0, 70.0])
    for a, b in itertools.pairwise(street.lanes):
        centre = (a + b) / 2
        oncoming = centre < median
        z = rng.uniform(9, 25) if abs(centre - own) < 1.8 else rng.uniform(4, 10 + busy)
        while z < 150:
            objects.append(
                Vehicle(
                    float(street.x(centre + rng.normal(0, 0.25), z)),
                    float(z),
                    float((np.pi if oncoming else 0.0) + rng.normal(0, 0.02)),
                    float(rng.uniform(18, 32)),
                    int(rng.integers(1 << 30)),
                    bool(rng.random() < 0.16),
                )
            )
            z += rng.uniform(9, 14) + rng.exponential(busy)
    return objects


def random_motorway(seed: int) -> Scene:
    """The motorway of a seed; the same everywhere."""
    rng = np.random.default_rng((2027, seed))
    street, median = random_motorway_plan(rng)
    lanes = [(a + b) / 2 for a, b in itertools.pairwise(street.lanes) if (a + b) / 2 > median]
    own = float(rng.choice(lanes))
    view = View(
        own + float(rng.normal(0, 0.3)),
        float(rng.uniform(1.1, 2.6)),
        float(rng.normal(0, 0.06)),
        float(rng.normal(0.02, 0.025)),
        float(rng.normal(0, 0.01)),
        float(rng.uniform(0.75, 1.3)),
    )
    objects = beside(street, rng) + motor_traffic(street, median, own, rng)
    middle = str(rng.choice(["none", "concrete", "rail"], p=[0.3, 0.45, 0.25]))
    if middle != "none":
        objects += barrier(street, median, middle, rng)
    houses, trees = backdrop(street, rng)
    return Scene(
        seed,
        street,
        random_light(rng),
        view,
        tuple(h for h in houses if rng.random() < 0.15),
        (*trees, *numbered(spaced(objects))),
    )
