"""Perform: a run is done again from its folder alone, and every table and gate held against what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.balances.explained import explained
from workbench.balances.rebuild import make_balance_settings, reconstruct_with
from workbench.dsn import is_dsn
from workbench.errors import ExitCode, SettingsError, SourceError, WorkbenchError
from workbench.reconciliation.reconcile import reconcile_with
from workbench.reconciliation.settings import settings_from_dict
from workbench.records import Records
from workbench.runs.audit.chained import CHAIN
from workbench.runs.folder.inputs import INDICATORS, ROWS
from workbench.runs.folder.journals import DECISIONS, GATE
from workbench.runs.folder.manifest import changed_files, kept_names, versions
from workbench.runs.folder.saved import SavedRun, load_saved, read_table, reading
from workbench.runs.folder.terms import Judgement, judge, make_terms
from workbench.runs.gates.limits import RECONCILE
from workbench.sources import READERS, read_copies
from workbench.sources.options import SELECTING

FORGED = (
    "the folder agrees with its own hashes, and these versions are those of the run: its tables, its inputs or its "
    "settings were changed, and the hashes made anew (a forgery)"
)
RATES = "rates"
WHEN = {"executed_at"}  # columns that say when a run was done
BALANCE_SETTINGS = ("as_of", "balance_ids")


@dataclass(frozen=True)
class Difference:
    """What came out otherwise: a table or a gate, and how, in a sentence."""

    what: str
    sentence: str


@dataclass(frozen=True)
class Performance:
    """A run and the same run done again; ``reasons`` say why they differ, as far as that can be known."""

    folder: str
    run_id: str
    tables: int  # that were compared
    gates: int
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """1 if anything came out otherwise, or the folder is not as the run left it."""
        return ExitCode.WRONG_BOOKS if self.differences or self.reasons else ExitCode.DONE

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "equal": not self.differences, "exit_code": int(self.exit_code)}


def perform(path: str | Path) -> Performance:
    """Do a run again from what its folder holds, and compare every table and every gate.

    ``path`` names a run folder, the folder of a report, or a part of either. Nothing outside of it is opened.
    Raises ``SourceError`` for a folder that is malformed or does not hold the inputs.
    """
    run = load_saved(path)
    with reading(run.folder):
        return _perform(run)


def _perform(run: SavedRun) -> Performance:
    if run.command == CHAIN:
        raise SourceError(
            f"{run.folder} joins the runs of other folders, which it does not hold: join these again (workbench chain "
            "RUN RUN --out DIR), and compare both folders"
        )
    changed = [sentence for sentence in changed_files(run.folder, run.manifest) if not sentence.startswith("report")]
    missing = [side for side in run.manifest["inputs"] if not all(path.is_file() for path in _copies(run, side))]
    if missing or not run.manifest["inputs"]:
        raise SourceError(
            f"{run.folder} does not hold the {missing[0] if missing else 'inputs'} that was read (--no-inputs, or "
            "taken out since): it cannot be performed again from the folder alone"
        )
    try:
        result, judged = _again(run)
    except WorkbenchError as error:
        if not changed:
            raise
        return _performance(run, [Difference("run", f"it cannot be done again: {error}")], changed, 0)
    differences = [*_tables(run, {**result.tables, **judged.tables(result)}), *_gates(run, judged)]
    return _performance(run, differences, changed, len(judged.checks.checks))


def _performance(run: SavedRun, differences: list[Difference], changed: list[str], gates: int) -> Performance:
    reasons = [*changed, *_versions(run)] if differences else changed
    if differences and not reasons:
        reasons = [FORGED]
    return Performance(str(run.folder), run.run_id, len(run.tables), gates, tuple(differences), tuple(reasons))


def _again(run: SavedRun) -> tuple[Any, Judgement]:
    terms = make_terms(run.command, run.settings["gates"], run.settings["expect"], run.settings.get("as_of"))
    sides = [side for side in run.settings["inputs"] if side not in {DECISIONS, RATES}]
    records = {side: _read(run, side) for side in sides}
    if run.command == RECONCILE:
        decisions, rates = (
            _copies(run, name)[0] if name in run.manifest["inputs"] else None for name in (DECISIONS, RATES)
        )
        settings = settings_from_dict(run.settings["settings"])
        both = records["external"], records["internal"]
        result: Any = reconcile_with(settings, *both, decisions=decisions, rates=rates)
    else:
        chosen = {name: run.settings["settings"].get(name) for name in BALANCE_SETTINGS}
        books = records["balances"], records["internal"]
        result = explained(
            reconstruct_with(make_balance_settings(**chosen), *books, snapshots=records.get("snapshots"))
        )
    return result, judge(terms, result, records, datetime.fromisoformat(run.summary["started_at"]))


def _read(run: SavedRun, side: str) -> Records:
    """A side as it was read, from the copy in the folder."""
    if side not in READERS or side not in run.manifest["inputs"]:
        raise SettingsError(f"{run.folder} has an input {side!r} that the workbench does not know: it was changed")
    copies, entry = _copies(run, side), run.manifest["inputs"][side]
    in_rows = (copies[0].name == ROWS and entry["path"] is None) or is_dsn(str(entry["path"]))
    options = {name: value for name, value in run.settings["inputs"][side]["options"].items() if name not in SELECTING}
    if not in_rows:
        names = [str(file["name"]) for file in entry.get("files", [entry])]
        several = dict(zip(names, copies, strict=False)) if len(copies) > 1 else {}
        if several:  # what each file is called stands beside its records
            records = read_copies(side, several, **_keyed(options))
        else:
            records = READERS[side](str(copies[0]), **_keyed(options))
        return replace(records, origin=replace(records.origin, name=entry["name"]))
    records = READERS[side](read_table(copies[0]), **_keyed(options))
    beside = copies[0].with_name(INDICATORS)
    more = {"indicators": read_table(beside)} if beside.is_file() else {}
    return replace(records, origin=replace(records.origin, name=entry["name"], digest=entry["sha256"]), **more)


def _keyed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as a reader takes them: JSON has made texts of the positions in a mapping."""
    mapping = options.get("mapping")
    if not mapping:
        return dict(options)
    numbered = "header" in options and options["header"] is None
    keys = {key: int(key) if numbered and str(key).isdecimal() else key for key in mapping}
    return {**options, "mapping": {keys[key]: column for key, column in mapping.items()}}


def _copies(run: SavedRun, side: str) -> list[Path]:
    """Where the copies of an input stand; the folder itself, which is no file, where there are none."""
    names = kept_names(run.manifest["inputs"].get(side) or {})
    return [run.folder / name for name in names] or [run.folder]


def _tables(run: SavedRun, again: Mapping[str, pa.Table]) -> Iterator[Difference]:
    for name in sorted({*run.tables, *again}):
        if name not in again:
            yield Difference(name, f"{name}: it is in the folder, and performed again there is none")
        elif name not in run.tables:
            yield Difference(name, f"{name}: performed again there is one, and the folder has none")
        else:
            sentence = difference_of(run.tables[name], again[name])
            if sentence:
                yield Difference(name, f"{name}: {sentence}")


def difference_of(saved: pa.Table, again: pa.Table) -> str:
    """In what two tables differ, one ``saved`` in the folder and one performed ``again``; empty if they are equal."""
    saved, again = _comparable(saved), _comparable(again)
    if saved.column_names != again.column_names:
        odd = sorted({*saved.column_names} ^ {*again.column_names})
        return f"columns differ: {', '.join(odd) or 'their order'}"
    if len(saved) != len(again):
        return f"{len(saved):,} rows in the folder, {len(again):,} performed again"
    for name in saved.column_names:
        then, now = saved[name].to_pylist(), again[name].to_pylist()
        places = [place for place, pair in enumerate(zip(then, now, strict=True)) if pair[0] != pair[1]]
        if places:
            first = places[0]
            rows = "1 row differs" if len(places) == 1 else f"{len(places):,} rows differ"
            return f"{rows} in {name}; row {first + 1}: {then[first]} in the folder, {now[first]} performed again"
    return ""


def _comparable(table: pa.Table) -> pa.Table:
    return table.select([name for name in table.column_names if name not in WHEN])


def _gates(run: SavedRun, judged: Judgement) -> Iterator[Difference]:
    in_folder = [gate for gate in run.outcome["gates"] if gate["gate"] != GATE]
    again = [check.to_dict() for check in judged.checks.checks if check.gate != GATE]
    if len(in_folder) != len(again):
        yield Difference("gates", f"gates: {len(in_folder)} in the folder, {len(again)} performed again")
        return
    for then, now in zip(in_folder, again, strict=True):
        names = [name for name in now if name != "sentence" and then.get(name) != now[name]]
        if names:
            gate = " ".join(filter(None, ("gate", now["gate"], now["side"])))
            figures = f"{then.get(names[0])} in the folder, {now[names[0]]} performed again"
            yield Difference(gate, f"{gate}: {names[0]} {figures}")


def _versions(run: SavedRun) -> list[str]:
    """The versions that are not those of the run, which may be why it differs."""
    then, now = run.manifest["versions"], versions()
    return [
        f"{name} was {then.get(name)} in the run and is {version} now"
        for name, version in now.items()
        if then.get(name) != version
    ]
