"""What the command `layout` does: show how a file is read, ask what it leaves open, and save the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workbench.cli.flags import options_of
from workbench.cli.outcome import ended, visible
from workbench.cli.show import evidence_list, table_of, terminal
from workbench.dsn import is_dsn
from workbench.errors import ExitCode, SettingsError, WorkbenchError
from workbench.sources import READERS, Preview, preview

BESIDE = ("column", "header", "raw", "understood")
ROWS = 3  # that are shown


def show_layout(flags: Mapping[str, Any], chosen: Mapping[str, Any]) -> ExitCode:
    """Do what the ``flags`` say, of which ``chosen`` stand on the command line; return the exit code.

    A layout that leaves something open, or by which the file cannot be read, is shown and not saved; the exit code is
    then that of an input that is wrong.
    """
    path, side = flags["file"], flags["side"]
    if is_dsn(path):
        raise SettingsError("a database says itself what its columns hold: workbench layout is for files")
    options = options_of(side, chosen)
    reading = preview(path, side, rows=ROWS, **options)
    problem = _problem(Path(path).name, path, side, reading, options)
    if flags["save"] and not problem:
        reading.layout.save(flags["save"])
    if flags["as_json"]:
        print(json.dumps(_as_json(reading, side), indent=2, ensure_ascii=False))  # noqa: T201
    else:
        _show(Path(path).name, reading, side)
        _show_ending(flags, problem)
    return ended(problem, ExitCode.WRONG_INPUT) if problem else ExitCode.DONE


def _problem(name: str, path: str, side: str, reading: Preview, options: Mapping[str, Any]) -> str:
    """Why the file cannot be read by this layout; nothing if it can."""
    if count := len(reading.layout.questions):
        return f"{name} leaves {'one thing' if count == 1 else f'{count} things'} open: run again with a flag for each"
    try:
        READERS[side](path, **options)
    except WorkbenchError as error:
        return error.message(flags=True)
    return ""


def _show(name: str, reading: Preview, side: str) -> None:
    console, layout = terminal(), reading.layout
    if layout.evidence:
        _titled(console, f"Found in {name}", evidence_list(layout.evidence))
    if layout.questions:
        console.print(Text("Open", style="bold"))
        for question in layout.questions:
            console.print(Text(visible(f"- {question.text}")))
            answers = [(f"    {choice.flags(side)}", choice.meaning) for choice in question.choices]
            console.print(table_of(("", ""), answers, show_header=False))
        console.print()
    rows = reading.beside.to_pylist()
    shown = [
        ("" if before and before["row"] == row["row"] else str(row["row"]), *(row[name] or "" for name in BESIDE))
        for before, row in zip([None, *rows], rows, strict=False)
    ]
    first = table_of(("row", "column", "header", "in the file", "understood"), shown)
    _titled(console, f"First rows{'' if any(row['understood'] for row in rows) else ' (not understood yet)'}", first)


def _show_ending(flags: Mapping[str, Any], problem: str) -> None:
    if problem:
        return
    if flags["save"]:
        ending = f"Saved to {flags['save']}; the next file is read by it with --{flags['side']}-layout {flags['save']}"
    else:
        ending = "Nothing is open: reconcile reads the file like this by itself; --save FILE keeps the layout"
    terminal().print(Text(visible(ending)))


def _titled(console: Console, title: str, table: Table) -> None:
    console.print(Text(visible(title), style="bold"))
    console.print(table)
    console.print()


def _as_json(reading: Preview, side: str) -> dict[str, Any]:
    layout = reading.layout
    return {
        "side": layout.side,
        "header": layout.header,
        "options": layout.options,
        "evidence": layout.evidence,
        "questions": [
            {
                "option": question.option,
                "text": question.text,
                "choices": [
                    {"options": choice.options, "flags": choice.flags(side), "meaning": choice.meaning}
                    for choice in question.choices
                ],
            }
            for question in layout.questions
        ],
        "missing": reading.missing,
        "rows": reading.beside.to_pylist(),
    }
