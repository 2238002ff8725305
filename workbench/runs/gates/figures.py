"""Figures: what the gates hold against their limits, in records and in gross money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import money_open
from workbench.sides import SIDES
from workbench.sources.bad_rows import count_bad

COUNTED_PARTS = ("in", "unmatched", "excluded", "rejected")
EXACT = Context(prec=100)
Money = Mapping[str, Decimal]  # by currency
_DIGITS = 76  # as many as Arrow counts with: room for the sum of any amounts that 38 digits hold


@dataclass(frozen=True)
class Figure:
    """How many of how many, how much money of how much, and what that is in words.

    Money is gross: +5,000 and -5,000 are 10,000. ``unreadable`` records have an amount that nobody knows.
    """

    count: int
    of: int
    noun: str
    words: str
    money: Money = field(default_factory=dict)
    of_money: Money = field(default_factory=dict)
    unreadable: int = 0


@dataclass(frozen=True)
class Gross:
    """Money out (debits, negative amounts) and money in (credits), each without its sign."""

    debits: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Both together."""
        return EXACT.add(self.debits, self.credits)


def gross(currencies: pa.ChunkedArray | Sequence[Any], amounts: pa.ChunkedArray | Sequence[Any]) -> dict[str, Gross]:
    """Debits and credits of each currency; no amount counts as 0.

    >>> gross(["EUR", "EUR"], [Decimal(5000), Decimal(-5000)])["EUR"].total
    Decimal('10000')
    """
    rows = pa.table({"currency": currencies, "amount": amounts})
    money = rows["amount"].cast(pa.decimal256(_DIGITS, getattr(rows["amount"].type, "scale", 0)))
    nothing = pa.scalar(Decimal(0), money.type)
    debits = pc.negate(pc.min_element_wise(money, nothing))
    apart = rows.append_column("debits", debits).append_column("credits", pc.max_element_wise(money, nothing))
    sums = apart.group_by("currency").aggregate([("debits", "sum"), ("credits", "sum")]).sort_by("currency")
    return {row["currency"]: Gross(row["debits_sum"], row["credits_sum"]) for row in sums.to_pylist()}


def open_money(tables: Mapping[str, pa.Table], side: str) -> dict[str, Gross]:
    """The unmatched records of one side, debits and credits apart."""
    return _gross_of(tables[f"unmatched_{side}"])


def reconciliation_figures(tables: Mapping[str, pa.Table]) -> dict[tuple[str, str | None], Figure]:
    """The figure of each gate of a reconciliation, by its name and its side."""
    figures: dict[tuple[str, str | None], Figure] = {}
    for side in SIDES:
        for name, figure in _of_side(tables, side).items():
            figures[name, side] = figure
    matches = each_record_once(tables["matches"])
    every = pc.count_distinct(matches["match_id"]).as_py()
    money = _money(_gross_of(matches))
    for name, chosen, column, words in (
        ("max_in_doubt", pc.greater(matches["alternatives"], 0), "amount", "in doubt"),
        ("max_differences", pc.not_equal(matches["amount_difference"], 0), "amount_difference", "of unequal amounts"),
    ):
        rows = matches.filter(chosen)
        if column == "amount_difference":  # stands in each row of a match
            rows = first_of_each(rows, "match_id")
        count = pc.count_distinct(rows["match_id"]).as_py()
        figures[name, None] = Figure(count, every, "matches", words, _money(_gross_of(rows, column)), money)
    return figures


def balance_figures(tables: Mapping[str, pa.Table]) -> dict[tuple[str, str | None], Figure]:
    """The figure of each gate of a reconstruction of balances; none has a side."""
    totals, rejected = tables["control_totals"], tables["rejected"]
    odd = [row["currency"] for row in totals.to_pylist() if not row["balanced"]]
    bad = count_bad(rejected)
    rows = sum(pc.sum(totals[name]).as_py() or 0 for name in totals.column_names if name == "transactions_in")
    balances = len(tables["results"])
    named = f" ({', '.join(odd)})" if odd else ""
    return {
        ("max_differences", None): Figure(
            len(tables["discrepancies"]), balances, "balances", "different from their transactions"
        ),
        ("max_rejected", None): Figure(bad, rows, "records", "rejected"),
        ("max_unbalanced", None): Figure(len(odd), len(totals), "currencies", f"out of balance{named}"),
    }


def _of_side(tables: Mapping[str, pa.Table], side: str) -> dict[str, Figure]:
    totals = [row for row in tables["control_totals"].to_pylist() if row["side"] == side]
    count = Counter({part: sum(row[f"records_{part}"] for row in totals) for part in COUNTED_PARTS})
    unmatched = _money(open_money(tables, side))
    rejected = {row["currency"]: abs(row["amount_rejected"] or 0) for row in totals if row["records_rejected"]}
    still_open = _plus(unmatched, rejected)
    excluded = tables["excluded"].filter(pc.equal(tables["excluded"]["side"], side))
    out = _money(_gross_of(excluded))
    nothing = Decimal(0)
    came = {
        row["currency"]: _gross_in(row, unmatched.get(row["currency"], nothing), out.get(row["currency"], nothing))
        for row in totals
    }
    noun = f"{side} records"
    open_words = f"open ({count['unmatched']:,} unmatched, {count['rejected']:,} rejected)"
    stays_open = Figure(
        count["unmatched"] + count["rejected"], count["in"], noun, open_words, still_open, came, count["rejected"]
    )
    return {
        "max_open": stays_open,
        "max_open_amount": stays_open,
        "max_excluded": Figure(count["excluded"], count["in"], noun, "excluded", out, came),
        "max_by_hand": _by_hand(tables, side, excluded, count["in"], came),
        "max_rejected": Figure(count["rejected"], count["in"], noun, "rejected", rejected, came, count["rejected"]),
    }


def _by_hand(tables: Mapping[str, pa.Table], side: str, excluded: pa.Table, records_in: int, money_in: Money) -> Figure:
    matches = tables["matches"]
    matched = matches.filter(pc.equal(matches["rule"], BY_HAND))
    left_out = excluded.filter(pc.starts_with(excluded["reason"], f"{BY_HAND}:"))
    count = pc.count_distinct(matched[f"{side}_transaction_id"]).as_py() + len(left_out)
    words = f"settled by hand ({count - len(left_out):,} matched, {len(left_out):,} excluded)"
    money = _plus(_money(_gross_of(each_record_once(matched))), _money(_gross_of(left_out)))
    return Figure(count, records_in, f"{side} records", words, money, money_in)


def _gross_in(row: Mapping[str, Any], unmatched: Decimal, excluded: Decimal) -> Decimal:
    """What came in of a side and currency: debits and credits where its totals have them apart.

    Where they have not, or it is not known, the matched records count with their sum: that is never more than their
    gross, so a share of the whole is never looser.
    """
    if row.get("amount_in_debit") is not None:
        return EXACT.add(abs(row["amount_in_debit"]), abs(row["amount_in_credit"]))
    parts = unmatched, excluded, abs(row["amount_matched"]), abs(row["amount_rejected"] or 0)
    return sum(parts, Decimal(0))


def _gross_of(table: pa.Table, column: str = "amount") -> dict[str, Gross]:
    chosen = money_open(table) if column == "amount" and "counted_amount" in table.column_names else column
    return gross(table["currency"], table[chosen])


def each_record_once(matches: pa.Table) -> pa.Table:
    """The matches with a row for each record that an amount is of, where groups match groups: these have more."""
    if pc.count_distinct(matches["match_id"]).as_py() == len(matches):
        return matches
    of_sides = [(f"{side}_transaction_id", "count_distinct") for side in SIDES]
    counts = matches.group_by("match_id").aggregate(of_sides)
    several = [pc.greater(counts[f"{name}_count_distinct"], 1) for name, _ in of_sides]
    both = counts["match_id"].filter(pc.and_(*several))
    if not len(both):
        return matches
    of_groups = pc.is_in(matches["match_id"], both.combine_chunks())
    names = zip(*(matches[name].to_pylist() for name in ("match_id", "external_transaction_id")), strict=True)
    seen: dict[tuple[str, str], int] = {}
    first = [seen.setdefault(name, position) == position for position, name in enumerate(names)]
    return matches.filter(pc.or_(pa.array(first), pc.invert(of_groups)))


def first_of_each(table: pa.Table, name: str) -> pa.Table:
    """The first row for each value of a column."""
    rows: dict[Any, int] = {}
    for position, value in enumerate(table[name].to_pylist()):
        rows.setdefault(value, position)
    return table.take(pa.array(list(rows.values()), pa.int64()))


def _money(sums: Mapping[str, Gross]) -> dict[str, Decimal]:
    return {currency: sums_of.total for currency, sums_of in sums.items()}


def _plus(one: Money, other: Money) -> dict[str, Decimal]:
    names = sorted({*one, *other})
    return {name: EXACT.add(one.get(name, Decimal(0)), other.get(name, Decimal(0))) for name in names}
