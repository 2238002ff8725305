"""Encodings that nobody names: found from the words of a text, whatever its language."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.sources import read_external
from workbench.sources.detection.encoding import encoding_readings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Datum;Betrag;Empfänger\n01.12.25;5,00;Müller", "cp1252"),
        ("Últimos movimientos\nFecha;Importe;Concepto\n01/12/2025;5,00;Comisión", "cp1252"),  # cp1257 has Śltimos
        ("Date;Libellé;Crédit\n01/12/2025;Carte n° 1;1\u00a0180,00", "cp1252"),  # a no-break space is no letter
        ('"Balance","£1,780.08"\n"Rent","£5.00"', "cp1252"),  # cp850 has ú1,780.08
        (
            "Shop;Owner\u2019s \u2018best\u2019 cup, o\u2019clock, it\u2019s McDonald\u2019s",
            "cp1252",
        ),  # these bytes are Japanese in cp932
        ("Data;Kwota;Opis\n2025-12-01;5,00;Płatność kartą", "cp1250"),
        ("Tarih;Tutar;A\u00e7\u0131klama\n01.12.2025;5,00;Al\u0131\u015fveri\u015f", "cp1254"),
        ("取引日,入出金(円),残高(円)\n20251201,-500,カード引落", "cp932"),
        ("交易日期,交易說明,提款金額,餘額\n2025/12/01,超商繳費,500,1000", "big5"),
        ("거래일시,적요,출금액(원),잔액(원)\n2025.12.01,카드결제,500,1000", "euc_kr"),
    ],
)
def test_the_encoding_is_the_one_in_which_all_words_make_sense(text: str, encoding: str) -> None:
    assert [reading.encoding for reading in encoding_readings(text.encode(encoding))] == [encoding]


def test_a_word_that_makes_no_sense_in_any_encoding_settles_nothing(tmp_path: Path) -> None:
    rows = "01.11.2025;Комиссия за ИнтернетБанк;-59,00;RUB\n14.11.2025;Зарплата за октябрь № 7;50000,00;RUB\n"
    path = tmp_path / "a.csv"
    path.write_bytes(("Дата операции;Описание операции;Сумма;Валюта\n" + rows).encode("cp1251"))
    records = read_external(path).to_pandas()
    assert records["description"].tolist() == ["Комиссия за ИнтернетБанк", "Зарплата за октябрь № 7"]


def test_a_long_run_of_letters_is_looked_through_once() -> None:
    # Looked through from each letter anew, it would take hours.
    assert encoding_readings(b"A" * 1_000_000 + " Straße".encode("cp1252"))[0].words == ("Straße",)


def test_encodings_that_spell_all_words_alike_are_one() -> None:
    text = "été à élève père mère frère déjà très près après ménage forêt hôtel CafÉs"
    readings = encoding_readings(text.encode("cp1252"))
    assert len({reading.words for reading in readings}) == len(readings)
