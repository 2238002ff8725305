"""Naming: options as they are called where an error is read, in Python or on the command line.

A message writes an option as ``name=``, or with its value, ``encoding="cp1252"``. Of that alone the flags are made.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workbench.errors import WorkbenchError
from workbench.layouts.questions import flag_of, flags_of
from workbench.sources.option_table import OPTIONS

ON_BAD = "on_bad"
_NAMES = "|".join([ON_BAD, *(option.name for option in OPTIONS)])
_VALUE = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\{[^{}]*\}|\[[^\[\]]*\]|None\b|True\b|False\b|\d+\b"""
_NAMED = re.compile(rf"(?<![\w'\".-])({_NAMES})=({_VALUE})?")


@contextmanager
def naming_flags(side: str) -> Iterator[None]:
    """Have an error of reading ``side`` know what it says on the command line."""
    try:
        yield
    except WorkbenchError as error:
        error.with_flags = error.with_flags or in_flags(str(error), side)
        raise


def in_flags(message: str, side: str) -> str:
    """The message with the flags of the command line in place of Python's options.

    >>> in_flags('name its encoding, such as encoding="cp1252"', "external")
    'name its encoding, such as --external-encoding cp1252'
    >>> in_flags("decimal= and thousands= are both '.'", "internal")
    "--internal-decimal and --internal-thousands are both '.'"
    """
    return _NAMED.sub(lambda mention: _in_flags(side, mention[1], mention[2]), message)


def renamed(message: str, name: Callable[[str, object], str]) -> str:
    """The message with what ``name`` says of each option, and of its value if it has one, in their place.

    >>> renamed('such as encoding="cp1252"', lambda option, value: f"{option.upper()} {value}")
    'such as ENCODING cp1252'
    """
    return _NAMED.sub(lambda mention: name(mention[1], _value(mention[2]) if mention[2] else None), message)


def _in_flags(side: str, name: str, written: str | None) -> str:
    if name == ON_BAD:
        return f"--on-bad {_value(written)}" if written else "--on-bad"
    return flags_of(side, {name: _value(written)}) if written else flag_of(side, name)


def _value(written: str) -> object:
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return written
