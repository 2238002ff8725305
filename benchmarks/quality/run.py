"""How many matches are right: contenders on scenarios with known truth.

``python -m benchmarks.quality.run`` measures and rewrites ``benchmarks/quality/README.md`` below its mark.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.quality.contenders import CONTENDERS
from benchmarks.quality.scenarios import SCENARIOS
from benchmarks.quality.score import score

PAGE = Path(__file__).with_name("README.md")
MARK = "<!-- measured: what follows is written by the command above -->"
HEAD = (
    "| scenario | contender | precision | recall | F1 | wrong | without doubt | of these wrong | twice | seconds |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def table(names: list[str], contenders: list[str], size: int, seed: int) -> str:
    """A row for each scenario and contender."""
    rows = list(HEAD)
    for name in names:
        scenario = SCENARIOS[name](seed, size)
        for contender in contenders:
            began = time.perf_counter()
            pairs, sure = CONTENDERS[contender](scenario)
            took = time.perf_counter() - began
            own = score(pairs, sure, scenario.truth)
            rows.append(
                f"| {name} | {contender} | {own.precision:.3f} | {own.recall:.3f} | {own.f1:.3f} | {own.wrong:,} "
                f"| {own.sure:,} | {own.wrong_but_sure:,} | {own.used_twice:,} | {took:.1f} |"
            )
            print(rows[-1], flush=True)
    return "\n".join(rows)


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2000, help="payments in each scenario")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--print-only", action="store_true", help="leave the page as it is")
    options = parser.parse_args()
    print("\n".join(HEAD))
    rows = table(options.scenarios, options.contenders, options.size, options.seed)
    if not options.print_only:
        text = options.page.read_text("utf-8") if options.page.exists() else MARK
        said = f"{options.size:,} payments in each scenario, seed {options.seed}.\n\n{rows}\n"
        options.page.write_text(f"{text.partition(MARK)[0]}{MARK}\n\n{said}", "utf-8")


if __name__ == "__main__":
    main()
