"""Scores of a network on a source: inference, decoding, metrics."""
