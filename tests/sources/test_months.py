"""Dates with the names of months, whatever their language."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.sources import read_external

NAMES = {
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "JAN FEV MAR ABR MAI JUN JUL AGO SET OUT NOV DEZ",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "fi": "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "tr": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
}


@pytest.mark.parametrize("language", NAMES)
def test_a_date_with_the_name_of_a_month_is_read_in_its_language(tmp_path: Path, language: str) -> None:
    path = tmp_path / "statement.csv"
    rows = [f"{day}-{name}-2025;1,50;EUR;b{day}" for day, name in enumerate(NAMES[language].split(), 11)]
    path.write_text("\n".join(["date;amount;currency;id", *rows]), encoding="utf-8")
    dates = read_external(path).to_pandas().sort_values("id")["date"]
    assert [(date.day, date.month) for date in dates] == [(month + 10, month) for month in range(1, 13)]
