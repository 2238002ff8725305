"""Text keys: which columns a criterion compares as texts, the part of them that counts, and in which form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import query
from workbench.errors import SettingsError
from workbench.json_text import check_texts
from workbench.sides import SIDES

Form = Literal["folded", "loose", "mentions", "named"]


@dataclass(frozen=True, order=True)
class TextKey:
    """The texts of both sides that are compared with each other: a column of each, and what of it counts.

    A pattern is empty where the whole text counts. ``form`` is how texts become comparable: as they stand, without
    what makes no difference loosely, by what they mention, or by the references that records name.
    """

    external: str
    internal: str
    external_pattern: str = ""
    internal_pattern: str = ""
    form: Form = "folded"

    @property
    def made_of(self) -> tuple[TextKey, ...]:
        """The texts as they stand that it is made of."""
        return (REFERENCES, DESCRIPTIONS) if self.form == "named" else (self.folded,)

    @property
    def folded(self) -> TextKey:
        """The same texts as they stand."""
        return replace(self, form="folded")

    def column(self, side: str) -> str:
        """The column of ``side``."""
        return self.external if side == "external" else self.internal

    def pattern(self, side: str) -> str:
        """The pattern of ``side``."""
        return self.external_pattern if side == "external" else self.internal_pattern


REFERENCES = TextKey("reference", "reference")
DESCRIPTIONS = TextKey("description", "description")
SHARED_TEXTS = (REFERENCES, DESCRIPTIONS)  # the texts whose words records may have in common
NAMED = TextKey("reference", "reference", form="named")  # the references that records name, whatever rules compare


def read_column(value: object, side: str) -> str | None:
    """The name of a column; raises ``SettingsError`` if ``value`` is none."""
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise SettingsError(f"{side} of a criterion takes the name of a column of the {side} input, not {value!r}")
    return value


def read_pattern(value: object) -> str | tuple[str, str] | None:
    """A pattern for both sides, or one for each, the empty one where the whole text counts.

    Patterns are RE2's, which takes time in proportion to the text whatever the pattern is; raises ``SettingsError`` for
    one that it does not know.
    """
    if value is None:
        return None
    if isinstance(value, Mapping) and value and set(value) <= set(SIDES):
        patterns = tuple(value.get(side) or "" for side in SIDES)
    elif isinstance(value, tuple) and len(value) == len(SIDES):
        patterns = value
    else:
        patterns = (value, value)
    if not (any(patterns) and all(isinstance(pattern, str) for pattern in patterns)):
        raise SettingsError(
            "pattern of a criterion takes a regular expression for both sides, or an object with one for external, "
            f"internal or both, not {value!r}"
        )
    check_texts({"pattern": value})
    for pattern in filter(None, patterns):
        _check(pattern)
    return patterns[0] if patterns[0] == patterns[1] else (patterns[0], patterns[1])


def part_of(texts: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    """Of each text what ``pattern`` takes out: its first group, or all that fits where it has none; empty without it.

    >>> part_of(pa.chunked_array([["invoice INV-7, thanks", "rent"]]), "INV-[0-9]+").to_pylist()
    ['INV-7', '']
    """
    if not pattern:
        return texts
    sql = "SELECT regexp_extract(text, ?, ?) AS part FROM texts"
    return query(sql, {"texts": pa.table({"text": texts})}, [pattern, int(_has_group(pattern))])["part"]


def say_pattern(pattern: str | tuple[str, str] | None) -> str:
    """What a pattern does, to be put behind a sentence."""
    if pattern is None:
        return ""
    if isinstance(pattern, str):
        return f", counting only the part that fits {pattern!r}"
    parts = [f"of the {side} one only the part that fits {one!r}" for side, one in _by_side(pattern).items()]
    return f", counting {' and '.join(parts)}"


def pattern_json(pattern: str | tuple[str, str]) -> Any:
    """A pattern as JSON has it."""
    if isinstance(pattern, str):
        return pattern
    return _by_side(pattern)


def _by_side(pattern: tuple[str, str]) -> dict[str, str]:
    return {side: one for side, one in zip(SIDES, pattern, strict=True) if one}


def _check(pattern: str) -> None:
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise SettingsError(
            f"pattern {pattern!r} is no regular expression that the workbench takes: {reason}; it takes those of RE2, "
            "without look-around and back-references"
        ) from None


def _has_group(pattern: str) -> bool:
    try:
        pc.replace_substring_regex(pa.array([""]), pattern, r"\1")
    except pa.ArrowInvalid:
        return False
    return True
