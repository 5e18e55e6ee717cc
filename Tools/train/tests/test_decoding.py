"""Decoding agrees with the independent reference (Tools/panoptic), whose answers are on file."""

import struct
from pathlib import Path

import numpy as np
import pytest

from dlvideo_train.data.classes import LabelClass
from dlvideo_train.decoding import Parameters, decode

FIXTURES = Path(__file__).resolve().parents[3] / "Tests" / "PanopticTests" / "Fixtures"
CHANNELS = {
    "semantic": None,
    "keypoint_heatmap": 5,
    "long_range": 10,
    "short_range": 10,
    "middle_range": 16,
}


class Recorded:
    """A `.maps` file: head outputs and what the reference made of them (make_fixtures.py)."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        h, w, count, self.stuff_area = struct.unpack_from("<4i", data)
        self.classes = [LabelClass(n, str(n), bool(data[16 + n])) for n in range(count)]
        at, self.heads = 16 + count, {}
        for name, channels in CHANNELS.items():
            c = channels or count
            plane = np.frombuffer(data, "<i2", h * w * c, at).reshape(h, w, c)
            self.heads[name] = plane.transpose(2, 0, 1) / 64
            at += 2 * plane.size
        (instances,) = struct.unpack_from("<i", data, at)
        record = np.dtype([("label", "<i4"), ("score", "<f4"), ("keypoints", "<f4", (5, 2))])
        self.instances = np.frombuffer(data, record, instances, at + 4)
        at += 4 + self.instances.nbytes
        self.labels = np.frombuffer(data, np.uint8, 16 * h * w, at).reshape(4 * h, 4 * w)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.maps")), ids=lambda p: p.stem)
def test_agrees_with_the_reference(path: Path) -> None:
    recorded = Recorded(path)
    parameters = Parameters(stuff_area=recorded.stuff_area)
    found = decode(recorded.heads, recorded.classes, parameters)
    assert len(found.instances) == len(recorded.instances)
    for ours, theirs in zip(found.instances, recorded.instances, strict=True):
        assert ours.score == pytest.approx(theirs["score"], abs=1e-5)
        assert np.allclose(ours.keypoints, theirs["keypoints"], atol=1e-3)
    labels = np.where(found.instance > 0, 99 + found.instance, found.semantic)
    assert np.array_equal(labels, recorded.labels)
    for n, theirs in enumerate(recorded.instances):
        own = found.semantic[found.instance == n + 1]
        assert (own == theirs["label"]).all()


def test_there_are_recorded_maps() -> None:
    assert len(list(FIXTURES.glob("*.maps"))) > 3
