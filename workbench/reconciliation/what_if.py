"""What if: the same records under other rules, fast enough to be asked while a drift is dragged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from math import inf
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import RuleTooBroad, SettingsError
from workbench.exact import Ints, decimals, exact, exact_sum
from workbench.reconciliation.criteria.field import FIELDS, Criterion
from workbench.reconciliation.decisions.journal import Journal
from workbench.reconciliation.decisions.resolve import Decided, resolve
from workbench.reconciliation.matching.assignment import Pass, run_rule
from workbench.reconciliation.matching.units import Pool, build_pool
from workbench.reconciliation.reconcile import open_units, text_keys, without
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import Settings
from workbench.records import Records
from workbench.sides import Side

OPEN = -1


@dataclass(frozen=True)
class Change:
    """External records that change, and for each currency what of their amounts is debit and what is credit.

    Both are exact and without sign: what goes out is never netted against what comes in.
    """

    records: int
    debits: Mapping[str, Decimal] = field(default_factory=dict)
    credits: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Paired:
    """For each external unit the internal unit that it is paired with, or -1, and the rule that did it."""

    partner: Ints
    rule: Ints


@dataclass(frozen=True)
class Comparison:
    """What other rules would change: ``gained`` was open, ``lost`` was matched, ``moved`` has another partner.

    ``matched`` counts external records under the other rules, decisions by hand included; ``records`` is all that
    take part.
    """

    rules: tuple[Rule, ...]
    matched: int
    records: int
    gained: Change
    lost: Change
    moved: Change
    pool: Pool
    before: Paired
    after: Paired

    def table(self, which: str) -> pa.Table:
        """The pairs of units that are ``gained``, ``lost`` or ``moved``, in the order of the external records.

        A unit of several records is named by its first. Amounts and ``amount_difference`` are exact, and of the pair
        that would be; of the lost ones, of the pair that was.
        """
        chosen = np.flatnonzero(_which(which, self.before.partner, self.after.partner))
        source = self.before if which == "lost" else self.after
        e, i = self.pool.external, self.pool.internal
        partner = source.partner[chosen]
        columns = {
            "external_transaction_id": e.ids.take(chosen),
            "internal_transaction_id": i.ids.take(partner),
            "currency": self.pool.currencies.take(e.currency[chosen]),
            "external_amount": decimals(e.amount[chosen], self.pool.scale),
            "internal_amount": decimals(i.amount[partner], self.pool.scale),
            "amount_difference": decimals(e.amount[chosen] - i.amount[partner], self.pool.scale),
            "date_difference_seconds": decimals((e.date[chosen] - i.date[partner]) * self.pool.tick, 6),
        }
        if which == "moved":
            columns["internal_transaction_id_before"] = i.ids.take(self.before.partner[chosen])
        return pa.table(columns)


class WhatIf:
    """Records made ready once, to be matched by one set of rules after the other.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t", "amount": "9.95", "currency": "EUR", "created_at": "2026-01-02"}])
    >>> rule = Rule("Amount", [Criterion("amount")])
    >>> what_if = WhatIf(reconcile(paid, booked, rules=[rule]).settings, paid, booked)
    >>> what_if.compare(with_drift([rule], 0, 0, Decimal("0.01"))).gained
    Change(records=1, debits={}, credits={'EUR': Decimal('9.90')})
    """

    def __init__(
        self, settings: Settings, external: Records, internal: Records, decisions: Journal | None = None
    ) -> None:
        self.settings = settings
        decided = resolve(decisions, {"external": external, "internal": internal}, settings) if decisions else Decided()
        self._records, self._settled = (external, internal), decided.settled
        own = {key for name in FIELDS if (key := Criterion(name).text_key)}
        self._keys = own | set(text_keys(settings.rules))
        self.pool = self._build()
        self._by_hand = len(decided.matched("external"))
        self._start = open_units(self.pool, decided)
        self._passes = self._run(settings.rules, [])

    def compare(self, rules: Iterable[Rule]) -> Comparison:
        """What ``rules`` would match otherwise than the rules of the settings do; raises ``RuleTooBroad``."""
        rules = tuple(rules)
        if not self._keys.issuperset(asked := text_keys(rules)):  # other texts of the same units
            self._keys |= set(asked)
            self.pool = self._build()
        passes = self._run(rules, self._passes)
        before, after = self._base, self._paired(passes)
        changes = {name: self._change(_which(name, before.partner, after.partner)) for name in CHANGES}
        matched = int(self._sizes[after.partner != OPEN].sum()) + self._by_hand
        return Comparison(rules, matched, self.records, **changes, pool=self.pool, before=before, after=after)

    def unit_of(self, side: Side, record_id: str) -> str:
        """The first record of the unit that a record is part of; raises ``SettingsError`` if it is in none."""
        units = self.pool.side(side)
        place = pc.index(units.records["id"], record_id).as_py()
        if place < 0:
            raise SettingsError(f"{record_id!r} is no {side} record that rules could match")
        return str(units.ids[int(units.unit_of[place])])

    @property
    def records(self) -> int:
        """How many external records take part, those matched by hand included."""
        return len(self.pool.external.records) + self._by_hand

    def curve(self, rule: int, criterion: int, drifts: Sequence[Decimal], *, seconds: float = inf) -> list[int | None]:
        """How many external records would be matched at each drift of one criterion; none where it is too broad.

        After ``seconds`` no other drift is begun: there is none for those that are furthest from the drift in use.
        """
        until = monotonic() + seconds
        now = self.settings.rules[rule].criteria[criterion].allowable_drift
        counts: list[int | None] = [None] * len(drifts)
        for at in sorted(range(len(drifts)), key=lambda at: abs(drifts[at] - now)):
            if monotonic() < until:
                with suppress(RuleTooBroad):
                    counts[at] = self.compare(with_drift(self.settings.rules, rule, criterion, drifts[at])).matched
        return counts

    def _build(self) -> Pool:
        pool = build_pool(*self._records, self.settings, sorted(self._keys), self._settled)
        for record in self._records:
            record.check_unchanged()
        return pool

    def _run(self, rules: Sequence[Rule], known: list[Pass]) -> list[Pass]:
        """Run the rules from the first one that is not as in ``known``."""
        same = 0
        while same < min(len(rules), len(known)) and rules[same].criteria == known[same].rule.criteria:
            same += 1
        passes = known[:same]
        external, internal = self._start
        for number, rule in enumerate(rules):
            if number >= same:
                passes.append(run_rule(rule, self.pool, external, internal, self.settings.max_candidates))
            external, internal = without(external, passes[number].external), without(internal, passes[number].internal)
        return passes

    def _paired(self, passes: list[Pass]) -> Paired:
        partner = np.full(len(self.pool.external), OPEN)
        rule = np.full(len(self.pool.external), OPEN)
        for number, pass_ in enumerate(passes):
            partner[pass_.external], rule[pass_.external] = pass_.internal, number
        return Paired(partner, rule)

    def _change(self, units: Ints) -> Change:
        side = self.pool.external
        chosen = np.flatnonzero(units[side.unit_of])
        amount, currency = side.record_amount[chosen], side.currency[side.unit_of[chosen]]
        return Change(
            len(chosen),
            debits=self._sums(-amount, currency, amount < 0),
            credits=self._sums(amount, currency, amount >= 0),
        )

    def _sums(self, amount: Ints, currency: Ints, chosen: Ints) -> dict[str, Decimal]:
        """The exact sum of the chosen amounts, for each currency that has any."""
        own = {name: amount[chosen & (currency == code)] for code, name in enumerate(self.pool.currencies.to_pylist())}
        return {name: exact(exact_sum(found), self.pool.scale) for name, found in own.items() if len(found)}

    @cached_property
    def _base(self) -> Paired:
        return self._paired(self._passes)

    @cached_property
    def _sizes(self) -> Ints:
        return self.pool.external.sizes


CHANGES = ("gained", "lost", "moved")


def what_if(result: Result, external: Records, internal: Records, rules: Iterable[Rule]) -> Comparison:
    """What other ``rules`` would match otherwise, among the records that ``result`` was made of.

    Decisions by hand are not among what it compares: give these to ``WhatIf``, which also serves many comparisons
    without preparing the records again. Raises ``RuleTooBroad`` as ``reconcile`` does.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t", "amount": "9.95", "currency": "EUR", "created_at": "2026-01-02"}])
    >>> result = reconcile(paid, booked, rules=[Rule("Amount", [Criterion("amount")])])
    >>> what_if(result, paid, booked, [Rule("Amount", [Criterion("amount", "equals", 0.01)])]).gained.records
    1
    """
    return WhatIf(result.settings, external, internal).compare(rules)


def with_drift(rules: Iterable[Rule], rule: int, criterion: int, drift: Any) -> tuple[Rule, ...]:
    """The same rules with another drift of one criterion; raises ``SettingsError`` as ``Criterion`` does."""
    rules = list(rules)
    criteria = list(rules[rule].criteria)
    criteria[criterion] = replace(criteria[criterion], allowable_drift=drift)
    rules[rule] = replace(rules[rule], criteria=tuple(criteria))
    return tuple(rules)


def _which(name: str, before: Ints, after: Ints) -> Ints:
    if name == "gained":
        return (before == OPEN) & (after != OPEN)
    if name == "lost":
        return (before != OPEN) & (after == OPEN)
    return (before != OPEN) & (after != OPEN) & (before != after)
