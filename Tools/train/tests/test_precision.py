"""The network's arithmetic is the one that the device is fast in."""

import pytest
import torch

from dlvideo_train.network.layers import ConvBN
from dlvideo_train.network.precision import mixed_precision, multiplies_bfloat16

CPU = torch.device("cpu")


@pytest.mark.parametrize("feature", [None, "avx512_bf16", "amx_bf16"])
def test_a_cpu_runs_in_bfloat16_only_where_it_has_instructions(monkeypatch, feature):
    has = {"avx2": True, "avx512_f": True} | ({feature: True} if feature else {})
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    assert multiplies_bfloat16(CPU) == (feature is not None)
    assert multiplies_bfloat16(torch.device("cuda"))
    layers = torch.nn.Sequential(ConvBN(16, 32), ConvBN(32, 32, 5, groups=32))
    x = torch.randn(2, 16, 9, 11).to(memory_format=torch.channels_last)
    with mixed_precision(CPU):
        y = layers(x)
    assert y.dtype == (torch.bfloat16 if feature else torch.float32)
    y.float().square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layers.parameters())


def test_evaluation_is_pytorchs_own():
    torch.manual_seed(0)
    layer = ConvBN(32, 32, 5, groups=32).eval()
    x = torch.randn(1, 32, 9, 11)
    assert torch.equal(layer(x), torch.relu(layer.bn(layer.conv(x))))
