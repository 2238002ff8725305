"""Compare: what differs between two runs, in records and in money, and which settings, inputs and gates differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError
from workbench.runs.audit.chained import CHAIN
from workbench.runs.folder.saved import SavedRun, load_saved
from workbench.runs.gates.checks import Check
from workbench.runs.gates.figures import EXACT, each_record_once, gross, open_money
from workbench.runs.gates.limits import RECONCILE, RECONSTRUCT
from workbench.sides import SIDES
from workbench.tabular import count_of

MATCH = frozenset[tuple[str, str]]  # the records of a match, each with its side


@dataclass(frozen=True)
class Matches:
    """Matches that only one of the runs has: how many, how much money they move, gross, and which."""

    count: int
    money: Mapping[str, str]
    matches: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Change:
    """A figure of something before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """What differs between a run (before) and another (after)."""

    before: str
    after: str
    inputs: tuple[Change, ...]
    settings: tuple[Change, ...]
    gained: Matches | None  # of reconciliations
    lost: Matches | None
    other_rule: int  # matches of the same records by another rule
    open: tuple[Change, ...]  # by side and currency: records and gross money
    balances: tuple[Change, ...]  # of reconstructions: those whose difference is another one
    gates: tuple[Change, ...]
    ways: tuple[Change, ...] = ()  # of chains: what became of the records of a book, and lines of the bridge

    @property
    def equal(self) -> bool:
        """Whether nothing differs in what came out."""
        moved = [part.count for part in (self.gained, self.lost) if part]
        return not (any(moved) or self.other_rule or self.open or self.balances or self.gates or self.ways)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "equal": self.equal}


def compare(before: str | Path, after: str | Path) -> Comparison:
    """Compare two run folders, folders of reports, or folders of chains.

    Raises ``SourceError`` for a folder that is malformed, ``SettingsError`` for two runs of different kinds.
    """
    one, other = load_saved(before), load_saved(after)
    if one.command != other.command:
        raise SettingsError(f"{before} is of {one.command} and {after} of {other.command}: compare two of one kind")
    of_records = one.command == RECONCILE
    here, there = (_matches(run) if of_records else {} for run in (one, other))
    gained, lost = there.keys() - here.keys(), here.keys() - there.keys()
    return Comparison(
        str(before),
        str(after),
        _inputs(one, other),
        _changes(_settings(one), _settings(other)),
        _listed(there, gained) if of_records else None,
        _listed(here, lost) if of_records else None,
        sum(here[pair]["rule"] != there[pair]["rule"] for pair in here.keys() & there.keys()),
        _changes(_open(one), _open(other)) if of_records else (),
        _changes(_balances(one), _balances(other)) if one.command == RECONSTRUCT else (),
        _changes(_gates(one), _gates(other)),
        _changes(_ways(one), _ways(other)) if one.command == CHAIN else (),
    )


def _matches(run: SavedRun) -> dict[MATCH, dict[str, Any]]:
    """Each match by the records in it: its rule, its currency, and its money without sign."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in run.tables["matches"].to_pylist():
        groups.setdefault(row["match_id"], []).append(row)
    money: dict[str, Decimal] = {}
    for row in each_record_once(run.tables["matches"]).select(["match_id", "amount"]).to_pylist():
        money[row["match_id"]] = EXACT.add(money.get(row["match_id"], Decimal(0)), abs(row["amount"]))
    return {
        frozenset((side, name) for row in rows for side in SIDES if (name := row[f"{side}_transaction_id"])): {
            "rule": rows[0]["rule"],
            "currency": rows[0]["currency"],
            "amount": money[match],
        }
        for match, rows in groups.items()
    }


def _listed(matches: Mapping[MATCH, Mapping[str, Any]], chosen: Iterable[MATCH]) -> Matches:
    rows = sorted(
        (
            {
                **{side: sorted(name for of_side, name in records if of_side == side) for side in SIDES},
                **matches[records],
                "amount": f"{matches[records]['amount']:f}",
            }
            for records in chosen
        ),
        key=lambda row: (row["external"], row["internal"]),
    )
    sums = gross([row["currency"] for row in rows], [Decimal(row["amount"]) for row in rows])
    money = {currency: f"{amounts.total:,f}" for currency, amounts in sums.items()}
    return Matches(len(rows), money, tuple(rows))


def _open(run: SavedRun) -> dict[str, str]:
    """Such as ``external EUR: 4 records, 97.58 (debits 0.00, credits 97.58)``."""
    figures = {}
    for side in SIDES:
        rows = run.tables[f"unmatched_{side}"]
        counts = Counter(rows["currency"].to_pylist())
        for currency, money in open_money(run.tables, side).items():
            apart = f"debits {money.debits:,f}, credits {money.credits:,f}"
            figures[f"{side} {currency}"] = f"{counts[currency]:,} records, {money.total:,f} ({apart})"
    return figures


def _balances(run: SavedRun) -> dict[str, str]:
    rows = run.tables["discrepancies"].to_pylist()
    return {f"{row['balance_id']} {row['currency']}": f"{row['difference']:,f}" for row in rows}


def _ways(run: SavedRun) -> dict[str, str]:
    """Such as ``ledger towards bank EUR stopped at stripe: 1 record, 50.00``, and ``EUR bank less open: -2.00``."""
    totals, bridge = (run.tables[name].to_pylist() for name in ("control_totals", "bridge"))
    parts = {
        " ".join(
            [row["book"], "towards", row["towards"], row["currency"], row["part"]]
            + (["at", row["ends_at"]] if row["ends_at"] else [])
        ): f"{count_of(row['records'], 'record')}, {_money(row['amount'])}"
        for row in totals
    }
    lines = {f"{row['currency']} {row['book']} {row['line']}": _money(row["amount"]) for row in bridge}
    return {**parts, **lines}


def _money(amount: Decimal | None) -> str:
    return "not known" if amount is None else f"{amount:,f}"


def _gates(run: SavedRun) -> dict[str, str]:
    gates = {}
    for gate in run.outcome["gates"]:
        name = " ".join(filter(None, (gate["gate"], gate["side"], gate["level"])))
        gates[name] = f"{gate['figure']}, at most {gate['limit']}: {Check(**gate).word}"
    return {"verdict": str(run.outcome["verdict"]), **gates}


def _settings(run: SavedRun) -> dict[str, str]:
    chosen = dict(run.settings["settings"])
    rules = chosen.pop("rules", [])
    readers = {
        f"reading {side}": _text(entry.get("options") or "defaults") for side, entry in run.settings["inputs"].items()
    }
    numbered = {f"rule {number}": _text(rule) for number, rule in enumerate(rules, 1)}
    terms = {name: _text(run.settings[name]) for name in ("gates", "expect")}
    return {**{name: _text(value) for name, value in chosen.items()}, **numbered, **readers, **terms}


def _text(value: object) -> str:
    return "none" if value in (None, [], {}, ()) else str(value)


def _inputs(one: SavedRun, other: SavedRun) -> tuple[Change, ...]:
    def described(run: SavedRun) -> dict[str, str]:
        if run.command == CHAIN:
            manifests = enumerate(run.summary["manifests"], 1)
            return {f"run {number}": f"manifest SHA-256 {manifest[:12]}…" for number, manifest in manifests}
        entries = run.manifest["inputs"].items()
        return {
            side: f"{entry['name']}, {entry['rows']:,} records, SHA-256 {str(entry['sha256'])[:12]}…"
            for side, entry in entries
        }

    return _changes(described(one), described(other))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(
        Change(name, before.get(name, "none"), after.get(name, "none"))
        for name in names
        if before.get(name) != after.get(name)
    )
