"""Parquet files."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from workbench.errors import SourceError
from workbench.records import live_file
from workbench.sources.options import Options
from workbench.sources.raw import ROW, Raw, drop_when_unused, raw_arrow


def read(path: Path, _options: Options, engine: Backend) -> Raw:
    """Let the engine read the file, straight into its own types, when it needs it."""
    live = live_file(path)
    literal = re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))  # the engine takes paths for patterns
    try:
        headers = pq.read_schema(path).names
        if "file_row_number" in map(str.lower, headers):  # what the engine would call the number of a row
            return raw_arrow(engine, pq.read_table(path))
        view = engine.read_parquet(literal, file_row_number=True, hive_partitioning=False)
    except (pa.ArrowException, duckdb.Error, OSError):
        raise SourceError(f"{path.name} is not a Parquet file, or it is cut off") from None
    drop_when_unused(engine, view, "VIEW")
    numbered = view.mutate(**{ROW: view.file_row_number + 1}).drop("file_row_number")
    return Raw(tuple(headers), numbered, live=live)
