"""Amounts: one signed amount from the columns that say it, whole or in halves, with a flag, or in smallest units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from workbench.engine import multiply
from workbench.sources.currencies import minor_digits, with_minor_digits
from workbench.sources.detection.words import direction_words, flag_word
from workbench.sources.options import Options
from workbench.sources.typing import decimals as exact
from workbench.sources.typing.cells import Cell, Fault, Stated, faults_of

MOST_WORDS = 1000  # different words of a flag


@dataclass(frozen=True)
class Amounts:
    """The cells of money of a table, and what is wrong with them."""

    cells: dict[str, Cell]
    faults: list[Fault]


def money_cells(
    table: ir.Table, columns: Mapping[str, Stated], options: Options, currency: ir.Value | None, side: str
) -> Amounts:
    """The amount of each record, its fee and the balance behind it, each at the scale that its column needs."""
    money = {name: columns[name] for name in ("amount", "debit", "credit", "fee", "balance") if name in columns}
    sizes = exact.measure(table, {name: column.number for name, column in money.items()}) if money else {}
    cells = {name: exact.number_cell(column, sizes[name], options) for name, column in money.items()}
    faults = [fault for name, cell in cells.items() for fault in faults_of(name, cell, required=name == "amount")]
    if "amount" not in cells and {"debit", "credit"} & cells.keys():
        cells["amount"] = _from_halves(cells, sizes, table, side)
        nothing = ~_any_present(cells["debit" if "debit" in cells else "credit"], cells.get("credit"))
        faults.append(Fault("amount", nothing, ibis.null("string"), ibis.literal("is empty")))
    if options.minor_units and currency is not None:
        used = table.select(code=currency).distinct().limit(MOST_WORDS).to_pyarrow()["code"].to_pylist()
        digits = max((minor_digits(code) for code in used if code), default=2)
        for name, cell in list(cells.items()):
            cells[name] = _in_units(cell, currency, digits)
            broken = cell.value.notnull() & cells[name].value.isnull()
            faults.append(
                Fault(name, broken, cell.stated.text, ibis.literal("does not count a smallest unit: it is not whole"))
            )
    if "amount" in cells:
        cells["amount"], more = _signed(table, cells["amount"], columns.get("direction"), options)
        faults += more
    return Amounts(cells, faults)


def _any_present(one: Cell, other: Cell | None) -> ir.BooleanValue:
    return one.stated.present if other is None else one.stated.present | other.stated.present


def _from_halves(cells: Mapping[str, Cell], sizes: Mapping[str, exact.Size], table: ir.Table, side: str) -> Cell:
    """Credit minus debit; of a ledger debit minus credit, as what is debited to an account comes into it."""
    halves = {name: cells[name] for name in ("debit", "credit") if name in cells}
    size = exact.Size()
    for name in halves:
        size = size | sizes[name]
    dtype = exact.Size(size.integers + 1, size.decimals).dtype
    values = {name: cell.value.cast(dtype) for name, cell in halves.items()}
    plus, minus = ("debit", "credit") if side == "internal" else ("credit", "debit")
    # Some banks write debits with a sign of their own: then the sum is the difference.
    own_sign = minus in values and _all_negative(table, values[minus])
    nothing = ibis.literal(0).cast(dtype)
    parts = {name: ibis.coalesce(value, nothing) for name, value in values.items()}
    minuend, subtrahend = parts.get(plus, nothing), parts.get(minus, nothing)
    amount = minuend + subtrahend if own_sign else minuend - subtrahend
    present = [value.notnull() for value in values.values()]
    stated = next(iter(halves.values())).stated
    return Cell(stated, ibis.ifelse(present[0] | present[-1], amount, None).cast(dtype), "is empty")


def _all_negative(table: ir.Table, value: ir.Value) -> bool:
    [facts] = table.aggregate(least=value.min(), most=value.max()).to_pyarrow().to_pylist()
    return facts["least"] is not None and facts["least"] < 0 and facts["most"] <= 0


def _in_units(cell: Cell, currency: ir.Value, digits: int) -> Cell:
    """Amounts that count the smallest unit of their currency, in its units; null where they are not whole."""
    whole = exact.wholes(cell.value).cast(exact.Size(exact.DIGITS - 4).dtype)
    places = {0: "1.0000", 2: "0.0100", 3: "0.0010", 4: "0.0001"}
    part = {count: ibis.literal(text).cast("decimal(5, 4)") for count, text in places.items()}
    others = [(currency.isin(with_minor_digits(digits)), part[digits]) for digits in (0, 3, 4)]
    factor = ibis.cases(*others, else_=part[2])
    limited = ibis.ifelse(whole.abs() < ibis.literal("1" + "0" * 32).cast(exact.Size(35).dtype), whole, None)
    value = multiply(limited.cast("decimal(33, 0)"), factor).cast(f"decimal(38, {digits})")
    return replace(cell, value=value, sure=False)


def _signed(table: ir.Table, amount: Cell, flag: Stated | None, options: Options) -> tuple[Cell, list[Fault]]:
    """The amount with the sign that a flag says, or with the opposite of its own."""
    value, faults = amount.value, []
    if flag is not None:
        if "" in options.directions:  # what the rows without a flag are
            flag = replace(flag, text=flag.text.fill_null(""))
        ways = _ways(table, flag, options)
        outs = [word for word, way in ways.items() if way == "out"]
        value = ibis.ifelse(flag.text.isin(outs), -value, value) if outs else value
        unknown = flag.text.notnull() & flag.text.notin([*ways]) if ways else flag.text.notnull()
        faults.append(Fault("direction", unknown, flag.text, ibis.literal("says neither in nor out")))
        faults.append(Fault("direction", flag.text.isnull() & (value != 0), flag.text, ibis.literal("is empty")))
    if options.sign == "inverted":
        value = -value
    return replace(amount, value=value.cast(amount.value.type())), faults


def _ways(table: ir.Table, flag: Stated, options: Options) -> dict[str, str]:
    """The words of a flag, as they stand in its column, with what each means."""
    known = {**direction_words(), **{flag_word(word): way for word, way in options.directions.items()}}
    words = table.select(word=flag.text).distinct().limit(MOST_WORDS).to_pyarrow()["word"].to_pylist()
    return {
        word: known[flag_word(word)]
        for word in sorted(word for word in words if word is not None)
        if flag_word(word) in known
    }
