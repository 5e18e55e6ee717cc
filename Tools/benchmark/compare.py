"""Compares this program with other engines on this machine; see README.md here."""

import argparse
import json
import platform
import sys
from dataclasses import asdict
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
SCALINGS = [f"scaling-{k}-{p}" for k in ("size", "width", "threads", "job") for p in PRECISIONS[:2]]


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

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: list[Row] = []
        self.missing: list[Missing] = []
        self.points: list[scaling.Point] = []
        if path and path.exists():
            old = json.loads(path.read_text())
            if old["cpu"] != cpu_name():
                sys.exit(f"{path} was measured on another CPU ({old['cpu']}): choose another file")
            self.rows = [Row(**row) for row in old["rows"]]
            self.missing = [Missing(**row) for row in old["missing"]]
            self.points = [scaling.Point(**point) for point in old["scaling"]]

    def replace(self, piece: str, rows: list[Row], missing: list[Missing]) -> None:
        self.rows = [r for r in self.rows if r.piece != piece] + rows
        self.missing = [m for m in self.missing if m.piece != piece] + missing
        self.save()

    def replace_points(self, points: list[scaling.Point]) -> None:
        new = {(p.kind, p.precision) for p in points}
        kept = [p for p in self.points if (p.kind, p.precision) not in new]
        self.points = kept + points
        self.save()

    def save(self) -> None:
        if self.path:
            content = {
                "cpu": cpu_name(),
                "rows": [asdict(r) for r in self.rows],
                "missing": [asdict(m) for m in self.missing],
                "scaling": [asdict(p) for p in self.points],
            }
            self.path.write_text(json.dumps(content, indent=1) + "\n")

    def text(self) -> str:
        parts = [cpu_name()]
        if self.rows:
            parts.append(table(self.rows))
        if self.points:
            parts.append(scaling.tables(self.points))
        if self.missing:
            lines = [f"* {m.piece}: {m.engine}: {m.reason}" for m in self.missing]
            parts.append("did not run:\n\n" + "\n".join(lines))
        return "\n\n".join(parts)


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


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
    parser.add_argument("--json", type=Path, help="keep the figures in this file; adds to it")
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
                record.replace_points(points)
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
