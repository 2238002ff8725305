"""Propose rules: what the records themselves say of how they correspond, as rules that can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from workbench.exact import Ints
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.learn import learned_of, pool_of, usual_of
from workbench.reconciliation.matching.weighed.amounts import amount_steps
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.references import sharing
from workbench.reconciliation.matching.weighed.weigh import CERTAIN, weigh
from workbench.reconciliation.proposed_rules.batches import batches_in
from workbench.reconciliation.proposed_rules.groupings import other_ways
from workbench.reconciliation.proposed_rules.named_sums import sums_of_named
from workbench.reconciliation.proposed_rules.reference_sums import sums_by_reference
from workbench.reconciliation.proposed_rules.signs import fitting_balance, other_currencies, other_sign
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.settings import Settings, make_settings
from workbench.reconciliation.strategies import SINGLE, criteria_for
from workbench.reconciliation.weights import MILLION, Weights
from workbench.records import Records
from workbench.sides import SIDES
from workbench.tabular import count_of

LEAST_PROBABLE = Decimal("0.4")  # one of two that are equally good is taken, of three none is
BETTER = 1.02  # times as many matched records make a grouping worth having
_FEW = 5  # fewer pairs show nothing
_LEARNED = 10  # matches from which on learned weights outdo the usual ones
_NEARLY = MILLION // 20  # the largest fee, in millionths of the internal amount
_DAYS = 3  # the days within which records of one side settle each other
_REFERENCES = (
    (
        "Reference",
        Criterion("reference", "equals_loosely"),
        ("record of each side shares", "records of each side share", "a reference with one record of the other"),
    ),
    (
        "Reference in the text",
        Criterion("reference", "mentions", external="description"),
        ("external text mentions", "external texts mention", "the reference of one internal record"),
    ),
    (
        "Reference in the ledger's text",
        Criterion("reference", "mentions", internal="description"),
        ("internal text mentions", "internal texts mention", "the reference of one external record"),
    ),
)


@dataclass(frozen=True)
class ProposedRules:
    """Rules that the records propose, and in ``findings`` what was seen, a sentence for each finding."""

    rules: tuple[Rule, ...]
    findings: tuple[str, ...]


def propose_rules(external: Records, internal: Records, *, settings: Settings | None = None) -> ProposedRules:
    """Propose rules from the records themselves: how they correspond, what references say, and what evidence counts.

    Looks for groups whose totals the other side has, for references that only two records share, for sums of records
    that follow each other or that a text names, and learns what weighs how much (see ``learn``). A rule weighs all
    that, and leaves open what is less probable than 0.4; then come sums by reference, and what undoes each other on
    one side is suggested.
    ``reconcile`` without rules runs the same rules. ``settings``, such as those of a result, say what takes part and
    how records correspond; their rules do not count. Nothing is applied: the rules are plain values that ``reconcile``
    and ``save_rules`` take. The same records give the same rules, whatever their order.

    Raises ``SettingsError`` for inputs that do not fit.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([
    ...     {"id": f"e{n}", "amount": n, "currency": "EUR", "date": "2026-01-05", "reference": f"R-{n:05}"}
    ...     for n in range(1, 31)])
    >>> booked = read_internal([
    ...     {"transaction_id": f"t{n}", "amount": n, "currency": "EUR", "created_at": "2026-01-02",
    ...      "reference": f"r {n:05}"}
    ...     for n in range(1, 31)])
    >>> proposed = propose_rules(paid, booked)
    >>> [rule.name for rule in proposed.rules]
    ['Reference and amount', 'By evidence']
    >>> print(proposed.findings[0])
    30 records of each side share a reference with one record of the other, and for 30 the amounts are the same.
    """
    proposed = with_proposed_rules(settings or make_settings(), external, internal)
    return ProposedRules(proposed.rules, proposed.findings)


def with_proposed_rules(settings: Settings, external: Records, internal: Records) -> Settings:
    """The same settings with the rules that the records propose, and with what these rules need of other settings.

    A strategy that the settings name stays, with its grouping; so does the ledger balance. External amounts that the
    ledger has with the other sign count with that, unless the reader was told about signs.
    """
    if settings.grouping.within:
        return _settling(settings)
    plain = replace(settings, rules=(Weighed(),))
    balance = fitting_balance(external, internal, settings)
    if balance and balance.certain:
        plain = replace(plain, balance_id=balance.id)
    single = _try(external, internal, replace(plain, strategy=settings.strategy or SINGLE))
    other = other_sign(single.units, external, plain)
    if other and other.counts:
        plain = replace(plain, opposite_signs=True)
        single = _try(external, internal, replace(single.settings, opposite_signs=True))
    best = single
    if not settings.strategy:
        for way in other_ways(external, internal, plain):
            tried = _try(external, internal, replace(plain, strategy=way.strategy, grouping_criteria=way.criteria))
            best = tried if tried.records > BETTER * best.records else best
    grouping: dict[str, Any] = {}
    if best is not single:
        grouping = {"strategy": best.settings.strategy, "grouping_criteria": best.settings.grouping_criteria}
    rules, findings = _by_reference(best.units, grouping)
    batches = None if settings.strategy else batches_in(external, internal, plain)
    if batches and batches.records > BETTER * best.records:
        rules.append(batches.rule)
        findings.append(batches.finding)
    sizes = len(external), len(internal)
    for rule, finding in [] if settings.strategy else sums_of_named(single.units, sizes, plain.max_candidates):
        rules.append(rule)
        findings.append(finding)
    sums = [] if settings.strategy else list(sums_by_reference(external, internal, plain))
    findings = [
        *([balance.finding] if balance else []),
        *([other.finding] if other else []),
        other_currencies(single.units),
        _of_grouping(best, single),
        *findings,
        *_of_weights(best, bool(rules or sums)),
        *(finding for _, finding in sums),
    ]
    last = Weighed(best.weights, min_probability=LEAST_PROBABLE, **grouping)
    rules += [last, *(rule for rule, _ in sums)]
    return replace(best.settings, rules=tuple(rules), findings=tuple(filter(None, findings)))


@dataclass(frozen=True)
class _Tried:
    """A way to group, the weights that are learned of it, and how many records they are expected to match rightly.

    ``pairs`` have a partner that is probable enough; ``unclear`` are those that only have some that are less so.
    """

    settings: Settings
    units: OpenUnits
    weights: Weights
    records: int
    pairs: int
    unclear: int


def _try(external: Records, internal: Records, settings: Settings) -> _Tried:
    pool = pool_of(external, internal, settings)
    units = OpenUnits.of(pool, np.arange(len(pool.external)), np.arange(len(pool.internal)))
    weights = learned_of(pool)
    if weights.learned_from < _LEARNED:
        weights = usual_of(pool)
    rule_pass = weigh(Weighed(weights), pool, units.external, units.internal, settings.max_candidates)
    probability = rule_pass.evidence.probability
    enough = probability >= LEAST_PROBABLE * CERTAIN
    sizes = pool.external.sizes[rule_pass.external] + pool.internal.sizes[rule_pass.internal]
    records = int((sizes * probability)[enough].sum()) // CERTAIN
    return _Tried(settings, units, weights, records, int(enough.sum()), int((~enough).sum()))


def _by_reference(units: OpenUnits, grouping: dict[str, Any]) -> tuple[list[Rule], list[str]]:
    """Rules for references that two units have alone, where their amounts are the same or differ by a fee."""
    rules: list[Rule] = []
    findings: list[str] = []
    for name, reference, phrases in _REFERENCES:
        alone = _alone(units, reference)
        steps = amount_steps(units, alone)
        same, near = int((steps == 0).sum()), np.sort(steps[(steps != 0) & (np.abs(steps) <= _NEARLY)])
        if same:
            rules.append(Rule(f"{name} and amount", [reference, Criterion("amount")], **grouping))
        if len(near) >= _FEW:
            low, high = (Decimal(int(bound)) / MILLION for bound in (near[0], near[-1]))
            nearly = Criterion("amount", "equals", (low, high))
            rules.append(Rule(f"{name}, and nearly the amount", [reference, nearly], **grouping))
        if same or len(near) >= _FEW:
            findings += _of_references(phrases, len(alone), same, near)
    return rules, findings


def _alone(units: OpenUnits, reference: Criterion) -> Pairs:
    """The pairs that share a reference with nothing else; none where many share theirs with several."""
    key = reference.text_key
    shared = sharing(key, units) if key else Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    alone = (np.bincount(shared.external, minlength=units.sizes[0])[shared.external] == 1) & (
        np.bincount(shared.internal, minlength=units.sizes[1])[shared.internal] == 1
    )
    return shared.only(alone & (20 * alone.sum() >= 19 * len(shared)))


def _of_references(phrases: tuple[str, str, str], shared: int, same: int, near: Ints) -> Iterator[str]:
    """What references show of amounts."""
    one, several, what = phrases
    who = f"1 {one}" if shared == 1 else f"{shared:,} {several}"
    yield f"{who} {what}, and for {same:,} the amounts are the same."
    if len(near) >= _FEW:
        low, high = (_percent(Decimal(int(bound)) / MILLION) for bound in (near[0], near[-1]))
        yield f"For {len(near):,} others the external amount is {low} to {high} off."


def _of_grouping(best: _Tried, single: _Tried) -> str:
    if best is single:
        return ""
    chosen = best.settings
    side = next(side for side in SIDES if chosen.grouping.of(side))
    return (
        f"Grouping {side} records by {', '.join(criteria_for(side, chosen.grouping_criteria))} matches about "
        f"{best.records:,} records, where single ones match {single.records:,}."
    )


def _of_weights(best: _Tried, by_reference: bool) -> Iterator[str]:
    """What was learned, in sentences, and what cannot be told."""
    weights = best.weights
    if not (best.pairs or best.unclear):
        yield from () if by_reference else ("No record of one side is like any of the other.",)
        return
    if weights.learned_from:
        yield from _of_dates(weights)
        yield from _of_amounts(weights)
    else:
        yield "Too few records match to learn from: the usual weights count, for equal amounts up to 12 days later."
    if best.unclear:
        yield f"{count_of(best.unclear, 'external record')} may belong to several internal ones: suggested at most."


def _of_amounts(weights: Weights) -> Iterator[str]:
    yield from (f"External amounts are less a fee of {fee}." for fee in weights.fees)
    low, high = (Decimal(bound) / MILLION for bound in (weights.amount[0].low, weights.amount[-1].high))
    same = "amounts are the same on both sides."
    others = f"external amounts are from {_percent(low)} to {_percent(high)} off the internal ones."
    sentence = f"{'other ' if weights.fees else ''}{others if low or high else same}"
    yield f"{sentence[0].upper()}{sentence[1:]}"


def _of_dates(weights: Weights) -> Iterator[str]:
    first, last = weights.date[0].low, weights.date[-1].high
    if weights.measure == "seconds":
        when = Criterion("date", "equals", (first, last + 1)).describe()
        yield f"{when[0].upper()}{when[1:]}."
    else:
        measure = weights.measure.replace("_", " ")
        yield f"External dates are from {first:,} to {last:,} {measure} after the internal ones."
        booking = weights.booking
        if booking.cut_off:
            yield f"What the ledger has from {booking.cut_off // 3600:02}:00 UTC on counts as of the next day outside."
        if booking.holidays:
            yield f"Nothing much is booked outside on {', '.join(booking.holidays)}: these count as holidays."


def _settling(settings: Settings) -> Settings:
    """Rules for records of one side that settle each other; of these nothing is learned."""
    rules = (
        Rule("Same reference", [Criterion("reference", "equals_loosely"), Criterion("amount")]),
        Rule(
            f"Amount within {_DAYS} days",
            [Criterion("amount"), Criterion("date", "equals", _DAYS * 86_400)],
            max_alternatives=0,
        ),
    )
    finding = (
        f"Records of one side settle each other by a reference, or within {_DAYS} days where nothing else would do."
    )
    return replace(settings, rules=rules, findings=(finding,))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
