"""The way to the ledger: keys and passwords stay where they belong, and addresses are checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.balances.corrections.blnk_server import RESULT, Book, Ledger, Trick, serving
from tests.balances.corrections.correcting import (
    DUE,
    EXPECTED,
    HELD,
    SECRET,
    correct_one,
    lines,
    states,
)
from workbench.balances.corrections.correct import CorrectionReport, correct, plan
from workbench.errors import SettingsError


def told_anywhere(report: CorrectionReport, journal: Path) -> str:
    return "\n".join([repr(report), report.end_state, report.to_pandas().to_csv(), journal.read_text("utf-8")])


def test_the_key_comes_from_the_environment_and_is_sent(
    ledger: Ledger, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_BLNK_KEY", SECRET + "\n")
    report = correct_one(ledger, journal)
    assert {key for _, _, key in ledger.asked} == {SECRET}
    assert SECRET not in told_anywhere(report, journal)


@pytest.mark.parametrize(
    "said",
    [
        {"error": f"Invalid API key {SECRET}"},
        {"error": {"message": f"key {SECRET}"}},
        {"message": [SECRET]},
    ],
)
@pytest.mark.parametrize("status", [401, 400, 500])
def test_a_key_that_the_server_repeats_is_blotted_out(
    ledger: Ledger, journal: Path, status: int, said: dict[str, object]
) -> None:
    ledger.always["POST"] = Trick(status=status, said=json.dumps(said).encode(), carried_out=False)
    report = correct_one(ledger, journal, key=SECRET, timeout=0.3)
    assert SECRET not in told_anywhere(report, journal)


@pytest.mark.parametrize("value", [SECRET, [SECRET], {"a": [SECRET], "b": {"c": SECRET}}, "\ud800", float("nan")])
def test_what_a_server_writes_into_figures_does_no_harm(ledger: Ledger, journal: Path, value: object) -> None:
    result = EXPECTED | {"difference": value, "executed_at": "2026-03-01 00:00:00+00"}
    ledger.tricks["GET"] = [Trick(), Trick(said=json.dumps({"balance": value, "meta_data": {RESULT: result}}).encode())]
    report = correct_one(ledger, journal, key=SECRET)
    assert states(report) == ["differs"]
    assert SECRET not in told_anywhere(report, journal)
    assert [line["event"] for line in lines(journal)][-1] == "outcome"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_not_followed(ledger: Ledger, journal: Path, status: int, method: str) -> None:
    with serving({"bln_1": Book(HELD, DUE)}) as elsewhere:
        to = (("Location", f"{elsewhere.url}/balances/bln_1?key={SECRET}"),)
        ledger.always[method] = Trick(status=status, headers=to, carried_out=False)
        report = correct_one(ledger, journal, key=SECRET)
        assert states(report) == ["refused"]
        assert "redirect" in report.corrections[0].detail
        assert elsewhere.asked == []
        assert SECRET not in told_anywhere(report, journal)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"https://ann:{SECRET}@ledger.example", "holds an @"),
        (f"https://ann:a/{SECRET}@ledger.example", "holds an @"),
        (f"https://ann:{SECRET}%40ledger.example", "cannot be read"),
        (f"https://ledger.example/?key={SECRET}", "has a query"),
        (f"https://ledger.example/#{SECRET}", "has a query or a fragment"),
        (f"https://ledger.example/ {SECRET}", "cannot be read"),
        (f"https://ledger.example\r\nX: {SECRET}", "cannot be read"),
        (f"https://[{SECRET}", "cannot be read"),
        (f"postgresql://ledger.example/{SECRET}", "begins with postgresql: choose one of http, https"),
        ("file:///etc/hosts", "cannot be read"),
        ("ftp://ledger.example", "begins with ftp: choose one of http, https"),
        ("https://", "cannot be read"),
        ("ledger.example", "cannot be read"),
        ("https://bücher.example", "cannot be read"),
        ("https://ledger.example:99999", "cannot be read"),
    ],
)
@pytest.mark.parametrize("act", [plan, correct])
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(
    journal: Path, act: Callable[..., CorrectionReport], url: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        act({"bln_1": EXPECTED}, url, journal=journal)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not journal.exists()


def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(journal: Path) -> None:
    with pytest.raises(SettingsError, match="no header can carry") as caught:
        correct({}, "https://ledger.example", journal=journal, key=f"{SECRET}\r\nX: 1")
    assert SECRET not in str(caught.value)


def test_a_server_that_does_not_speak_https_is_no_exception(ledger: Ledger, journal: Path) -> None:
    url = ledger.url.replace("http:", "https:")
    report = correct({"bln_1": EXPECTED}, url, journal=journal, timeout=1, attempts=1, key=SECRET)
    assert states(report) == ["failed"]
    assert SECRET not in told_anywhere(report, journal)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 0}, "timeout takes seconds"),
        ({"timeout": float("nan")}, "timeout takes seconds"),
        ({"timeout": float("inf")}, "timeout takes seconds"),
        ({"attempts": 0}, "attempts takes a whole number"),
    ],
)
def test_numbers_out_of_range_are_refused(journal: Path, options: dict[str, float], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        correct({}, "https://ledger.example", journal=journal, **options)


@pytest.mark.parametrize("value", [None, "", "12.5", "NaN", "1e3"])
def test_figures_that_are_no_whole_numbers_are_refused(ledger: Ledger, journal: Path, value: str | None) -> None:
    expected = {name: text for name, text in (EXPECTED | {"previous_debit": value}).items() if text is not None}
    with pytest.raises(SettingsError, match="balance 'bln_1': previous_debit is"):
        correct({"bln_1": expected}, ledger.url, journal=journal)
    assert ledger.asked == []
