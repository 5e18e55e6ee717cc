"""The sky."""

import numpy as np

from .canvas import Canvas
from .texture import SIZE, sampled

SKY = 0


def draw_sky(canvas: Canvas, seed: int) -> None:
    """Fills the picture: a gradient with clouds, fixed to the directions, not the pixels."""
    camera, light = canvas.camera, canvas.light
    horizon = camera.height / 2 - camera.focal * np.tan(camera.pitch)
    v = (horizon - np.arange(camera.height, dtype=np.float32)) / camera.focal
    u = (np.arange(camera.width, dtype=np.float32) - camera.width / 2) / camera.focal + camera.yaw
    high = np.clip(v / 0.55, 0, 1)[:, None, None]
    sky = light.sky_low + high**0.8 * (light.sky_top - light.sky_low)
    # A flat cloud layer: nearer the horizon clouds are smaller and denser.
    lift = 0.12 + np.maximum(v, 0)[:, None]
    field = sampled(
        "clouds",
        (u[None] / lift + seed % SIZE).astype(np.float32),
        np.broadcast_to(1 / lift, (camera.height, camera.width)).astype(np.float32),
        38.0,
    )
    cover = np.clip((field + (light.clouds * 2.6 - 1.5)) * 0.8, 0, 1)[..., None]
    white = light.sky_low * 0.55 + 0.45 * np.array([250, 250, 252]) * (1 - 0.6 * light.night)
    white = white * (0.94 + 0.06 * np.clip(field, -1.5, 1.5)[..., None])
    amount = 0.9 if light.clouds < 0.95 else 0.25
    sky = sky + amount * cover * (white - sky)
    canvas.begin(SKY, 1e5)
    canvas.image[:] = np.clip(sky, 0, 255).astype(np.uint8)
    canvas.ids[:] = canvas.current
