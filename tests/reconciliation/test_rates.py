"""Rates: records of two currencies match by amounts that are converted exactly, at the rate of the day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import oracle
import pandas as pd
import pytest

import workbench as wb
from workbench import cli
from workbench.runs.audit.perform import perform
from workbench.runs.audit.verify import verify

REFERENCE = wb.Criterion("reference")
USD_TO_AUD = {"date": "2025-12-04", "from": "USD", "to": "AUD", "rate": "1.4185"}


def paid(name: str, amount: str, currency: str = "AUD", day: int = 5) -> dict[str, str]:
    return {"id": name, "amount": amount, "currency": currency, "date": f"2025-12-{day:02}", "reference": name[1:]}


def booked(name: str, amount: str, currency: str = "USD") -> dict[str, str]:
    row = {"transaction_id": name, "amount": amount, "currency": currency, "created_at": "2025-12-01"}
    return row | {"reference": name[1:], "status": "APPLIED", "source": "@c", "destination": "bln_bank"}


def foreign(*criteria: wb.Criterion, **own: Any) -> wb.Rule:
    return wb.Rule("Foreign", [REFERENCE, *criteria], across_currencies=True, **own)


def reconcile(external: list[Any], internal: list[Any], rule: wb.Rule, rates: Any) -> wb.Result:
    return wb.reconcile(wb.read_external(external), wb.read_internal(internal), rules=[rule], rates=rates)


def test_a_payment_in_another_currency_is_found_with_its_rate() -> None:
    rule = foreign(wb.Criterion("amount"), account="@FX")
    result = reconcile([paid("b9", "141.85")], [booked("t9", "100.00")], rule, [USD_TO_AUD])
    [match], [conversion] = (result.tables[name].to_pylist() for name in ("matches", "conversions"))
    assert (match["amount"], match["currency"], match["amount_difference"]) == (Decimal("141.85"), "AUD", None)
    assert " ".join(str(value) for value in conversion.values()) == (
        "match_1 Foreign AUD 141.85 USD 100.00 2025-12-04 USD AUD 1.4185 100.00 0.00"
    )
    # Each of the two amounts stands in its own currency, and both are entries.
    rows = result.differences[["currency", "difference"]].values.tolist()
    assert rows == [["AUD", Decimal("141.85")], ["USD", Decimal("-100.00")]]
    ends = [(entry["currency"], entry["source"], entry["destination"]) for entry in result.adjustments_for_blnk()]
    assert sorted(ends) == [("AUD", "@FX", "bln_bank"), ("USD", "bln_bank", "@FX")]


def test_amounts_are_compared_as_fractions() -> None:
    rates = [{"date": "2025-12-05", "from": "EUR", "to": "USD", "rate": 3}]  # 1 USD is a third of a EUR

    def matches(**tolerance: Any) -> int:
        rule = foreign(wb.Criterion("amount", **tolerance))
        return len(reconcile([paid("b1", "1.00", "USD")], [booked("t1", "0.33", "EUR")], rule, rates).matches)

    assert matches() == 0
    assert matches(allowable_amount="0.00333333333333333333") == 0
    assert matches(allowable_amount="0.00333333333333333334") == 1
    assert matches(allowable_drift="0.010101010101010102") == 1  # a third is by 1/99 more than 0.33
    assert matches(allowable_drift="0.010101010101010101") == 0


def test_a_rate_is_that_of_the_day_or_of_the_last_one_up_to_a_week_before() -> None:
    days = [{**USD_TO_AUD, "date": f"2025-12-{day:02}", "rate": rate} for day, rate in ((1, "2"), (3, "1.5"))]
    rates = wb.read_rates(days)
    found = {day: rates.find("USD", "AUD", date(2025, 12, day)) for day in (1, 2, 3, 10, 11)}
    assert [rate and str(rate.rate) for rate in found.values()] == ["2", "2", "1.5", "1.5", None]
    assert rates.find("USD", "AUD", date(2025, 11, 30)) is None
    # Without a rate a pair is no candidate; records of one currency need none.
    external = [paid("b1", "200", day=20), paid("b2", "7", "USD", day=20)]
    result = reconcile(external, [booked("t1", "100"), booked("t2", "7")], foreign(wb.Criterion("amount")), days)
    assert result.matches["external_transaction_id"].tolist() == ["b2"]
    assert result.conversions.empty


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"rate": "0"}, "row 2, rate: takes a number above 0, such as 1.4185, not '0'"),
        ({"rate": "much"}, "row 2, rate: takes a number above 0"),
        ({"to": "USD"}, "row 2, from: takes the code of another currency"),
        ({"date": "5.12.2025"}, "row 2, date: takes a day such as 2025-12-05, not '5.12.2025'"),
        ({"rate": "1.5"}, "row 2: USD to AUD has two rates on 2025-12-04, 1.4185 and 1.5"),
    ],
)
def test_rates_that_cannot_be_used_are_refused(row: dict[str, str], says: str) -> None:
    with pytest.raises(wb.SourceError, match=says):
        wb.read_rates([USD_TO_AUD, USD_TO_AUD | row])


def test_rates_come_as_any_table(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("Date;From;To;Rate\n2025-12-04;usd;AUD;1.4185\n")
    expected = wb.read_rates([USD_TO_AUD]).of_pairs
    typed = pd.DataFrame([USD_TO_AUD | {"date": pd.Timestamp("2025-12-04"), "rate": Decimal("1.4185")}])
    assert wb.read_rates(path).of_pairs == wb.read_rates(typed).of_pairs == expected
    with pytest.raises(wb.SourceError, match="has no column 'rate': rates have the columns date, from, to, rate"):
        wb.read_rates([{"date": "2025-12-04", "from": "USD", "to": "AUD"}])


def test_what_does_not_fit_is_refused() -> None:
    records = wb.read_external([paid("b1", "1")]), wb.read_internal([booked("t1", "1")])
    with pytest.raises(wb.SettingsError, match="'Foreign' crosses currencies: give rates=, a table of date, from, to"):
        wb.reconcile(*records, rules=[foreign()])
    with pytest.raises(wb.SettingsError, match="across_currencies goes without a remainder"):
        foreign(remainder="open")
    with pytest.raises(wb.SettingsError, match="'Foreign' crosses currencies: give rates=, a table of date, from, to"):
        wb.what_if(wb.reconcile(*records), *records, [foreign()])
    assert wb.Rule.from_dict(foreign().to_dict()) == foreign()
    assert foreign().describe().endswith("Amounts of other currencies are converted at the rate of the day.")


def test_what_if_a_rule_crossed_currencies() -> None:
    records = (
        wb.read_external([paid("b1", "141.85"), paid("b2", "5.00", "USD")]),
        wb.read_internal([booked("t1", "100.00"), booked("t2", "5.00")]),
    )
    exact = wb.Rule("Exact", [REFERENCE, wb.Criterion("amount")])
    rules = [exact, foreign(wb.Criterion("amount"))]
    found = wb.what_if(wb.reconcile(*records, rules=[exact]), *records, rules, rates=[USD_TO_AUD])
    assert (found.matched, found.gained.credits) == (2, {"AUD": Decimal("141.85")})
    [row] = found.table("gained").to_pylist()
    assert [str(row[name]) for name in ("currency", "external_amount", "internal_currency", "internal_amount")] == [
        *("AUD", "141.85", "USD", "100.00"),
    ]
    assert row["amount_difference"] is None
    result = wb.reconcile(*records, rules=rules, rates=[USD_TO_AUD])
    lost = wb.what_if(result, *records, [exact, foreign(wb.Criterion("amount", "less_than"))], rates=[USD_TO_AUD])
    assert [row["external_transaction_id"] for row in lost.table("lost").to_pylist()] == ["b1"]
    assert wb.what_if(result, *records, rules, rates=[USD_TO_AUD]).table("gained").num_rows == 0


def test_a_run_with_rates_is_verified_performed_and_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame([paid("b9", "141.85")]).to_csv("paid.csv", index=False)
    pd.DataFrame([booked("t9", "100.00")]).to_csv("booked.csv", index=False)
    pd.DataFrame([USD_TO_AUD]).to_csv("rates.csv", index=False)
    wb.save_rules([foreign(wb.Criterion("amount"))], "rules.json")
    words = ["reconcile", "paid.csv", "booked.csv", "--rules", "rules.json"]
    assert cli.run([*words, "--out", "none"]) == 2
    assert "crosses currencies: give --rates FILE" in capsys.readouterr().err
    assert cli.run([*words, "--rates", "rates.csv", "--out", "run"]) == 0
    assert verify("run").problems == ()
    Path("rates.csv").rename("moved.csv")
    assert perform("run").differences == ()
    Path("moved.csv").rename("rates.csv")
    assert cli.run(["reconcile", "--settings", "run/settings.json", "--trust-settings", "--out", "again"]) == 0
    in_memory = reconcile([paid("b9", "141.85")], [booked("t9", "100")], foreign(), [USD_TO_AUD])
    wb.write_run(in_memory, "memory")
    assert perform("memory").differences == ()


@pytest.mark.parametrize("seed", range(3))
def test_random_currencies_match_as_in_plain_python(seed: int) -> None:
    rnd = random.Random(seed)
    names = ["AUD", "EUR", "USD"]
    pairs = [(one, other) for one in names for other in names if one != other and rnd.random() < 0.7]
    rates = [
        # The other way round, each of these has a few decimals too.
        {"date": f"2026-03-0{day}", "from": one, "to": other, "rate": rnd.choice(["0.8", "1.25", "2", "0.5", "1.6"])}
        for one, other in pairs
        for day in rnd.sample(range(1, 6), rnd.randint(1, 3))
    ] or [USD_TO_AUD]
    external, internal = (random_rows(rnd, side, names) for side in ("external", "internal"))
    drift = rnd.choice(["0", "0.1", "0.25"])
    rule = foreign(wb.Criterion("amount", "equals", drift))
    text = [
        [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]
        for rows in (external, internal)
    ]
    result = reconcile(*text, rule, rates)
    shuffled = [rnd.sample(rows, len(rows)) for rows in text]
    again = reconcile(*shuffled, rule, rates)
    assert all(again.tables[name].equals(result.tables[name]) for name in ("matches", "conversions", "differences"))
    units = {
        side: [oracle.units([row], side, ())[0] for row in rows]
        for side, rows in (("external", external), ("internal", internal))
    }
    partner = dict(result.matches[["external_transaction_id", "internal_transaction_id"]].values.tolist())
    seen = 0
    for one, other in [*((name, name) for name in names), *((a, b) for a in names for b in names if a != b)]:
        e = [converted for unit in units["external"] if (converted := convert(unit, one, other, rates))]
        i = [unit for unit in units["internal"] if unit.rows[0]["currency"] == other]
        if one == other:
            e = [unit for unit in units["external"] if unit.rows[0]["currency"] == one]
        by_id = {next(iter(unit.ids)): unit for unit in i}
        made = [
            (unit, by_id[partner[next(iter(unit.ids))]]) for unit in e if partner.get(next(iter(unit.ids))) in by_id
        ]
        assert oracle.made(rule.to_dict(), e, made) == oracle.best(rule.to_dict(), e, i)
        seen += len(made)
        used = {name for pair in made for unit in pair for name in unit.ids}
        units = {side: [unit for unit in own if not unit.ids & used] for side, own in units.items()}
    assert seen == len(partner)


def convert(unit: oracle.Unit, one: str, other: str, rates: list[Any]) -> oracle.Unit | None:
    """The unit in another currency, at the latest rate of the week before its day."""
    if unit.rows[0]["currency"] != one:
        return None
    for base, quote in ((one, other), (other, one)):
        days = {
            date.fromisoformat(rate["date"]): Fraction(rate["rate"])
            for rate in rates
            if (rate["from"], rate["to"]) == (base, quote)
        }
        known = [day for day in days if timedelta(0) <= unit.date.date() - day <= timedelta(days=7)]
        if known:
            factor = days[max(known)]
            return replace(unit, amount=unit.amount * (factor if base == one else 1 / factor))
    return None


def random_rows(rnd: random.Random, side: str, names: list[str]) -> list[dict[str, Any]]:
    name, moment = ("id", "date") if side == "external" else ("transaction_id", "created_at")
    return [
        {
            name: f"{side[0]}{number:02}",
            "amount": Decimal(rnd.randint(-2, 20) * 10) / 100,
            "currency": rnd.choice(names),
            "reference": rnd.choice(["a", "b", "c"]),
            moment: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=rnd.randint(0, 14)),
        }
        for number in range(12)
    ]


def test_people_match_across_currencies_with_the_rate_that_the_amounts_come_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    records = {
        "external": wb.read_external([paid("b1", "141.85"), paid("b2", "7.00"), paid("b3", "1.00", "EUR")]),
        "internal": wb.read_internal([booked("t1", "100.00"), booked("t2", "7.00", "AUD"), booked("t3", "1.00")]),
    }
    decision = wb.decide(records, "match", external=["b1"], internal=["t1"], why="FX", by="ana")
    mixed = wb.decide(records, "match", external=["b2", "b3"], internal=["t3"], why="FX", by="ana")
    rest = wb.decide(records, "match", external=["b3"], internal=["t3"], why="FX", by="ana", remainder="open")
    for each in (decision, mixed, rest):
        wb.add_decision("decisions.jsonl", each)
    exact = wb.Rule("Exact", [REFERENCE, wb.Criterion("amount")])
    result = wb.reconcile(records["external"], records["internal"], rules=[exact], decisions="decisions.jsonl")
    assert result.decisions["state"].tolist() == ["applied", "conflicting", "conflicting"]
    assert [note.split(":")[0] for note in result.decisions["note"].tolist()[1:]] == [
        "the external records are in AUD and EUR",
        "the records are of two currencies, so that nothing of one amount can be applied to the other",
    ]
    matches = result.tables["matches"].to_pylist()
    assert [(row["rule"], row["amount_difference"]) for row in matches] == [
        ("by hand", None),
        ("Exact", Decimal("0.00")),
    ]
    [conversion] = result.tables["conversions"].to_pylist()
    assert " ".join(str(value) for value in conversion.values()) == (
        "match_1 by hand AUD 141.85 USD 100.00 2025-12-05 AUD USD 0.704970038773 100.00 0.00"
    )
    rows = result.differences[["rule", "currency", "difference"]].values.tolist()
    assert rows == [["by hand", "AUD", Decimal("141.85")], ["by hand", "USD", Decimal("-100.00")]]
    assert sorted(result.adjustments()["currency"]) == ["AUD", "USD"]
    wb.write_run(result, "run")
    assert verify("run").problems == ()
    assert perform("run").differences == ()
