"""Trials: one hostile thing each, and what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import workbench as wb
from benchmarks.hostile.damage import damaged
from benchmarks.hostile.guard import TooLong, guarded
from benchmarks.hostile.made import WRITERS, judge, make
from workbench import cli
from workbench.errors import WorkbenchError

ROOT = Path(__file__).parents[2]
FAILED = 3
CARDS = ROOT / "data" / "cards"
BOOKS = [str(CARDS / "statement.csv"), str(CARDS / "ledger.csv"), "--rules", str(CARDS / "rules.json")]
FAULTS = ("wrong", "lost", "crashed", "too slow", "too large")
Outcome = tuple[str, str]  # what became of it, and more about it


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


def seeds() -> list[Path]:
    """Whole files of every format: those of the tests, and of the samples."""
    tests = ROOT / "tests" / "sources"
    folders = (tests / "formats" / "banks", tests / "formats" / "workbooks", tests / "cases", ROOT / "data")
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix not in {".py", ".md"}]
    files += tests.glob("layouts/*/input.*")
    return sorted(path for path in files if path.is_file() and path.stat().st_size < 100_000)


def _damaged_file(folder: Path, chance: Random) -> Outcome:
    seed = chance.choice(seeds())
    path = folder / seed.name
    path.write_bytes(damaged(seed.read_bytes(), chance))
    records = chance.choice([wb.read_external, wb.read_internal])(
        path, on_bad="reject", currency=chance.choice([None, "EUR"])
    )
    rows = len(records.to_pandas()) + records.rejected["row"].nunique() + _excluded(records)
    return ("read", "") if rows == records.origin.rows else ("lost", f"{rows} of {records.origin.rows} rows")


def _excluded(records: wb.Records) -> int:
    return 0 if records.excluded is None else int(records.excluded.count().to_pyarrow().as_py())


def _made_file(folder: Path, chance: Random) -> Outcome:
    table = make(chance)
    path = folder / f"made.{table.format}"
    WRITERS[table.format](table.rows, path)
    return judge(table, wb.read_external(path, on_bad="reject")), str({at: table.rows[at] for at in table.touched})[
        :300
    ]


def _journal(folder: Path, chance: Random) -> Outcome:
    """A chained journal: a change before its last line must be refused."""
    external = wb.read_external(CARDS / "statement.csv")
    path = folder / "decisions.jsonl"
    for record in external.head(4)["id"]:
        wb.add_decision(path, wb.decide({"external": external}, "exclude", external=[record], why="a test"))
    whole = path.read_bytes()
    path.write_bytes(damaged(whole, chance))
    kept = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    outcome = _commanded("reconcile", *BOOKS, "--decisions", str(path), "--dry-run")
    changed = kept[:-1] != [*whole.split(b"\n")][: max(len(kept) - 1, 0)]
    return ("wrong", "a changed line was taken") if outcome[0] == "read" and changed else outcome


def _rules(folder: Path, chance: Random) -> Outcome:
    path = folder / "rules.json"
    path.write_bytes(damaged(chance.choice(sorted((ROOT / "data").rglob("rules*.json"))).read_bytes(), chance))
    return _commanded("reconcile", *BOOKS[:2], "--rules", str(path), "--dry-run")


def _settings(folder: Path, chance: Random) -> Outcome:
    run = _run_folder(folder)
    path = folder / "settings.json"
    path.write_bytes(damaged((run / "settings.json").read_bytes(), chance))
    return _commanded("reconcile", *BOOKS[:2], "--settings", str(path), "--dry-run")


def _run(folder: Path, chance: Random) -> Outcome:
    """A run folder in which one file is changed: ``verify`` must notice."""
    run = _run_folder(folder)
    path = chance.choice(sorted(path for path in run.rglob("*") if path.is_file()))
    whole = path.read_bytes()
    path.write_bytes(damaged(whole, chance))
    outcome, more = _commanded("verify", str(run))
    unseen = outcome == "read" and more == "0" and path.read_bytes() != whole
    return ("wrong", f"{path.name} was changed unseen") if unseen else (outcome, more)


def _run_folder(folder: Path) -> Path:
    """A run of the sample month, made once and copied."""
    made = folder.parent / "made run"
    if not made.exists():
        _commanded("reconcile", *BOOKS, "--out", str(made))
    shutil.copytree(made, folder / "run")
    return folder / "run"


def _commanded(*command: str) -> Outcome:
    """A command line in this process; its exit code tells what became of it."""
    said, shown = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(shown):
        code = cli.run(command)
    if code == FAILED:
        return "crashed", said.getvalue()[-300:]
    return ("refused", said.getvalue()[-300:]) if code == 2 else ("read", json.dumps(code))


TRIALS: dict[str, Callable[[Path, Random], Outcome]] = {
    "damaged file": _damaged_file,
    "made file": _made_file,
    "journal": _journal,
    "rules": _rules,
    "settings": _settings,
    "run folder": _run,
}
SHARES = (50, 25, 7, 7, 5, 6)  # of all trials, in percent: most of what comes from outside are files
