"""Types: from columns as they came to canonical columns, and what is wrong with each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import Engine, computed, staged
from workbench.records import Content, Kind
from workbench.sources.currencies import ISO_4217, SHARED_SIGNS
from workbench.sources.detection.currency_column import MONEY
from workbench.sources.options import Options
from workbench.sources.typing import decimals as exact
from workbench.sources.typing.amounts import Amounts, money_cells
from workbench.sources.typing.cells import (
    INSTANT,
    Cell,
    Fault,
    Stated,
    as_string,
    currency_cell,
    faults_of,
    text_cell,
    trimmed,
)
from workbench.sources.typing.instants import instant_cell, zone_of
from workbench.sources.typing.written import parts_of, tidied, written_currency, written_number

CELLS: dict[Content, Callable[[Stated, Options], Cell]] = {
    "id": text_cell,
    "text": text_cell,
    "whole": lambda stated, options: exact.whole_cell(stated, exact.Size(exact.DIGITS), options),
    "precision": lambda stated, _options: exact.precision_cell(stated),
}
# The types of columns that the input lacks.
ABSENT: dict[Content, dt.DataType] = {
    "id": dt.string,
    "text": dt.string,
    "currency": dt.string,
    "instant": INSTANT,
    "amount": exact.Size().dtype,
    "money": exact.Size().dtype,
    "whole": exact.Size().dtype,
    "precision": dt.int64,
}
NUMBERS = ("amount", "money", "whole", "precision")
# What the columns hold from which columns of records are made.
OF_PARTS: dict[str, Content] = {"debit": "money", "credit": "money", "fee": "money"}
OF_PARTS |= {"direction": "text", "time": "text", "timezone": "text"}
MOST_CURRENCIES = 1000
_BLANKS = " \t\n\r\v\f"  # what the engine strips


@dataclass(frozen=True)
class Typed:
    """The canonical columns of a kind, in order, over ``table``, and the faults that make records bad.

    ``parsed`` says that some of them had to be found in texts.
    """

    table: ir.Table
    values: Mapping[str, ir.Value]
    faults: tuple[Fault, ...]
    parsed: bool
    parts: Mapping[str, ir.Value] = field(default_factory=dict)  # values of other columns of money, by meaning
    out: ir.StringValue = field(default_factory=lambda: ibis.null("string"))  # why a row takes no part

    @property
    def bad(self) -> ir.BooleanValue:
        """Whether a record has a fault."""
        bad: ir.BooleanValue = ibis.literal(False)
        for fault in self.faults:
            bad = bad | fault.bad
        return bad & self.out.isnull()


def type_columns(
    table: ir.Table,
    positions: Mapping[str, int],
    kind: Kind,
    options: Options,
    engine: Engine,
    *,
    notations: bool = False,
    rows: pa.Table | None = None,
) -> Typed:
    """Type the columns of ``kind`` that stand at these ``positions`` of ``table``; the others are null.

    With ``notations``, numbers are read in every way that statements write them. ``rows`` are those of ``table``, where
    they are in memory.
    """
    contents = {**kind.columns, **kind.optional, **OF_PARTS}
    table, columns = _stated_columns(table, positions, contents, options, engine, notations, rows)
    cells, faults = {}, []
    if "currency" in kind.columns:
        codes = (
            _codes(columns["currency"], table, None if rows is None else rows[positions["currency"]])
            if "currency" in columns
            else []
        )
        cells["currency"] = _currency(table, columns, options, notations, codes)
        faults += _currency_faults(table, cells["currency"], columns, options, kind)
    amounts = _amounts(table, columns, options, cells["currency"].value if "currency" in cells else None, kind)
    cells, faults = cells | amounts.cells, faults + amounts.faults
    zone = zone_of(columns.get("timezone"), options, table, engine)
    for name, column in columns.items():
        content, required = contents[name], name in kind.required
        if name in cells or name in {"direction", "time", "timezone"}:
            continue
        if content == "instant":
            cells[name] = instant_cell(column, options, columns.get("time") if required else None, zone)
        else:
            cells[name] = CELLS[content](column, options)
        if required or content != "text":  # every text is a text
            faults += faults_of(name, cells[name], required=required)
    if "timezone" in columns and zone is not None:
        unknown = columns["timezone"].present & zone.isnull()
        faults.append(Fault("timezone", unknown, columns["timezone"].text, ibis.literal("is no time zone")))
    optional = {name: content for name, content in kind.optional.items() if name in cells}
    values = {
        name: cells[name].value if name in cells else ibis.null(ABSENT[content])
        for name, content in {**kind.columns, **optional}.items()
    }
    parts = {name: cells[name].value for name in OF_PARTS if name in cells}
    return Typed(
        table, values, tuple(faults), any(_is_parsed(contents[name], column) for name, column in columns.items()), parts
    )


def _codes(stated: Stated, table: ir.Table, column: pa.ChunkedArray | None) -> list[str | None]:
    """All texts of the column of currencies; where there are too many to look at each, one that is no currency."""
    if column is not None and pa.types.is_string(column.type):
        used = pc.unique(column)  # several times faster than to ask the engine
        if len(used) < MOST_CURRENCIES:
            return [(text or "").strip(_BLANKS) or None for text in used.to_pylist()]
        return [" "]
    used = table.select(code=stated.text).distinct().limit(MOST_CURRENCIES).to_pyarrow()["code"]
    return list(used.to_pylist()) if len(used) < MOST_CURRENCIES else [" "]


def _currency(
    table: ir.Table, columns: Mapping[str, Stated], options: Options, notations: bool, codes: Sequence[str | None]
) -> Cell:
    """The currency that a column says, else the one given for the file, else the one written beside the amount."""
    given: ir.Value = ibis.literal(options.currency.upper()) if options.currency else ibis.null("string")
    if "currency" in columns:
        cell = currency_cell(columns["currency"], codes)
        return replace(cell, value=ibis.coalesce(cell.value, given)) if options.currency else cell
    nothing = Stated(given, given, given)
    if options.currency or not notations:
        return Cell(nothing, given, "is empty", sure=bool(options.currency))
    written = [table[name] for part in MONEY if (name := f"__currency__{part}") in table.columns]
    return Cell(nothing, ibis.coalesce(*written, given), "is empty: no column says it, nor does the amount")


def _currency_faults(
    table: ir.Table, cell: Cell, columns: Mapping[str, Stated], options: Options, kind: Kind
) -> list[Fault]:
    required = "currency" in kind.required
    if "currency" not in columns:
        missing = Fault("currency", cell.value.isnull(), ibis.null("string"), ibis.literal(cell.reason))
        return [] if cell.sure or not required else [missing]
    faults = faults_of("currency", cell, required=required and not options.currency)
    if "__currency__amount" in table.columns:
        amount, reason = columns["amount"].text, ibis.literal("is of another currency than its row: ") + cell.value
        other = _is_other(table["__currency__amount"], amount, cell.value)
        faults.append(Fault("amount", ibis.coalesce(other, False), amount, reason))
    return faults


def _is_other(written: ir.Value, amount: ir.StringValue, currency: ir.Value) -> ir.BooleanValue:
    """Whether a currency written beside an amount is not that of its row, which may share the sign of another."""
    shared = ibis.or_(*((written == code) & currency.isin(sorted(codes)) for code, codes in SHARED_SIGNS.items()))
    by_code = amount.upper().contains(written)
    return (written != currency) & (by_code | (currency.isin(sorted(ISO_4217)) & ~shared))


def _is_parsed(content: Content, stated: Stated) -> bool:
    if content == "instant":
        return not stated.column.type().is_timestamp()
    return content in NUMBERS and not exact.is_exact(stated.column)


def _stated_columns(
    table: ir.Table,
    positions: Mapping[str, int],
    contents: Mapping[str, Content],
    options: Options,
    engine: Engine,
    notations: bool,
    rows: pa.Table | None,
) -> tuple[ir.Table, dict[str, Stated]]:
    """What the columns state: each text and each number is worked out once."""
    names = {name: table.columns[position] for name, position in positions.items()}
    written = [name for name in names if contents[name] in NUMBERS and not exact.is_exact(table[names[name]])]
    trimmed_texts = {f"__text__{name}": _text(table[column], contents[name]) for name, column in names.items()}
    table = _with(table, trimmed_texts, engine)
    tokens = {
        f"__token__{name}": exact.tokens(table[names[name]], table[f"__text__{name}"], options) for name in written
    }
    # What is plain in all rows, which is fast to see in memory, is not taken apart.
    special = [name for name in written if not _are_plain(rows, positions[name], options)]
    texts = [name for name in special if notations and table[names[name]].type().is_string()]
    tidy = {f"__tidied__{name}": tidied(table[f"__text__{name}"]) for name in texts}
    table = _with(table, tokens | tidy, engine)
    parts = {f"__scientific__{name}": exact.scientific(table[f"__token__{name}"]) for name in special}
    for name in texts:
        parts[f"__parts__{name}"] = parts_of(table[f"__tidied__{name}"], options.mark, options.thousands)
    table = _with(table, parts, engine)
    numbers = {
        f"__number__{name}": exact.plain(table[f"__token__{name}"], table[f"__scientific__{name}"]) for name in special
    }
    for name in texts:
        any_way = written_number(table[f"__parts__{name}"], options.mark)
        numbers[f"__number__{name}"] = ibis.coalesce(numbers[f"__number__{name}"], any_way)
        if name in MONEY:
            numbers[f"__currency__{name}"] = written_currency(table[f"__parts__{name}"])
    table = _with(table, numbers, engine)
    if texts:  # taken apart once, however often what is in them is used
        table = computed(engine, table.drop(*tidy, *parts))
    numbered = names | {name: f"__{'number' if name in special else 'token'}__{name}" for name in written}
    return table, {
        name: Stated(table[column], table[f"__text__{name}"], table[numbered[name]]) for name, column in names.items()
    }


def _are_plain(rows: pa.Table | None, position: int, options: Options) -> bool:
    return rows is not None and pa.types.is_string(rows[position].type) and exact.are_plain(rows[position], options)


def _with(table: ir.Table, columns: Mapping[str, ir.Value], engine: Engine) -> ir.Table:
    return staged(engine, table.mutate(**columns)) if columns else table


def _text(column: ir.Value, content: Content) -> ir.StringValue:
    text = as_string(column)
    if content == "text":
        return text.nullif("")
    # The engine strips a text that occurs often but once.
    return text.strip().nullif("") if content == "currency" else trimmed(text)


def _amounts(
    table: ir.Table, columns: Mapping[str, Stated], options: Options, currency: ir.Value | None, kind: Kind
) -> Amounts:
    """Amounts at the scale that the most precise of them needs."""
    if "precise_amount" in columns:
        return Amounts(*_ledger_amounts(table, columns, options))
    return money_cells(table, columns, options, currency, kind.name) if "amount" in kind.columns else Amounts({}, [])


def _ledger_amounts(
    table: ir.Table, columns: Mapping[str, Stated], options: Options
) -> tuple[dict[str, Cell], list[Fault]]:
    """Amounts of a ledger: ``precise_amount / precision`` where there is one, whatever ``amount`` says beside it."""
    precise, precision = columns["precise_amount"], columns["precision"]
    nothing: ir.Value = ibis.null(ABSENT["amount"])
    other = columns.get("amount", Stated(nothing, nothing.cast("string"), nothing))
    other = replace(other, number=ibis.ifelse(precise.present, None, other.number))
    powers = exact.occurring(table, precision, precise)
    plain = {"amount": other.number} if "amount" in columns and powers.undivided else {}
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
