"""Reading: how an input is read, as found in it: evidence, open questions as choices, first rows raw and understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets
import pyarrow as pa

from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import ROW, WIDE, button, text_field
from workbench.bench.shared.reader_options import label_of, written
from workbench.bench.shared.table import TableView
from workbench.bench.shared.text import list_of, say, say_outcome, words
from workbench.errors import WorkbenchError
from workbench.layouts.layout import Layout
from workbench.layouts.questions import OR_ANOTHER, Choice, Question
from workbench.sources import Preview
from workbench.sources.preview import BESIDE

TITLE = "How it is read"
OPTIONS = "Reading options"
TITLES = {"row": "row", "column": "column", "header": "header", "raw": "in the file", "understood": "understood"}
Answer = Callable[[Mapping[str, Any], Mapping[str, Any]], None]  # options that hold no longer, and those that do


@dataclass(frozen=True)
class Asked:
    """A question that was asked of this input, and the choice of its answer."""

    question: Question
    choice: ipywidgets.RadioButtons


class ReadingFold(Fold):
    """How the ``side`` input is read. ``answer`` is told which options a choice takes back, and which it says."""

    def __init__(self, side: str, answer: Answer) -> None:
        self.side, self.answer = side, answer
        self.layout_found: Layout | None = None
        self.asked: dict[str, Asked] = {}
        self._filling = False
        self._look: Callable[[], pa.Table] | None = None  # until someone looks at the first rows
        self.evidence = words("")
        self.questions = ipywidgets.VBox([])
        self.beside = TableView(_titled(BESIDE.empty_table()), f"First rows of the {side} input, raw and understood")
        self.file = text_field("Layout file")
        self.save_button = button("Save as layout", "Keep how this file is read, for the next one", self.save)
        self.message = words("")
        self.saving = ipywidgets.HBox([self.file, self.save_button, self.message], layout=ROW)
        super().__init__(TITLE, [self.questions, self.evidence, self.beside, self.saving])
        self.button.observe(self._show_rows, "value")

    def show(self, preview: Preview, options: Mapping[str, Any], path: str, look: Callable[[], pa.Table]) -> None:
        """Show what was found with these ``options``; questions that they answer stay, to be answered otherwise.

        ``look`` gives the first rows, raw and understood: it is called once they are in sight.
        """
        self.layout_found = preview.layout
        now = {_key(question): question for question in preview.layout.questions}
        self._filling = True
        for key, question in now.items():
            if key not in self.asked:
                self.asked[key] = Asked(question, self._choice(question))
        for asked in self.asked.values():
            asked.choice.value = _chosen(asked.question, options)
        self._filling = False
        self.asked = {key: asked for key, asked in self.asked.items() if key in now or asked.choice.value is not None}
        self.questions.children = tuple(
            widget for asked in self.asked.values() for widget in (words(asked.question.text), asked.choice)
        )
        list_of(self.evidence, preview.layout.evidence)
        self._look = look
        self.button.description = f"{TITLE}{self._open(preview.layout)}"
        self.button.value |= bool(preview.layout.questions)
        self.file.value = self.file.value or f"{Path(path).stem}.layout.json"
        self.save_button.disabled = bool(preview.layout.questions)
        say(self.message, "")
        self._show_rows()

    def clear(self) -> None:
        """Show nothing, and forget what was asked: another input, or none that can be opened."""
        self.layout_found, self._look, self.asked, self.questions.children = None, None, {}, ()
        list_of(self.evidence, ())
        self.beside.show(_titled(BESIDE.empty_table()))
        self.button.description, self.file.value = TITLE, ""
        self.save_button.disabled = True

    def _show_rows(self, _change: Any = None) -> None:
        if self._look is None or not self.button.value:
            return
        look, self._look = self._look, None
        try:
            self.beside.show(_titled(look()))
        except WorkbenchError as error:
            say(self.message, str(error), "problem")

    def answers(self) -> list[Mapping[str, Any]]:
        """The options that were chosen as answers to the questions of this input."""
        chosen = [(asked.question, asked.choice.value) for asked in self.asked.values()]
        return [question.choices[number].options for question, number in chosen if number is not None]

    def save(self) -> None:
        """Save the layout as a file; what is wrong is said beside the button."""
        if self.layout_found:
            say_outcome(self.message, partial(self._saved, self.layout_found))

    def _saved(self, layout: Layout) -> str:
        layout.save(self.file.value)
        return f"Saved: give {self.file.value} as Layout for the next file"

    def _choice(self, question: Question) -> ipywidgets.RadioButtons:
        buttons = ipywidgets.RadioButtons(
            options=[(label_of_choice(choice), number) for number, choice in enumerate(question.choices)],
            value=None,
            description=label_of(question.option),
            style=WIDE,
            layout={"width": "auto"},
        )
        buttons.observe(lambda change: self._answered(question, change), "value")
        return buttons

    def _answered(self, question: Question, change: Any) -> None:
        if self._filling or change["new"] is None:
            return
        before = {} if change["old"] is None else question.choices[change["old"]].options
        self.answer(before, question.choices[change["new"]].options)

    @staticmethod
    def _open(layout: Layout) -> str:
        count = len(layout.questions)
        return f": {count} {'question' if count == 1 else 'questions'}" if count else ""


def _key(question: Question) -> str:
    return f"{question.option} {[choice.option for choice in question.choices]}"


def _chosen(question: Question, options: Mapping[str, Any]) -> int | None:
    """Which answer to a question the options give."""
    for number, choice in enumerate(question.choices):
        if all(_says(options, name, value) for name, value in choice.options.items()):
            return number
    return None


def _says(options: Mapping[str, Any], name: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return {**(options.get(name) or {}), **value} == (options.get(name) or {})
    return name in options and options[name] == value


def label_of_choice(choice: Choice) -> str:
    """An answer in the words of the form.

    >>> label_of_choice(Choice({"date_format": "%d/%m/%Y"}, "day, month, year"))
    'day, month, year'
    >>> label_of_choice(Choice({"mapping": {"Net": "amount"}})), label_of_choice(Choice({"header": 3}))
    ("'Net' is amount", 'Header: 3')
    """
    if choice.meaning and choice.meaning != OR_ANOTHER:
        return choice.meaning
    mapped = [f"{header!r} is {column}" for header, column in choice.options.get("mapping", {}).items()]
    others = [f"{label_of(name)}: {written(value)}" for name, value in choice.options.items() if name != "mapping"]
    another = [f"or say another under Columns or {OPTIONS}"] if choice.meaning else []
    return ", ".join([*mapped, *others, *another])


def _titled(table: Any) -> Any:
    return table.rename_columns([TITLES[name] for name in table.column_names])
