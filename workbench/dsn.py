"""DSNs: the connection strings of databases, and how to name one without giving its password away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_DSN = re.compile(r"\s*postgres\w*(\+\w+)?://", re.IGNORECASE)
_HOST = r"(?:[^:,@/?\[\]\s]*|\[[^@/?\[\]\s]*\])(?::\d*)?"
_URL = re.compile(
    r"(?!.*%(?!(?!00)[0-9a-fA-F]{2}))"  # each % begins the code of a character
    rf"[\w+.-]+://(?:[^:@/?\s]*(?P<password>:[^@/?\s]*)?@)?(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?:/[^@?\s]*)?(?:\?(?:[^=&@?\s]+=[^=&@?\s]*(?:&|$))*)?"
)
_PARAMETER = re.compile(r"(?<=[?&])([^=&?]+)=[^&]*(?:&|$)")
_END = r"(?:\s+(?=\w+\s*=)|\s*$)"  # of a pair: another one, or nothing
_PAIR = re.compile(  # a quoted value of which nobody knows where it ends goes on to the end of the text
    rf"(?<![\w?&%])(?:{'|'.join(SECRETS)})\s*=\s*+(?:'(?:[^'\\]|\\.)*+'{_END}|'.*|(?!').*?{_END})",
    re.IGNORECASE | re.DOTALL,
)
# What signs a URL, and who is named in one that is none of a database.
_SIGNED = re.compile(
    r"([?&][^=&?\s]*(?:sig|signature|token|secret|password|passwd|key|credential|auth)[^=&?\s]*=)[^&\s'\"]+",
    re.IGNORECASE,
)
_USER = re.compile(r"(\b(?!postgres)[A-Za-z][\w+.-]*://)[^/@\s]+@")
_WORD = re.compile(r"[\w+.-]+://[^\s'\"()<>]+")  # what looks like a URL within a text
LONGEST = 5_000  # characters of a line that somebody reads; patterns take the square of it
# What may be the beginning of a password in a URL that is not well formed.
_SUSPECT = re.compile(r"(?<=:/)(/?[^:/@\s]*):.*@|[?&]([^=&?]+)=", re.DOTALL)


def is_dsn(text: str) -> bool:
    """Whether a text is meant to be the URL of a PostgreSQL database.

    >>> is_dsn("postgresql://db.example/books"), is_dsn("books.csv")
    (True, False)
    """
    return bool(_DSN.match(text))


def hosts_of(url: str) -> str | None:
    """The hosts and ports in the URL of a database; None if it is not well formed.

    It is well formed if all programs take it apart in the same way: marks inside a part are written as their codes.

    >>> hosts_of("postgresql://ann:s3cret@db.example:5432/books"), hosts_of("postgresql://ann:s3@cret@db.example/books")
    ('db.example:5432', None)
    """
    url_match = _URL.fullmatch(url)
    return url_match and url_match["hosts"]


def redact(text: str) -> str:
    """The text without the passwords of a DSN in it; what is left connects with one from the environment.

    A text that has none comes back as it is. Of a URL that is not well formed, all from the password on is cut off.

    >>> redact("postgresql://ann:s3cret@db.example/books?sslmode=require&password=s3cret")
    'postgresql://ann@db.example/books?sslmode=require'
    >>> redact("host=db.example password='s3 cret' dbname=books")
    'host=db.example dbname=books'
    >>> redact("postgresql://ann:s3@cret@db.example/books")
    'postgresql://ann'
    """
    url = _URL.fullmatch(text)
    if url:
        before, after = url.span("password")
        shorter = _PARAMETER.sub(
            lambda parameter: "" if _is_secret(parameter[1]) else parameter[0], text[max(after, 0) :]
        )
        shorter = text[: max(before, 0)] + shorter
    else:
        shorter = _PAIR.sub("", text[: _suspect(text, [pair.span() for pair in _PAIR.finditer(text)])])
    return text if shorter == text else shorter.rstrip("?& ")


def without_secrets(text: str) -> str:
    """The text without passwords, and without the values of signed URLs: tokens, signatures and keys.

    >>> without_secrets("https://ann:pw@files.example/a.csv?sig=abc&page=2")
    'https://files.example/a.csv?sig=…&page=2'
    """
    return _USER.sub(r"\1", _SIGNED.sub(r"\1…", redact(text)))


def private(line: str) -> str:
    """The line without the passwords of databases; where one does not end for certain, the line ends before it.

    >>> private("cannot read postgresql://ann:s3cret@db.example/books: no such file")
    'cannot read postgresql://ann@db.example/books: no such file'
    >>> private("not a number: postgresql://ann:s3 cret@db.example/books")
    'not a number: postgresql://ann'
    """
    if len(line) > LONGEST:  # a word that is cut may be a password of which nobody sees the end
        line = f"{line[:LONGEST].rpartition(' ')[0]} … ({len(line):,} characters)"
    for match in _WORD.finditer(line):
        url, rest = match[0], _WORD.sub("", line[match.end() :])
        # A blank or a quote in a password ends what looks like a URL: its host, or its last parameter, then goes on.
        if redact(url) != url and (hosts_of(url) is None or "@" in rest or "?" in url):
            line = line[: match.start()] + redact(url)
            break
    return without_secrets(_WORD.sub(lambda match: redact(match[0]), line))


def _suspect(text: str, pairs: Sequence[tuple[int, int]]) -> int:
    """Where a password may begin in a URL that is not well formed; ``pairs`` are taken out whatever they look like."""
    place = 0
    while suspect := _SUSPECT.search(text, place):
        pair_end = next((end for begin, end in pairs if begin <= suspect.start() < end), None)
        if pair_end is None and suspect[1] is not None:
            return suspect.end(1)
        if pair_end is None and _is_secret(suspect[2]):
            return suspect.start()
        place = pair_end or suspect.end()
    return len(text)


def _is_secret(parameter: str) -> bool:
    return unquote(parameter).strip().lower() in SECRETS
