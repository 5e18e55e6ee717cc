"""A progress line for work on many files."""

import sys
import time


class Progress:
    """`[####....] 12/100 what`, on a terminal only; call with (done, count)."""

    WIDTH = 20
    LEAST_SECONDS = 0.1  # between two drawings

    def __init__(self, what: str) -> None:
        self.what, self.drawn = what, 0.0
        self.shows = sys.stderr.isatty()

    def __call__(self, done: int, count: int) -> None:
        now = time.monotonic()
        if not self.shows or (done < count and now - self.drawn < self.LEAST_SECONDS):
            return
        self.drawn = now
        filled = self.WIDTH * done // max(1, count)
        bar = "#" * filled + "." * (self.WIDTH - filled)
        end = "\n" if done == count else "\r"
        print(f"[{bar}] {done}/{count} {self.what}", end=end, file=sys.stderr, flush=True)
