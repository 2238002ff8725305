"""The result of a reconstruction: a value that charts, forms, reports and exports read, and nothing recomputes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.balances.explanation.explain import explain
from workbench.balances.explanation.hypotheses import Hypothesis
from workbench.balances.history import Timeline, Totals, UnknownEnds, load_postings, load_snapshots, make_timeline
from workbench.balances.money import Money, in_currency
from workbench.errors import SettingsError
from workbench.instants import rfc3339
from workbench.records import LazyFile, Origin
from workbench.tabular import Tabular, count_of, frame

IN_UNITS = {"results", "discrepancies", "offsetting", "unknown_balances", "currency_conflicts", "control_totals"}
METADATA_KEY = "BLNK_RECONCILIATION_RESULT"
METADATA_FIELDS = (
    "difference",
    "executed_at",
    "previous_balance",
    "previous_credit",
    "previous_debit",
    "recalculated_balance",
    "recalculated_credit",
    "recalculated_debit",
)


@dataclass(frozen=True)
class BalanceSettings:
    """Everything that decides the outcome of a reconstruction, beside the records themselves."""

    as_of: datetime | None = None  # only transactions effective up to this instant count
    balance_ids: tuple[str, ...] | None = None  # balances to report on; None is all

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values, named as the arguments of ``reconstruct``."""
        return {
            "as_of": rfc3339(self.as_of) if self.as_of else None,
            "balance_ids": list(self.balance_ids) if self.balance_ids is not None else None,
        }


@dataclass(frozen=True, repr=False)
class Reconstruction(Tabular):
    """What the balances come to when rebuilt from their transactions, with the settings and inputs behind it.

    ``tables`` holds the Arrow tables behind the DataFrames below, under the same names.
    """

    settings: BalanceSettings
    inputs: Mapping[str, Origin]  # "balances", "internal" and, where given, "snapshots"
    summary: Mapping[str, Any]
    tables: Mapping[str, pa.Table]
    transactions: ir.Table = field(
        repr=False, compare=False
    )  # classified; what a single balance's history is read from
    recorded_snapshots: ir.Table | None = field(default=None, repr=False, compare=False)
    lazy: tuple[LazyFile, ...] = field(default=(), repr=False, compare=False)  # the files that both are read from

    def __repr__(self) -> str:
        return f"<Reconstruction: {self.headline()}>"

    @property
    def decimals(self) -> Mapping[str, int]:
        """How many decimals precise units stand for, by currency, where its transactions agree on them."""
        decimals: Mapping[str, int] = self.summary.get("decimals", {})
        return decimals

    def money(self, currency: str) -> Money:
        """How precise units of a currency are said."""
        return Money(currency, self.decimals.get(currency))

    def in_currency(self, name: str) -> pa.Table:
        """The table of this name, with amounts in the currency of their row where it counts them in precise units."""
        table = self.tables[name]
        return in_currency(table, self.decimals) if name in IN_UNITS else table

    def headline(self) -> str:
        """How many balances differ from their transactions."""
        return f"{len(self.discrepancies):,} of {count_of(len(self.results), 'balance')} differ from their transactions"

    def shown(self) -> tuple[pd.DataFrame, ...]:
        """The largest discrepancies, and the control totals."""
        return self.discrepancies.head(10), self.control_totals

    @cached_property
    def results(self) -> pd.DataFrame:
        """A row for each balance, by id: recorded (``previous_*``) and recalculated figures, in precise units.

        Columns: ``balance_id``, ``currency``, ``previous_debit``, ``previous_credit``, ``previous_balance``,
        ``recalculated_debit``, ``recalculated_credit``, ``recalculated_balance``, ``difference`` (recalculated balance
        less previous balance), ``executed_at``.
        """
        return frame(self.tables["results"])

    @cached_property
    def discrepancies(self) -> pd.DataFrame:
        """The rows of ``results`` of which a debit, a credit or the balance differs.

        The largest difference comes first, whatever its sign; those of ``offsetting`` come last.
        """
        return frame(self.tables["discrepancies"])

    @cached_property
    def offsetting(self) -> pd.DataFrame:
        """The ``discrepancies`` whose balance is right although debit and credit are both wrong, by as much."""
        return frame(self.tables["offsetting"])

    @cached_property
    def unknown_balances(self) -> pd.DataFrame:
        """Counted transactions that name a balance which is not among the balances, or none: a row for each side.

        Columns: ``transaction_id``, ``side`` (``debit`` for the source, ``credit`` for the destination),
        ``balance_id``, ``currency``, ``precise_amount``, ``created_at``.
        """
        return frame(self.tables["unknown_balances"])

    @cached_property
    def currency_conflicts(self) -> pd.DataFrame:
        """Transactions whose currency is not that of a balance they name; they count all the same, as in Blnk.

        Columns as ``unknown_balances``, and ``balance_currency``.
        """
        return frame(self.tables["currency_conflicts"])

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Transactions that would count, but whose amount is no whole number of precise units of up to 38 digits.

        Columns: ``transaction_id``, ``source``, ``destination``, ``currency``, ``amount``, ``precision``,
        ``created_at``, ``reason``.
        """
        return frame(self.tables["problems"])

    @cached_property
    def counts(self) -> pd.DataFrame:
        """How many transactions took part and how many did not: ``status``, ``part`` (why), ``transactions``."""
        return frame(self.tables["counts"])

    @cached_property
    def control_totals(self) -> pd.DataFrame:
        """A row for each currency: where every transaction and every unit that was applied has gone.

        ``transactions_in`` is the sum of ``_counted``, ``_not_applied``, ``_later``, ``_not_whole`` and ``_rejected``
        (by the reader). ``applied``, the sum of the counted amounts, is the sum of ``recalculated_debit``,
        ``unknown_debit`` and ``conflict_debit`` (what balances of other currencies took of this one, less what
        balances of this one took of others), and of the same three credits: that is checked. ``out_by`` is
        recalculated credit less debit, ``previous_out_by`` the same of the record; ``balanced`` says whether both are
        0, ``remark`` where not.
        """
        return frame(self.tables["control_totals"])

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """The faults of the inputs: ``side``, ``row`` (1 is the first record), ``column``, ``value``, ``reason``."""
        return frame(self.tables["rejected"])

    def metadata(self, balance_id: str) -> dict[str, dict[str, str]]:
        """What Blnk writes into a balance's metadata after rebuilding it: eight fields, their values as text.

        Raises ``SettingsError`` for a balance that was not rebuilt.
        """
        row = self._row(balance_id)
        return {METADATA_KEY: {name: _text(row[name]) for name in METADATA_FIELDS}}

    def timeline(self, balance_id: str) -> Timeline:
        """Replay one balance transaction by transaction, beside its snapshots and its record.

        Raises ``SettingsError`` for a balance that was not rebuilt.
        """
        return self._timelines([balance_id])[balance_id]

    def explain(self, balance_id: str) -> tuple[Hypothesis, ...]:
        """What may have made one balance differ, the best hypothesis first, each with evidence and exact share.

        A single hypothesis of kind ``none`` says that there is nothing to explain, or nothing that explains it. Raises
        ``SettingsError`` for a balance that was not rebuilt.
        """
        return explain(self.timeline(balance_id))

    def explanations(self, limit: int = 100) -> dict[str, tuple[Hypothesis, ...]]:
        """What may have made each of the ``limit`` largest discrepancies, by balance."""
        largest = self.tables["discrepancies"]["balance_id"].slice(0, limit).to_pylist()
        return {balance_id: explain(timeline) for balance_id, timeline in self._timelines(largest).items()}

    def _timelines(self, balance_ids: Sequence[str]) -> dict[str, Timeline]:
        rows = {balance_id: self._row(balance_id) for balance_id in balance_ids}
        postings = load_postings(self.transactions, rows)
        snapshots: Mapping[str, list[tuple[datetime, Totals]]] = {}
        if self.recorded_snapshots is not None:
            snapshots = load_snapshots(self.recorded_snapshots, balance_ids, self.settings.as_of)
        for file in self.lazy:
            file.check()
        return {
            balance_id: make_timeline(
                balance_id,
                postings[balance_id],
                _previous(row),
                snapshots.get(balance_id, []),
                self._unknown_ends.get(row["currency"]),
                self.money(row["currency"]),
            )
            for balance_id, row in rows.items()
        }

    @cached_property
    def _unknown_ends(self) -> dict[str, UnknownEnds]:
        """What names unknown balances, by currency."""
        table = self.tables["unknown_balances"]
        currencies = table["currency"].unique().to_pylist()
        return {
            currency: UnknownEnds(table.filter(pc.equal(table["currency"], currency)).to_pylist())
            for currency in currencies
        }

    def _row(self, balance_id: str) -> dict[str, Any]:
        if balance_id not in self._places:
            raise SettingsError(f"balance {balance_id!r} was not rebuilt: results lists the balances that were")
        row: dict[str, Any] = self.tables["results"].slice(self._places[balance_id], 1).to_pylist()[0]
        return row

    @cached_property
    def _places(self) -> dict[str, int]:
        return {balance_id: place for place, balance_id in enumerate(self.tables["results"]["balance_id"].to_pylist())}


def _previous(row: Mapping[str, Any]) -> Totals:
    return Totals(*(int(row[f"previous_{name}"]) for name in Totals._fields))


def _text(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)
