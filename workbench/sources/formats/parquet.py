"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.engine import Engine, EngineError, from_parquet
from workbench.errors import SourceError
from workbench.records import lazy_file
from workbench.sources.formats.format import Format
from workbench.sources.options import Options
from workbench.sources.raw import ROW, Raw, raw_arrow


def read(path: Path, _options: Options, engine: Engine) -> Raw:
    """Let the engine read the file, straight into its own types, when it needs it."""
    lazy = lazy_file(path)
    try:
        headers = pq.read_schema(path).names
        if "file_row_number" in map(str.lower, headers):  # what the engine would call the number of a row
            return raw_arrow(engine, pq.read_table(path))
        return Raw(tuple(headers), from_parquet(engine, path, ROW), lazy=lazy)
    except (pa.ArrowException, EngineError, OSError, UnicodeDecodeError):
        raise SourceError(f"{path.name} is not a Parquet file, or it is cut off") from None


# What holds texts may hold amounts and dates as texts.
_OPTIONS = frozenset({"decimal", "thousands", "date_format"})
FORMAT = Format("parquet", read, lambda head: head.content.startswith(b"PAR1"), _OPTIONS, (".parquet",), typed=True)
