"""The near-miss card: what comes closest to an open record, what it fails, and what a drift that mends it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import ipywidgets
import pyarrow.compute as pc

from workbench.amounts import amount_text
from workbench.bench.reconciliation.rule_changes import sentence
from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import ROW, Part, button
from workbench.bench.shared.replace import refill
from workbench.bench.shared.text import line, short, words
from workbench.errors import WorkbenchError
from workbench.reconciliation.criteria.field import say_drift
from workbench.reconciliation.near_misses.of_record import Candidate, near_misses_of
from workbench.reconciliation.tables import GROUP, OPEN_AMOUNT, PARTS
from workbench.sides import ID_COLUMN, OTHER, Side

WEIGHED_AT_ONCE = 20_000  # records of both sides


class NearMissCard(Part):
    """The candidates of ``state.chosen``, or of its group.

    "Take" puts the drifts into the rules; nothing runs by itself. "Match these two" selects both, with all records of
    their groups, and hands them to ``match``, as a match of what is selected would be asked for.
    """

    def __init__(self, state: BenchState, match: Callable[[], Any]) -> None:
        self.state, self.match = state, match
        self.candidates: list[Candidate] = []
        self._shown: Any = (self, None)  # of which result and which record, and whether a run went on
        self.inside = ipywidgets.VBox()
        state.observe(lambda _: self.show(), ["chosen", "result"])
        state.observe(self._started_or_ended, "running")
        super().__init__("near", words("Closest to it", "heading"), self.inside)
        self.show()

    def show(self) -> None:
        """Show the chosen record's candidates, or say why there are none."""
        side, name = self.state.chosen
        result, wanted = self.state.result, (side, name, self.state.running)
        if self._shown[0] is result and self._shown[1] == wanted:  # a result that chooses another record says both
            return
        self._shown = result, wanted
        if self.state.result is None or not name or self.state.running:
            self.candidates = []
            refill(self.inside, [words("Choose an open record above to see what comes closest to it.", "hint")])
            return
        try:
            unit = self._unit_of(side, name)
            self.candidates = near_misses_of(self.state.result, side, unit)
            own = [words(f"{_money(row)}, {_rest(row)}", "hint") for row in self._rows(side, ID_COLUMN[side], name)]
            refill(self.inside, [self._title(side, name, unit), *own, *map(self._card, self.candidates)])
        except WorkbenchError as error:
            refill(self.inside, [words(str(error), "problem")])

    def _started_or_ended(self, change: Any) -> None:
        """After a run, show what was chosen meanwhile."""
        if not change["new"]:
            self.show()

    def match_two(self, candidate: Candidate) -> None:
        """Select the chosen unit and this candidate, and have them matched."""
        firsts: dict[Side, str] = {"external": candidate.external, "internal": candidate.internal}
        self.state.selected = {side: tuple(self._names(side, first)) for side, first in firsts.items()}
        self.match()

    def match_closest(self) -> None:
        """Match the chosen record with the closest one, where there is one."""
        if self.candidates:
            self.match_two(self.candidates[0])

    def take_drifts(self, candidate: Candidate) -> None:
        """Put the drifts that let this pair match into the rules."""
        self.state.rules = candidate.widened(self.state.result.settings.rules)

    def _unit_of(self, side: Side, name: str) -> str:
        """The first record of the unit that an open record is part of; where the side is not grouped, the record."""
        rows = self._rows(side, ID_COLUMN[side], name)
        return str(rows[0].get(GROUP, name)) if rows else name

    def _title(self, side: Side, name: str, unit: str) -> ipywidgets.Widget:
        members = len(self._names(side, unit))
        what = f"{side.capitalize()} record {short(name)}"
        what += f", with the {members:,} records of its group" if members > 1 else ""
        several = self.state.result.settings.across.groups(OTHER[side])
        unit_word = f"{OTHER[side]} {'group' if several else 'record'}"
        if self.candidates:
            these = f"these {unit_word}s come" if len(self.candidates) > 1 else f"this {unit_word} comes"
            return words(f"{what}: {these} close.")
        return words(f"{what}: no open {unit_word} comes close.")

    def _rows(self, side: Side, column: str, value: str) -> list[dict[str, Any]]:
        """The open records that have this in a column: what they say of themselves is set beside what others say."""
        table = self.state.result.tables[f"unmatched_{side}"]
        rows: list[dict[str, Any]] = table.filter(pc.equal(table[column], value)).to_pylist()
        return rows

    def _members(self, side: Side, unit: str) -> list[dict[str, Any]]:
        """The records of the unit that this is the first record of."""
        grouped = GROUP in self.state.result.tables[f"unmatched_{side}"].column_names
        return self._rows(side, GROUP if grouped else ID_COLUMN[side], unit)

    def _names(self, side: Side, unit: str) -> list[str]:
        return [row[ID_COLUMN[side]] for row in self._members(side, unit)]

    def _card(self, candidate: Candidate) -> ipywidgets.Widget:
        about = ipywidgets.HTML(self._about(candidate))
        reason = "Select both; a decision needs a reason (n: the closest)"
        match = button("Match these two", reason, lambda: self.match_two(candidate))
        acts = ipywidgets.HBox([match], layout=ROW)
        if candidate.mendable and self._weighs_at_once:
            self._mend(candidate, about, acts)
        elif candidate.mendable:
            mend = partial(self._mend, candidate, about, acts)
            acts.children = (match, button("See what else would match", "It takes a moment", mend))
        return Part("card", about, acts)

    def _about(self, candidate: Candidate) -> str:
        """What a candidate is, and what it fails, as HTML."""
        side: Side = OTHER[self.state.chosen[0]]
        name, amount, currency = (
            (candidate.internal, candidate.internal_amount, candidate.internal_currency)
            if side == "internal"
            else (candidate.external, candidate.external_amount, candidate.currency)
        )
        money = f"{amount_text(amount, currency)} {currency}"
        members = self._members(side, name)
        what = f"group of {short(name)}, {len(members):,} records" if len(members) > 1 else short(name)
        lines = [line(f"{candidate.rank}. {what}: {money}, nearly matched by rule {candidate.rule!r}")]
        if len(members) > 1:
            rows = "".join(line(f"{row[ID_COLUMN[side]]}: {_money(row)}, {_rest(row)}", "hint") for row in members)
            lines.append(f"<details><summary>The {len(members):,} records of the group</summary>{rows}</details>")
        else:
            lines += [line(_rest(row), "hint") for row in members]
        lines += [
            line(f"{failure.explanation}. {_smallest(failure.field, failure.drift)}") for failure in candidate.failures
        ]
        return "".join(lines)

    @property
    def _weighs_at_once(self) -> bool:
        """Whether the records are few enough to be matched anew with every record that is looked at."""
        totals = self.state.result.tables["control_totals"]
        return bool(sum(pc.sum(totals[f"records_{part}"]).as_py() or 0 for part in PARTS[:2]) <= WEIGHED_AT_ONCE)

    def _mend(self, candidate: Candidate, about: ipywidgets.HTML, acts: ipywidgets.HBox) -> None:
        """Say what would match beside it with such a tolerance, and offer to take it."""
        these = "these tolerances" if len(candidate.failures) > 1 else "this tolerance"
        try:
            comparison = self.state.what_if().compare(candidate.widened(self.state.result.settings.rules))
        except WorkbenchError as error:
            about.value += line(str(error), "problem")
            acts.children = acts.children[:1]
            return
        tooltip = f"Put it into rule {candidate.rule}; then choose Run"
        about.value += line(f"With {these}: {sentence(comparison)}", "hint")
        acts.children = (acts.children[0], button(f"Take {these}", tooltip, lambda: self.take_drifts(candidate)))


def _money(row: Mapping[str, Any]) -> str:
    amount = row.get(OPEN_AMOUNT, row["counted_amount"])
    return f"{amount_text(amount, row['currency'])} {row['currency']}"


def _rest(row: Mapping[str, Any]) -> str:
    texts = (short(row[name]) for name in ("reference", "description") if row.get(name))
    return ", ".join([f"{row['compared_date']:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00"), *texts])


def _smallest(field: str, drift: Decimal | None) -> str:
    if drift is None:
        return "No tolerance would let it match."
    return f"The smallest tolerance that would match it: {say_drift(field, drift)}."
