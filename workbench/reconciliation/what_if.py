"""What if: the same records under other rules, fast enough to be asked while a drift is dragged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import inf
from time import monotonic
from typing import Any

import pyarrow as pa

from workbench.errors import RuleTooBroad
from workbench.exact import Ints, exact, exact_sum
from workbench.reconciliation.criteria.field import FIELDS, Criterion
from workbench.reconciliation.decisions.journal import Journal
from workbench.reconciliation.decisions.resolve import Decided, resolve
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.open_records import OpenRecords
from workbench.reconciliation.matching.paired import Paired, pair_up
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.rates import RatesSource, read_rates
from workbench.reconciliation.reconcile import before_rules, check_rates, run_pass, text_keys
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import Settings
from workbench.records import Records


@dataclass(frozen=True)
class Change:
    """External records that change, and for each currency what of their amounts is debit and what is credit.

    Both are exact and without sign: what goes out is never netted against what comes in.
    """

    records: int
    debits: Mapping[str, Decimal] = field(default_factory=dict)
    credits: Mapping[str, Decimal] = field(default_factory=dict)


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
    before: Paired
    after: Paired

    def table(self, which: str) -> pa.Table:
        """The pairs of units that are ``gained``, ``lost`` or ``moved``, in the order of the external records.

        A unit of several records is named by its first. Amounts and ``amount_difference`` are exact, and of the pair
        that would be; of the lost ones, of the pair that was. Where pairs may be of two currencies, each row has
        ``internal_currency``, and what is of two differs by no amount.
        """
        source = self.before if which == "lost" else self.after
        rows = source.one_of_each(_which(which, self.before, self.after))
        table = source.table(rows)
        if which == "moved":
            partner = self.before.partner[rows]
            ids = source.records.internal.ids.take(pa.array(partner, mask=partner < 0))
            table = table.append_column("internal_transaction_id_before", ids)
        return table


Step = tuple[Pass, OpenRecords]  # what a rule did, and what it left


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
        self,
        settings: Settings,
        external: Records,
        internal: Records,
        decisions: Journal | None = None,
        rates: RatesSource | None = None,
    ) -> None:
        self.settings = settings
        self._rates = None if rates is None else read_rates(rates)
        decided = resolve(decisions, {"external": external, "internal": internal}, settings) if decisions else Decided()
        self._records = external, internal
        self._known = settings.rules  # the rules for which the books were read
        self._decided = decided
        self._read()

    def compare(self, rules: Iterable[Rule]) -> Comparison:
        """What ``rules`` would match otherwise than the rules of the settings do; raises ``RuleTooBroad``."""
        rules = tuple(rules)
        check_rates(rules, self._rates)
        asked = replace(self.settings, rules=rules)
        if not (self._keys.issuperset(text_keys(asked)) and self._groupings.issuperset(asked.groupings)):
            self._known += rules  # these compare other texts, or other groups
            self._read()
        before, after = self._base, self._paired(self._run(rules, self._steps))
        changes = {name: self._change(_which(name, before, after)) for name in CHANGES}
        matched = int(after.matched.sum()) + len(self._decided.matched("external"))
        return Comparison(rules, matched, self.records, **changes, before=before, after=after)

    @property
    def records(self) -> int:
        """How many external records take part, those matched by hand included."""
        return len(self._start.still_open["external"]) + len(self._decided.matched("external"))

    def curve(self, rule: int, criterion: int, drifts: Sequence[Decimal], *, seconds: float = inf) -> list[int | None]:
        """How many external records would be matched at each drift of one criterion; none where it is too broad.

        After ``seconds`` no other drift is begun: there is none for those that are furthest from the drift in use.
        """
        until = monotonic() + seconds
        now = self.settings.rules[rule].criteria[criterion].allowable_drift
        counts: list[int | None] = [None] * len(drifts)
        for position in sorted(range(len(drifts)), key=lambda position: abs(drifts[position] - now)):
            if monotonic() < until:
                with suppress(RuleTooBroad):
                    changed = with_drift(self.settings.rules, rule, criterion, drifts[position])
                    counts[position] = self.compare(changed).matched
        return counts

    def _read(self) -> None:
        settings = replace(self.settings, rules=self._known)
        field_keys = {key for name in FIELDS if (key := Criterion(name).text_key)}
        self._keys, self._groupings = field_keys | set(text_keys(settings)), set(settings.groupings)
        books = read_books(*self._records, settings, sorted(self._keys), self._decided.settled)
        for record in self._records:
            record.check_unchanged()
        self._start = before_rules(books, settings, self._decided)
        self._steps = self._run(self.settings.rules, [])
        self._base = self._paired(self._steps)

    def _run(self, rules: Sequence[Rule], known: list[Step]) -> list[Step]:
        """Run the rules from the first one that is not as in ``known``."""
        same = 0
        while same < min(len(rules), len(known)) and _alike(rules[same], known[same][0].rule):
            if rules[same].max_alternatives is not None:  # later rules may change its alternatives
                break
            same += 1
        steps = known[:same]
        left = steps[-1][1] if steps else self._start
        for number, rule in enumerate(rules[same:], same + 1):
            left = left.by(self.settings.grouping_of(rule))
            rule_pass = run_pass(self.settings, rule, rules[number:], left, self._rates, in_doubt=False)
            left = left.after(rule_pass)
            steps.append((rule_pass, left))
        return steps

    def _paired(self, steps: list[Step]) -> Paired:
        return pair_up(self._start.books.pool, [rule_pass for rule_pass, _ in steps])

    def _change(self, records: Ints) -> Change:
        external = self._start.books.pool.external
        amount, currency = external.amount[records], external.currency[records]
        return Change(
            len(amount),
            debits=self._sums(-amount, currency, amount < 0),
            credits=self._sums(amount, currency, amount >= 0),
        )

    def _sums(self, amount: Ints, currency: Ints, chosen: Ints) -> dict[str, Decimal]:
        """The exact sum of the chosen amounts, for each currency that has any."""
        pool = self._start.books.pool
        amounts = {name: amount[chosen & (currency == code)] for code, name in enumerate(pool.currencies.to_pylist())}
        return {name: exact(exact_sum(part), pool.scale) for name, part in amounts.items() if len(part)}


CHANGES = ("gained", "lost", "moved")


def what_if(
    result: Result,
    external: Records,
    internal: Records,
    rules: Iterable[Rule],
    *,
    rates: RatesSource | None = None,
) -> Comparison:
    """What other ``rules`` would match otherwise, among the records that ``result`` was made of.

    Decisions by hand are not among what it compares: give these to ``WhatIf``, which also serves many comparisons
    without preparing the records again. ``rates`` is the table for rules that cross currencies.
    Raises ``RuleTooBroad`` as ``reconcile`` does, and ``SettingsError`` for such a rule without rates.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t", "amount": "9.95", "currency": "EUR", "created_at": "2026-01-02"}])
    >>> result = reconcile(paid, booked, rules=[Rule("Amount", [Criterion("amount")])])
    >>> what_if(result, paid, booked, [Rule("Amount", [Criterion("amount", "equals", 0.01)])]).gained.records
    1
    """
    return WhatIf(result.settings, external, internal, rates=rates).compare(rules)


def with_drift(rules: Iterable[Rule], rule: int, criterion: int, drift: Any) -> tuple[Rule, ...]:
    """The same rules with another drift of one criterion; raises ``SettingsError`` as ``Criterion`` does."""
    rules = list(rules)
    criteria = list(rules[rule].criteria)
    criteria[criterion] = replace(criteria[criterion], allowable_drift=drift)
    rules[rule] = replace(rules[rule], criteria=tuple(criteria))
    return tuple(rules)


def _which(name: str, before: Paired, after: Paired) -> Ints:
    if name == "gained":
        return after.matched & ~before.matched
    if name == "lost":
        return before.matched & ~after.matched
    return after.moved(before)


def _alike(one: Rule, other: Rule) -> bool:
    """Whether both rules match the same, whatever they are called."""
    return replace(one, name=other.name, description=other.description) == other
