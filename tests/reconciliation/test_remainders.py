"""Remainders: of two amounts that differ the smaller is applied, and the rest stays open for later rules."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import oracle
import pyarrow as pa
import pytest

import workbench as wb
from workbench.reconciliation.matching import kernels
from workbench.runs.audit.cross_checks import cross_check
from workbench.runs.audit.verify import verify
from workbench.runs.folder.saved import load_saved

REFERENCE = wb.Criterion("reference")
PART = wb.Rule("Part payment", [REFERENCE], remainder="open")


def paid(name: str, amount: str, day: int = 5, reference: str = "INV-7") -> dict[str, str]:
    return {"id": name, "amount": amount, "currency": "EUR", "date": f"2025-12-{day:02}", "reference": reference}


def booked(name: str, amount: str, day: int = 1, reference: str = "INV-7") -> dict[str, str]:
    row = {"transaction_id": name, "amount": amount, "currency": "EUR", "created_at": f"2025-12-{day:02}"}
    return row | {"reference": reference, "status": "APPLIED", "destination": "bln_bank"}


def reconcile(external: list[Any], internal: list[Any], *rules: wb.Rule) -> wb.Result:
    return wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=rules)


def matched(result: wb.Result) -> list[str]:
    names = ["rule", "external_transaction_id", "internal_transaction_id", "amount", "amount_difference", "remainder"]
    return [" ".join(str(row[name]) for name in names) for row in result.tables["matches"].to_pylist()]


def test_of_an_invoice_that_is_paid_in_part_the_rest_is_open() -> None:
    result = reconcile([paid("b1", "40.00")], [booked("t1", "100.00")], PART)
    assert matched(result) == ["Part payment b1 t1 40.00 0.00 -60.00"]
    assert result.unmatched_internal[["open_amount", "counted_amount", "reason"]].values.tolist() == [
        [Decimal(60), Decimal(100), "a part of it is matched, and this is the rest"]
    ]
    external, internal = result.tables["control_totals"].to_pylist()
    assert (internal["records_matched"], internal["records_unmatched"]) == (0, 1)
    assert (internal["amount_matched"], internal["amount_unmatched"], external["amount_matched"]) == (40, 60, 40)
    assert result.differences.empty


def test_the_rest_takes_part_in_later_rules() -> None:
    exact = wb.Rule("Rest", [REFERENCE, wb.Criterion("amount")])
    external, internal = [paid("b1", "40"), paid("b2", "60", 9)], [booked("t1", "100")]
    result = reconcile(external, internal, PART, exact)
    assert matched(result) == ["Part payment b2 t1 60 0 -40", "Rest b1 t1 40 0 0"]  # the nearer first
    assert result.unmatched_internal.empty
    # A payment of more than the invoice is open with what is left of it.
    more = reconcile([paid("b1", "130")], internal, PART)
    assert matched(more) == ["Part payment b1 t1 100 0 30"]
    assert more.unmatched_external["open_amount"].tolist() == [30]


def test_of_a_group_the_earliest_records_are_applied_first() -> None:
    group = wb.Rule("Part", [REFERENCE], remainder="open", strategy="one_to_many", grouping_criteria="reference")
    internal = [booked("t1", "50", 3), booked("t2", "30", 2), booked("t3", "-10", 9), booked("t4", "20", 4)]
    result = reconcile([paid("b1", "60")], internal, group)
    assert matched(result) == [
        "Part b1 t1 40 0 -30",
        "Part b1 t2 30 0 -30",
        "Part b1 t3 -10 0 -30",
    ]
    rest = result.unmatched_internal[["transaction_id", "open_amount"]].values.tolist()
    assert rest == [["t1", Decimal(10)], ["t4", Decimal(20)]]


def test_amounts_of_unlike_signs_have_nothing_in_common() -> None:
    for amount in ("-40", "0"):
        assert reconcile([paid("b1", amount)], [booked("t1", "100")], PART).matches.empty
    refunded = reconcile([paid("b1", "-40")], [booked("t1", "-100")], PART)
    assert matched(refunded) == ["Part payment b1 t1 -40 0 60"]
    assert refunded.unmatched_internal["open_amount"].tolist() == [-60]


def test_a_column_of_the_input_called_so_keeps_its_values() -> None:
    result = reconcile([paid("b1", "40")], [booked("t1", "100") | {"open_amount": "mine"}], PART)
    assert result.unmatched_internal["record_open_amount"].tolist() == ["mine"]


def test_a_remainder_is_written_said_and_checked() -> None:
    assert wb.Rule.from_dict(PART.to_dict()) == PART
    assert PART.describe().endswith("The smaller amount is applied, and the rest of the larger stays open.")
    with pytest.raises(wb.SettingsError, match="unknown remainder 'opne'"):
        wb.Rule("R", [REFERENCE], remainder="opne")


def test_a_run_folder_with_remainders_is_verified_and_a_lie_is_noticed(tmp_path: Path) -> None:
    external, internal = [paid("b1", "40"), paid("b2", "60", 9)], [booked("t1", "130")]
    wb.write_run(reconcile(external, internal, PART, PART), tmp_path / "run")
    assert verify(tmp_path / "run").problems == ()
    run = load_saved(tmp_path / "run")
    rest = run.tables["unmatched_internal"]
    lie = pa.array([Decimal(31)], rest["open_amount"].type)
    run.tables["unmatched_internal"] = rest.set_column(rest.column_names.index("open_amount"), "open_amount", lie)
    assert any("unmatched credit 30, but unmatched_internal sums to 31" in problem for problem in cross_check(run))


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def by_hand(folder: Path, external: list[Any], internal: list[Any], **decided: Any) -> wb.Result:
    """A match by hand of all these records, then one of what is open with equal amounts."""
    sides = {"external": wb.read_external(external), "internal": wb.read_internal(internal)}
    ids = {"external": [row["id"] for row in external if row["reference"] == "INV-7"]}
    ids["internal"] = [row["transaction_id"] for row in internal]
    wb.add_decision(folder / "j.jsonl", wb.decide(sides, "match", **ids, why="part payment", **decided))
    return wb.reconcile(**sides, decisions=folder / "j.jsonl", rules=[wb.Rule("rule", [wb.Criterion("amount")])])


def test_by_hand_the_rest_stays_open_where_that_is_said(tmp_path: Path) -> None:
    external = [paid("b1", "40.00"), paid("b2", "60.00", 2, "INV-9")]
    result = by_hand(tmp_path, external, [booked("t1", "100.00")], remainder="open")
    assert matched(result) == [
        "by hand b1 t1 40.00 0.00 -60.00",
        "rule b2 t1 60.00 0.00 0.00",
    ]
    assert result.unmatched_internal.empty
    assert result.summary.matched_internal_transactions == 1
    alone = by_hand(made(tmp_path / "alone"), external[:1], [booked("t1", "100.00")], remainder="open")
    assert alone.unmatched_internal["open_amount"].tolist() == [60]
    _, internal = alone.tables["control_totals"].to_pylist()
    assert (internal["records_unmatched"], internal["amount_matched"], internal["amount_unmatched"]) == (1, 40, 60)
    wb.write_run(alone, tmp_path / "run")
    assert verify(tmp_path / "run").problems == ()


def test_by_hand_of_several_records_the_earliest_are_taken_first(tmp_path: Path) -> None:
    internal = [booked("t1", "50", 3), booked("t2", "30", 2), booked("t3", "-10", 9), booked("t4", "20", 4)]
    result = by_hand(tmp_path, [paid("b1", "60")], internal, remainder="open")
    assert matched(result) == ["by hand b1 t1 40 0 -30", "by hand b1 t2 30 0 -30", "by hand b1 t3 -10 0 -30"]
    rest = result.unmatched_internal[["transaction_id", "open_amount"]].values.tolist()
    assert rest == [["t1", Decimal(10)], ["t4", Decimal(20)]]


def test_by_hand_an_invoice_is_paid_in_three_parts_over_two_runs(tmp_path: Path) -> None:
    journal, invoice = tmp_path / "decisions.jsonl", wb.read_internal([booked("t1", "100.00")])
    payments = [paid("b1", "40.00"), paid("b2", "25.00", 12), paid("b3", "35.00", 20)]
    for count, rest in ((1, [Decimal(60)]), (3, [])):
        statement = wb.read_external(payments[:count])
        records = {"external": statement, "internal": invoice}
        for name in ["b1", "b2", "b3"][count // 2 : count]:
            part = wb.decide(records, "match", external=[name], internal=["t1"], why="part", remainder="open")
            wb.add_decision(journal, part)
        rule = wb.Rule("Exact", [REFERENCE, wb.Criterion("amount")])
        result = wb.reconcile(statement, invoice, rules=[rule], decisions=journal)
        left = result.unmatched_internal
        assert left["open_amount"].tolist() == rest if rest else left.empty
        wb.write_run(result, tmp_path / f"run{count}")
        assert verify(tmp_path / f"run{count}").problems == ()
    assert matched(result) == [
        "by hand b1 t1 40.00 0.00 -60.00",
        "by hand b2 t1 25.00 0.00 -35.00",
        "by hand b3 t1 35.00 0.00 0.00",
    ]


def test_by_hand_what_differs_is_a_difference_otherwise(tmp_path: Path) -> None:
    result = by_hand(tmp_path, [paid("b1", "40")], [booked("t1", "100")])
    assert result.unmatched_internal.empty
    assert result.differences["difference"].tolist() == [-60]
    against = by_hand(made(tmp_path / "against"), [paid("b1", "-40")], [booked("t1", "100")], remainder="open")
    assert against.decisions["note"].tolist()[-1] == (
        "one side pays in and the other out, so there is nothing to apply to both"
    )
    with pytest.raises(wb.SettingsError, match="remainder takes 'open', and goes with a match"):
        wb.decide(
            {"external": wb.read_external([paid("b1", "1")])}, "exclude", external=["b1"], why="x", remainder="open"
        )


@pytest.mark.parametrize("seed", range(4))
def test_random_remainders_are_those_of_plain_python(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rnd = random.Random(seed)
    if seed % 4 == 0:
        monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    factor = 10**20 if seed % 4 == 1 else 1
    rows = {side: random_rows(rnd, side, factor) for side in ("external", "internal")}
    rules = [random_rule(rnd, number) for number in range(3)]
    text = {
        side: [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in own]
        for side, own in rows.items()
    }
    result = reconcile(text["external"], text["internal"], *map(wb.Rule.from_dict, rules))
    still_open = {side: {oracle.row_id(row): row for row in own} for side, own in rows.items()}
    found = result.tables["matches"].to_pylist()
    for rule in rules:
        for currency in CURRENCIES:
            check_rule(rule, currency, still_open, [row for row in found if row["rule"] == rule["name"]])
    for side, name in (("external", "id"), ("internal", "transaction_id")):
        table = result.tables[f"unmatched_{side}"]
        column = "open_amount" if "open_amount" in table.column_names else "counted_amount"
        listed = {row[name]: Fraction(row[column]) for row in table.to_pylist()}
        assert listed == {own: Fraction(row["amount"]) for own, row in still_open[side].items()}


CURRENCIES = [f"C{number:02}" for number in range(25)]


def check_rule(rule: Any, currency: str, still_open: Any, found: list[Any]) -> None:
    """Hold the matches of a rule in a currency against all that there could be, and apply them to what is open."""
    own = rule.get("workbench", {})
    groups = {
        "one_to_one": {},
        "one_to_many": {"internal": ("reference",)},
        "many_to_one": {"external": ("reference",)},
    }[own.get("strategy", "one_to_one")]
    units = {
        side: oracle.units([row for row in rows.values() if row["currency"] == currency], side, groups.get(side, ()))
        for side, rows in still_open.items()
    }
    of_record = {name: unit for side in units.values() for unit in side for name in unit.ids}
    matches: dict[str, list[Any]] = {}
    for row in found:
        if row["currency"] == currency:
            matches.setdefault(row["match_id"], []).append(row)
    pairs = [
        (of_record[rows[0]["external_transaction_id"]], of_record[rows[0]["internal_transaction_id"]])
        for rows in matches.values()
    ]
    assert all(oracle.allowed(rule, e, i) for e, i in pairs)
    expected = oracle.best(rule, units["external"], units["internal"])
    assert oracle.made(rule, units["external"], pairs) == expected
    for (e, i), rows in zip(pairs, matches.values(), strict=True):
        smaller = min(e.amount, i.amount, key=abs)
        parts = {}
        for unit in (e, i):
            target = smaller if own.get("remainder") else unit.amount
            parts[unit.side] = oracle.applied(unit, target)
            for name, amount in parts[unit.side].items():
                rest = Fraction(still_open[unit.side][name]["amount"]) - amount
                if rest:
                    still_open[unit.side][name] = {**still_open[unit.side][name], "amount": Decimal(int(rest))}
                else:
                    del still_open[unit.side][name]
        if own.get("remainder"):
            assert {Fraction(row["remainder"]) for row in rows} == {e.amount - i.amount}
            shown = "internal" if "internal" in groups else "external"
            named = {row[f"{shown}_transaction_id"]: Fraction(row["amount"]) for row in rows}
            assert named == {name: amount for name, amount in parts[shown].items() if amount or name in named}


def random_rows(rnd: random.Random, side: str, factor: int) -> list[dict[str, Any]]:
    name, date = ("id", "date") if side == "external" else ("transaction_id", "created_at")
    count = 0
    rows = []
    for currency in CURRENCIES:
        for _ in range(rnd.randint(1, 5)):
            count += 1
            rows.append(
                {
                    name: f"{side[0]}{count:04}",
                    "amount": Decimal(rnd.randint(-3, 12) * factor),
                    "currency": currency,
                    "reference": rnd.choice(["", "a", "b"]),
                    date: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=rnd.randint(0, 3)),
                }
            )
    rnd.shuffle(rows)
    return rows


def random_rule(rnd: random.Random, number: int) -> dict[str, Any]:
    criteria = [{"field": "reference", "operator": "equals"}, {"field": "date", "operator": "equals"}]
    criteria[1]["allowable_drift"] = rnd.choice([86400, 259200])  # type: ignore[assignment]
    own: dict[str, Any] = {"remainder": "open"} if number < 2 else {}
    strategy = rnd.choice(["one_to_one", "one_to_many", "many_to_one"])
    if strategy != "one_to_one":
        own |= {"strategy": strategy, "grouping_criteria": ["reference"]}
    if not number:
        criteria = criteria[: rnd.choice([1, 2])]
    return {"name": f"rule {number}", "criteria": criteria, **({"workbench": own} if own else {})}
