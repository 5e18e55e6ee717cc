"""The whole job: `dlvideo CLIP -o OUT` and the Python pipeline, from start to finished file."""

import sys
from pathlib import Path

import clip
import models
from rounds import EngineError, Missing, Row, in_turns, summary, timed

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parents[1] / ".build/release/dlvideo"


def our_command(source: Path, target: Path, precision: str) -> list[str]:
    return [str(PROGRAM), str(source), "-o", str(target), "-yq", "--precision", precision]


def compare_jobs(
    source: Path | None, precision: str, rounds: int, seconds: float, folder: Path
) -> tuple[list[Row], list[Missing]]:
    """Whole processes with the shipped model at its own size (16:9), all cores."""
    piece = f"job-{precision}"
    source = source or clip.made(folder)
    graph = models.quantized_openvino if precision == "int8" else models.onnx_file
    width, height = models.shipped_size()
    script = str(HERE / "python_pipeline.py")
    peaks = {"ours": 0.0, "theirs": 0.0}

    def run(who: str, command: list[str]) -> float:
        milliseconds, mib = timed(command)
        peaks[who] = max(peaks[who], mib)
        return milliseconds

    ours = our_command(source, folder / "ours.mp4", precision)
    who = "dlvideo"
    try:
        timed(ours)  # fills the page cache
        who = "python"
        theirs = [sys.executable, script, str(source), str(folder / "theirs.mp4")]
        theirs.append(str(graph("shipped", width, height, folder)))
        # As of the network alone, the faster way counts.
        hints = models.HINTS[precision]
        hint = min(hints, key=lambda hint: timed([*theirs, hint])[0])
        theirs.append(hint)
        times, failed = in_turns(
            lambda: run("ours", ours), {"python": lambda: run("theirs", theirs)}, rounds, seconds
        )
        if failed:
            raise EngineError(failed["python"])
    except EngineError as failure:
        return [], [Missing(piece, who, str(failure))]
    mib = (peaks["ours"], peaks["theirs"])
    subject = f"job, {clip.described(source)}"
    return [summary(piece, subject, precision, 0, "python", times["python"], mib)], []
