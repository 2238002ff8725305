"""Measure the contenders side by side and write the table of ``benchmarks/README.md``.

``python benchmarks/run.py --peers PYTHON`` makes the samples, runs every contender ``--repeat`` times in turn, each in
a process of its own, and takes the medians. ``PYTHON`` has the packages of ``requirements.txt``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from contenders import CONTENDERS, PEERS

HERE = Path(__file__).parent
README = HERE / "README.md"
BEGIN, END = "<!-- begin: measured by run.py -->", "<!-- end: measured by run.py -->"
WARMUP_RECORDS = 50_000  # enough for compiled code to be in use
TWO_DIMENSIONAL_RECORDS = 50_000
TIME_LIMIT = 1800  # seconds for one run of one contender
BASE = "duckdb"  # what the others are compared with
HEADERS = (
    "contender",
    "ledger records",
    "seconds (lowest to highest)",
    "times bare DuckDB",
    "peak memory, MB",
    "pairs",
    "right",
    "records used twice",
)


@dataclass(frozen=True)
class Row:
    """What the repetitions of one contender on one sample gave, or the reason why there is nothing."""

    contender: str
    records: int
    runs: tuple[dict[str, Any], ...]
    failure: str | None

    @property
    def seconds(self) -> float:
        return median(run["seconds"] for run in self.runs)

    @property
    def peak_mb(self) -> float:
        return max(run["peak_mb"] for run in self.runs)


def main() -> None:
    asked = _arguments()
    with TemporaryDirectory() as folder:
        rows = _measure(_plan(asked.contenders, asked.records), asked.repeat, asked.peers, Path(folder))
    text = "\n".join(_report(rows, asked))
    print(text)
    if not asked.print_only:
        README.write_text(_between(README.read_text(encoding="utf-8"), text), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes of the ledger")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--peers", default=sys.executable, help="interpreter with the peers' packages (this one)")
    parser.add_argument("--print-only", action="store_true", help="leave the README as it is")
    return parser.parse_args()


def _plan(contenders: Iterable[str], sizes: Sequence[int]) -> list[tuple[str, int]]:
    """Contenders with the sizes they run on; two of them have one size only."""
    own_sizes = {"two-dimensional": [TWO_DIMENSIONAL_RECORDS], "refusal": [max(sizes)]}
    return [(name, records) for name in contenders for records in own_sizes.get(name, sizes)]


def _measure(plan: Sequence[tuple[str, int]], repeat: int, peers: str, folder: Path) -> list[Row]:
    outcomes: dict[tuple[str, int], list[dict[str, Any] | str]] = {item: [] for item in plan}
    for number in range(1, repeat + 1):
        for name, records in plan:
            print(f"{number} of {repeat}: {name}, {records:,}", file=sys.stderr)
            shape = "two-dimensional" if name == "two-dimensional" else "references"
            sample, warmup = (_sample(folder, shape, size) for size in (records, WARMUP_RECORDS))
            python = peers if name in PEERS else sys.executable
            outcomes[name, records].append(_run([python, str(HERE / "contenders.py"), name, sample, warmup]))
    return [_row(name, records, found) for (name, records), found in outcomes.items()]


def _sample(folder: Path, shape: str, records: int) -> str:
    sample = folder / f"{shape}-{records}"
    if not sample.exists():
        # In a process of its own: this one stays small, since children start with the peak of their parent.
        script = str(HERE / "generate.py")
        command = [sys.executable, script, str(sample), "--records", str(records), "--shape", shape]
        subprocess.run(command, check=True)
    return str(sample)


def _run(command: list[str]) -> dict[str, Any] | str:
    """What the contender printed, or in one line why it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"stopped after {TIME_LIMIT} seconds"
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return re.sub(r"(?<!\w)/\S+", "…", last).replace("|", "/")
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def _row(name: str, records: int, outcomes: Iterable[dict[str, Any] | str]) -> Row:
    found = list(outcomes)
    failure = next((outcome for outcome in found if isinstance(outcome, str)), None)
    return Row(name, records, tuple(run for run in found if isinstance(run, dict)), failure)


def _report(rows: Sequence[Row], asked: argparse.Namespace) -> Iterator[str]:
    sizes = " ".join(map(str, asked.records))
    chosen = "" if asked.contenders == list(CONTENDERS) else f" --contenders {' '.join(asked.contenders)}"
    command = f"python benchmarks/run.py --records {sizes} --repeat {asked.repeat}{chosen}"
    today = datetime.now(UTC).date().isoformat()
    yield f"Measured on {today} with `{command}` ({_machine()}; {_versions(rows)})."
    yield ""
    yield _line(HEADERS)
    yield _line(["---", *["---:"] * (len(HEADERS) - 1)])
    base = {row.records: row.seconds for row in rows if row.contender == BASE and not row.failure}
    for row in sorted(rows, key=lambda row: row.records):
        yield _line(_cells(row, base.get(row.records)))
    yield from _growth(rows)


def _cells(row: Row, base: float | None) -> list[str]:
    cells = [row.contender, f"{row.records:,}"]
    if row.failure:
        return [*cells, f"failed: {row.failure}", *[""] * 5]
    seconds = [run["seconds"] for run in row.runs]
    last = row.runs[-1]
    return [
        *cells,
        f"{row.seconds:.2f} ({min(seconds):.2f} to {max(seconds):.2f})",
        f"{row.seconds / base:.1f}" if base and "refused" not in last else "",
        f"{row.peak_mb:,.0f}",
        *_judged(last),
    ]


def _judged(run: dict[str, Any]) -> list[str]:
    if "refused" in run:
        return ["refused" if run["refused"] else "NOT refused", "", ""]
    return [f"{run[name]:,}" if name in run else "" for name in ("found", "right", "twice")]


def _growth(rows: Sequence[Row]) -> Iterator[str]:
    """How much longer the largest sample takes than the smallest."""
    yield ""
    measured = [row for row in rows if not row.failure]
    for name in dict.fromkeys(row.contender for row in measured):
        sizes = sorted((row.records, row.seconds) for row in measured if row.contender == name)
        if len(sizes) > 1:
            (small, fast), (large, slow) = sizes[0], sizes[-1]
            yield f"- {name}: from {small:,} to {large:,} records the time grows {slow / fast:.1f} times."


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.machine()}"
    return f"{cores} cores, {memory:.0f} GB of memory, {system}, Python {platform.python_version()}"


def _versions(rows: Iterable[Row]) -> str:
    known = {package: number for row in rows for run in row.runs for package, number in run["versions"].items()}
    return ", ".join(f"{package} {number}" for package, number in sorted(known.items()))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _between(page: str, text: str) -> str:
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    main()
