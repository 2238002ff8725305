"""The sample data: written again byte for byte, true in itself, and what the rules make of it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import workbench as wb

DATA = Path(__file__).parent.parent / "data"
GERMAN = {
    "mapping": {
        "Vorgang": "id",
        "Betrag": "amount",
        "Währung": "currency",
        "Referenz": "reference",
        "Buchungstext": "description",
        "Datum": "date",
    },
    "decimal": ",",
    "thousands": ".",
    "date_format": "%d.%m.%Y %H:%M",
}


@dataclass(frozen=True)
class SampleSet:
    external: str
    internal: str
    strategy: str
    grouping: str | None = None
    options: Any = None  # of the external reader


SETS = {
    "cards": SampleSet("statement.csv", "ledger.csv", "one_to_one"),
    "processor": SampleSet("umsaetze.csv", "ledger.ndjson", "one_to_many", "parent_transaction", GERMAN),
    "split_authorisations": SampleSet("authorisations.json", "ledger.xlsx", "many_to_one", "reference"),
}
# True all the same: an amount that was mistyped, and a charge whose net entry is not applied yet.
OUT_OF_REACH = {"cards": {"ORD-10090"}, "processor": {"INV-2038"}, "split_authorisations": set()}


def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(DATA / "make_samples.py"), str(tmp_path)], check=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert made == sorted(p.relative_to(DATA) for name in ("practice", "month", *SETS) for p in (DATA / name).iterdir())
    assert [path for path in made if (tmp_path / path).read_bytes() != (DATA / path).read_bytes()] == []


@pytest.mark.parametrize("name", SETS)
def test_a_month_is_small_and_has_everything_planted(name: str) -> None:
    external, internal, truth = _load(name)
    sides = [list(external.values()), [row for row in internal.values() if row["status"] == "APPLIED"]]
    for rows in sides:
        assert 40 <= len(rows) <= 200
        assert {row["currency"] for row in rows} == {"EUR", "USD"}
        assert any(row["amount"] < 0 for row in rows), "a refund"
    assert set(external) - {e for e, _ in truth}, "an external record that the ledger lacks, or a doubled one"
    applied = {key for key, row in internal.items() if row["status"] == "APPLIED"}
    assert applied - {i for _, i in truth}, "a ledger transaction that the other side lacks, or a doubled one"
    assert any(row["status"] != "APPLIED" for row in internal.values()) or name == "split_authorisations"


@pytest.mark.parametrize("name", SETS)
def test_the_truth_names_records_that_exist_and_take_part(name: str) -> None:
    external, internal, truth = _load(name)
    assert len(set(truth)) == len(truth)
    assert {e for e, _ in truth} <= set(external)
    assert {internal[i]["status"] for _, i in truth} == {"APPLIED"}
    assert all(external[e]["currency"] == internal[i]["currency"] for e, i in truth)


@pytest.mark.parametrize("name", SETS)
def test_the_truth_fits_its_strategy(name: str) -> None:
    _, internal, truth = _load(name)
    of_external, of_internal = defaultdict(set), defaultdict(set)
    for e, i in truth:
        of_external[e].add(i)
        of_internal[i].add(e)
    if SETS[name].strategy != "one_to_many":
        assert {len(found) for found in of_external.values()} == {1}
    if SETS[name].strategy != "many_to_one":
        assert {len(found) for found in of_internal.values()} == {1}
    if name == "processor":
        parents = [{internal[i]["parent_transaction"] for i in found} for found in of_external.values()]
        assert {len(each) for each in parents} == {1}
        assert all(internal[parent]["status"] == "QUEUED" for each in parents for parent in each)


@pytest.mark.parametrize("name", SETS)
def test_true_totals_agree_within_one_percent_and_three_days(name: str) -> None:
    external, internal, truth = _load(name)
    apart = set()
    for pairs in _units(truth):
        e = [external[key] for key in {e for e, _ in pairs}]
        i = [internal[key] for key in {i for _, i in pairs}]
        paid, booked = sum(row["amount"] for row in e), sum(row["amount"] for row in i)
        days = min(row["date"] for row in e) - min(row["created_at"] for row in i)
        if abs(paid - booked) * 100 > abs(booked) or abs(days) > timedelta(days=3):
            apart.add(e[0]["reference"])
    assert apart == OUT_OF_REACH[name]


# Of the true pairs some are out of reach of the rules on purpose: see the README of the data.
@pytest.mark.parametrize(
    ("name", "matched_external", "matched_internal", "right", "wrong"),
    [("cards", 112, 112, 94, 18), ("processor", 37, 73, 73, 0), ("split_authorisations", 105, 43, 105, 0)],
)
def test_what_the_rules_find_of_it(
    name: str, matched_external: int, matched_internal: int, right: int, wrong: int
) -> None:
    sample, folder = SETS[name], DATA / name
    result = wb.reconcile(
        wb.read_external(folder / sample.external, **(sample.options or {})),
        wb.read_internal(folder / sample.internal),
        strategy=sample.strategy,
        grouping_criteria=sample.grouping,
        rules=wb.load_rules(folder / "rules.json"),
    )
    found = set(zip(*result.matches[["external_transaction_id", "internal_transaction_id"]].T.values, strict=True))
    truth = set(_truth(name))
    assert (
        result.summary["matched_transactions"],
        result.summary["matched_internal_transactions"],
        len(found & truth),
        len(found - truth),
    ) == (matched_external, matched_internal, right, wrong)


def test_without_rules_every_match_of_the_cards_is_right() -> None:
    folder = DATA / "cards"
    result = wb.reconcile(wb.read_external(folder / "statement.csv"), wb.read_internal(folder / "ledger.csv"))
    pairs = set(zip(*result.matches[["external_transaction_id", "internal_transaction_id"]].T.values, strict=True))
    assert (len(pairs), len(pairs - set(_truth("cards")))) == (112, 0)


@pytest.mark.parametrize(
    ("rules", "matched"),
    [("rules.json", ["001", "009"]), ("rules_one_percent.json", ["001", "002", "004", "005", "007", "009"])],
)
def test_blnks_practice_example(rules: str, matched: list[str]) -> None:
    folder = DATA / "practice"
    result = wb.reconcile(
        wb.read_external(folder / "stripe.csv"),
        wb.read_internal(folder / "ledger.csv"),
        rules=wb.load_rules(folder / rules),
    )
    assert sorted(result.matches["external_transaction_id"]) == [f"pay_{number}" for number in matched]
    assert sorted(result.matches["internal_transaction_id"]) == [f"txn_{number}" for number in matched]


def test_the_bad_rows_are_found_where_they_are_said_to_be() -> None:
    records = wb.read_external(DATA / "cards" / "statement_with_bad_rows.csv", on_bad="reject")
    said = [(int(row["row"]), row["column"]) for row in _csv(DATA / "cards" / "bad_rows.csv")]
    assert sorted(zip(records.rejected["row"], records.rejected["column"], strict=True)) == said
    good = records.to_pandas()
    assert sorted(good["id"]) == [f"ch_good{number:02}" for number in range(1, 11)]
    assert {"<script>alert(1)</script>", "=cmd()"} < set(good["description"])


def _units(truth: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Pairs that share a record, together: one record of one side stands in all pairs of its unit."""
    by_external, by_internal = defaultdict(list), defaultdict(list)
    for pair in truth:
        by_external[pair[0]].append(pair)
        by_internal[pair[1]].append(pair)
    return list({tuple(max(by_external[e], by_internal[i], key=len)): None for e, i in truth})


def _load(name: str) -> tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]:
    """Both sides by id, read without the workbench: amounts as decimals, dates with their zone."""
    folder = DATA / name
    external, internal = {
        "cards": lambda: (_csv(folder / "statement.csv"), _csv(folder / "ledger.csv")),
        "processor": lambda: (_german_csv(folder / "umsaetze.csv"), _ndjson(folder / "ledger.ndjson")),
        "split_authorisations": lambda: (_json(folder / "authorisations.json"), _xlsx(folder / "ledger.xlsx")),
    }[name]()
    return (
        {row["id"]: _typed(row, "date") for row in external},
        {row["transaction_id"]: _typed(row, "created_at") for row in internal},
        _truth(name),
    )


def _truth(name: str) -> list[tuple[str, str]]:
    return [(row["external_id"], row["internal_id"]) for row in _csv(DATA / name / "truth.csv")]


def _typed(row: dict[str, Any], date: str) -> dict[str, Any]:
    when = row[date] if isinstance(row[date], datetime) else datetime.fromisoformat(row[date])
    return row | {"amount": Decimal(str(row["amount"])), date: when.replace(tzinfo=UTC)}


def _csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _german_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {GERMAN["mapping"][name]: text for name, text in row.items()} for row in csv.DictReader(file, delimiter=";")
        ]
    return [
        row
        | {
            "amount": row["amount"].replace(".", "").replace(",", "."),
            "date": datetime.strptime(row["date"], GERMAN["date_format"]).replace(tzinfo=UTC),
        }
        for row in rows
    ]


def _ndjson(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in path.read_text(encoding="utf-8").splitlines()]


def _json(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return rows


def _xlsx(path: Path) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    names = [name.lower().replace(" ", "_") for name in header]
    return [dict(zip(names, row, strict=True)) for row in rows]
