"""Turns: whoever is compared runs in turns with this program, and what counts is their ratio."""

import contextlib
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REST = 0.3  # seconds between turns, until the last engine's threads have stopped waiting busily
LEAST_ROUNDS = 3
TURN = 250  # milliseconds that an engine's turn should take, in 1 to 5 passes


class EngineError(Exception):
    """An engine that does not run this; says why."""


@dataclass
class Row:
    """One engine against this program: milliseconds, and theirs / ours over the rounds."""

    piece: str
    subject: str
    precision: str
    threads: int  # 0: all cores
    engine: str
    ours: float
    theirs: float
    ratio: float
    lowest: float
    highest: float
    rounds: int
    ours_mib: float  # peak resident memory
    theirs_mib: float
    version: str = ""  # this program's commit


@dataclass
class Missing:
    """What was to be compared and did not run."""

    piece: str
    engine: str
    reason: str


class Process:
    """An engine behind a pipe: "N" in, N times in milliseconds out."""

    def __init__(self, command: list[str]) -> None:
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the engine
        self.passes = 1
        self.peak_mib = 0.0
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )

    def warm_up(self) -> None:
        """Loads, compiles and warms up; settles how many passes a turn has."""
        self.run()
        self.passes = max(1, min(5, round(TURN / self.run())))

    def run(self) -> float:
        """The median of a turn's passes after a first that does not count, in milliseconds.

        The first finds sleeping threads and other engines' data in the caches; a slow engine, of
        few passes a turn, would pay for it more than a fast one.
        """
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(f"{1 + self.passes}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise EngineError(self._reason())
        try:
            return statistics.median([float(time) for time in line.split()][1:])
        except ValueError:
            raise EngineError(line.strip()) from None

    def fastest_of(self, turns: int) -> float:
        return min(self.run() for _ in range(turns))

    def _reason(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        return reason(self.errors.read(), self.process.returncode)

    def close(self) -> None:
        assert self.process.stdin
        if self.process.returncode is None:
            self.peak_mib = peak_mib(self.process.pid)
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.wait()
        self.errors.close()


def reason(errors: str, status: int) -> str:
    """The line of a failed process's messages that says why: the last that names an error."""
    # Behind Swift's own message follows a backtrace.
    errors = errors.split("*** Signal")[0].split("Thread 0")[0]
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    fatal = [line for line in lines if "Fatal error" in line]
    telling = fatal or [line for line in lines if "error" in line.lower()] or lines
    return telling[-1][:200] if telling else f"exit status {status}"


def peak_mib(pid: int) -> float:
    """A running process's peak resident memory in MiB (its ru_maxrss would tell its parent's)."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0


def timed(command: list[str]) -> tuple[float, float]:
    """A whole process: milliseconds from start to end, and its peak resident memory in MiB."""
    peak = 0.0
    ended = threading.Event()
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stderr=errors, stdout=subprocess.DEVNULL)

        def watch() -> None:
            nonlocal peak
            while not ended.wait(0.1):
                peak = max(peak, peak_mib(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        process.wait()
        elapsed = 1e3 * (time.perf_counter() - start)
        ended.set()
        watcher.join()
        if process.returncode:
            errors.seek(0)
            raise EngineError(reason(errors.read(), process.returncode))
    return elapsed, peak


def in_turns(
    ours: Callable[[], float], theirs: dict[str, Callable[[], float]], rounds: int, seconds: float
) -> tuple[dict[str, list[tuple[float, float]]], dict[str, str]]:
    """(ours, theirs) for each engine and round; fewer rounds, but three, when time runs out.

    An engine's pair is its own turn and the mean of this program's turns before and after it.
    Engines that fail on the way are left out and told with their reasons.
    """
    times: dict[str, list] = {name: [] for name in theirs}
    failed: dict[str, str] = {}
    end = time.monotonic() + seconds

    def turn(run: Callable[[], float]) -> float:
        time.sleep(REST)
        return run()

    before = turn(ours)
    for index in range(rounds):
        if index >= LEAST_ROUNDS and time.monotonic() > end:
            break
        for name, run in theirs.items():
            if name in failed:
                continue
            try:
                their_time = turn(run)
            except EngineError as failure:
                failed[name] = str(failure)
                del times[name]
                continue
            after = turn(ours)
            times[name].append(((before + after) / 2, their_time))
            before = after
    return times, failed


def summary(
    piece: str,
    subject: str,
    precision: str,
    threads: int,
    engine: str,
    pairs: list[tuple[float, float]],
    mib: tuple[float, float],
) -> Row:
    ratios = [theirs / ours for ours, theirs in pairs]
    return Row(
        piece,
        subject,
        precision,
        threads,
        engine,
        statistics.median(p[0] for p in pairs),
        statistics.median(p[1] for p in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        len(pairs),
        *mib,
    )
