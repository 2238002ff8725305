"""Matched: what a run folder says of the ledger transactions that matched, as they are to be marked."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from workbench.errors import SourceError
from workbench.reconciliation.marks.marking import Mark
from workbench.runs.folder.hashes import hash_file
from workbench.runs.folder.manifest import read_manifest
from workbench.runs.folder.saved import read_table, reading
from workbench.text_files import read_whole

MATCHES, SUMMARY = "matches.parquet", "summary.json"


def marks_of(folder: str | Path) -> tuple[Mark, ...]:
    """A mark for each ledger transaction that a reconciliation matched, in the order of its matches.

    Raises ``SourceError`` if ``folder`` is no folder of a reconciliation, or no longer says what the run wrote.
    """
    written = read_manifest(folder)["outputs"]
    if MATCHES not in written:
        raise SourceError(f"{folder} is not the folder of a reconciliation that was done: it has no {MATCHES}")
    with reading(folder):
        for name in (MATCHES, SUMMARY):
            path = Path(folder) / name
            if not path.is_file() or name not in written or hash_file(path) != written[name]["sha256"]:
                raise SourceError(f"{path} is not as the run wrote it: mark from an unchanged run folder")
        try:
            return _marks(Path(folder))
        except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
            raise SourceError(f"{folder} is not the folder of a reconciliation: {_first_line(error)}") from None


def _marks(folder: Path) -> tuple[Mark, ...]:
    summary = json.loads(read_whole(folder / SUMMARY))
    rows = read_table(folder / MATCHES).select(["internal_transaction_id", "match_id"])
    ids, matches = (column.cast(pa.string()).to_pylist() for column in rows.columns)
    return tuple(
        Mark(name, str(summary["reconciliation_id"]), match, str(summary["completed_at"]))
        for name, match in dict(zip(ids, matches, strict=True)).items()
        if name  # of external records that settled each other there is none
    )


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
