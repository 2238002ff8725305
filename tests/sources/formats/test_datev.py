"""DATEV: what is no batch of bookings, or not a whole one, is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from workbench.errors import SourceError
from workbench.layouts.questions import OpenQuestions

HEAD = '"EXTF";700;21;"Buchungsstapel";12;20260105;;"RE";"";"";1;2;20260101;4;20260101;20260131;"";"";1;0;0;"EUR";\n'
COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;Konto;Gegenkonto (ohne BU-Schlüssel);Belegdatum;Buchungstext\n"
)
BOOKING = '9,50;"S";1200;8400;1201;"Erlös"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "a.csv").write_text(text, encoding="cp1252")
    return folder / "a.csv"


@pytest.mark.parametrize(
    "bad",
    [
        "9,50;X;1200;8400;1201;",
        "9,50;S;1200;8400;3102;",
        "9,50;S;1200;8400;0102;",
        ";S;1;2;1201;",
        "1.000;S;1200;8400;1201;",
    ],
)
def test_a_booking_that_cannot_be_read_is_a_bad_row(tmp_path: Path, bad: str) -> None:
    records = wb.read_internal(write(tmp_path, HEAD + COLUMNS + BOOKING + bad + "\n"), on_bad="reject")
    assert (len(records.to_pandas()), records.rejected["row"].tolist()) == (1, [2])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD, "without Umsatz"),
        (HEAD + COLUMNS.replace("Buchungstext", "Konto") + BOOKING, "has the column 'Konto' twice"),
        (HEAD + COLUMNS + BOOKING.replace('Erlös"', "Erlös") + BOOKING, "too few"),
        (HEAD + COLUMNS + BOOKING.replace('"Erlös"', '"Erlös') + BOOKING.replace('"S"', "S"), "too few"),
    ],
)
def test_a_batch_that_is_not_whole_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        wb.read_internal(write(tmp_path, text))


@pytest.mark.parametrize("end", ["9,50;S;1200;8400;1201", "9,50;S;1200", "9"])
def test_a_booking_in_which_the_file_ends_is_a_bad_row(tmp_path: Path, end: str) -> None:
    records = wb.read_internal(write(tmp_path, HEAD + COLUMNS + BOOKING + end), on_bad="reject")
    assert records.rejected[["row", "reason"]].values.tolist() == [[2, "is cut off: the file ends in it"]]


def test_a_batch_without_its_currency_asks_for_it(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD.replace('"EUR"', "") + COLUMNS + BOOKING)
    with pytest.raises(OpenQuestions, match="does not say its currency"):
        wb.read_internal(path)
    assert wb.read_internal(path, currency="CHF").to_pandas()["currency"].tolist() == ["CHF"]
