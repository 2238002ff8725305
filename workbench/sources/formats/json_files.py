"""JSON: an array of objects, or an object on each line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.in_memory import Number, as_json, rows_table
from workbench.sources.formats.text import decoded, encoding_of
from workbench.sources.options import Options
from workbench.sources.raw import Found, MalformedRow, Raw, raw_arrow

MOST_FIELDS, MOST_CELLS = 10_000, 200_000_000  # of a table; objects that share no field would fill any memory


def read_array(path: Path, options: Options, engine: Engine) -> Raw:
    """Read an array of objects."""
    try:
        found = _parse(_text(path, options), path)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path.name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    if not isinstance(found, list):
        raise SourceError(f"{path.name} holds one JSON value: it should be an array of objects")
    malformed = [
        MalformedRow(row, as_json(value), "is not a JSON object")
        for row, value in enumerate(found, 1)
        if not isinstance(value, dict)
    ]
    return _raw(path, [value for value in found if isinstance(value, dict)], malformed, options, engine)


def read_lines(path: Path, options: Options, engine: Engine) -> Raw:
    """Read an object from each line; a line that is none is malformed."""
    rows: list[dict[str, Any]] = []
    malformed: list[MalformedRow] = []
    # Not splitlines: a JSON text may hold every other character that it takes for the end of a line.
    lines = filter(str.strip, _text(path, options).split("\n"))
    for number, line in enumerate(lines, 1):
        try:
            value = _parse(line, path)
        except json.JSONDecodeError:
            value = None
        if isinstance(value, dict):
            rows.append(value)
        else:
            malformed.append(MalformedRow(number, line, "is not a JSON object"))
    return _raw(path, rows, malformed, options, engine)


def _raw(
    path: Path, rows: Sequence[dict[str, Any]], malformed: Sequence[MalformedRow], options: Options, engine: Engine
) -> Raw:
    if not rows and not malformed:
        raise SourceError(f"{path.name} has no records")
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_FIELDS or len(names) * len(rows) > MOST_CELLS:
        raise SourceError(
            f"{path.name} has {len(names):,} different fields in {len(rows):,} objects, more than records have: its "
            "objects should have the same fields"
        )
    exact = frozenset(
        place for place, name in enumerate(names) if all(isinstance(row.get(name), Number | None) for row in rows)
    )
    return raw_arrow(engine, rows_table(rows, options.mark), malformed, Found(exact=exact, detects=True))


def _text(path: Path, options: Options) -> str:
    text = "".join(decoded(path, encoding_of(path, options.encoding).name))
    if not text.strip():
        raise SourceError(f"{path.name} is empty")
    return text


def _parse(text: str, path: Path) -> Any:
    """Numbers stay as they are written: a binary float would not hold them."""

    def as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise SourceError(f"{path.name}: an object has the field {twice!r} twice: name each field once")
        return found

    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=as_dict)


def _claims_lines(head: Head) -> bool:
    """Whether one of the first lines is an object by itself."""
    return head.text.startswith("{") and any(map(_is_object, head.lines[:5]))


def _claims_array(head: Head) -> bool:
    return bool(re.match(r'\[|\{\s*(["}]|$)', head.text)) and not _claims_lines(head)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


_OPTIONS = frozenset({"encoding", "decimal", "thousands", "date_format"})
ARRAY = Format("json", read_array, _claims_array, _OPTIONS, (".json",))
LINES = Format("ndjson", read_lines, _claims_lines, _OPTIONS, (".ndjson", ".jsonl"))
