"""Poles, signs, traffic lights and fences."""

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .texture import patch

POLE, SIGN, FENCE = 2, 6, 7


def bar(canvas: Canvas, a, b, radius: float, color, labelled: bool = True) -> None:
    """A straight rod between two points of the world."""
    seen = canvas.camera.to_camera(np.array([a, b], float))
    if (seen[:, 2] < 0.7).any():
        return
    ends = canvas.camera.to_picture(seen)
    half = np.maximum(radius * canvas.camera.focal / seen[:, 2], 0.35)
    along = ends[1] - ends[0]
    across = np.array([-along[1], along[0]]) / max(1e-6, np.hypot(*along))
    corners = [
        ends[0] + across * half[0],
        ends[1] + across * half[1],
        ends[1] - across * half[1],
        ends[0] - across * half[0],
    ]
    canvas.fill(np.array(corners), color, labelled)
    # A lighter side gives it roundness.
    strip = [ends[0] + across * half[0] * 0.5, ends[1] + across * half[1] * 0.5, *corners[1::-1]]
    canvas.fill(np.array(strip), np.minimum(np.array(color) * 1.25, 255), False)


@dataclass(frozen=True)
class Lamp:
    """A street lamp; `arm` metres reach over the road (negative: to the left)."""

    x: float
    z: float
    height: float
    arm: float
    color: tuple[float, float, float]

    def place_at(self, time: float = 0) -> tuple[float, float, float]:
        return (self.x, 0.0, self.z)

    def draw(self, canvas: Canvas, time: float) -> None:
        canvas.begin(POLE, max(1.0, canvas.camera.depth(self.place_at())))
        color = canvas.light.lit(self.color, (0, 0.2, -0.9))
        x, z, top = self.x, self.z, self.height
        bar(canvas, (x, 0, z), (x, 1.2, z), 0.11, color)
        bar(canvas, (x, 1.0, z), (x, top, z), 0.07, color)
        if self.arm:
            bar(canvas, (x, top - 0.05, z), (x + self.arm, top + 0.35, z), 0.045, color)
            end = x + self.arm
            lamp = (250, 225, 160) if canvas.light.night > 0.3 else color
            bar(
                canvas,
                (end, top + 0.3, z),
                (end + 0.35 * np.sign(self.arm), top + 0.36, z),
                0.1,
                lamp,
            )


@dataclass(frozen=True)
class Sign:
    """A sign (or several) on its post: kind circle, triangle, board or light."""

    x: float
    z: float
    height: float
    kind: str
    size: float
    seed: int

    def place_at(self, time: float = 0) -> tuple[float, float, float]:
        return (self.x, 0.0, self.z)

    def plate(self, canvas: Canvas, middle: np.ndarray, radius: np.ndarray, rng) -> None:
        """Draws the sign itself about a pixel, `radius` pixels large."""
        lit = canvas.light.lit
        towards = (0.0, 0.3, -0.9)
        red, white = lit((205, 30, 35), towards), lit((240, 240, 238), towards)
        blue, dark = lit((30, 80, 180), towards), lit((30, 30, 32), towards)
        circle = np.stack(
            [np.cos(np.linspace(0, 2 * np.pi, 20)), np.sin(np.linspace(0, 2 * np.pi, 20))], 1
        )
        triangle = np.array([[0, -1.1], [1, 0.65], [-1, 0.65]])
        if self.kind == "circle":
            outer, inner = ((red, white), (blue, blue), (red, blue), (red, red))[rng.integers(4)]
            canvas.fill(middle + circle * radius, outer)
            canvas.fill(middle + circle * radius * 0.74, inner, False)
            canvas.fill(
                middle
                + np.array([[-0.4, -0.14], [0.4, -0.14], [0.4, 0.14], [-0.4, 0.14]]) * radius,
                dark if inner is white else white,
                False,
            )
        elif self.kind == "triangle":
            canvas.fill(middle + triangle * radius, red)
            canvas.fill(middle + triangle * radius * 0.62, white, False)
            canvas.fill(
                middle + np.array([[-0.1, -0.3], [0.1, -0.3], [0.1, 0.3], [-0.1, 0.3]]) * radius,
                dark,
                False,
            )
        elif self.kind == "board":
            aspect = rng.uniform(0.5, 2.2)
            box = np.array([[-aspect, -1], [aspect, -1], [aspect, 1], [-aspect, 1]])
            color = (blue, lit((20, 110, 60), towards), white, lit((235, 200, 40), towards))[
                rng.integers(4)
            ]
            canvas.fill(middle + box * radius, color)
            ink = dark if np.mean(color) > 130 else white
            for row in np.linspace(-0.6, 0.6, int(rng.integers(2, 5))):
                ends = rng.uniform(-0.8, -0.2), rng.uniform(0.2, 0.8)
                text = [
                    [ends[0] * aspect, row - 0.09],
                    [ends[1] * aspect, row - 0.09],
                    [ends[1] * aspect, row + 0.09],
                    [ends[0] * aspect, row + 0.09],
                ]
                canvas.fill(middle + np.array(text) * radius, ink, False)
        else:
            box = np.array([[-0.55, -1.5], [0.55, -1.5], [0.55, 1.5], [-0.55, 1.5]])
            canvas.fill(middle + box * radius * 1.12, lit((60, 62, 60), towards))
            canvas.fill(middle + box * radius, dark, False)
            on = int(rng.integers(3))
            for lamp, color in enumerate(((250, 40, 30), (250, 180, 30), (40, 235, 120))):
                shown = color if lamp == on else tuple(c * 0.25 for c in color)
                canvas.fill(middle + (circle * 0.36 + (0, lamp - 1)) * radius, shown, False)

    def draw(self, canvas: Canvas, time: float) -> None:
        depth = canvas.camera.depth(self.place_at())
        if depth < 1.5:
            return
        rng = np.random.default_rng(self.seed)
        canvas.begin(POLE, depth)
        post = canvas.light.lit((135, 137, 138), (0, 0.2, -0.9))
        bar(canvas, self.place_at(), (self.x, self.height + self.size * 0.6, self.z), 0.045, post)
        canvas.begin(SIGN, depth)
        scale = canvas.camera.focal / depth
        at = np.array([[self.x, self.height, self.z]])
        middle = canvas.camera.to_picture(canvas.camera.to_camera(at))[0]
        turned = np.array([rng.uniform(0.7, 1.0), 1.0])
        self.plate(canvas, middle, self.size / 2 * scale * turned, rng)
        if self.kind != "light" and rng.random() < 0.35:
            below = middle + (0, self.size * 1.15 * scale)
            box = np.array([[-0.5, -0.25], [0.5, -0.25], [0.5, 0.25], [-0.5, 0.25]])
            canvas.fill(
                below + box * self.size * scale, canvas.light.lit((235, 235, 230), (0, 0.3, -0.9))
            )


@dataclass(frozen=True)
class Fence:
    """A few metres of fence: kind railing, boards, mesh, wall, plain (concrete) or rail."""

    start: tuple[float, float]
    end: tuple[float, float]
    height: float
    kind: str
    color: tuple[float, float, float]
    seed: int

    def place_at(self, time: float = 0) -> tuple[float, float, float]:
        return ((self.start[0] + self.end[0]) / 2, 0.0, (self.start[1] + self.end[1]) / 2)

    def texture(self) -> tuple[np.ndarray, np.ndarray]:
        """Brightness and alpha, 28 pixels a metre."""
        length = np.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])
        w, h = max(8, int(28 * length)), max(8, int(28 * self.height))
        bright = 1 + 0.08 * patch("rough", h, w, (self.seed % 500, 3))
        alpha = np.ones((h, w), np.float32)
        if self.kind == "boards":
            bright[:, :: int(28 * 0.14)] *= 0.6
        elif self.kind == "wall":
            bright[:: int(28 * 0.11)] *= 0.8
            bright = bright + 0.08 * patch("grain", h, w, (self.seed % 500, 5))
        elif self.kind == "plain":
            # Darker at the foot, where dirt and shadow gather, and a joint at the end.
            bright *= np.linspace(1.08, 0.8, h, dtype=np.float32)[:, None]
            bright[:, :1] *= 0.75
        elif self.kind == "rail":
            alpha[:] = 0
            alpha[: h // 2] = 1
            bright[h // 6 : h // 3] *= 0.72
            alpha[:, : max(2, w // 40)] = 1
        else:
            alpha[:] = 0
            step, bar_width = (4, 1) if self.kind == "railing" else (3, 1)
            for x in range(0, w, step):
                alpha[:, x : x + bar_width] = 1
            for y in (1, h // 2, h - 4) if self.kind == "railing" else range(0, h, 3):
                alpha[y : y + 2] = 1
            for x in range(0, w, 56):
                alpha[:, x : x + 3] = 1
        return bright, alpha

    def draw(self, canvas: Canvas, time: float) -> None:
        (x0, z0), (x1, z1) = self.start, self.end
        top = self.height
        corners = np.array([[x0, top, z0], [x1, top, z1], [x1, 0, z1], [x0, 0, z0]], float)
        seen = canvas.camera.to_camera(corners)
        if (seen[:, 2] < 0.7).any():
            return
        canvas.begin(FENCE, float(seen[:, 2].mean()))
        bright, alpha = self.texture()
        color = np.array(self.color) * canvas.light.factor((0.0, 0.3, -0.9))
        texture = np.clip(bright[..., None] * color, 0, 255).astype(np.uint8)
        canvas.picture(canvas.camera.to_picture(seen), texture, alpha, solid=True)


def random_fence_look(rng: np.random.Generator) -> tuple[str, float, tuple[float, float, float]]:
    """Kind, height and colour."""
    kind = str(rng.choice(["railing", "railing", "boards", "mesh", "wall"]))
    height = {"railing": (0.9, 1.5), "boards": (1.2, 2.0), "mesh": (1.2, 2.4), "wall": (0.7, 1.8)}[
        kind
    ]
    dark = rng.uniform(25, 70)
    color = {
        "railing": (dark, dark * 1.02, dark),
        "boards": (rng.uniform(90, 150), rng.uniform(75, 110), rng.uniform(50, 80)),
        "mesh": (110, 114, 110),
        "wall": (rng.uniform(120, 170), rng.uniform(85, 140), rng.uniform(65, 120)),
    }[kind]
    return kind, float(rng.uniform(*height)), color
