"""Trees, bushes and hedges: sprites of leaves, made once per process, in many colours."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from .canvas import Canvas
from .texture import patch

TREE = 5
CROWNS = 16  # different crowns; flips, sizes and colours multiply them
SIDE = 176


@cache
def crown(index: int) -> tuple[np.ndarray, np.ndarray]:
    """Brightness float32 [S, S] about 1 and alpha [S, S] of a crown of leaves."""
    rng = np.random.default_rng((77, index))
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE * 2 - 1
    solid = np.full((SIDE, SIDE), -1.0, np.float32)
    relief = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(9, 22))):
        angle, away = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random()) * 0.62
        cx, cy, r = away * np.cos(angle), away * np.sin(angle), rng.uniform(0.2, 0.45)
        blob = 1 - np.hypot(x - cx, y - cy) / r
        # Every clump is lighter above and darker below.
        relief = np.where(blob > solid, -(y - cy) / r, relief)
        solid = np.maximum(solid, blob)
    at = (int(rng.integers(512)), int(rng.integers(512)))
    leaves = patch("grain", SIDE, SIDE, at) + 0.8 * patch("rough", SIDE, SIDE, at)
    airy = rng.uniform(0.12, 0.5)
    alpha = np.clip((solid + airy * leaves * 0.5 - 0.05) * 9, 0, 1)
    holes = np.clip((patch("rough", SIDE, SIDE, at[::-1]) + 2.4 - 1.6 * airy) * 4, 0, 1)
    bright = 1 + 0.2 * relief + 0.2 * leaves - 0.12 * y
    return np.clip(bright, 0.25, 1.9).astype(np.float32), (alpha * holes).astype(np.float32)


@cache
def hedge_alpha(index: int) -> np.ndarray:
    """Alpha [S/2, S] of a hedge: straight below, ragged above."""
    height = SIDE // 2
    edge = 0.1 + 0.05 * patch("rough", 1, SIDE, (index * 37, index * 91))[0]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    leaves = 0.03 * patch("grain", height, SIDE, (index, index * 13))
    return np.clip((y - edge[None] + leaves) * 30, 0, 1)


@dataclass(frozen=True)
class Tree:
    """A trunk at (x, z) under one to three crowns."""

    x: float
    z: float
    height: float
    spread: float  # metres, width of the crown
    trunk: float  # metres of trunk below the crown
    color: tuple[float, float, float]
    seed: int

    def place_at(self, time: float = 0) -> tuple[float, float, float]:
        return (self.x, 0.0, self.z)

    def draw(self, canvas: Canvas, time: float) -> None:
        camera, light = canvas.camera, canvas.light
        depth = camera.depth(self.place_at())
        if depth < 1.5:
            return
        canvas.begin(TREE, depth)
        rng = np.random.default_rng(self.seed)
        scale = camera.focal / depth
        foot = camera.to_picture(camera.to_camera(np.array([self.place_at()])))[0]
        width = max(0.12, self.height * 0.022) * scale
        top = foot - (0, (self.trunk + 0.3 * (self.height - self.trunk)) * scale)
        bark = light.lit(np.array([92, 78, 64]) * rng.uniform(0.7, 1.2), (0, 0.3, -1))
        if self.trunk > 0.05:
            stem = [
                foot + (-width, 0),
                top + (-width * 0.5, 0),
                top + (width * 0.5, 0),
                foot + (width, 0),
            ]
            canvas.fill(np.array(stem), bark)
            canvas.grain(np.array(stem), 0.15, patch("rough", 64, 64, (self.seed % 400, 0)))
        factor = light.factor((0.0, 0.7, -0.7)) * (0.9 + 0.1 * rng.random())
        crown_height = self.height - self.trunk
        for part in range(int(rng.integers(1, 4))):
            bright, alpha = crown(int(rng.integers(CROWNS)))
            if rng.random() < 0.5:
                bright, alpha = bright[:, ::-1], alpha[:, ::-1]
            size = (1.0, 0.72, 0.62)[part]
            shift = rng.uniform(-0.25, 0.25) * self.spread * part
            lift = self.trunk + crown_height * (0.5 if part == 0 else rng.uniform(0.35, 0.6))
            middle = foot + (shift * scale, -lift * scale)
            half = np.array([self.spread * size, crown_height * size]) / 2 * scale
            corners = middle + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
            leaf = np.array(self.color) * rng.uniform(0.9, 1.1) * factor
            texture = np.clip(bright[..., None] * leaf, 0, 255).astype(np.uint8)
            canvas.picture(corners, texture, np.ascontiguousarray(alpha))


@dataclass(frozen=True)
class Hedge:
    """A hedge from start to end (x, z)."""

    start: tuple[float, float]
    end: tuple[float, float]
    height: float
    color: tuple[float, float, float]
    seed: int

    def place_at(self, time: float = 0) -> tuple[float, float, float]:
        return ((self.start[0] + self.end[0]) / 2, 0.0, (self.start[1] + self.end[1]) / 2)

    def draw(self, canvas: Canvas, time: float) -> None:
        (x0, z0), (x1, z1) = self.start, self.end
        corners = np.array(
            [[x0, self.height, z0], [x1, self.height, z1], [x1, 0, z1], [x0, 0, z0]], float
        )
        seen = canvas.camera.to_camera(corners)
        if (seen[:, 2] < 0.7).any():
            return
        canvas.begin(TREE, float(seen[:, 2].mean()))
        leaves = patch("grain", SIDE // 2, SIDE, (self.seed % 500, 7))
        clumps = patch("rough", SIDE // 2, SIDE, (self.seed % 300, 99))
        bright = np.clip(0.95 + 0.2 * leaves + 0.16 * clumps, 0.2, 1.9)
        color = np.array(self.color) * canvas.light.factor((0.0, 0.6, -0.8))
        texture = np.clip(bright[..., None] * color, 0, 255).astype(np.uint8)
        canvas.picture(canvas.camera.to_picture(seen), texture, hedge_alpha(self.seed % 8))


def random_leaf_color(rng: np.random.Generator) -> tuple[float, float, float]:
    """Mostly greens, sometimes autumn or bare branches."""
    kind = rng.random()
    if kind < 0.72:
        green = rng.uniform(70, 130)
        return (green * rng.uniform(0.6, 0.98), green, green * rng.uniform(0.3, 0.65))
    if kind < 0.88:
        return (rng.uniform(60, 95), rng.uniform(62, 90), rng.uniform(45, 65))
    return (rng.uniform(120, 175), rng.uniform(90, 125), rng.uniform(40, 60))
