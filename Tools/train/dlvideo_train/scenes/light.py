"""Light and air of a scene."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Light:
    """Sun, sky and air. Colours are RGB factors or, for sky and air, 0 to 255."""

    sun: np.ndarray  # unit vector towards the sun
    sun_strength: float
    ambient: np.ndarray  # RGB factors
    sky_top: np.ndarray
    sky_low: np.ndarray
    clouds: float  # 0 clear to 1 overcast
    air: np.ndarray  # colour that distance fades to
    visibility: float  # metres to 63 % fading
    night: float = 0.0  # 0 day to 1 late dusk: lit windows and lamps
    rain: float = 0.0

    def factor(self, normal) -> np.ndarray:
        """RGB factor of a matt surface."""
        facing = max(0.0, float(np.dot(normal, self.sun)))
        upward = 0.85 + 0.15 * float(normal[1])
        warm = np.array([1.0, 0.96, 0.88])
        return self.ambient * upward + self.sun_strength * facing * warm

    def lit(self, color, normal) -> tuple[float, float, float]:
        """The surface's colour under this light."""
        return tuple(np.clip(np.asarray(color) * self.factor(normal), 0, 255))


def random_light(rng: np.random.Generator) -> Light:
    """Clear, cloudy, overcast, foggy, wet or dusk."""
    azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.2)
    sun = np.array(
        [np.cos(height) * np.cos(azimuth), np.sin(height), np.cos(height) * np.sin(azimuth)]
    )
    kind = rng.choice(
        ["clear", "cloudy", "overcast", "fog", "dusk"], p=[0.3, 0.3, 0.22, 0.06, 0.12]
    )
    tint = 1 + rng.normal(0, 0.03, 3)
    if kind == "clear":
        blue = np.array([rng.uniform(60, 150), rng.uniform(120, 185), rng.uniform(190, 240)])
        low = np.clip(blue * 0.4 + 255 * rng.uniform(0.5, 0.62), 0, 255)
        return Light(
            sun,
            rng.uniform(0.5, 0.9),
            tint * rng.uniform(0.42, 0.62),
            blue,
            low,
            rng.uniform(0, 0.35),
            low,
            rng.uniform(250, 900),
        )
    if kind == "cloudy":
        blue = np.array([rng.uniform(110, 170), rng.uniform(150, 195), rng.uniform(190, 230)])
        low = np.full(3, rng.uniform(205, 250))
        return Light(
            sun,
            rng.uniform(0.2, 0.5),
            tint * rng.uniform(0.55, 0.75),
            blue,
            low,
            rng.uniform(0.35, 0.8),
            low,
            rng.uniform(150, 600),
        )
    if kind == "overcast":
        grey = rng.uniform(170, 252)
        top = np.array([grey * 0.94, grey * 0.97, grey])
        return Light(
            sun,
            rng.uniform(0, 0.1),
            tint * rng.uniform(0.6, 0.9),
            top,
            np.full(3, grey),
            1.0,
            np.full(3, grey * 0.95),
            rng.uniform(120, 500),
            rain=float(rng.random() < 0.35),
        )
    if kind == "fog":
        grey = rng.uniform(160, 225)
        return Light(
            sun,
            0.05,
            tint * rng.uniform(0.6, 0.85),
            np.full(3, grey),
            np.full(3, grey),
            1.0,
            np.full(3, grey),
            rng.uniform(35, 110),
        )
    glow = np.array([rng.uniform(150, 230), rng.uniform(120, 180), rng.uniform(110, 170)])
    top = np.array([rng.uniform(50, 90), rng.uniform(60, 110), rng.uniform(100, 150)])
    cold = tint * np.array([0.9, 0.95, 1.12]) * rng.uniform(0.28, 0.5)
    return Light(
        sun,
        rng.uniform(0, 0.15),
        cold,
        top,
        glow,
        rng.uniform(0.1, 0.8),
        glow * 0.8,
        rng.uniform(120, 400),
        night=rng.uniform(0.4, 1),
    )
