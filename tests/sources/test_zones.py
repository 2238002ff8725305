"""Zones beside times: names, abbreviations and offsets, each of which means one zone."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb


def read(folder: Path, text: str) -> wb.Records:
    (folder / "a.csv").write_text(text)
    return wb.read_external(folder / "a.csv", on_bad="reject")


def utc(records: wb.Records) -> list[str]:
    return records.to_pandas()["date"].dt.strftime("%d %H:%M").tolist()


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("PDT", "19:00"),
        ("PST", "20:00"),  # whatever the season is: the abbreviation says which
        ("EDT", "16:00"),
        ("CEST", "10:00"),
        ("CET", "11:00"),
        ("BST", "11:00"),  # British Summer Time, not that of Dhaka
        ("GMT", "12:00"),
        ("UTC+2", "10:00"),
        ("GMT+01:00", "11:00"),
        ("-0800", "20:00"),
        ("Europe/Berlin", "10:00"),
    ],
)
def test_a_zone_in_a_column(tmp_path: Path, zone: str, hour: str) -> None:
    rows = f"2026-07-01,12:00:00,{zone},-1.00,EUR\n2026-07-13,12:00:00,{zone},-2.50,EUR\n"
    assert utc(read(tmp_path, f"Date,Time,TimeZone,Amount,Currency\n{rows}")) == [f"01 {hour}", f"13 {hour}"]


@pytest.mark.parametrize(("zone", "hour"), [("PDT", "19:00"), ("BST", "11:00"), ("CET", "11:00"), ("UTC", "12:00")])
def test_a_zone_behind_a_time(tmp_path: Path, zone: str, hour: str) -> None:
    rows = f"13/07/2026 12:00:00 {zone},-1.00,EUR\n14/07/2026 12:00:00 {zone},-2.50,EUR\n"
    assert utc(read(tmp_path, f"Date,Amount,Currency\n{rows}")) == [f"13 {hour}", f"14 {hour}"]


@pytest.mark.parametrize("zone", ["IST", "AST", "CST", "XYZ"])
def test_an_abbreviation_of_several_zones_is_none(tmp_path: Path, zone: str) -> None:
    column = read(tmp_path, f"Date,Time,TimeZone,Amount,Currency\n2026-07-01,12:00:00,{zone},-1.00,EUR\n")
    assert {*column.rejected["column"]} >= {"timezone"}
    behind = read(tmp_path, f"Date,Amount,Currency\n13/07/2026 12:00:00 {zone},-1.00,EUR\n")
    assert behind.rejected["column"].tolist() == ["date"]
