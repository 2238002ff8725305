"""Correcting: a balance is called corrected only when the ledger shows it, whatever the server does."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.balances.corrections.blnk_server import RESULT, Book, Ledger, Trick, serving
from tests.balances.corrections.correcting import (
    BUSY,
    CUT,
    DONE_AND_ERROR,
    DONE_AND_GONE,
    DONE_AND_HANGS,
    DUE,
    ERROR,
    EXPECTED,
    GONE,
    HANGS,
    HELD,
    HTML,
    IGNORED,
    LATER,
    OVERWRITTEN,
    STOOD,
    correct_one,
    fields,
    states,
)
from workbench.balances.corrections.correct import correct


def test_blnks_own_example_is_corrected(ledger: Ledger, journal: Path) -> None:
    report = correct_one(ledger, journal)
    assert states(report) == ["corrected"]
    assert (report.exit_code, report.end_state) == (0, "Of 1 balance: 1 corrected.")
    assert ledger.books["bln_1"].held == DUE
    assert ledger.posts == [{"meta_data": {"BLNK_RUN_RECONCILIATION": "SOURCE"}}]
    assert ledger.asked == [
        ("GET", "/balances/bln_1", None),
        ("POST", "/bln_1/metadata", None),
        ("GET", "/balances/bln_1", None),
    ]


@pytest.mark.parametrize(
    ("posts", "requests"),
    [
        ([ERROR], 2),
        ([ERROR, BUSY], 3),
        ([GONE], 2),
        ([HTML], 2),
        ([CUT], 1),
        ([DONE_AND_GONE], 1),
        ([DONE_AND_ERROR], 1),
        ([LATER], 1),
        ([Trick(executed_at="2025-03-16 22:55:34.2+05:30")], 1),
        ([Trick(executed_at="2025-03-16T22:55:34")], 1),
    ],
)
def test_trouble_that_passes_ends_in_a_corrected_balance_asked_no_oftener_than_needed(
    ledger: Ledger, journal: Path, posts: list[Trick], requests: int
) -> None:
    ledger.tricks["POST"] = posts
    assert states(correct_one(ledger, journal)) == ["corrected"]
    assert ledger.count("POST") == requests
    assert ledger.books["bln_1"].held == DUE


def test_a_rebuild_whose_answer_never_comes_is_seen_without_asking_again(ledger: Ledger, journal: Path) -> None:
    ledger.tricks["POST"] = [DONE_AND_HANGS]
    assert states(correct_one(ledger, journal, timeout=0.3)) == ["corrected"]
    assert ledger.count("POST") == 1


@pytest.mark.parametrize(
    ("post", "timeout", "state", "requests", "said"),
    [
        (ERROR, 2, "failed", 3, "asking for a rebuild: answered 500: trouble"),
        (GONE, 2, "failed", 3, "the connection was closed"),
        (HANGS, 0.4, "failed", 3, "no whole answer within 0.4 s"),
        (HTML, 2, "failed", 3, "answered 200, but with no whole JSON object"),
        (BUSY, 2, "failed", 3, "answered 429"),
        (IGNORED, 0.4, "failed", 1, "accepted, but no newer rebuild has shown"),
        (Trick(after_looks=1000), 0.4, "failed", 1, "accepted, but no newer rebuild has shown"),
        (Trick(executed_at="yesterday"), 0.4, "failed", 1, "accepted, but no newer rebuild has shown"),
        (Trick(executed_at="2024-12-31 00:00:00+00"), 0.4, "failed", 1, "accepted, but no newer rebuild has shown"),
        (Trick(status=400, carried_out=False), 2, "refused", 1, "answered 400: trouble"),
        (Trick(status=404, carried_out=False), 2, "refused", 1, "answered 404"),
    ],
)
def test_trouble_that_stays_is_said_and_never_called_corrected(
    ledger: Ledger, journal: Path, post: Trick, timeout: float, state: str, requests: int, said: str
) -> None:
    ledger.always["POST"] = post
    report = correct_one(ledger, journal, timeout)
    assert states(report) == [state]
    assert said in report.corrections[0].detail
    assert (report.exit_code, ledger.count("POST")) == (1, requests)


def test_a_rebuild_is_waited_for_without_haste(ledger: Ledger, journal: Path) -> None:
    ledger.always["POST"] = IGNORED
    correct_one(ledger, journal, timeout=0.4)
    assert ledger.count("GET") <= 23  # one before, and one in each twentieth of the timeout


@pytest.mark.parametrize("look", [ERROR, GONE, HANGS, HTML, CUT, Trick(said=b"[1]"), Trick(said=b"[" * 100_000)])
def test_a_balance_that_cannot_be_read_is_not_asked_for(ledger: Ledger, journal: Path, look: Trick) -> None:
    ledger.always["GET"] = look
    report = correct_one(ledger, journal, timeout=0.3)
    assert states(report) == ["failed"]
    assert report.corrections[0].detail.startswith("reading the balance: ")
    assert (ledger.count("GET"), ledger.count("POST")) == (3, 0)


def test_a_look_that_fails_at_first_is_repeated(ledger: Ledger, journal: Path) -> None:
    ledger.tricks["GET"] = [ERROR, CUT, Trick(), GONE]
    assert states(correct_one(ledger, journal)) == ["corrected"]
    assert ledger.count("POST") == 1


def test_an_answer_that_comes_byte_by_byte_is_given_up(ledger: Ledger, journal: Path) -> None:
    ledger.always["GET"] = Trick(drip=0.02)
    report = correct_one(ledger, journal, timeout=0.2, attempts=1)
    assert report.corrections[0].detail == "reading the balance: no whole answer within 0.2 s"


def test_other_figures_are_named_field_by_field(ledger: Ledger, journal: Path) -> None:
    ledger.books["bln_1"].due = (119601, 15158)
    report = correct_one(ledger, journal)
    assert states(report) == ["differs"]
    assert report.corrections[0].differences == {
        "difference": ("103842", "103843"),
        "recalculated_balance": ("104442", "104443"),
        "recalculated_credit": ("119600", "119601"),
        "balance": ("104442", "104443"),
        "credit_balance": ("119600", "119601"),
    }
    assert "recalculated_credit is 119601, expected 119600" in report.corrections[0].detail
    assert report.exit_code == 1


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "executed_at"])
def test_no_field_may_differ(ledger: Ledger, journal: Path, name: str) -> None:
    expected = EXPECTED | {name: str(int(EXPECTED[name]) + 1)}
    report = correct({"bln_1": expected}, ledger.url, journal=journal, timeout=2)
    assert states(report) == ["differs"]
    assert name in report.corrections[0].differences


def test_a_rebuild_that_was_written_over_is_not_called_corrected(ledger: Ledger, journal: Path) -> None:
    ledger.tricks["POST"] = [OVERWRITTEN]
    report = correct_one(ledger, journal)
    assert states(report) == ["differs"]
    assert report.corrections[0].differences["credit_balance"] == ("119600", "1200")
    assert states(correct_one(ledger, journal)) == ["corrected"]  # asked anew


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("recalculated_credit", "119600.00", True),
        ("recalculated_credit", 119600, True),
        ("recalculated_credit", "119600.01", False),
        ("recalculated_credit", 119600.5, False),
        ("recalculated_credit", None, False),
        ("recalculated_credit", True, False),
        ("recalculated_credit", ["119600"], False),
        ("recalculated_credit", "NaN", False),
        ("recalculated_credit", "9" * 5000, False),
    ],
)
def test_a_figure_is_the_same_as_a_number_or_not_at_all(
    ledger: Ledger, journal: Path, name: str, value: object, same: bool
) -> None:
    result = EXPECTED | {name: value, "executed_at": "2026-03-01 00:00:00+00"}
    ledger.tricks["GET"] = [Trick(), Trick(said=json.dumps({"meta_data": {RESULT: result}}).encode())]
    assert states(correct_one(ledger, journal)) == ["corrected" if same else "differs"]


@pytest.mark.parametrize("said", [{"meta_data": None}, {"meta_data": []}, {}, {"meta_data": {RESULT: 5}}])
def test_an_answer_without_a_rebuild_proves_nothing(ledger: Ledger, journal: Path, said: dict[str, object]) -> None:
    ledger.always["GET"] = Trick(said=json.dumps(said).encode())
    assert states(correct_one(ledger, journal, timeout=0.3)) == ["failed"]


def test_an_answer_about_another_balance_proves_nothing(ledger: Ledger, journal: Path) -> None:
    body = {"balance_id": "bln_2", "meta_data": {RESULT: EXPECTED | {"executed_at": "2026-03-01 00:00:00+00"}}}
    ledger.tricks["GET"] = [Trick(), Trick(said=json.dumps(body).encode())]
    report = correct_one(ledger, journal)
    assert report.corrections[0].differences == {"balance_id": ("bln_1", "bln_2")}


def test_a_first_rebuild_needs_none_before_it(journal: Path) -> None:
    with serving({"bln_1": Book(HELD, DUE)}) as ledger:
        assert states(correct_one(ledger, journal)) == ["corrected"]


@pytest.mark.parametrize("off_by", [0, 1])
def test_figures_of_38_digits_and_below_nought_are_exact(journal: Path, off_by: int) -> None:
    held, due = (0, 10**37 + 1), (3, 99999999999999999999999999999999999999)
    expected = fields(held, due)
    expected["recalculated_debit"] = str(due[1] - off_by)
    with serving({"bln_1": Book(held, due)}) as ledger:
        report = correct({"bln_1": expected}, ledger.url, journal=journal, timeout=2)
    assert set(report.corrections[0].differences) == ({"recalculated_debit", "debit_balance"} if off_by else set())


def test_a_fraction_too_small_for_a_float_is_a_fraction(ledger: Ledger, journal: Path) -> None:
    result = EXPECTED | {"recalculated_credit": 0, "executed_at": "2026-03-01 00:00:00+00"}
    said = json.dumps({"meta_data": {RESULT: result}}).replace(": 0,", ": 119600.00000000000000001,")
    ledger.tricks["GET"] = [Trick(), Trick(said=said.encode())]
    assert set(correct_one(ledger, journal).corrections[0].differences) == {"recalculated_credit"}


def test_a_rebuild_that_came_twice_is_corrected_if_the_last_changed_nothing(ledger: Ledger, journal: Path) -> None:
    """The first answer is lost, and the look after it is too early."""
    ledger.tricks["POST"] = [Trick(status=500, after_looks=1)]
    report = correct_one(ledger, journal)
    assert states(report) == ["corrected"]
    assert ledger.count("POST") == 2
    assert "the last of 2 requests" in report.corrections[0].detail


def test_a_second_asking_does_not_excuse_that_the_balance_was_another_before(ledger: Ledger, journal: Path) -> None:
    ledger.books["bln_1"].held = (1201, 600)
    ledger.tricks["POST"] = [ERROR]
    assert "previous_credit" in correct_one(ledger, journal).corrections[0].differences


def test_a_second_asking_does_not_excuse_figures_that_contradict_each_other(ledger: Ledger, journal: Path) -> None:
    result = fields(DUE, DUE, executed_at="2026-03-01 00:00:00+00") | {"difference": "5"}
    ledger.tricks["POST"] = [ERROR]
    ledger.tricks["GET"] = [Trick(), Trick(), Trick(said=json.dumps({"meta_data": {RESULT: result}}).encode())]
    assert "difference" in correct_one(ledger, journal).corrections[0].differences


def test_a_balance_that_another_had_rebuilt_differs_in_what_it_was_before(ledger: Ledger, journal: Path) -> None:
    ledger.books["bln_1"].held = DUE
    report = correct_one(ledger, journal)
    assert set(report.corrections[0].differences) == {
        "difference",
        "previous_balance",
        "previous_credit",
        "previous_debit",
    }


def test_ids_are_quoted(journal: Path) -> None:
    name = "bln/1 ?a=b#c%ü"
    with serving({name: Book(HELD, DUE)}) as ledger:
        report = correct({name: EXPECTED}, ledger.url, journal=journal, timeout=2)
        assert states(report) == ["corrected"]
        assert {path for _, path, _ in ledger.asked} == {
            "/balances/bln%2F1%20%3Fa%3Db%23c%25%C3%BC",
            "/bln%2F1%20%3Fa%3Db%23c%25%C3%BC/metadata",
        }


TROUBLE = [
    Trick(), CUT, GONE, DONE_AND_GONE, ERROR, DONE_AND_ERROR, IGNORED, HTML, BUSY, LATER, OVERWRITTEN,
    Trick(executed_at="2020-01-01 00:00:00+00"), Trick(status=404), Trick(status=301, carried_out=False),
]  # fmt: skip


@settings(max_examples=40)
@given(
    posts=st.lists(st.sampled_from(TROUBLE), max_size=4),
    looks=st.lists(st.sampled_from([Trick(), Trick(), CUT, GONE, ERROR, HTML, BUSY]), max_size=8),
    due=st.sampled_from([DUE, DUE, (119601, 15158), HELD]),
    runs=st.integers(1, 3),
)
def test_whatever_happens_what_is_called_corrected_is(
    posts: list[Trick], looks: list[Trick], due: tuple[int, int], runs: int
) -> None:
    with TemporaryDirectory() as folder, serving({"bln_1": Book(HELD, due, {RESULT: dict(STOOD)})}) as ledger:
        ledger.tricks |= {"POST": list(posts), "GET": list(looks)}
        for _ in range(runs):
            report = correct_one(ledger, Path(folder, "journal.ndjson"), timeout=0.1)
            if states(report) == ["corrected"]:
                assert ledger.books["bln_1"].held == DUE
                assert ledger.carried_out.is_set()
                assert report.exit_code == 0
            else:
                assert report.exit_code == 1
