"""Kill a scheduled run at random moments, over two chained nights, and look at what it leaves.

``python -m benchmarks.kills --kills 100``: each time a run of the sample month is killed (SIGKILL) at a random moment
of its first or its second night, which has a journal with one line more. Counted is what must never be: a folder that
``workbench verify`` does not find whole, a good folder that is gone or changed, a next run that does not recover, and
leftovers after it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import workbench as wb
from workbench.reconciliation.decisions.journal import add_decision, decide

CARDS = Path(__file__).parents[1] / "data" / "cards"
WORKBENCH = (sys.executable, "-c", "from workbench.cli import main; main()")
GOOD = (0, 1)  # exit codes of a run that is done


def main() -> None:
    """Kill, look, and print what was counted; exits with 1 if anything was that must never be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        counts = kill_many(Path(folder), chosen.kills, random.Random(chosen.seed))
    print(dict(counts))
    sys.exit(1 if counts.keys() - {"killed", "done before the kill", "recovered"} else 0)


def kill_many(folder: Path, kills: int, chance: random.Random) -> Counter[str]:
    """Kill so many runs in ``folder``; what came of them."""
    counts: Counter[str] = Counter()
    takes = _seconds(folder / "measured")
    for number in range(kills):
        here = folder / f"kill {number}"
        here.mkdir()
        for night in (1, 2):
            _decide(here, night)
            if night == 1 + number % 2:
                counts[_kill(here, night, chance.uniform(0, 1.1 * takes))] += 1
                counts.update(_faults(here, night - 1, f"night {night} was killed"))
            written = (here / "runs" / str(night)).exists()  # whole, or it is a fault that was counted
            if not written and _run(here, night).wait() not in GOOD:
                counts["the next run does not recover"] += 1
        counts.update(_faults(here, 2, "both nights ran"))
        counts["recovered"] += 1
        shutil.rmtree(here)
    return counts


def _seconds(here: Path) -> float:
    here.mkdir()
    _decide(here, 1)
    started = time.monotonic()
    _run(here, 1).wait()
    return time.monotonic() - started


def _decide(here: Path, night: int) -> None:
    """A person decides something before each night."""
    external = wb.read_external(CARDS / "statement.csv")
    record = external.to_pandas()["id"][night]
    journal = here / "decisions.jsonl"
    add_decision(journal, decide({"external": external}, "exclude", external=[record], why=f"night {night}", by="ana"))


def _run(here: Path, night: int) -> subprocess.Popen[bytes]:
    files = [str(CARDS / name) for name in ("statement.csv", "ledger.csv")]
    flags = ["--rules", str(CARDS / "rules.json"), "--decisions", "decisions.jsonl", "--out", f"runs/{night}"]
    return subprocess.Popen(
        [*WORKBENCH, "reconcile", *files, *flags], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _kill(here: Path, night: int, after: float) -> str:
    running = _run(here, night)
    try:
        running.wait(after)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
        return "killed"
    return "done before the kill"


def _faults(here: Path, nights: int, when: str) -> list[str]:
    """What must never be: of the nights that ran, and of whatever else stands beside them."""
    runs = here / "runs"
    faults = [f"{when}: night {night} is gone" for night in range(1, nights + 1) if not (runs / str(night)).exists()]
    for folder in runs.glob("[0-9]*") if runs.exists() else ():
        command = [*WORKBENCH, "verify", str(folder)]
        if subprocess.run(command, cwd=here, capture_output=True, check=False).returncode:
            faults.append(f"{when}: a folder is not whole")
    if nights == 2:
        left = {path.name for path in runs.iterdir()} - {"1", "2", "latest"}
        faults += [f"{when}: {name} is left" for name in left if not name.endswith("lock")]
    return faults


if __name__ == "__main__":
    main()
