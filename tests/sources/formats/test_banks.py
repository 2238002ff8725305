"""Files as banks give them: each comes out as the records and statements that stand beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.layouts.questions import OpenQuestions
from workbench.sources import read_external

BANKS = Path(__file__).parent / "banks"
FILES = sorted(path.name for path in BANKS.iterdir() if path.suffix != ".csv")
ALL = {"only": {"status": ["BOOK", "PDNG"]}}  # what is only announced takes part, too
EURO = {"mapping": {"category": "currency"}}  # their categories are codes of currencies
OPTIONS: dict[str, Any] = {"quicken_euro.qif": EURO, "quicken_us.qif": EURO}
OPTIONS |= {"camt052_intraday.xml": ALL, "camt053_batches.xml": ALL}
# Ids that are made say nothing to a reader; that they are the same again has a test of its own.
MADE = r"[0-9a-f]{16}-\d+"


def cells(frame: pd.DataFrame) -> list[list[str]]:
    """A header and rows of texts: columns with a value, dates without a time that is midnight, made ids as such."""
    filled = frame.dropna(axis="columns", how="all")
    texts = filled.astype("string").fillna("")
    for name in texts.columns:
        texts[name] = texts[name].str.replace(r" 00:00:00\+00:00$", "", regex=True)
    if "id" in texts:
        texts["id"] = texts["id"].str.replace(MADE, "made", regex=True)
    return [list(texts.columns), *texts.to_numpy().tolist()]


def expected(name: str, kind: str) -> list[list[str]]:
    with (BANKS / f"{name}.{kind}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("name", FILES)
def test_a_file_becomes_the_records_and_statements_beside_it(name: str) -> None:
    records = read_external(BANKS / name, **OPTIONS.get(name, {}))
    assert cells(records.to_pandas()) == expected(name, "records")
    assert cells(records.statements) == expected(name, "statements")


def test_what_is_only_announced_is_asked_about() -> None:
    with pytest.raises(OpenQuestions) as refusal:
        read_external(BANKS / "camt052_intraday.xml")
    (question,) = refusal.value.questions
    assert [choice.options for choice in question.choices] == [{"without": {"status": ["PDNG"]}}, ALL]
    booked = read_external(BANKS / "camt052_intraday.xml", without={"status": ["PDNG"]}).to_pandas()
    assert booked["status"].tolist() == ["BOOK"]
