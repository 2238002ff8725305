"""Parquet files."""

from __future__ import annotations

from contextlib import suppress
from mmap import ACCESS_READ, mmap
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
_ENDS = 10  # places that look like the end of a file: texts may do so, too


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
    """Raise ``SourceError`` for a file that unfolds to more than records do, and for several in one.

    What the footer says of columns is not asked for: where it is damaged, Arrow ends the process.
    """
    whole, size = pq.read_metadata(path), path.stat().st_size
    groups = sum(whole.row_group(place).total_byte_size for place in range(whole.num_row_groups))
    unfolded = max(groups, whole.num_rows * whole.num_columns * LEAST)
    if unfolded > SMALL and unfolded > RATIO * size:
        raise too_much(path.name, unfolded, size, "are all of these rows records? Save those that are")
    if _begins_with_another(path):
        raise SourceError(f"{path.name} holds several Parquet files one after the other: read each by itself")


def _begins_with_another(path: Path) -> bool:
    """Whether the file up to some place is a whole one."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        place = -1
        for _ in range(_ENDS):
            place = content.find(MAGIC * 2, place + 1)
            if place < 0:
                break
            with suppress(pa.ArrowException, OSError):
                pq.read_metadata(pa.BufferReader(content[: place + len(MAGIC)]))
                return True
    return False


def _is_wide(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_is_wide(kind.field(place).type) for place in range(kind.num_fields))
    return bool(pa.types.is_decimal256(kind))


# What holds texts may hold amounts and dates as texts.
_OPTIONS = frozenset({"decimal", "thousands", "date_format"})
FORMAT = Format("parquet", read, lambda head: head.content.startswith(b"PAR1"), _OPTIONS, (".parquet",), typed=True)
