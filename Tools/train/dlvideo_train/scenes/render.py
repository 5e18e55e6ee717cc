"""From a scene and a time to a labelled picture."""

import cv2
import numpy as np

from ..data.classes import VOID
from ..data.sample import Sample
from .atmosphere import through_air
from .buildings import draw_facade
from .camera import Camera
from .canvas import Canvas
from .ground import draw_ground
from .layout import FAR, Scene
from .plants import Tree
from .sky import draw_sky

SMALLEST = 12  # visible pixels below which an object is void: nobody could say what it is


def camera_at(scene: Scene, width: int, height: int, time: float) -> Camera:
    """The scene's camera: it moves ahead along the street and nods a little."""
    view = scene.view
    z = view.speed * time
    bounce = 0.0016 * np.sin(9.1 * time) + 0.001 * np.sin(23.0 * time)
    moving = 1.0 if view.speed else 0.0
    bend = 2 * scene.street.bend * z
    return Camera(
        (float(scene.street.x(view.across, z)), view.height, z),
        view.yaw + float(np.arctan(bend)),
        view.pitch + moving * bounce,
        view.roll,
        view.focal * width,
        width,
        height,
    )


def facade_heights(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Height of the left and the right row at whole metres of z, for shadows."""
    heights = np.zeros((2, int(FAR) + 60), np.float32)
    for facade in scene.facades:
        low, high = sorted((facade.start[1], facade.end[1]))
        if high - low > 1:
            side = 0 if (facade.start[0] + facade.end[0]) / 2 < scene.street.x(0, low) else 1
            heights[side, max(0, int(low)) : max(0, int(high))] = facade.height
    return heights[0], heights[1]


def render(scene: Scene, width: int, height: int, time: float = 0.0) -> Sample:
    """Draws the scene; labels are exact: what is visible of each object."""
    camera = camera_at(scene, width, height, time)
    canvas = Canvas(camera, scene.light)
    draw_sky(canvas, scene.seed)
    crowns = [
        (float(t.x - scene.street.bend * t.z**2), t.z, t.spread / 2)
        for t in scene.objects
        if isinstance(t, Tree) and t.z < FAR and t.trunk > 0
    ]
    sun = scene.light.sun / max(float(scene.light.sun[1]), 0.3)
    shadows = [(x - sun[0] * 3 * r, z - sun[2] * 3 * r, 1.2 * r) for x, z, r in crowns]
    near = [s for s in shadows if -5 < s[1] - camera.position[2] < 70]
    ground_depth = draw_ground(canvas, scene.street, facade_heights(scene), near)

    def distance(place) -> float:
        return camera.depth(place)

    facades = sorted(
        scene.facades, key=lambda f: -max(distance((p[0], 0, p[1])) for p in (f.start, f.end))
    )
    placed = [(distance(o.place_at(time)), o) for o in scene.objects]
    placed.sort(key=lambda pair: -pair[0])
    # The far backdrop's trees stand before its houses but behind the street's.
    for facade in (f for f in facades if min(f.start[1], f.end[1]) >= FAR):
        draw_facade(canvas, facade)
    for _, tree in (p for p in placed if isinstance(p[1], Tree) and p[1].z >= FAR):
        tree.draw(canvas, time)
    for facade in (f for f in facades if min(f.start[1], f.end[1]) < FAR):
        draw_facade(canvas, facade)
    for depth, each in placed:
        if depth > 0.3 and not (isinstance(each, Tree) and each.z >= FAR):
            each.draw(canvas, time)

    semantic, instance, depth = canvas.labels()
    depth = np.where(depth == 0, ground_depth, depth)
    image = through_air(canvas.image, depth, scene.light, scene.seed, time)
    return without_specks(Sample(image, semantic, instance))


def without_specks(sample: Sample) -> Sample:
    """Objects of which next to nothing is visible become void."""
    visible = np.bincount(sample.instance.ravel())
    speck = (visible < SMALLEST) & (np.arange(visible.size) > 0)
    gone = speck[sample.instance]
    sample.semantic[gone] = VOID
    sample.instance[gone] = 0
    return sample


def with_sensor(sample: Sample, rng: np.random.Generator) -> Sample:
    """Through a camera of its own sharpness, noise and compression (for still pictures)."""
    image = cv2.GaussianBlur(sample.image, (0, 0), rng.uniform(0.35, 0.9)).astype(np.float32)
    grain = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
    image += np.float32(rng.uniform(0.5, 5)) * grain
    _, data = cv2.imencode(
        ".jpg",
        np.clip(image, 0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 95))],
    )
    return Sample(cv2.imdecode(data, cv2.IMREAD_COLOR), sample.semantic, sample.instance)
