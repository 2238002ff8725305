"""One state: inputs that lie in one database are read as it stood at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from workbench.dsn import is_dsn
from workbench.sources.formats.postgres import open_ledger
from workbench.sources.opening import Source


@contextmanager
def opened(paths: Mapping[str, str | tuple[str, ...]]) -> Iterator[dict[str, Source]]:
    """Yield what the readers take for each of ``paths``: a file's path, or the ledger that the URL of a database names.

    A database is opened once however often it is named, so that what is read from it belongs together.
    Raises ``SourceError`` as ``open_ledger`` does.

    >>> with opened({"internal": "ledger.csv"}) as sources:
    ...     print(sources)
    {'internal': 'ledger.csv'}
    """
    with ExitStack() as ledgers:
        single = {path for path in paths.values() if isinstance(path, str)}
        databases = {path: ledgers.enter_context(open_ledger(path)) for path in single if is_dsn(path)}
        yield {name: databases.get(path, path) if isinstance(path, str) else path for name, path in paths.items()}
