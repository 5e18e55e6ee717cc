"""Parameters of grouping; the defaults are the program's."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Parameters:
    """Lengths in pixels of the network input, areas in its pixels."""

    keypoint_radius: float = 8.0
    refinement_rounds: int = 2
    minimum_vote: float = 0.02  # heatmap probability from which a cell votes
    short_range_weight: float = 0.75
    long_range_weight: float = 0.25
    smoothing: float = 0.35  # the score maps' Gaussian, in radii
    keypoint_threshold: float = 0.08
    instance_threshold: float = 0.06
    support: float = 0.3  # an instance's least score, per score of the keypoint it began with
    suppression: float = 0.5  # how near a keypoint repeats a known one, in instance scales
    box_overlap: float = 0.5  # IoU of boxes above which the lower score goes
    assignment_distance: float = 0.5  # in instance scales
    minimum_area: float = 16
    recovered_area: float = 128  # patch that nobody took, from which it becomes an instance
    stuff_area: float = 0  # a stuff class that covers less is not in the picture

    @classmethod
    def names(cls) -> list[str]:
        """Those that a model file may tune; the radius it has in any case."""
        return [f.name for f in fields(cls) if f.name != "keypoint_radius"]

    @classmethod
    def tuned(cls, values: Mapping[str, float], keypoint_radius: float) -> "Parameters":
        """The defaults under a model file's values; as in dlvideo, other names are ignored."""
        known = {name: values[name] for name in cls.names() if name in values}
        if "refinement_rounds" in known:
            known["refinement_rounds"] = int(known["refinement_rounds"])
        return cls(keypoint_radius=keypoint_radius, **known)
