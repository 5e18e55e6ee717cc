"""From the heads' maps to labels: grouping and fusion as MODEL.md has them, in numpy.

For scores while training: the same decisions as the program's, made on whole arrays. Maps are
[C, h, w], points (x, y) in pixels of the network input, a cell (i, j) stands at
(4j + 1.5, 4i + 1.5).
"""

from .decode import Decoded, decode
from .parameters import Parameters

__all__ = ["Decoded", "Parameters", "decode"]
