"""Types: from columns as they came to canonical columns, and what is wrong with each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from workbench.records import INTERNAL, Content, Kind
from workbench.sources import exact
from workbench.sources.cells import (
    INSTANT,
    Cell,
    Fault,
    currency_cell,
    fault_of,
    id_cell,
    instant_cell,
    text_cell,
)
from workbench.sources.options import Options

Columns = Mapping[str, ir.Value]

CELLS: dict[Content, Callable[[ir.Value, Options], Cell]] = {
    "id": id_cell,
    "text": text_cell,
    "currency": currency_cell,
    "instant": instant_cell,
    "whole": lambda column, options: exact.whole_cell(column, exact.wholes(column, options), exact.WHOLE, options),
    "precision": exact.precision_cell,
}
# The types of columns that the input has not.
ABSENT: dict[Content, dt.DataType] = {
    "id": dt.string,
    "text": dt.string,
    "currency": dt.string,
    "instant": INSTANT,
    "amount": exact.Size().dtype,
    "whole": exact.WHOLE,
    "precision": dt.int64,
}


@dataclass(frozen=True)
class Typed:
    """The canonical columns of a kind, in order, and the faults that make records bad."""

    values: Mapping[str, ir.Value]
    faults: tuple[Fault, ...]

    @property
    def bad(self) -> ir.BooleanValue:
        """Whether a record has a fault."""
        bad: ir.BooleanValue = ibis.literal(False)
        for fault in self.faults:
            bad = bad | fault.bad
        return bad


def type_columns(table: ir.Table, columns: Columns, kind: Kind, options: Options) -> Typed:
    """Type the columns of ``kind`` that stand in ``table``; absent ones are null."""
    cells, faults = _ledger_amounts(table, columns, options) if kind is INTERNAL else _amounts(table, columns, options)
    for name, column in columns.items():
        if name not in cells:
            cells[name] = CELLS[kind.columns[name]](column, options)
            if name in kind.required or kind.columns[name] != "text":  # every text is a text
                faults.append(fault_of(name, cells[name], required=name in kind.required))
    values = {
        name: cells[name].value if name in cells else ibis.null(ABSENT[content])
        for name, content in kind.columns.items()
    }
    return Typed(values, tuple(faults))


def _amounts(table: ir.Table, columns: Columns, options: Options) -> tuple[dict[str, Cell], list[Fault]]:
    """Amounts at the scale that the most precise of them needs."""
    if "amount" not in columns:
        return {}, []
    found = exact.numbers(columns["amount"], options)
    size = exact.measure(table, {"amount": found})["amount"]
    cell = exact.number_cell(columns["amount"], found, size.dtype, options)
    return {"amount": cell}, [fault_of("amount", cell, required=True)]


def _ledger_amounts(table: ir.Table, columns: Columns, options: Options) -> tuple[dict[str, Cell], list[Fault]]:
    """Amounts of a ledger: ``precise_amount / precision`` where there is one, whatever ``amount`` says beside it."""
    if "precise_amount" not in columns:
        return _amounts(table, columns, options)
    precise_column = columns["precise_amount"]
    amount_column = columns.get("amount", ibis.null(ABSENT["amount"]))
    found = exact.wholes(precise_column, options)
    precision = exact.precision_cell(columns["precision"], options)
    precise = exact.whole_cell(precise_column, found, exact.WHOLE, options)
    other = ibis.ifelse(precise.present, None, exact.numbers(amount_column, options))
    divisor = ibis.ifelse(precise.present, precision.value, None)
    sizes = exact.measure(table, {"amount": other, "precise_amount": found, "precision": divisor})
    places = max(sizes["precision"].integers - 1, 0)
    dtype = (sizes["amount"] | exact.Size(sizes["precise_amount"].integers, places)).dtype
    divided = exact.divided(found, exact.wholes(columns["precision"], options), dtype)
    plain = exact.number_cell(amount_column, other, dtype, options)
    amount = ibis.coalesce(divided, plain.value)
    cells = {
        "precise_amount": replace(precise, value=found.try_cast(sizes["precise_amount"].dtype)),
        "precision": precision,
        "amount": replace(plain, value=amount),
    }
    return cells, [
        fault_of("precise_amount", precise, required=False),
        Fault(
            "precise_amount",
            amount.isnull() & precise.value.notnull() & precision.value.notnull(),
            precise.text,
            ibis.literal(exact.too_long(dtype)),
        ),
        Fault(
            "precision",
            precision.value.isnull() & (precision.present | precise.present),
            precision.text,
            ibis.ifelse(precision.present, precision.reason, "is empty beside a precise_amount"),
        ),
        Fault(
            "amount",
            amount.isnull() & ~precise.present,
            plain.text,
            ibis.ifelse(plain.present, plain.reason, "is empty, and so is precise_amount"),
        ),
    ]
