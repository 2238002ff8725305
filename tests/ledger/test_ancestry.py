"""Parents, ancestors and roots, against a climb that goes one step at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.ledger.ancestry import ABSENT, CIRCULAR, ParentFinding, read_ancestry
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.open_records import all_open
from workbench.reconciliation.settings import make_settings
from workbench.reports.reconciliation import conclusion
from workbench.sides import SIDES

BY_REFERENCE = [wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")])]
Row = tuple[str, str, str, str]  # id, parent, status, what the queue keeps


def ledger(rows: list[Row]) -> wb.Records:
    return wb.read_internal(
        [
            {
                "transaction_id": name,
                "parent_transaction": parent,
                "status": status,
                "meta_data": json.dumps({"order": 7, "QUEUED_PARENT_TRANSACTION": kept}) if kept else None,
                "amount": "1",
                "currency": "EUR",
                "created_at": "2026-01-01",
            }
            for name, parent, status, kept in rows
        ]
    )


def climb(rows: list[Row]) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """The root of each transaction and its ancestors, found one by one."""
    by_id = {row[0]: row for row in rows}

    def named(name: str) -> str | None:
        _, parent, _, kept = by_id[name]
        return (parent if parent in by_id or kept in ("", name) else kept) or None

    def goes_round(name: str) -> bool:
        place: str | None = named(name)
        for _ in rows:
            if place == name:
                return True
            place = named(place) if place in by_id else None
        return False

    def above(name: str) -> str | None:
        parent = named(name)
        return parent if parent in by_id and not goes_round(name) else None

    roots, ancestors = {}, {}
    for name in by_id:
        top = name
        while (parent := above(top)) is not None and by_id[parent][2] in {"QUEUED", "SCHEDULED"}:
            top = parent
        kept = by_id[name][3]
        roots[name] = named(top) or (kept if kept != name else None) or (top if top != name else None)
        line, place = [], above(name)
        while place is not None:
            line.append(place)
            place = above(place)
        ancestors[name] = line
    return roots, ancestors


@st.composite
def forests(draw: st.DrawFn) -> list[Row]:
    """Rows whose parents are any of them or none, some of which go through the queue as two."""
    names = [f"t{number}" for number in range(draw(st.integers(1, 12)))]
    rows: list[Row] = []
    for name in names:
        parent = draw(st.sampled_from([*names, "", "gone"]))
        kept = draw(st.sampled_from(["", "", "split", parent, *names]))
        status = draw(st.sampled_from(["QUEUED", "SCHEDULED", "APPLIED", "INFLIGHT", "VOID"]))
        rows.append((name, parent, status, kept))
        if draw(st.booleans()):
            rows[-1] = (name, parent, "QUEUED", kept)
            rows.append((f"{name}'", name, "APPLIED", kept))
    return draw(st.permutations(rows))


@given(forests())
@settings(max_examples=30, deadline=None)
def test_roots_and_parents_are_those_of_a_climb(rows: list[Row]) -> None:
    ancestry = read_ancestry(ledger(rows))
    roots, ancestors = climb(rows)
    names = [row[0] for row in rows]
    assert dict(zip(names, ancestry.root.to_pylist(), strict=True)) == roots
    parents = [names[place] if place >= 0 else None for place in ancestry.parent.tolist()]
    assert parents == [next(iter(ancestors[name]), None) for name in names]


@given(forests(), st.sampled_from([None, "APPLIED", "QUEUED"]))
@settings(max_examples=15, deadline=None)
def test_groups_by_parent_are_those_of_a_climb_whatever_takes_part(rows: list[Row], status: str | None) -> None:
    bank = wb.read_external([{"id": "e", "amount": "1", "currency": "EUR", "date": "2026-01-01"}])
    chosen = make_settings(strategy="one_to_many", grouping_criteria="parent_transaction", statuses=status)
    books = read_books(bank, ledger(rows), chosen, [])
    held = {side: np.zeros(len(books.pool.side(side)), bool) for side in SIDES}
    units = all_open(books, held, chosen.grouping, {side: {} for side in SIDES}).pool.internal
    found: dict[int, set[str]] = defaultdict(set)
    for name, unit in zip(units.records["id"].take(units.row).to_pylist(), units.unit_of.tolist(), strict=True):
        found[unit].add(name)
    expected: dict[str, set[str]] = defaultdict(set)
    for name, root in climb(rows)[0].items():  # of what takes no part as well
        if status is None or next(row for row in rows if row[0] == name)[2] == status:
            expected[f"root {root}" if root else f"alone {name}"].add(name)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, expected.values()))


def test_a_chain_of_any_depth_ends_at_its_root() -> None:
    rows = [(f"t{depth}", f"t{depth - 1}" if depth else "split", "QUEUED", "") for depth in range(5_000)]
    ancestry = read_ancestry(ledger(rows))
    assert set(ancestry.root.to_pylist()) == {"split"}
    assert np.array_equal(ancestry.parent, np.arange(5_000) - 1)
    assert ancestry.findings == (ParentFinding(ABSENT, 1, "t0 (parent split)"),)


def test_parents_that_go_round_are_survived_and_counted() -> None:
    ancestry = read_ancestry(ledger([("a", "b", "QUEUED", ""), ("b", "a", "QUEUED", ""), ("c", "b", "APPLIED", "")]))
    assert ancestry.root.to_pylist() == ["b", "a", "a"]
    assert ancestry.findings == (ParentFinding(CIRCULAR, 2, "a (parent b), b (parent a)"),)


def test_what_the_queue_keeps_is_an_id_or_nothing() -> None:
    """Rows that keep the same object, list or truth value there have nothing to do with one another."""
    odd = ['{"x": 1}', "{}", "[1]", "[]", "true", "false", "null", '""', '"  "', "5", '"{9f-2}"']
    internal = wb.read_internal(
        [
            {
                "transaction_id": f"t{number}",
                "parent_transaction": "",
                "meta_data": f'{{"QUEUED_PARENT_TRANSACTION": {kept}}}',
                "amount": "1",
                "currency": "EUR",
                "created_at": "2026-01-01",
            }
            for number, kept in enumerate(odd)
        ]
    )
    assert read_ancestry(internal).root.to_pylist() == [None] * 9 + ["5", "{9f-2}"]


def booked(name: str, parent: str, reference: str, amount: str, status: str, **others: Any) -> dict[str, Any]:
    dated = {"currency": "EUR", "created_at": "2026-01-01", "source": "b1", "destination": "b2"}
    return {
        "transaction_id": name, "parent_transaction": parent, "reference": reference, "amount": amount,
        "status": status, **dated, **others,
    }  # fmt: skip


def matched(bank: tuple[str, str], rows: list[dict[str, Any]], **options: Any) -> list[str]:
    amount, reference = bank
    line = {"id": "e", "amount": amount, "reference": reference, "currency": "EUR", "date": "2026-01-01"}
    options = {"strategy": "one_to_many", "grouping_criteria": "parent_transaction", "rules": BY_REFERENCE} | options
    result = wb.reconcile(wb.read_external([line]), wb.read_internal(rows), **options)
    return list(result.matches["internal_transaction_id"])


def test_legs_that_went_through_the_queue_are_one_group_known_by_the_reference_of_the_split() -> None:
    kept = {"meta_data": json.dumps({"QUEUED_PARENT_TRANSACTION": "P"})}
    rows = [
        booked("q1", "P", "ref_1_1", "10", "QUEUED", **kept),
        booked("q2", "P", "ref_1_2", "90.01", "QUEUED", **kept),
        booked("a1", "q1", "ref_1_1_q", "10", "APPLIED", **kept),
        booked("a2", "q2", "ref_1_2_q", "90.01", "APPLIED", **kept),
    ]
    assert matched(("100.01", "ref_1"), rows) == ["a1", "a2"]
    assert matched(("100.01", "ref_1"), rows[2:]) == ["a1", "a2"]  # without the rows of the queue


def test_legs_that_skipped_the_queue_are_known_by_the_reference_of_the_split() -> None:
    rows = [booked("a1", "P", "ref-1", "10", "APPLIED"), booked("a2", "P", "ref-2", "5", "APPLIED")]
    assert matched(("15", "REF"), rows) == ["a1", "a2"]


def test_a_number_at_the_end_is_a_leg_s_only_beside_another_leg() -> None:
    rows = [booked("a1", "P", "INV-1", "10", "APPLIED"), booked("a2", "R", "INV-2", "5", "APPLIED")]
    assert matched(("10", "INV"), rows) == []
    assert matched(("10", "INV-1"), rows) == ["a1"]


def test_a_commit_is_known_by_the_reference_of_what_it_commits() -> None:
    rows = [
        booked("q", "", "ref_2", "10", "QUEUED"),
        booked("i", "q", "ref_2_q", "10", "INFLIGHT"),
        booked("c", "i", "ref_604a", "10", "APPLIED"),
    ]
    assert matched(("10.00", "ref_2"), rows) == ["c"]
    assert matched(("10.00", "ref_2"), rows, strategy="one_to_one", grouping_criteria=None) == ["c"]


def test_several_references_in_one_cell_are_several_texts() -> None:
    rows = [booked("a", "", "INV-2", "10", "APPLIED")]
    assert matched(("10", "INV-1 | inv-2"), rows) == ["a"]
    assert matched(("10", "INV-1 | INV-22"), rows) == []


def test_circles_and_parents_that_are_not_there_are_told_with_examples() -> None:
    rows = [(name, parent, "APPLIED", "") for name, parent in [("a", "b"), ("b", "a"), ("c", "gone"), ("d", "c")]]
    bank = wb.read_external([{"id": "e", "amount": "1", "currency": "EUR", "date": "2026-01-01"}])
    by_parent = {"strategy": "one_to_many", "grouping_criteria": "parent_transaction"}
    result = wb.reconcile(bank, ledger(rows), **by_parent)
    assert result.parents.values.tolist() == [
        [CIRCULAR, 2, "a (parent b), b (parent a)"],
        [ABSENT, 1, "c (parent gone)"],
    ]
    assert "2 transactions are their own ancestors" in conclusion(result).data
    nothing = wb.reconcile(
        bank, ledger(rows), rules=[wb.Rule("Amount", [wb.Criterion("amount")], ignore_references=True)]
    )
    assert nothing.parents.empty


def test_ids_are_compared_without_the_blanks_around_them() -> None:
    rows = [
        ("q", " split ", "QUEUED", ""),
        ("a", "q ", "APPLIED", ""),
        ("b", "split", "APPLIED", " "),
        ("c", " ", "VOID", " "),
    ]
    assert read_ancestry(ledger(rows)).root.to_pylist() == ["split", "split", "split", None]
