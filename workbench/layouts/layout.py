"""Layout: how a file is read, as a value that can be shown, saved, and used for the next file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, SourceError
from workbench.json_text import load_json
from workbench.layouts.questions import Question
from workbench.text_files import write_whole

VERSION = 1
MOST = 5  # columns that a message about a difference names


@dataclass(frozen=True)
class Layout:
    """How files of one kind are read.

    ``side`` is external, internal, balances or snapshots. ``options`` are what a reader takes; ``evidence`` has a
    sentence for each thing that the file itself says; ``questions`` are what it leaves open, each with its choices.
    ``header`` is the header that the layout was made for, ``None`` where there is none; ``found`` names the options
    that nobody gave.

    >>> layout = Layout("external", {"decimal": ","}, header=("Datum", "Betrag"))
    >>> layout.difference(("Datum", "Betrag", "Saldo"))
    "'Saldo' is new"
    """

    side: str
    options: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    header: tuple[str, ...] | None = None
    found: tuple[str, ...] = ()
    name: str = field(default="", compare=False)  # the name of the file that the layout was loaded from

    def difference(self, header: Sequence[str]) -> str:
        """How another header differs from this one, in words; empty where only case and blanks differ."""
        expected, here = ([_folded(name) for name in names] for names in (self.header or (), header))
        if self.header is None or expected == here:
            return ""
        missing = _listed(self.header, Counter(expected) - Counter(here))
        new = _listed(header, Counter(here) - Counter(expected))
        kept = [[name for name in names if name in {*expected} & {*here}] for names in (expected, here)]
        moved = sorted(here.index(name) for name, other in zip(*kept, strict=False) if name != other and not new)
        places = [f"{header[place]!r} is column {place + 1}" for place in moved[:MOST]]
        parts = [f"{missing} missing"] if missing else []
        parts += [f"{new} new"] if new else []
        return "; ".join([*parts, *places])

    def save(self, path: str | Path) -> None:
        """Write the layout as JSON, whole or not at all; a layout that is there is replaced.

        Raises ``SourceError`` if that cannot be, or if something else is there, and ``SettingsError`` while questions
        are open.
        """
        if self.questions:
            asked = "; ".join(question.text for question in self.questions)
            raise SettingsError(f"the layout has open questions: {asked}")
        pairs = [[key, column] for key, column in self.options.get("mapping", {}).items()]
        values = {
            "layout": VERSION,
            "side": self.side,
            "header": self.header,
            "options": {**self.options, **({"mapping": pairs} if pairs else {})},
            "found": self.found,
            "evidence": self.evidence,
        }
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
        final = Path(path)
        try:
            if final.exists() and not _is_layout(final):
                raise SourceError(f"{path} is there and is no layout, so it is not replaced: name another file")
            write_whole(final, text)
        except OSError as error:
            raise SourceError(f"cannot write {path}: {error.strerror}") from None


def load_layout(path: str | Path) -> Layout:
    """Read a layout that ``Layout.save`` wrote. Raises ``SettingsError`` if it is none.

    >>> load_layout("README.md")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    workbench.errors.SettingsError: layout 'README.md' is not JSON: ...
    """
    values = load_json(path, "layout")
    if not isinstance(values, dict) or values.get("layout") != VERSION or not isinstance(values.get("options"), dict):
        raise SettingsError(f"{str(path)!r} is no layout: workbench layout FILE --save {path} makes one")
    options = dict(values["options"])
    pairs = options.get("mapping", [])
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise SettingsError(f"layout {str(path)!r}: mapping takes pairs of a header and a column")
    if pairs:
        options["mapping"] = dict(pairs)
    header, evidence, found_options = (values.get(name) for name in ("header", "evidence", "found"))
    if not all(isinstance(part, list | None) for part in (header, evidence, found_options)):
        raise SettingsError(f"layout {str(path)!r}: header, evidence and found take lists of texts")
    return Layout(
        str(values.get("side", "")),
        options,
        tuple(map(str, evidence or ())),
        header=None if header is None else tuple(map(str, header)),
        found=tuple(map(str, found_options or ())),
        name=Path(path).name,
    )


def _is_layout(path: Path) -> bool:
    try:
        load_layout(path)
    except SettingsError:
        return False
    return True


def check_layout(layout: Layout, side: str, header: Sequence[str] | None, name: str) -> None:
    """Check that a layout was made for the header of the file called ``name``, and for its ``side``.

    Raises ``SettingsError`` for a layout of another side, ``SourceError`` with the difference for another header.
    """
    if layout.side != side:
        raise SettingsError(f"{name} is read as {side}, and its layout was made for {layout.side}: give one for {side}")
    if difference := layout.difference(header or ()):
        raise SourceError(
            f"{name} has another header than its layout was made for: {difference}; if that is right, make a layout "
            f"for it: workbench layout FILE --side {side} --save NEW.json"
        )


def _listed(names: Sequence[str], some: Counter[str]) -> str:
    """The names among ``some``, in their order, such as ``'Betrag', 'Saldo' are``; of equal ones the last."""
    left, chosen = some.copy(), []
    for name in reversed(names):
        if left[_folded(name)] > 0:
            left[_folded(name)] -= 1
            chosen.append(repr(name))
    shown = chosen[::-1]
    verb = "is" if len(shown) == 1 else "are"
    shown = [*shown[:MOST], f"{len(shown) - MOST} more"] if len(shown) > MOST else shown
    return f"{', '.join(shown)} {verb}" if shown else ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
