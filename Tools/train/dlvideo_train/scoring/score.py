"""PQ, SQ, RQ, PC and mIoU of a network on a source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.classes import LabelClass
from ..data.sample import Source
from ..decoding import Parameters, decode
from ..model_file import ModelHeader
from ..network import DeeperLab
from .inference import infer, network_size
from .metrics import PanopticScores, Segments, SemanticScores


@dataclass
class Scores:
    """Both kinds of scores of the same pictures."""

    panoptic: PanopticScores
    semantic: SemanticScores

    @staticmethod
    def of(classes: Sequence[LabelClass]) -> "Scores":
        return Scores(PanopticScores(classes), SemanticScores(classes))

    def add(
        self, truth: tuple[np.ndarray, np.ndarray], found: tuple[np.ndarray, np.ndarray]
    ) -> None:
        """(semantic, instance) of one picture, both of one size."""
        classes = self.semantic.classes
        self.panoptic.add(Segments.of(*truth, classes), Segments.of(*found, classes))
        self.semantic.add(truth[0], found[0])

    def mean(self) -> dict[str, float]:
        """`pq`, `sq`, `rq`, `pc`, `miou`: means over the classes that occur."""
        return self.panoptic.mean() | {"miou": self.semantic.mean()}

    def per_class(self) -> dict[str, np.ndarray]:
        """The same by class, `iou` instead of `miou`; NaN where a class does not occur."""
        return self.panoptic.quality() | {"iou": self.semantic.per_class()}


def nearest(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Labels at another size (width, height): each pixel's centre decides."""
    height, width = labels.shape
    columns = ((np.arange(size[0]) + 0.5) * width / size[0]).astype(np.intp)
    rows = ((np.arange(size[1]) + 0.5) * height / size[1]).astype(np.intp)
    return labels[rows[:, None], columns]


def score(
    network: DeeperLab,
    header: ModelHeader,
    source: Source,
    limit: int | None = None,
    size: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Scores at the pictures' own size; `size` is the network's input where not `dlvideo`'s."""
    scores = Scores.of(source.classes)
    parameters = Parameters.tuned(header.grouping, keypoint_radius=header.keypoint_radius)
    count = min(len(source), limit or len(source))
    for index in range(count):
        sample = source.load(index)
        picture = sample.image.shape[1::-1]
        heads = infer(network, sample.image, size or network_size(header.input_size, picture))
        decoded = decode(heads, source.classes, parameters)
        found = (nearest(decoded.semantic, picture), nearest(decoded.instance, picture))
        scores.add((sample.semantic, sample.instance), found)
        if progress:
            progress(index + 1, count)
    return scores
