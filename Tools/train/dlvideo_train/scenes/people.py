"""Pedestrians and bicyclists: capsules about a walking or pedalling skeleton."""

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .texture import patch

PEDESTRIAN, BICYCLIST = 9, 10
ARC = np.linspace(-np.pi / 2, np.pi / 2, 7)
RING = np.stack([np.cos(np.linspace(0, 2 * np.pi, 25)), np.sin(np.linspace(0, 2 * np.pi, 25))], 1)

SKIN = ((224, 178, 148), (206, 158, 126), (236, 196, 170), (150, 104, 78), (96, 66, 50))
HAIR = ((40, 30, 24), (70, 48, 32), (120, 88, 50), (24, 22, 22), (150, 146, 140), (160, 120, 70))
CLOTH = (
    (32, 34, 40),
    (50, 54, 66),
    (40, 50, 86),
    (90, 92, 98),
    (150, 150, 152),
    (225, 225, 222),
    (140, 30, 34),
    (60, 90, 60),
    (150, 120, 84),
    (200, 170, 60),
    (70, 60, 100),
    (190, 90, 60),
    (100, 140, 170),
    (20, 20, 22),
)


def capsule(a, b, ra: float, rb: float) -> np.ndarray:
    """Outline [14, 2] of a limb from a to b."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    along = b - a
    angle = np.arctan2(along[1], along[0])
    end = b + rb * np.stack([np.cos(angle + ARC), np.sin(angle + ARC)], 1)
    start = a - ra * np.stack([np.cos(angle + ARC), np.sin(angle + ARC)], 1)
    return np.vstack([end, start])


class Figure:
    """Draws limbs in metres on the upright plane that faces the camera at a place."""

    def __init__(self, canvas: Canvas, place, squeeze: float = 1.0) -> None:
        camera = canvas.camera
        self.canvas, self.squeeze = canvas, squeeze
        seen = camera.to_camera(np.asarray(place, float)[None])
        self.scale = camera.focal / seen[0, 2]
        self.foot = camera.to_picture(seen)[0]
        self.span: list[np.ndarray] = []

    def pixels(self, points) -> np.ndarray:
        return self.foot + np.asarray(points, float) * (self.scale * self.squeeze, -self.scale)

    def limb(self, a, b, ra: float, rb: float, color, labelled: bool = True) -> None:
        least = 0.45 / self.scale
        a = np.asarray(a, float) * (self.squeeze, 1)
        b = np.asarray(b, float) * (self.squeeze, 1)
        outline = capsule(a, b, max(ra, least), max(rb, least))
        shape = self.foot + outline * (self.scale, -self.scale)
        self.canvas.fill(shape, color, labelled)
        self.span.append(shape)

    def fill(self, points, color, labelled: bool = True) -> None:
        shape = self.pixels(points)
        self.canvas.fill(shape, color, labelled)
        self.span.append(shape)

    def finish(self, seed: int) -> None:
        """Folds and shade over everything drawn."""
        every = np.vstack(self.span)
        self.canvas.grain(every, 0.07, patch("rough", 96, 96, (seed % 400, 31)))
        self.canvas.grain(every, 0.05, patch("grain", 96, 96, (seed % 400, 41)))


@dataclass(frozen=True)
class Person:
    """Someone on foot, heading as vehicles do."""

    x: float
    z: float
    heading: float
    speed: float
    height: float
    seed: int
    instance: int = 0

    def place_at(self, time: float) -> tuple[float, float, float]:
        return (
            self.x + self.speed * time * np.sin(self.heading),
            0.0,
            self.z + self.speed * time * np.cos(self.heading),
        )

    def draw(self, canvas: Canvas, time: float) -> None:
        place = self.place_at(time)
        depth = canvas.camera.depth(place)
        if depth < 1.5:
            return
        shade_beneath(canvas, place, 0.32)
        canvas.begin(PEDESTRIAN, depth, self.instance)
        figure = Figure(canvas, place)
        rng = np.random.default_rng(self.seed)
        look = Clothes(canvas, rng)
        h = self.height
        relative = self.heading - canvas.camera.yaw
        sideways = np.sin(relative)
        phase = rng.uniform(0, 2 * np.pi) + time * self.speed / (0.42 * h) * np.pi
        stride = np.sin(phase) * min(1.0, self.speed / 1.2) * 0.19 * h
        hip, shoulder = 0.5 * h, 0.815 * h
        width = (0.115 - 0.035 * abs(sideways)) * h * rng.uniform(0.9, 1.2)
        apart = 0.05 * h * (1 - 0.7 * abs(sideways))
        dark = 0.8
        for leg in (-1, 1):
            foot_x = leg * apart + leg * stride * sideways
            lift = max(0.0, leg * np.cos(phase)) * 0.05 * h * min(1, self.speed)
            knee = (foot_x * 0.55 + 0.03 * h * sideways, 0.26 * h + lift)
            tone = look.trousers * (dark if leg < 0 else 1)
            figure.limb((leg * apart * 0.9, hip), knee, 0.052 * h, 0.04 * h, tone)
            figure.limb(knee, (foot_x, 0.045 * h + lift), 0.04 * h, 0.028 * h, tone)
            toe = foot_x + (0.06 * h * sideways)
            figure.limb(
                (foot_x, 0.025 * h + lift),
                (toe, 0.022 * h + lift),
                0.026 * h,
                0.022 * h,
                look.shoes,
            )
        if look.has_skirt:
            hem = rng.uniform(0.22, 0.38) * h
            figure.fill(
                [
                    (-width * 0.85, hip + 0.06 * h),
                    (width * 0.85, hip + 0.06 * h),
                    (width * 1.1, hem),
                    (-width * 1.1, hem),
                ],
                look.trousers,
            )
        swing = -stride * 0.8 * sideways
        back = (-width * 1.02, width * 1.02)
        arms = [(back[0], swing), (back[1], -swing)]
        hand_y = 0.47 * h

        def arm(at: float, forward: float) -> None:
            elbow = (at * 1.12 + forward * 0.5, 0.635 * h)
            hand = (at * 1.05 + forward, hand_y)
            figure.limb(
                (at * 0.9, shoulder - 0.02 * h), elbow, 0.036 * h, 0.03 * h, look.coat * 0.88
            )
            figure.limb(elbow, hand, 0.03 * h, 0.024 * h, look.coat * 0.88)
            figure.limb(hand, (hand[0], hand_y - 0.02 * h), 0.022 * h, 0.02 * h, look.skin)

        arm(*arms[0])
        coat_end = hip - (rng.uniform(0.02, 0.2) * h if rng.random() < 0.35 else -0.01 * h)
        figure.fill(
            [
                (-width * 0.55, shoulder + 0.03 * h),
                (width * 0.55, shoulder + 0.03 * h),
                (width, shoulder - 0.02 * h),
                (width * 0.86, hip + 0.08 * h),
                (width * 0.95, coat_end),
                (-width * 0.95, coat_end),
                (-width * 0.86, hip + 0.08 * h),
                (-width, shoulder - 0.02 * h),
            ],
            look.coat,
        )
        figure.fill(
            [
                (0.15 * width, shoulder),
                (width * 0.9, shoulder - 0.03 * h),
                (width * 0.85, coat_end),
                (0.3 * width, coat_end),
            ],
            look.coat * 0.86,
            False,
        )
        arm(*arms[1])
        if rng.random() < 0.3:
            bag = (rng.choice([-1, 1]) * width * 1.15, hand_y - 0.05 * h)
            figure.fill(
                [
                    (bag[0] - 0.06, bag[1] - 0.16),
                    (bag[0] + 0.1, bag[1] - 0.16),
                    (bag[0] + 0.09, bag[1] + 0.1),
                    (bag[0] - 0.05, bag[1] + 0.1),
                ],
                look.bag,
            )
        head(figure, look, (0.012 * h * sideways, 0.905 * h), h, np.cos(relative) < 0)
        if canvas.light.rain and rng.random() < 0.45:
            top = 1.13 * h
            dome = [
                (np.cos(a) * 0.55, top - 0.22 + np.sin(a) * 0.26) for a in np.linspace(0, np.pi, 9)
            ]
            figure.fill(dome, look.bag)
            figure.limb((0, top), (0, 0.7 * h), 0.01, 0.01, look.shoes)
        figure.finish(self.seed)


class Clothes:
    """Colours of one person, under the light that falls on upright surfaces."""

    def __init__(self, canvas: Canvas, rng: np.random.Generator) -> None:
        factor = canvas.light.factor((0.0, 0.35, -0.9))

        def choose(options, spread=0.15):
            color = np.array(options[rng.integers(len(options))]) * rng.uniform(
                1 - spread, 1 + spread
            )
            return np.clip(color * factor, 0, 255)

        self.skin, self.hair = choose(SKIN, 0.08), choose(HAIR)
        self.coat, self.trousers = choose(CLOTH), choose(CLOTH[:6] + CLOTH[8:9] + CLOTH[13:])
        self.shoes, self.bag = choose(CLOTH[:2] + CLOTH[13:]), choose(CLOTH)
        self.frame, self.helmet = choose(CLOTH), choose(CLOTH)
        self.has_skirt = rng.random() < 0.18
        self.has_helmet = rng.random() < 0.5
        self.long_hair = rng.random() < 0.35


def head(figure: Figure, look: Clothes, at, h: float, sees_face: bool) -> None:
    """Neck, face, hair (or helmet on top)."""
    x, y = at
    r = 0.062 * h
    figure.limb((x * 0.5, y - 1.6 * r), (x, y - 0.6 * r), 0.55 * r, 0.5 * r, look.skin * 0.85)
    if look.long_hair:
        figure.limb((x, y), (x, y - 1.5 * r), 1.06 * r, 0.8 * r, look.hair)
    figure.limb(
        (x, y - 0.35 * r),
        (x, y + 0.3 * r),
        0.78 * r,
        0.92 * r,
        look.skin if sees_face else look.hair,
    )
    cap = [
        (x + 0.98 * r * np.cos(a), y + 0.3 * r + 0.95 * r * np.sin(a))
        for a in np.linspace(-0.15, np.pi + 0.15, 11)
    ]
    figure.fill(cap, look.hair)


def shade_beneath(canvas: Canvas, place, radius: float) -> None:
    """A soft dark spot under the feet."""
    x, _, z = place
    ring = np.stack(
        [x + radius * RING[:, 0], np.zeros(len(RING)), z + 0.8 * radius * RING[:, 1]], 1
    )
    canvas.darken(ring, 0.72)
    if canvas.light.sun_strength > 0.12:
        drop = -canvas.light.sun / max(canvas.light.sun[1], 0.25) * 1.5
        side = np.array([drop[2], 0, -drop[0]]) / max(1e-6, np.hypot(drop[0], drop[2])) * 0.2
        start, end = np.array([x, 0, z]), np.array([x + drop[0], 0, z + drop[2]])
        canvas.darken(np.array([start - side, end - side, end + side, start + side]), 0.66)


@dataclass(frozen=True)
class Cyclist:
    """Someone on a bicycle."""

    x: float
    z: float
    heading: float
    speed: float
    height: float
    seed: int
    instance: int = 0

    def place_at(self, time: float) -> tuple[float, float, float]:
        return (
            self.x + self.speed * time * np.sin(self.heading),
            0.0,
            self.z + self.speed * time * np.cos(self.heading),
        )

    def draw(self, canvas: Canvas, time: float) -> None:
        place = self.place_at(time)
        depth = canvas.camera.depth(place)
        if depth < 1.5:
            return
        shade_beneath(canvas, place, 0.5)
        canvas.begin(BICYCLIST, depth, self.instance)
        rng = np.random.default_rng(self.seed)
        look = Clothes(canvas, rng)
        # Seen along the street a bicycle is short and its rider broad.
        bearing = self.heading - np.arctan2(
            place[0] - canvas.camera.position[0], place[2] - canvas.camera.position[2]
        )
        sideways = float(np.sin(bearing))
        c = np.sign(sideways or 1) * max(abs(sideways), 0.14)
        figure = Figure(canvas, place)
        wheel, base = 0.34, 0.52
        black = canvas.light.lit((28, 28, 30), (0, 0.2, -0.9))
        steel = canvas.light.lit((140, 142, 146), (0, 0.2, -0.9))
        for x in (-base, base):
            rim = RING * (wheel * abs(c), wheel) + (x * c, wheel)
            spokes = figure.pixels(rim)
            self.see_through(canvas, spokes, steel)
            figure.span.append(spokes)
            for i in range(len(rim) - 1):
                figure.limb(rim[i], rim[i + 1], 0.022, 0.022, black)
        crank = np.array([-0.05 * c, 0.3])
        saddle, bars = np.array([-0.25 * c, 0.9]), np.array([0.42 * c, 0.98])
        for a, b in (
            (crank, saddle),
            (crank, (0.38 * c, 0.75)),
            (saddle * (1, 0.85), (0.38 * c, 0.78)),
            ((base * c, wheel), bars),
            (crank, (-base * c, wheel)),
            ((-base * c, wheel), saddle * (1, 0.85)),
        ):
            figure.limb(a, b, 0.022, 0.022, look.frame)
        grip = 0.24 * (1 - abs(c))
        figure.limb(bars + (-grip, 0.02), bars + (grip, 0.02), 0.02, 0.02, black)
        h = self.height
        phase = time * self.speed * 1.6 + rng.uniform(0, 2 * np.pi)
        lean = rng.uniform(0.12, 0.36)
        hip = saddle + (0, 0.06)
        shoulder = hip + np.array([lean * c, 0.5 * np.sqrt(1 - (lean / 0.62) ** 2)]) * (h / 1.75)
        breadth = 0.17 * (1 - 0.75 * abs(c))
        for leg in (-1, 1):
            angle = phase + (np.pi if leg > 0 else 0)
            pedal = crank + np.array([0.17 * np.cos(angle) * c, 0.17 * np.sin(angle)])
            knee = (hip + pedal) / 2 + np.array([0.22 * c, 0.1])
            side = np.array([leg * breadth * 0.7, 0])
            tone = look.trousers * (0.8 if leg < 0 else 1)
            figure.limb(hip + side, knee + side, 0.09, 0.065, tone)
            figure.limb(knee + side, pedal + side, 0.065, 0.045, tone)
            figure.limb(pedal + side, pedal + side + (0.1 * c, 0), 0.035, 0.03, look.shoes)
        figure.limb(hip, shoulder, 0.13 + 0.4 * breadth, 0.12 + 0.5 * breadth, look.coat)
        for side in (-1, 1):
            at = shoulder + (side * breadth, -0.03)
            hand = bars + (side * grip, 0.04)
            elbow = (at + hand) / 2 + np.array([-0.02 * c + side * breadth * 0.4, -0.07])
            figure.limb(at, elbow, 0.055, 0.045, look.coat * 0.88)
            figure.limb(elbow, hand, 0.045, 0.035, look.coat * 0.88)
        if rng.random() < 0.3:
            figure.limb(shoulder - (0.12 * c, 0.08), hip + (-0.1 * c, 0.15), 0.11, 0.12, look.bag)
        top = shoulder + (0.08 * c, 0.2)
        head(figure, look, top, 1.75, np.cos(bearing) < 0)
        if look.has_helmet:
            dome = [
                (top[0] + 0.13 * np.cos(a), top[1] + 0.03 + 0.12 * np.sin(a))
                for a in np.linspace(0, np.pi, 9)
            ]
            figure.fill(dome, look.helmet)
        figure.finish(self.seed)

    @staticmethod
    def see_through(canvas: Canvas, pixels: np.ndarray, steel) -> None:
        """A spoked wheel: the street shows, a little greyed, but it is the bicycle's."""
        area = canvas.region(pixels)
        if area is None:
            return
        before = canvas.image[area].copy()
        canvas.fill(pixels, steel)
        after = canvas.image[area]
        np.copyto(after, (0.75 * before + 0.25 * after).astype(np.uint8))
