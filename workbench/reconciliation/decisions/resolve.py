"""Decided: what the decisions of a journal mean for the records at hand, before any rule runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.exact import exact, whole
from workbench.reconciliation.decisions.journal import Decision, Journal, seen_as
from workbench.reconciliation.decisions.parts import Part, rests
from workbench.reconciliation.settings import BY_HAND, Settings
from workbench.reconciliation.tables import DECISIONS
from workbench.records import Origin, Records
from workbench.sides import DATE_COLUMN, ID_COLUMN, SIDES, Side

State = Literal["applied", "undone", "stale", "conflicting", "doubled"]
_FINEST = 38  # decimals, as many as an amount can have
STATES: tuple[State, ...] = ("applied", "undone", "stale", "conflicting", "doubled")


@dataclass(frozen=True)
class Found:
    """A record that a decision names, as it is now."""

    seen: str
    amount: Decimal  # the amount as it counts in this run
    currency: str
    date: datetime  # the date as it is compared in this run
    takes_part: bool


@dataclass(frozen=True)
class Judged:
    """A decision, its state, and in words why it is not applied."""

    decision: Decision
    state: State
    note: str


@dataclass
class Decided:
    """What was decided: pairs by hand, records that are left out, and records that no rule may take.

    ``origin`` is the journal's, none where none was given. ``kept_open`` holds the reason for each record that stays
    open, ``holders`` which decision had a record last, ``rest`` what part payments left of it, ``parts`` what each
    match, by its id, takes of its records.
    """

    origin: Origin | None = None
    records: dict[Side, dict[str, Found]] = field(default_factory=lambda: {side: {} for side in SIDES})
    judged: list[Judged] = field(default_factory=list)
    matches: list[Decision] = field(default_factory=list)
    excluded: dict[Side, list[str]] = field(default_factory=lambda: {side: [] for side in SIDES})
    kept_open: dict[Side, dict[str, str]] = field(default_factory=lambda: {side: {} for side in SIDES})
    holders: dict[Side, dict[str, Decision]] = field(default_factory=lambda: {side: {} for side in SIDES})
    rest: dict[Side, dict[str, Decimal]] = field(default_factory=lambda: {side: {} for side in SIDES})
    parts: dict[str, dict[Side, dict[str, Part]]] = field(default_factory=dict)

    def matched(self, side: Side) -> list[str]:
        """The records of a side that are matched by hand, and of which nothing is left for the rules."""
        names = dict.fromkeys(name for decision in self.matches for name in decision.about(side))
        return [name for name in names if name not in self.rest[side]]

    def currency(self, decision: Decision, side: Side) -> str:
        """The currency of the records of a side that a match takes."""
        return self.records[side][next(iter(decision.about(side)))].currency

    def crosses(self, decision: Decision) -> bool:
        """Whether a match is of two currencies."""
        return self.currency(decision, "external") != self.currency(decision, "internal")

    def applied(self, decision: Decision, side: Side, scale: int) -> dict[str, int]:
        """What a match takes of each record, in whole numbers at ``scale``; without those of which it takes nothing."""
        parts = self.parts[decision.id][side]
        return {name: whole(part.taken, scale) for name, part in parts.items() if part.taken or not part.open}

    def open_before(self, decision: Decision, side: Side, scale: int) -> int:
        """What stood open of all records of a match, in whole numbers at ``scale``."""
        return sum(whole(part.open, scale) for part in self.parts[decision.id][side].values())

    def still_open(self, side: Side, name: str) -> Decimal:
        """What no match has of a record."""
        return self.rest[side].get(name, self.records[side][name].amount)

    @property
    def leaves_remainders(self) -> bool:
        """Whether a match took a part of a record only, even if others have taken the rest since."""
        taken = (part for sides in self.parts.values() for parts in sides.values() for part in parts.values())
        return any(part.taken != part.open for part in taken)

    @property
    def settled(self) -> dict[Side, list[str]]:
        """The records that no rule ever sees."""
        return {side: [*self.matched(side), *self.excluded[side]] for side in SIDES}

    def count(self) -> dict[str, int]:
        """How many decisions are in each state."""
        return {state: sum(judged.state == state for judged in self.judged) for state in STATES}

    def table(self) -> pa.Table:
        """A row for each decision, in the order of the journal; the columns are those of ``Result.decisions``."""
        return DECISIONS.of_rows([_row(judged) for judged in self.judged])


def resolve(journal: Journal, records: Mapping[Side, Records], settings: Settings) -> Decided:
    """Go through the journal and keep of it what still holds; what does not is reported."""
    named = {side: {name for decision in journal.decisions for name in decision.about(side)} for side in SIDES}
    decided = Decided(journal.origin, {side: _find(records[side], side, named[side], settings) for side in SIDES})
    undone = _undone(journal.decisions)
    ids: set[str] = set()
    applied: dict[object, str] = {}
    lost: list[Decision] = []
    for decision in journal.decisions:
        judged = _judge(decision, decided, undone, ids, applied)
        if judged.state == "applied" and (note := _without_its_part_payment(decision, lost, undone, ids)):
            judged = Judged(decision, "stale", note)
        if decision.remainder and judged.state in {"undone", "stale"}:
            lost.append(decision)
        if judged.state == "applied":
            applied[_says(decision)] = decision.id
            _apply(decision, decided)
        ids.add(decision.id)
        decided.judged.append(judged)
    return decided


def refusals(
    journal: Journal, decisions: Sequence[Decision], records: Mapping[Side, Records], settings: Settings
) -> list[str]:
    """Of each decision why it would not be applied if all were added to a journal; empty if it would be."""
    both = replace(journal, decisions=(*journal.decisions, *decisions))
    return [judged.note for judged in resolve(both, records, settings).judged[len(journal.decisions) :]]


def _find(records: Records, side: Side, ids: Iterable[str], settings: Settings) -> dict[str, Found]:
    ids = list(ids)
    if not ids:
        return {}
    table = records.table
    counted = settings.counted(side, records)
    named = ibis.memtable({"wanted": ids}, schema={"wanted": "string"})
    facts: dict[str, ir.Value] = {
        "id": table[ID_COLUMN[side]],
        "amount": table.amount,
        "counts": counted.amount,
        "currency": table.currency,
        "made": table[DATE_COLUMN[side]],
        "compared": counted.date,
        "part": counted.takes_part,
    }
    rows = table.select(**facts).semi_join(named, [("id", "wanted")]).to_pyarrow().to_pylist()
    return {
        row["id"]: Found(
            seen_as(row["amount"], row["currency"], row["made"]),
            row["counts"],
            row["currency"],
            row["compared"],
            row["part"],
        )
        for row in rows
    }


def _undone(decisions: tuple[Decision, ...]) -> dict[str, str]:
    """The decisions that a later one takes back, and which; an undo can be undone as well."""
    place = {decision.id: position for position, decision in reversed(list(enumerate(decisions)))}
    undone: dict[str, str] = {}
    for position, decision in reversed(list(enumerate(decisions))):
        if (
            decision.action == "undo"
            and decision.undoes
            and decision.id not in undone
            and place.get(decision.undoes, position) < position
        ):
            undone[decision.undoes] = decision.id
    return undone


def _judge(
    decision: Decision, decided: Decided, undone: Mapping[str, str], earlier: set[str], applied: Mapping[object, str]
) -> Judged:
    """Whether a decision is applied; ``earlier`` are the ids before it, ``applied`` those applied, by what they say."""
    if decision.id in earlier:
        return Judged(decision, "doubled", f"the journal has decision {decision.id} before")
    if decision.id in undone:
        return Judged(decision, "undone", f"taken back by {undone[decision.id]}")
    if decision.action == "undo" and decision.undoes not in earlier:
        return Judged(decision, "stale", f"there is no decision {decision.undoes} before")
    if (same := applied.get(_says(decision))) is not None:
        return Judged(decision, "doubled", f"decision {same} says the same")
    stale = next(filter(None, (_stale(decision, side, decided) for side in SIDES)), "")
    if stale:
        return Judged(decision, "stale", stale)
    conflict = next(filter(None, (_held(decision, side, decided) for side in SIDES)), "") or _crossing(
        decision, decided
    )
    conflict = conflict or _without_remainder(decision, decided)
    return Judged(decision, "conflicting", conflict) if conflict else Judged(decision, "applied", "")


def _says(decision: Decision) -> object:
    return decision.action, decision.undoes, frozenset(decision.external), frozenset(decision.internal)


def _stale(decision: Decision, side: Side, decided: Decided) -> str:
    for name, seen in decision.about(side).items():
        now = decided.records[side].get(name)
        if now is None:
            return f"{side} record {name!r} is not there any more"
        if now.seen != seen:
            return f"{side} record {name!r} was {seen} and is {now.seen}"
        if not now.takes_part:
            return f"{side} record {name!r} takes no part in this run: by its status, its balance or its metadata"
    return ""


def _held(decision: Decision, side: Side, decided: Decided) -> str:
    """Which record an earlier decision has.

    One that was set aside may still be matched or excluded, and what a part payment left may be matched.
    """
    free: set[str] = set() if decision.action == "unmatch" else {*decided.kept_open[side]}
    if decision.action == "match":
        free |= decided.rest[side].keys()
    for name in decision.about(side):
        holder = decided.holders[side].get(name)
        if holder and name not in free:
            return f"decision {holder.id} has {side} record {name!r} already: undo that first"
    return ""


def _without_its_part_payment(
    decision: Decision, lost: Sequence[Decision], undone: Mapping[str, str], earlier: set[str]
) -> str:
    """Which part payment that holds no longer left what a match is about, which would take the whole record now.

    ``lost`` are the part payments before it that are not applied; one that was taken back before it does not matter.
    """
    held = (before for before in lost if undone.get(before.id) not in earlier)
    for before in held if decision.action == "match" else ():
        for side in SIDES:
            for name in before.about(side).keys() & decision.about(side).keys():
                return f"decision {before.id}, which left a part of {side} record {name!r} open, holds no longer"
    return ""


def _crossing(decision: Decision, decided: Decided) -> str:
    if decision.action != "match":
        return ""
    for side in SIDES:
        currencies = {decided.records[side][name].currency for name in decision.about(side)}
        if len(currencies) > 1:
            return (
                f"the {side} records are in {' and '.join(sorted(currencies))}: a match takes one currency of each side"
            )
    if decision.remainder and decided.crosses(decision):
        return "the records are of two currencies, so that nothing of one amount can be applied to the other"
    return ""


def _without_remainder(decision: Decision, decided: Decided) -> str:
    if not decision.remainder:
        return ""
    external, internal = (sum(_whole_amounts(decision, side, decided).values()) for side in SIDES)
    return "" if external * internal > 0 else "one side pays in and the other out, so there is nothing to apply to both"


def _whole_amounts(decision: Decision, side: Side, decided: Decided) -> dict[str, int]:
    """What stands open of the records of a decision."""
    return {name: whole(decided.still_open(side, name), _FINEST) for name in decision.about(side)}


def _take(decision: Decision, decided: Decided) -> None:
    """Take what stands open of the records of a match; where the rest stays open, of the larger side only its part."""
    amounts = {side: _whole_amounts(decision, side, decided) for side in SIDES}
    dates = {side: {name: decided.records[side][name].date for name in amounts[side]} for side in SIDES}
    rest = rests(amounts, dates) if decision.remainder else {side: {} for side in SIDES}
    decided.parts[decision.id] = {}
    for side in SIDES:
        left_open = {name: exact(rest[side].get(name, 0), _FINEST) for name in amounts[side]}
        decided.parts[decision.id][side] = {
            name: Part(exact(amount, _FINEST), exact(amount - rest[side].get(name, 0), _FINEST))
            for name, amount in amounts[side].items()
        }
        of_others = {name: amount for name, amount in decided.rest[side].items() if name not in left_open}
        decided.rest[side] = of_others | {name: amount for name, amount in left_open.items() if amount}


def _apply(decision: Decision, decided: Decided) -> None:
    for side in SIDES:
        for name in decision.about(side):
            decided.holders[side][name] = decision
            decided.kept_open[side].pop(name, None)
            if decision.action == "exclude":
                decided.excluded[side].append(name)
            elif decision.action == "unmatch":
                decided.kept_open[side][name] = f"unmatched {BY_HAND}: {decision.why}"
    if decision.action == "match":
        decided.matches.append(decision)
        _take(decision, decided)


def _row(judged: Judged) -> tuple[str, ...]:
    """The values of ``DECISIONS``, in its order."""
    decision = judged.decision
    undoes = f"decision {decision.undoes}: " if decision.undoes else ""
    return (
        decision.id,
        decision.at,
        decision.by,
        decision.action,
        ", ".join(decision.external),
        ", ".join(decision.internal),
        f"{undoes}{decision.why}",
        judged.state,
        judged.note,
    )
