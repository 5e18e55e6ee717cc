"""The run's log: a CSV row per report, a progress line, and a picture of the curves."""

import csv
import sys
import time
from pathlib import Path


class RunLog:
    """Appends to RUN/steps.csv and RUN/scores.csv; draws the progress line on a terminal."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.began, self.first = time.monotonic(), None

    def row(self, file: str, record: dict[str, float]) -> None:
        path = self.folder / file
        is_new = not path.exists()
        with path.open("a", newline="") as output:
            writer = csv.writer(output)
            if is_new:
                writer.writerow(record)
            writer.writerow(f"{value:.6g}" for value in record.values())

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
        path = folder / file
        if not path.exists():
            continue
        with path.open() as rows:
            records = list(csv.DictReader(rows))
        for name in records[0]:
            if name not in ("step", "rate"):
                x = [float(r["step"]) for r in records]
                axis.plot(x, [float(r[name]) for r in records], label=name)
        axis.set_xlabel("step")
        axis.legend(fontsize=7)
        axis.grid(alpha=0.3)
    axes[0].set_yscale("log")
    figure.tight_layout()
    path = folder / "curves.png"
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
