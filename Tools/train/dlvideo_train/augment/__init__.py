"""Augmentation: what a picture could have looked like, from elsewhere and in other light."""

from .geometry import random_view
from .photometry import random_light

__all__ = ["random_light", "random_view"]
