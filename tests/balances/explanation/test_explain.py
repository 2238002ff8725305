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
    assert nothing.sentence.startswith("Nothing explains the credit, 1,234,567,891.23 USD less in the replay than")


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
    """The two queued ones, of three, come to what one applied one, of five, does."""
    lines = [f"c{k} w b {units}" for k, units in enumerate((500, 310, 77, 1900, 23))]
    queued = ["q1 w b 190 QUEUED", "q2 w b 310 QUEUED", "q3 w b 7 QUEUED"]
    first, second = reconstruct(book("b 3310 0"), ledger(*lines, *queued)).explain("b")[:2]
    assert (first.kind, first.transaction_ids, first.tried) == ("counted_twice", ("c0",), 5)
    assert (second.kind, second.transaction_ids, second.tried) == ("not_applied", ("q1", "q2"), 3)


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
    both, early, late = reconstruct(book("b 5700 0"), ledger(*lines), snapshots=recorded).explain("b")[:3]
    assert (both.transaction_ids, both.verdict) == (("c3", "c5"), "1 other")
    assert [early.transaction_ids, late.transaction_ids] == [("c3",), ("c5",)]


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
    assert "That is 53.40 USD of the difference of 44.60 USD." in first.sentence


def test_two_things_of_two_kinds_gone_wrong_are_found_together() -> None:
    """A payment of 5,340 is missed and one of 1,270 posted twice; no single one comes to that."""
    first = explained(-5340 + 1270, 0)[0]
    assert (first.kind, first.faults, first.share) == ("left_out and counted_twice", 2, 1)
    assert first.transaction_ids == ("c1", "c2")
    assert first.sentence.startswith(
        "The record seems to leave out c1 (a credit of 53.40 USD) and to count c2 (a credit of 12.70 USD) twice. "
        "That is"
    )


def test_a_misread_amount_beside_one_that_was_not_applied_says_both_amounts() -> None:
    first = explained(5430 - 5340 + 613, 0)[0]
    assert (first.kind, first.transaction_ids) == ("not_applied and transposed", ("q1", "c1"))
    assert first.sentence.startswith(
        "The record seems to count q1 (a credit of 6.13 USD), which was not applied but is QUEUED and to hold "
        "54.30 USD for c1, which is 53.40 USD: two digits have changed places. "
    )


def test_what_combines_two_kinds_counts_all_that_would_do() -> None:
    """Either of the two payments of 880 may be the one that was posted twice."""
    first = explained(-5340 + 880, 0)[0]
    assert first.kind == "left_out and counted_twice"
    assert {solution.transaction_ids for solution in first.solutions} == {("c1", "c3"), ("c1", "c5")}
    assert first.count == 2
    assert first.verdict == f"{first.count - 1 + first.rivals} other{'s' if first.rivals else ''}"


def test_explanations_of_other_kinds_that_would_do_as_well_are_counted() -> None:
    """A queued payment and an applied one of the same amount: either may have been counted once too often."""
    lines = ["c1 w b 500", "c2 w b 320", "q1 w b 500 QUEUED"]
    first, second = reconstruct(book("b 1320 0"), ledger(*lines)).explain("b")[:2]
    assert {first.kind, second.kind} == {"counted_twice", "not_applied"}
    assert (first.count, first.rivals, first.verdict) == (1, 1, "1 other")
    assert first.sentence.endswith("Verdict: 1 other, 1 of them of another kind.")


def test_what_lies_where_the_record_diverged_comes_before_what_there_were_fewer_of() -> None:
    """Between the snapshots an applied payment was counted twice; one that is queued came long after."""
    lines = [f"c{k} w b {300 + k} APPLIED 2026-01-0{k}" for k in range(1, 6)] + ["q1 w b 303 QUEUED 2026-01-09"]
    recorded = snapshots("b 2026-01-02T12:00 603 0", "b 2026-01-03T12:00 1209 0", "b 2026-01-08 1818 0")
    first, second = reconstruct(book("b 1818 0"), ledger(*lines), snapshots=recorded).explain("b")[:2]
    assert (first.kind, first.transaction_ids, first.suspected) == ("counted_twice", ("c3",), True)
    assert (second.kind, second.transaction_ids, second.suspected) == ("not_applied", ("q1",), False)


def test_sets_with_one_counterparty_come_before_others_that_come_to_the_same() -> None:
    lines = ["c1 u b 400", "c2 v b 600", "c3 w b 300", "c4 w b 700", "c5 w b 9000"]
    first = reconstruct(book("b 10000 0"), ledger(*lines)).explain("b")[0]
    assert (first.transaction_ids, first.count) == (("c3", "c4"), 2)


def test_a_decimal_point_slips_one_place_rather_than_two() -> None:
    """990 more: 1,000 for 10, or 1,100 for 110."""
    first = reconstruct(book("b 6110 0"), ledger("c1 w b 10", "c2 w b 110", "c3 w b 5000")).explain("b")[0]
    assert (first.kind, first.transaction_ids, first.verdict) == ("slipped", ("c2",), "1 other")


@pytest.mark.parametrize(
    ("off", "kind", "ids", "which"),
    [
        (-130, "left_out", ("e1", "e2", "e3"), "in EUR"),
        (-200, "left_out", ("v1", "v2"), "with v"),
        (130, "counted_twice", ("e1", "e2", "e3"), "in EUR twice"),
    ],
)
def test_all_that_are_alike_in_currency_or_counterparty_are_recognised(
    off: int, kind: str, ids: tuple[str, ...], which: str
) -> None:
    lines = [
        "c1 w b 100",
        "c2 w b 300",
        "e1 w b 20 APPLIED 2026-01-02 EUR",
        "e2 u b 50 APPLIED 2026-01-03 EUR",
        "e3 x b 60 APPLIED 2026-01-04 EUR",
        "v1 v b 155",
        "v2 v b 45",
    ]
    found = reconstruct(book(f"b {730 + off} 0"), ledger(*lines)).explain("b")
    group = next(own for own in found if own.side == "both")
    assert (group.kind, group.transaction_ids, group.faults, group.share) == (kind, ids, 1, 1)
    assert which in group.sentence


def test_all_of_a_status_that_were_counted_are_recognised() -> None:
    lines = ["c1 w b 500", "i1 w b 190 INFLIGHT", "i2 b w 30 INFLIGHT", "i3 w b 77 INFLIGHT", "q1 w b 11 QUEUED"]
    first = reconstruct(book("b 767 30"), ledger(*lines)).explain("b")[0]
    assert (first.kind, first.side, first.transaction_ids) == ("not_applied", "both", ("i1", "i2", "i3"))
    assert first.sentence.startswith("The record seems to count all 3 transactions that are INFLIGHT, not applied.")


def test_what_names_an_unknown_balance_of_a_similar_id_is_a_cause() -> None:
    """Both unknown balances move 700; the id of one differs by a letter."""
    lines = ["c1 w bln_main 500", "u1 w bln_mian 700", "u2 w elsewhere 700", "u3 w bln_mian 40 APPLIED 2026-01-01 EUR"]
    record = book("bln_main 1200 0", "w 0 1940")
    first = reconstruct(record, ledger(*lines)).explain("bln_main")[0]
    assert (first.kind, first.side, first.transaction_ids, first.count) == ("unknown_balance", "both", ("u1",), 2)
    assert first.sentence.startswith("The record seems to count u1, which names the unknown balance bln_mian.")


def test_all_that_name_one_unknown_balance_are_a_cause() -> None:
    lines = ["c1 w bln_main 500", "u1 w bln_mian 700", "u2 bln_mian w 90", "u3 w bln_mian 40"]
    first = reconstruct(book("bln_main 1240 90", "w 90 1240"), ledger(*lines)).explain("bln_main")[0]
    assert (first.kind, first.transaction_ids) == ("unknown_balance", ("u1", "u2", "u3"))


def test_what_names_no_balance_at_all_may_be_meant_for_this_one() -> None:
    first = reconstruct(book("b 570 0", "w 0 570"), ledger("c1 w b 500", "u1 w - 70", "u2 w - 9")).explain("b")[0]
    assert first.sentence.startswith("The record seems to count u1, which names no balance.")


def test_two_kinds_are_sought_among_a_bounded_number_of_transactions() -> None:
    """With snapshots in those between which the record diverged, without in none of so many."""
    paid = [
        Posting(f"t{n}", at("2026-01-01") + timedelta(minutes=n), "APPLIED", COUNTED, "w", 0, n * n * 1000 + 2 * n)
        for n in range(1, 4000)
    ]
    credit = sum(posting.credit for posting in paid) - paid[3000].credit + paid[3010].credit
    early = sum(posting.credit for posting in paid[:2999])
    taken = [(paid[2998].created_at, Totals(0, early, early))]
    first = explain(make_timeline("b", paid, Totals(0, credit, credit), taken))[0]
    assert (first.kind, first.transaction_ids) == ("left_out and counted_twice", ("t3001", "t3011"))
    assert not first.complete


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
