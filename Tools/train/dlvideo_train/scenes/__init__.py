"""Street scenes with exact panoptic labels, in CamVid's 11 classes, from seeds.

A `Scene` (layout.py) is a small world: a street along +z with its ground, façades, plants,
street furniture, vehicles and people, a light and a camera. `render` draws it at a time, from
far to near, onto a `Canvas` that keeps a picture and, pixel by pixel, which object is seen.
World coordinates are metres: x to the right, y up, z ahead; the ground is y = 0.
"""
