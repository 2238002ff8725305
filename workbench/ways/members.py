"""Members: the records of one side of a reconciliation, and how much of each is in which match."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints, in_one_piece, whole_amounts
from workbench.reconciliation.matching.kernels import sums_by
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import money_open
from workbench.sides import ID_COLUMN, OTHER, SIDES, Side
from workbench.ways.steps import Reconciled

TEXT = pa.string()


@dataclass(frozen=True)
class Part:
    """Some records of a side: ids, currencies, amounts as whole numbers, and why where there is a reason."""

    ids: pa.Array
    currency: pa.Array
    amount: Ints
    reason: pa.Array


@dataclass(frozen=True)
class Members:
    """A side of a reconciliation: in ``matched`` a row for each record in each match, which ``match`` numbers.

    The amounts of ``open`` are what is not matched, those of ``matched`` what the match has of the record.
    """

    matched: Part
    match: Ints
    open: Part
    excluded: Part
    rejected: int  # how many records were rejected


def members(reconciled: Reconciled, side: Side, scale: int) -> Members:
    """The records of ``side``, with amounts at ``scale``."""
    matches = reconciled.tables["matches"]
    match = codes(matches["match_id"])
    ids = matches[f"{side}_transaction_id"]
    row = np.flatnonzero(pc.is_valid(ids).to_numpy())
    key = match[row] * (len(row) + 1) + codes(ids.take(pa.array(row)))
    row = row[np.sort(np.unique(key, return_index=True)[1])]  # a record stands in a row for each it is matched with
    rows = pa.array(row)
    matched = Part(
        in_one_piece(ids.take(rows)),
        in_one_piece(_currencies(reconciled, side).take(rows)),
        _amounts(reconciled, side, match, scale)[row],
        pa.nulls(len(row), TEXT),
    )
    still_open = reconciled.tables[f"unmatched_{side}"]
    excluded = reconciled.tables["excluded"]
    excluded = excluded.filter(pc.equal(excluded["side"], side))
    return Members(
        matched,
        match[row],
        _part(still_open, ID_COLUMN[side], money_open(still_open), scale),
        _part(excluded, "id", "amount", scale),
        sum(row["records_rejected"] for row in reconciled.tables["control_totals"].to_pylist() if row["side"] == side),
    )


def codes(column: pa.ChunkedArray) -> Ints:
    """A number for each value, in the order in which they first stand there."""
    numbers: Ints = in_one_piece(column).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64)


def whole_or_zero(column: pa.ChunkedArray, scale: int) -> Ints:
    """Decimals as whole numbers, 0 for what is not there."""
    return whole_amounts(pc.fill_null(column, pa.scalar(Decimal(0), column.type)), scale)


def _part(table: pa.Table, name: str, amount: str, scale: int) -> Part:
    columns = [in_one_piece(table[text].cast(TEXT)) for text in (name, "currency", "reason")]
    ids, currency, reason = columns
    return Part(ids, pc.fill_null(currency, ""), whole_or_zero(table[amount], scale), reason)


def _amounts(reconciled: Reconciled, side: Side, match: Ints, scale: int) -> Ints:
    """Of each row of matches, how much of its record of ``side`` is in the match."""
    matches = reconciled.tables["matches"]
    shown = whole_amounts(matches["amount"], scale)
    if side == "internal" and "internal_amount" in matches.column_names:
        return whole_or_zero(matches["internal_amount"], scale)
    of_other = _shows(reconciled, match) != side
    # Where records of one side settle each other, the match has no record of the other side.
    of_other &= pc.is_valid(matches[f"{OTHER[side]}_transaction_id"]).to_numpy()
    if not of_other.any():
        return shown
    # Where the amounts are those of the other side, this side has one record: all of its unit.
    count = int(match.max()) + 1
    apart = whole_or_zero(matches["amount_difference"], scale)
    of_units = np.array(sums_by(match, shown, count), object)[match] + (apart if side == "external" else -apart)
    if "conversions" in reconciled.tables:
        converted = _converted(reconciled, f"{side}_amount")
        of_units = np.where(pc.is_valid(converted).to_numpy(), whole_or_zero(converted, scale), of_units)
    return np.where(of_other, of_units, shown)


def _shows(reconciled: Reconciled, match: Ints) -> Ints:
    """Of each row of matches the side whose record its amount is of: that with several, else as the rule groups."""
    matches, settings = reconciled.tables["matches"], reconciled.settings
    sides = {BY_HAND: settings.grouping.shown_side} | {
        name: settings.grouping_of(rule).shown_side
        for name, rule in zip(settings.rule_names, settings.rules, strict=True)
    }
    rules = in_one_piece(matches["rule"]).dictionary_encode()
    shown: Ints = np.array([sides[rule] for rule in rules.dictionary.to_pylist()], object)[rules.indices.to_numpy()]
    if not len(match) or int(match.max()) + 1 == len(match):
        return shown
    for side in reversed(SIDES):
        ids = codes(matches[f"{side}_transaction_id"].fill_null(""))
        first = np.unique(match * (len(ids) + 1) + ids, return_index=True)[1]
        several = np.bincount(match[first], minlength=int(match.max()) + 1) > 1
        shown = np.where(several[match], side, shown)
    return shown


def _currencies(reconciled: Reconciled, side: Side) -> pa.ChunkedArray:
    matches = reconciled.tables["matches"]
    if "conversions" not in reconciled.tables:
        return matches["currency"]
    return pc.coalesce(_converted(reconciled, f"{side}_currency"), matches["currency"])


def _converted(reconciled: Reconciled, name: str) -> pa.ChunkedArray:
    """Of each row of matches that crosses currencies what the table of conversions says; null of the others."""
    table = reconciled.tables["conversions"]
    places = pc.index_in(reconciled.tables["matches"]["match_id"], in_one_piece(table["match_id"]))
    return table[name].take(places)
