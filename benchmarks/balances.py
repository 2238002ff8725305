"""Measure the reconstruction of balances beside a bare DuckDB aggregation of the same file; write ``BALANCES.md``.

``python benchmarks/balances.py`` makes a ledger in Parquet, runs each contender ``--repeat`` times in turn, each in a
process of its own, and takes the medians. Seconds run from opening the files to the figures in hand; imports are not
counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import duckdb

PAGE = Path(__file__).with_name("BALANCES.md")
BEGIN, END = "<!-- begin: measured by balances.py -->", "<!-- end: measured by balances.py -->"
HEADERS = (
    "contender",
    "seconds (lowest to highest)",
    "times bare",
    "processor time, times bare",
    "peak memory, MB",
    "same sums",
    "discrepancies found",
)
Outcome = dict[str, Any]

# Three in ten come from one of four balances, as from the outside world; the rest are spread evenly. Balances whose
# numbers agree modulo 4 have one currency. One record in a thousand is a unit off.
MACROS = """
CREATE MACRO balance_name(number) AS
    'bln_' || md5(number::VARCHAR)[1:8] || '-' || md5(number::VARCHAR)[9:12] || '-4' || md5(number::VARCHAR)[13:15]
    || '-' || md5(number::VARCHAR)[17:20] || '-' || md5(number::VARCHAR)[21:32];
CREATE MACRO currency_of(number) AS ['USD', 'EUR', 'GBP', 'NGN'][number % 4 + 1];
CREATE MACRO draw(number, salt, below) AS (hash(number * 13 + salt) % below)::BIGINT
"""
LEDGER = """
COPY (
    WITH sources AS (
        SELECT number, draw(number, 1, CASE WHEN draw(number, 2, 10) < 3 THEN 4 ELSE {balances} END) AS source
        FROM range({transactions}) numbers(number)
    ), drawn AS (
        SELECT *, draw(number, 3, {balances}) // 4 * 4 + source % 4 AS destination, draw(number, 4, 1000000) AS units
        FROM sources
    )
    SELECT 'txn_' || md5(number::VARCHAR) AS transaction_id, balance_name(source) AS source,
           balance_name(destination) AS destination, 'ref_' || number AS reference,
           (units / 100)::DECIMAL(18, 2) AS amount, units AS precise_amount, 100::BIGINT AS "precision",
           currency_of(source) AS currency, 'payment ' || number % 1000 AS description,
           CASE WHEN units % 97 < 93 THEN 'APPLIED' WHEN units % 97 < 95 THEN 'VOID' ELSE 'INFLIGHT' END AS status,
           TIMESTAMP '2026-01-01' + to_microseconds(number * 3000000) AS created_at
    FROM drawn
) TO '{folder}/ledger.parquet'
"""
BALANCES = """
COPY (
    SELECT balance_id, currency_of(number) AS currency,
           (credit - debit + (number % 1000 = 7)::INT)::DECIMAL(38, 0) AS balance,
           credit::DECIMAL(38, 0) AS credit_balance, debit::DECIMAL(38, 0) AS debit_balance
    FROM range({balances}) numbers(number) JOIN sums ON balance_id = balance_name(number)
) TO '{folder}/balances.parquet'
"""
AGGREGATION = """
CREATE TEMP TABLE sums AS
WITH debits AS (
    SELECT source AS balance_id, sum(precise_amount) AS debit
    FROM '{folder}/ledger.parquet' WHERE status = 'APPLIED' GROUP BY source
), credits AS (
    SELECT destination AS balance_id, sum(precise_amount) AS credit
    FROM '{folder}/ledger.parquet' WHERE status = 'APPLIED' GROUP BY destination
)
SELECT balance_id, coalesce(debit, 0) AS debit, coalesce(credit, 0) AS credit
FROM debits FULL JOIN credits USING (balance_id)
"""


def make(folder: Path, transactions: int, balances: int) -> None:
    """Write ``ledger.parquet`` and ``balances.parquet``, the same for the same sizes."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    names = {"folder": folder, "transactions": transactions, "balances": balances}
    for statement in (MACROS, LEDGER, AGGREGATION, BALANCES):
        connection.execute(statement.format(**names))


def bare(folder: Path) -> Outcome:
    """What DuckDB takes to sum both sides."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(AGGREGATION.format(folder=folder))
    found = connection.execute("SELECT count(*), sum(debit), sum(credit) FROM sums").fetchone()
    return dict(zip(("balances", "debit", "credit"), map(int, found or ()), strict=True))


def read_and_reconstruct(folder: Path) -> Outcome:
    """What ``workbench reconstruct`` does: both files read and checked, then rebuilt."""
    from workbench.sources import read_books  # noqa: PLC0415 (not counted, and not for the bare one)

    paths = {"balances": str(folder / "balances.parquet"), "internal": str(folder / "ledger.parquet")}
    books = read_books(paths, {})
    read = perf_counter()
    outcome = _rebuilt(books["balances"], books["internal"])
    return outcome | {"rebuilding": perf_counter() - read}


def reconstruct_unread(folder: Path) -> Outcome:
    """The reconstruction alone, straight from the file, which nothing has checked."""
    import pandas as pd  # noqa: PLC0415

    from workbench.engine import own_engine  # noqa: PLC0415
    from workbench.records import Origin, Records  # noqa: PLC0415
    from workbench.sources import read_balances  # noqa: PLC0415

    table = own_engine().read_parquet(folder / "ledger.parquet")
    typed = table.mutate(created_at=table.created_at.cast("timestamp('UTC', 6)"))
    faults = pd.DataFrame(columns=["row", "column", "value", "reason"])
    unread = Records(typed, faults, Origin("ledger.parquet", "parquet", 0), tuple(table.columns))
    return _rebuilt(read_balances(folder / "balances.parquet"), unread)


def _rebuilt(balances: Any, internal: Any) -> Outcome:
    from workbench.balances.rebuild import reconstruct  # noqa: PLC0415

    rebuilt = reconstruct(balances, internal)
    [*totals] = rebuilt.tables["control_totals"].to_pylist()
    return {
        "balances": rebuilt.summary["balances"],
        "debit": int(sum(row["recalculated_debit"] for row in totals)),
        "credit": int(sum(row["recalculated_credit"] for row in totals)),
        "discrepancies": rebuilt.summary["discrepancies"],
    }


CONTENDERS: dict[str, Callable[[Path], Outcome]] = {
    "bare DuckDB aggregation": bare,
    "reconstruct, file not read before": reconstruct_unread,
    "both files read and checked, reconstruct": read_and_reconstruct,
}
BASE = next(iter(CONTENDERS))


def run(name: str, folder: Path) -> Outcome:
    """One run in this process, after one on a thousand transactions that pays for late imports."""
    with TemporaryDirectory() as small:
        make(Path(small), 1000, 40)
        CONTENDERS[name](Path(small))
    began, worked = perf_counter(), process_time()
    outcome = CONTENDERS[name](folder)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    return outcome | {"seconds": perf_counter() - began, "processor": process_time() - worked, "peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transactions", type=int, default=10_000_000)
    parser.add_argument("--balances", type=int, default=100_000, help="a multiple of 4")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--print-only", action="store_true", help=f"leave {PAGE.name} as it is")
    parser.add_argument("--make", nargs=3, metavar=("FOLDER", "TRANSACTIONS", "BALANCES"), help="only make the files")
    parser.add_argument("--run", nargs=2, metavar=("CONTENDER", "FOLDER"), help="only one run, here and now")
    asked = parser.parse_args()
    if asked.make:
        make(Path(asked.make[0]), *map(int, asked.make[1:]))
        return
    if asked.run:
        print(json.dumps(run(asked.run[0], Path(asked.run[1]))))
        return
    text = "\n".join(report(measure(asked), asked))
    print(text)
    if not asked.print_only:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def measure(asked: argparse.Namespace) -> dict[str, list[Outcome]]:
    outcomes: dict[str, list[Outcome]] = {name: [] for name in CONTENDERS}
    with TemporaryDirectory() as folder:
        # In a process of its own: this one stays small, since children start with the peak of their parent.
        call = (
            f"import balances, pathlib; balances.make(pathlib.Path({folder!r}), {asked.transactions}, {asked.balances})"
        )
        subprocess.run([sys.executable, "-c", call], check=True, cwd=PAGE.parent)
        for _, name in ((number, name) for number in range(asked.repeat) for name in CONTENDERS):
            command = [sys.executable, __file__, "--run", name, folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            outcomes[name].append(json.loads(done.stdout.splitlines()[-1]))
    return outcomes


def report(outcomes: dict[str, list[Outcome]], asked: argparse.Namespace) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory, Python {platform.python_version()}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "ibis-framework", "pyarrow"))
    yield f"{asked.transactions:,} transactions over {asked.balances:,} balances; median of {asked.repeat} runs,"
    yield f"measured on {datetime.now(UTC).date()} ({machine}, {versions})."
    yield ""
    yield line(HEADERS)
    yield line(["---", *["---:"] * (len(HEADERS) - 1)])
    for name, runs in outcomes.items():
        yield line(cells(name, runs, outcomes[BASE]))


def line(found: Sequence[str]) -> str:
    return f"| {' | '.join(found)} |"


def cells(name: str, runs: Sequence[Outcome], base: Sequence[Outcome]) -> list[str]:
    seconds = [run["seconds"] for run in runs]
    rebuilding = [f"{run['rebuilding']:.2f}" for run in runs if "rebuilding" in run]
    same = all(run[figure] == base[0][figure] for run in runs for figure in ("balances", "debit", "credit"))
    return [
        f"{name} (of that, reconstruct: {', '.join(rebuilding)} s)" if rebuilding else name,
        f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})",
        times("seconds", runs, base),
        times("processor", runs, base),
        f"{max(run['peak'] for run in runs):,.0f}",
        "yes" if same else "NO",
        f"{runs[0]['discrepancies']:,}" if "discrepancies" in runs[0] else "",
    ]


def times(measure: str, runs: Sequence[Outcome], base: Sequence[Outcome]) -> str:
    return f"{median(run[measure] for run in runs) / median(run[measure] for run in base):.2f}"


if __name__ == "__main__":
    main()
