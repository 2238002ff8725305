"""Doors: what a command or the bench opens besides the records themselves, each damaged in turn."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from random import Random
from typing import TypeAlias

import workbench as wb
from benchmarks.hostile.damage import damaged
from workbench import cli

ROOT = Path(__file__).parents[2]
FAILED, WRONG_INPUT = 3, 2
CARDS = ROOT / "data" / "cards"
FILES = [str(CARDS / "statement.csv"), str(CARDS / "ledger.csv")]
BOOKS = [*FILES, "--rules", str(CARDS / "rules.json")]
BALANCES = ROOT / "data" / "balances"
RATES = "date,from,to,rate\n2026-10-01,EUR,USD,1.08\n2026-10-02,EUR,USD,1.0815\n2026-10-03,USD,EUR,0.93\n"
VALUES = ("", " ", "\0", "-1", "0", "1e9999", "9" * 40, "§", "\\t", "\ud800", "0001-01-01", "9999-12-31T23:59:59-14:00")
VALUES += (
    "NaN",
    "a=b",
    "=",
    "amount=amount",
    "none",
    "%Y",
    "%",
    "%d.%m.%Q",
    "UTC",
    "Mars/Base",
    "../../x",
    "/dev/zero",
)
VALUES += ("utf-16", "base64", "rot13", "1 EUR", "-5%", "1e400%", "100", "true", "x" * 5000, "@World", "created_at")
WRITTEN = {"--out", "--log", "--metrics", "--notify", "--wait", "--keep", "--previous"}
Outcome: TypeAlias = tuple[str, str]  # what became of it, and more about it


def journal(folder: Path, chance: Random) -> Outcome:
    """A chained journal: a change before its last line must be refused."""
    external = wb.read_external(CARDS / "statement.csv")
    path = folder / "decisions.jsonl"
    for record in external.head(4)["id"]:
        wb.add_decision(path, wb.decide({"external": external}, "exclude", external=[record], why="a test"))
    whole = path.read_bytes()
    path.write_bytes(damaged(whole, chance))
    kept = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    outcome = commanded("reconcile", *BOOKS, "--decisions", str(path), "--dry-run")
    changed = kept[:-1] != [*whole.split(b"\n")][: max(len(kept) - 1, 0)]
    return ("wrong", "a changed line was taken") if outcome[0] == "read" and changed else outcome


def rules(folder: Path, chance: Random) -> Outcome:
    """Rules of the samples, or of every kind there is: weighed, grouped, with remainders, across currencies."""
    path, rates = folder / "rules.json", folder / "rates.csv"
    rates.write_text(RATES)
    wb.save_rules(_every_rule(), path)
    seed = chance.choice([path, path, *sorted((ROOT / "data").rglob("rules*.json"))])
    path.write_bytes(damaged(seed.read_bytes(), chance))
    return commanded("reconcile", *FILES, "--rules", str(path), "--rates", str(rates), "--dry-run")


def rates(folder: Path, chance: Random) -> Outcome:
    """A table of exchange rates, for a rule that crosses currencies."""
    path, rules = folder / "rates.csv", folder / "rules.json"
    path.write_bytes(damaged(RATES.encode(), chance))
    wb.save_rules(_every_rule(), rules)
    return commanded("reconcile", *FILES, "--rules", str(rules), "--rates", str(path), "--dry-run")


def layout(folder: Path, chance: Random) -> Outcome:
    """A layout as it was saved: every row of its file comes back, or it is refused."""
    seed = chance.choice([*sorted((ROOT / "tests" / "sources" / "cases").glob("*.csv")), CARDS / "statement.csv"])
    path = folder / "layout.json"
    wb.detect_layout(seed, "external").save(path)
    path.write_bytes(damaged(path.read_bytes(), chance))
    return whole(wb.read_external(seed, layout=path, on_bad="reject"))


def settings(folder: Path, chance: Random) -> Outcome:
    """The settings of a run, for the same books and for others."""
    path = folder / "settings.json"
    path.write_bytes(damaged((_run_folder(folder) / "settings.json").read_bytes(), chance))
    return commanded("reconcile", *FILES, chance.choice(["--settings", "--like"]), str(path), "--dry-run")


def verified(folder: Path, chance: Random) -> Outcome:
    """A run folder in which one file is changed: ``verify`` must notice, and ``perform`` and ``compare`` not fail."""
    run = _run_folder(folder)
    path = chance.choice(sorted(path for path in run.rglob("*") if path.is_file()))
    before = path.read_bytes()
    path.write_bytes(damaged(before, chance))
    command = chance.choice(["verify", "verify", "perform", "compare"])
    outcome, more = commanded(command, str(run), *([str(folder.parent / "made run")] if command == "compare" else []))
    unseen = command != "compare" and (outcome, more) == ("read", "0") and path.read_bytes() != before
    return ("wrong", f"{path.name} was changed unseen by {command}") if unseen else (outcome, more)


def bench_file(folder: Path, chance: Random) -> Outcome:
    """The file of a reconciliation, opened in the bench."""
    for name in ("statement.csv", "ledger.csv"):
        shutil.copyfile(CARDS / name, folder / name)
    path = folder / "october.recon.json"
    kept = folder.parent / "made.recon.json"
    if not kept.exists():
        wb.reconcile_bench(
            *(str(folder / name) for name in ("statement.csv", "ledger.csv")), file=str(path)
        ).saving.save()
        shutil.copyfile(path, kept)
    path.write_bytes(damaged(kept.read_bytes(), chance))
    wb.reconcile_bench(file=str(path))
    return "read", ""


def balances(folder: Path, chance: Random) -> Outcome:
    """The balances, the ledger or the snapshots of a reconstruction."""
    names = ["balances.csv", "ledger.csv", "snapshots.csv"]
    for name in names:
        shutil.copyfile(BALANCES / name, folder / name)
    path = folder / chance.choice(names)
    path.write_bytes(damaged(path.read_bytes(), chance))
    files = [str(folder / name) for name in names]
    return commanded("reconstruct", *files[:2], "--snapshots", files[2], "--dry-run", "--on-bad", "reject")


def flags(_folder: Path, chance: Random) -> Outcome:
    """A flag, or two, with a value that nobody meant; nothing is written anywhere."""
    command = chance.choice(["reconcile", "reconstruct"])
    takes = [
        parameter.opts[0]
        for parameter in cli.commands.commands[command].params
        if parameter.opts[0].startswith("--") and not {*parameter.opts} & WRITTEN
    ]
    chosen = [f"{chance.choice(takes)}={chance.choice(VALUES)}" for _ in range(chance.choice([1, 1, 2]))]
    books = FILES if command == "reconcile" else [str(BALANCES / name) for name in ("balances.csv", "ledger.csv")]
    outcome, more = commanded(command, *books, *chosen, "--dry-run")
    return outcome, f"{chosen} {more}"


def whole(records: wb.Records) -> Outcome:
    """Whether every row of an input is a record, rejected, or excluded."""
    rows = len(records.to_pandas()) + records.rejected["row"].nunique() + _excluded(records)
    return ("read", "") if rows == records.origin.rows else ("lost", f"{rows} of {records.origin.rows} rows")


def _excluded(records: wb.Records) -> int:
    return 0 if records.excluded is None else int(records.excluded.count().to_pyarrow().as_py())


def _every_rule() -> list[wb.Rule]:
    amount, day = wb.Criterion("amount"), wb.Criterion("date", "equals", 86_400)
    return [
        wb.Rule("Reference", [amount, wb.Criterion("reference", "mentions", external="description")]),
        wb.Rule("Loosely", [wb.Criterion("amount", "equals", "0.02"), wb.Criterion("reference", "equals_loosely")]),
        wb.Rule("Early or late", [amount, wb.Criterion("date", "equals", (-86_400, 259_200))], max_alternatives=1),
        wb.Rule("Typed", [amount, wb.Criterion("description", "contains", 40)], status="suggested"),
        wb.Rule("Payout", [amount], strategy="many_to_one", grouping_criteria="description"),
        wb.Rule("Rest", [wb.Criterion("reference")], remainder="open", account="@Fees"),
        wb.Rule("Dollars", [wb.Criterion("amount", "equals", "0.01"), day], across_currencies=True),
        wb.Rule("Returned", [amount, day], strategy="within_external"),
        wb.Weighed(min_probability="0.5"),
    ]


def _run_folder(folder: Path) -> Path:
    """A run of the sample month, made once and copied."""
    made = folder.parent / "made run"
    if not made.exists():
        commanded("reconcile", *BOOKS, "--out", str(made))
    shutil.copytree(made, folder / "run")
    return folder / "run"


def commanded(*command: str) -> Outcome:
    """A command line in this process; its exit code tells what became of it."""
    said, shown = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(shown):
        code = cli.run(command)
    if code == FAILED:
        return "crashed", said.getvalue()[-300:]
    return ("refused", said.getvalue()[-300:]) if code == WRONG_INPUT else ("read", json.dumps(code))
