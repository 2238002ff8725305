"""Chain: reconciliations joined to the ways of records through all of their books, with one set of control totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow as pa

from workbench.errors import SettingsError
from workbench.reconciliation.result import Result
from workbench.reconciliation.summary import Figures
from workbench.sides import SIDES
from workbench.tabular import Tabular, count_of, frame
from workbench.ways.books import way_of
from workbench.ways.ends import ends
from workbench.ways.paths import ways_table
from workbench.ways.steps import Reconciled, book_names, in_a_row
from workbench.ways.totals import bridge, control_totals


@dataclass(frozen=True, eq=False)
class ChainSummary(Figures):
    """What was chained, and what became of the records of the first book: those of all currencies.

    ``stopped`` counts those that are open somewhere on the way, or took no part in a later reconciliation; ``settled``
    those that records of their own book settled, or those that they were matched with.
    """

    books: tuple[str, ...]
    reconciliations: tuple[str, ...]  # the ids of the reconciliations
    records_in: int
    arrived: int
    stopped: int
    settled: int
    excluded: int
    rejected: int
    ways: int  # the number of ways, one per row


@dataclass(frozen=True, repr=False)
class Chain(Tabular):
    """The ways of records through several books; ``tables`` holds the Arrow tables behind the DataFrames below."""

    summary: ChainSummary
    tables: Mapping[str, pa.Table]

    def __repr__(self) -> str:
        return f"<Chain: {self.headline()}>"

    def headline(self) -> str:
        """How many records of the first book arrived at the last one."""
        summary = self.summary
        first, last = summary.books[0], summary.books[-1]
        came = count_of(summary.records_in, "record")
        return f"{' → '.join(summary.books)}: {summary.arrived:,} of {came} of {first} arrived at {last}"

    def shown(self) -> tuple[pd.DataFrame, ...]:
        """The control totals, and what lies between the first and the last book."""
        return self.control_totals, self.bridge

    @cached_property
    def ways(self) -> pd.DataFrame:
        """A row for each way of a record from book to book, also for those that begin at a later one.

        Columns: of each book its name (the id of the record), ``NAME_amount`` (what of the record is in the match by
        which the way goes on, or what is open where it ends) and ``NAME_currency``; between two books ``match_1`` and
        ``rule_1`` and so on (of the reconciliation of both); then ``begins_at`` and ``ends_at`` (books), ``state`` of
        its end (arrived, open, settled, excluded or rejected), ``reason`` (why it ends there), ``reason_of_beginning``
        (why no way leads to where it begins). A record that was matched with several stands in several rows.
        """
        return frame(self.tables["ways"])

    @cached_property
    def control_totals(self) -> pd.DataFrame:
        """What became of the records of each book, towards the last book and back towards the first one.

        Columns: ``book``, ``towards``, ``currency``, ``part`` (``in``, then what sums to it: ``arrived``, ``stopped``,
        ``settled``, ``excluded``, ``rejected``), ``ends_at`` (the book where the ways of this part end), ``records``,
        ``amount``, ``amount_debit`` and ``amount_credit`` (negative and positive amounts apart, without sign).
        A record has arrived when all that it was matched with has: its way ends where the first of them does. Where
        only a part of a record is matched it counts as stopped, with the amount that is open.
        """
        return frame(self.tables["control_totals"])

    @cached_property
    def bridge(self) -> pd.DataFrame:
        """From the total of the first book to that of the last one in each currency: all that lies between.

        Columns: ``currency``, ``book``, ``line``, ``amount`` (what the line adds), ``total`` (what there is then).
        """
        return frame(self.tables["bridge"])


def chain(results: Sequence[Result], *, names: Iterable[str] | None = None) -> Chain:
    """Join reconciliations that share a side to the ways of records through all of their books.

    ``results`` stand in the order of the way: each shares the records of one side with the next, such as ledger with
    processor, then processor with bank; which side is external and which internal does not matter. The way begins at
    the side of the first that is not shared. ``names`` are what the books are called, in this order; by default they
    are called as their files.

    Raises ``SettingsError`` for results that do not share one input with the next (by its SHA-256), or that count a
    record of it differently, ``ControlTotalsError`` if the ways do not tie out with the control totals of the results.

    >>> from workbench import read_external, read_internal, reconcile
    >>> row = {"reference": "a", "amount": "9.90", "currency": "EUR"}
    >>> booked = read_internal([row | {"transaction_id": "t1", "created_at": "2026-01-01"}])
    >>> charged = read_external([row | {"id": "c1", "date": "2026-01-01"}])
    >>> paid = read_internal([row | {"transaction_id": "b1", "created_at": "2026-01-03"}])
    >>> ways = chain(
    ...     [reconcile(charged, booked), reconcile(charged, paid)], names=["ledger", "processor", "bank"]).ways
    >>> ways[["ledger", "processor", "bank", "state"]].values.tolist()
    [['t1', 'c1', 'b1', 'arrived']]
    """
    joined = list(results) if isinstance(results, Iterable) else []
    if not joined or not all(isinstance(result, Result) for result in joined):
        raise SettingsError("chain takes a list of the results of two reconciliations or more that share a side")
    return chained([_reconciled(result) for result in joined], names)


def chained(reconciled: Sequence[Reconciled], names: Iterable[str] | None = None) -> Chain:
    """As ``chain``, of reconciliations wherever they come from."""
    steps = in_a_row(reconciled)
    way = way_of(steps, book_names(steps, names))
    tables = {
        "ways": ways_table(way),
        "control_totals": control_totals(way, ends(way), ends(way.back())),
        "bridge": bridge(way),
    }
    return Chain(_summary([book.name for book in way.books], [one.run_id for one in reconciled], tables), tables)


def _reconciled(result: Result) -> Reconciled:
    return Reconciled(
        result.summary.reconciliation_id,
        result.settings,
        {side: result.inputs[side].name for side in SIDES},
        {side: result.inputs[side].sha256 for side in SIDES},
        result.tables,
    )


def _summary(books: Sequence[str], ids: Sequence[str], tables: Mapping[str, pa.Table]) -> ChainSummary:
    first = [
        row for row in tables["control_totals"].to_pylist() if (row["book"], row["towards"]) == (books[0], books[-1])
    ]
    counts = {
        part: sum(row["records"] for row in first if row["part"] == part)
        for part in ("in", "arrived", "stopped", "settled", "excluded", "rejected")
    }
    came_in = counts.pop("in")
    return ChainSummary(tuple(books), tuple(ids), came_in, **counts, ways=len(tables["ways"]))
