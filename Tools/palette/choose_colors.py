#!/usr/bin/env python3
"""Chooses class colours that people with any kind of colour vision can tell apart.

    choose_colors.py            prints the colours of CamVid's classes and the general palette

Starts from the colour one expects of each class and moves all of them, by a seeded random search,
until the least difference of any two (CIE 1976 L*a*b* distance, as seen normally and with
protanopia, deuteranopia and tritanopia by the matrices of Machado, Oliveira and Fernandes, 2009,
severity 1) is as large as it gets, held back by the distance from the start.
"""

import numpy as np

VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

CAMVID = {
    "sky": (86, 180, 233),
    "building": (120, 94, 80),
    "pole": (235, 220, 190),
    "road": (110, 60, 130),
    "pavement": (240, 150, 200),
    "tree": (20, 140, 70),
    "sign": (250, 235, 50),
    "fence": (200, 150, 90),
    "car": (20, 40, 190),
    "pedestrian": (215, 30, 40),
    "bicyclist": (255, 130, 20),
}
GENERAL = [
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66), (0, 60, 160), (213, 94, 0),
    (204, 121, 167), (40, 40, 40), (140, 40, 30), (170, 240, 200), (120, 60, 160), (250, 210, 190),
]  # fmt: skip


def lab(srgb: np.ndarray) -> np.ndarray:
    """[n, 3] linear RGB -> L*a*b* (D65)."""
    xyz = srgb @ XYZ.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def linear(colors: np.ndarray) -> np.ndarray:
    c = colors / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def least_difference(colors: np.ndarray) -> float:
    """Over all pairs and kinds of vision."""
    least = np.inf
    upper = np.triu_indices(len(colors), 1)
    for matrix in VISION.values():
        seen = lab(np.clip(linear(colors) @ matrix.T, 0, 1))
        distance = np.linalg.norm(seen[:, None] - seen[None], axis=2)
        least = min(least, distance[upper].min())
    return least


def choose(start: np.ndarray, seed: int = 1, steps: int = 40000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    origin = lab(linear(start))

    def value(colors: np.ndarray) -> float:
        drift = np.linalg.norm(lab(linear(colors)) - origin, axis=1)
        return least_difference(colors) - 0.004 * (drift**2).mean() ** 0.5 * 10

    best, score = start.astype(float), value(start)
    for step in range(steps):
        spread = 40 * (1 - step / steps) + 3
        trial = best.copy()
        trial[rng.integers(len(best))] += rng.normal(0, spread, 3)
        trial = np.clip(trial, 0, 255).round()
        if (found := value(trial)) > score:
            best, score = trial, found
    return best


def main() -> None:
    for title, names, start in [
        ("CamVid", list(CAMVID), np.array(list(CAMVID.values()), float)),
        ("general", [str(i) for i in range(len(GENERAL))], np.array(GENERAL, float)),
    ]:
        found = choose(start)
        print(f"{title}: least difference {least_difference(start):.1f} -> {least_difference(found):.1f}")
        for name, color in zip(names, found.astype(int), strict=True):
            print(f"  {name}: {tuple(int(c) for c in color)}")


if __name__ == "__main__":
    main()
