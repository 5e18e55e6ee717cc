"""The ground: asphalt with markings, pavements, verges, and the shadows on them."""

from collections.abc import Sequence

import numpy as np

from .canvas import Canvas
from .street import Street
from .texture import SIZE, sampled

ROAD, PAVEMENT, TREE = 3, 4, 5
KERB = 0.16
Shadow = tuple[float, float, float]  # x, z, radius


def band(value: np.ndarray, low: float, high: float, soft: np.ndarray) -> np.ndarray:
    """1 inside [low, high], falling to 0 over `soft`: antialiased stripes."""
    inner = np.minimum(value - low, high - value) / soft + 0.5
    return np.clip(inner, 0, 1)


def markings(street: Street, x: np.ndarray, z: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """How much paint lies at a place, and how yellow: [2, ...]."""
    along = np.maximum(pixel * 6, 0.05)  # the ground is seen at a flat angle
    white, yellow = np.zeros_like(x), np.zeros_like(x)
    for index, line in enumerate(street.lanes):
        paint = band(x, line - 0.07, line + 0.07, pixel)
        middle = index == len(street.lanes) // 2
        if street.centre == "none" and middle:
            continue
        if street.centre != "solid" or not middle:
            phase = np.mod(z, 6.0)
            paint = paint * band(phase, 0.5, 3.0, along)
        white = np.maximum(white, paint)
    if street.edge_lines != "none":
        for edge in (street.left + 0.35, street.right - 0.35):
            line = band(x, edge - 0.06, edge + 0.06, pixel)
            if street.edge_lines == "yellow":
                yellow = np.maximum(yellow, line)
                other = edge + (0.22 if edge < 0 else -0.22)
                yellow = np.maximum(yellow, band(x, other - 0.06, other + 0.06, pixel))
            else:
                white = np.maximum(white, line)
    for at in street.zebras:
        stripes = band(np.mod(x, 1.0), 0.2, 0.7, pixel) * band(z, at, at + 2.6, along)
        white = np.maximum(white, stripes)
    for start, end in street.crossings:
        crossing = band(z, start, end, along)
        white, yellow = white * (1 - crossing), yellow * (1 - crossing)
        stop = band(z, start - 1.3, start - 0.9, along) * (x < 0)
        white = np.maximum(white, stop)
    return np.stack([white, yellow])


def draw_ground(
    canvas: Canvas,
    street: Street,
    heights: tuple[np.ndarray, np.ndarray],
    shadows: Sequence[Shadow],
) -> np.ndarray:
    """Draws everything below the horizon; returns its depth [H, W], inf above.

    heights: of the façades on either side, by whole metres of z; shadows: of tree crowns.
    """
    camera, light = canvas.camera, canvas.light
    world_x, world_z, depth = camera.ground
    first = int(np.argmax(np.isfinite(depth).any(1)))
    if not np.isfinite(depth).any():
        return depth
    rows = slice(first, camera.height)
    below = np.isfinite(depth[rows]) & (depth[rows] < 4000)
    z = np.where(below, world_z[rows], 4000).astype(np.float32)
    x = np.where(below, world_x[rows], 0).astype(np.float32) - street.bend * z * z
    far = np.minimum(depth[rows], 4000).astype(np.float32)
    pixel = far / camera.focal  # metres a pixel spans, across

    on_road = (x > street.left) & (x < street.right)
    for start, end in street.crossings:
        on_road |= (z > start) & (z < end)
    outer = (x < street.left - street.pavements[0]) | (x > street.right + street.pavements[1])
    verge = np.where(x < 0, street.verges[0], street.verges[1]) > 0.05
    green = outer & verge & ~on_road

    shift = float(street.seed % SIZE)
    fine = np.clip(0.35 / (0.35 + pixel * 14), 0, 1)
    grain = sampled("grain", x + shift, z, 60.0) * fine
    rough = sampled("rough", x - shift, z, 14.0) * np.clip(0.5 / (0.5 + pixel * 4), 0, 1)
    patches = sampled("patches", x, z + shift, 9.0)

    tracks = 0.05 * np.cos((x - street.left) * (2 * np.pi / 1.75))
    shade = 1 + 0.045 * grain + 0.03 * rough + 0.05 * patches + tracks
    color = street.road * shade[..., None]
    paint = markings(street, x, z, pixel) * np.clip(0.85 + 0.12 * rough, 0.3, 1)
    color += (paint[0] * 0.85)[..., None] * (np.array([225, 225, 220]) - color)
    color += (paint[1] * 0.8)[..., None] * (np.array([205, 170, 50]) - color)

    slab = street.pavement * (1 + 0.05 * grain + 0.04 * rough + 0.045 * patches)[..., None]
    if street.slabs > 0:
        joint = np.maximum(
            band(np.mod(x, street.slabs), 0, 0.03, pixel),
            band(np.mod(z, street.slabs), 0, 0.04, np.maximum(pixel * 4, 0.02)),
        )
        slab *= (1 - 0.3 * joint * fine)[..., None]
    for edge, side in ((street.left, -1), (street.right, 1)):
        kerb = band((x - edge) * side, 0, KERB, pixel)
        slab += kerb[..., None] * (street.pavement * 1.12 - slab)
        gutter = band((x - edge) * side, -0.25, 0, pixel)
        color *= (1 - 0.22 * gutter)[..., None]
    grass = street.green * (1 + 0.12 * grain + 0.14 * rough + 0.16 * patches)[..., None]

    color = np.where(on_road[..., None], color, np.where(green[..., None], grass, slab))
    light_here = np.ones_like(x)
    if light.sun_strength > 0.12:
        light_here = sun_reaches(light.sun, street, heights, shadows, x, z, rough)
    up = np.array([0.0, 1.0, 0.0])
    sunny, shaded = light.factor(up), light.ambient * 0.95
    color *= shaded + light_here[..., None] * (sunny - shaded)
    if light.rain:
        sheen = np.clip(1.4 - far / 30, 0, 1) * np.clip(0.25 + 0.2 * patches, 0, 0.6) * on_road
        color += sheen[..., None] * (light.sky_low * 0.8 - color)

    canvas.image[rows][below] = np.clip(color, 0, 255).astype(np.uint8)[below]
    for kind, where in ((ROAD, on_road), (TREE, green), (PAVEMENT, ~on_road & ~green)):
        canvas.begin(kind, 0.0)
        canvas.ids[rows][where & below] = canvas.current
    return depth


def sun_reaches(sun, street, heights, shadows, x, z, rough) -> np.ndarray:
    """How far the sun reaches the ground, 0 to 1, past façades and crowns."""
    side = 1 if sun[0] > 0 else -1
    reach = abs(sun[0]) / max(sun[1], 0.15)
    index = np.clip(z, 0, len(heights[0]) - 1).astype(np.int32)
    length = heights[0 if side < 0 else 1][index] * reach
    lit = np.clip((street.edge(side) - side * x - length) / 0.25 + 0.5, 0, 1)
    for cx, cz, radius in shadows:
        away = np.hypot(x - cx, (z - cz) * 0.8) / radius + 0.22 * rough
        lit = np.minimum(lit, np.clip((away - 0.85) * 4, 0.12, 1))
    return lit.astype(np.float32)
