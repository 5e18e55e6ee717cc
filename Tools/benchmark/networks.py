"""The network alone: this program and the engines that one would take instead."""

import sys
from dataclasses import dataclass
from pathlib import Path

import models
from rounds import EngineError, Missing, Process, Row, in_turns, summary

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parents[1] / ".build/release/NetworkBenchmark"

# Which engines have which arithmetic on a CPU, and the ways in which each may run it, of which the
# fastest counts.
ENGINES = {
    precision: {"openvino": [f"openvino-{hint}" for hint in models.HINTS[precision]]}
    | {name: [name] for name in others}
    for precision, others in {
        "fp32": ["onnxruntime", "ncnn", "pytorch"],
        "bf16": ["ncnn", "pytorch"],
        "int8": ["onnxruntime"],
    }.items()
}


@dataclass(frozen=True)
class NetworkPiece:
    preset: str
    size: str
    precision: str
    threads: int

    @property
    def name(self) -> str:
        return f"{self.preset}-{self.size}-{self.precision}-{self.threads}"


def our_process(preset: str, size: str, precision: str, threads: int, folder: Path) -> Process:
    weights = models.weights_file(preset, folder)
    return Process([str(PROGRAM), str(weights), size, precision, str(threads)])


def compare_networks(
    piece: NetworkPiece, rounds: int, seconds: float, folder: Path
) -> tuple[list[Row], list[Missing]]:
    missing: list[Missing] = []
    processes: dict[str, Process] = {}

    def start(name: str, ways: list[Process]) -> None:
        """Warms up the ways of one engine and keeps the fastest."""
        speeds: dict[Process, float] = {}
        reason = ""
        for process in ways:
            try:
                process.warm_up()
                speeds[process] = process.fastest_of(3) if len(ways) > 1 else 0
            except EngineError as failure:
                reason = str(failure)
        if speeds:
            processes[name] = min(speeds, key=speeds.__getitem__)
        else:
            missing.append(Missing(piece.name, name, reason))
        for process in ways:
            if process is not processes.get(name):
                process.close()

    try:
        ours = our_process(piece.preset, piece.size, piece.precision, piece.threads, folder)
        start("dlvideo", [ours])
    except EngineError as failure:
        missing.append(Missing(piece.name, "dlvideo", str(failure)))
    if "dlvideo" not in processes:
        return [], missing
    script = str(HERE / "engine_process.py")
    options = [piece.preset, piece.size, piece.precision, str(piece.threads), str(folder)]
    for name, ways in ENGINES[piece.precision].items():
        start(name, [Process([sys.executable, script, way, *options]) for way in ways])
    theirs = {name: process.run for name, process in processes.items() if name != "dlvideo"}
    times, failed = in_turns(processes["dlvideo"].run, theirs, rounds, seconds)
    missing += [Missing(piece.name, name, reason) for name, reason in failed.items()]
    for process in processes.values():
        process.close()
    rows = [
        summary(
            piece.name,
            f"{piece.preset} {piece.size}",
            piece.precision,
            piece.threads,
            name,
            pairs,
            (processes["dlvideo"].peak_mib, processes[name].peak_mib),
        )
        for name, pairs in times.items()
    ]
    return rows, missing
