"""Suggestions in order of confidence, and accepted as decisions of people are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import workbench as wb
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.suggested import Suggestion, accept, expected_wrong, suggestions_of

MAYBE = wb.Rule("Maybe", [wb.Criterion("amount")], status="suggested")


def books(paid: dict[str, str], booked: dict[str, str]) -> dict[str, wb.Records]:
    """Records by id, each with an amount and a reference: ``10 INV-101``."""
    rows = {
        side: [
            {name: key, "currency": "EUR", date: "2026-03-01", "amount": own.split()[0], "reference": own[3:]}
            for key, own in given.items()
        ]
        for side, name, date, given in (
            ("external", "id", "date", paid),
            ("internal", "transaction_id", "created_at", booked),
        )
    }
    return {"external": wb.read_external(rows["external"]), "internal": wb.read_internal(rows["internal"])}


def pairs(suggestions: tuple[Suggestion, ...]) -> list[tuple[str, str]]:
    return [(",".join(each.external), ",".join(each.internal)) for each in suggestions]


def test_the_most_probable_come_first_and_what_has_no_probability_last_by_alternatives() -> None:
    numbers = range(8)
    paid = {f"e{n}": f"{10 + n} {f'INV-10{n}' if n % 2 else ''}" for n in numbers}
    booked = {f"t{n}": f"{10 + n} INV-10{n}" for n in numbers}
    paid |= {"x1": "50", "x2": "60", "x3": "60"}
    booked |= {"y1": "50", "y2": "60", "y3": "60"}
    certain = wb.Weighed(status="suggested", min_probability="0.95")
    result = wb.reconcile(**books(paid, booked), rules=[certain, MAYBE])
    suggested = suggestions_of(result)
    known = [each.probability for each in suggested if each.rule == certain.name]
    assert known == sorted(known, reverse=True)
    assert [each.rule for each in suggested] == [certain.name] * len(known) + [MAYBE.name] * (11 - len(known))
    others = [each.alternatives for each in suggested[len(known) :]]
    assert others == sorted(others)
    assert len(set(result.evidence["match_id"])) == len(known)
    evidence = result.evidence.set_index("match_id")["probability"]
    assert [evidence[each.match_id] for each in suggested[: len(known)]] == known
    assert expected_wrong(suggested) == sum((1 - each for each in known), Decimal(0))


def test_what_cannot_be_accepted_is_not_listed() -> None:
    records = books({"e1": "10", "e2": "20"}, {"t1": "10", "t2": "20"})
    first = wb.Rule("First", [wb.Criterion("amount")], status="suggested")
    result = wb.reconcile(**records, rules=[first, MAYBE])
    assert len(result.suggestions) == 4
    assert pairs(suggestions_of(result)) == [("e1", "t1"), ("e2", "t2")]  # each record once
    taken = wb.reconcile(**records, rules=[first, wb.Rule("Amount", [wb.Criterion("amount")])])
    assert suggestions_of(taken) == ()  # a later rule matched them


def test_groups_are_suggested_and_accepted_whole(tmp_path: Path) -> None:
    records = books({"e1": "30 R1"}, {"t1": "10 R1", "t2": "20 R1", "t3": "99 R2"})
    rules = [wb.Rule("Payout", [wb.Criterion("amount")], status="suggested")]
    grouped = {"strategy": "one_to_many", "grouping_criteria": "reference"}
    [suggestion] = suggestions_of(wb.reconcile(**records, rules=rules, **grouped))  # type: ignore[arg-type]
    assert (suggestion.external, suggestion.internal) == (("e1",), ("t1", "t2"))
    assert suggestion.external_amount == suggestion.internal_amount == Decimal(30)
    wb.add_decision(tmp_path / "j", *accept([suggestion], records))
    result = wb.reconcile(**records, rules=rules, decisions=tmp_path / "j", **grouped)  # type: ignore[arg-type]
    assert result.matches["rule"].tolist() == [BY_HAND] * 2
    assert result.decisions["why"].tolist() == ["suggested by rule 'Payout', no other pairs possible"]


def test_a_reason_that_is_given_stands_in_every_decision(tmp_path: Path) -> None:
    records = books({"e1": "10", "e2": "20"}, {"t1": "10", "t2": "20"})
    suggested = suggestions_of(wb.reconcile(**records, rules=[MAYBE]))
    wb.add_decision(tmp_path / "j", *accept(suggested, records, "seen by Ana"))
    journal = wb.read_decisions(tmp_path / "j")  # which holds the chain of its lines together
    assert [each.why for each in journal.decisions] == ["seen by Ana"] * 2
    assert len(wb.reconcile(**records, rules=[MAYBE], decisions=journal).matches) == 2
