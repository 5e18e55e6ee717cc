"""A pinhole camera above the street."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

NEAR = 0.6  # metres; what is closer is cut off


@dataclass(frozen=True)
class Camera:
    """Position in metres, angles in radians (yaw to the right, pitch down, roll), pixels."""

    position: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    focal: float
    width: int
    height: int

    @cached_property
    def rotation(self) -> np.ndarray:
        """World to camera: x right, y down, z ahead."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        tilt = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return roll @ np.diag([1, -1, 1]) @ tilt @ turn

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """[N, 3] world to camera coordinates."""
        return (np.asarray(points, np.float64) - self.position) @ self.rotation.T

    def to_picture(self, seen: np.ndarray) -> np.ndarray:
        """[N, 3] camera coordinates, all ahead of `NEAR`, to pixels [N, 2]."""
        centre = ((self.width - 1) / 2, (self.height - 1) / 2)
        return seen[:, :2] * (self.focal / seen[:, 2:]) + centre

    def depth(self, point) -> float:
        """Distance along the optical axis."""
        return float(self.to_camera(np.asarray(point)[None])[0, 2])

    def polygon(self, points: np.ndarray) -> np.ndarray | None:
        """A planar polygon's pixels [M, 2], cut at the near plane; None where nothing is left."""
        seen = self.to_camera(points)
        ahead = seen[:, 2] >= NEAR
        if not ahead.any():
            return None
        if not ahead.all():
            kept = []
            for i, here in enumerate(seen):
                before = seen[i - 1]
                if ahead[i] != ahead[i - 1]:
                    t = (NEAR - before[2]) / (here[2] - before[2])
                    kept.append(before + t * (here - before))
                if ahead[i]:
                    kept.append(here)
            seen = np.array(kept)
        return self.to_picture(seen)

    @cached_property
    def ground(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, z (metres) and depth of the ground at every pixel, float32 [H, W]; depth inf above."""
        u = (np.arange(self.width) - (self.width - 1) / 2) / self.focal
        v = (np.arange(self.height) - (self.height - 1) / 2) / self.focal
        r = self.rotation
        dx = r[0, 0] * u[None] + r[1, 0] * v[:, None] + r[2, 0]
        dy = r[0, 1] * u[None] + r[1, 1] * v[:, None] + r[2, 1]
        dz = r[0, 2] * u[None] + r[1, 2] * v[:, None] + r[2, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(dy < -1e-4, -self.position[1] / dy, np.inf)
            x, z = self.position[0] + t * dx, self.position[2] + t * dz
        return x.astype(np.float32), z.astype(np.float32), t.astype(np.float32)
