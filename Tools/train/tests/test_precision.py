"""The network's arithmetic is the one that the device is fast in."""

import pytest
import torch

from dlvideo_train.network import precision
from dlvideo_train.network.layers import ConvBN

CPU = torch.device("cpu")


@pytest.fixture
def cpu(monkeypatch):
    """Makes the CPU one with a feature and a time of bfloat16's product; float32's is 1."""

    def become(feature: str | None, bfloat16: float) -> None:
        has = {"avx2": True, "avx512_f": True} | ({feature: True} if feature else {})
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
        times = {torch.bfloat16: bfloat16, torch.float32: 1.0}
        monkeypatch.setattr(precision, "seconds", times.__getitem__)
        precision.cpu_multiplies_bfloat16.cache_clear()

    yield become
    precision.cpu_multiplies_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("feature", "time", "pays"),
    [
        (None, 0.5, False),
        ("avx512_bf16", 0.5, True),
        ("avx512_bf16", 2.0, False),
        ("amx_bf16", 0.2, True),
    ],
)
def test_a_cpu_runs_in_bfloat16_only_where_that_is_faster(cpu, feature, time, pays):
    cpu(feature, time)
    assert precision.multiplies_bfloat16(CPU) == pays
    layers = torch.nn.Sequential(ConvBN(16, 32), ConvBN(32, 32, 5, groups=32))
    x = torch.randn(2, 16, 9, 11).to(memory_format=torch.channels_last)
    with precision.mixed_precision(CPU):
        y = layers(x)
    assert y.dtype == (torch.bfloat16 if pays else torch.float32)
    y.float().square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layers.parameters())


@pytest.mark.parametrize(
    ("capability", "has"), [((7, 0), False), ((7, 5), False), ((8, 0), True), ((12, 0), True)]
)
def test_a_gpu_runs_in_bfloat16_where_it_has_it(monkeypatch, capability, has):
    asked = []

    def of(device):
        asked.append(device)
        return capability

    monkeypatch.setattr(torch.cuda, "get_device_capability", of)
    second = torch.device("cuda:1")
    assert precision.multiplies_bfloat16(second) == has
    assert set(asked) == {second}


def test_products_are_timed():
    small, large = (
        min(precision.seconds(torch.float32, side) for _ in range(3)) for side in (64, 1024)
    )
    assert 0 < small < large


def test_evaluation_is_pytorchs_own():
    torch.manual_seed(0)
    layer = ConvBN(32, 32, 5, groups=32).eval()
    x = torch.randn(1, 32, 9, 11)
    assert torch.equal(layer(x), torch.relu(layer.bn(layer.conv(x))))
