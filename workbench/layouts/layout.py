"""Layout: how a file is read, as a value that can be shown, saved, and used for the next file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, SourceError
from workbench.layouts.questions import Question

VERSION = 1


@dataclass(frozen=True)
class Layout:
    """How files of one kind are read.

    ``side`` is external, internal, balances or snapshots. ``options`` are what a reader takes; ``evidence`` has a
    sentence for each thing that the file itself says; ``questions`` are what it leaves open, each with its choices.
    ``header`` is the header that the layout was made for, ``None`` where there is none.
    """

    side: str
    options: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    header: tuple[str, ...] | None = None

    def save(self, path: str | Path) -> None:
        """Write it as JSON.

        Raises ``SourceError`` if that cannot be, and ``SettingsError`` while questions are open.
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
            "evidence": self.evidence,
        }
        try:
            Path(path).write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise SourceError(f"cannot write {path}: {error.strerror}") from None


def load_layout(path: str | Path) -> Layout:
    """Read a layout that ``Layout.save`` wrote. Raises ``SettingsError`` if it is none."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"layout {str(path)!r} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"layout {str(path)!r} is not JSON: {error}") from None
    if not isinstance(values, dict) or values.get("layout") != VERSION or not isinstance(values.get("options"), dict):
        raise SettingsError(f"{str(path)!r} is no layout: workbench layout FILE --save {path} makes one")
    options, header = dict(values["options"]), values.get("header")
    pairs = options.get("mapping", [])
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise SettingsError(f"layout {str(path)!r}: mapping takes pairs of a header and a column")
    if pairs:
        options["mapping"] = dict(pairs)
    evidence = tuple(map(str, values.get("evidence") or ()))
    side = str(values.get("side", ""))
    return Layout(side, options, evidence, (), None if header is None else tuple(map(str, header)))


def check_header(layout: Layout, header: Sequence[str], name: str) -> None:
    """Raise ``SourceError`` with the difference, if the file called ``name`` has another header than the layout's."""
    expected = layout.header
    if expected is None or list(expected) == list(header):
        return
    missing = [repr(each) for each in expected if each not in header]
    new = [repr(each) for each in header if each not in expected]
    parts = [f"it lacks {', '.join(missing)}"] if missing else []
    parts += [f"it also has {', '.join(new)}"] if new else []
    parts = parts or ["its columns stand in another order"]
    raise SourceError(f"{name} has another header than its layout was made for: {' and '.join(parts)}")
