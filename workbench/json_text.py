"""JSON that people write: numbers exactly as they stand, and no name twice in one object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError
from workbench.text_files import read_whole

_ZERO = re.compile(rb"(?<!\\)(\\\\)*\\u0000")


def read_json(text: str) -> Any:
    """The value that a JSON text says, its numbers with a point or an exponent as decimals.

    Raises ``ValueError``, in words, for what is no JSON, nests too deep, names one thing twice in an object, or holds
    half a character or a zero byte, which no file is called, and no text file holds.

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
    check_writable(value)
    return value


def load_json(path: str | Path, what: str) -> Any:
    """The value that a file of JSON says, as ``read_json``; raises ``SettingsError`` that says ``what`` the file is."""
    try:
        return read_json(read_whole(path))
    except OSError as error:
        raise SettingsError(f"{what} {str(path)!r} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{what} {str(path)!r} is not JSON: {error}") from None


def check_writable(value: Any) -> None:
    """Raise ``ValueError``, in words, for texts, on their own or in a JSON value, that no text file can hold.

    >>> check_writable({"why": chr(0xD83D)})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: it holds half a character, such as ...
    """
    try:
        written = json.dumps(value, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character, such as \\ud800") from None
    if _ZERO.search(written):
        raise ValueError("it holds a zero byte, \\u0000")


def check_texts(chosen: Mapping[str, Any], sign: str = "") -> None:
    """Raise ``SettingsError`` for an option with a text that no text file can hold; ``sign`` follows its name."""
    for name, value in chosen.items():
        try:
            check_writable(value)
        except ValueError as error:
            raise SettingsError(f"{name}{sign} cannot be {value!r}: {error}") from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return named
