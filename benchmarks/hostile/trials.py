"""Trials: one hostile thing each, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import workbench as wb
from benchmarks.hostile import doors
from benchmarks.hostile.damage import damaged
from benchmarks.hostile.doors import ROOT, Outcome, whole
from benchmarks.hostile.guard import TooLong, guarded
from benchmarks.hostile.made import WRITERS, judge, make
from workbench.errors import WorkbenchError

# What begins a record in a bank's own format, whatever reads it.
BEGINS = {"mt940": rb"(?m)^:61:", "ofx": rb"<STMTTRN>", "camt": rb"<(?:\w+:)?Ntry>", "bai2": rb"(?m)^16,"}
FAULTS = ("wrong", "lost", "crashed", "too slow", "too large")


def run_trial(kind: str, folder: Path, chance: Random) -> Outcome:
    """Try one thing of this kind in an empty ``folder``."""
    try:
        with guarded():
            return TRIALS[kind](folder, chance)
    except WorkbenchError:
        return "refused", ""
    except TooLong:
        return "too slow", ""
    except MemoryError:
        return "too large", ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return "crashed", f"{type(error).__name__}: {error}"[:300]


@cache
def seeds() -> dict[str, list[Path]]:
    """Whole files of every format, by the ending of their name: those of the tests, and of the samples."""
    tests = ROOT / "tests" / "sources"
    folders = (tests / "formats" / "banks", tests / "formats" / "workbooks", tests / "cases", ROOT / "data")
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix not in {".py", ".md"}]
    files += tests.glob("layouts/*/input.*")
    whole_files = sorted(path for path in files if path.is_file() and path.stat().st_size < 100_000)
    endings = sorted({path.suffix for path in whole_files})
    return {ending: [path for path in whole_files if path.suffix == ending] for ending in endings}


def _damaged_file(folder: Path, chance: Random) -> Outcome:
    """A file of a bank, as likely of one format as of another."""
    by_ending = seeds()
    seed = chance.choice(by_ending[chance.choice([*by_ending])])
    path = folder / seed.name
    path.write_bytes(damaged(seed.read_bytes(), chance))
    return _read(path, chance)


def _damaged_table(folder: Path, chance: Random) -> Outcome:
    """A table that was fine, in a format of columns or packed, damaged afterwards."""
    ending = chance.choice([*WRITERS])
    path = folder / f"made.{ending}"
    WRITERS[ending](make(chance).rows, path)
    path.write_bytes(damaged(path.read_bytes(), chance))
    return _read(path, chance)


def _read(path: Path, chance: Random) -> Outcome:
    reader = chance.choice([wb.read_external, wb.read_internal])
    records = reader(path, on_bad="reject", currency=chance.choice([None, "EUR"]))
    begun = len(re.findall(BEGINS.get(records.origin.format, rb"(?!)"), path.read_bytes()))
    if records.origin.rows < begun and not _says_more(records):
        return "lost", f"{records.origin.rows} of {begun} records that begin in {path.name}"
    return whole(records)


def _says_more(records: wb.Records) -> bool:
    """Whether more is said of an input than its records: bad rows, parts left out, statements that do not add up."""
    findings = records.statements["finding"].notna().any() if len(records.statements) else False
    return bool(len(records.rejected) or len(records.left_out) or findings)


def _made_file(folder: Path, chance: Random) -> Outcome:
    table = make(chance)
    path = folder / f"made.{table.format}"
    WRITERS[table.format](table.rows, path)
    touched = str({row: table.rows[row] for row in table.touched})
    return judge(table, wb.read_external(path, on_bad="reject")), f"{table.format} {touched}"[:300]


TRIALS: dict[str, Callable[[Path, Random], Outcome]] = {
    "damaged file": _damaged_file,
    "damaged table": _damaged_table,
    "made file": _made_file,
    "layout": doors.layout,
    "journal": doors.journal,
    "rules": doors.rules,
    "rates": doors.rates,
    "settings": doors.settings,
    "run folder": doors.verified,
    "file of the bench": doors.bench_file,
    "balances": doors.balances,
    "flags": doors.flags,
}
SHARES = (25, 16, 20, 5, 5, 6, 4, 4, 4, 2, 4, 5)  # of all trials, in percent: most of what comes from outside are files
