"""JSON that people write: numbers exactly as they stand, and no name twice in one object."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def read_json(text: str) -> Any:
    """The value that a JSON text says, its numbers with a point or an exponent as decimals.

    Raises ``ValueError``, in words, for what is no JSON, nests too deep, names one thing twice in an object, or holds
    half a character, which no file could be written with.

    >>> read_json('{"drift": 0.10}')
    {'drift': Decimal('0.10')}
    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: 'a' stands twice in one object
    """
    try:
        value = json.loads(text, parse_float=Decimal, object_pairs_hook=_named_once)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    try:
        json.dumps(value, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character, such as \\ud800") from None
    return value


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return named
