"""Which arithmetic a device's networks run in."""

import torch


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is an instruction there; a CPU without one takes ten times as long."""
    if device.type != "cpu":
        return True
    has = torch.cpu.get_capabilities().get
    return bool(has("avx512_bf16") or has("amx_bf16"))


def mixed_precision(device: torch.device) -> torch.autocast:
    """The context for a network's forward pass: bfloat16 where that pays, else float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))
