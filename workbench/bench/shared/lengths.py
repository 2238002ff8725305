"""Lengths of time in a table: looked for and compared as the table shows them, in the two longest units."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import SECONDS
from workbench.durations import UNITS, about, seconds_of
from workbench.exact import Ints, decimals, whole_amounts

SCALE = 6  # decimals of seconds
_MICRO = 10**SCALE
_SHORT = {"d": "day", "h": "hour", "min": "minute", "s": "second"}


def is_length(field: pa.Field) -> bool:
    """Whether a column holds lengths of time, which the table says in words."""
    return bool(pa.types.is_decimal(field.type)) and field.name.endswith(SECONDS)


def as_shown(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """The seconds of lengths of time as rounded where they are shown, and what is shown."""
    zero = pa.scalar(Decimal(0), column.type)
    empty = pc.is_null(column).combine_chunks().to_numpy(zero_copy_only=False)
    rounded = _rounded(whole_amounts(pc.fill_null(column, zero), SCALE))
    different, places = np.unique(rounded, return_inverse=True)
    texts = pa.array([about(Decimal(int(micros)).scaleb(-SCALE)) for micros in different.tolist()], pa.string())
    nulls = pa.array(empty)
    seconds = decimals(rounded, SCALE)
    return pc.if_else(nulls, None, seconds), pc.if_else(nulls, None, texts.take(pa.array(places)))


def compared_seconds(text: str) -> Decimal | None:
    """The seconds of a length of time that someone types, with its units in full or short; none if it is none.

    >>> compared_seconds("3 days 2 hours"), compared_seconds("36h"), compared_seconds("36")
    (Decimal('266400'), Decimal('129600'), None)
    """
    spaced = re.sub(r"(?<=\d)(?=[a-z])", " ", text.lower().strip())
    words = [_SHORT.get(word, word) for word in spaced.split()]
    return seconds_of(" ".join(words)) if {word.removesuffix("s") for word in words} & set(UNITS) else None


def _rounded(micros: Ints) -> Ints:
    """Microseconds as ``about`` rounds them: to the second longest unit that a length has, ties to even."""
    size = abs(micros)
    sizes = [seconds * _MICRO for seconds in UNITS.values()]
    steps: Any = [*sizes[1:], 1]
    step = np.select([size >= unit for unit in sizes[:-1]], steps[:-1], 1)
    down, rest = micros // step, micros % step
    return (down + ((2 * rest > step) | ((2 * rest == step) & (down % 2 == 1)))) * step
