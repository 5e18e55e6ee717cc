"""What is drawn onto: a picture, and for every pixel the object that is seen there."""

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .light import Light

SHIFT = 4  # fractional bits of polygon corners
LIMIT = 6000.0  # pixels; keeps cut polygons inside OpenCV's fixed point


@dataclass(frozen=True)
class Layer:
    """What a drawn object is."""

    semantic: int
    instance: int  # 0: none
    depth: float  # metres, for haze


class Canvas:
    """Draw from far to near; later objects cover earlier ones."""

    def __init__(self, camera: Camera, light: Light) -> None:
        self.camera, self.light = camera, light
        self.image = np.zeros((camera.height, camera.width, 3), np.uint8)
        self.ids = np.zeros((camera.height, camera.width), np.uint16)
        self.layers: list[Layer] = []

    def begin(self, semantic: int, depth: float, instance: int = 0) -> None:
        """What follows belongs to a new object."""
        self.layers.append(Layer(semantic, instance, depth))

    @property
    def current(self) -> int:
        return len(self.layers) - 1

    def fill(self, pixels: np.ndarray | None, color, labelled: bool = True) -> None:
        """A polygon [M, 2] of pixels in one colour; unlabelled paint keeps what is there."""
        if pixels is None or len(pixels) < 3:
            return
        low, high = pixels.min(0), pixels.max(0)
        if (high < 0).any() or low[0] >= self.camera.width or low[1] >= self.camera.height:
            return
        fixed = np.rint(np.clip(pixels, -LIMIT, LIMIT) * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(self.image, [fixed], tuple(map(float, color)), cv2.LINE_AA, SHIFT)
        if labelled:
            cv2.fillPoly(self.ids, [fixed], self.current, cv2.LINE_8, SHIFT)

    def face(self, points, color, labelled: bool = True) -> None:
        """A planar polygon [M, 3] of the world."""
        self.fill(self.camera.polygon(np.asarray(points, np.float64)), color, labelled)

    def region(self, pixels: np.ndarray) -> tuple[slice, slice] | None:
        """The rows and columns that pixels [M, 2] span, inside the picture."""
        low = np.floor(pixels.min(0)).astype(int)
        high = np.ceil(pixels.max(0)).astype(int) + 1
        x0, x1 = max(low[0], 0), min(high[0], self.camera.width)
        y0, y1 = max(low[1], 0), min(high[1], self.camera.height)
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def picture(
        self,
        pixels: np.ndarray,
        texture: np.ndarray,
        alpha: np.ndarray | None = None,
        solid: bool = False,
    ) -> None:
        """A texture [h, w, 3] onto the quadrilateral [4, 2]: its corners clockwise from top left.

        Where alpha [h, w] (0 to 1) is over a half the object is labelled; `solid` labels all.
        """
        area = self.region(pixels)
        if area is None:
            return
        rows, columns = area
        height, width = texture.shape[:2]
        # Shrink first where the picture is much smaller: no aliasing.
        span = np.linalg.norm(pixels - np.roll(pixels, 1, 0), axis=1).max()
        while max(height, width) > 2.2 * span and min(height, width) >= 8:
            height, width = height // 2, width // 2
            texture = cv2.resize(texture, (width, height), interpolation=cv2.INTER_AREA)
            if alpha is not None:
                alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)
        source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
        target = (pixels - (columns.start, rows.start)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, target)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        drawn = cv2.warpPerspective(
            texture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        fixed = np.rint(np.clip(target, -LIMIT, LIMIT) * (1 << SHIFT)).astype(np.int32)
        inside = np.zeros(size[::-1], np.uint8)
        cv2.fillPoly(inside, [fixed], 255, cv2.LINE_AA, SHIFT)
        cover = inside.astype(np.float32) / 255
        if alpha is not None:
            seen = cover * cv2.warpPerspective(alpha, matrix, size, flags=cv2.INTER_LINEAR)
        else:
            seen = cover
        under = self.image[rows, columns]
        np.copyto(
            under, (under + (drawn - under.astype(np.float32)) * seen[..., None]).astype(np.uint8)
        )
        self.ids[rows, columns][(cover if solid else seen) > 0.5] = self.current

    def grain(self, pixels: np.ndarray | None, amount: float, pattern: np.ndarray) -> None:
        """Multiplies the current object's pixels inside the span by 1 + amount * pattern."""
        area = None if pixels is None else self.region(pixels)
        if area is None:
            return
        rows, columns = area
        mine = self.ids[rows, columns] == self.current
        h, w = mine.shape
        if not mine.any():
            return
        reach = pattern[np.arange(h)[:, None] % pattern.shape[0], np.arange(w) % pattern.shape[1]]
        under = self.image[rows, columns]
        changed = np.clip(under * (1 + amount * reach[..., None]), 0, 255).astype(np.uint8)
        under[mine] = changed[mine]

    def darken(self, points: np.ndarray, factor: float) -> None:
        """Multiplies the picture under a polygon of the world, softly; labels stay."""
        pixels = self.camera.polygon(np.asarray(points, np.float64))
        area = None if pixels is None else self.region(pixels)
        if area is None:
            return
        rows, columns = area
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        corners = np.clip(pixels - (columns.start, rows.start), -LIMIT, LIMIT) * (1 << SHIFT)
        cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255, cv2.LINE_AA, SHIFT)
        under = self.image[rows, columns]
        gain = 1 - (1 - factor) / 255 * mask.astype(np.float32)[..., None]
        np.copyto(under, (under * gain).astype(np.uint8))

    def labels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """semantic uint8, instance int32 and depth float32 [H, W] of what is seen."""
        semantic = np.array([layer.semantic for layer in self.layers], np.uint8)
        instance = np.array([layer.instance for layer in self.layers], np.int32)
        depth = np.array([layer.depth for layer in self.layers], np.float32)
        return semantic[self.ids], instance[self.ids], depth[self.ids]
