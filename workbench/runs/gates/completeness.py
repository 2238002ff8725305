"""Completeness: an input held against what was expected of it, before anybody looks at what matched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

from workbench.amounts import amount_text
from workbench.instants import rfc3339
from workbench.records import Records
from workbench.runs.gates.checks import Check
from workbench.runs.gates.expectations import OUTSIDE, Expectation, outside_period
from workbench.runs.gates.limits import FAIL

NAMES = {"external": ("id", "date"), "internal": ("transaction_id", "created_at")}
_EXACT = Context(prec=100)


def check_inputs(
    expected: Mapping[str, Expectation], records: Mapping[str, Records], now: datetime
) -> tuple[tuple[Check, ...], pa.Table]:
    """Hold each input against what is expected of it.

    Returns the checks, and the records outside the expected periods: ``side``, ``id``, ``amount``, ``currency``,
    ``date``. ``now`` is the instant that ages count to.
    """
    checks: list[Check] = []
    outside = [OUTSIDE.empty_table()]
    for side, expectation in expected.items():
        period, table = expectation.period, records[side].table
        outside_records = outside_period(period, side, table, NAMES[side]) if period else OUTSIDE.empty_table()
        checks += _checks(side, expectation, records[side], len(outside_records), now)
        outside.append(outside_records)
    return tuple(checks), pa.concat_tables(outside, promote_options="permissive")


def _checks(side: str, expectation: Expectation, records: Records, outside: int, now: datetime) -> Iterator[Check]:
    name = records.origin.name
    if expectation.rows is not None:
        rows, expected_rows = records.origin.rows, expectation.rows
        yield _check("rows", side, f"{rows:,}", f"{expected_rows:,}", f"{name} has", rows == expected_rows, "records")
    if expectation.sha256 is not None:
        digest = records.origin.sha256 or "none"
        kept = digest == expectation.sha256
        yield _check("sha256", side, digest, expectation.sha256, f"{name} has the SHA-256", kept)
    if expectation.total or expectation.closing_balance:
        yield from _totals(side, expectation, records)
    if expectation.period:
        first, after = expectation.period
        period = f"{first.date()} to {(after - timedelta(microseconds=1)).date()}"
        fact = f"{outside:,} of {records.origin.rows:,} records of {name} lie outside the period {period}"
        yield Check("expect_period", FAIL, side, f"{outside:,} outside", period, not outside, fact)
    if expectation.newest is not None:
        yield _newest(side, expectation.newest, records, now)


def _totals(side: str, expectation: Expectation, records: Records) -> Iterator[Check]:
    sums = _sums(records)
    bad = sum(count for count, _ in records.rejected_totals.values())
    unknown = f" and {bad:,} rejected records of unknown amount" if bad else ""
    name = records.origin.name
    # A currency that nobody expected must sum to nothing.
    totals = {**dict.fromkeys(sums, Decimal(0)), **expectation.total} if expectation.total else {}
    for currency, total in totals.items():
        actual = sums.get(currency, Decimal(0))
        actual_text, total_text = (f"{amount_text(amount, currency)} {currency}" for amount in (actual, total))
        kept = actual == total and not bad
        yield _check("total", side, actual_text + unknown, total_text, f"{name} sums to", kept)
    for currency, closing in expectation.closing_balance.items():
        opening = expectation.opening_balance.get(currency, Decimal(0))
        actual = _EXACT.add(opening, sums.get(currency, Decimal(0)))
        actual_text, closing_text, opening_text = (
            f"{amount_text(amount, currency)} {currency}" for amount in (actual, closing, opening)
        )
        fact, kept = f"{name} leads from {opening_text} to", actual == closing and not bad
        yield _check("closing_balance", side, actual_text + unknown, closing_text, fact, kept)


def _sums(records: Records) -> dict[str, Decimal]:
    """The sum of the usable records of each currency, exactly."""
    table = records.table
    rows = table.group_by("currency").agg(total=table.amount.sum().cast("string")).to_pyarrow().to_pylist()
    return {row["currency"]: Decimal(row["total"]) for row in sorted(rows, key=lambda row: str(row["currency"]))}


def _newest(side: str, limit: timedelta | datetime, records: Records, now: datetime) -> Check:
    newest: Any = records.table[NAMES[side][1]].max().to_pyarrow().as_py()
    earliest = now - limit if isinstance(limit, timedelta) else limit
    kept = newest is not None and newest >= earliest
    fact = f"the newest record of {records.origin.name} is of"
    figure, limit_text = (
        rfc3339(instant.astimezone(UTC), "seconds") if instant else "none" for instant in (newest, earliest)
    )
    return _check("newest", side, figure, f"{limit_text} or later", fact, kept)


def _check(expectation: str, side: str, figure: str, limit: str, fact: str, kept: bool, noun: str = "") -> Check:
    of_what = f" {noun}" if noun else ""
    ending = "as expected" if kept else f"not {limit} as expected"
    sentence = f"{fact} {figure}{of_what}, {ending}"
    return Check(f"expect_{expectation}", FAIL, side, figure, limit, kept, sentence)
