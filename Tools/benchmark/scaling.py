"""How this program's time and memory grow: by threads, by input size, by the model's width."""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import clip
import models
from jobs import our_command
from networks import our_process
from rounds import LEAST_ROUNDS, REST, timed

SIZES = ["256x128", "512x256", "512x512", "1024x512", "1024x1024"]
WIDTHS = ["lite", "half", "paper"]
BEYOND = [4, 8, 16]  # threads told by reasoning
FRAMES = 450  # of the job


@dataclass
class Point:
    """One measurement of this program."""

    kind: str  # "size", "width", "threads" or "job"
    label: str
    precision: str
    threads: int
    milliseconds: float  # a pass, or a frame of the job
    lowest: float
    highest: float
    gigaoperations: float  # of a pass
    peak_mib: float
    piece: str = ""
    version: str = ""  # this program's commit


def network_points(
    kind: str, cases: list[tuple[str, str, int]], precision: str, rounds: int, folder: Path
) -> list[Point]:
    """Cases (preset, size, threads) measured in turns, so that a drift meets all of them."""
    processes = [our_process(p, s, precision, t, folder) for p, s, t in cases]
    for process in processes:
        process.warm_up()
    times: list[list[float]] = [[] for _ in cases]
    for _ in range(rounds):
        for process, own in zip(processes, times, strict=True):
            time.sleep(REST / 3)  # only this program's threads are here: they sleep soon
            own.append(process.run())
    points = []
    for (preset, size, threads), process, own in zip(cases, processes, times, strict=True):
        process.close()
        width, height = map(int, size.split("x"))
        operations = models.operations(preset, width, height) / 1e9
        points.append(
            Point(
                kind,
                f"{preset} {size}",
                precision,
                threads,
                statistics.median(own),
                min(own),
                max(own),
                operations,
                process.peak_mib,
            )
        )
    return points


def job_points(source: Path | None, precision: str, rounds: int, folder: Path) -> list[Point]:
    """The whole job on one core and on all."""
    source = source or clip.made(folder)
    frames = min(FRAMES, clip.frame_count(source))
    counts = sorted({1, os.cpu_count() or 1})
    command = [*our_command(source, folder / "ours.mp4", precision), "--frames", str(frames)]
    times: dict[int, list[float]] = {n: [] for n in counts}
    peaks = dict.fromkeys(counts, 0.0)
    for _ in range(max(LEAST_ROUNDS, rounds // 2)):
        for n in counts:
            milliseconds, mib = timed(["taskset", "-c", f"0-{n - 1}", *command])
            times[n].append(milliseconds / frames)
            peaks[n] = max(peaks[n], mib)
    width, height = models.shipped_size()
    operations = models.operations("shipped", width, height) / 1e9
    return [
        Point(
            "job",
            f"{frames} frames of {clip.described(source)}",
            precision,
            n,
            statistics.median(t),
            min(t),
            max(t),
            operations,
            peaks[n],
        )
        for n, t in times.items()
    ]


def measure(name: str, source: Path | None, rounds: int, folder: Path) -> list[Point]:
    """The points of the piece `scaling-KIND-PRECISION`."""
    _, kind, precision = name.split("-")
    cores = os.cpu_count() or 1
    if kind == "size":
        return network_points(
            kind, [("lite", size, cores) for size in SIZES], precision, rounds, folder
        )
    if kind == "width":
        return network_points(
            kind, [(preset, "512x256", cores) for preset in WIDTHS], precision, rounds, folder
        )
    if kind == "threads":
        counts = [n for n in (1, 2, 4, 8, 16, 32) if n <= cores]
        return network_points(
            kind, [("lite", "512x256", n) for n in counts], precision, rounds, folder
        )
    return job_points(source, precision, rounds, folder)


def serial_fraction(one: float, many: float, threads: int) -> float:
    """Amdahl's law turned round: T(n) = T(1) * (f + (1 - f) / n), at least 0."""
    return max(0.0, (threads * many / one - 1) / (threads - 1))


def tables(points: list[Point]) -> str:
    parts = []
    growth = [p for p in points if p.kind in ("size", "width")]
    if growth:
        parts.append(_growth(growth))
    for kind, what in (("threads", "one pass of the network"), ("job", "a frame of the job")):
        for precision in ("fp32", "bf16", "int8"):
            some = [p for p in points if p.kind == kind and p.precision == precision]
            if some:
                parts.append(_threads(some, what))
    return "\n\n".join(parts)


def _growth(points: list[Point]) -> str:
    lines = [
        "| network | precision | threads | Gop a pass | ms | range | ms a Gop | peak memory, MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {p.label} | {p.precision} | {p.threads} | {p.gigaoperations:.1f} "
        f"| {p.milliseconds:.1f} | {p.lowest:.1f}-{p.highest:.1f} "
        f"| {p.milliseconds / p.gigaoperations:.2f} | {p.peak_mib:.0f} |"
        for p in points
    ]
    return "\n".join(lines)


def _threads(points: list[Point], what: str) -> str:
    first = points[0]
    lines = [
        f"{what}: {first.label}, {first.precision}",
        "",
        "| threads | ms | range | times as fast | peak memory, MiB |",
        "|---|---|---|---|---|",
    ]
    for p in points:
        lines.append(
            f"| {p.threads} | {p.milliseconds:.1f} | {p.lowest:.1f}-{p.highest:.1f} "
            f"| {first.milliseconds / p.milliseconds:.2f} | {p.peak_mib:.0f} |"
        )
    last = points[-1]
    if last.threads > 1:
        f = serial_fraction(first.milliseconds, last.milliseconds, last.threads)
        lines += [
            f"| {n} (by reasoning) | | | {1 / (f + (1 - f) / n):.1f} | |"
            for n in BEYOND
            if n > last.threads
        ]
        lines += ["", f"serial fraction from 1 and {last.threads} threads: {100 * f:.1f} %"]
    return "\n".join(lines)
