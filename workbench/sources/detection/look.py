"""Look: what detection sees of an input: its headers, some of its rows, and what it may ask of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from workbench.layouts.questions import Question
from workbench.records import Kind
from workbench.sources.detection.dates import is_date
from workbench.sources.detection.headings import meanings_of
from workbench.sources.detection.notation import read_amount
from workbench.sources.detection.words import fold

MONEY = {"amount", "debit", "credit", "precise_amount", "balance", "fee"}
LOOKED_AT = 400  # rows in a row, from the first
DAYS = {"date", "created_at", "effective_date", "snapshot_time"}


class Whole(Protocol):
    """What may be asked of all rows of an input; ``place`` is that of a column."""

    def not_in_layout(self, place: int, layout: str) -> list[str]:
        """Some texts of a column that are no dates in this layout."""

    def not_like(self, place: int, pattern: str) -> list[str]:
        """Some texts of a column that do not match a regular expression."""

    def is_key(self, place: int) -> bool:
        """Whether a column has a value in each row, and none twice."""

    def distinct(self, place: int) -> list[str]:
        """The different texts of a column, as many as there are good for anything."""


@dataclass(frozen=True)
class Column:
    """A column: its place, its header, and the texts of the rows that are looked at, empty where it has none.

    ``typed`` is ``date`` or ``number`` where the values are not text, but what they are.
    """

    place: int
    header: str
    texts: tuple[str, ...]
    others: tuple[str, ...] = ()  # the texts of rows that are no records, such as totals
    typed: str | None = None
    meanings: tuple[tuple[str, int], ...] = ()

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The texts that are not empty."""
        return tuple(text for text in self.texts if text)

    @cached_property
    def is_number(self) -> bool:
        """Whether nearly all its texts are amounts, and it has some."""
        if self.typed:
            return self.typed == "number"
        if not self.texts:  # an input without rows: its headers are all that it says
            return any(name in MONEY for name, _ in self.meanings)
        return bool(self.filled) and self._numbers >= 0.9 * len(self.filled)

    @cached_property
    def is_half_number(self) -> bool:
        """Whether at least half of its texts are amounts: enough for a header that says so, and the others are bad."""
        return 2 * self._numbers >= len(self.filled) > 0

    @cached_property
    def values(self) -> tuple[Decimal | None, ...]:
        """The amount that each of its texts is, with whichever decimal mark it is one."""
        amounts = (read_amount(text, ".") or read_amount(text, ",") if text else None for text in self.texts)
        return tuple(amount.value if amount else None for amount in amounts)

    @cached_property
    def _numbers(self) -> int:
        return sum(value is not None for value in self.values)

    @cached_property
    def is_date(self) -> bool:
        """Whether nearly all its texts are dates, and it has some."""
        if self.typed:
            return self.typed == "date"
        if not self.texts:
            return any(name in DAYS for name, _ in self.meanings)
        dates = sum(map(is_date, self.filled))
        return bool(self.filled) and dates >= 0.9 * len(self.filled)

    def means(self, meaning: str) -> int | None:
        """The rank that a meaning has for its header; ``None`` if it does not mean that."""
        return dict(self.meanings).get(meaning)


@dataclass
class Findings:
    """What detection has found so far."""

    options: dict[str, Any] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    meaning: dict[str, Column] = field(default_factory=dict)  # columns by what they mean for records
    notations: bool = False  # amounts are written otherwise than as plain numbers


@dataclass(frozen=True)
class Look:
    """An input as detection sees it; ``given`` are the options that its caller set."""

    kind: Kind
    given: Mapping[str, Any]
    columns: tuple[Column, ...]
    whole: Whole
    before: tuple[str, ...] = ()  # the lines before its header
    totals: frozenset[Decimal] = frozenset()  # the amounts in rows that are no records
    is_whole: bool = False  # all rows are looked at

    def named(self, meaning: str) -> list[tuple[int, Column]]:
        """The columns whose header may mean this and that nobody mapped, the likeliest first."""
        ranked = [(rank, column) for column in self.free if (rank := column.means(meaning)) is not None]
        return sorted(ranked, key=lambda pair: (pair[0], pair[1].place))

    @property
    def out_and_in(self) -> tuple[str, str]:
        """What columns of money out and money in are: a bank credits what comes in, books of our own debit it."""
        return ("credit", "debit") if self.kind.name == "internal" else ("debit", "credit")

    @property
    def has_rows(self) -> bool:
        """Whether there are rows to look at."""
        return any(column.texts for column in self.columns)

    @cached_property
    def is_plain(self) -> bool:
        """Whether all that records need is called as records call it: what is called otherwise is the input's own."""
        own = {meaning for column in self.columns for meaning, rank in column.meanings if rank == 0}
        needed = {*self.kind.required} - ({"currency"} if "currency" in self.given else set())
        return needed <= {*own, *self.mapped} and bool({"amount", "precise_amount"} & {*own, *self.mapped})

    @cached_property
    def mapped(self) -> dict[str, Column]:
        """The columns that ``mapping`` names, by meaning."""
        return {
            meaning: column
            for key, meaning in (self.given.get("mapping") or {}).items()
            if (column := self.column(key)) is not None
        }

    @cached_property
    def free(self) -> tuple[Column, ...]:
        """The columns that ``mapping`` does not name."""
        taken_places = {column.place for column in self.mapped.values()}
        return tuple(column for column in self.columns if column.place not in taken_places)

    def column(self, key: str | int) -> Column | None:
        """The column of this header, or at this position from 1."""
        for column in self.columns:
            if isinstance(key, str) and fold(column.header) == fold(key):
                return column
        position = int(key) if isinstance(key, int) or (isinstance(key, str) and key.isdigit()) else 0
        return self.columns[position - 1] if 1 <= position <= len(self.columns) else None

    def key_of(self, column: Column) -> str:
        """How ``mapping`` names a column: by its header, or by its position where several have that header."""
        same = [other for other in self.columns if fold(other.header) == fold(column.header)]
        return column.header if len(same) == 1 and column.header.strip() else str(column.place + 1)


def make_columns(
    headers: Sequence[str],
    texts: Sequence[Sequence[str]],
    typed: Mapping[int, str],
    kind: Kind,
    others: Sequence[Sequence[str]],
) -> tuple[Column, ...]:
    """The columns of an input, each with what its header may mean for records of ``kind``."""
    cells = zip(headers, map(_stripped, texts), map(_stripped, others), strict=True)
    return tuple(
        Column(place, header, own, other, typed.get(place), meanings_of(header, kind))
        for place, (header, own, other) in enumerate(cells)
    )


def _stripped(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts)


def called(column: Column) -> str:
    """How sentences name a column."""
    return f"column {column.header!r}" if column.header.strip() else f"column {column.place + 1}"
