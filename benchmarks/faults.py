"""How often the cause of a balance's difference is found: faults are planted, and explained.

``python -m benchmarks.faults`` plants faults in the records of small books, one fault in a book or two of two
kinds, has each explained without snapshots and with weekly ones, and rewrites ``benchmarks/FAULTS.md``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

import workbench as wb
from benchmarks.planted_faults import DOUBLE, SINGLE, Book, Cause, inputs, plant
from workbench.balances.explanation.hypotheses import Hypothesis

PAGE = Path(__file__).with_name("FAULTS.md")
LEADING = 3  # hypotheses that a reader looks at
EACH = 5  # books of a fault, for a seed
ABOUT = """\
`python -m benchmarks.faults` wrote this page. Each record of a balance of 20 to 250 transactions has a fault that is
known, or two of two kinds. *first*: the first hypothesis names the kind of the fault and all its transactions, and
where there are two faults, the first hypotheses up to the third name both; *among*: the right one is among the first
three hypotheses, or the up to nine other solutions that each of them lists; *sure and wrong*: another cause came
first, and nothing said that there are others that would do as well.

Of transposed digits the difference tells which two places changed and by how much, and nothing more: without snapshots
3.8 transactions fit it on average, none better than another, and a fair draw among those that fit would be right in
41%. What snapshots add is the stretch of time in which the transaction lies."""


@dataclass(frozen=True)
class Outcome:
    """What became of the faults of a balance."""

    what: str
    with_snapshots: bool
    first: bool
    among: bool
    sure_and_wrong: bool


def causes_of(hypothesis: Hypothesis, solution: int = 0) -> set[Cause]:
    """The faults that a hypothesis names, of two kinds where it combines them."""
    if not hypothesis.solutions:
        return set()
    ids = hypothesis.solutions[solution].transaction_ids
    kinds = hypothesis.kind.split(" and ")
    if len(kinds) == 2:
        return {(kind, (name,)) for kind, name in zip(kinds, ids, strict=True)}
    if hypothesis.kind in {"transposed", "slipped", "wrong_side"} or hypothesis.faults < len(ids):
        return {(hypothesis.kind, tuple(sorted(ids)))}
    return {(hypothesis.kind, (name,)) for name in ids} | {(hypothesis.kind, tuple(sorted(ids)))}


def judge(book: Book, hypotheses: Sequence[Hypothesis], what: str, *, with_snapshots: bool) -> Outcome:
    """Hold what is said of a balance against its faults."""
    truth = {(kind, tuple(sorted(ids))) for kind, ids in book.causes}
    leading = hypotheses[:LEADING]
    named = [causes_of(hypothesis) for hypothesis in (leading if len(truth) > 1 else leading[:1])]
    listed = [
        causes_of(hypothesis, solution) for hypothesis in leading for solution in range(len(hypothesis.solutions))
    ]
    first = truth <= set().union(*named)
    best = hypotheses[0]
    sure = best.verdict == "only solution"
    return Outcome(what, with_snapshots, first, truth <= set().union(*listed), sure and not causes_of(best) & truth)


def run_seed(seed: int) -> list[Outcome]:
    """Plant the faults of this number and explain them, without snapshots and with."""
    planned = [(name,) for name in SINGLE for _ in range(EACH)] + [pair for pair in DOUBLE for _ in range(2)]
    books = [plant(seed, number, faults) for number, faults in enumerate(planned)]
    outcomes = []
    for with_snapshots in (False, True):
        explained = wb.reconstruct(**inputs(books, with_snapshots=with_snapshots)).explanations(len(books))
        for book, faults in zip(books, planned, strict=True):
            what = faults[0] if len(faults) == 1 else "two of two kinds"
            outcomes.append(judge(book, explained[book.balance_id], what, with_snapshots=with_snapshots))
    return outcomes


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """A row for each kind of fault, without snapshots and with."""
    lines = [
        "| fault | books | first | among | sure and wrong | with snapshots: first | among | sure and wrong |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    order = [*SINGLE, "all single faults", "two of two kinds"]
    singles = [Outcome(order[-2], *list(vars(own).values())[1:]) for own in outcomes if own.what in SINGLE]
    rows = sorted([*outcomes, *singles], key=lambda own: order.index(own.what))
    for what, group in groupby(rows, key=lambda own: own.what):
        own = list(group)
        halves = [[one for one in own if one.with_snapshots is with_snapshots] for with_snapshots in (False, True)]
        shares = [
            f"{sum(getattr(one, name) for one in half) / len(half):.1%}"
            for half in halves
            for name in ("first", "among", "sure_and_wrong")
        ]
        lines.append(f"| {what} | {len(halves[0]):,} | {' | '.join(shares)} |")
    return lines


def main() -> None:
    """Plant, explain, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--print-only", action="store_true")
    chosen = parser.parse_args()
    with ProcessPoolExecutor(chosen.processes) as pool:
        seeds = range(chosen.first, chosen.first + chosen.seeds)
        outcomes = [*chain.from_iterable(pool.map(run_seed, seeds))]
    lines = ["# Planted faults: how often is the cause found", "", ABOUT, "", *table(outcomes)]
    if not chosen.print_only:
        PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
