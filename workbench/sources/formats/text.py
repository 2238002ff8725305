"""Text files: which encoding they are in, and what is wrong with those that are not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import SourceError

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHUNK = 1 << 22  # bytes


def encoding_of(path: Path, given: str | None) -> str:
    """The encoding to read ``path`` in: the given one, what its byte order mark says, or UTF-8.

    Raises ``SourceError`` for UTF-16 that has no mark and that nobody named.
    """
    if given:
        return "utf-8-sig" if codecs.lookup(given).name == "utf-8" else given
    with path.open("rb") as file:
        head = file.read(1 << 12)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        guess = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        raise SourceError(f'{path.name} has zero bytes, so it is not UTF-8 text: try encoding="{guess}"')
    return "utf-8-sig"


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text of a file, in pieces.

    Raises ``SourceError`` that names the first byte and line that are not in ``encoding``.
    """
    with path.open("rb") as file:
        try:
            yield from codecs.iterdecode(iter(lambda: file.read(_CHUNK), b""), encoding)
        except UnicodeError:
            raise _not_in(path, encoding) from None


def _not_in(path: Path, encoding: str) -> SourceError:
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where = f"byte {error.start + 1} (line {line})"
    except UnicodeError:  # a codec that does not say where
        where = "some byte"
    return SourceError(
        f"{path.name} is not in {encoding.removesuffix('-sig').upper()}: {where} does not fit; name its encoding, "
        'such as encoding="cp1252" or encoding="latin-1"'
    )


def text_of(path: Path, encoding: str | None) -> str:
    """The whole text of a bank's own format: in the named encoding, what its mark says, UTF-8, or else Windows-1252.

    Raises ``SourceError`` if it is not in the named encoding.
    """
    chosen = encoding_of(path, encoding)
    try:
        return "".join(decoded(path, chosen))
    except SourceError:
        if encoding or chosen != "utf-8-sig":
            raise
    # These formats have no letters beyond ASCII but in names and purposes; this one reads most of what banks write.
    return path.read_bytes().decode("cp1252", "replace")
