"""Cars, vans, lorries and buses: bodies extruded from a side profile."""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas
from .texture import patch

CAR = 8
CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 17)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 17)[:-1])], 1
)

PAINTS = (
    (28, 28, 30),
    (60, 62, 66),
    (105, 108, 112),
    (165, 168, 172),
    (205, 207, 210),
    (238, 238, 236),
    (150, 22, 26),
    (110, 14, 20),
    (24, 46, 110),
    (44, 84, 150),
    (20, 66, 50),
    (120, 100, 70),
    (196, 170, 60),
    (90, 120, 140),
    (190, 90, 30),
)


@dataclass(frozen=True)
class Shape:
    """Side profile in metres: x ahead from the middle, y up."""

    length: float
    width: float
    body: np.ndarray  # [N, 2] from the rear bumper's foot over the top to the front's
    cabin: np.ndarray | None  # [4, 2] rear foot, rear roof, front roof, front foot
    windows: tuple[tuple[float, float, float, float], ...]  # side panes of a cabinless body
    wheel: float  # radius
    axle: float  # half the wheelbase


def car_shape(rng: np.random.Generator) -> Shape:
    """Hatchback, saloon, estate or off-roader."""
    kind = rng.choice(["hatch", "saloon", "estate", "suv"])
    length = {"hatch": 3.9, "saloon": 4.6, "estate": 4.7, "suv": 4.5}[kind] * rng.uniform(
        0.94, 1.06
    )
    height = (1.72 if kind == "suv" else 1.45) * rng.uniform(0.96, 1.05)
    width = rng.uniform(1.68, 1.9)
    belt = height * rng.uniform(0.58, 0.64)
    half, floor = length / 2, rng.uniform(0.2, 0.3)
    boot = {"hatch": 0.25, "saloon": 1.0, "estate": 0.18, "suv": 0.2}[kind]
    bonnet = rng.uniform(0.95, 1.2)
    body = np.array(
        [
            [-half + 0.06, floor],
            [-half, floor + 0.25],
            [-half + 0.03, belt * 0.86],
            [-half + 0.14, belt],
            [half - bonnet, belt],
            [half - 0.22, belt * 0.86],
            [half - 0.04, belt * 0.66],
            [half, floor + 0.2],
            [half - 0.07, floor],
        ]
    )
    slope = 0.75 if kind == "saloon" else rng.uniform(0.25, 0.5)
    cabin = np.array(
        [
            [-half + boot, belt - 0.02],
            [-half + boot + slope, height],
            [half - bonnet - 0.75, height],
            [half - bonnet + 0.1, belt - 0.02],
        ]
    )
    wheel = rng.uniform(0.29, 0.34) * (1.12 if kind == "suv" else 1)
    return Shape(length, width, body, cabin, (), wheel, half - 0.82)


def box_shape(rng: np.random.Generator) -> Shape:
    """Van, lorry or bus."""
    kind = rng.choice(["van", "van", "lorry", "bus"])
    length = {"van": 5.2, "lorry": 7.5, "bus": 10.5}[kind] * rng.uniform(0.9, 1.1)
    height = {"van": 2.2, "lorry": 3.1, "bus": 3.0}[kind] * rng.uniform(0.92, 1.1)
    width = {"van": 1.95, "lorry": 2.4, "bus": 2.5}[kind]
    half, floor = length / 2, 0.35
    nose = {"van": 0.85, "lorry": 0.15, "bus": 0.1}[kind]
    dash = {"van": 1.15, "lorry": 1.35, "bus": 1.15}[kind]
    body = np.array(
        [
            [-half, floor],
            [-half, height - 0.1],
            [-half + 0.1, height],
            [half - nose - 0.45, height],
            [half - nose, dash + 0.1],
            [half - 0.05, dash - 0.1],
            [half, floor + 0.3],
            [half - 0.05, floor],
        ]
    )
    top = height - (0.35 if kind != "lorry" else 0.9)
    if kind == "bus":
        edges = np.linspace(-half + 0.3, half - 0.7, 7)
        windows = tuple((a, dash, b - 0.12, top) for a, b in itertools.pairwise(edges))
    else:
        windows = ((half - nose - 1.35, dash, half - nose - 0.2, min(top, dash + 0.75)),)
    return Shape(length, width, body, None, windows, 0.36 if kind == "van" else 0.48, half - 1.05)


@dataclass(frozen=True)
class Vehicle:
    """At (x, z) at time 0, heading `heading` radians from +z to the right, at `speed` m/s."""

    x: float
    z: float
    heading: float
    speed: float
    seed: int
    big: bool
    instance: int = 0

    def at(self, time: float) -> tuple[float, float]:
        return (
            self.x + self.speed * time * np.sin(self.heading),
            self.z + self.speed * time * np.cos(self.heading),
        )

    def place_at(self, time: float) -> tuple[float, float, float]:
        x, z = self.at(time)
        return (x, 0.0, z)

    def draw(self, canvas: Canvas, time: float) -> None:
        x, z = self.at(time)
        if canvas.camera.depth((x, 0, z)) > 0.3:
            VehicleDrawing(canvas, self, time).draw()


class VehicleDrawing:
    """One vehicle on one canvas: its frame of reference and its paint."""

    def __init__(self, canvas: Canvas, vehicle: Vehicle, time: float) -> None:
        rng = np.random.default_rng(vehicle.seed)
        self.canvas, self.vehicle, self.rng = canvas, vehicle, rng
        self.shape = box_shape(rng) if vehicle.big else car_shape(rng)
        self.paint = np.array(PAINTS[rng.integers(len(PAINTS))]) * rng.uniform(0.85, 1.15)
        x, z = vehicle.at(time)
        self.origin = np.array([x, 0.0, z])
        s, c = np.sin(vehicle.heading), np.cos(vehicle.heading)
        # Local axes: ahead, up, to the right.
        self.axes = np.array([[s, 0, c], [0, 1, 0], [c, 0, -s]])
        eye = np.array(canvas.camera.position) - self.origin
        self.eye = self.axes @ eye
        self.side = 1.0 if self.eye[2] > 0 else -1.0
        self.turn = vehicle.speed * time / self.shape.wheel

    def world(self, local) -> np.ndarray:
        return self.origin + np.asarray(local, float) @ self.axes

    def face(self, local, color, labelled: bool = True, flat: bool = False) -> None:
        """A polygon of local points, lit by its normal unless `flat`."""
        local = np.asarray(local, float)
        if not flat:
            normal = np.cross(local[1] - local[0], local[2] - local[0])
            normal /= max(1e-9, np.linalg.norm(normal))
            if normal @ (self.eye - local.mean(0)) < 0:
                normal = -normal
            color = self.canvas.light.lit(color, normal @ self.axes)
        self.canvas.face(self.world(local), color, labelled)

    def glass(self, local, labelled: bool = True) -> None:
        """A pane: dark, with the sky in its upper part."""
        local = np.asarray(local, float)
        sky = self.canvas.light.sky_low * self.canvas.light.ambient.mean()
        dark = np.array([34, 40, 46]) * (0.5 + 0.7 * self.canvas.light.ambient.mean())
        self.canvas.face(self.world(local), dark, labelled)
        amount = self.rng.uniform(0.1, 0.42)
        upper = local.copy()
        low, high = local[:, 1].min(), local[:, 1].max()
        upper[:, 1] = np.maximum(upper[:, 1], low + (high - low) * self.rng.uniform(0.35, 0.6))
        self.canvas.face(self.world(upper), dark + amount * (sky - dark), False)

    def strip(self, profile: np.ndarray, i: int, foot: float, head: float) -> np.ndarray:
        """The quadrilateral across the vehicle between profile points i and i + 1."""
        (x0, y0), (x1, y1) = profile[i], profile[i + 1]
        return np.array([[x0, y0, -foot], [x0, y0, foot], [x1, y1, head], [x1, y1, -head]])

    def faces_eye(self, quad: np.ndarray, inside: np.ndarray) -> bool:
        normal = np.cross(quad[1] - quad[0], quad[2] - quad[0])
        if normal @ (quad.mean(0) - inside) < 0:
            normal = -normal
        return normal @ (self.eye - quad.mean(0)) > 0

    def draw(self) -> None:
        canvas, shape = self.canvas, self.shape
        half = shape.width / 2
        self.shadow()
        depth = max(1.0, canvas.camera.depth(self.origin))
        canvas.begin(CAR, depth, self.vehicle.instance)
        body, middle = shape.body, np.array([0, shape.body[:, 1].mean(), 0])
        ends = (shape.length / 2) * 0.55
        # Underside: dark between the wheels, so that nothing shows through.
        floor = body[0, 1]
        for x in (-ends, ends):
            self.face(
                [
                    [x, 0.08, -half],
                    [x, 0.08, half],
                    [x, floor + 0.1, half],
                    [x, floor + 0.1, -half],
                ],
                (12, 12, 13),
                flat=True,
            )
        wall = [[x, y, self.side * half] for x, y in body]
        order = sorted(
            range(len(body) - 1),
            key=lambda i: -np.linalg.norm(self.strip(body, i, half, half).mean(0) - self.eye),
        )
        for i in order:
            quad = self.strip(body, i, half, half)
            if self.faces_eye(quad, middle):
                is_screen = shape.cabin is None and i == 3
                self.glass(quad) if is_screen else self.face(quad, self.paint)
        if abs(self.eye[2]) > half:
            self.face(wall, self.paint)
            self.side_details(half)
        self.end_details(half)
        if shape.cabin is not None:
            self.cabin(half)
        self.wheels(half)
        pixels = canvas.camera.polygon(
            self.world([[x, y, s] for x, y in body for s in (-half, half)])
        )
        canvas.grain(pixels, 0.045, patch("patches", 128, 128, (self.vehicle.seed % 400, 11)))
        canvas.grain(pixels, 0.03, patch("grain", 128, 128, (self.vehicle.seed % 400, 17)))

    def shadow(self) -> None:
        """Darkness on the road beneath, and beside where the sun shines."""
        half, length = self.shape.width / 2, self.shape.length / 2
        for grow, darkness in ((0.25, 0.82), (0.1, 0.6), (-0.08, 0.45)):
            foot = [[x, 0.0, s] for x, s in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            foot = np.array(foot) * (length + grow, 0, half + grow)
            self.canvas.darken(self.world(foot), darkness)
        sun = self.canvas.light.sun
        if self.canvas.light.sun_strength > 0.12:
            drop = -sun / max(sun[1], 0.2) * self.shape.body[:, 1].max()
            base = self.world(
                np.array(
                    [[-length, 0, -half], [length, 0, -half], [length, 0, half], [-length, 0, half]]
                )
            )
            away = base + drop * (1, 0, 1)
            hull = np.vstack([base, away])
            self.canvas.darken(convex_hull(hull), 0.62)

    def side_details(self, half: float) -> None:
        """Sill, doors and panes on the side that is seen."""
        s, shape = self.side * (half + 0.005), self.shape
        floor, belt = shape.body[0, 1], shape.body[:, 1].max()
        length = shape.length / 2
        self.face(
            [
                [-length + 0.2, floor, s],
                [length - 0.2, floor, s],
                [length - 0.2, floor + 0.1, s],
                [-length + 0.2, floor + 0.1, s],
            ],
            (25, 25, 27),
            False,
        )
        for x0, y0, x1, y1 in shape.windows:
            self.glass([[x0, y0, s], [x1, y0, s], [x1, y1, s], [x0, y1, s]], False)
        if shape.cabin is not None:
            for x in (-0.95, 0.1, 1.0):
                self.face(
                    [
                        [x, floor + 0.12, s],
                        [x + 0.025, floor + 0.12, s],
                        [x + 0.025, belt, s],
                        [x, belt, s],
                    ],
                    self.paint * 0.45,
                    False,
                )
            for x in (-0.25, 0.8):
                self.face(
                    [
                        [x, belt - 0.13, s],
                        [x + 0.16, belt - 0.13, s],
                        [x + 0.16, belt - 0.09, s],
                        [x, belt - 0.09, s],
                    ],
                    self.paint * 0.6 + 20,
                    False,
                )

    def end_details(self, half: float) -> None:
        """Lamps, plate, grille and bumper at the end that is seen."""
        light, shape = self.canvas.light, self.shape
        front = self.eye[0] > 0
        sign = 1.0 if front else -1.0
        if abs(self.eye[0]) < shape.length / 2:
            return
        x = sign * (shape.length / 2 + 0.02)
        floor = shape.body[0, 1]
        low, high = (
            floor + 0.28,
            (shape.body[:, 1].max() if shape.cabin is not None else 1.2) * 0.84,
        )
        glow = light.night > 0.2

        def plate(y0, y1, s0, s1, color, flat=False):
            self.face([[x, y0, s0], [x, y0, s1], [x, y1, s1], [x, y1, s0]], color, False, flat)

        plate(floor, floor + 0.17, -half * 0.96, half * 0.96, (30, 30, 32))
        lamp = (
            ((255, 250, 225) if glow else (215, 220, 225))
            if front
            else ((255, 40, 30) if glow else (150, 20, 22))
        )
        wide = 0.3 if front else 0.24
        for s in (-1, 1):
            tall = 0.16 if front else 0.26
            plate(high - tall, high, s * half * 0.92, s * (half * 0.92 - wide), lamp, glow)
        if front:
            plate(low + 0.05, high - 0.08, -half * 0.45, half * 0.45, (28, 28, 30))
            plate(floor + 0.2, floor + 0.32, -0.26, 0.26, (235, 235, 230))
        else:
            plate(low + 0.12, low + 0.25, -0.26, 0.26, (225, 190, 60))
            if shape.cabin is None:
                plate(1.3, shape.body[:, 1].max() - 0.4, -half * 0.8, -0.05, (60, 66, 72))
                plate(1.3, shape.body[:, 1].max() - 0.4, 0.05, half * 0.8, (60, 66, 72))

    def cabin(self, half: float) -> None:
        """Roof, screens and side panes: narrower above."""
        cabin, light = self.shape.cabin, self.canvas.light
        foot, head = half * 0.95, half * 0.76
        middle = np.array([cabin[:, 0].mean(), cabin[:, 1].mean(), 0])
        for i, (a, b) in enumerate(((foot, head), (head, head), (head, foot))):
            quad = self.strip(cabin, i, a, b)
            if self.faces_eye(quad, middle):
                self.face(quad, self.paint)
                if i != 1:
                    inner = quad.mean(0) + (quad - quad.mean(0)) * (1, 0.84, 0.88)
                    inner[:, 0] = quad[:, 0] + (inner[:, 1] - quad[:, 1]) * (
                        (cabin[i + 1, 0] - cabin[i, 0]) / (cabin[i + 1, 1] - cabin[i, 1])
                    )
                    self.glass(inner, False)
        s = self.side
        wall = np.array(
            [
                [cabin[0, 0], cabin[0, 1], s * foot],
                [cabin[1, 0], cabin[1, 1], s * head],
                [cabin[2, 0], cabin[2, 1], s * head],
                [cabin[3, 0], cabin[3, 1], s * foot],
            ]
        )
        if abs(self.eye[2]) > half * 0.8:
            self.face(wall, self.paint)
            centre = wall.mean(0)
            pane = centre + (wall - centre) * (0.86, 0.72, 1)
            split = np.array([0.0, 1.0, 0.0])
            for a, b in ((0.0, 0.46), (0.5, 1.0)):
                low = pane[0] + (pane[3] - pane[0]) * np.array([[a], [b]])
                high = pane[1] + (pane[2] - pane[1]) * np.array([[a], [b]])
                self.glass([low[0], high[0], high[1], low[1]], False)
            mirror = wall[3] + split * 0.05 + (-0.25, 0, s * 0.1)
            corners = mirror + np.array(
                [[0, 0, 0], [0, 0.16, 0], [0, 0.16, s * 0.18], [0, 0, s * 0.18]]
            )
            self.canvas.face(self.world(corners), light.lit(self.paint * 0.8, (0, 0.3, -0.9)))

    def wheels(self, half: float) -> None:
        shape, s = self.shape, self.side
        if abs(self.eye[2]) < half:
            return
        r = shape.wheel
        for x in (-shape.axle, shape.axle):
            arch = [
                [x + 1.16 * r * c, max(0.12, r + 1.16 * r * d), s * (half + 0.006)]
                for c, d in CIRCLE
            ]
            self.face(arch, (14, 14, 15), flat=True)
            tyre = [[x + r * c, r + r * d, s * (half + 0.01)] for c, d in CIRCLE]
            self.face(
                tyre,
                np.array([30, 30, 31]) * (0.4 + 0.6 * self.canvas.light.ambient.mean()),
                flat=True,
            )
            rim = [[x + 0.62 * r * c, r + 0.62 * r * d, s * (half + 0.015)] for c, d in CIRCLE]
            self.face(rim, (150, 152, 155), False)
            for k in range(5):
                angle = self.turn + k * 2 * np.pi / 5
                tip = np.array([np.cos(angle), np.sin(angle)]) * r * 0.55
                side = np.array([-tip[1], tip[0]]) * 0.16
                spoke = [side * 0.2, tip + side, tip - side]
                self.face(
                    [[x + p[0], r + p[1], s * (half + 0.02)] for p in spoke], (70, 72, 75), False
                )


def convex_hull(points: np.ndarray) -> np.ndarray:
    """Hull of ground points [N, 3], in order."""
    order = cv2.convexHull(points[:, [0, 2]].astype(np.float32), returnPoints=False)[:, 0]
    return points[order]
