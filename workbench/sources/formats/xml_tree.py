"""XML without what makes it dangerous: no document types, no entities of its own, no deep or endless trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from workbench.errors import SourceError

MAX_DEPTH = 60
MAX_HELD = 1_000_000  # elements held at a time
_CHUNK = 1 << 20  # bytes


@dataclass
class Element:
    """An element without its namespace: its name, attributes, text and children."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text without blanks around it."""
        return "".join(self.pieces).strip()

    def all(self, path: str) -> Iterator[Element]:
        """The elements under a path such as ``Refs/EndToEndId``."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, *paths: str) -> Element | None:
        """The first element under the first of the paths that leads to one."""
        return next((element for path in paths for element in self.all(path)), None)

    def value(self, *paths: str) -> str | None:
        """The first text that is not empty under the paths."""
        return next((element.text for path in paths for element in self.all(path) if element.text), None)


def parse_xml(file: BinaryIO, name: str, whole: Callable[[Element, list[Element]], bool] | None = None) -> Element:
    """Read XML from a file called ``name`` and return its root.

    ``whole`` is called with each element at its end, and its ancestors; one for which it returns true is let go, so
    that a file of any length needs no more memory than its largest part.
    Raises ``SourceError`` for what is not well formed, has a document type, or is deeper or larger than any statement.
    """
    parser = expat.ParserCreate()
    builder = _Builder(name, parser, whole or (lambda _element, _ancestors: False))
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.refuse_type
    parser.buffer_text = True
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise SourceError(f"{name} is not whole XML: {what} in line {error.lineno}; download it again") from None
    except (LookupError, ValueError) as error:  # an encoding that expat has not
        raise SourceError(f"{name} is not XML that can be read: {error}") from None
    return builder.root


class _Builder:
    """The functions that the parser expat calls."""

    def __init__(self, name: str, parser: expat.XMLParserType, whole: Callable[[Element, list[Element]], bool]) -> None:
        self.name, self.parser, self.whole = name, parser, whole
        self.root = Element("", 0)
        self.open: list[Element] = []
        self.held = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag.rpartition(":")[2], self.parser.CurrentLineNumber, attributes)
        self.held += 1
        if len(self.open) >= MAX_DEPTH or self.held > MAX_HELD:
            raise SourceError(
                f"{self.name} unfolds to more than a statement has: elements within {MAX_DEPTH} others, or "
                f"{MAX_HELD:,} in one part (line {element.line})"
            )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _tag: str) -> None:
        element = self.open.pop()
        if self.open and self.whole(element, self.open):
            self.open[-1].children.pop()
            self.held -= _size(element)

    def characters(self, text: str) -> None:
        self.open[-1].pieces.append(text)

    def refuse_type(self, *_declared: object) -> None:
        raise SourceError(
            f"{self.name} has a document type (<!DOCTYPE …>), which no statement needs and which can be harmful: "
            "take that part out"
        )


def _size(element: Element) -> int:
    return 1 + sum(map(_size, element.children))
