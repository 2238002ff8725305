"""Ids for records whose input has none: made from what a record says, so that another export makes the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

import ibis
import ibis.expr.types as ir

from workbench.engine import sha256

_EXACT = Context(prec=100)
# What a record says of itself in every export; not what may change, as its status, or what depends on others.
CONTENT = ("account", "date", "created_at", "amount", "currency", "reference", "description")
_LETTERS = 16


def made_ids(contents: Iterable[Sequence[object]]) -> list[str]:
    """An id for each row: a hash of its content and a running number among equal rows.

    ``None`` and an empty text are the same content, and so are numbers that are equal; every other value counts as its
    text. The same row has the same id
    in whatever file it stands, as long as as many equal rows stand before it.

    >>> first, second, other = made_ids([("2026-01-31", "3.20"), ("2026-01-31", "3.20"), ("2026-01-31", None)])
    >>> first[:-1] == second[:-1], first[-2:], second[-2:], other == made_ids([["2026-01-31", ""]])[0]
    (True, '-1', '-2', True)
    """
    seen: Counter[str] = Counter()
    ids = []
    for content in contents:
        text = "\x1f".join(map(_text, content))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[digest] += 1
        ids.append(f"{digest}-{seen[digest]}")
    return ids


def _text(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize(_EXACT):f}"
    return "" if value is None else str(value)


def made_id(content: Sequence[ir.Value], row: ir.IntegerValue) -> ir.StringValue:
    """An id for each row: a hash of its content, and a running number among equal rows."""
    parts = [_as_content(value) for value in content]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "\x1f" + part
    digest = sha256(joined).left(_LETTERS)
    return digest + "-" + _number(digest, row).cast("string")


def numbered_id(record_id: ir.StringValue, row: ir.IntegerValue) -> ir.StringValue:
    """The row's own id, with a number behind it where another row before it has the same."""
    number = _number(record_id, row)
    return ibis.ifelse(number > 1, record_id + "#" + number.cast("string"), record_id)


def _number(value: ir.StringValue, row: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.row_number().over(ibis.window(group_by=value, order_by=row)) + 1


def _as_content(value: ir.Value) -> ir.StringValue:
    """A value as the same text, however many decimals its column has."""
    kind = value.type()
    if kind.is_decimal():
        text = value.cast("string")
        text = text.re_replace(r"\.?0+$", "") if kind.scale else text
    elif kind.is_timestamp():
        text = value.epoch_seconds().cast("string")
    else:
        text = value.strip()
    return ibis.coalesce(text, "")
