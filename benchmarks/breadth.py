"""How much time and memory a pair takes where a rule leaves more than one number free.

``python benchmarks/breadth.py``: books of 50,000 records on each side, whose amounts differ by up to 2.00 and whose
dates by up to 2 days, under a rule that allows 1 % and 3 days; the shorter the period, the more pairs. Of ``free``
books the amounts are among 1,000 prices, of ``tied`` ones among 20, so that many pairs are equally good, and ``uneven``
ones lack a quarter of one side. Each is run in a process of its own; bytes are what the peak of its memory grows by,
and time is that of the processor, with the placebo that ``expected_by_chance`` is.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

import workbench as wb

PAGE = Path(__file__).with_name("BREADTH.md")
RECORDS = 50_000
DAY = 86_400
KINDS = ("free", "tied", "uneven")
RULE = wb.Rule("Near", [wb.Criterion("amount", "equals", "0.01"), wb.Criterion("date", "equals", 3 * DAY)])
COLUMNS = {"external": ("id", "date"), "internal": ("transaction_id", "created_at")}


def main() -> None:
    """Measure each, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1_000_000, 5_000_000, 20_000_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--one", action="store_true", help="measure in this process, and print it as JSON")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.kinds[0], chosen.pairs[0])))
        return
    rows = [_apart(kind, pairs) for kind in chosen.kinds for pairs in chosen.pairs]
    lines = [
        "# Time and memory of a pair",
        "",
        (__doc__ or "").strip(),
        "",
        "| books | pairs | matches | processor, s | microseconds a pair | memory, MB | bytes a pair |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
    ]
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def _apart(kind: str, pairs: int) -> str:
    command = [sys.executable, __file__, "--one", "--kinds", kind, "--pairs", str(pairs)]
    came = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    seconds, size, weighed = came["seconds"], came["bytes"], came["pairs"]
    return (
        f"| {kind} | {weighed:,} | {came['matches']:,} | {seconds:.1f} | {seconds / weighed * 1e6:.2f} | "
        f"{size / 1e6:,.0f} | {size / weighed:.1f} |"
    )


def measure(kind: str, pairs: int) -> dict[str, float]:
    """Reconcile books with about so many pairs; smaller ones before them have imports and compiled code in place."""
    _reconciled(kind, 3_000, 300_000)
    days = 6 * RECORDS * RECORDS // pairs
    sides = books(kind, RECORDS, days)
    before, began = _peak(), time.process_time()
    result = wb.reconcile(*sides, strategy="one_to_one", rules=[RULE], max_candidates=10**9)
    seconds = time.process_time() - began
    weighed = result.summary.rules[0].candidates or 0
    return {"seconds": seconds, "bytes": _peak() - before, "pairs": weighed, "matches": len(result.matches)}


def _reconciled(kind: str, records: int, pairs: int) -> wb.Result:
    return wb.reconcile(*books(kind, records, 6 * records**2 // pairs), strategy="one_to_one", rules=[RULE])


def books(kind: str, records: int, days: int) -> tuple[wb.Records, wb.Records]:
    """Both sides: the external one is the internal one with other amounts, dates and order."""
    chance = np.random.default_rng(1)
    amount = chance.integers(100_000, 100_020 if kind == "tied" else 101_000, records)
    when = chance.integers(0, days * DAY, records)
    lag, off = chance.integers(-2 * DAY, 2 * DAY, records), chance.integers(-200, 200, records)
    kept = slice(records * 3 // 4 if kind == "uneven" else None)
    external = _table("external", (amount + off)[kept], (when + lag)[kept], chance)
    return wb.read_external(external), wb.read_internal(_table("internal", amount, when, chance))


def _table(side: str, cents: np.ndarray, seconds: np.ndarray, chance: np.random.Generator) -> pa.Table:
    name, date = COLUMNS[side]
    instants = (seconds + 1_700_000_000) * 1_000_000
    return pa.table(
        {
            name: [str(number) for number in chance.permutation(len(cents))],
            "amount": [f"{amount / 100:.2f}" for amount in cents],
            "currency": ["EUR"] * len(cents),
            date: pa.array(instants.astype("datetime64[us]"), pa.timestamp("us", "UTC")),
        }
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
