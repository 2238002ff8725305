"""Try hostile inputs in this process, and count what becomes of them.

``python -m benchmarks.hostile --tries 20000``: damaged and made files of every format, journals, rules, settings and
run folders. Refused is a sentence (exit code 2); read exactly is known of made files, read means that no row is
missing. What must never be is counted apart: wrong, lost, crashed, too slow (10 seconds), too large (1 GB). Exits with
1 if any is.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.hostile.trials import FAULTS, SHARES, TRIALS, run_trial


def main() -> None:
    """Run the trials and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=[*TRIALS], help="this kind alone")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        counts = count(Path(folder), chosen.tries, chosen.seed, chosen.kind)
    for kind, outcomes in counts.items():
        print(f"{kind}: {sum(outcomes.values())} tried, {dict(outcomes)}")
    sys.exit(1 if any(outcomes.keys() & {*FAULTS} for outcomes in counts.values()) else 0)


def count(folder: Path, tries: int, seed: int, only: str | None = None) -> dict[str, Counter[str]]:
    """What became of so many trials, by kind; a fault is printed with the number that makes it again."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in TRIALS}
    for number in range(tries):
        chance = Random(f"{seed} {number}")
        kind = chance.choices([*TRIALS], SHARES)[0]
        if only not in (None, kind):
            continue
        here = folder / "trial"
        here.mkdir()
        outcome, more = run_trial(kind, here, chance)
        counts[kind][outcome] += 1
        if outcome in FAULTS:
            print(f"{kind}, seed {seed}, number {number}: {outcome}: {more}", flush=True)
        shutil.rmtree(here)
    return counts


if __name__ == "__main__":
    main()
