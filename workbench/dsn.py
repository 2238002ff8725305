"""DSNs: the connection strings of databases, and how to name one without giving its password away."""

from __future__ import annotations

import re
from urllib.parse import unquote

SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_DSN = re.compile(r"\s*postgres\w*(\+\w+)?://", re.IGNORECASE)
# Rather too much than too little: a password that should have been encoded may hold any of these marks.
_IN_USER = re.compile(r"(:/+[^:/@\s]*):.*@", re.DOTALL)
_IN_QUERY = re.compile(r"(?<=[?&])([^=&?]+)=[^&]*(?:&|$)")
_IN_PAIRS = re.compile(
    rf"(?<![\w?&%])(?:{'|'.join(SECRETS)})\s*=\s*(?:'(?:[^'\\]|\\.)*(?:'|$)|.*?)(?:\s+(?=\w+\s*=)|\s*$)",
    re.IGNORECASE | re.DOTALL,
)


def is_dsn(text: str) -> bool:
    """Whether a text is meant to be the URL of a PostgreSQL database.

    >>> is_dsn("postgresql://db.example/books"), is_dsn("books.csv")
    (True, False)
    """
    return bool(_DSN.match(text))


def redact(text: str) -> str:
    """The text without the passwords of a DSN in it; what is left connects with one from the environment.

    A text that has none comes back as it is.

    >>> redact("postgresql://ann:s3cret@db.example/books?sslmode=require&password=s3cret")
    'postgresql://ann@db.example/books?sslmode=require'
    >>> redact("host=db.example password='s3 cret' dbname=books")
    'host=db.example dbname=books'
    """
    shorter = _IN_PAIRS.sub("", _IN_QUERY.sub(_unless_secret, _IN_USER.sub(r"\1@", text)))
    return text if shorter == text else shorter.rstrip("?& ")


def _unless_secret(parameter: re.Match[str]) -> str:
    return "" if unquote(parameter[1]).lower() in SECRETS else parameter[0]
