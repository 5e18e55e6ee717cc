"""Pictures with panoptic labels: samples, the layouts they are read from, checks."""
