"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.engine import Engine, EngineError, from_parquet
from workbench.errors import SourceError
from workbench.records import lazy_file
from workbench.sources.formats.format import Format
from workbench.sources.formats.unpacking import RATIO, SMALL, too_much
from workbench.sources.options import Options
from workbench.sources.raw import ROW, Raw, raw_arrow

MAGIC = b"PAR1"  # at both ends of a file
LEAST = 4  # bytes that a value takes in memory


def read(path: Path, _options: Options, engine: Engine) -> Raw:
    """Let the engine read the file, straight into its own types, when it needs it."""
    lazy = lazy_file(path)
    try:
        schema = pq.read_schema(path)
        headers = schema.names
        _check_extent(path)
        # The engine would call the number of a row so, and makes binary floats of decimals with more than 38 digits.
        if "file_row_number" in map(str.lower, headers) or any(map(_is_wide, schema.types)):
            return raw_arrow(engine, pq.read_table(path))
        return Raw(tuple(headers), from_parquet(engine, path, ROW), lazy=lazy)
    except (pa.ArrowException, EngineError, OSError, UnicodeDecodeError):
        raise SourceError(f"{path.name} is not a Parquet file, or it is cut off") from None


def _check_extent(path: Path) -> None:
    """Raise ``SourceError`` for a file that unfolds to more than records do, and for several in one."""
    whole, size = pq.read_metadata(path), path.stat().st_size
    groups = [whole.row_group(place) for place in range(whole.num_row_groups)]
    unfolded = max(sum(group.total_byte_size for group in groups), whole.num_rows * whole.num_columns * LEAST)
    if unfolded > SMALL and unfolded > RATIO * size:
        raise too_much(path.name, unfolded, size, "are all of these rows records? Save those that are")
    chunks = [group.column(place) for group in groups for place in range(group.num_columns)]
    end = max((_begin(chunk) + chunk.total_compressed_size for chunk in chunks), default=len(MAGIC))
    with path.open("rb") as file:
        file.seek(end)
        if MAGIC * 2 in file.read(size - end - whole.serialized_size):
            raise SourceError(f"{path.name} holds several Parquet files one after the other: read each by itself")


def _begin(chunk: pq.ColumnChunkMetaData) -> int:
    return min(filter(None, (chunk.dictionary_page_offset, chunk.data_page_offset)), default=0)


def _is_wide(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_is_wide(kind.field(place).type) for place in range(kind.num_fields))
    return bool(pa.types.is_decimal256(kind))


# What holds texts may hold amounts and dates as texts.
_OPTIONS = frozenset({"decimal", "thousands", "date_format"})
FORMAT = Format("parquet", read, lambda head: head.content.startswith(b"PAR1"), _OPTIONS, (".parquet",), typed=True)
