"""The run's log: a CSV row per report, a progress line, and a picture of the curves."""

import csv
import math
import sys
import time
from pathlib import Path

from ..whole_file import replaced_whole

STEPS, SCORES = "steps.csv", "scores.csv"


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as rows:
        return list(csv.DictReader(rows))


def write_rows(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    """A CSV file of those rows, in place of what is there."""
    with replaced_whole(path) as beside, beside.open("w", newline="") as output:
        writer = csv.DictWriter(output, columns)
        writer.writeheader()
        writer.writerows(rows)


def step_of(row: dict[str, str]) -> float:
    """A row's step; infinity where the row breaks off."""
    return math.inf if None in row.values() else float(row["step"])


class RunLog:
    """Appends to RUN/steps.csv and RUN/scores.csv; draws the progress line on a terminal."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.began, self.first = time.monotonic(), None

    def row(self, file: str, record: dict[str, float]) -> None:
        """Appends; where the columns have changed since, the file is written anew with all."""
        path = self.folder / file
        values = {
            name: str(value) if isinstance(value, int) else f"{value:.6g}"
            for name, value in record.items()
        }
        rows = read_rows(path)
        columns = list(rows[0]) if rows else list(values)
        if not rows or not set(values) <= set(columns):
            columns += [name for name in values if name not in columns]
            write_rows(path, columns, [*rows, values])
            return
        with path.open("a", newline="") as output:
            csv.DictWriter(output, columns).writerow(values)

    def last_step(self, file: str) -> float:
        """The step of the newest row; 0 where there is none."""
        rows = read_rows(self.folder / file)
        return step_of(rows[-1]) if rows else 0

    def go_on_from(self, step: int) -> None:
        """Drops what a run that was killed had logged after its last checkpoint."""
        for file in (STEPS, SCORES):
            path = self.folder / file
            rows = read_rows(path)
            kept = [row for row in rows if step_of(row) <= step]
            if len(kept) < len(rows):
                write_rows(path, list(rows[0]), kept)

    def progress(self, step: int, losses: dict[str, float]) -> None:
        """One line: step, losses, time left."""
        if self.first is None:
            self.first, self.began = step, time.monotonic()
        seconds = (time.monotonic() - self.began) / max(1, step - self.first)
        left = seconds * (self.steps - step)
        filled = round(20 * step / self.steps)
        parts = "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
        line = (
            f"[{'#' * filled}{'.' * (20 - filled)}] {step}/{self.steps}  {seconds:.2f} s/step  "
            f"{int(left // 3600)}:{int(left // 60 % 60):02d}:{int(left % 60):02d} left  {parts}"
        )
        terminal = sys.stderr.isatty()
        print(line, end="\r" if terminal else "\n", file=sys.stderr, flush=True)


def plot(folder: Path) -> Path:
    """Draws RUN/curves.png from the CSV files."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(12, 4))
    for axis, file in zip(axes, (STEPS, SCORES), strict=True):
        records = read_rows(folder / file)
        if not records:
            continue
        for name in records[0]:
            if name not in ("step", "rate"):
                known = [(float(r["step"]), float(r[name])) for r in records if r[name]]
                axis.plot(*zip(*known, strict=True), label=name)
        axis.set_xlabel("step")
        axis.legend(fontsize=7)
        axis.grid(alpha=0.3)
    axes[0].set_yscale("log")
    figure.tight_layout()
    path = folder / "curves.png"
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
