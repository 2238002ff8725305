"""Records: what one side says, in canonical columns, with the rows that could not be used beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from workbench.engine import Engine, engine_of, fetch
from workbench.errors import NotThereYet
from workbench.layouts.layout import Layout
from workbench.statements import Statement, statement_table
from workbench.tabular import count_of, frame, html_of

Name = TypeVar("Name", bound=str)
Found = TypeVar("Found")
Content = Literal["id", "text", "currency", "amount", "money", "whole", "precision", "instant"]


@dataclass(frozen=True)
class Kind:
    """A kind of records: its canonical columns and what each holds."""

    name: str
    columns: Mapping[str, Content]
    required: tuple[str, ...]
    unique: str | None  # the column in which no value stands twice
    money: str  # the column that totals of rejected records sum
    optional: Mapping[str, Content] = field(default_factory=dict)  # columns that a table has only where its input has

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The canonical columns and the optional ones."""
        return (*self.columns, *self.optional)


EXTERNAL = Kind(
    "external",
    {
        "id": "id",
        "amount": "amount",
        "currency": "currency",
        "reference": "text",
        "description": "text",
        "date": "instant",
        "source": "text",
    },
    required=("id", "amount", "currency", "date"),
    unique="id",
    money="amount",
    optional={"account": "text", "balance": "money", "status": "text"},
)
INTERNAL = Kind(
    "internal",
    {
        "transaction_id": "id",
        "parent_transaction": "text",
        "source": "text",
        "destination": "text",
        "reference": "text",
        "amount": "amount",
        "precise_amount": "whole",
        "precision": "precision",
        "currency": "currency",
        "description": "text",
        "status": "text",
        "created_at": "instant",
        "effective_date": "instant",
        "meta_data": "text",
    },
    required=("transaction_id", "currency", "created_at"),  # and amount, or precise_amount and precision
    unique="transaction_id",
    money="amount",
    optional={"account": "text", "balance": "money"},
)
BALANCES = Kind(
    "balance",
    {
        "balance_id": "id",
        "currency": "currency",
        "balance": "whole",
        "credit_balance": "whole",
        "debit_balance": "whole",
        "indicator": "text",
        "ledger_id": "text",
        "inflight_balance": "whole",
        "inflight_credit_balance": "whole",
        "inflight_debit_balance": "whole",
    },
    required=("balance_id", "currency", "balance", "credit_balance", "debit_balance"),
    unique="balance_id",
    money="balance",
)
SNAPSHOTS = Kind(
    "snapshot",
    {
        "balance_id": "id",
        "snapshot_time": "instant",
        "balance": "whole",
        "credit_balance": "whole",
        "debit_balance": "whole",
        "currency": "currency",
    },
    required=("balance_id", "snapshot_time", "balance", "credit_balance", "debit_balance"),
    unique=None,
    money="balance",
)
EXTERNAL_COLUMNS = tuple(EXTERNAL.columns)
INTERNAL_COLUMNS = tuple(INTERNAL.columns)


@dataclass(frozen=True)
class LazyFile:
    """A file that the engine reads a column at a time, when it needs it, and how it was when it was opened."""

    path: Path
    size: int
    modified: int  # nanoseconds since 1970

    def check(self) -> None:
        """Raise ``NotThereYet``, a ``SourceError``, if the file is no longer what it was."""
        if lazy_file(self.path) != self:
            raise NotThereYet(f"{self.path.name} has changed since it was opened: read it again")

    def sha256(self) -> str:
        """The SHA-256 of its bytes; raises ``SourceError`` if it is no longer what it was."""
        self.check()
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.check()
        return digest


def lazy_file(path: Path) -> LazyFile | None:
    """A file as it is now; ``None`` if it is not there."""
    path = path.absolute()
    try:
        state = path.stat()
    except OSError:
        return None
    return LazyFile(path, state.st_size, state.st_mtime_ns)


@dataclass(frozen=True)
class AsRead:
    """The rows of an input that no file holds, as they came: a column for each header, in their order."""

    headers: tuple[str, ...]
    rows: ir.Table
    indicators: pa.Table  # of the balances that a ledger's transactions name


@dataclass(frozen=True)
class Origin:
    """Where records came from, so that a reader of the result can find, check and re-read them."""

    name: str  # what to call it: the file's name, or "<DataFrame>"
    format: str  # that of the file (csv, xlsx, camt, …), postgresql, dataframe, arrow or rows
    rows: int  # records found, good and bad
    path: str | tuple[str, ...] | None = None  # as the user gave it, or those of several files
    digest: str | LazyFile | None = None  # the SHA-256, or what it is taken of when it is asked for
    options: Mapping[str, Any] = field(default_factory=dict)  # the reader's options that differ from default
    snapshot: str | None = None  # of a database: the instant in UTC that it was read as of, and its name for that state
    evidence: tuple[str, ...] = ()  # what the input itself said of how it is read, a sentence each
    files: tuple[Origin, ...] = ()  # where each of several files came from, and how it was read
    as_read: AsRead | None = field(default=None, repr=False, compare=False)  # where no file holds the rows
    found: tuple[str, ...] = ()  # names of the options that nobody gave

    @cached_property
    def sha256(self) -> str | None:
        """The SHA-256 of the file's bytes, or of the table's rows where there is no file; of several files, of theirs.

        Raises ``SourceError`` if the file is no longer what it was when it was opened.
        """
        if self.files:
            return hashlib.sha256("".join(f"{file.sha256}\n" for file in self.files).encode()).hexdigest()
        return self.digest.sha256() if isinstance(self.digest, LazyFile) else self.digest


@dataclass(frozen=True)
class LeftOut:
    """A part of an input that is no record: the line it begins in, its text, and why it is none."""

    line: int
    text: str
    why: str


INDICATORS = pa.schema([("indicator", pa.string()), ("balance_id", pa.string())])


def left_out_frame(parts: Iterable[LeftOut]) -> pd.DataFrame:
    """A row for each part, as ``Records.left_out`` has them."""
    columns = pa.schema([("line", pa.int64()), ("text", pa.string()), ("why", pa.string())])
    return frame(pa.Table.from_pylist(list(map(vars, parts)), columns))


@dataclass(frozen=True, repr=False)
class Records:
    """The usable records of one side as an Ibis table, and the unusable ones with their reasons.

    ``table`` has every canonical column of its kind, in order and typed (``amount`` as an exact decimal, dates as
    ``timestamp('UTC', 6)``, absent ones null), then the columns nobody knows, as they came.
    ``given`` names the canonical columns that the input really had.
    ``rejected`` has a row for each fault: ``row`` (1 is the first record), ``column``, ``value``, ``reason``.
    ``rejected_totals`` counts the bad records and sums their readable amounts for each currency (``""`` if unreadable);
    ``rejected_debits`` sums the negative ones of these, without their sign; ``rejected_unknown`` names the currencies
    of which a bad record has an amount that cannot be read, so that nobody knows what the bad ones sum to.
    ``lazy`` is the file that ``table`` still reads, where it does; who reads the table has it checked afterwards.
    ``account_statements`` are the account statements that the input holds; ``statements`` shows them as a table.
    ``left_out`` has a row for each part of the input that is no record: ``line``, ``text``, ``why``. ``excluded`` has
    the rows that take no part, in the columns of ``table`` and with a ``reason``; ``None`` is none. ``layout`` says how
    the input was read. ``indicators`` has a row for each balance of a ledger in PostgreSQL that has an indicator:
    ``indicator``, ``balance_id``.
    """

    table: ir.Table
    rejected: pd.DataFrame
    origin: Origin
    given: tuple[str, ...]
    rejected_totals: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)
    rejected_debits: Mapping[str, Decimal] = field(default_factory=dict)
    rejected_unknown: frozenset[str] = frozenset()
    lazy: LazyFile | None = None
    account_statements: tuple[Statement, ...] = ()
    left_out: pd.DataFrame = field(default_factory=lambda: left_out_frame(()))
    excluded: ir.Table | None = None
    layout: Layout | None = None
    indicators: pa.Table = field(default_factory=INDICATORS.empty_table)

    @property
    def excluded_records(self) -> Records | None:
        """The rows that take no part by options of the reader, as records; ``None`` where no option excludes any."""
        return None if self.excluded is None else replace(self, table=self.excluded, excluded=None, lazy=None)

    @cached_property
    def statements(self) -> pd.DataFrame:
        """A row for each account statement that the input holds: whether it adds up, and follows the one before.

        Columns: ``account``, ``currency``, ``sequence``, ``from``, ``to``, ``records``, ``opening_balance``,
        ``sum_of_records``, ``closing_balance``, ``difference`` (closing less opening balance and records), ``gap``
        (opening balance less closing balance of the statement before), ``finding`` (what is wrong, in a sentence).
        """
        return frame(statement_table(self.account_statements))

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return True  # records that are none are still an input

    def __repr__(self) -> str:
        return f"<Records: {self._headline()}>"

    def _repr_html_(self) -> str:
        return html_of(self._headline(), self.head(), *([self.rejected.head()] if len(self.rejected) else []))

    def _headline(self) -> str:
        bad = self.origin.rows - len(self)
        rejected = f", {bad:,} rejected" if len(self.rejected) else ""
        return f"{count_of(len(self), 'record')} of {self.origin.name}{rejected}"

    @cached_property
    def _count(self) -> int:
        self.check_unchanged()
        return int(self.table.count().to_pyarrow().as_py())

    def head(self, n: int = 5) -> pd.DataFrame:
        """The first ``n`` good records as a DataFrame, those of its columns that the input has or that hold something.

        >>> from workbench import read_external
        >>> row = {"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}
        >>> read_external([row, row | {"id": "e2"}]).head(1)["id"].tolist()
        ['e1']
        """
        self.check_unchanged()
        first = fetch(self.table.head(n))
        return frame(first.select([name for name in first.column_names if first[name].null_count < len(first)]))

    @property
    def engine(self) -> Engine:
        """The engine that ``table`` lies in."""
        return engine_of(self.table)

    def check_unchanged(self) -> None:
        """Raise ``SourceError`` if the file that ``table`` reads is no longer what it was when it was opened."""
        if self.lazy:
            self.lazy.check()

    def to_pandas(self) -> pd.DataFrame:
        """The good records as a DataFrame: amounts exact decimals, dates ``timestamp[us, UTC]``."""
        return frame(self._rows())

    def _rows(self) -> pa.Table:
        self.check_unchanged()
        rows = self.table.to_pyarrow()
        self.check_unchanged()
        return rows


def side_by_side(records: Mapping[Name, Records], act: Callable[[Name, Records], Found]) -> dict[Name, Found]:
    """What ``act`` makes of each input, at the same time where each has an engine of its own.

    One engine does one thing after the other.
    """
    engines = {id(record.engine) for record in records.values()}
    with ThreadPoolExecutor(len(engines)) as threads:
        return dict(zip(records, threads.map(act, records, records.values()), strict=True))
