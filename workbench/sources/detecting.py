"""Detecting: from an input as it came to all options with which it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import try_strptime
from workbench.errors import SourceError
from workbench.layouts.layout import Layout, check_layout
from workbench.layouts.questions import Question
from workbench.records import Kind
from workbench.sources.detection.dates import ISO
from workbench.sources.detection.detect import detect_columns
from workbench.sources.detection.headings import meanings_of
from workbench.sources.detection.lines import is_record
from workbench.sources.detection.look import Look, make_columns
from workbench.sources.detection.notation import read_amount
from workbench.sources.detection.words import fold
from workbench.sources.formats.in_memory import as_text
from workbench.sources.options import Options
from workbench.sources.raw import ROW, Raw, rows_at
from workbench.sources.typing.cells import as_string

HEAD, SPREAD, TAIL = 400, 300, 100  # rows that are looked at: in a row from the first, between, and the last
DETECTED = ("external", "internal")  # kinds of records whose columns are found
SIDES = {"external": "external", "internal": "internal", "balance": "balances", "snapshot": "snapshots"}
MOST_COLUMNS = 200  # that are looked at whatever they are called
_SOME = 300  # texts that tell
_NO_MATTER = frozenset({"source", "account", "timezone", "encoding", "delimiter", "currency"})  # for what columns mean
# What reads one way only: of a number with three digits behind its mark, the mark may separate thousands.
_NUMBER = re.compile(r"[+-]?\d+(\.(\d{1,2}|\d{4,}))?")
_SHAPES = {"amount": _NUMBER, "precise_amount": _NUMBER, "precision": _NUMBER, "currency": re.compile(r"[A-Za-z]{3}")}


@dataclass(frozen=True)
class Plan:
    """How an input is going to be read: ``options`` for the reader, of which ``detected`` were not given.

    ``notations`` says that amounts may be written in every way that statements write them.
    """

    options: Options
    layout: Layout
    detected: Mapping[str, Any] = field(default_factory=dict)
    notations: bool = False


def lay_out(raw: Raw, kind: Kind, options: Options, name: str) -> Plan:
    """How the input called ``name`` is read: as its caller or a layout says, as its format says, as its rows show.

    Raises ``SourceError`` for an input that is not what its layout was made for.
    """
    plan, layout = _plan(raw, kind, options), options.layout
    if layout is None:
        return plan
    check_layout(layout, SIDES[kind.name], plan.layout.header, name)
    same = "its header is the one that this was made for" if layout.header else "neither has a header"
    evidence = (f"it is read by {f'the layout {layout.name}' if layout.name else 'a layout'}: {same}",)
    currency_before, currency_now = layout.options.get("currency"), plan.layout.options.get("currency")
    if currency_before and not currency_now and any(_asks_for_currency(question) for question in plan.layout.questions):
        plan = _plan(raw, kind, replace(options, currency=currency_before))
    elif currency_before and currency_now and currency_before != currency_now and options.currency is None:
        raise SourceError(
            f"{name} says that its currency is {currency_now}, and its layout was made for "
            f"{currency_before}: make a new one"
        )
    return replace(plan, layout=replace(plan.layout, evidence=(*evidence, *plan.layout.evidence)))


def _asks_for_currency(question: Question) -> bool:
    return any(
        "currency" in {*choice.options, *choice.options.get("mapping", {}).values()} for choice in question.choices
    )


def _plan(raw: Raw, kind: Kind, options: Options) -> Plan:
    given = {name: value for name, value in options.differing().items() if name != "on_bad"}
    detected = {name: value for name, value in raw.facts.options.items() if name not in given}
    evidence, notations = raw.facts.evidence, False
    # What a column is mapped to is said, too: a currency, or a direction.
    answered = {*(given.keys() - {"mapping"}), *options.mapping.values()}
    questions = tuple(question for question in raw.facts.questions if not answered & _ways(question))
    if raw.facts.detects and kind.name in DETECTED and not _says_all(raw, kind, given):
        seen = detect_columns(_look(raw, kind, given))
        detected |= seen.options
        options = replace(options, **seen.options)
        evidence, questions, notations = (*evidence, *seen.evidence), (*questions, *seen.questions), seen.notations
    known = {**detected, **given, **({"mapping": detected["mapping"]} if "mapping" in detected else {})}
    header = None if "header" in known and known["header"] is None else raw.headers
    layout = Layout(SIDES[kind.name], known, evidence, questions, header, tuple(sorted(detected.keys() - given.keys())))
    return Plan(options, layout, detected, notations)


def _ways(question: Question) -> set[str]:
    """The options, and the columns that others are mapped to, with which a question of a format is answered."""
    ways = [choice.options for choice in question.choices]
    named = {name for options in ways for name in (*options, *options.get("mapping", {}).values())}
    return {question.option, *named} - {"mapping"}


def _says_all(raw: Raw, kind: Kind, given: Mapping[str, Any]) -> bool:
    """Whether an input is written as records are: all is called as in them, and amounts and dates read one way only."""
    canonical = {fold(name): name for name in kind.columns}
    names = [canonical.get(fold(header)) for header in raw.headers]
    if None in names or given.keys() - _NO_MATTER:
        return False
    pairs = [(name, column) for name, column in zip(names, raw.table.columns, strict=False) if name]
    columns = dict(pairs)
    needed = {*kind.required} - ({"currency"} if "currency" in given else set())
    if len(columns) < len(pairs) or not needed <= columns.keys() or not {"amount", "precise_amount"} & columns.keys():
        return False
    telling = {
        name: column
        for name, column in columns.items()
        if (name in _SHAPES or kind.columns[name] == "instant") and not _typed(raw.table[column])
    }
    rows = _seen(raw, list(telling.values()))
    for name, column in telling.items():
        shape = _SHAPES.get(name, ISO)
        texts = [text.strip() for text in _as_texts(rows[column])]
        if not all(shape.fullmatch(text) or (not text and name not in kind.required) for text in texts):
            return False
    return True


def _look(raw: Raw, kind: Kind, given: Mapping[str, Any]) -> Look:
    columns = raw.table.columns[: len(raw.headers)]
    typed = {place: name for place, column in enumerate(columns) if (name := _typed(raw.table[column]))}
    typed |= dict.fromkeys(raw.facts.exact, "number")
    rows = _seen(raw, _worth_seeing(raw.headers, columns, kind))
    nothing, shown = [""] * len(rows), {*rows.column_names}
    texts = [_as_texts(rows[column]) if column in shown else nothing for column in columns]
    others: list[list[str]] = [[] for _ in texts]
    if raw.facts.has_lines:
        texts, others = _of_records(texts)
    before = tuple(line.text for line in raw.left_out)
    totals = frozenset(amount for malformed in raw.malformed for amount in _amounts_in(malformed.value))
    columns_seen = make_columns(raw.headers, texts, typed, kind, others)
    return Look(kind, given, columns_seen, _Rows(raw, columns), before, totals, len(rows) < HEAD)


def _of_records(texts: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """The texts of the rows that look like records, and of the others, which say nothing of what columns mean."""
    looks_so = [is_record(cells) for cells in zip(*texts, strict=True)]
    of_records, others = (
        [[text for text, so in zip(column, looks_so, strict=True) if so == wanted] for column in texts]
        for wanted in (True, False)
    )
    return (of_records, others) if any(looks_so) else (texts, of_records)


def _amounts_in(text: str) -> Iterator[Decimal]:
    for cell in re.split(r"[,;\t|]", text):
        if amount := read_amount(cell.strip(' "'), "."):
            yield amount.value


def _typed(column: ir.Value) -> str | None:
    kind = column.type()
    if kind.is_date() or kind.is_timestamp():
        return "date"
    return "number" if kind.is_numeric() else None


def _worth_seeing(headers: Sequence[str], columns: Sequence[str], kind: Kind) -> list[str]:
    """All columns, or of very many the first and those that mean something."""
    return [
        column
        for place, (header, column) in enumerate(zip(headers, columns, strict=True))
        if place < MOST_COLUMNS or meanings_of(header, kind)
    ]


def _seen(raw: Raw, columns: Sequence[str]) -> pa.Table:
    """The rows that are looked at, as texts."""
    rows = raw.rows
    if rows is None:
        return raw.table.filter(raw.table[ROW] <= HEAD).order_by(ROW).select(*columns).to_pyarrow()
    step = max(1, (len(rows) - HEAD - TAIL) // SPREAD)
    head, spread, tail = range(HEAD), range(HEAD, len(rows), step), range(len(rows) - TAIL, len(rows))
    places = sorted({place for place in (*head, *spread, *tail) if 0 <= place < len(rows)})
    return rows_at(rows.select(columns), places)


def _as_texts(column: pa.ChunkedArray) -> list[str]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return [text or "" for text in column.to_pylist()]
    return [as_text(value) or "" for value in column.to_pylist()]


class _Rows:
    """All rows of an input, in the engine."""

    def __init__(self, raw: Raw, columns: Sequence[str]) -> None:
        self._table, self._rows, self._columns = raw.table, raw.rows, columns

    def not_in_layout(self, place: int, layout: str) -> list[str]:
        """Some texts of a column that are no dates in this layout."""
        text = self._text(place)
        return self._some(text, try_strptime(text, layout).isnull())

    def not_like(self, place: int, pattern: str) -> list[str]:
        """Some texts of a column that do not match a regular expression."""
        text = self._text(place)
        return self._some(text, ~text.re_search(pattern))

    def is_key(self, place: int) -> bool:
        """Whether a column has a value in each row, and none twice."""
        if self._rows is None:
            return False
        texts = pc.utf8_trim_whitespace(self._rows[self._columns[place]].cast(pa.string()))
        filled = pc.sum(pc.greater(pc.utf8_length(texts), 0)).as_py() or 0
        return bool(filled == len(texts) == pc.count_distinct(texts).as_py())

    def distinct(self, place: int) -> list[str]:
        """The different texts of a column, as many as there are good for anything."""
        return sorted(self._some(self._text(place), ibis.literal(True)))

    def _text(self, place: int) -> ir.StringValue:
        return as_string(self._table[self._columns[place]]).strip().nullif("")

    def _some(self, text: ir.StringValue, wanted: ir.BooleanValue) -> list[str]:
        # In order: which texts come must not differ from run to run.
        table = self._table.select(text=text, wanted=text.notnull() & wanted)
        rows = table.filter(table.wanted).select("text").distinct().order_by("text").limit(_SOME)
        return rows.to_pyarrow()["text"].to_pylist()
