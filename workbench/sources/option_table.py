"""One table of what a reader can be told: flags, notebook parameters and forms are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "mark", "choice", "yes", "line", "pairs", "lists"]
Where = Literal["file", "database", "any"]


@dataclass(frozen=True)
class ReaderOption:
    """An option of the readers.

    ``kind`` says what it takes: a ``text``, a ``mark`` of one character, a ``choice``, ``yes`` or no, a ``line`` number
    or none, ``pairs`` of texts, or ``lists`` of texts by name. ``metavar`` is how the help of its flag
    writes that. ``only`` is the side that has it, where not both have; ``of`` says which inputs it is about.
    """

    name: str
    kind: Kind
    metavar: str
    help: str
    choices: tuple[str, ...] = ()
    only: str | None = None
    of: Where = "file"


OPTIONS = (
    ReaderOption(
        "layout",
        "text",
        "FILE",
        "How files with this header are read, as workbench layout --save wrote it; other options go first.",
        of="any",
    ),
    ReaderOption(
        "mapping",
        "pairs",
        "HEADER=COLUMN",
        "What a header, or a position from 1, means, such as Betrag=amount; also debit, credit, direction, time, "
        "timezone, fee.",
        of="any",
    ),
    ReaderOption("header", "line", "N|none", "Line of the header; none if there is none."),
    ReaderOption("date_format", "text", "LAYOUT", "Layout of dates, such as %d.%m.%Y; also unix, unix_ms."),
    ReaderOption("decimal", "mark", "MARK", "Decimal mark of amounts.", (".", ",")),
    ReaderOption("thousands", "mark", "MARK", "What separates thousands in amounts."),
    ReaderOption("encoding", "text", "NAME", "Encoding of a text file, such as cp1252."),
    ReaderOption("delimiter", "mark", "MARK", r"What separates columns; \t is a tab."),
    ReaderOption("sheet", "text", "NAME", "Sheet of a workbook."),
    ReaderOption(
        "timezone", "text", "ZONE", "Zone of dates that name none, such as Europe/Berlin.  [default: UTC]", of="any"
    ),
    ReaderOption("currency", "text", "CODE", "Currency of records that name none, such as EUR.", of="any"),
    ReaderOption("account", "text", "NAME", "Own account of records that name none.", only="external", of="any"),
    ReaderOption(
        "source",
        "text",
        "NAME",
        "What to call the source of records that name none, such as Stripe.",
        only="external",
        of="any",
    ),
    ReaderOption(
        "sign",
        "choice",
        "SIGN",
        "Whether amounts have their own sign, or the opposite one.",
        ("as_is", "inverted"),
        of="any",
    ),
    ReaderOption("minor_units", "yes", "", "Amounts count the currency's smallest unit, such as cents.", of="any"),
    ReaderOption(
        "directions",
        "pairs",
        "WORD=in|out",
        "What a flag of direction means where its words are unknown, such as X=out.",
        of="any",
    ),
    ReaderOption("only", "lists", "HEADER=VALUE[,VALUE]", "Rows that take part, such as State=COMPLETED.", of="any"),
    ReaderOption(
        "without", "lists", "HEADER=VALUE[,VALUE]", "Rows that take no part, such as State=PENDING.", of="any"
    ),
    ReaderOption(
        "repeated_ids",
        "choice",
        "HOW",
        "Ids that stand twice: refuse them, or number them.",
        ("refuse", "number"),
        of="any",
    ),
    ReaderOption(
        "since", "text", "INSTANT", "Of a database: the first instant to read, such as 2026-01-31.", of="database"
    ),
    ReaderOption("until", "text", "INSTANT", "Of a database: the first instant not to read.", of="database"),
    ReaderOption(
        "upload_id",
        "text",
        "ID[,ID…]",
        "Of a database: the upload to read, or several.  [default: the only one]",
        only="external",
        of="database",
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}


def options_for(side: str) -> tuple[ReaderOption, ...]:
    """The options of a side, in the order in which surfaces show them.

    >>> [option.name for option in options_for("internal") if option.of == "database"]
    ['since', 'until']
    """
    return tuple(option for option in OPTIONS if option.only in {None, side})
