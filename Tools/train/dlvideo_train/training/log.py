"""The run's log: a CSV row per report, a progress line, and a picture of the curves."""

import csv
import sys
import time
from pathlib import Path


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as rows:
        return list(csv.DictReader(rows))


class RunLog:
    """Appends to RUN/steps.csv and RUN/scores.csv; draws the progress line on a terminal."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.began, self.first = time.monotonic(), None

    def row(self, file: str, record: dict[str, float]) -> None:
        """Appends; where the columns have changed since, the file is written anew with all."""
        path = self.folder / file
        values = {name: f"{value:.6g}" for name, value in record.items()}
        rows = read_rows(path)
        columns = list(rows[0]) if rows else list(values)
        is_known = rows and set(values) <= set(columns)
        if not is_known:
            columns += [name for name in values if name not in columns]
        with path.open("a" if is_known else "w", newline="") as output:
            writer = csv.DictWriter(output, columns)
            if not is_known:
                writer.writeheader()
                writer.writerows(rows)
            writer.writerow(values)

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
    for axis, file in zip(axes, ("steps.csv", "scores.csv"), strict=True):
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
