"""The street's plan: where road, pavement, verge and cross streets lie."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Street:
    """Metres; x relative to the centre line, which bends as `bend * z^2`."""

    left: float  # kerb, negative
    right: float  # kerb, positive
    pavements: tuple[float, float]  # widths, left and right
    verges: tuple[float, float]  # widths of green behind the pavements
    bend: float
    lanes: tuple[float, ...]  # x of the lines between lanes
    edge_lines: str  # "none", "white", "yellow"
    centre: str  # "dashed", "solid", "none"
    crossings: tuple[tuple[float, float], ...]  # z ranges of cross streets
    zebras: tuple[float, ...]  # z of pedestrian crossings
    road: np.ndarray  # colours
    pavement: np.ndarray
    green: np.ndarray
    slabs: float  # metres between the pavement's joints, 0 for asphalt
    seed: int

    def x(self, across, z):
        """World x of a place `across` the street at z."""
        return across + self.bend * np.asarray(z) ** 2

    def edge(self, side: int) -> float:
        """Distance of the façades from the centre line; side -1 left, 1 right."""
        kerb = -self.left if side < 0 else self.right
        index = 0 if side < 0 else 1
        return kerb + self.pavements[index] + self.verges[index]

    def is_open(self, z: float, margin: float = 0.0) -> bool:
        """Whether a cross street passes at z."""
        return any(a - margin < z < b + margin for a, b in self.crossings)


def random_street(rng: np.random.Generator) -> Street:
    """From an alley to a four-lane road."""
    lanes = int(rng.choice([1, 2, 2, 2, 3, 4]))
    lane = rng.uniform(2.8, 3.6)
    parking = rng.choice([0.0, 2.1]) if lanes <= 2 else 0.0
    width = lanes * lane + 2 * parking * (rng.random() < 0.7)
    share = rng.uniform(0.42, 0.58) if lanes > 1 else 0.5
    left, right = -width * share, width * (1 - share)
    lines = tuple(left + width * i / lanes for i in range(1, lanes))
    crossings, z = [], rng.uniform(12, 60)
    while z < 150 and rng.random() < 0.75:
        span = rng.uniform(6, 12)
        crossings.append((z, z + span))
        z += span + rng.uniform(25, 80)
    zebras = tuple(rng.uniform(6, 60, int(rng.choice([0, 0, 0, 1, 2]))))
    grey = rng.uniform(72, 135)
    pale = rng.uniform(112, 178)
    no_pavement = rng.random() < 0.07
    return Street(
        left,
        right,
        tuple(0.3 if no_pavement else v for v in rng.uniform(1.5, 4.2, 2)),
        tuple(np.where(rng.random(2) < 0.45, rng.uniform(0.5, 5, 2), 0.0)),
        float(rng.normal(0, 0.0009)),
        lines,
        str(rng.choice(["none", "white", "yellow"])),
        str(rng.choice(["dashed", "dashed", "solid", "none"])),
        tuple(crossings),
        zebras,
        grey * (1 + rng.normal(0, 0.025, 3)),
        pale * (np.array([1.03, 1.0, 0.95]) + rng.normal(0, 0.03, 3)),
        np.array([rng.uniform(70, 120), rng.uniform(95, 135), rng.uniform(45, 75)]),
        float(rng.choice([0, 0.6, 0.9, 1.2])),
        int(rng.integers(1 << 30)),
    )
