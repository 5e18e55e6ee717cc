"""Deterministic numbers from names: what a fixture needs, without shipping the weights.

Swift makes the same tensors from the same rule, bit for bit; every step is exact or
correctly rounded in float32. `RULE.md` beside the fixtures says it in words.
"""

import numpy as np

U64 = np.uint64
GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def fnv1a(text: str) -> int:
    """64-bit FNV-1a of the text's UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def hashed_words(name: str, count: int) -> np.ndarray:
    """Words 0..<count of the name's stream, uint64: splitmix64 from the name's hash."""
    with np.errstate(over="ignore"):
        z = U64(fnv1a(name)) + (np.arange(count, dtype=U64) + U64(1)) * U64(GOLDEN)
        z = (z ^ (z >> U64(30))) * U64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
        return z ^ (z >> U64(31))


def unit(name: str, count: int) -> np.ndarray:
    """float32 in [0, 1): the top 24 bits of each word, divided by 2^24 (exact)."""
    return (hashed_words(name, count) >> U64(40)).astype(np.float32) * np.float32(2.0**-24)


def signed(name: str, count: int) -> np.ndarray:
    """float32 in [-1, 1): 2 * unit - 1 (exact)."""
    return unit(name, count) * np.float32(2) - np.float32(1)


def tensor(case: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The weights `name` of the model of fixture `case`."""
    stream, count = f"{case}/{name}", int(np.prod(shape))
    f32 = np.float32
    if name.endswith("bn.weight"):
        values = f32(0.75) + f32(0.5) * unit(stream, count)
    elif name.endswith("bn.running_var"):
        values = f32(0.5) + unit(stream, count)
    elif name.endswith(("bn.bias", "bn.running_mean", "logits.bias")):
        values = f32(0.25) * signed(stream, count)
    else:
        linear = name.endswith(("project.conv.weight", "logits.weight")) and "aspp" not in name
        fan_in = f32(int(np.prod(shape[1:])))
        bound = np.sqrt(f32(3 if linear else 6) / fan_in)
        values = bound * signed(stream, count)
    assert values.dtype == f32
    return values.reshape(shape)


def image(case: str, width: int, height: int) -> np.ndarray:
    """RGB uint8 [height, width, 3]: 8x8 blocks of colour under noise, (3 * block + noise) / 4."""
    columns = (width + 7) // 8
    rows = (height + 7) // 8
    blocks = hashed_words(f"{case}/blocks", rows * columns * 3) >> U64(56)
    noise = hashed_words(f"{case}/noise", height * width * 3) >> U64(56)
    blocks = blocks.reshape(rows, columns, 3).repeat(8, axis=0).repeat(8, axis=1)
    mixed = U64(3) * blocks[:height, :width] + noise.reshape(height, width, 3)
    return (mixed >> U64(2)).astype(np.uint8)
