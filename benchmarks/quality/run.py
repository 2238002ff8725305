"""How many matches are right: contenders on scenarios with known truth.

``python -m benchmarks.quality.run`` measures and rewrites ``benchmarks/quality/README.md`` below its mark.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.quality.contenders import CONTENDERS, OURS, PEERS, run
from benchmarks.quality.environment import peers_python
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.score import Score, score

PAGE = Path(__file__).with_name("README.md")
MARK = "<!-- measured: what follows is written by the command above -->"
COLUMNS = (
    *("precision", "recall", "F1", "wrong", "without doubt", "of these wrong", "twice"),
    *("expected wrong", "expected / true", "seconds"),
)


def rows(options: argparse.Namespace, versions: set[str]) -> Iterator[str]:
    """A row of the table for each scenario and contender, over all seeds."""
    python = peers_python() if set(options.contenders) & set(PEERS) else ""
    warm = SCENARIOS["cards"](0, 100)
    for name in set(options.contenders) & set(OURS):
        run(name, warm)  # so that nothing waits for code to be compiled
    for name in options.scenarios:
        for contender in options.contenders:
            scores, seconds = [], 0.0
            for seed in options.seeds:
                scenario = SCENARIOS[name](seed, options.size)
                outcome = run(contender, scenario, python)
                scores.append(score(outcome.matched, outcome.sure, scenario.truth))
                seconds += outcome.seconds
                versions.add(outcome.version)
            yield f"| {name} | {contender} | {_cells(total(scores))} | {seconds / len(scores):.1f} |"


def total(scores: Sequence[Score]) -> Score:
    """The counts of several months together."""
    return Score(*(sum(values) for values in zip(*(vars(own).values() for own in scores), strict=True)))


def _cells(own: Score) -> str:
    ratio = f"{own.expected_wrong / own.wrong_of_these:.2f}" if own.expected_wrong and own.wrong_of_these else ""
    expected = f"{own.expected_wrong:,.0f}" if own.expected_wrong else ""
    return (
        f"{own.precision:.3f} | {own.recall:.3f} | {own.f1:.3f} | {own.wrong:,} | {own.sure:,} "
        f"| {own.wrong_but_sure:,} | {own.used_twice:,} | {expected} | {ratio}"
    )


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000, help="payments in each scenario")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    options = parser.parse_args()
    table = [f"| scenario | contender | {' | '.join(COLUMNS)} |", f"|---|---|{'---:|' * len(COLUMNS)}"]
    print("\n".join(table))
    versions: set[str] = set()
    for row in rows(options, versions):
        table.append(row)
        print(row, flush=True)
    if not options.print_only:
        text = options.page.read_text("utf-8") if options.page.exists() else MARK
        seeds = ", ".join(map(str, options.seeds))
        said = f"{options.size:,} payments in each scenario, seeds {seeds}; {', '.join(sorted(versions))}.\n\n"
        options.page.write_text(f"{text.partition(MARK)[0]}{MARK}\n\n{said}" + "\n".join(table) + "\n", "utf-8")


if __name__ == "__main__":
    main()
