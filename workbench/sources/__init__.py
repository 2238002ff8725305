"""Sources: from a path, a PostgreSQL ledger, a DataFrame, an Arrow table or a list of dicts to ``Records``.

Several files make one side: a list of paths, or a pattern such as ``"bank/2026-*.csv"``.

Every reader takes these options by keyword:

- ``mapping``: headers that are called otherwise, ``{"Betrag": "amount"}``
- ``on_bad``: ``"raise"`` ``BadRecords`` (the default), or ``"reject"`` bad rows into ``Records.rejected``
- ``date_format``: strptime layout of dates that are text, ``"%d.%m.%Y"``; without it they are ISO 8601
- ``decimal``, ``thousands``: the marks in numbers that are text
- ``encoding``: of text files; without it UTF-8, or what their byte order mark says
- ``delimiter``: of delimited text; without it, found among ``,`` ``;`` tab and ``|``
- ``sheet``: of an Excel workbook that has several
- ``since``, ``until``: of a PostgreSQL ledger, read only what was created from the one instant to before the other
- ``upload_id``: of the external records in it, read this upload, or several, with commas between

Amounts are ``decimal(18, s)`` where all of an input fit 18 digits and ``decimal(38, s)`` otherwise, with ``s`` the
most decimals in the input; so are ``precise_amount``s with ``s`` 0. Balances are ``decimal(38, 0)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Unpack

from workbench.errors import one_of
from workbench.layouts.layout import Layout
from workbench.records import BALANCES, EXTERNAL, INTERNAL, SNAPSHOTS, Records
from workbench.sources.formats.postgres import Ledger, open_ledger
from workbench.sources.known_formats import endings
from workbench.sources.loading import detect
from workbench.sources.naming import in_flags, naming_flags
from workbench.sources.one_state import opened
from workbench.sources.opening import Source
from workbench.sources.options import ReaderOptions, make_options
from workbench.sources.preview import KINDS, Preview, preview
from workbench.sources.several import files_of, is_pattern, load_files, load_side

__all__ = [
    "Ledger",
    "Preview",
    "ReaderOptions",
    "Source",
    "detect_layout",
    "endings",
    "in_flags",
    "naming_flags",
    "open_ledger",
    "preview",
    "read_balances",
    "read_books",
    "read_copies",
    "read_external",
    "read_internal",
    "read_snapshots",
]


def read_external(data: Source, **options: Unpack[ReaderOptions]) -> Records:
    """Read what a bank, card scheme or processor says.

    ``data`` is a path, several paths or a pattern, a DataFrame, an Arrow table, a list of dicts or a ledger. A record
    that stands in two of several files counts once. ``source`` fills the column of that name where the input has none.
    The other options are those of every reader.
    Raises ``SourceError`` if the input cannot be read as a whole, ``BadRecords`` if rows of it cannot be used, and
    ``SettingsError`` for options that are none.

    >>> charge = {"id": "ch_1", "amount": "12.50", "currency": "usd", "date": "2025-01-31"}
    >>> records = read_external([charge], source="Stripe")
    >>> records.to_pandas()[["amount", "currency", "source"]].values.tolist()
    [[Decimal('12.50'), 'USD', 'Stripe']]
    """
    with naming_flags("external"):
        return load_side(data, EXTERNAL, make_options(options))


def read_internal(data: Source, **options: Unpack[ReaderOptions]) -> Records:
    """Read what the ledger says: its transactions.

    ``amount`` is always there: ``precise_amount / precision`` where the input has that, otherwise its ``amount``.
    Options and errors are those of ``read_external``.

    >>> entry = {"transaction_id": "txn_1", "precise_amount": 1250, "precision": 100, "currency": "USD"}
    >>> records = read_internal([entry | {"created_at": "2025-01-31T09:30:00Z"}])
    >>> records.to_pandas()["amount"].tolist()
    [Decimal('12.50')]
    """
    with naming_flags("internal"):
        return load_side(data, INTERNAL, make_options(options))


def read_balances(data: Source, **options: Unpack[ReaderOptions]) -> Records:
    """Read the ledger's running balances, whole numbers in precise units.

    Options and errors are those of ``read_external``.

    >>> balance = {"balance_id": "bln_1", "currency": "usd", "balance": 600}
    >>> records = read_balances([balance | {"credit_balance": 1200, "debit_balance": 600}])
    >>> records.to_pandas()["balance"].tolist()
    [Decimal('600')]
    """
    with naming_flags("balances"):
        return load_side(data, BALANCES, make_options(options))


def read_snapshots(data: Source, **options: Unpack[ReaderOptions]) -> Records:
    """Read snapshots of balances: what each was at an instant, whole numbers in precise units.

    Options and errors are those of ``read_external``.

    >>> snapshot = {"balance_id": "bln_1", "snapshot_time": "2025-01-31", "balance": 600}
    >>> records = read_snapshots([snapshot | {"credit_balance": 1200, "debit_balance": 600}])
    >>> records.to_pandas()["snapshot_time"].tolist()
    [Timestamp('2025-01-31 00:00:00+0000', tz='UTC')]
    """
    with naming_flags("snapshots"):
        return load_side(data, SNAPSHOTS, make_options(options))


def detect_layout(data: Source, side: str, **options: Unpack[ReaderOptions]) -> Layout:
    """Find out how an input is read, without reading all of it into records.

    ``side`` is external, internal, balances or snapshots; ``options`` are what is known already, such as the answers
    to questions. The layout's ``options`` are what a reader takes, ``evidence`` has a sentence for each finding, and
    ``questions`` are what the input leaves open. Of several files, the first is looked at. Raises ``SourceError`` if it
    cannot be opened.

    >>> layout = detect_layout("data/processor/umsaetze.csv", "external")
    >>> layout.options["decimal"], layout.evidence[1]
    (',', 'dates are day.month.year: 17 rows have a first number over 12')
    """
    kind = KINDS[one_of(side, KINDS, "side")]
    with naming_flags(side):
        files = files_of(data)
        return detect(data if files is None else files[0], kind, make_options(options))


READERS: dict[str, Callable[..., Records]] = {
    "external": read_external,
    "internal": read_internal,
    "balances": read_balances,
    "snapshots": read_snapshots,
}


def read_copies(side: str, copies: Mapping[str, Path], **options: Unpack[ReaderOptions]) -> Records:
    """Read copies of several files of a side, each called as its original was, whatever it is called now.

    ``copies`` has where each stands, by that name. Options and errors are those of ``read_external``.
    """
    with naming_flags(side):
        return load_files([*copies.values()], KINDS[side], make_options(options), [*copies])


def read_books(
    paths: Mapping[str, str | tuple[str, ...]], options: Mapping[str, Mapping[str, Any]]
) -> dict[str, Records]:
    """Read each of ``paths``, or the several files of a side, by the reader of its name, with its ``options``.

    Those that lie in one database are read from one state of it, so that they belong together; files are read at the
    same time. Errors are those of ``read_external`` and ``open_ledger``.
    """
    with opened(paths) as sources, ThreadPoolExecutor(max(len(sources), 1)) as threads:

        def read(name: str) -> Records:
            return READERS[name](sources[name], **options.get(name, {}))

        # A database does one thing after the other, and who waits for a pipe shall be free to interrupt.
        files = {name: threads.submit(read, name) for name, path in paths.items() if _is_file(path)}
        return {name: files[name].result() if name in files else read(name) for name in sources}


def _is_file(path: str | tuple[str, ...]) -> bool:
    try:
        return isinstance(path, tuple) or is_pattern(path) or Path(path).is_file()
    except OSError:  # such as a name too long for any file: its reader reports that
        return False
