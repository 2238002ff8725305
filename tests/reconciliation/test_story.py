"""Everything known of a record, from the row of its file to what people decided."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

import workbench as wb

STATEMENT = """Statement of January
id;amount;currency;date;reference
e1;10,00;EUR;02.01.2026;r1
"e2";-1.020,10;EUR;31.01.2026;r2
e3;7,00;EUR;05.01.2026;
"""
LEDGER = [
    {"transaction_id": "t1", "amount": "10", "currency": "EUR", "created_at": "2026-01-02", "reference": "r1"},
    {"transaction_id": "t3", "amount": "8", "currency": "EUR", "created_at": "2026-01-05"},
    {"transaction_id": "t4", "amount": "8", "currency": "EUR", "created_at": "2026-01-05", "status": "VOID"},
]
RULES = [wb.Rule("Reference", [wb.Criterion("reference"), wb.Criterion("amount")])]


@pytest.fixture
def books(tmp_path: Path) -> dict[str, wb.Records]:
    (tmp_path / "january.csv").write_text(STATEMENT)
    ledger = [{"status": "APPLIED"} | row for row in LEDGER]
    return {"external": wb.read_external(tmp_path / "january.csv"), "internal": wb.read_internal(ledger)}


def test_a_record_is_told_as_it_stood_as_it_was_read_and_what_it_counts_as(books: dict[str, wb.Records]) -> None:
    story = wb.story_of(wb.reconcile(**books, rules=RULES), "external", "e2", books["external"])
    assert story.source is not None
    assert (story.source.file, story.source.row, story.source.line) == ("january.csv", 2, 4)
    assert story.source.text == '"e2";-1.020,10;EUR;31.01.2026;r2'
    assert story.source.cells["amount"] == "-1.020,10"
    assert (story.record["amount"], story.counted_amount) == (Decimal("-1020.10"), Decimal("-1020.10"))
    assert (story.state, story.matches, story.near_misses) == ("open", [], [])
    assert list(story.chapters()) == ["In the file", "As it was read", "What it counts as", "What became of it"]
    assert "date: 2026-01-31 00:00:00" in story.chapters()["As it was read"]


def test_what_became_of_it_comes_with_its_rule_its_near_misses_and_decisions(
    books: dict[str, wb.Records], tmp_path: Path
) -> None:
    result = wb.reconcile(**books, rules=RULES)
    matched = wb.story_of(result, "internal", "t1", books["internal"])
    assert (matched.state, matched.source) == ("matched", None)  # no file holds it
    assert [row["external_transaction_id"] for row in matched.matches] == ["e1"]
    [near] = wb.story_of(result, "external", "e3", books["external"]).chapters()["What came close"][:1]
    assert near.startswith("t3, nearly matched by rule 'Reference': ")
    left_out = wb.story_of(result, "internal", "t4", books["internal"])
    assert (left_out.state, "VOID" in left_out.reason) == ("excluded", True)
    chosen = wb.decide(books, "match", external=["e3"], internal=["t3"], why="a fee", by="ana")
    wb.add_decision(tmp_path / "j", chosen)
    again = wb.reconcile(**books, rules=RULES, decisions=tmp_path / "j")
    decided = wb.story_of(again, "internal", "t3", books["internal"])
    became = "with e3 by hand: 7.00 EUR, -1.00 apart, 0 other pairs possible"
    assert decided.chapters()["What became of it"][1] == became
    [told] = decided.chapters()["What people decided"]
    assert told.endswith("ana: match, a fee; applied")


def test_what_speaks_for_a_match_or_a_suggestion_is_told(books: dict[str, wb.Records]) -> None:
    result = wb.reconcile(**books, rules=[wb.Weighed(status="suggested")])
    story = wb.story_of(result, "external", "e1", books["external"])
    assert story.state == "open"
    assert story.evidence[0]["match_id"] == story.suggestions[0]["match_id"]
    assert {"What speaks for it", "What was suggested"} <= set(story.chapters())


def test_each_of_several_files_and_what_is_packed_has_its_rows(tmp_path: Path, books: dict[str, wb.Records]) -> None:
    (tmp_path / "february.csv.gz").write_bytes(gzip.compress(STATEMENT.replace("e2", "f2").encode()))
    external = wb.read_external([tmp_path / "january.csv", tmp_path / "february.csv.gz"])
    result = wb.reconcile(external, books["internal"], rules=RULES)
    source = wb.story_of(result, "external", "f2", external).source
    assert source is not None
    assert (source.file, source.row, source.line) == ("february.csv.gz", 2, None)


def test_no_record_and_a_file_that_changed_are_said(books: dict[str, wb.Records], tmp_path: Path) -> None:
    result = wb.reconcile(**books, rules=RULES)
    with pytest.raises(wb.SettingsError, match="'x' is no external record"):
        wb.story_of(result, "external", "x", books["external"])
    with pytest.raises(wb.SettingsError, match="side"):
        wb.story_of(result, "both", "e1", books["external"])
    (tmp_path / "january.csv").write_text(STATEMENT.replace("7,00", "7,50"))
    with pytest.raises(wb.SourceError, match="has changed since it was read"):
        wb.story_of(result, "external", "e1", books["external"])
