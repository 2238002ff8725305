"""Ids for records whose input has none: made from what a record says, so that another export makes the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

_EXACT = Context(prec=100)


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
