"""A layout that is saved: next month's file is read by it, or refused with the difference."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench.layouts.questions import OpenQuestions

MARCH = "Konto: 1\nWährung: EUR\n\nDatum;Text;Betrag\n31/03/2026;Miete;-1.250,00\n02/03/2026;Gehalt;3.000,00\n"
# The preamble is longer, and no day is over 12: only the layout says what the dates are.
APRIL = "Konto: 1\nInhaber: A\nWährung: EUR\n\nDatum;Text;Betrag\n01/04/2026;Miete;-1.250,00\n02/04/2026;Strom;-80,50\n"
OPEN = "Date,Text,Amount\n01/04/2026,Rent,-12.50\n02/04/2026,Power,-80.50\n"


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "bank.json"
    wb.detect_layout(written(tmp_path, "march.csv", MARCH), "external").save(path)
    return path


def rows(records: wb.Records) -> list[tuple[str, str, Decimal, str]]:
    table = records.to_pandas()
    return [
        (str(date.date()), text, amount, currency)
        for date, text, amount, currency in zip(
            table["date"], table["description"], table["amount"], table["currency"], strict=True
        )
    ]


def test_a_layout_says_its_options_its_evidence_and_its_questions(tmp_path: Path) -> None:
    layout = wb.detect_layout(written(tmp_path, "march.csv", MARCH), "external")
    assert layout.side == "external"
    assert layout.header == ("Datum", "Text", "Betrag")
    assert layout.options["date_format"] == "%d/%m/%Y"
    assert {"currency": "EUR", "decimal": ",", "header": 4}.items() <= layout.options.items()
    assert layout.evidence[0] == "the header is line 4: the lines before it have no such columns"
    assert layout.questions == ()
    (question,) = wb.detect_layout(written(tmp_path, "open.csv", OPEN), "external", currency="EUR").questions
    assert question.option == "date_format"
    assert [choice.options["date_format"] for choice in question.choices] == ["%d/%m/%Y", "%m/%d/%Y"]


def test_what_is_loaded_is_what_was_saved(tmp_path: Path, saved: Path) -> None:
    layout = wb.detect_layout(tmp_path / "march.csv", "external")
    assert wb.load_layout(saved) == layout
    with_positions = wb.Layout("external", {"mapping": {1: "date", "Betrag": "amount"}, "header": None})
    with_positions.save(tmp_path / "positions.json")
    assert wb.load_layout(tmp_path / "positions.json") == with_positions


@pytest.mark.parametrize("as_path", [True, False])
def test_the_next_file_is_read_by_it(tmp_path: Path, saved: Path, as_path: bool) -> None:
    april = written(tmp_path, "april.csv", APRIL)
    with pytest.raises(OpenQuestions):
        wb.read_external(april)
    records = wb.read_external(april, layout=saved if as_path else wb.load_layout(saved))
    assert rows(records) == [
        ("2026-04-01", "Miete", Decimal("-1250.00"), "EUR"),
        ("2026-04-02", "Strom", Decimal("-80.50"), "EUR"),
    ]
    by = "it is read by the layout bank.json: its header is the one that this was made for"
    assert records.origin.evidence[0] == by
    # What a run writes down is enough to read it again without the layout.
    assert rows(wb.read_external(april, **records.origin.options)) == rows(records)


def test_what_the_caller_says_goes_before_the_layout(tmp_path: Path) -> None:
    path = written(tmp_path, "open.csv", OPEN)
    layout = wb.detect_layout(path, "external", currency="EUR", date_format="%d/%m/%Y")
    assert [row[0] for row in rows(wb.read_external(path, layout=layout))] == ["2026-04-01", "2026-04-02"]
    other = wb.read_external(path, layout=layout, date_format="%m/%d/%Y", currency="USD")
    assert [(row[0], row[3]) for row in rows(other)] == [("2026-01-04", "USD"), ("2026-02-04", "USD")]


@pytest.mark.parametrize(
    ("header", "difference"),
    [
        ("Datum;Text;Wert", "'Betrag' is missing; 'Wert' is new"),
        ("Datum;Text;Betrag;Saldo;Art", "'Saldo', 'Art' are new"),
        ("Text;Datum;Betrag", "'Text' is column 1; 'Datum' is column 2"),
        ("Datum;Text;Betrag;Betrag", "'Betrag' is new"),
        ("Datum;Text", "'Betrag' is missing"),
    ],
)
def test_a_file_with_another_header_is_refused_with_the_difference(
    tmp_path: Path, saved: Path, header: str, difference: str
) -> None:
    width = header.count(";") + 1
    line = ";".join(["31/03/2026", "x", "1,00", "2,00", "3,00"][:width])
    path = written(tmp_path, "other.csv", f"{header}\n{line}\n{line}\n")
    with pytest.raises(wb.SourceError) as refusal:
        wb.read_external(path, layout=saved, header=1)
    assert f"other.csv has another header than its layout was made for: {difference}; if" in str(refusal.value)


def test_case_and_blanks_make_no_other_header(tmp_path: Path, saved: Path) -> None:
    path = written(tmp_path, "april.csv", APRIL.replace("Betrag", " BETRAG "))
    assert len(wb.read_external(path, layout=saved)) == 2


def test_another_currency_is_refused_and_one_that_the_file_does_not_say_is_taken_from_the_layout(
    tmp_path: Path, saved: Path
) -> None:
    with pytest.raises(wb.SourceError, match="says that its currency is USD, and its layout was made for EUR"):
        wb.read_external(written(tmp_path, "usd.csv", APRIL.replace("EUR", "USD")), layout=saved)
    silent = written(tmp_path, "silent.csv", APRIL.replace("Währung: EUR\n", ""))
    assert [row[3] for row in rows(wb.read_external(silent, layout=saved))] == ["EUR", "EUR"]


def test_a_layout_of_another_side_is_refused(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(wb.SettingsError, match="is read as internal, and its layout was made for external"):
        wb.read_internal(tmp_path / "march.csv", layout=saved)


def test_frames_are_read_by_a_layout_too() -> None:
    frame = pd.DataFrame({"id": ["a"], "Tag": ["01/04/2026"], "Betrag": ["1,50"], "currency": ["EUR"]})
    known = {"mapping": {"Tag": "date", "Betrag": "amount"}, "decimal": ",", "date_format": "%d/%m/%Y"}
    layout = wb.detect_layout(frame, "external", **known)
    assert wb.read_external(frame, layout=layout).to_pandas()["amount"].tolist() == [Decimal("1.50")]
    with pytest.raises(wb.SourceError, match="'Tag' is missing; 'Day' is new"):
        wb.read_external(frame.rename(columns={"Tag": "Day"}), layout=layout)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ('{"layout": 1, "options": {"source": "a\\u0000"}}', "holds a zero byte"),
        ('{"layout": 1, "options": {}, "options": {}}', "'options' stands twice in one object"),
        ("[]", "is no layout: workbench layout FILE --save"),
        ('{"layout": 2, "options": {}}', "is no layout"),
        ('{"layout": 1, "options": {"mapping": {"a": "b"}}}', "mapping takes pairs"),
        ('{"layout": 1, "options": {}, "header": "id"}', "header, evidence and found take lists"),
        ('{"layout": 1, "side": "external", "options": {"decimals": ","}}', "unknown reader option of a layout"),
        ('{"layout": 1, "side": "external", "options": {"decimal": ";"}}', "decimal=';' is unknown"),
    ],
)
def test_what_is_no_layout_is_said(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, "layout.json", text)
    with pytest.raises(wb.SettingsError, match=message):
        wb.read_external([{"id": "a"}], layout=path)


def test_what_is_no_path_of_a_layout_is_said(tmp_path: Path) -> None:
    with pytest.raises(wb.SettingsError, match="layout= takes a layout, or the path of one that was saved, not 7"):
        wb.read_external([{"id": "a"}], layout=7)  # type: ignore[arg-type]
    with pytest.raises(wb.SettingsError, match="cannot be read: No such file"):
        wb.read_external([{"id": "a"}], layout=tmp_path / "none.json")


def test_a_layout_with_open_questions_is_not_saved(tmp_path: Path) -> None:
    layout = wb.detect_layout(written(tmp_path, "open.csv", OPEN), "external")
    with pytest.raises(wb.SettingsError, match="the layout has open questions"):
        layout.save(tmp_path / "open.json")
    assert not (tmp_path / "open.json").exists()


def test_a_layout_is_plain_json(saved: Path) -> None:
    values = json.loads(saved.read_text(encoding="utf-8"))
    assert (values["layout"], values["side"], values["header"]) == (1, "external", ["Datum", "Text", "Betrag"])
    assert values["options"]["mapping"] == [["Datum", "date"], ["Betrag", "amount"], ["Text", "description"]]


def test_saving_replaces_a_layout_and_nothing_else(tmp_path: Path, saved: Path) -> None:
    layout = wb.detect_layout(tmp_path / "march.csv", "external")
    layout.save(saved)
    assert wb.load_layout(saved) == layout
    with pytest.raises(wb.SourceError, match=r"march.csv is there and is no layout, so it is not replaced"):
        layout.save(tmp_path / "march.csv")
    assert (tmp_path / "march.csv").read_text(encoding="utf-8") == MARCH
    with pytest.raises(wb.SourceError, match="cannot write"):
        layout.save(tmp_path / "none" / "bank.json")
