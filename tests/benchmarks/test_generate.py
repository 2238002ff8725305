"""The generator of benchmark samples: as many records as asked, and a truth that holds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.generate import SHAPES, Sample, generate, write

RECORDS = 2000


@pytest.fixture(scope="module", params=SHAPES)
def sample(request: pytest.FixtureRequest) -> Sample:
    return generate(RECORDS, request.param, seed=7)


def test_the_sides_have_as_many_records_as_promised(sample: Sample) -> None:
    assert sample.internal.num_rows == RECORDS
    assert sample.external.num_rows == 0.97 * RECORDS
    assert sample.truth.num_rows == 0.95 * RECORDS


def test_the_same_seed_makes_the_same_records_and_another_seed_others() -> None:
    for shape in SHAPES:
        assert generate(100, shape, seed=3) == generate(100, shape, seed=3)
        assert generate(100, shape, seed=3).external != generate(100, shape, seed=4).external


def test_every_record_is_in_the_truth_at_most_once_and_exists(sample: Sample) -> None:
    external, internal = set(sample.external["id"].to_pylist()), set(sample.internal["transaction_id"].to_pylist())
    true_external = sample.truth["external_id"].to_pylist()
    true_internal = sample.truth["internal_id"].to_pylist()
    assert len(external) == sample.external.num_rows
    assert len(internal) == sample.internal.num_rows
    assert len(set(true_external)) == len(true_external)
    assert len(set(true_internal)) == len(true_internal)
    assert set(true_external) < external
    assert set(true_internal) < internal


def test_true_pairs_differ_by_settlement_and_fees_only() -> None:
    pairs = _true_pairs(generate(RECORDS, "references", seed=7))
    assert all(e["currency"] == i["currency"] for e, i in pairs)
    cents = [(int(e["amount"] * 100), i["precise_amount"]) for e, i in pairs]
    charged = [(paid, booked) for paid, booked in cents if paid != booked]
    assert all(paid == booked - booked * 29 // 1000 - 30 for paid, booked in charged)
    assert 0 < len(charged) < 0.05 * RECORDS
    hours = [(e["date"] - i["created_at"]).total_seconds() / 3600 for e, i in pairs]
    assert 1 <= min(hours) < max(hours) < 72


def test_references_are_intact_missing_or_decorated() -> None:
    pairs = [(e["reference"], i["reference"]) for e, i in _true_pairs(generate(RECORDS, "references", seed=7))]
    shares = {
        "intact": sum(e == i for e, i in pairs),
        "missing": sum(e is None for e, _ in pairs),
        "prefixed": sum(e == f"PAY*{i}" for e, i in pairs),
        "suffixed": sum(e == f"{i}/01" for e, i in pairs),
        "cased": sum(e == i.upper() for e, i in pairs),
        "queued": sum(f"{e}_q" == i for e, i in pairs),
    }
    assert sum(shares.values()) == len(pairs)
    assert 0.55 < shares["intact"] / len(pairs) < 0.65
    assert min(shares.values()) > 0.01 * len(pairs)


def test_two_dimensional_pairs_differ_by_up_to_one_percent_and_three_days() -> None:
    pairs = _true_pairs(generate(RECORDS, "two-dimensional", seed=7))
    off = [abs(int(e["amount"] * 100) - i["precise_amount"]) / i["precise_amount"] for e, i in pairs]
    days = [abs((e["date"] - i["created_at"]).total_seconds()) / 86400 for e, i in pairs]
    assert 0.009 < max(off) <= 0.01
    assert 2.9 < max(days) <= 3
    assert {e["reference"] for e, _ in pairs} | {i["reference"] for _, i in pairs} == {None}


def test_prices_recur(sample: Sample) -> None:
    amounts = sample.internal["precise_amount"].to_pylist()
    assert len(set(amounts)) < len(amounts) / 2


def test_the_files_hold_what_was_made(sample: Sample, tmp_path: Path) -> None:
    write(sample, tmp_path / "new")
    for name in ("external", "internal", "truth"):
        assert pq.read_table(tmp_path / "new" / f"{name}.parquet") == getattr(sample, name)
    total = duckdb.sql(f"SELECT sum(amount) FROM '{tmp_path}/new/external.parquet'").fetchall()
    assert total == [(sum(sample.external["amount"].to_pylist()),)]


def _true_pairs(sample: Sample) -> list[tuple[dict[str, object], dict[str, object]]]:
    external = {row["id"]: row for row in sample.external.to_pylist()}
    internal = {row["transaction_id"]: row for row in sample.internal.to_pylist()}
    return [(external[row["external_id"]], internal[row["internal_id"]]) for row in sample.truth.to_pylist()]
