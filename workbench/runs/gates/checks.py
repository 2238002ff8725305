"""Checks: the figures of a run held against its gates, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

import pyarrow as pa

from workbench.amounts import amount_text
from workbench.errors import ExitCode
from workbench.runs.gates.figures import Figure, balance_figures, reconciliation_figures
from workbench.runs.gates.limits import FAIL, RECONCILE, RECONSTRUCT, Gates, Limit, make_gates
from workbench.sides import SIDES


class Verdict(StrEnum):
    """Whether the outcome is acceptable: green is, amber wants to be looked at, red is not."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Check:
    """One gate held against its figure, with the sentence that says how it came out."""

    gate: str
    level: str  # fail or warn
    side: str | None
    figure: str
    limit: str
    kept: bool
    sentence: str

    @property
    def word(self) -> str:
        """How it came out, in a word: kept, warns or broken."""
        return "kept" if self.kept else "broken" if self.level == FAIL else "warns"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Checks:
    """Every gate of a run and how it came out."""

    checks: tuple[Check, ...]

    @property
    def broken(self) -> tuple[Check, ...]:
        """The gates at level fail that are broken."""
        return tuple(check for check in self.checks if not check.kept and check.level == FAIL)

    @property
    def verdict(self) -> Verdict:
        """Red if a gate is broken, amber if a warning is, green otherwise."""
        if self.broken:
            return Verdict.RED
        return Verdict.GREEN if all(check.kept for check in self.checks) else Verdict.AMBER

    @property
    def exit_code(self) -> ExitCode:
        """1 if a gate is broken."""
        return ExitCode.WRONG_BOOKS if self.broken else ExitCode.DONE

    @property
    def message(self) -> str:
        """A sentence for each broken gate, each in a line; empty if none is."""
        return "\n".join(check.sentence for check in self.broken)

    def plus(self, more: Iterable[Check]) -> Checks:
        """With further checks before these."""
        return Checks((*more, *self.checks))


class Tables(Protocol):
    """What has the tables of a run."""

    @property
    def tables(self) -> Mapping[str, pa.Table]: ...  # noqa: D102


def check_gates(result: Tables, gates: Gates | Mapping[str, Any] | None = None) -> Checks:
    """Hold a reconciliation, or a reconstruction of balances, against its gates.

    ``gates`` are those of ``make_gates``, or a mapping that it takes. Raises ``SettingsError`` as it does. Account
    statements that do not add up, or do not follow one another, are always a broken gate.

    >>> from workbench import read_external, read_internal, reconcile
    >>> books = read_external("data/cards/statement.csv"), read_internal("data/cards/ledger.csv")
    >>> checks = check_gates(reconcile(*books), {"max_open": "1%"})
    >>> checks.verdict, checks.message.split(",")[0]
    (<Verdict.RED: 'red'>, '4 of 116 external records are open (4 unmatched')
    """
    command = RECONCILE if "matches" in result.tables else RECONSTRUCT
    chosen = gates if isinstance(gates, Gates) else make_gates(command, gates)
    figures = reconciliation_figures(result.tables) if command == RECONCILE else balance_figures(result.tables)
    of_gates = [
        check
        for limit in chosen.limits
        for side in _sides(limit)
        for check in _checks(limit, chosen, side, figures[limit.gate.name, side])
    ]
    return Checks((*_statements(result.tables), *of_gates))


def _statements(tables: Mapping[str, pa.Table]) -> list[Check]:
    """The account statements: no setting makes one that does not add up acceptable."""
    rows = tables["statements"].to_pylist() if "statements" in tables else []
    wrong = [row for row in rows if row["finding"]]
    count = f"{len(wrong):,} of {len(rows):,}"
    broken = [Check("statements", FAIL, row["side"], count, "0", False, row["finding"]) for row in wrong]
    kept = Check("statements", FAIL, None, count, "0", True, f"{len(rows):,} account statements add up and follow")
    return broken or ([kept] if rows else [])


def _sides(limit: Limit) -> tuple[str | None, ...]:
    return (limit.side,) if limit.side or not limit.gate.sided else SIDES


def _checks(limit: Limit, gates: Gates, side: str | None, figure: Figure) -> list[Check]:
    if limit.unit == "%" and limit.gate.only_money:
        names = sorted({*figure.money, *figure.of_money})
        return [_share_of_money(limit, side, figure, currency) for currency in names]
    if limit.unit in {"", "%"}:
        return [_count(limit, side, figure)]
    return [_money(limit, side, figure), *_unnamed_money(limit, gates, side, figure)]


def _count(limit: Limit, side: str | None, figure: Figure) -> Check:
    allowed = limit.allowed * figure.of / 100 if limit.unit else limit.allowed
    kept = figure.count <= allowed
    is_are = "is" if figure.count == 1 else "are"
    fact = f"{figure.count:,} of {figure.of:,} {figure.noun} {is_are} {figure.words}"
    return _check(limit, side, f"{figure.count:,} of {figure.of:,}", fact, kept)


def _money(limit: Limit, side: str | None, figure: Figure) -> Check:
    amount = figure.money.get(limit.unit, Decimal(0))
    unknown = _unknown(figure)
    shown = f"{amount_text(amount, limit.unit)} {limit.unit}{unknown}"
    fact = f"{shown} of {figure.noun} is {figure.words}"
    return _check(limit, side, shown, fact, amount <= limit.allowed and not unknown)


def _share_of_money(limit: Limit, side: str | None, figure: Figure, currency: str) -> Check:
    amount, of = figure.money.get(currency, Decimal(0)), figure.of_money.get(currency, Decimal(0))
    unknown = _unknown(figure)
    shown = f"{amount_text(amount, currency)} of {amount_text(of, currency)} {currency}{unknown}"
    fact = f"{shown} of {figure.noun} is {figure.words}"
    return _check(limit, side, shown, fact, amount * 100 <= limit.allowed * of and not unknown)


def _unnamed_money(limit: Limit, gates: Gates, side: str | None, figure: Figure) -> list[Check]:
    """Of a currency that no limit of the gate names, nothing is allowed; said by the first limit in money."""
    peers = [peer for peer in gates.limits if (peer.gate, peer.level) == (limit.gate, limit.level)]
    in_money = [peer for peer in peers if peer.unit not in {"", "%"} and peer.side in {None, side}]
    if in_money[0] is not limit:
        return []
    named = {peer.unit for peer in in_money}
    unnamed = [currency for currency, amount in figure.money.items() if currency not in named and amount]
    return [
        _money(Limit(limit.gate, limit.level, limit.side, Decimal(0), currency), side, figure) for currency in unnamed
    ]


def _unknown(figure: Figure) -> str:
    """Nobody knows what a row that cannot be used is worth, so no amount that it belongs to can be vouched for."""
    return f", and {figure.unreadable:,} rejected records of unknown amount" if figure.unreadable else ""


def _check(limit: Limit, side: str | None, figure: str, fact: str, kept: bool) -> Check:
    ending = f"as allowed (at most {limit})" if kept else f"more than the {limit} allowed ({limit.gate.name})"
    return Check(limit.gate.name, limit.level, side, figure, str(limit), kept, f"{fact}, {ending}")
