"""Light, weather, lens and sensor: changes of the picture that leave its labels."""

import cv2
import numpy as np

Image = np.ndarray  # float32 [H, W, 3], 0 to 255


def exposure(image: Image, rng: np.random.Generator) -> Image:
    """Gain, gamma, contrast about the mean, and a colour cast."""
    image = 255 * np.clip(image / 255, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.25)))
    gains = np.exp(rng.normal(0, 0.18) + rng.normal(0, 0.06, 3)).astype(np.float32)
    mean = image.mean()
    return (image - mean) * np.float32(np.exp(rng.normal(0, 0.22))) + mean * gains


def saturation(image: Image, rng: np.random.Generator) -> Image:
    """From nearly grey to vivid, with a slight turn of the hue."""
    grey = image @ np.array([0.299, 0.587, 0.114], np.float32)
    amount = np.float32(np.clip(rng.normal(1, 0.35), 0, 2))
    mixed = grey[..., None] + amount * (image - grey[..., None])
    turn = np.float32(rng.normal(0, 0.06))
    return mixed + turn * (mixed[..., [1, 2, 0]] - mixed[..., [2, 0, 1]])


def shade(image: Image, rng: np.random.Generator) -> Image:
    """A shadow or a glare: a soft half-plane of other brightness."""
    height, width = image.shape[:2]
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    side = (x * np.cos(angle) + y * np.sin(angle) - offset) * rng.uniform(2, 20)
    gain = np.exp(rng.normal(0, 0.35))
    mask = 1 / (1 + np.exp(-side.astype(np.float32)))
    return image * (1 + (np.float32(gain) - 1) * mask)[..., None]


def haze(image: Image, rng: np.random.Generator) -> Image:
    """Air light, thicker towards the picture's upper middle."""
    height = image.shape[0]
    depth = np.exp(-(((np.linspace(0, 1, height) - 0.4) / 0.35) ** 2)).astype(np.float32)
    veil = np.float32(rng.uniform(0.1, 0.55)) * depth[:, None, None]
    return image * (1 - veil) + veil * np.float32(rng.uniform(150, 240))


def blur(image: Image, rng: np.random.Generator) -> Image:
    """Out of focus, or moved."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    centre = ((length - 1) / 2, (length - 1) / 2)
    turn = cv2.getRotationMatrix2D(centre, rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1e-3))


def noise(image: Image, rng: np.random.Generator) -> Image:
    """Sensor noise, grey and coloured."""
    sigma = rng.uniform(1, 12)
    grain = rng.standard_normal((*image.shape[:2], 1), dtype=np.float32)
    color = rng.standard_normal(image.shape, dtype=np.float32)
    return image + np.float32(sigma) * (0.7 * grain + 0.5 * color)


def compressed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Through JPEG and back (uint8)."""
    quality = int(rng.integers(25, 90))
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


STEPS = (
    (0.8, exposure),
    (0.6, saturation),
    (0.3, shade),
    (0.15, haze),
    (0.3, blur),
    (0.35, noise),
)
COMPRESSION_CHANCE = 0.25


def random_light(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 [H, W, 3] to the same in other circumstances."""
    changed = image.astype(np.float32)
    for chance, step in STEPS:
        if rng.random() < chance:
            changed = step(changed, rng)
    result = np.clip(changed, 0, 255).astype(np.uint8)
    return compressed(result, rng) if rng.random() < COMPRESSION_CHANCE else result
