"""How a command ends: with an exit code, and if something is wrong with a sentence on stderr."""

from __future__ import annotations

import os
import re
import sys
import traceback

from workbench.dsn import hosts_of, redact

_URL = re.compile(r"[\w+.-]+://[^\s'\"()<>]+")
DONE, WRONG_BOOKS, WRONG_INPUT, FAILED, INTERRUPTED = 0, 1, 2, 3, 130


def ended(message: str, code: int) -> int:
    """Say what is wrong and return the exit code; with WORKBENCH_DEBUG=1, say where in the program, too."""
    if sys.exception() and os.environ.get("WORKBENCH_DEBUG") == "1":
        traceback.print_exc()
    say(message)
    return code


def say(message: str) -> None:
    """Say something on stderr, without passwords."""
    lines = [visible(private(line)) for line in message.split("\n")]
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201


def private(line: str) -> str:
    """The line without the passwords of databases; where one does not end for certain, the line ends before it.

    >>> private("cannot read postgresql://ann:s3cret@db.example/books: no such file")
    'cannot read postgresql://ann@db.example/books: no such file'
    >>> private("not a number: postgresql://ann:s3 cret@db.example/books")
    'not a number: postgresql://ann'
    """
    for found in _URL.finditer(line):
        url, rest = found[0], _URL.sub("", line[found.end() :])
        # A blank or a quote in a password ends what looks like a URL: its host, or its last parameter, then goes on.
        if redact(url) != url and (hosts_of(url) is None or "@" in rest or "?" in url):
            line = line[: found.start()] + redact(url)
            break
    return redact(_URL.sub(lambda found: redact(found[0]), line))


def visible(text: object) -> str:
    r"""The text in one line, with what would steer a terminal or hide letters made visible.

    >>> visible("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
