"""Types: from columns as they came to canonical columns, and what is wrong with each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.engine import Engine, staged
from workbench.records import Content, Kind
from workbench.sources.options import Options
from workbench.sources.typing import decimals as exact
from workbench.sources.typing.cells import (
    INSTANT,
    Cell,
    Fault,
    Said,
    as_string,
    currency_cell,
    faults_of,
    instant_cell,
    text_cell,
    trimmed,
)

CELLS: dict[Content, Callable[[Said, Options], Cell]] = {
    "id": text_cell,
    "text": text_cell,
    "currency": currency_cell,
    "instant": instant_cell,
    "whole": lambda said, options: exact.whole_cell(said, exact.Size(exact.DIGITS), options),
    "precision": lambda said, _options: exact.precision_cell(said),
}
# The types of columns that the input has not.
ABSENT: dict[Content, dt.DataType] = {
    "id": dt.string,
    "text": dt.string,
    "currency": dt.string,
    "instant": INSTANT,
    "amount": exact.Size().dtype,
    "whole": exact.Size().dtype,
    "precision": dt.int64,
}
NUMBERS = ("amount", "whole", "precision")


@dataclass(frozen=True)
class Typed:
    """The canonical columns of a kind, in order, over ``table``, and the faults that make records bad.

    ``parsed`` says that some of them had to be found in texts.
    """

    table: ir.Table
    values: Mapping[str, ir.Value]
    faults: tuple[Fault, ...]
    parsed: bool

    @property
    def bad(self) -> ir.BooleanValue:
        """Whether a record has a fault."""
        bad: ir.BooleanValue = ibis.literal(False)
        for fault in self.faults:
            bad = bad | fault.bad
        return bad


def type_columns(table: ir.Table, at: Mapping[str, int], kind: Kind, options: Options, engine: Engine) -> Typed:
    """Type the columns of ``kind`` that stand ``at`` these positions of ``table``; the others are null."""
    table, said = _say(table, at, kind, options, engine)
    cells, faults = _amounts(table, said, options)
    for name, each in said.items():
        if name not in cells:
            cells[name] = CELLS[kind.columns[name]](each, options)
            if name in kind.required or kind.columns[name] != "text":  # every text is a text
                faults += faults_of(name, cells[name], required=name in kind.required)
    values = {
        name: cells[name].value if name in cells else ibis.null(ABSENT[content])
        for name, content in kind.columns.items()
    }
    return Typed(table, values, tuple(faults), any(_is_parsed(kind.columns[name], each) for name, each in said.items()))


def _is_parsed(content: Content, said: Said) -> bool:
    if content == "instant":
        return not said.column.type().is_timestamp()
    return content in NUMBERS and not exact.is_exact(said.column)


def _say(
    table: ir.Table, at: Mapping[str, int], kind: Kind, options: Options, engine: Engine
) -> tuple[ir.Table, dict[str, Said]]:
    """What the columns say, each text and each number found but once."""
    names = {name: table.columns[position] for name, position in at.items()}
    written = [name for name in names if kind.columns[name] in NUMBERS and not exact.is_exact(table[names[name]])]
    texts = {f"__text__{name}": _text(table[column], kind.columns[name]) for name, column in names.items()}
    table = _with(table, texts, engine)
    tokens = {
        f"__token__{name}": exact.tokens(table[names[name]], table[f"__text__{name}"], options) for name in written
    }
    table = _with(table, tokens, engine)
    numbers = {f"__number__{name}": exact.plain(table[f"__token__{name}"]) for name in written}
    table = _with(table, numbers, engine)
    return table, {
        name: Said(table[column], table[f"__text__{name}"], table[f"__number__{name}" if name in written else column])
        for name, column in names.items()
    }


def _with(table: ir.Table, columns: Mapping[str, ir.Value], engine: Engine) -> ir.Table:
    return staged(engine, table.mutate(**columns)) if columns else table


def _text(column: ir.Value, content: Content) -> ir.StringValue:
    text = as_string(column)
    if content == "text":
        return text.nullif("")
    # The engine strips a text that occurs often but once.
    return text.strip().nullif("") if content == "currency" else trimmed(text)


def _amounts(table: ir.Table, said: Mapping[str, Said], options: Options) -> tuple[dict[str, Cell], list[Fault]]:
    """Amounts at the scale that the most precise of them needs."""
    if "precise_amount" in said:
        return _ledger_amounts(table, said, options)
    if "amount" not in said:
        return {}, []
    size = exact.measure(table, {"amount": said["amount"].number})["amount"]
    cell = exact.number_cell(said["amount"], size, options)
    return {"amount": cell}, faults_of("amount", cell, required=True)


def _ledger_amounts(table: ir.Table, said: Mapping[str, Said], options: Options) -> tuple[dict[str, Cell], list[Fault]]:
    """Amounts of a ledger: ``precise_amount / precision`` where there is one, whatever ``amount`` says beside it."""
    precise, precision = said["precise_amount"], said["precision"]
    nothing: ir.Value = ibis.null(ABSENT["amount"])
    other = said.get("amount", Said(nothing, nothing.cast("string"), nothing))
    other = replace(other, number=ibis.ifelse(precise.present, None, other.number))
    powers = exact.occurring(table, precision, precise)
    plain = {"amount": other.number} if "amount" in said and powers.undivided else {}
    measured = {"precise_amount": exact.wholes(precise.number)} | plain
    sizes = {"amount": exact.Size()} | exact.measure(table, measured)
    size = sizes["amount"] | sizes["precise_amount"].divided_by(powers.divisors)
    cell = exact.number_cell(other, size, options)
    dividend = exact.whole_cell(precise, exact.Size(sizes["precise_amount"].integers), options)
    divisor = exact.precision_cell(precision, powers.all)
    divided = exact.divided(exact.wholes(precise.number), divisor.value, powers.divisors, size.dtype)
    amount = replace(cell, value=ibis.coalesce(divided, cell.value) if powers.undivided else divided)
    cells = {"amount": amount, "precise_amount": dividend, "precision": divisor}
    faults = faults_of("precise_amount", dividend, required=False)
    # What is known of the whole column need not be looked for in each of its rows.
    if not (dividend.sure and size.fits):
        faults.append(
            Fault(
                "precise_amount",
                amount.value.isnull() & dividend.value.notnull() & divisor.value.notnull(),
                precise.text,
                ibis.literal(exact.too_long(size.dtype)),
            )
        )
    if powers.others:
        faults.append(
            Fault(
                "precision",
                divisor.value.isnull() & (precision.present | precise.present),
                precision.text,
                ibis.ifelse(precision.present, divisor.reason, "is empty beside a precise_amount"),
            )
        )
    if powers.undivided:
        faults.append(
            Fault(
                "amount",
                amount.value.isnull() & ~precise.present,
                other.text,
                ibis.ifelse(other.present, amount.reason, "is empty, and so is precise_amount"),
            )
        )
    return cells, faults
