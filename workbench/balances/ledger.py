"""Ledger: what each transaction moves in precise units, and whether it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import ibis
import ibis.expr.types as ir

from workbench.balances.numbers import LIMB, UNITS
from workbench.records import Records

# What becomes of a transaction. Only the first kind is summed.
COUNTED = "counted"
NOT_APPLIED = "not applied"
LATER = "later"  # effective (or created, without an effective date) after the instant asked for
NOT_WHOLE = "not whole"  # its amount is no whole number of precise units of up to 38 digits
# What must be true of a transaction that counts, and its part if it is not; the first of them decides.
DECIDING = {"applied": NOT_APPLIED, "in_time": LATER, "is_whole": NOT_WHOLE}

MOST_ZEROS = 18  # zeros that a precision can have: it is a 64-bit whole number

SIDES = {"debit": "source", "credit": "destination"}


def classify(internal: Records, as_of: datetime | None) -> ir.Table:
    """Each transaction with its precise ``units`` and its ``part``: counted, or why not.

    Columns: ``transaction_id``, ``source``, ``destination``, ``currency``, ``status``, ``created_at``, ``amount``,
    ``precision``, ``units``, ``part``, ``counts``, which says whether ``part`` is counted, and what decides on it:
    those of ``DECIDING`` that are not the same for all.
    """
    table = internal.table
    units, is_whole = precise_units(internal)
    names = ("transaction_id", "source", "destination", "currency", "status", "created_at", "amount", "precision")
    facts = {} if is_whole is None else {"is_whole": is_whole}
    if "status" in internal.given:
        facts["applied"] = (table.status.strip().upper() == "APPLIED").fill_null(False)
    if as_of:
        facts["in_time"] = ibis.coalesce(table.effective_date, table.created_at) <= ibis.literal(
            as_of, "timestamp('UTC', 6)"
        )
    # A filter by plain truth costs the engine less than one by the part's name.
    return table.select(*names, units=units, part=part_by(facts), counts=ibis.and_(*facts.values()), **facts)


def without_blank_ends(transactions: ir.Table) -> ir.Table:
    """The same, with the ids of balances as balances have them: without blanks around them."""
    return transactions.mutate(**{end: transactions[end].strip().nullif("") for end in SIDES.values()})


def part_by(facts: Mapping[str, ir.BooleanValue]) -> ir.StringValue:
    """The part of a transaction of which ``facts`` says what is true; a fact that is not given is true of all."""
    branches = [(~facts[name], part) for name, part in DECIDING.items() if name in facts]
    return ibis.cases(*branches, else_=COUNTED) if branches else ibis.literal(COUNTED)


def precise_units(internal: Records) -> tuple[ir.NumericValue, ir.BooleanValue | None]:
    """What each transaction moves: its ``precise_amount``, or its ``amount`` times its ``precision``.

    And whether there is such a number, where that is in doubt: the product may be no whole number of at most 38 digits.
    A missing precision is 1, as in Blnk.
    """
    table = internal.table
    if "amount" not in internal.given or _is_full(table, "precise_amount"):
        return cast(ir.NumericValue, table.precise_amount), None
    units = ibis.coalesce(table.precise_amount, _product(table.amount, table.precision))
    return units, units.notnull()


def _is_full(table: ir.Table, name: str) -> bool:
    [counts] = table.aggregate(rows=table.count(), filled=table[name].count()).to_pyarrow().to_pylist()
    return bool(counts["rows"] == counts["filled"])


def _product(amount: ir.DecimalValue, precision: ir.IntegerValue) -> ir.DecimalValue:
    """Multiply the whole part and the fraction apart, since the product's decimals may not fit beside its digits.

    Decimals of one type throughout: between types that no decimal unites, engines fall back on binary floats.
    """
    factor = precision.fill_null(1)
    size = amount.abs()
    whole, fraction = size.floor().cast(UNITS), size - size.floor()
    short = fraction.cast(f"decimal(38, {MOST_ZEROS})")  # more decimals than a precision has zeros are never whole
    moved = short * factor
    fits = (whole < LIMB) | (_digits(whole) + _digits(factor) <= 39)
    is_whole = (short.try_cast(amount.type()) == fraction) & (moved == moved.cast(UNITS))
    product = ibis.ifelse(fits, whole, 0).cast(UNITS) * factor + moved.cast(UNITS)
    return ibis.cases((~(fits & is_whole), ibis.null(UNITS)), (amount < 0, -product), else_=product)


def _digits(value: ir.NumericValue) -> ir.IntegerValue:
    return cast(ir.StringValue, value.cast("string")).length()
