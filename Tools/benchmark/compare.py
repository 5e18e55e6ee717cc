"""Compares this program with other engines on this machine; see README.md here."""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import models

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PASSES = 3  # of an engine in its turn
REST = 0.3  # seconds between turns, until the last engine's threads have stopped waiting busily


@dataclass
class Row:
    """One engine against this program: milliseconds, and theirs / ours over the rounds."""

    subject: str
    precision: str
    threads: int
    engine: str
    ours: float
    theirs: float
    ratio: float
    lowest: float
    highest: float


class Process:
    """An engine behind a pipe."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, passes: int) -> float:
        """The median of some passes after a rest, in milliseconds."""
        time.sleep(REST)
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{passes}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the engine ended")
        return statistics.median(map(float, line.split()))

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def summary(subject: str, precision: str, threads: int, engine: str, rounds: list) -> Row:
    ratios = [theirs / ours for ours, theirs in rounds]
    return Row(
        subject,
        precision,
        threads,
        engine,
        statistics.median(r[0] for r in rounds),
        statistics.median(r[1] for r in rounds),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )


def compare_networks(
    preset: str, size: str, precision: str, threads: int, rounds: int, folder: Path
) -> list[Row]:
    program = str(ROOT / ".build/release/NetworkBenchmark")
    weights = str(models.weights_file(preset, folder))
    ours = Process([program, weights, size, precision, str(threads)])
    names = ["openvino", "pytorch", "ncnn"] + (["onnxruntime"] if precision == "fp32" else [])
    engines = {}
    for name in names:
        script = str(HERE / "engine_process.py")
        process = Process(
            [sys.executable, script, name, preset, size, precision, str(threads), str(folder)]
        )
        try:
            process.run(2)  # loads, compiles and warms up
            engines[name] = process
        except RuntimeError:
            print(f"  {name} does not run {preset} {size} {precision}", file=sys.stderr)
    ours.run(2)
    times: dict[str, list] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, process in engines.items():
            times[name].append((ours.run(PASSES), process.run(PASSES)))
    for process in [ours, *engines.values()]:
        process.close()
    subject = f"{preset} {size}"
    return [summary(subject, precision, threads, name, t) for name, t in times.items()]


def compare_jobs(clip: Path, rounds: int, folder: Path) -> list[Row]:
    """Whole processes, from start to finished file, with the shipped model's widths and size."""
    onnx = models.onnx_file("lite", 512, 288, folder)
    weights = models.weights_file("lite", folder)
    rows = []
    for precision in ["fp32", "bf16"]:
        ours = [ROOT / ".build/release/dlvideo", clip, "-o", folder / "ours.mp4", "-y", "-q"]
        ours += ["--precision", precision, "--model", weights, "--size", "512x288"]
        script = HERE / "python_pipeline.py"
        theirs = [sys.executable, script, clip, folder / "theirs.mp4", onnx, precision]
        times = []
        for _ in range(rounds):
            pair = []
            for command in (ours, theirs):
                start = time.perf_counter()
                subprocess.run([str(c) for c in command], check=True, stderr=subprocess.DEVNULL)
                pair.append(1e3 * (time.perf_counter() - start))
            times.append(tuple(pair))
        rows.append(summary(f"job {clip.name}", precision, 0, "python", times))
    return rows


def table(rows: list[Row]) -> str:
    lines = [
        "| what | precision | threads | engine | ours ms | theirs ms | theirs / ours | range |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.subject} | {r.precision} | {r.threads or 'all'} | {r.engine} | {r.ours:.1f} "
        f"| {r.theirs:.1f} | **{r.ratio:.2f}** | {r.lowest:.2f}-{r.highest:.2f} |"
        for r in rows
    ]
    return "\n".join(lines)


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="lite at 512x256 only, fewer rounds")
    parser.add_argument("--rounds", type=int, help="turns of each engine (default 11, quick 5)")
    parser.add_argument("--clip", type=Path, default=ROOT / "Samples/street.mp4")
    parser.add_argument("--no-job", action="store_true", help="leave out the whole job")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--work", type=Path, default=ROOT / ".build/bench")
    options = parser.parse_args()
    rounds = options.rounds or (5 if options.quick else 11)
    options.work.mkdir(parents=True, exist_ok=True)

    subjects = [("lite", "512x256")]
    if not options.quick:
        subjects += [("lite", "512x512"), ("lite", "1024x512"), ("paper", "512x512")]
    rows: list[Row] = []
    for preset, size in subjects:
        for precision in ["fp32", "bf16"]:
            for threads in [1, 2]:
                print(f"{preset} {size} {precision}, {threads} threads", file=sys.stderr)
                rows += compare_networks(preset, size, precision, threads, rounds, options.work)
    if not options.no_job:
        print("whole job", file=sys.stderr)
        rows += compare_jobs(options.clip, max(3, rounds // 2), options.work)
    print(f"{cpu_name()}, {rounds} rounds\n\n{table(rows)}")
    if options.json:
        record = {"cpu": cpu_name(), "rounds": rounds, "rows": [asdict(r) for r in rows]}
        options.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
