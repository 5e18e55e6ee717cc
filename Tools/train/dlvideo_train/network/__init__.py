"""The networks: encoder, context module, decoder and heads, parts that combine."""

from .deeperlab import DeeperLab, Widths

__all__ = ["DeeperLab", "Widths"]
