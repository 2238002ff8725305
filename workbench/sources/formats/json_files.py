"""JSON: an array of objects, or an object on each line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.engine import Engine
from workbench.errors import SourceError
from workbench.records import EXTERNAL
from workbench.sources.formats.format import Format, Head
from workbench.sources.formats.in_memory import Number, as_json, rows_table
from workbench.sources.formats.text import decoded, encoding_of
from workbench.sources.options import Options
from workbench.sources.raw import MOST_FIELDS, FileFacts, MalformedRow, Raw, raw_arrow

MOST_CELLS = 200_000_000  # of a table: objects that share no field would fill any memory
_LINE_END = re.compile("\r\n|\r|\n")
_HALF = re.compile("[\ud800-\udfff]")  # half of a character that JSON writes as two
_HALF_WRITTEN = re.compile(r"\\u[dD][89a-fA-F]")


def read_array(path: Path, options: Options, engine: Engine) -> Raw:
    """Read an array of objects."""
    try:
        values, suspect = _parse(_text(path, options))
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path.name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    if isinstance(values, dict):
        _refuse_wrapped(path, values)
    if not isinstance(values, list):
        raise SourceError(f"{path.name} holds one JSON value: it should be an array of objects")
    faults = [_fault(value, suspect) for value in values]
    malformed = [
        MalformedRow(row, as_json(value).encode("utf-8", "backslashreplace").decode(), fault)
        for row, (value, fault) in enumerate(zip(values, faults, strict=True), 1)
        if fault
    ]
    rows = [value for value, fault in zip(values, faults, strict=True) if not fault]
    return _raw(path, rows, malformed, options, engine)


def read_lines(path: Path, options: Options, engine: Engine) -> Raw:
    """Read an object from each line; a line that is none is malformed."""
    rows: list[dict[str, Any]] = []
    malformed: list[MalformedRow] = []
    # Not splitlines: a JSON text may hold every other character that it takes for the end of a line. A file that was
    # appended to another may have a byte order mark.
    lines = (line.lstrip("\ufeff") for line in _LINE_END.split(_text(path, options)) if line.strip())
    for number, line in enumerate(lines, 1):
        try:
            value, suspect = _parse(line)
        except json.JSONDecodeError:
            value, suspect = None, False
        if fault := _fault(value, suspect):
            malformed.append(MalformedRow(number, line, fault))
        else:
            rows.append(value)
    return _raw(path, rows, malformed, options, engine)


def _raw(
    path: Path, rows: Sequence[dict[str, Any]], malformed: Sequence[MalformedRow], options: Options, engine: Engine
) -> Raw:
    if not rows and not malformed:
        raise SourceError(f"{path.name} has no records")
    if len(rows) == 1 and not malformed:
        _refuse_wrapped(path, rows[0])
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_FIELDS or len(names) * len(rows) > MOST_CELLS:
        raise SourceError(
            f"{path.name} has {len(names):,} different fields in {len(rows):,} objects, more than records have: its "
            "objects should have the same fields"
        )
    exact = frozenset(
        place for place, name in enumerate(names) if all(isinstance(row.get(name), Number | None) for row in rows)
    )
    return raw_arrow(engine, rows_table(rows, options.mark), malformed, FileFacts(exact=exact, detects=True))


def _refuse_wrapped(path: Path, value: Mapping[str, Any]) -> None:
    """Raise ``SourceError`` for an object that holds the records, and has fewer plain fields than a record."""
    lists = [name for name, part in value.items() if isinstance(part, list) and part and isinstance(part[0], dict)]
    plain = [part for part in value.values() if not isinstance(part, dict | list)]
    if lists and len(plain) < len(EXTERNAL.required):
        raise SourceError(
            f"{path.name} is one object that holds others in {lists[0]!r}: save the array of these alone as a file"
        )


def _text(path: Path, options: Options) -> str:
    text = "".join(decoded(path, encoding_of(path, options.encoding).name))
    if not text.strip():
        raise SourceError(f"{path.name} is empty")
    return text


class _NamedTwice(dict[str, Any]):
    """An object that names one field twice."""


def _parse(text: str) -> tuple[Any, bool]:
    """What a text says, and whether ``_fault`` has to look into it.

    Numbers stay as they are written: a binary float would not hold them.
    """
    twice = []

    def as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            twice.append(members := _NamedTwice(pairs))
        return members

    value = json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=as_dict)
    return value, bool(twice) or _HALF_WRITTEN.search(text) is not None


def _fault(value: Any, suspect: bool) -> str | None:
    """Why a value is no record; none where it is one."""
    if not isinstance(value, dict):
        return "is not a JSON object"
    if suspect and _any(value, lambda inner: isinstance(inner, _NamedTwice)):
        return "names one field twice"
    if suspect and _any(value, lambda inner: isinstance(inner, str) and _HALF.search(inner) is not None):
        return "holds half a character"
    return None


def _any(value: Any, is_so: Callable[[Any], bool]) -> bool:
    """Whether ``is_so`` holds for a value, or for any value inside it."""
    if isinstance(value, dict):
        inside: Iterable[Any] = (*value, *value.values())
    else:
        inside = value if isinstance(value, list) else ()
    return is_so(value) or any(_any(part, is_so) for part in inside)


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
