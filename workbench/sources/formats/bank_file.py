"""What the readers of banks' own formats hand on: records in canonical columns, statements, and what is no record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from workbench.engine import Engine
from workbench.layouts.questions import OR_ANOTHER, Choice, Question
from workbench.records import LeftOut
from workbench.sources.detection.other_columns import unbooked_question
from workbench.sources.formats.in_memory import column_of
from workbench.sources.made_ids import made_ids
from workbench.sources.raw import FileFacts, MalformedRow, Raw, raw_arrow
from workbench.statements import Statement

Row = dict[str, Any]
# The columns of a bank's records, in order; the first nine are canonical, the others come out as the record's own.
COLUMNS = (
    *("id", "amount", "currency", "reference", "description", "date", "source", "account", "status"),
    *("value_date", "end_to_end_id", "structured_reference", "remittance", "bank_reference", "parent"),
    *("counterparty", "counterparty_account", "mandate_id", "transaction_code", "category", "reversal"),
)
ALWAYS = ("id", "amount", "currency", "date")
NO_REFERENCES = {"NOTPROVIDED", "NONREF", "NOREF", "NOTAVAILABLE", "NONE"}
DIGITS = 38
NO_CURRENCY = Question("currency", "it does not say its currency", (Choice({"currency": "EUR"}, OR_ANOTHER),))
_NOT_CONTENT = {"id", "status", "source"}  # what may change from one export to the next


@dataclass
class BankFile:
    """The contents of a file, collected while its reader goes through it."""

    rows: list[Row] = field(default_factory=list)
    bad: list[MalformedRow] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    unbooked: frozenset[str] = frozenset()  # statuses of records that are only announced
    questions: list[Question] = field(default_factory=list)

    def reject(self, text: str, why: str) -> None:
        """Keep a record that cannot be taken apart in its place among the others."""
        self.bad.append(MalformedRow(len(self.rows) + len(self.bad) + 1, text, why))

    def leave_out(self, line: int, text: str, why: str) -> None:
        """Note a part that is no record."""
        self.left_out.append(LeftOut(line, text, why))

    def columns(self) -> dict[str, list[Any]]:
        """The records by column, those columns that have a value, with an id for each record.

        A currency that the file does not name is no column: whoever reads it is asked for it.
        """
        ids = _ids(self.rows)
        filled = [name for name in COLUMNS if any(row.get(name) not in {None, ""} for row in self.rows)]
        wanted = {"id", *filled} if self.rows else {*ALWAYS}
        return {
            name: ids if name == "id" else [row.get(name) for row in self.rows] for name in COLUMNS if name in wanted
        }

    def raw(self, engine: Engine) -> Raw:
        """The file as an input of records."""
        columns = self.columns()
        table = pa.table([column_of(values, ".") for values in columns.values()], list(columns))
        currency = () if "currency" in columns else (NO_CURRENCY,)
        facts = FileFacts(questions=(*self.questions, *currency, *self._announced()))
        raw = raw_arrow(engine, table, self.bad, facts)
        return replace(raw, statements=tuple(self.statements), left_out=tuple(self.left_out))

    def _announced(self) -> Iterator[Question]:
        """Ask whether records take part that are only announced."""
        statuses = {row.get("status") or "" for row in self.rows}
        if unbooked := sorted(statuses & self.unbooked):
            yield unbooked_question("the status", "status", unbooked, [] if "" in statuses else sorted(statuses))


def _ids(rows: Iterable[Row]) -> list[str]:
    """The bank's own id where no other record has it, otherwise one made from the content."""
    rows = list(rows)
    of_id = Counter(row.get("id") for row in rows)
    made = made_ids([row.get(name) for name in COLUMNS if name not in _NOT_CONTENT] for row in rows)
    return [
        row["id"] if row.get("id") and of_id[row["id"]] == 1 else spare for row, spare in zip(rows, made, strict=True)
    ]


def given_reference(text: str | None) -> str | None:
    """A reference, or ``None`` where the text only says that there is none.

    >>> given_reference(" INV-1 "), given_reference("NOTPROVIDED"), given_reference("NONREF")
    ('INV-1', None, None)
    """
    reference = (text or "").strip()
    return None if not reference or re.sub(r"[\s_-]", "", reference).upper() in NO_REFERENCES else reference


def first_given(*references: str | None) -> str | None:
    """The first of the references that is one."""
    return next(filter(None, map(given_reference, references)), None)


def amount_of(text: str | None) -> Decimal | None:
    """A number with a decimal point and no other marks, of at most 38 digits; ``None`` for anything else.

    >>> amount_of("12.50"), amount_of("1,250.00"), amount_of("NaN")
    (Decimal('12.50'), None, None)
    """
    number = (text or "").strip()
    if (
        not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", number, re.ASCII)
        or len(number.lstrip("+-").replace(".", "")) > DIGITS
    ):
        return None
    return Decimal(number)


def comma_amount_of(text: str) -> Decimal | None:
    """A number with a decimal comma, as SWIFT writes it, or with a point that cannot stand for thousands.

    >>> comma_amount_of("5,"), comma_amount_of("1211771.46"), comma_amount_of("1.234")
    (Decimal('5'), Decimal('1211771.46'), None)
    """
    return None if re.fullmatch(r".*\.\d{3}", text) else amount_of(text.replace(",", ".", 1))


def day_of(year: str, month: str, day: str) -> date | None:
    """A day, or ``None`` if the calendar has none like it; a year of two digits lies in 1980 to 2079."""
    number = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 80 else 1900)
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
