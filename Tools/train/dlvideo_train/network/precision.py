"""Which arithmetic a device's networks run in."""

import functools
import time

import torch

INSTRUCTIONS = ("avx512_bf16", "amx_bf16")
# The compute capability from which on NVIDIA's GPUs have bfloat16: on older ones PyTorch refuses
# some operations and emulates the others.
AMPERE = (8, 0)


def seconds(kind: torch.dtype, side: int = 384, rounds: int = 8) -> float:
    """The least time of a few products of square matrices on a core.

    On one: where the machine has other work, threads would wait for each other.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    matrix = torch.ones(side, side, dtype=kind)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    torch.set_num_threads(threads)
    return min(times)


@functools.cache
def cpu_multiplies_bfloat16() -> bool:
    """Whether the CPU multiplies more of bfloat16 than of float32, tried for a few milliseconds.

    Without an instruction it multiplies a tenth; and Intel's with AVX-512 but without AMX (or with
    AMX hidden by the provider) half, instruction or not.
    """
    has = torch.cpu.get_capabilities().get
    return any(map(has, INSTRUCTIONS)) and seconds(torch.bfloat16) < seconds(torch.float32)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether networks are faster in bfloat16 there."""
    if device.type == "cpu":
        return cpu_multiplies_bfloat16()
    return device.type != "cuda" or torch.cuda.get_device_capability(device) >= AMPERE


def mixed_precision(device: torch.device) -> torch.autocast:
    """The context for a network's forward pass: bfloat16 where that pays, else float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))
