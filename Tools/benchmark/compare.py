"""Compares this program with other engines on this machine; see README.md here."""

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace
from fnmatch import fnmatch
from pathlib import Path

import scaling
from jobs import compare_jobs
from networks import NetworkPiece, compare_networks
from rounds import EngineError, Missing, Row

ROOT = Path(__file__).resolve().parents[2]
PRECISIONS = ["fp32", "bf16", "int8"]
SUBJECTS = [("lite", "512x256"), ("lite", "512x512"), ("lite", "1024x512"), ("paper", "512x512")]
SUBJECTS += [("paper", "512x256"), ("paper", "1024x512")]
THREADS = [1, 2]
JOBS = [f"job-{precision}" for precision in PRECISIONS]
SCALINGS = [f"scaling-{k}-{p}" for k in ("size", "width", "threads", "job") for p in PRECISIONS]


def pieces(quick: bool) -> dict[str, NetworkPiece | None]:
    """All that can be run, by name."""
    subjects = SUBJECTS[:1] if quick else SUBJECTS
    networks = [NetworkPiece(*s, p, t) for s in subjects for p in PRECISIONS for t in THREADS]
    return {n.name: n for n in networks} | dict.fromkeys(JOBS)


def table(rows: list[Row]) -> str:
    lines = [
        "| what | precision | threads | engine | ours ms | theirs ms | theirs / ours | range "
        "| rounds | peak MiB, ours / theirs |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.subject} | {r.precision} | {r.threads or 'all'} | {r.engine} | {r.ours:.1f} "
        f"| {r.theirs:.1f} | **{r.ratio:.2f}** | {r.lowest:.2f}-{r.highest:.2f} | {r.rounds} "
        f"| {r.ours_mib:.0f} / {r.theirs_mib:.0f} |"
        for r in rows
    ]
    return "\n".join(lines)


class Record:
    """What was measured on this machine; a file of it grows from run to run, piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = version()
        self.rows: list[Row] = []
        self.missing: list[Missing] = []
        self.points: list[scaling.Point] = []
        self.pieces: set[str] = set()  # of this run
        if path.exists():
            old = json.loads(path.read_text())
            if old["machine"] != machine():
                sys.exit(f"{path} was measured on {old['machine']}: choose another file (--json)")
            self.rows = [Row(**row) for row in old["rows"]]
            self.missing = [Missing(**row) for row in old["missing"]]
            self.points = [scaling.Point(**point) for point in old["scaling"]]

    def replace(self, piece: str, rows: list[Row], missing: list[Missing]) -> None:
        rows = [replace(row, version=self.version) for row in rows]
        self.rows = [r for r in self.rows if r.piece != piece] + rows
        self.missing = [m for m in self.missing if m.piece != piece] + missing
        self.pieces.add(piece)
        self.save()

    def replace_points(self, piece: str, points: list[scaling.Point]) -> None:
        points = [replace(point, piece=piece, version=self.version) for point in points]
        self.points = [p for p in self.points if p.piece != piece] + points
        self.pieces.add(piece)
        self.save()

    def save(self) -> None:
        content = {
            "machine": machine(),
            "rows": [asdict(r) for r in self.rows],
            "missing": [asdict(m) for m in self.missing],
            "scaling": [asdict(p) for p in self.points],
        }
        self.path.write_text(json.dumps(content, indent=1) + "\n")

    def text(self) -> str:
        """Of this run's pieces."""
        parts = [machine()]
        rows = [r for r in self.rows if r.piece in self.pieces]
        points = [p for p in self.points if p.piece in self.pieces]
        missing = [m for m in self.missing if m.piece in self.pieces]
        if rows:
            parts.append(table(rows))
        if points:
            parts.append(scaling.tables(points))
        if missing:
            lines = [f"* {m.piece}: {m.engine}: {m.reason}" for m in missing]
            parts.append("did not run:\n\n" + "\n".join(lines))
        return "\n\n".join(parts)


# What tells CPUs apart that bear the same name.
FEATURES = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16"]


def machine() -> str:
    """`AMD EPYC 9B45, 2 cores: avx2 avx512f avx512_vnni avx512_bf16`"""
    told = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        told.setdefault(key.strip(), value.strip())
    flags = told.get("flags", "").split()
    features = " ".join(name for name in FEATURES if name in flags)
    return f"{told.get('model name', platform.machine())}, {os.cpu_count()} cores: {features}"


def version() -> str:
    """The commit that is measured; "-dirty" with changes that are not committed."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="lite at 512x256 only, fewer rounds")
    parser.add_argument("--rounds", type=int, help="turns of each engine (default 11, quick 5)")
    parser.add_argument(
        "--seconds", type=float, help="time for a piece's rounds, of which it does 3 at least"
    )
    parser.add_argument(
        "--clip", type=Path, help="the job's input (default: one made of the sample)"
    )
    parser.add_argument("--scaling", action="store_true", help="how this program scales, only")
    parser.add_argument(
        "--only", action="append", metavar="PATTERN", help="pieces by name, as 'lite-*-bf16-*'"
    )
    parser.add_argument("--list", action="store_true", help="name the pieces and do nothing")
    parser.add_argument("--no-job", action="store_true", help="leave out the whole job")
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / ".build/bench/figures.json",
        help="the file that keeps the figures, piece by piece (default .build/bench/figures.json)",
    )
    parser.add_argument("--work", type=Path, default=ROOT / ".build/bench")
    return parser.parse_args()


def main() -> None:
    options = parsed_options()
    rounds = options.rounds or (5 if options.quick else 11)
    seconds = options.seconds or (15 if options.quick else 60)
    chosen = dict.fromkeys(SCALINGS) if options.scaling else pieces(options.quick)
    if options.only and not options.scaling:
        chosen |= dict.fromkeys(SCALINGS)
    if options.only:
        chosen = {n: p for n, p in chosen.items() if any(fnmatch(n, o) for o in options.only)}
    if options.no_job:
        chosen = {n: p for n, p in chosen.items() if not n.startswith("job-")}
    if not chosen:
        sys.exit("no piece has such a name (--list names them)")
    if options.list:
        print("\n".join(chosen))
        return
    options.work.mkdir(parents=True, exist_ok=True)
    record = Record(options.json)
    for name, network in chosen.items():
        print(name, file=sys.stderr)
        if name.startswith("scaling-"):
            try:
                points = scaling.measure(name, options.clip, rounds, options.work)
                record.replace_points(name, points)
            except EngineError as failure:
                print(f"  does not run: {failure}", file=sys.stderr)
            continue
        if network:
            rows, missing = compare_networks(network, rounds, seconds, options.work)
        else:
            precision = name.removeprefix("job-")
            rows, missing = compare_jobs(options.clip, precision, rounds, seconds, options.work)
        for absent in missing:
            print(f"  {absent.engine} does not run: {absent.reason}", file=sys.stderr)
        record.replace(name, rows, missing)
    print(record.text())


if __name__ == "__main__":
    main()
