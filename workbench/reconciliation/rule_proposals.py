"""Propose rules: what the records themselves say of how they correspond, as rules that can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.learn import in_the_middle, learned_of, pool_of
from workbench.reconciliation.matching.weighed.amounts import amount_steps
from workbench.reconciliation.matching.weighed.open_units import OpenUnits
from workbench.reconciliation.matching.weighed.references import find_links
from workbench.reconciliation.matching.weighed.weigh import CERTAIN, weigh
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.settings import Settings, make_settings
from workbench.reconciliation.strategies import CANONICAL
from workbench.reconciliation.weights import MILLION, REFERENCES, Weights
from workbench.records import Records
from workbench.sides import SIDES, Side

LEAST_PROBABLE = Decimal("0.3")  # what is less so is wrong more often than it is missed
BETTER = 1.02  # times as many records, for which a grouping is worth having
_FEW = 5  # pairs that show nothing yet
_STRATEGY: dict[Side, str] = {"internal": "one_to_many", "external": "many_to_one"}
_USUAL: dict[Side, tuple[str, ...]] = {
    "internal": ("parent_transaction", "reference"),
    "external": ("reference", "description"),
}


@dataclass(frozen=True)
class ProposedRules:
    """Rules that the records propose, and in ``findings`` what was seen, a sentence for each finding."""

    rules: tuple[Rule, ...]
    findings: tuple[str, ...]


def propose_rules(external: Records, internal: Records, *, settings: Settings | None = None) -> ProposedRules:
    """Propose rules from the records themselves: how they correspond, what references say, and what evidence counts.

    Looks for groups whose totals the other side has, for references that only two records share, and learns what
    weighs how much (see ``learn``). The last rule weighs all that, and leaves open what is less probable than 0.3.
    ``settings`` say what takes part; their rules and strategy do not count. Nothing is applied: the rules are plain
    values that ``reconcile`` and ``save_rules`` take. The same records give the same rules, whatever their order.

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
    given = settings or make_settings()
    plain = replace(given, strategy="one_to_one", grouping_criteria=(), rules=(Weighed(),))
    records: dict[Side, Records] = {"external": external, "internal": internal}
    single = best = _try(external, internal, plain)
    for side in SIDES:
        for name in _groupings(records[side], side):
            tried = _try(external, internal, replace(plain, strategy=_STRATEGY[side], grouping_criteria=(name,)))
            best = tried if tried.records > BETTER * best.records else best
    chosen = {"strategy": best.settings.strategy, "grouping_criteria": best.settings.grouping_criteria}
    own: dict[str, Any] = {} if chosen == {name: getattr(given, name) for name in chosen} else chosen
    rules, findings = _by_reference(best.units, own)
    findings += [_of_grouping(best, single), _other_sign(single.units), *_of_weights(best.weights)]
    last = Weighed(best.weights, min_probability=LEAST_PROBABLE, **own)
    return ProposedRules((*rules, last), tuple(filter(None, findings)))


@dataclass(frozen=True)
class _Tried:
    """A way to group, the weights that are learned of it, and how many records they are expected to match rightly."""

    settings: Settings
    units: OpenUnits
    weights: Weights
    records: int


def _try(external: Records, internal: Records, settings: Settings) -> _Tried:
    pool = pool_of(external, internal, settings)
    weights, units = learned_of(pool), in_the_middle(pool)
    rule = Weighed(weights, min_probability=LEAST_PROBABLE)
    done = weigh(rule, units.pool, units.external, units.internal, settings.max_candidates)
    sizes = units.pool.external.sizes[done.external] + units.pool.internal.sizes[done.internal]
    return _Tried(settings, units, weights, int((sizes * done.evidence.probability).sum()) // CERTAIN)


def _groupings(records: Records, side: Side) -> Iterator[str]:
    """The columns that may make groups of a side: usual ones and those nobody knows, if records share a value."""
    columns = [name for name in records.table.columns if name in _USUAL[side] or name not in CANONICAL]
    for name in columns:
        column = records.table[name]
        counts = (
            records.table.filter(column.notnull())
            .aggregate(values=column.nunique(), rows=column.count())
            .to_pyarrow()
            .to_pylist()[0]
        )
        if counts["values"] and 1.1 <= counts["rows"] / counts["values"] <= 200 and counts["values"] >= _FEW:
            yield name


def _by_reference(units: OpenUnits, own: dict[str, Any]) -> tuple[list[Rule], list[str]]:
    """A rule for references that two units have alone, where their amounts are the same or differ by a fee."""
    links = find_links(units)
    at = units.pairs(links.edge[links.standing <= REFERENCES.index("loosely")])
    alone = (np.bincount(at.external, minlength=units.sizes[0])[at.external] == 1) & (
        np.bincount(at.internal, minlength=units.sizes[1])[at.internal] == 1
    )
    if not len(at) or alone.mean() < 0.95 or alone.sum() < _FEW:
        return [], []
    steps = amount_steps(units, at.only(alone))
    same, near = int((steps == 0).sum()), np.sort(steps[(steps != 0) & (np.abs(steps) <= MILLION // 20)])
    told = f"{int(alone.sum()):,} records of each side share a reference with one record of the other"
    findings = [f"{told}, and for {same:,} the amounts are the same."]
    reference = Criterion("reference", "equals_loosely")
    rules = [Rule("Reference and amount", [reference, Criterion("amount")], **own)] if same >= _FEW else []
    if len(near) >= _FEW:
        low, high = (Decimal(int(bound)) / MILLION for bound in (near[0], near[-1]))
        findings.append(f"For {len(near):,} others the external amount is {_percent(low)} to {_percent(high)} off.")
        nearly = Criterion("amount", "equals", (low, high))
        rules.append(Rule("Reference, and nearly the amount", [reference, nearly], **own))
    return rules, findings


def _other_sign(units: OpenUnits) -> str:
    """A sentence where amounts of one side have the other sign."""
    pool = units.pool
    external, internal = pool.external.amount[units.external], pool.internal.amount[units.internal]
    same, other = (int(np.isin(external, sign * internal).sum()) for sign in (1, -1))
    if other <= 3 * same + _FEW:
        return ""
    return f"{other:,} external amounts are in the ledger with the other sign: read that side with sign='inverted'."


def _of_grouping(best: _Tried, single: _Tried) -> str:
    if best is single:
        return ""
    names = ", ".join(best.settings.grouping_criteria)
    side = "internal" if best.settings.strategy == _STRATEGY["internal"] else "external"
    return (
        f"Grouping {side} records by {names} matches about {best.records:,} records, "
        f"where single ones match {single.records:,}."
    )


def _of_weights(weights: Weights) -> Iterator[str]:
    """What was learned, in sentences."""
    if not weights.learned_from:
        yield "No record of one side is like any of the other."
        return
    first, last = weights.date[0].low, weights.date[-1].high
    if weights.measure == "seconds":
        when = Criterion("date", "equals", (first, last + 1)).describe()
        yield f"{when[0].upper()}{when[1:]}."
    else:
        measure = weights.measure.replace("_", " ")
        yield f"External dates are from {first:,} to {last:,} {measure} after the internal ones."
    low, high = (Decimal(bound) / MILLION for bound in (weights.amount[0].low, weights.amount[-1].high))
    if low == high == 0:
        yield "Amounts are the same on both sides."
    else:
        yield f"External amounts are from {_percent(low)} to {_percent(high)} off the internal ones."


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
