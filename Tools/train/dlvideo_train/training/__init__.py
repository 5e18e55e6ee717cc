"""The training loop and what it keeps: batches, schedule, averages, checkpoints, log."""
