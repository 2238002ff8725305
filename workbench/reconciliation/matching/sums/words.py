"""Words: what the texts of records have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORDS = re.compile(r"[^\W\d_]{3,}|\d{3,}")
_TRIED = 8  # at most this many words, the rarest, are tried


def words_of(*texts: str | None) -> set[str]:
    """The words and numbers of some texts, in lower case, that are long enough to tell records apart.

    >>> sorted(words_of("Payment of ACME, no 2026-17", None))
    ['2026', 'acme', 'payment']
    """
    return {word for text in texts if text for word in _WORDS.findall(text.casefold())}


def rarest(counts: Mapping[str, int], records: int) -> list[str]:
    """The words that some, and not most, of so many ``records`` have, the rarest first; ``counts`` says how many do."""
    telling = sorted((count, word) for word, count in counts.items() if 0 < 2 * count <= records)
    return [word for _, word in telling[:_TRIED]]
