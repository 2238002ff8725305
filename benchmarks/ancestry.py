"""What finding roots costs: a ledger of queued payments is read, then its roots are found as well.

``python -m benchmarks.ancestry --payments 1000000 --ending .parquet`` makes two rows of each payment, all of them
texts. Every run has a process of its own. Times are of the processors, which others that use the machine change less.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from workbench.ledger.ancestry import ABSENT, read_ancestry
from workbench.sources import read_internal

RUNS = 3
WRITERS = {".csv": pacsv.write_csv, ".parquet": pq.write_table}


def make(payments: int, path: Path) -> None:
    """Write a ledger in which every payment went through the queue, ten legs to a split."""
    leg = np.arange(payments).astype(str)
    split = np.char.add("txn_split_", (np.arange(payments) // 10).astype(str))
    queued, applied = np.char.add("txn_queued_", leg), np.char.add("txn_applied_", leg)
    kept = np.char.add(np.char.add('{"QUEUED_PARENT_TRANSACTION": "', split), '", "channel": "card"}')
    reference = np.char.add("ref_", leg)
    rows = pa.table(
        {
            "transaction_id": np.concatenate([queued, applied]),
            "parent_transaction": np.concatenate([split, queued]),
            "reference": np.concatenate([reference, np.char.add(reference, "_q")]),
            "status": ["QUEUED"] * payments + ["APPLIED"] * payments,
            "source": ["bln_customers"] * 2 * payments,
            "destination": ["bln_merchants"] * 2 * payments,
            "precise_amount": [str(number % 99_999 + 1) for number in range(payments)] * 2,
            "precision": ["100"] * 2 * payments,
            "currency": ["EUR"] * 2 * payments,
            "created_at": ["2026-01-01T00:00:00Z"] * 2 * payments,
            "meta_data": np.concatenate([kept, kept]),
        }
    )
    WRITERS[path.suffix](rows, path)


def once(path: Path, *, roots: bool) -> None:
    """Read the ledger, find its roots if asked to, and print the seconds that the processors took."""
    start = time.process_time()
    internal = read_internal(path)
    if roots:
        ancestry = read_ancestry(internal)
        assert ancestry.root.null_count == 0
        assert [finding.finding for finding in ancestry.findings] == [ABSENT]
    print(time.process_time() - start)


def compare(payments: int, ending: str) -> None:
    """Print the least processor time of several runs, with and without."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"ledger{ending}"
        make(payments, path)
        least = {}
        for which in ("read", "roots"):
            command = [sys.executable, "-m", "benchmarks.ancestry", "--file", str(path), "--only", which]
            times = [float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(RUNS)]
            least[which] = min(times)
            print(f"{which}: {least[which]:.2f} s, the least of {RUNS}")
        print(f"{2 * payments:,} rows of {ending}: {least['roots'] / least['read']:.2f} times reading alone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--ending", choices=list(WRITERS), default=".csv")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--only", choices=["read", "roots"])
    chosen = parser.parse_args()
    if chosen.file:
        once(chosen.file, roots=chosen.only == "roots")
    else:
        compare(chosen.payments, chosen.ending)
