"""Try hostile inputs in this process, and count what becomes of them.

``python -m benchmarks.hostile --tries 20000``: damaged and made files of every format, layouts, journals, rules, rates,
settings, run folders, files of the bench, balances and flags. Refused is a sentence (exit code 2); read exactly is
known of made files, read means that no row is missing. What must never be is counted apart: wrong, lost, crashed, too
slow (10 seconds), too large (1 GB). Exits with 1 if any is.

``--tally FILE`` keeps what was counted: the same command goes on from there, also after Ctrl-C. ``--page`` writes the
counts of such files into the page; each fault that came up is tried once more first, with what stands in the code now.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType

from benchmarks.hostile.tally import Tally, load, table
from benchmarks.hostile.trials import FAULTS, SHARES, TRIALS, run_trial

PAGE = Path(__file__).with_name("README.md")
SHOWN = 200  # trials from one line of counts to the next
_stopped: list[int] = []  # the signals that ask for an end


def main() -> None:
    """Run the trials and print the counts as they grow, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=1000, help="up to this number of the seed")
    parser.add_argument("--first", type=int, default=0, help="from this number on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=[*TRIALS], help="this kind alone")
    parser.add_argument("--tally", type=Path, help="keep the counts here, and go on from them")
    parser.add_argument("--page", type=Path, nargs="+", metavar="TALLY", help="write the counts of these into the page")
    chosen = parser.parse_args()
    if chosen.page:
        sys.exit(_write_page([load(path) for path in chosen.page]))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    tally = load(chosen.tally) if chosen.tally and chosen.tally.exists() else Tally(chosen.seed, chosen.first)
    with TemporaryDirectory() as folder:
        count(Path(folder), tally, chosen.tries, chosen.kind, chosen.tally)
    if tally.done < chosen.tries:
        print(f"stopped before number {tally.done:,}", flush=True)
    if chosen.tally:
        tally.save(chosen.tally)
    print("\n".join(table([tally])))
    sys.exit(1 if tally.faults else 0)


def count(folder: Path, tally: Tally, until: int, only: str | None = None, kept: Path | None = None) -> Tally:
    """Add the trials up to number ``until`` to ``tally``; a fault is printed with what makes it again."""
    for number in range(tally.done, until):
        if _stopped:
            break
        kind = kind_of(tally.seed, number)
        if only in (None, kind):
            outcome, more = attempt(folder, tally.seed, number)
            tally.add(number, kind, outcome, more)
            if outcome in FAULTS:
                print(f"{kind}, --seed {tally.seed}, number {number}: {outcome}: {more}", flush=True)
        tally.done = number + 1
        if tally.done % SHOWN == 0:
            tried = sum(sum(counts.values()) for counts in tally.counts.values())
            print(f"{tally.done:,} of {until:,}: {tried:,} tried, {len(tally.faults):,} faults", flush=True)
            if kept:
                tally.save(kept)
    return tally


def kind_of(seed: int, number: int) -> str:
    """What the trial of a number tries."""
    return Random(f"kind {seed} {number}").choices([*TRIALS], SHARES)[0]


def attempt(folder: Path, seed: int, number: int) -> tuple[str, str]:
    """What becomes of the trial of a number, and more about it."""
    here = folder / "trial"
    here.mkdir()
    try:
        return run_trial(kind_of(seed, number), here, Random(f"{seed} {number}"))
    finally:
        shutil.rmtree(here)


def _write_page(tallies: list[Tally]) -> int:
    """Write what was counted; returns 1 if a fault that came up still does."""
    faults = [(tally.seed, number) for tally in tallies for number, *_ in tally.faults]
    with TemporaryDirectory() as folder:
        again = [(seed, number, *attempt(Path(folder), seed, number)) for seed, number in faults]
    left = [fault for fault in again if fault[2] in FAULTS]
    lines = [
        "# Hostile inputs: what became of them",
        "",
        (__doc__ or "").strip(),
        "",
        *table(tallies),
        "",
        tried_again(len(faults), len(left)),
        *(f"- `--seed {seed}`, number {number}: {outcome}" for seed, number, outcome, _ in left),
    ]
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))
    return 1 if left else 0


def tried_again(faults: int, left: int) -> str:
    """What became of the faults of the tallies, in a sentence."""
    if not faults:
        return "No fault came up."
    came_up = f"{faults:,} fault{'' if faults == 1 else 's'} came up on the way"
    return f"{came_up}; tried again with the code of now, {left or 'none':{',' if left else ''}} came up again."


def _stop(number: int, _frame: FrameType | None) -> None:
    """After the trial under way: what is raised within one may be taken for an outcome of it."""
    _stopped.append(number)


if __name__ == "__main__":
    main()
