"""The network equals the reference arithmetic, name by name and number by number."""

import importlib.util
from pathlib import Path

import pytest
import torch

from dlvideo_train.network import DeeperLab, Widths


def reference_module():
    for root in Path(__file__).resolve().parents:
        path = root / "shared" / "reference" / "deeperlab.py"
        if path.is_file():
            spec = importlib.util.spec_from_file_location("reference_deeperlab", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    pytest.skip("no shared/reference/deeperlab.py beside the project")


def test_equals_the_reference():
    reference = reference_module()
    torch.manual_seed(0)
    numbers = {
        "classes": 5,
        "aspp": 8,
        "decoder": 64,
        "semantic_head": 16,
        "instance_head": 8,
        "low_level": 4,
        "rates": (2, 3, 5),
    }
    theirs = reference.DeeperLab(reference.Config(**numbers)).eval()
    ours = DeeperLab(Widths(**numbers)).eval()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())
    image = torch.rand(2, 3, 48, 64) * 2 - 1
    with torch.no_grad():
        expected, found = theirs(image), ours(image)
    assert list(expected) == list(found)
    for name in expected:
        assert torch.equal(expected[name], found[name]), name


def test_output_shapes_follow_the_widths():
    widths = Widths(classes=3, aspp=8, decoder=32, semantic_head=8, instance_head=4, low_level=2)
    with torch.no_grad():
        outputs = DeeperLab(widths).eval()(torch.zeros(1, 3, 32, 48))
    assert {n: t.shape[1] for n, t in outputs.items()} == widths.outputs()
    assert all(t.shape[2:] == (8, 12) for t in outputs.values())
