"""Zero bytes: texts that hold one are damaged, and no text file that is written later could hold them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import holds_zero_byte, without_zero_bytes
from workbench.sources.typing.cells import Fault

_SHOWN = "\N{SYMBOL FOR NULL}"


def zero_byte_faults(table: ir.Table, places: Mapping[str, int], rows: pa.Table | None) -> list[Fault]:
    """A fault for texts with a zero byte in the columns at ``places``; ``rows`` are those of ``table`` in memory."""
    texts = {name: table[table.columns[place]] for name, place in places.items() if rows is None or _any(rows[place])}
    return [
        Fault(name, holds_zero_byte(text), without_zero_bytes(text, _SHOWN), ibis.literal("holds a zero byte"))
        for name, text in texts.items()
        if text.type().is_string()
    ]


def _any(column: pa.ChunkedArray) -> bool:
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return is_text and bool(pc.any(pc.match_substring(column, "\0")).as_py())
