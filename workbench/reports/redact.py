"""Redact: no password that stands in a connection string reaches a file or a message."""

from __future__ import annotations

import re

_PASSWORDS = (
    re.compile(r"(?P<before>\w://[^\s:/?#@]*:)\S*(?=@)"),
    re.compile(r"(?P<before>passw(?:or)?d\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE),
)


def redact(text: str) -> str:
    """The text with ``***`` for each password of a connection string in it.

    >>> redact("cannot reach postgresql://ann:s3cret@db/books?password=s3cret")
    'cannot reach postgresql://ann:***@db/books?password=***'
    """
    for password in _PASSWORDS:
        text = password.sub(r"\g<before>***", text)
    return text
