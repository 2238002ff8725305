"""Suggestions: what rules suggest, the most probable first; accepted one by one, or all above a line one drags."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import ipywidgets
import pyarrow as pa

from workbench.bench.reconciliation.decisions import DecisionsBar, named
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import ROW, Part, button
from workbench.bench.shared.slider import Stops
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, words
from workbench.reconciliation.suggested import Suggestion, accept, expected_wrong, suggestions_of
from workbench.sides import SIDES
from workbench.tabular import filled

LINES = tuple(Decimal(line) for line in ("0.99", "0.98", "0.95", "0.9", "0.8", "0.7", "0.6", "0.5", "0.25", "0"))
OTHERS = (0, 1, 2, 5, 10, 30)  # the most other pairs that a suggestion above the line may have
LABEL = "Suggestions, the likeliest first"


class SuggestionsForm(Part):
    """What may be accepted; of the chosen one the records are ``state.selected``. It is not there where nothing is."""

    def __init__(self, state: BenchState, bar: DecisionsBar) -> None:
        self.state, self.bar = state, bar
        self.suggestions: tuple[Suggestion, ...] = ()
        self.table = TableView(NOTHING, LABEL, selectable=True, named="external")
        self.line = Stops("Accept down to", [("none", 0)])
        self.message = words("")
        self.accept_one = button("Accept", "Match the selected suggestions, or the first one (y)", self.accept)
        undone = "Match them all; undo takes back one by one"
        self.accept_all = button("Accept all above the line", undone, self.accept_above)
        self.table.observe(lambda _: self._pick(), "picked")
        self.line.observe(lambda _: self._say(), "value")
        state.observe(lambda _: self.show(), "result")
        state.observe(lambda _: self._allow(), "running")
        state.observe(lambda _: self._show_selected(), "selected")
        self._parts = [
            self.table,
            ipywidgets.HBox([self.accept_one, self.line, self.accept_all], layout=ROW),
            self.message,
        ]
        super().__init__("suggestions")

    def show(self) -> None:
        """Show what the result suggests; the line stands above all of it."""
        self.suggestions = suggestions_of(self.state.result)
        self.children = self._parts if self.suggestions else ()
        if self.suggestions:
            self.table.show(filled(_table(self.suggestions)), titles={"likely_right": "likely right, %"})
            stops = _stops(self.suggestions)
            self.line.offer(stops, stops[0][1])
            self._say()

    def accept(self) -> None:
        """Match the selected suggestions; where none is, the first one."""
        if self.suggestions and not self.state.running:
            self._accept(self._chosen() or self.suggestions[:1])

    def accept_above(self) -> None:
        """Match all that stand above the line."""
        if self._above and not self.state.running:
            self._accept(self._above)

    def _accept(self, chosen: Sequence[Suggestion]) -> None:
        self.bar.write(lambda: accept(chosen, self.state.ran[1], self.bar.why.value))

    @property
    def _above(self) -> Sequence[Suggestion]:
        return self.suggestions[: self.line.value]

    def _say(self) -> None:
        """Say how many stand above the line, and how many wrong ones to expect."""
        above = self._above
        unknown = sum(suggestion.probability is None for suggestion in above)
        sentence = f"{len(above):,} of {len(self.suggestions):,} would be accepted"
        if len(above) > unknown:
            sentence += f"; {expected_wrong(above):,.1f} of them are expected to be wrong"
        if unknown:
            sentence += f"; of {unknown:,} of them it is not known: their rules do not weigh evidence"
        say(self.message, f"{sentence}." if above else "Drag the line to accept what stands above it.", "hint")
        self._allow()

    def _allow(self) -> None:
        self.accept_one.disabled = self.state.running
        self.accept_all.disabled = self.state.running or not self._above

    def _pick(self) -> None:
        """Select the records of the chosen suggestions."""
        chosen = self._chosen()
        if chosen:
            self.state.selected = _records(chosen)
            self.state.chosen = ("external", chosen[-1].external[0])
            self.state.story_records = tuple((side, name) for side in SIDES for name in getattr(chosen[-1], side))

    def _show_selected(self) -> None:
        """Whoever selects anything else than the records of the chosen suggestions chooses none."""
        suggested, selected = _records(self._chosen()), self.state.selected
        if any(set(suggested[side]) != set(selected.get(side, ())) for side in SIDES):
            self.table.picked = []

    def _chosen(self) -> list[Suggestion]:
        return [self.suggestions[place - 1] for place in self.table.chosen("place")]


def _records(suggestions: Sequence[Suggestion]) -> dict[str, tuple[str, ...]]:
    return {side: tuple(name for suggestion in suggestions for name in getattr(suggestion, side)) for side in SIDES}


def _stops(suggestions: Sequence[Suggestion]) -> list[tuple[str, int]]:
    """Lines that can be drawn, and how many stand above: those by which more is accepted than by the one before."""
    known = [suggestion.probability for suggestion in suggestions if suggestion.probability is not None]
    others = [suggestion.alternatives for suggestion in suggestions[len(known) :]]
    lines = [("none", 0)]
    lines += [(f"{line:.0%} likely to be right", sum(one >= line for one in known)) for line in LINES]
    lines += [(f"at most {_others(most)}", len(known) + sum(one <= most for one in others)) for most in OTHERS]
    lines.append(("all", len(suggestions)))
    return lines[:1] + [line for before, line in pairwise(lines) if line[1] > before[1]]


def _others(count: int) -> str:
    return f"{count} other pair{'s' * (count != 1)}"


def _table(suggestions: Sequence[Suggestion]) -> pa.Table:
    percents = [each.probability if each.probability is None else each.probability * 100 for each in suggestions]
    return pa.table(
        {
            "place": pa.array(range(1, len(suggestions) + 1), pa.int64()),
            "likely_right": pa.array(percents, pa.decimal128(5, 2)),
            "other_pairs": pa.array([suggestion.alternatives for suggestion in suggestions], pa.int64()),
            "external_amount": pa.array([suggestion.external_amount for suggestion in suggestions]),
            "internal_amount": pa.array([suggestion.internal_amount for suggestion in suggestions]),
            "currency": pa.array([suggestion.currency for suggestion in suggestions], pa.string()),
            "external": pa.array([named(suggestion.external) for suggestion in suggestions], pa.string()),
            "internal": pa.array([named(suggestion.internal) for suggestion in suggestions], pa.string()),
            "rule": pa.array([suggestion.rule for suggestion in suggestions], pa.string()),
        }
    )
