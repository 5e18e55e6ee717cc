"""Façades along the street, with their windows, doors, shops and roofs."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas
from .texture import patch

BUILDING = 1
PIXELS_PER_METRE = 18

WALLS = (
    ("brick", (150, 92, 72)),
    ("brick", (172, 120, 92)),
    ("brick", (186, 160, 122)),
    ("plaster", (214, 206, 190)),
    ("plaster", (196, 188, 176)),
    ("plaster", (222, 198, 158)),
    ("plaster", (168, 176, 182)),
    ("stone", (184, 170, 144)),
    ("stone", (150, 146, 138)),
    ("concrete", (142, 142, 140)),
    ("glass", (96, 112, 126)),
)


@dataclass(frozen=True)
class Facade:
    """A wall from `start` to `end` (x, z on the ground), `height` metres up."""

    start: tuple[float, float]
    end: tuple[float, float]
    height: float
    seed: int
    roof: float  # metres that the roof rises behind, 0 for flat
    depth: float  # metres back, for the end walls

    def corners(self) -> np.ndarray:
        """Clockwise from top left, seen from the street, [4, 3]."""
        (x0, z0), (x1, z1) = self.start, self.end
        return np.array(
            [[x0, self.height, z0], [x1, self.height, z1], [x1, 0, z1], [x0, 0, z0]], float
        )

    def normal(self) -> np.ndarray:
        """Towards the street: to the right hand when walking from end to start."""
        (x0, z0), (x1, z1) = self.start, self.end
        normal = np.array([z1 - z0, 0.0, -(x1 - x0)])
        return normal / np.linalg.norm(normal)


def window(texture, box, glass, frame, rng, night) -> None:
    """One window: reveal, frame, panes, reflection or a lit room."""
    x0, y0, x1, y1 = box
    cv2.rectangle(texture, (x0 - 1, y0 - 1), (x1 + 1, y1 + 2), tuple(c * 0.72 for c in frame), -1)
    cv2.rectangle(texture, (x0, y0), (x1, y1), frame, -1)
    lit = rng.random() < 0.55 * night
    pane = (
        np.array([235, 205, 130]) * rng.uniform(0.7, 1) if lit else glass * rng.uniform(0.6, 1.35)
    )
    cv2.rectangle(texture, (x0 + 1, y0 + 1), (x1 - 1, y1 - 1), pane.tolist(), -1)
    if rng.random() < 0.6:
        middle = y0 + int((y1 - y0) * rng.uniform(0.3, 0.7))
        paler = np.minimum(pane * rng.uniform(1.1, 1.6), 250).tolist()
        cv2.rectangle(texture, (x0 + 1, y0 + 1), (x1 - 1, middle), paler, -1)
    if x1 - x0 > 8:
        cv2.line(texture, ((x0 + x1) // 2, y0), ((x0 + x1) // 2, y1), frame, 1)
    cv2.line(texture, (x0, (y0 + y1) // 2), (x1, (y0 + y1) // 2), frame, 1)


def facade_texture(width: float, height: float, seed: int, night: float) -> np.ndarray:
    """RGB uint8 of a wall of that many metres, unlit."""
    rng = np.random.default_rng(seed)
    ppm = PIXELS_PER_METRE
    w, h = max(8, int(width * ppm)), max(8, int(height * ppm))
    kind, base = WALLS[rng.integers(len(WALLS))]
    base = np.array(base) * rng.uniform(0.75, 1.15) * (1 + rng.normal(0, 0.04, 3))
    at = (int(rng.integers(512)), int(rng.integers(512)))
    tone = 1 + 0.06 * patch("patches", h, w, at) + 0.05 * patch("grain", h, w, at)
    if kind == "brick":
        rows = (np.arange(h) % 2 == 0)[:, None] * 0.06
        tone = tone + 0.06 * patch("rough", h, w, at) - rows
    elif kind == "stone":
        tone = tone + 0.08 * patch("rough", h, w, at)
    # Streaks of dirt from above, and darkness near the ground.
    tone = tone - 0.05 * patch("rough", 1, w, at)
    tone = tone - 0.1 * np.exp(-np.arange(h)[::-1, None] / (0.6 * ppm))
    texture = np.clip(base * tone[..., None], 0, 255).astype(np.uint8)

    storey = rng.uniform(2.7, 3.6) * ppm
    storeys = max(1, int(h / storey))
    storey = h / (storeys + 0.25)
    glass = np.array([rng.uniform(40, 90)] * 3) * np.array([0.9, 1.0, 1.12])
    frame = rng.choice([(232, 232, 228), (235, 235, 235), (90, 70, 60), (60, 62, 64)]).tolist()
    count = max(1, int(width / rng.uniform(1.7, 3.4)))
    pitch = w / count
    ww, wh = pitch * rng.uniform(0.32, 0.62), storey * rng.uniform(0.42, 0.62)
    if kind == "glass":
        ww, wh = pitch * 0.9, storey * 0.86
    shop = storeys > 1 and rng.random() < 0.4
    for row in range(storeys):
        top = h - (row + 1) * storey + (storey - wh) * 0.45
        if row == 0 and shop:
            continue
        for column in range(count):
            centre = (column + 0.5) * pitch
            if row == 0 and rng.random() < 0.22:
                door = (rng.uniform(25, 150, 3)).tolist()
                x0, x1 = int(centre - 0.5 * ppm), int(centre + 0.5 * ppm)
                cv2.rectangle(texture, (x0 - 2, int(h - 2.35 * ppm)), (x1 + 2, h), frame, -1)
                cv2.rectangle(texture, (x0, int(h - 2.15 * ppm)), (x1, h), door, -1)
                continue
            if rng.random() < 0.04:
                continue
            box = [int(v) for v in (centre - ww / 2, top, centre + ww / 2, top + wh)]
            window(texture, box, glass, frame, rng, night)
    if shop:
        shop_front(texture, w, h, storey, rng, night)
    if rng.random() < 0.5:
        cv2.rectangle(texture, (0, 0), (w, int(0.3 * ppm)), (base * 1.15).clip(0, 255).tolist(), -1)
    if rng.random() < 0.5:
        x = int(rng.integers(w))
        cv2.line(texture, (x, 0), (x, h), (base * 0.45).tolist(), 2)
    return texture


def shop_front(texture, w, h, storey, rng, night) -> None:
    """Display windows under a fascia, perhaps with an awning."""
    top = int(h - storey * 0.95)
    fascia = rng.uniform(20, 220, 3)
    cv2.rectangle(texture, (0, top), (w, h), (fascia * 0.5 + 30).tolist(), -1)
    x, right = 4, 0
    while x < w - 10:
        right = min(w - 4, x + int(rng.uniform(1.2, 3) * PIXELS_PER_METRE))
        bright = rng.uniform(0.6, 1.6) * (1 + 1.6 * night)
        pane = np.clip(np.array([70, 72, 74]) * bright, 0, 245)
        cv2.rectangle(texture, (x, top + 14), (right, h - 8), pane.tolist(), -1)
        for _ in range(int(rng.integers(2, 7))):
            cx, cy = int(rng.integers(x, right)), int(rng.integers(top + 16, h - 8))
            color = rng.uniform(20, 230, 3).tolist()
            cv2.rectangle(texture, (cx, cy), (min(cx + 8, right), min(cy + 12, h - 8)), color, -1)
        x = right + 4
    cv2.rectangle(texture, (0, top), (w, top + 11), fascia.tolist(), -1)
    letters = 245 if fascia.mean() < 128 else 30
    for x in range(int(w * 0.2), int(w * 0.8), 6):
        if rng.random() < 0.8:
            cv2.line(texture, (x, top + 3), (x + 2, top + 8), (letters,) * 3, 1)


def draw_facade(canvas: Canvas, facade: Facade) -> None:
    """The wall, its end walls and its roof."""
    camera, light = canvas.camera, canvas.light
    corners = facade.corners()
    seen = camera.to_camera(corners)
    depths = seen[:2, 2]
    if depths.max() < 1.0:
        return
    normal = facade.normal()
    rng = np.random.default_rng(facade.seed + 1)
    canvas.begin(BUILDING, float(np.clip(depths.mean(), 1, None)))
    tile = np.array([[128, 80, 62], [92, 92, 96], [110, 84, 70], [70, 72, 78]])[rng.integers(4)]
    back = -normal * facade.depth
    if facade.roof > 0:
        ridge = corners[:2] + back / 2 + (0, facade.roof, 0)
        slope = (normal + (0, 0.8, 0)) / np.linalg.norm(normal + (0, 0.8, 0))
        canvas.face([corners[0], corners[1], ridge[1], ridge[0]], light.lit(tile, slope))
    wall = np.array(WALLS[np.random.default_rng(facade.seed).integers(len(WALLS))][1])
    for corner, sign in ((0, 1.0), (1, -1.0)):
        along = corners[0] - corners[1]
        out = sign * along / np.linalg.norm(along)
        foot = corners[3 - corner]
        if np.dot(np.array(camera.position) - foot, out) > 0:
            gable = [corners[corner] + back / 2 + (0, facade.roof, 0)] if facade.roof > 0 else []
            end = [corners[corner], *gable, corners[corner] + back, foot + back, foot]
            canvas.face(end, light.lit(wall * 0.85, out))
    if np.dot(np.array(camera.position) - corners[3], normal) <= 0:
        return
    texture = facade_texture(
        float(np.hypot(*(np.array(facade.end) - facade.start))),
        facade.height,
        facade.seed,
        light.night,
    )
    if depths.min() < 1.0:  # cut the wall where it passes the camera
        t = (1.0 - depths[0]) / (depths[1] - depths[0])
        cut = int(np.clip(t, 0, 1) * texture.shape[1])
        if depths[0] < depths[1]:
            texture = texture[:, min(cut, texture.shape[1] - 2) :]
            corners[[0, 3]] += np.clip(t, 0, 1) * (corners[[1, 2]] - corners[[0, 3]])
        else:
            texture = texture[:, : max(cut, 2)]
            corners[[1, 2]] = corners[[0, 3]] + np.clip(t, 0, 1) * (
                corners[[1, 2]] - corners[[0, 3]]
            )
    lit = np.clip(texture * light.factor(normal), 0, 255)
    if light.night:
        bright = texture.max(2, keepdims=True) > 200
        lit = np.where(bright & (light.night > 0.2), texture * 0.9, lit)
    seen = camera.to_camera(corners)
    if (seen[:, 2] > 0.3).all():
        canvas.picture(camera.to_picture(seen), lit.astype(np.uint8))
