"""Several files make one side: what stands in two of them counts once, what contradicts itself is bad."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.errors import BadRecords, SettingsError, SourceError
from workbench.layouts.questions import OpenQuestions
from workbench.runs.folder.manifest import describe, verify_run
from workbench.sources import preview

HEADER = "id,date,amount,currency"


def write(folder: Path, name: str, *lines: str) -> str:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder / name)


def rows(frame: Any, *columns: str) -> list[list[Any]]:
    return frame[list(columns)].values.tolist()


@pytest.fixture
def months(tmp_path: Path) -> list[str]:
    november = write(tmp_path, "nov.csv", HEADER, "b1,2025-11-29,5.00,EUR", "b2,2025-11-30,6.00,EUR")
    december = write(tmp_path, "dec.csv", HEADER, "b2,2025-11-30,6.0,EUR", "b3,2025-12-01,7.125,EUR")
    return [november, december]


def test_a_record_in_two_files_counts_once_and_is_listed_as_excluded(months: list[str]) -> None:
    records = wb.read_external(months)
    assert rows(records.to_pandas(), "id", "amount", "file") == [
        ["b1", Decimal("5.000"), "nov.csv"],
        ["b2", Decimal("6.000"), "nov.csv"],
        ["b3", Decimal("7.125"), "dec.csv"],
    ]
    assert records.excluded is not None
    excluded = records.excluded.to_pandas()
    assert rows(excluded, "id", "file", "reason") == [
        ["b2", "dec.csv", "counts once: it stands in row 2 of nov.csv too"]
    ]
    assert (records.origin.rows, records.origin.name) == (4, "nov.csv, dec.csv")


def test_a_pattern_names_its_files_in_the_order_of_their_names(months: list[str], tmp_path: Path) -> None:
    write(tmp_path, "ledger.txt", "no record")
    records = wb.read_external(str(tmp_path / "*.csv"))
    assert records.origin.path == (months[1], months[0])
    assert sorted(records.to_pandas()["id"]) == ["b1", "b2", "b3"]
    assert wb.read_external(tmp_path / "n*.csv").origin.path == months[0]
    assert list(preview(str(tmp_path / "*.csv"), "external").columns) == HEADER.split(",")
    with pytest.raises(SourceError, match=r"no file fits the pattern '.*x\*\.csv'"):
        wb.read_external(str(tmp_path / "x*.csv"))
    with pytest.raises(SourceError, match=r"nov\.csv is named twice: name each file once"):
        wb.read_external([months[0], *months])


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a[1].csv", HEADER, "b1,2025-11-29,5.00,EUR")
    assert wb.read_external(path).to_pandas()["id"].tolist() == ["b1"]


def test_the_same_id_with_other_content_is_bad_in_both(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", HEADER, "b1,2025-11-29,5.00,EUR", "b2,2025-11-30,6.00,EUR")
    two = write(tmp_path, "b.csv", HEADER, "b2,2025-11-30,-6.50,EUR", "b3,2025-12-01,x,EUR")
    with pytest.raises(BadRecords) as refusal:
        wb.read_external([one, two])
    assert str(refusal.value).splitlines() == [
        'a.csv, b.csv: 3 of 4 records are bad; correct them, or read the others with on_bad="reject"',
        "  a.csv, row 2, column id: 'b2' has another amount in row 1 of b.csv, which has the same id",
        "  b.csv, row 1, column id: 'b2' has another amount in row 2 of a.csv, which has the same id",
        "  b.csv, row 2, column amount: 'x' is not a number",
    ]
    records = wb.read_external([one, two], on_bad="reject")
    assert records.to_pandas()["id"].tolist() == ["b1"]
    assert rows(records.rejected, "file", "row", "column") == [
        ["a.csv", 2, "id"],
        ["b.csv", 1, "id"],
        ["b.csv", 2, "amount"],
    ]
    assert records.rejected_totals == {"EUR": (3, Decimal("-0.50"))}
    assert records.rejected_debits == {"EUR": Decimal("6.50")}


def test_a_record_that_was_announced_in_one_file_counts_as_booked_in_the_other(tmp_path: Path) -> None:
    header = f"{HEADER},status"
    one = write(tmp_path, "a.csv", header, "b1,2025-11-30,6.00,EUR,pending")
    two = write(tmp_path, "b.csv", header, "b1,2025-11-30,6.00,EUR,booked")
    records = wb.read_external([one, two])
    assert rows(records.to_pandas(), "id", "status", "file") == [["b1", "booked", "b.csv"]]


COFFEE = "2025-11-30;-3,20;EUR;Coffee"


def test_equal_rows_without_ids_count_as_often_as_the_file_that_has_most_of_them(tmp_path: Path) -> None:
    header = "Buchungstag;Betrag;Währung;Verwendungszweck"
    one = write(tmp_path, "a.csv", header, "2025-11-29;7,00;EUR;Rent", COFFEE)
    two = write(tmp_path, "b.csv", header, COFFEE, COFFEE, "2025-12-01;9,00;EUR;Shop")
    records = wb.read_external([one, two])
    table = records.to_pandas()
    assert rows(table, "description", "file") == [
        ["Rent", "a.csv"],
        ["Coffee", "a.csv"],
        ["Coffee", "b.csv"],
        ["Shop", "b.csv"],
    ]
    # What was made is what each file makes by itself.
    assert set(table["id"]) == {*wb.read_external(one).to_pandas()["id"], *wb.read_external(two).to_pandas()["id"]}


def test_balances_tell_equal_rows_of_two_files_apart(tmp_path: Path) -> None:
    header = "Buchungstag;Betrag;Währung;Verwendungszweck;Saldo"
    one = write(tmp_path, "a.csv", header, "2025-11-29;7,00;EUR;Rent;100,00", f"{COFFEE};96,80")
    two = write(tmp_path, "b.csv", header, f"{COFFEE};93,60", "2025-12-01;9,00;EUR;Shop;102,60")
    records = wb.read_external([one, two])
    assert len(records) == 4
    assert records.to_pandas()["id"].is_unique
    assert records.excluded is None
    assert rows(records.statements, "opening_balance", "closing_balance") == [[Decimal("93.00"), Decimal("102.60")]]


def test_statements_are_followed_across_files_in_whatever_order_they_are_named(tmp_path: Path) -> None:
    header = f"{HEADER},balance"
    december = [  # the newest first
        "b5,2025-12-02,2.00,EUR,17.00",
        "b4,2025-12-01,1.00,EUR,15.00",
        "b3,2025-11-30,3.00,EUR,14.00",
    ]
    november = ["b1,2025-11-28,1.00,EUR,6.00", "b2,2025-11-29,5.00,EUR,11.00", "b3,2025-11-30,3.00,EUR,14.00"]
    paths = [write(tmp_path, "dec.csv", header, *december), write(tmp_path, "nov.csv", header, *november)]
    found = wb.read_external(paths).statements
    assert rows(found, "opening_balance", "sum_of_records", "closing_balance", "difference") == [[5, 12, 17, 0]]
    write(tmp_path, "nov.csv", header, *november[:1], *november[2:])
    found = wb.read_external(paths).statements
    assert found["finding"].dropna().tolist() == [
        (
            "statement rows 1 to 3 of dec.csv of EUR opens with 11.00, which is +5.00 from where the statement before "
            "it closes"
        )
    ]


def test_formats_may_differ_and_each_option_goes_to_the_files_that_have_a_use_for_it(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", "Nummer;Tag;Summe;currency", "b1;31.01.2026;1.234,50;EUR")
    two = write(tmp_path, "b.ndjson", '{"id": "b2", "date": "2026-02-01", "amount": "7.10", "currency": "EUR"}')
    mapping = {"Nummer": "id", "Tag": "date", "Summe": "amount"}
    records = wb.read_external([one, two], mapping=mapping, delimiter=";", encoding="utf-8")
    assert rows(records.to_pandas(), "id", "amount") == [["b1", Decimal("1234.50")], ["b2", Decimal("7.10")]]
    assert records.origin.format == "csv, ndjson"
    with pytest.raises(SourceError, match="has no header 'Numer', which mapping= names"):
        wb.read_external([one, two], mapping={"Numer": "id"})
    with pytest.raises(SettingsError, match="which has no use for sheet"):
        wb.read_external([one, two], sheet="2026")


def test_a_file_like_it_answers_what_one_leaves_open_and_what_all_leave_open_is_asked_once(tmp_path: Path) -> None:
    header = "id,Date,Amount,currency"
    clear = write(tmp_path, "nov.csv", header, "b1,28/11/2025,5.00,EUR")
    open_ones = [
        write(tmp_path, "dec.csv", header, "b2,02/12/2025,6.00,EUR"),
        write(tmp_path, "jan.csv", header, "b3,03/01/2026,6.00,EUR"),
    ]
    records = wb.read_external([clear, *open_ones])
    assert [f"{day:%Y-%m-%d}" for day in records.to_pandas()["date"]] == ["2025-11-28", "2025-12-02", "2026-01-03"]
    with pytest.raises(OpenQuestions) as refusal:
        wb.read_external(open_ones)
    assert [question.option for question in refusal.value.questions] == ["date_format"]
    assert str(refusal.value).startswith("dec.csv, jan.csv: dates such as ")
    # A file with another header is no witness, and two that contradict each other are none.
    other = write(tmp_path, "other.csv", "id,Date,Amount,currency,Note", "b1,28/11/2025,5.00,EUR,x")
    american = write(tmp_path, "us.csv", header, "b9,11/28/2025,5.00,EUR")
    for witnesses in ([other], [clear, american]):
        with pytest.raises(OpenQuestions):
            wb.read_external([*witnesses, *open_ones])


def test_left_out_lines_name_their_file(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", HEADER, "b1,2025-11-29,5.00,EUR", "Total,,5.00,")
    two = write(tmp_path, "b.csv", HEADER, "b2,2025-11-30,6.00,EUR")
    assert rows(wb.read_external([one, two]).left_out, "file", "line") == [["a.csv", 3]]


def test_a_run_names_each_file_with_its_hash_and_can_be_done_again(months: list[str], tmp_path: Path) -> None:
    ledger = write(
        tmp_path,
        "ledger.ndjson",
        *(
            f'{{"transaction_id": "t{day}", "amount": "{amount}", "currency": "EUR", "created_at": "2025-11-{day}"}}'
            for day, amount in (("29", "5.00"), ("30", "6.00"))
        ),
    )
    result = wb.reconcile(wb.read_external(months), wb.read_internal(ledger))
    external = describe(result.inputs["external"])
    assert external["path"] == months
    assert [file["name"] for file in external["files"]] == ["nov.csv", "dec.csv"]
    assert len({file["sha256"] for file in external["files"]} | {external["sha256"]}) == 3
    assert result.excluded["reason"].tolist() == ["counts once: it stands in row 2 of nov.csv too"]
    folder = tmp_path / "run"
    wb.write_run(result, folder)
    assert verify_run(folder) == []
    Path(months[1]).write_text("changed")
    assert verify_run(folder) == [f"external input {months[1]} has changed since the run"]
