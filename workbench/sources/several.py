"""Several files make one side: each is read by itself, and a record that stands in two of them counts once."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn, redact
from workbench.errors import SourceError, Unfit
from workbench.layouts.layout import Layout
from workbench.layouts.questions import Choice, OpenQuestions, Question
from workbench.records import Kind, Records
from workbench.sources.loading import Loaded, load, load_numbered
from workbench.sources.opening import Source
from workbench.sources.options import Options
from workbench.sources.together import together
from workbench.text_files import check_name

PATTERN = frozenset("*?[")


def load_side(data: Source, kind: Kind, options: Options) -> Records:
    """Read an input of one file or several; ``load`` says how, and what it raises."""
    files = files_of(data)
    if files is None:
        return load(data, kind, options)
    if len(files) == 1:
        return load(files[0], kind, options)
    return load_files(files, kind, options)


def files_of(data: object) -> list[str | Path] | None:
    """The files that several paths or a pattern name, those of a pattern by name; ``None`` for any other input.

    Raises ``SourceError`` for a pattern that no file matches, and for a file that is named twice.

    >>> files_of("ledger.csv") is None, files_of(["november.csv", "december.csv"])
    (True, ['november.csv', 'december.csv'])
    """
    if isinstance(data, str | Path):
        return expanded(data) if is_pattern(data) else None
    if not isinstance(data, list | tuple) or not data or not all(isinstance(path, str | Path) for path in data):
        return None
    paths: list[str | Path] = []
    for path in data:
        if is_dsn(str(path)):
            raise SourceError(f"{redact(str(path))} is a database, which is a side by itself: name files, or it alone")
        paths += expanded(path) if is_pattern(path) else [path]
    resolved = [Path(path).resolve() for path in paths]
    twice = next((path for path, place in zip(paths, resolved, strict=True) if resolved.count(place) > 1), None)
    if twice is not None:
        raise SourceError(f"{twice} is named twice: name each file once")
    return paths


def is_pattern(path: str | Path) -> bool:
    """Whether a path stands for all files that it fits."""
    if not PATTERN & set(str(path)) or is_dsn(str(path)):
        return False
    try:
        check_name(path)
    except OSError:  # which whoever reads it says
        return False
    return not Path(path).exists()


def expanded(pattern: str | Path) -> list[str | Path]:
    """The files that a pattern fits, by name; raises ``SourceError`` if there is none."""
    paths = files_fitting(pattern)
    if not paths:
        raise SourceError(f"no file fits the pattern {redact(str(pattern))!r}")
    return [*paths]


def files_fitting(pattern: str | Path) -> list[str]:
    """The files that fit a pattern now, by name."""
    paths = glob.glob(str(pattern))  # noqa: PTH207 - a pattern may begin anywhere
    return sorted(path for path in paths if Path(path).is_file())


def load_files(
    paths: Sequence[str | Path], kind: Kind, options: Options, names: Sequence[str] | None = None
) -> Records:
    """Read each file, with the options that it has a use for, and put their records together.

    ``names`` says what to call the files where that is not what their paths say.
    Raises ``OpenQuestions`` with those of all files, and ``BadRecords`` with the bad rows of all.
    """
    names = names or _names(paths)
    read, questions = _read_all(paths, names, kind, replace(options, on_bad="reject"))
    if questions:
        asked = _each_once(question for _, open_ones in questions for question in open_ones.questions)
        evidence = [sentence for _, open_ones in questions for sentence in open_ones.evidence]
        raise OpenQuestions(", ".join(name for name, _ in questions), questions[0][1].side, asked, evidence)
    return together(names, read, kind, options)


def _each_once(questions: Iterable[Question]) -> list[Question]:
    """Each question once, whatever example it is shown by."""
    once: dict[str, Question] = {}
    for question in questions:
        once.setdefault(str((question.option, [choice.options for choice in question.choices])), question)
    return [*once.values()]


def _names(paths: Sequence[str | Path]) -> list[str]:
    """What to call each file: its name, or its path where two have one name."""
    names = [Path(path).name for path in paths]
    return [name if names.count(name) == 1 else str(path) for name, path in zip(names, paths, strict=True)]


def _read_all(
    paths: Sequence[str | Path], names: Sequence[str], kind: Kind, options: Options
) -> tuple[list[Loaded], list[tuple[str, OpenQuestions]]]:
    """All files that can be read, and the questions of the others, unless a file with the same header settles them."""
    used: set[tuple[str, str | int | None]] = set()
    refusals: list[Unfit] = []
    read: dict[str, Loaded] = {}
    unanswered: dict[str, OpenQuestions] = {}

    def attempt(path: str | Path, name: str, chosen: Options) -> None:
        try:
            read[name] = _load_what_fits(path, kind, chosen, used, refusals)
            unanswered.pop(name, None)
        except OpenQuestions as error:
            unanswered[name] = error

    for path, name in zip(paths, names, strict=True):
        attempt(path, name, options)
    for path, name in zip(paths, names, strict=True):
        if name in unanswered and (answers := _answers(unanswered[name], [loaded.records for loaded in read.values()])):
            attempt(path, name, replace(options, **answers))
    useless = next((error for error in refusals if (error.option, error.key) not in used), None)
    if useless is not None:
        raise useless
    return [read[name] for name in names if name in read], [
        (name, unanswered[name]) for name in names if name in unanswered
    ]


def _load_what_fits(
    path: str | Path,
    kind: Kind,
    options: Options,
    used: set[tuple[str, str | int | None]],
    refusals: list[Unfit],
) -> Loaded:
    """Read a file with those of the options that fit it; ``used`` notes which fit, ``refusals`` what did not."""
    refused: set[tuple[str, str | int | None]] = set()
    while True:
        try:
            loaded = load_numbered(path, kind, options)
        except Unfit as error:
            refusals.append(error)
            refused.add((error.option, error.key))
            options = options.less(error.option, error.key)
        else:
            used |= options.named() - refused
            return loaded


def _answers(unanswered: OpenQuestions, settled: Iterable[Records]) -> dict[str, Any]:
    """What files with the same header, which settle it, answer to the questions of a file; nothing if they differ."""
    layouts = [records.layout for records in settled if records.layout and records.layout.header == unanswered.header]
    answers: dict[str, Any] = {}
    for question in unanswered.questions:
        agreeing = [
            choice for choice in question.choices if layouts and all(_agrees(layout, choice) for layout in layouts)
        ]
        if len(agreeing) != 1:
            return {}
        answers |= agreeing[0].options
    return answers


def _agrees(layout: Layout, choice: Choice) -> bool:
    default = {"decimal": ".", "sign": "as_is"}
    return all(layout.options.get(name, default.get(name)) == value for name, value in choice.options.items())
