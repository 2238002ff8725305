"""Chained: the ways of records through the reconciliations of several run folders, as these say them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.errors import SettingsError, SourceError
from workbench.reconciliation.settings import settings_from_dict
from workbench.runs.folder.export import write_tables
from workbench.runs.folder.hashes import write_json
from workbench.runs.folder.manifest import changed_files
from workbench.runs.folder.outcome import Outcome, write_outcome
from workbench.runs.folder.run_folder import publish
from workbench.runs.folder.saved import SETTINGS, SUMMARY, SavedRun, load_saved, manifest_hash
from workbench.runs.gates.checks import Check, Checks, Verdict
from workbench.runs.gates.limits import FAIL, RECONCILE, WARN
from workbench.sides import SIDES
from workbench.ways.chain import Chain, chained
from workbench.ways.steps import Reconciled

CHAIN = "chain"


@dataclass(frozen=True)
class ChainedRuns:
    """A chain, and of each run that it joins the SHA-256 of the manifest and the verdict."""

    chain: Chain
    manifests: tuple[str, ...]
    verdicts: tuple[str, ...]

    @property
    def checks(self) -> Checks:
        """A gate for each run: books that do not pass by themselves do not pass in a chain."""
        return _checks(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: nothing in it changes from one time to the next."""
        return {**self.chain.summary.to_dict(), "manifests": list(self.manifests), "verdicts": list(self.verdicts)}


def chain_runs(folders: Sequence[str | Path], names: Iterable[str] | None = None) -> ChainedRuns:
    """Join the reconciliations in run folders, in the order of the way, as ``wb.chain`` joins results.

    Raises ``SourceError`` for a folder that is malformed or no longer as the run left it, ``SettingsError`` for runs
    that do not share a side, ``ControlTotalsError`` if the ways do not tie out with the tables in the folders.
    """
    runs = [_unchanged(folder) for folder in folders]
    chain = chained([_reconciled(run) for run in runs], names)
    verdicts = tuple(str(run.outcome["verdict"]) for run in runs)
    return ChainedRuns(chain, tuple(manifest_hash(run.folder) for run in runs), verdicts)


def write_chain(runs: ChainedRuns, out: str | Path, force: bool = False) -> Path:
    """Write the tables of a chain as CSV and Parquet, and what stands in every run folder beside them.

    The same runs give the same bytes, and so a manifest of the same SHA-256: the outcome says neither when nor by whom
    they were joined. Raises ``SourceError`` as ``publish``.
    """
    summary = runs.chain.summary
    settings = {"command": CHAIN, "inputs": {}, "settings": {"names": list(summary.books)}, "gates": {}, "expect": {}}
    with publish(out, force) as folder:
        write_tables(runs.chain.tables, folder)
        write_json(folder / SUMMARY, runs.to_dict())
        write_json(folder / SETTINGS, settings)
        write_outcome(folder, _outcome(runs.chain.tables["control_totals"], runs.checks))
    return Path(out)


def chain_problems(run: SavedRun) -> Iterator[str]:
    """Yield a sentence for each figure of a chain's folder that does not agree with another one of it."""
    yield from _totals_problems(run.tables["control_totals"])
    yield from _bridge_problems(run.tables["bridge"])
    expected = _outcome(run.tables["control_totals"], _checks(run.summary)).to_dict()
    for name in ("verdict", "exit_code", "counts", "amounts"):
        if run.outcome.get(name) != expected[name]:
            yield f"outcome.json: {name} are not those of the tables"
    of_first = expected["counts"].get(next(iter(run.summary["books"])), {})
    for name in ("records_in", "arrived", "stopped", "settled", "excluded", "rejected"):
        count = of_first.get(name.removeprefix("records_"), 0)
        if run.summary[name] != count:
            yield f"summary.json: {name} is {run.summary[name]}, but the tables have {count}"


def _totals_problems(table: pa.Table) -> Iterator[str]:
    """What came in must be the sum of what became of it; what is not known is passed over."""
    books: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        books[row["book"], row["towards"], row["currency"]].append(row)
    for (book, towards, currency), rows in books.items():
        for figure in ("records", "amount", "amount_debit", "amount_credit"):
            whole = [row[figure] for row in rows if row["part"] == "in"]
            parts = [row[figure] for row in rows if row["part"] != "in"]
            if None not in (*whole, *parts) and [sum(parts)] != whole:
                yield f"control_totals: {figure} of {book} towards {towards} in {currency} do not tie out"


def _bridge_problems(table: pa.Table) -> Iterator[str]:
    """Each total must be the sum of the lines up to it."""
    sums: dict[str, Any] = {}
    for row in table.to_pylist():
        currency = row["currency"]
        sums[currency] = sums.get(currency, 0) + row["amount"]
        if row["total"] != sums[currency]:
            yield f"bridge: {row['line']} of {row['book']} in {currency} does not add up to its total"


def _checks(summary: Mapping[str, Any]) -> Checks:
    runs = enumerate(zip(summary["reconciliations"], summary["verdicts"], strict=True), 1)
    return Checks(tuple(_check(number, run, verdict) for number, (run, verdict) in runs))


def _check(number: int, run: str, verdict: str) -> Check:
    level, kept = WARN if verdict == Verdict.AMBER else FAIL, verdict == Verdict.GREEN
    return Check(f"run {number}", level, None, verdict, str(Verdict.GREEN), kept, f"run {number}, {run}, is {verdict}")


def _outcome(totals: pa.Table, checks: Checks) -> Outcome:
    """That of a chain that ties out: what became of the records of each book towards the last one."""
    rows = totals.to_pylist()
    towards = rows[0]["towards"] if rows else ""
    counts: dict[str, dict[str, int]] = {}
    amounts: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for row in rows:
        if row["towards"] != towards or row["amount_debit"] is None:
            continue
        of_book = counts.setdefault(row["book"], {})
        of_book[row["part"]] = of_book.get(row["part"], 0) + row["records"]
        place = f"{row['part']} at {row['ends_at']}" if row["ends_at"] else row["part"]
        money = {"debits": f"{row['amount_debit']:f}", "credits": f"{row['amount_credit']:f}"}
        amounts.setdefault(row["book"], {}).setdefault(place, {})[row["currency"]] = money
    return Outcome(
        CHAIN,
        str(checks.verdict),
        int(checks.exit_code),
        checks.message,
        gates=tuple(check.to_dict() for check in checks.checks),
        counts=counts,
        amounts=amounts,
        who="",
        host="",
    )


def _unchanged(folder: str | Path) -> SavedRun:
    run = load_saved(folder)
    if run.command != RECONCILE:
        raise SettingsError(f"{folder} is of {run.command}: a chain takes folders of reconcile")
    changed = changed_files(run.folder, run.manifest)
    if changed:
        raise SourceError(f"{folder} is not as the run left it: {changed[0]}")
    return run


def _reconciled(run: SavedRun) -> Reconciled:
    inputs: Mapping[str, Any] = run.manifest["inputs"]
    return Reconciled(
        run.run_id,
        settings_from_dict(run.settings["settings"]),
        {side: str(inputs[side]["name"]) for side in SIDES},
        {side: inputs[side]["sha256"] for side in SIDES},
        run.tables,
    )
