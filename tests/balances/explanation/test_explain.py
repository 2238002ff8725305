"""Explain: each kind of fault, planted in a small book, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.balances.books import at, book, ledger, snapshots
from workbench.balances.explanation.explain import explain
from workbench.balances.explanation.hypotheses import Hypothesis, looks_like
from workbench.balances.history import Posting, Totals, make_timeline
from workbench.balances.ledger import COUNTED
from workbench.balances.rebuild import reconstruct

LEDGER = (
    "c1 w b 5340 APPLIED 2026-01-01",
    "c2 w b 1270 APPLIED 2026-01-02",
    "c3 w b 880 APPLIED 2026-01-03",
    "c4 w b 2915 APPLIED 2026-01-04",
    "c5 w b 880 APPLIED 2026-01-05",
    "d1 b w 450 APPLIED 2026-01-06",
    "d2 b w 1333 APPLIED 2026-01-07",
    "d3 b w 700 APPLIED 2026-01-08",
    "q1 w b 613 QUEUED 2026-01-09",
    "v1 b w 77 VOID 2026-01-10",
)
CREDIT, DEBIT = 5340 + 1270 + 880 + 2915 + 880, 450 + 1333 + 700


def explained(credit: int, debit: int, off: int = 0, **more: object) -> tuple[Hypothesis, ...]:
    """What is said of a record whose credit, debit and balance are that far above what they should be."""
    record = book(f"b {CREDIT + credit} {DEBIT + debit} {CREDIT + credit - DEBIT - debit + off}")
    return reconstruct(record, ledger(*LEDGER), **more).explain("b")


@pytest.mark.parametrize(
    ("credit", "debit", "kind", "side", "ids", "verdict"),
    [
        (-1270, 0, "left_out", "credit", "c2", "only solution"),
        (0, -700, "left_out", "debit", "d3", "only solution"),
        (-880, 0, "left_out", "credit", "c3", "1 other"),
        (-1270 - 2915, 0, "left_out", "credit", "c2 c4", "only solution"),
        (-5340 - 880 - 2915, 0, "left_out", "credit", "c1 c3 c4", "1 other"),
        (2915, 0, "counted_twice", "credit", "c4", "only solution"),
        (0, 450 + 1333, "counted_twice", "debit", "d1 d2", "only solution"),
        (613, 0, "not_applied", "credit", "q1", "only solution"),
        (0, 77, "not_applied", "debit", "v1", "only solution"),
        (5430 - 5340, 0, "transposed", "credit", "c1", "only solution"),
        (5304 - 5340, 0, "transposed", "credit", "c1", "only solution"),
        (0, 13330 - 1333, "slipped", "debit", "d2", "only solution"),
        (127 - 1270, 0, "slipped", "credit", "c2", "only solution"),
        (0, 7 - 700, "slipped", "debit", "d3", "only solution"),
        (CREDIT * 99, 0, "slipped", "credit", "", "only solution"),
    ],
)
def test_a_fault_on_one_side_is_the_first_hypothesis(
    credit: int, debit: int, kind: str, side: str, ids: str, verdict: str
) -> None:
    first = explained(credit, debit)[0]
    assert (first.rank, first.kind, first.side) == (1, kind, side)
    assert first.transaction_ids == tuple(ids.split())
    assert first.verdict == verdict
    assert (first.accounts_for, first.share) == (debit - credit, 1)


@pytest.mark.parametrize(("credit", "debit", "ids"), [(-1270, 1270, "c2"), (1333, -1333, "d2")])
def test_a_posting_on_the_wrong_side_moves_both(credit: int, debit: int, ids: str) -> None:
    first, *rest = explained(credit, debit)
    assert (first.kind, first.side, first.transaction_ids) == ("wrong_side", "both", (ids,))
    assert (first.accounts_for, first.share) == (debit - credit, 1)
    assert {(each.kind, each.share) for each in rest} == {("left_out", Fraction(1, 2))}


def test_amounts_that_are_meant_and_recorded_are_said() -> None:
    [solution] = explained(90, 0)[0].solutions
    assert (solution.transaction_ids, solution.meant, solution.recorded) == (("c1",), 5340, 5430)


def test_a_record_of_another_precision_is_one_fault() -> None:
    first = explained(CREDIT * 9, DEBIT * 9)[0]
    assert (first.kind, first.side, first.share, first.verdict) == ("slipped", "both", 1, "only solution")
    assert "by a factor of 10." in first.sentence


def test_a_record_that_contradicts_itself_is_said_first_and_then_what_its_balance_lacks() -> None:
    first, second, *_ = explained(0, 0, off=-1270)
    assert (first.kind, first.side, first.accounts_for, first.verdict) == ("contradiction", "balance", 1270, "")
    assert (second.kind, second.side, second.transaction_ids) == ("left_out", "balance", ("c2",))


def test_each_side_that_is_off_is_explained_with_its_share() -> None:
    found = explained(-1270, 77, off=40)
    assert [(each.kind, each.side, each.accounts_for, each.share) for each in found if each.rank <= 3] == [
        ("left_out", "credit", 1270, Fraction(1270, 1307)),
        ("not_applied", "debit", 77, Fraction(77, 1307)),
        ("contradiction", "balance", -40, Fraction(-40, 1307)),
    ]
    assert sum(each.accounts_for for each in found[:3]) == 1270 + 77 - 40


def test_what_nothing_explains_is_said() -> None:
    [nothing] = explained(123_456_789_123, 0)
    assert (nothing.kind, nothing.side, nothing.accounts_for, nothing.transaction_ids) == ("none", "credit", 0, ())
    assert nothing.sentence.startswith("Nothing explains the credit, 123,456,789,123 less in the replay than")


def test_a_search_that_stopped_does_not_say_that_nothing_would_do() -> None:
    paid = [
        Posting(f"t{n}", at("2026-01-01"), "APPLIED", COUNTED, "w", 0, n * n * 1000 + 2 * n) for n in range(1, 4000)
    ]
    credit = sum(posting.credit for posting in paid)
    [nothing] = explain(make_timeline("b", paid, Totals(0, credit - 30_000_000_001, credit - 30_000_000_001), []))
    assert nothing.verdict == "search stopped at its budget"
    assert nothing.sentence == (
        "Nothing was found that explains the credit, 30,000,000,001 more in the replay than in the record: there are "
        "too many transactions to try every 4 or fewer together. Verdict: search stopped at its budget."
    )


def test_a_record_that_agrees_needs_no_explanation() -> None:
    [agreed] = explained(0, 0)
    assert (agreed.kind, agreed.accounts_for, agreed.share) == ("none", 0, None)
    assert agreed.sentence == "The record agrees with the replay."


def test_errors_that_offset_each_other_are_explained_without_a_share() -> None:
    found = explained(613, 613)
    assert {(each.kind, each.side, each.share) for each in found} == {
        ("not_applied", "credit", None),
        ("none", "debit", None),
    }


def test_a_record_of_a_later_moment_is_recognised() -> None:
    record = book(f"b {CREDIT} {DEBIT - 700}")
    first = reconstruct(record, ledger(*LEDGER), as_of="2026-01-03").explain("b")[0]
    assert (first.kind, first.side, first.share) == ("later", "both", 1)
    assert first.transaction_ids == ("c4", "c5", "d1", "d2")


def test_a_record_of_a_later_moment_holds_all_that_came_first() -> None:
    """The third and fourth later transaction would do as well, had the first and second not been before them."""
    record = book(f"b {5340 + 1270 + 880} {700 + 1333}")
    found = reconstruct(record, ledger(*LEDGER), as_of="2026-01-03").explain("b")
    assert "later" not in {each.kind for each in found}


def test_one_transaction_is_likelier_than_two_however_few_there_are_to_choose_from() -> None:
    """The two queued ones, of two, come to what one applied one, of five, does."""
    lines = [f"c{k} w b {units}" for k, units in enumerate((500, 310, 77, 1900, 23))]
    queued = ["q1 w b 190 QUEUED", "q2 w b 310 QUEUED"]
    first, second = reconstruct(book("b 3310 0"), ledger(*lines, *queued)).explain("b")[:2]
    assert (first.kind, first.transaction_ids, first.tried) == ("counted_twice", ("c0",), 5)
    assert (second.kind, second.transaction_ids, second.tried) == ("not_applied", ("q1", "q2"), 1)


@pytest.mark.parametrize(("times", "kind"), [(0, "left_out"), (2, "counted_twice")])
def test_a_stretch_that_a_process_missed_or_ran_twice_is_recognised(times: int, kind: str) -> None:
    """The fourth to the ninth of twenty payments in and out."""
    lines = [f"t{k:02} {'w b' if k % 3 else 'b w'} {100 + k * k * 7} APPLIED 2026-01-{k:02}" for k in range(1, 21)]
    units = {k: 100 + k * k * 7 for k in range(1, 21)}
    taken = {k: times if 4 <= k <= 9 else 1 for k in units}
    credit = sum(units[k] * taken[k] for k in units if k % 3)
    debit = sum(units[k] * taken[k] for k in units if not k % 3)
    found = reconstruct(book(f"b {credit} {debit}"), ledger(*lines)).explain("b")
    stretch = next(each for each in found if each.side == "both")
    assert (stretch.kind, stretch.share, stretch.rank) == (kind, 1, 1)
    assert stretch.transaction_ids == tuple(f"t{k:02}" for k in range(4, 10))


def test_snapshots_put_what_lies_between_them_under_suspicion() -> None:
    recorded = snapshots("b 2026-01-04T12:00 10405 0", "b 2026-01-05T12:00 10405 0")
    first = explained(-880, 0, snapshots=recorded)[0]
    assert (first.kind, first.transaction_ids, first.verdict) == ("left_out", ("c5",), "1 other")


def test_sets_under_suspicion_come_before_others_that_come_to_the_same() -> None:
    """300 and 400 were missed between snapshots; 100, between the same, and 600 would do as well and came first."""
    units = (600, 100, 300, 5000, 400)
    lines = [f"c{k} w b {amount} APPLIED 2026-01-0{k}" for k, amount in enumerate(units, 1)]
    recorded = snapshots("b 2026-01-01T12:00 600 0", "b 2026-01-03T12:00 700 0", "b 2026-01-04T12:00 5700 0")
    first = reconstruct(book("b 5700 0"), ledger(*lines), snapshots=recorded).explain("b")[0]
    assert (first.transaction_ids, first.verdict) == (("c3", "c5"), "1 other")


def test_faults_that_snapshots_tell_apart_are_explained_one_by_one() -> None:
    """The first payment is missed, the third one posted twice: no single explanation does for both."""
    recorded = snapshots(
        "b 2026-01-02T12:00 1270 0",
        f"b 2026-01-05T12:00 {CREDIT - 5340 + 880} 0",
        f"b 2026-01-20 {CREDIT - 4460} {DEBIT}",
    )
    first, second = [each for each in explained(-5340 + 880, 0, snapshots=recorded) if each.faults == 1][:2]
    assert (first.kind, first.transaction_ids, first.accounts_for) == ("left_out", ("c1",), 5340)
    assert (second.kind, second.transaction_ids, second.accounts_for) == ("counted_twice", ("c3",), -880)
    assert first.sentence.startswith("From the beginning to the snapshot of 2026-01-02T12:00:00Z: The record seems to")
    assert "That is 5,340 of the difference of 4,460." in first.sentence


def test_explanations_come_for_the_largest_discrepancies() -> None:
    rebuilt = reconstruct(book("w 0 0", f"b {CREDIT - 613} {DEBIT}", "x 0 0"), ledger(*LEDGER))
    assert list(rebuilt.explanations()) == ["w", "b"]
    assert list(rebuilt.explanations(limit=1)) == ["w"]
    assert rebuilt.explanations()["b"] == rebuilt.explain("b")


@pytest.mark.parametrize(
    ("meant", "recorded", "kind"),
    [
        (5340, 5430, "transposed"),
        (5340, 4350, "transposed"),
        (5340, 5340, None),
        (10, 1, "slipped"),
        (1, 10**18, "slipped"),
        (1, 10**19, None),
        (15, -150, None),
        (100, 10, "slipped"),
        (101, 110, "transposed"),
        (15, 510, None),
        (0, 0, None),
    ],
)
def test_amounts_that_look_alike(meant: int, recorded: int, kind: str | None) -> None:
    assert looks_like(meant, recorded) == kind
    assert looks_like(recorded, meant) == kind


START = at("2026-01-01")
SIDES = st.sampled_from(["debit", "credit"])
POSTINGS = st.lists(st.tuples(st.integers(1, 10**6), SIDES, st.booleans()), min_size=1, max_size=12)


def made(rows: list[tuple[int, str, bool]]) -> list[Posting]:
    return [
        Posting(
            f"t{number}",
            START + timedelta(days=number),
            "APPLIED" if counts else "VOID",
            "counted" if counts else "not applied",
            None,
            debit=units if side == "debit" else 0,
            credit=units if side == "credit" else 0,
        )
        for number, (units, side, counts) in enumerate(rows)
    ]


@given(POSTINGS, st.data())
def test_every_hypothesis_is_exactly_true_and_a_planted_fault_is_among_them(
    rows: list[tuple[int, str, bool]], data: st.DataObject
) -> None:
    postings = made(rows)
    wrong = data.draw(st.sampled_from(postings))
    moved = 1 if wrong.part != "counted" else data.draw(st.sampled_from([-1, 1]))
    counted = [posting for posting in postings if posting.part == "counted"]
    debit, credit = (sum(getattr(posting, side) for posting in counted) for side in ("debit", "credit"))
    record = Totals(debit + moved * wrong.debit, credit + moved * wrong.credit, credit - debit + moved * wrong.net)
    found = explain(make_timeline("b", postings, record, []))
    kind = "not_applied" if wrong.part != "counted" else "left_out" if moved < 0 else "counted_twice"
    [planted] = [each for each in found if each.kind == kind]
    assert (wrong.transaction_id,) in [each.transaction_ids for each in planted.solutions] or planted.count > 10
    assert planted.rank <= 3
    units = {posting.transaction_id: posting.debit + posting.credit for posting in postings}
    for each in found:
        assert each.accounts_for == -moved * wrong.net
        assert each.share == 1
        for solution in each.solutions:
            if solution.meant is None:
                assert sum(units[one] for one in solution.transaction_ids) == abs(wrong.net)
            else:
                assert abs(solution.meant - (solution.recorded or 0)) == abs(wrong.net)


def test_hypotheses_are_values() -> None:
    first = explained(-1270, 0)[0]
    assert replace(first) == first
    assert hash(first) == hash(replace(first))
