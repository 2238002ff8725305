"""Thousands of small random reconciliations against a brute force that is read off the contract."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import oracle
import pytest

import workbench as wb
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.strategies import (
    GROUPING_CRITERIA,
)

CASES = 60  # small reconciliations in one run, each in a currency of its own
REFERENCES = [
    "",
    "",
    "inv1",
    "INV-1",
    "inv2",
    "inv12",
    "straße",
    "STRASSE",
    "inv22_q",
    "inv 01",
    "pays INV-1",
    "--",
    "0012345",
    "7",
]
DESCRIPTIONS = ["", "Coffee", "coffee shop", "Cofee", "tea", "TEA", "for inv 1", "INV-12, 1", "inv 1 2", "12345 7"]
DRIFTS = {"amount": ["0", "0.1", "0.25", 1], "date": [0, 3600, 90000, 1.5], "reference": [0, 20, 50]}
TOLERANCES: dict[str, list[dict[str, Any]]] = {
    "amount": [
        {"allowable_drift": ["-0.25", "0.1"]},
        {"allowable_amount": "1"},
        {"allowable_amount": ["-2", "0.01"]},
        {"allowable_amount": "1", "allowable_drift": ["-0.5", "0.5"]},
        {"expected": "-0.25"},
        {"expected": "-1"},
        {"allowable_amount": "1", "expected": "-1.005"},
        {"allowable_drift": ["-0.4", "0"], "expected": "-0.333"},
    ],
    "date": [
        {"allowable_drift": [-3600, 90000]},
        {"expected": 86400},
        {"expected": "0.5", "allowable_drift": [-90000, 90001]},
        {"allowable_drift": ["-86400.000001", 0], "expected": "-1.5"},
        {"business_days": 1},
        {"business_days": [0, 1], "calendar": ["2026-03-03"]},
        {"business_days": [-2, -1]},
    ],
}
OPERATORS = {
    "amount": ["equals", "equals", "equals", "greater_than", "less_than"],
    "date": ["equals", "equals", "equals", "after", "before", "greater_than", "less_than"],
    "reference": ["equals", "contains", "equals_loosely", "mentions"],
    "description": ["equals", "contains", "equals_loosely", "mentions"],
    "currency": ["equals"],
}


def random_rule(rnd: random.Random, number: int) -> dict[str, Any]:
    criteria = []
    for field in rnd.sample(sorted(OPERATORS), rnd.randint(1, 4)):
        operator = rnd.choice(OPERATORS[field])
        takes_drift = operator == ("contains" if field in ("reference", "description") else "equals")
        drifts = DRIFTS.get("reference" if field == "description" else field, [0]) if takes_drift else [0]
        criteria.append({"field": field, "operator": operator, "allowable_drift": rnd.choice(drifts)})
        if operator == "equals" and field in ("amount", "date") and rnd.random() < 0.5:
            criteria[-1] |= {"allowable_drift": 0, "workbench": rnd.choice(TOLERANCES[field])}
        if field in ("reference", "description") and rnd.random() < 0.4:
            criteria[-1]["workbench"] = random_columns(rnd)
    rule = {"name": f"rule {number}", "criteria": criteria}
    if not {"reference", "description"} & {criterion["field"] for criterion in criteria} and rnd.random() < 0.3:
        rule["workbench"] = {"ignore_references": True}
    return rule


def random_columns(rnd: random.Random) -> dict[str, Any]:
    own: dict[str, Any] = {
        side: rnd.choice(["reference", "description", "note", "meta.order"])
        for side in ("external", "internal")
        if rnd.random() < 0.6
    }
    if rnd.random() < 0.3:
        own["pattern"] = rnd.choice(["[0-9]+", {"external": "(?i)inv-?([0-9])"}, {"internal": "^(?:pays )?(.*)$"}])
    return own


def random_rows(rnd: random.Random, side: str, factor: Decimal) -> list[dict[str, Any]]:
    ids, date = ("id", "date") if side == "external" else ("transaction_id", "created_at")
    rows = []
    for case in range(CASES):
        for _ in range(rnd.randint(1, 5)):
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(
                days=rnd.randint(0, 2),
                hours=rnd.choice([0, 0, 23]),
                microseconds=rnd.choice([0, 0, 1, 1_500_000]),
            )
            rows.append(
                {
                    ids: "",
                    "amount": str((rnd.randint(-4, 6) + rnd.choice([Decimal(0), Decimal("0.01")])) * factor),
                    "currency": f"C{case:03}",
                    "reference": rnd.choice(REFERENCES),
                    "description": rnd.choice(DESCRIPTIONS),
                    date: moment,
                    "source": rnd.choice(["a", "b"]),
                    "note": rnd.choice(REFERENCES),
                    "meta": {"order": rnd.choice(["", "1", "INV-1"])},
                }
            )
            if side == "internal":
                rows[-1] |= {
                    "parent_transaction": rnd.choice([None, "p1", "p2"]),
                    "destination": rnd.choice(["x", "y"]),
                    "status": "APPLIED",
                }
    for number, label in enumerate(rnd.sample(range(len(rows)), len(rows))):
        rows[number][ids] = f"{side[0]}{label:04}"
    return rows


def random_grouping(rnd: random.Random) -> dict[str, Any]:
    strategy = rnd.choice(["one_to_one", "one_to_many", "many_to_one", "many_to_many"])
    if strategy == "one_to_one":
        return {"strategy": strategy}
    names = {side: [*sorted(choices), "note", "meta.order"] for side, choices in GROUPING_CRITERIA.items()}
    chosen = {side: rnd.sample(own, rnd.choice([1, 1, 2])) for side, own in names.items()}
    by_side = {"one_to_many": chosen["internal"], "many_to_one": chosen["external"]}
    return {"strategy": strategy, "grouping_criteria": by_side.get(strategy, chosen)}


def settling(rnd: random.Random, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule for records of one side that sum to nothing, with what of its criteria such a rule can say."""
    side = rnd.choice(["external", "internal"])
    other = "internal" if side == "external" else "external"
    own = [criterion for criterion in rule["criteria"] if criterion["field"] != "amount"]
    for criterion in own:
        criterion.get("workbench", {}).pop(other, None)
    amount = {"field": "amount", "operator": "equals", "allowable_drift": 0}
    if not own or rnd.random() < 0.5:
        own.append(amount)
    names = [*sorted(GROUPING_CRITERIA[side]), "note", "meta.order"]
    criteria = {"grouping_criteria": [rnd.choice(names)]} if rnd.random() < 0.5 else {}
    return rule | {"criteria": own, "workbench": {"strategy": f"within_{side}", **criteria}}


def random_settings(rnd: random.Random) -> dict[str, Any]:
    grouping = random_grouping(rnd)
    if grouping["strategy"] == "one_to_one":
        return grouping
    return grouping | {
        "grouping_grain": rnd.choice(["day", "day", "instant"]),
        "grouping_timezone": rnd.choice(["UTC", "Asia/Kolkata"]),
        "day_starts": rnd.choice(["00:00", "18:30"]),
    }


def instants(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]


def run(external: list[Any], internal: list[Any], rules: list[Any], settings: dict[str, Any]) -> wb.Result:
    return wb.reconcile(
        wb.read_external(instants(external)),
        wb.read_internal(instants(internal)),
        rules=[wb.Rule.from_dict(rule) for rule in rules],
        **settings,
    )


@pytest.mark.parametrize("seed", range(10))
def test_every_pass_is_a_best_assignment(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 5 == 0:
        monkeypatch.setattr(kernels, "COMPILE_FROM", 0)  # the same, by the compiled kernels
    rnd = random.Random(seed)
    settings = random_settings(rnd)
    rules = [random_rule(rnd, number) for number in range(rnd.choice([1, 1, 2, 3]))]
    for number, rule in enumerate(rules):
        if len(rules) > 1 and rnd.random() < 0.5:
            own = rule.get("workbench", {}) | random_grouping(rnd)
            rules[number] = settling(rnd, rule) if rnd.random() < 0.4 else rule | {"workbench": own}
    # Amounts of 34 digits pass 64 bits: the same, in Python's integers.
    factor = Decimal("1000000000000000.0000000000000001") if seed % 6 == 1 else Decimal(1)
    with localcontext(prec=60):
        external, internal = random_rows(rnd, "external", factor), random_rows(rnd, "internal", factor)
    result = run(external, internal, rules, settings)
    check_against_oracle(result, external, internal, rules, settings)

    shuffled = run(rnd.sample(external, len(external)), rnd.sample(internal, len(internal)), rules, settings)
    assert shuffled.matches.equals(result.matches)
    assert shuffled.near_misses.equals(result.near_misses)
    assert shuffled.unmatched_external.equals(result.unmatched_external)


def grouped_as(settings: dict[str, Any], rule: dict[str, Any]) -> tuple[Any, ...]:
    chosen = settings | rule.get("workbench", {})
    return chosen["strategy"], *(oracle.grouping(chosen, side) for side in ("external", "internal"))


def check_against_oracle(
    result: wb.Result, external: list[Any], internal: list[Any], rules: list[Any], settings: dict[str, Any]
) -> None:
    pairs = matched_units(result)
    digits = -int(min(Decimal(row["amount"]).as_tuple().exponent for row in [*external, *internal]))
    names = oracle.names(external, internal)
    matched: list[tuple[str, oracle.Unit, oracle.Unit]] = []
    for case in range(CASES):
        currency = f"C{case:03}"
        still_open = {
            side: [row for row in rows if row["currency"] == currency]
            for side, rows in (("external", external), ("internal", internal))
        }
        for number, rule in enumerate(rules):
            own = grouped_as(settings, rule)
            comparable = [rule, *(later for later in rules[number + 1 :] if grouped_as(settings, later) == own)]
            taken: set[str] = set()
            for units_e, units_i in offered(rule, settings, still_open, names):
                by_ids = {unit.ids: unit for unit in [*units_e, *units_i]}
                made = [(by_ids[e], by_ids[i], others) for e, i, others in pairs[rule["name"]] if e in by_ids]
                assert all(oracle.allowed(rule, e, i) for e, i, _ in made)
                matched += [(rule["name"], e, i) for e, i, _ in made]
                expected = oracle.best(rule, units_e, units_i, digits)
                assert oracle.made(rule, units_e, [(e, i) for e, i, _ in made], digits) == expected
                for e, i, others in made:
                    degrees = sum(any(oracle.allowed(one, e, other) for one in comparable) for other in units_i)
                    degrees += sum(any(oracle.allowed(one, other, i) for one in comparable) for other in units_e)
                    assert others == degrees - 2
                taken |= {name for e, i, _ in made for name in e.ids | i.ids}
            still_open = {
                side: [row for row in rows if oracle.row_id(row) not in taken] for side, rows in still_open.items()
            }

    figures = ["matches", "external_amount", "internal_amount", "difference_debit", "difference_credit"]
    rows = result.tables["differences"].to_pylist()
    assert {
        (row["rule"], row["currency"]): tuple(Fraction(row[figure]) for figure in figures) for row in rows
    } == oracle.differences(matched)


def offered(
    rule: dict[str, Any], settings: dict[str, Any], still_open: dict[str, list[Any]], names: dict[str, set[object]]
) -> list[tuple[list[oracle.Unit], list[oracle.Unit]]]:
    """The units that a rule may match: those of both sides, or debits and credits of one side that may settle."""
    chosen = settings | rule.get("workbench", {})
    clock = [chosen.get("grouping_grain", "day"), chosen.get("grouping_timezone", "UTC")]
    clock.append(chosen.get("day_starts", "00:00"))
    if chosen["strategy"].startswith("within"):
        side = chosen["strategy"].removeprefix("within_")
        return oracle.opposites(still_open[side], side, rule["workbench"].get("grouping_criteria", ()), *clock)
    external, internal = (
        oracle.with_names(oracle.units(rows, side, oracle.grouping(chosen, side), *clock), names)
        for side, rows in still_open.items()
    )
    return [(external, internal)]


def matched_units(result: wb.Result) -> dict[str, list[tuple[frozenset[str], frozenset[str], int]]]:
    """The pairs of units of each rule, as sets of record ids; no record may stand in two of them."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str], int]]] = defaultdict(list)
    used: list[str] = []
    for _, rows in result.matches.groupby("match_id"):
        e, i = (frozenset(rows[f"{side}_transaction_id"].dropna()) for side in ("external", "internal"))
        if not (e and i):  # settled: the debits, and the credits
            names = rows["external_transaction_id"].fillna(rows["internal_transaction_id"])
            amounts = [Fraction(amount) for amount in rows["amount"]]
            assert sum(amounts) == 0
            own = list(zip(names, amounts, strict=True))
            e, i = (frozenset(name for name, amount in own if (amount < 0) == debit) for debit in (True, False))
        assert len(rows) == (len(e) * len(i) if len(rows.dropna()) else len(e) + len(i))
        found[rows["rule"].iloc[0]].append((e, i, int(rows["alternatives"].iloc[0])))
        used += [*e, *i]
    assert len(used) == len(set(used))
    return found
