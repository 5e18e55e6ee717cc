"""A scene: what stands and moves along a street, drawn by lot."""

import itertools
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from .buildings import Facade
from .canvas import Canvas
from .furniture import Fence, Lamp, Sign, random_fence_look
from .light import Light, random_light
from .people import Cyclist, Person
from .plants import Hedge, Tree, random_leaf_color
from .street import Street, random_street
from .vehicles import Vehicle

FAR = 170.0  # metres; beyond stands the backdrop


class Drawable(Protocol):
    """Anything upright that is drawn by its distance."""

    def place_at(self, time: float) -> tuple[float, float, float]: ...

    def draw(self, canvas: Canvas, time: float) -> None: ...


@dataclass(frozen=True)
class View:
    """How the camera stands at time 0 and how fast it moves along z."""

    across: float
    height: float
    yaw: float
    pitch: float
    roll: float
    focal: float  # as a part of the picture's width
    speed: float = 0.0


@dataclass(frozen=True)
class Scene:
    """A street, its light and everything in it."""

    seed: int
    street: Street
    light: Light
    view: View
    facades: tuple[Facade, ...]
    objects: tuple[Drawable, ...]  # things carry their instance number


def row_of_facades(street: Street, side: int, rng: np.random.Generator) -> list[Facade]:
    """Houses along one side, with gaps, and round the corners of cross streets."""
    density = rng.choice([1.0, 0.9, 0.6, 0.25])
    base, z, result = rng.uniform(5, 14), -14.0, []
    while z < FAR:
        length = rng.uniform(5, 17)
        start, end = z, z + length
        z = end + (rng.uniform(1, 9) if rng.random() < 0.25 else 0.0)
        for a, b in street.crossings:
            if start < b and end > a:
                end = min(end, a) if start < a else start
                z = max(z, b)
        if end - start < 3 or rng.random() > density:
            continue
        back = rng.uniform(0, 1.5) if rng.random() < 0.3 else 0.0
        height = float(np.clip(base * np.exp(rng.normal(0, 0.22)), 3.5, 26))
        edge = side * (street.edge(side) + back)
        near = (float(street.x(edge, start)), start)
        far = (float(street.x(edge, end)), end)
        roof = rng.uniform(1.5, 3.5) if height < 12 and rng.random() < 0.7 else 0.0
        # Corners run so that the normal points to the street.
        first, last = (near, far) if side < 0 else (far, near)
        result.append(
            Facade(first, last, height, int(rng.integers(1 << 30)), roof, rng.uniform(7, 12))
        )
    return result


def corner_facades(street: Street, rng: np.random.Generator) -> list[Facade]:
    """The far corner houses of cross streets, seen across them."""
    result = []
    for _, end in street.crossings:
        for side in (-1, 1):
            x = side * (street.edge(side) + 0.5)
            height = rng.uniform(5, 13)
            while abs(x) < 60 and rng.random() < 0.85:
                further = x + side * rng.uniform(7, 15)
                ends = sorted((x, further))
                at = end + 0.6
                first, last = (float(street.x(ends[0], at)), at), (float(street.x(ends[1], at)), at)
                result.append(Facade(first, last, height, int(rng.integers(1 << 30)), 0.0, 8.0))
                x, height = further, height * rng.uniform(0.8, 1.2)
    return result


def backdrop(street: Street, rng: np.random.Generator) -> tuple[list[Facade], list[Tree]]:
    """What closes the view at the far end: houses and trees across the axis."""
    facades, trees, x = [], [], -260.0
    while x < 260:
        width = rng.uniform(8, 24)
        middle = float(street.x(0, FAR + 20))
        if rng.random() < 0.65:
            z = FAR + rng.uniform(10, 60)
            facades.append(
                Facade(
                    (middle + x, z),
                    (middle + x + width, z),
                    rng.uniform(5, 16),
                    int(rng.integers(1 << 30)),
                    rng.choice([0.0, 3.0]),
                    5.0,
                )
            )
        if rng.random() < 0.75:
            z = FAR + rng.uniform(0, 30)
            size = rng.uniform(9, 18)
            trees.append(
                Tree(
                    middle + x,
                    z,
                    size,
                    size * rng.uniform(0.9, 1.5),
                    0.0,
                    random_leaf_color(rng),
                    int(rng.integers(1 << 30)),
                )
            )
        x += width * rng.uniform(0.6, 1.0)
    return facades, trees


def plants_and_furniture(street: Street, rng: np.random.Generator) -> list[Drawable]:
    """Trees, hedges, fences, lamps and signs on both sides."""
    objects: list[Drawable] = []
    for side in (-1, 1):
        index = 0 if side < 0 else 1
        kerb = street.left if side < 0 else street.right
        inner = abs(kerb) + street.pavements[index]
        outer = street.edge(side)
        verge = outer - inner
        tree_step = rng.choice([6.0, 10.0, 16.0, 35.0, 1e9], p=[0.16, 0.2, 0.22, 0.22, 0.2])
        leaf = random_leaf_color(rng)
        z = rng.uniform(2, tree_step if tree_step < 1e6 else 10)
        while z < FAR and tree_step < 1e6:
            across = rng.uniform(inner - 0.2, outer + 0.3) if verge > 0.4 else abs(kerb) + 0.6
            if verge <= 0.4 and rng.random() < 0.4:
                across = outer + rng.uniform(0.5, 4)
            height = rng.uniform(4, 12)
            if not street.is_open(z, 1):
                color = random_leaf_color(rng) if rng.random() < 0.3 else leaf
                objects.append(
                    Tree(
                        float(street.x(side * across, z)),
                        z,
                        height,
                        height * rng.uniform(0.45, 0.85),
                        height * rng.uniform(0.12, 0.35),
                        color,
                        int(rng.integers(1 << 30)),
                    )
                )
            z += tree_step * rng.uniform(0.6, 1.5)
        place = rng.choice(["none", "edge", "kerb"], p=[0.45, 0.43, 0.12])
        kind, height, color = random_fence_look(rng)
        hedge = rng.random() < 0.35
        z, step = -4.0, 3.0
        while z < 110 and place != "none":
            if rng.random() < 0.04:
                z += rng.uniform(3, 14)
            across = side * (abs(kerb) + 0.35 if place == "kerb" else outer - 0.15)
            ends = [(float(street.x(across, v)), v) for v in (z, z + step)]
            if not street.is_open(z + step / 2, 2):
                seed = int(rng.integers(1 << 30))
                if hedge and place == "edge":
                    objects.append(Hedge(*ends, height * 1.1, leaf, seed))
                else:
                    objects.append(Fence(*ends, height, kind, color, seed))
            z += step
        lamp_step, z = rng.uniform(18, 42), rng.uniform(3, 25)
        grey = rng.uniform(50, 150)
        reach, tall = rng.choice([0.0, 1.2, 1.8]), rng.uniform(4.5, 9)
        while z < FAR:
            if not street.is_open(z, 1):
                objects.append(
                    Lamp(
                        float(street.x(side * (abs(kerb) + 0.45), z)),
                        z,
                        tall,
                        -side * reach,
                        (grey, grey * 1.02, grey * 1.02),
                    )
                )
            z += lamp_step
        for _ in range(int(rng.poisson(2.6))):
            z = rng.uniform(5, 70)
            kind = str(
                rng.choice(["circle", "triangle", "board", "light"], p=[0.32, 0.2, 0.28, 0.2])
            )
            size = rng.uniform(0.55, 0.95) if kind != "board" else rng.uniform(0.4, 1.1)
            across = side * (abs(kerb) + rng.uniform(0.35, 1.0))
            objects.append(
                Sign(
                    float(street.x(across, z)),
                    z,
                    rng.uniform(2.1, 3.2),
                    kind,
                    size * (0.62 if kind == "light" else 1),
                    int(rng.integers(1 << 30)),
                )
            )
        for _ in range(int(rng.poisson(1.2))):
            z = rng.uniform(4, 60)
            across = side * (outer - rng.uniform(0, 0.6))
            size = rng.uniform(0.8, 2.2)
            objects.append(
                Tree(
                    float(street.x(across, z)),
                    z,
                    size,
                    size * rng.uniform(1, 1.8),
                    0.0,
                    random_leaf_color(rng),
                    int(rng.integers(1 << 30)),
                )
            )
    return objects


def traffic(street: Street, rng: np.random.Generator, view: View) -> list[Drawable]:
    """Moving and parked vehicles and bicyclists on the road."""
    objects: list[Drawable] = []
    lanes = [street.left, *street.lanes, street.right]
    centres = [(a + b) / 2 for a, b in itertools.pairwise(lanes)]
    busy = rng.choice([7.0, 14.0, 30.0, 80.0], p=[0.2, 0.35, 0.3, 0.15])
    for centre in centres:
        ahead = centre < 0 or len(centres) == 1  # people drive on the left here
        own = abs(centre - view.across) < 1.6
        z = rng.uniform(7 if own else 3, 7 + busy)
        speed = rng.uniform(4, 12)
        while z < 140:
            big = rng.random() < 0.14
            if rng.random() < 0.13:
                x = street.x(centre + rng.uniform(-0.9, 0.9), z)
                objects.append(
                    Cyclist(
                        float(x),
                        z,
                        0.0 if ahead else np.pi,
                        rng.uniform(3, 6),
                        rng.uniform(1.6, 1.9),
                        int(rng.integers(1 << 30)),
                    )
                )
            else:
                heading = (0.0 if ahead else np.pi) + rng.normal(0, 0.03)
                x = street.x(centre + rng.normal(0, 0.2), z)
                objects.append(
                    Vehicle(float(x), z, heading, speed, int(rng.integers(1 << 30)), bool(big))
                )
            z += rng.uniform(6.5, 9) + rng.exponential(busy)
    for side, kerb in ((-1, street.left), (1, street.right)):
        if abs(kerb) < 3.4 or rng.random() < 0.4:
            continue
        z, dense = rng.uniform(2, 12), rng.choice([0.9, 0.6, 0.25])
        while z < 100:
            if rng.random() < dense and not street.is_open(z, 4):
                heading = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.03)
                heading += np.pi * (rng.random() < 0.25)
                x = street.x(kerb - side * rng.uniform(0.95, 1.25), z)
                objects.append(
                    Vehicle(
                        float(x),
                        z,
                        heading,
                        0.0,
                        int(rng.integers(1 << 30)),
                        bool(rng.random() < 0.1),
                    )
                )
            z += rng.uniform(5.2, 7)
    for start, end in street.crossings:
        if rng.random() < 0.5:
            side = rng.choice([-1, 1])
            x = side * rng.uniform(1, 22)
            z = (start + end) / 2 + side * (end - start) / 4
            objects.append(
                Vehicle(
                    float(street.x(x, z)),
                    z,
                    -side * np.pi / 2,
                    rng.uniform(0, 6),
                    int(rng.integers(1 << 30)),
                    bool(rng.random() < 0.15),
                )
            )
    return objects


def people(street: Street, rng: np.random.Generator) -> list[Drawable]:
    """On the pavements, on zebras, crossing anywhere; alone and in crowds."""
    objects: list[Drawable] = []

    def person(x: float, z: float, heading: float, speed: float) -> None:
        tall = rng.uniform(1.5, 1.92) if rng.random() < 0.9 else rng.uniform(1.0, 1.4)
        objects.append(
            Person(
                float(street.x(x, z)), float(z), heading, speed, tall, int(rng.integers(1 << 30))
            )
        )

    crowd = rng.choice([2.0, 5.0, 12.0, 24.0], p=[0.3, 0.35, 0.25, 0.1])
    for side in (-1, 1):
        index = 0 if side < 0 else 1
        kerb = abs(street.left if side < 0 else street.right)
        for _ in range(int(rng.poisson(crowd))):
            z = 3.5 + rng.exponential(24)
            across = side * (kerb + rng.uniform(0.3, max(0.5, street.pavements[index] - 0.2)))
            heading = rng.choice([0.0, np.pi]) + rng.normal(0, 0.25)
            person(across, z, heading, rng.choice([0.0, 1.2, 1.4]))
            if rng.random() < 0.35:
                person(across + rng.choice([-0.55, 0.55]), z + rng.normal(0, 0.25), heading, 1.3)
        if rng.random() < 0.16:
            z = 4 + rng.exponential(18)
            objects.append(
                Cyclist(
                    float(street.x(side * (kerb + 0.8), z)),
                    z,
                    rng.choice([0.0, np.pi]),
                    3.0,
                    rng.uniform(1.6, 1.9),
                    int(rng.integers(1 << 30)),
                )
            )
    crossing_people = rng.poisson(0.8) + sum(rng.poisson(3) for _ in street.zebras)
    for _ in range(int(crossing_people)):
        z = (
            (rng.choice(street.zebras) + rng.uniform(0.2, 2.4))
            if street.zebras
            else 6 + rng.exponential(20)
        )
        side = rng.choice([-1, 1])
        person(
            rng.uniform(street.left, street.right), z, -side * np.pi / 2 + rng.normal(0, 0.15), 1.3
        )
    return objects


def numbered(objects: list[Drawable]) -> tuple[Drawable, ...]:
    """Gives every vehicle, person and bicyclist its instance number, from 1."""
    number, result = 0, []
    for each in objects:
        if isinstance(each, Vehicle | Person | Cyclist):
            number += 1
            each = replace(each, instance=number)
        result.append(each)
    return tuple(result)


def spaced(objects: list[Drawable]) -> list[Drawable]:
    """Without road users that would stand in one another (at time 0)."""
    kept, taken = [], []
    for each in objects:
        if isinstance(each, Vehicle | Person | Cyclist):
            x, _, z = each.place_at(0)
            room_x, room_z = (2.1, 6.0 if not getattr(each, "big", 0) else 10.0)
            if not isinstance(each, Vehicle):
                room_x, room_z = 0.45, 0.4
            clash = any(
                abs(x - ox) < (room_x + orx) / 2 and abs(z - oz) < (room_z + orz) / 2
                for ox, oz, orx, orz in taken
            )
            if clash:
                continue
            taken.append((x, z, room_x, room_z))
        kept.append(each)
    return kept


def random_view_point(street: Street, rng: np.random.Generator) -> View:
    """Mostly a windscreen's view; sometimes a pavement's, a lorry's or a balcony's."""
    own_lane = street.left + 0.5 * (min(street.lanes, default=street.right) - street.left)
    kind = rng.choice(["car", "car", "car", "van", "pavement", "high"])
    height = {
        "car": rng.uniform(1.1, 1.6),
        "van": rng.uniform(1.8, 2.8),
        "pavement": 1.6,
        "high": rng.uniform(3, 6),
    }[kind]
    across = own_lane + rng.normal(0, 0.4)
    if kind == "pavement":
        across = street.left - rng.uniform(0.4, 1.4)
    pitch = rng.normal(0.02, 0.03) + (0.12 if kind == "high" else 0)
    return View(
        across, height, rng.normal(0, 0.1), pitch, rng.normal(0, 0.012), rng.uniform(0.75, 1.25)
    )


def random_scene(seed: int) -> Scene:
    """The scene of a seed; the same everywhere."""
    rng = np.random.default_rng((2026, seed))
    street = random_street(rng)
    light = random_light(rng)
    view = random_view_point(street, rng)
    facades = [
        *row_of_facades(street, -1, rng),
        *row_of_facades(street, 1, rng),
        *corner_facades(street, rng),
    ]
    far_facades, far_trees = backdrop(street, rng)
    objects = [
        *plants_and_furniture(street, rng),
        *traffic(street, rng, view),
        *people(street, rng),
    ]
    return Scene(
        seed,
        street,
        light,
        view,
        (*far_facades, *facades),
        (*far_trees, *numbered(spaced(objects))),
    )
