"""The story of a record: everything that is known of it, from the row of its file to what people decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import ipywidgets

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import ROW, button
from workbench.bench.shared.replace import refill
from workbench.bench.shared.text import say, short, words
from workbench.errors import WorkbenchError
from workbench.reconciliation.story import story_of
from workbench.sides import Side

MOST = 12  # records that are offered beside each other


class StoryFold(Fold):
    """The story of the first record of ``state.story_records``, with a button for each of the others."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.records, self.story = ipywidgets.HBox(layout=ROW), words("")
        super().__init__("Everything known of the record", [self.records, self.story])
        self.button.tooltip = "The row of its file, how it was read, what became of it and why (i)"
        self.button.observe(lambda _: self.show(), "value")
        state.observe(lambda change: setattr(state, "story_records", (change["new"],)), "chosen")
        state.observe(lambda _: self.show(), ["story_records", "result"])
        self.add_class("wb-story")

    def go(self) -> None:
        """Show the story, and go there."""
        self.button.value = True
        self.button.focus()

    def show(self) -> None:
        """Tell the story of the first record, where it is wanted and there is one."""
        records = [record for record in self.state.story_records if record[1]]
        if not self.button.value or self.state.result is None:
            return
        others = records[:MOST] if len(records) > 1 else []
        refill(self.records, [self._choice(*record) for record in others])
        if records:
            self.tell(*records[0])
        else:
            say(self.story, "Choose a record in any table to see everything that is known of it.", "hint")

    def tell(self, side: Side, name: str) -> None:
        """Tell the story of a record."""
        result, records, _ = self.state.ran
        try:
            self.state.check_idle()
            chapters = story_of(result, side, name, records[side]).chapters()
        except WorkbenchError as error:
            say(self.story, str(error), "problem")
            return
        self.story.value = _html(f"{side.capitalize()} record {short(name)}", chapters)

    def _choice(self, side: Side, name: str) -> ipywidgets.Button:
        return button(f"{side.capitalize()} {short(name)}", act=lambda: self.tell(side, name))


def _html(title: str, chapters: Mapping[str, Sequence[str]]) -> str:
    sections = "".join(
        f"<section><h5>{escape(heading)}</h5>{_list(sentences)}</section>" for heading, sentences in chapters.items()
    )
    return f'<div class="wb-chapters" role="status"><h4>{escape(title)}</h4>{sections}</div>'


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in sentences)}</ul>"
