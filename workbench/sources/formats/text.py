"""Text files: which encoding they are in, and what is wrong with those that are not."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SourceError
from workbench.layouts.questions import Choice, Question
from workbench.sources.detection.encoding import encoding_readings

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHUNK = 1 << 22  # bytes


@dataclass(frozen=True)
class TextEncoding:
    """An encoding; ``plain`` where it is UTF-8 or a byte order mark names it, with its evidence where it is not."""

    name: str
    plain: bool = True
    evidence: str = ""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class TextFile:
    """A text file and its encoding; ``mended`` makes of whole lines what other programs would have written."""

    path: Path
    encoding: str
    mended: Callable[[str], str] | None = None

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def pieces(self) -> Iterator[str]:
        """Its text, in pieces."""
        return decoded(self.path, self.encoding) if self.mended is None else self._mended(self.mended)

    def _mended(self, mended: Callable[[str], str]) -> Iterator[str]:
        rest = ""
        for piece in decoded(self.path, self.encoding):
            text = rest + piece
            end = text.rfind("\n") + 1
            yield mended(text[:end])
            rest = text[end:]
        yield mended(rest)

    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces())


def encoding_of(path: Path, given: str | None) -> TextEncoding:
    """The encoding to read ``path`` in: the given one, what its byte order mark says, UTF-8, or what makes sense of it.

    Raises ``SourceError`` for UTF-16 that has no mark and that nobody named, and for nothing but zero bytes.
    """
    if given:
        return TextEncoding("utf-8-sig" if codecs.lookup(given).name == "utf-8" else given)
    with path.open("rb") as file:
        head = file.read(1 << 12)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return TextEncoding(encoding)
    if b"\0" in head:
        _refuse_zeros(path, head)
    return TextEncoding("utf-8-sig") if _is_utf8(path) else _of_words(path)


def _refuse_zeros(path: Path, head: bytes) -> None:
    """Refuse UTF-16, which has a zero byte in nearly each letter, and nothing but zeros; what has some is damaged."""
    if not head.strip(b"\0"):
        raise SourceError(f"{path.name} begins with nothing but zero bytes: its content is lost; download it again")
    low, high = head[::2].count(0), head[1::2].count(0)
    if min(low, high) == 0 and 4 * max(low, high) > len(head):
        guess = "utf-16-le" if high else "utf-16-be"
        raise SourceError(f'{path.name} has zero bytes, so it is not UTF-8 text: try encoding="{guess}"')


def _is_utf8(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            for _ in codecs.iterdecode(iter(lambda: file.read(_CHUNK), b""), "utf-8"):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _of_words(path: Path) -> TextEncoding:
    """The encoding that makes sense of the words of a text that is not UTF-8."""
    readings = encoding_readings(path.read_bytes())
    if not readings:
        raise _not_in(path, "utf-8-sig")
    first = readings[0]
    if len(readings) == 1:
        return TextEncoding(first.encoding, plain=False, evidence=f"the text is {first.encoding}: {first.words[0]!r}")
    differing = next(
        words for words in zip(*(reading.words for reading in readings), strict=True) if len(set(words)) > 1
    )
    choices = tuple(
        Choice({"encoding": reading.encoding}, f"it is {word!r}")
        for reading, word in zip(readings, differing, strict=True)
    )
    question = Question(
        "encoding", f"the text is not UTF-8, and a word of it has {len(readings)} spellings", choices[:4]
    )
    return TextEncoding(first.encoding, plain=False, questions=(question,))


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
    by_mark = any(mark in _MARKS and _MARKS[mark] == encoding != "utf-8-sig" for mark in (content[:2], content[:4]))
    advice = (
        "it is damaged, or was put together from files in several encodings; get it again"
        if by_mark
        else 'name its encoding, such as encoding="cp1252" or encoding="latin-1"'
    )
    return SourceError(f"{path.name} is not in {encoding.removesuffix('-sig').upper()}: {where} does not fit; {advice}")


def text_of(path: Path, encoding: str | None) -> str:
    """The whole text of a bank's own format: in the named encoding, what its mark says, UTF-8, or else Windows-1252.

    Raises ``SourceError`` if it is not in the named encoding.
    """
    try:
        return "".join(decoded(path, encoding_of(path, encoding).name))
    except SourceError:
        if encoding:
            raise
    # These formats have no letters beyond ASCII but in names and purposes; this one reads most of what banks write.
    return path.read_bytes().decode("cp1252", "replace")
