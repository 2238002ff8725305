"""Layouts of banks, processors and ledgers: each file as its institution writes it, and the records it says.

A folder of ``layouts`` holds an ``input`` and what must come of it: ``expected.csv``, whose columns are the ones
compared, and ``expected.json``: how many lines below the header are no records, and, where the file leaves one thing
open, the option that the refusal has to name and the answer.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.layouts.questions import OpenQuestions

FOLDER = Path(__file__).parent / "layouts"
READERS = {"external": wb.read_external, "internal": wb.read_internal}
IDS = {"external": "id", "internal": "transaction_id"}


@dataclass(frozen=True)
class Case:
    """A layout: the file, the records it says, and what else is known of it."""

    name: str
    path: Path
    expected: list[dict[str, str]]
    facts: dict[str, Any]

    @property
    def side(self) -> str:
        return self.facts["side"]

    @property
    def questions(self) -> list[str]:
        return self.facts.get("questions", [])


def load(folder: Path) -> Case:
    (path,) = folder.glob("input.*")
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    return Case(folder.name, path, expected, json.loads((folder / "expected.json").read_text(encoding="utf-8")))


CASES = [load(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]
SETTLED = [case for case in CASES if not case.questions]
OPEN = [case for case in CASES if case.questions]


def named(case: Case) -> str:
    return case.name


def value(column: str, cell: object) -> object:
    """A cell as it is compared: money as a number, an instant as one, the rest as text without blanks around it."""
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if column in {"amount", "balance"}:
        return Decimal(str(cell)).normalize()
    if column in {"date", "created_at"}:
        instant = pd.Timestamp(str(cell))
        return instant.tz_localize("UTC") if instant.tz is None else instant.tz_convert("UTC")
    return str(cell).strip()


def check(case: Case, records: wb.Records) -> None:
    table = records.to_pandas()
    columns = list(case.expected[0])
    # A table has no order; of equal rows there are as many.
    read, expected = (
        sorted(str([value(column, row[column]) for column in columns]) for row in rows)
        for rows in (table.to_dict("records"), case.expected)
    )
    assert read == expected
    below = records.left_out[records.left_out["why"] != "stands before the header"]
    assert len(below) == case.facts["left_out"]
    assert (0 if records.excluded is None else records.excluded.count().to_pyarrow().as_py()) == case.facts.get(
        "excluded", 0
    )
    ids = table[IDS[case.side]].tolist()
    assert all(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("case", SETTLED, ids=named)
def test_a_file_that_settles_everything_is_read_without_an_answer(case: Case) -> None:
    check(case, READERS[case.side](case.path))


@pytest.mark.parametrize("case", OPEN, ids=named)
def test_a_file_that_leaves_something_open_is_asked_that_once_and_read_with_the_answer(case: Case) -> None:
    with pytest.raises(OpenQuestions) as refusal:
        READERS[case.side](case.path)
    assert [question.option for question in refusal.value.questions] == case.questions
    check(case, READERS[case.side](case.path, **case.facts["answer"]))


def test_the_page_lists_every_layout() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `")]
    listed = [tuple(cell.strip().strip("`") for cell in row) for row in rows]
    assert listed == [
        (
            case.name,
            case.facts["who"],
            case.facts["country"],
            case.facts["kind"],
            ", ".join(case.facts.get("questions", ["none"])),
        )
        for case in CASES
    ]
