"""Reconstruct small ledgers: what every balance comes to, and where every transaction went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.balances.books import amounts, book, ledger
from workbench.balances.control_totals import control_totals
from workbench.balances.rebuild import reconstruct
from workbench.balances.result import Reconstruction
from workbench.balances.sums import Group
from workbench.errors import ControlTotalsError, SettingsError, SourceError, WorkbenchError
from workbench.sources import read_balances, read_internal

NINES = "9" * 38


def rows(rebuilt: Reconstruction, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rebuilt.tables[table].select(columns).to_pylist()]


def recalculated(rebuilt: Reconstruction) -> dict[str, tuple[int, int, int]]:
    found = rows(rebuilt, "results", "balance_id", "recalculated_debit", "recalculated_credit", "recalculated_balance")
    return {balance_id: tuple(map(int, figures)) for balance_id, *figures in found}


def test_the_example_of_blnk_comes_out() -> None:
    internal = ledger("t1 w b 118400", "t2 w b 1200", "t3 b w 14558", "t4 b w 600", "t5 w b 777 VOID")
    rebuilt = reconstruct(book("b 1200 600", "w 600 1200"), internal)
    found = rebuilt.metadata("b")["BLNK_RECONCILIATION_RESULT"]
    executed_at = datetime.strptime(found.pop("executed_at"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert datetime.now(UTC) - executed_at < timedelta(minutes=1)
    assert found == {
        "difference": "103842",
        "previous_balance": "600",
        "previous_credit": "1200",
        "previous_debit": "600",
        "recalculated_balance": "104442",
        "recalculated_credit": "119600",
        "recalculated_debit": "15158",
    }
    assert rebuilt.results.columns.tolist() == [
        "balance_id",
        "currency",
        "previous_debit",
        "previous_credit",
        "previous_balance",
        "recalculated_debit",
        "recalculated_credit",
        "recalculated_balance",
        "difference",
        "executed_at",
    ]


def test_only_applied_transactions_count_however_it_is_spelled() -> None:
    internal = ledger("t1 a b 5 APPLIED", "t2 a b 7 applied", "t3 a b 11 QUEUED", "t4 a b 13 -", "t5 a b 17 INFLIGHT")
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), internal)
    assert recalculated(rebuilt) == {"a": (12, 0, -12), "b": (0, 12, 12)}
    assert rows(rebuilt, "counts", "status", "part", "transactions") == [
        (None, "not applied", 1),
        ("APPLIED", "counted", 1),
        ("INFLIGHT", "not applied", 1),
        ("QUEUED", "not applied", 1),
        ("applied", "counted", 1),
    ]


def test_without_a_status_column_every_transaction_counts() -> None:
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), amounts("t1 5 1 -", "t2 7 1 -"))
    assert recalculated(rebuilt) == {"a": (12, 0, -12), "b": (0, 12, 12)}


def test_an_amount_counts_times_its_precision_and_precise_amount_wins() -> None:
    internal = amounts(
        "t1 12.34 100 -",
        "t2 0.01 1000 -",
        "t3 99.99 100 5",
        "t4 7.00 - -",
        "t5 -3.50 10 -",
    )
    assert recalculated(reconstruct(book("a 0 0", "b 0 0"), internal))["a"] == (1234 + 10 + 5 + 7 - 35, 0, -1221)


def test_a_token_of_eighteen_decimals_beside_large_amounts_stays_exact() -> None:
    internal = amounts(f"t1 12345678901234567890.000000000000000001 {10**18} -", "t2 0.5 10 -")
    assert recalculated(reconstruct(book("b 0 0"), internal))["b"][1] == 12345678901234567890000000000000000001 + 5


def test_an_amount_that_is_not_whole_is_listed_and_not_counted() -> None:
    internal = amounts("t1 12.345 100 -", "t2 12.34 100 -", f"t3 {'9' * 30}.001 {10**9} -", f"t4 {'9' * 30} {10**8} -")
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), internal)
    assert recalculated(rebuilt)["b"][1] == 1234 + int("9" * 30) * 10**8
    why = "is not a whole number of at most 38 digits: correct the amount or its precision, or give precise_amount"
    assert rows(rebuilt, "problems", "transaction_id", "reason") == [
        ("t1", f"12.345 times 100 {why}"),
        ("t3", f"{'9' * 30}.001 times 1000000000 {why}"),
    ]
    assert rows(rebuilt, "control_totals", "transactions_in", "transactions_counted", "transactions_not_whole") == [
        (4, 2, 2)
    ]


@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-02",
        "2026-01-02T00:00:00Z",
        "2026-01-02T03:00+03:00",
        date(2026, 1, 2),
        datetime(2026, 1, 2),  # noqa: DTZ001 (without an offset it is UTC)
        datetime(2026, 1, 1, 19, tzinfo=timezone(-timedelta(hours=5))),
    ],
)
def test_as_of_takes_what_was_created_up_to_that_instant(instant: Any) -> None:
    internal = ledger(
        "t1 a b 1 APPLIED 2026-01-01T23:59:59.999999",
        "t2 a b 2 APPLIED 2026-01-02T00:00:00",
        "t3 a b 4 APPLIED 2026-01-02T00:00:00.000001",
    )
    rebuilt = reconstruct(book("a 0 0", "b 3 0"), internal, as_of=instant)
    assert recalculated(rebuilt)["b"] == (0, 3, 3)
    assert rebuilt.settings.to_dict() == {"as_of": "2026-01-02T00:00:00Z", "balance_ids": None}
    assert rebuilt.summary["transactions_later"] == 1


@pytest.mark.parametrize("instant", ["yesterday", "", 20260102, True])
def test_what_is_no_instant_is_refused(instant: Any) -> None:
    with pytest.raises(SettingsError, match="as_of takes an instant such as"):
        reconstruct(book("a 0 0"), ledger("t1 a a 1"), as_of=instant)


def test_what_names_no_known_balance_is_listed_and_the_totals_say_so() -> None:
    internal = ledger("t1 a b 100", "t2 a zz 30", "t3 - b 4", "t4 zz a 5 VOID", "t5 yy zz 7")
    rebuilt = reconstruct(book("a 0 130", "b 104 0"), internal)
    assert rows(rebuilt, "unknown_balances", "transaction_id", "side", "balance_id", "currency", "precise_amount") == [
        ("t2", "credit", "zz", "USD", 30),
        ("t3", "debit", None, "USD", 4),
        ("t5", "credit", "zz", "USD", 7),
        ("t5", "debit", "yy", "USD", 7),
    ]
    [totals] = rebuilt.tables["control_totals"].to_pylist()
    assert (totals["applied"], totals["recalculated_debit"], totals["recalculated_credit"]) == (141, 130, 104)
    assert (totals["unknown_debit"], totals["unknown_credit"], totals["out_by"]) == (11, 37, -26)
    assert not totals["balanced"]
    assert totals["remark"] == (
        "balances that are not known took 0.11 USD of debit and 0.37 USD of credit; "
        "the recorded credits are 0.26 USD below the recorded debits"
    )
    assert rebuilt.discrepancies.empty


def test_a_transaction_in_another_currency_than_its_balance_counts_and_is_listed() -> None:
    internal = ledger("t1 a b 100", "t2 a e 9 APPLIED 2026-01-02 EUR", "t3 f e 5 APPLIED 2026-01-03 EUR")
    rebuilt = reconstruct(book("a 0 100", "b 100 0", "e 14 0 14 EUR", "f 0 5 -5 EUR"), internal)
    assert recalculated(rebuilt) == {"a": (109, 0, -109), "b": (0, 100, 100), "e": (0, 14, 14), "f": (5, 0, -5)}
    columns = ("transaction_id", "side", "balance_id", "currency", "balance_currency", "precise_amount")
    assert rows(rebuilt, "currency_conflicts", *columns) == [("t2", "debit", "a", "EUR", "USD", 9)]
    assert rows(rebuilt, "control_totals", "currency", "balanced", "conflict_debit", "out_by") == [
        ("EUR", False, 9, 9),
        ("USD", False, -9, -9),
    ]


def test_a_transfer_to_itself_counts_on_both_sides() -> None:
    assert recalculated(reconstruct(book("a 0 0"), ledger("t1 a a 8"))) == {"a": (8, 8, 0)}


def test_a_balance_without_transactions_is_one_row_of_trailing_zeros() -> None:
    rebuilt = reconstruct(book("a 0 0", "idle 0 0", "stale 5 0"), ledger("t1 a a 8 VOID"))
    assert recalculated(rebuilt) == dict.fromkeys(("a", "idle", "stale"), (0, 0, 0))
    assert rows(rebuilt, "discrepancies", "balance_id", "difference") == [("stale", -5)]


def test_discrepancies_come_largest_first_whatever_their_sign() -> None:
    rebuilt = reconstruct(book("a 3 0", "b 0 9", "c 9 0", "d 0 0", "e 0 0 1"), ledger("t1 x x 1 VOID"))
    assert rows(rebuilt, "discrepancies", "balance_id", "difference") == [("b", 9), ("c", -9), ("a", -3), ("e", -1)]


def test_errors_that_offset_each_other_are_discrepancies() -> None:
    rebuilt = reconstruct(book("a 13 13", "b 5 5", "c 1 0"), ledger("t1 a a 8", "t2 b b 5"))
    assert rows(rebuilt, "discrepancies", "balance_id", "difference") == [("c", -1), ("a", 0)]
    assert rebuilt.summary["discrepancies"] == 2
    assert rows(rebuilt, "offsetting", "balance_id", "previous_debit", "recalculated_debit") == [("a", 13, 8)]


def test_balance_ids_narrow_what_is_reported_and_not_what_is_accounted_for() -> None:
    internal = ledger("t1 a b 8", "t2 a zz 1")
    whole = reconstruct(book("a 0 0", "b 0 0", "c 0 0"), internal)
    some = reconstruct(book("a 0 0", "b 0 0", "c 0 0"), internal, balance_ids=["c", "b"])
    assert some.results["balance_id"].tolist() == ["b", "c"]
    assert some.discrepancies["balance_id"].tolist() == ["b"]
    for name in ("unknown_balances", "control_totals", "counts"):
        assert some.tables[name] == whole.tables[name]
    assert reconstruct(book("a 0 0"), internal, balance_ids="a").results["balance_id"].tolist() == ["a"]


def test_an_indicator_names_the_balances_that_have_it() -> None:
    rows = [("w1", "USD", " @World "), ("w2", "EUR", "@World"), ("a", "USD", "@Worlds"), ("b", "USD", None)]
    names = ("balance", "credit_balance", "debit_balance")
    recorded = read_balances(
        [dict.fromkeys(names, 0) | {"balance_id": i, "currency": c, "indicator": called} for i, c, called in rows]
    )
    chosen = reconstruct(recorded, ledger("t1 w1 a 1"), balance_ids=["@World", "b"])
    assert chosen.results["balance_id"].tolist() == ["b", "w1", "w2"]
    with pytest.raises(SettingsError, match="not among the balances: @Word; the closest are @World, @Worlds, "):
        reconstruct(recorded, ledger("t1 w1 a 1"), balance_ids="@Word")


def test_balances_that_are_not_there_are_named() -> None:
    with pytest.raises(SettingsError, match="not among the balances: nope, zz; the closest are a"):
        reconstruct(book("a 0 0"), ledger("t1 a a 1"), balance_ids=["zz", "a", "nope"])
    with pytest.raises(SettingsError, match="balance_ids takes the id of a balance"):
        reconstruct(book("a 0 0"), ledger("t1 a a 1"), balance_ids=[])
    with pytest.raises(SettingsError, match=r"balance_ids cannot be \('.ud800',\): it holds half a character"):
        reconstruct(book("a 0 0"), ledger("t1 a a 1"), balance_ids="\ud800")
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), ledger("t1 a a 1"), balance_ids="a")
    for ask in (rebuilt.metadata, rebuilt.explain, rebuilt.timeline):
        with pytest.raises(SettingsError, match="balance 'b' was not rebuilt"):
            ask("b")


def test_as_of_and_balance_ids_need_no_names() -> None:
    internal = ledger("t1 a b 1 APPLIED 2026-01-01", "t2 a b 2 APPLIED 2026-01-03")
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), internal, "2026-01-02", "b")
    assert recalculated(rebuilt) == {"b": (0, 1, 1)}


def test_transactions_that_say_no_balance_are_refused() -> None:
    entry = {"transaction_id": "t1", "precise_amount": 1, "precision": 1, "currency": "USD", "created_at": "2026-01-01"}
    with pytest.raises(SourceError, match="<list of dicts> has neither a column source nor a column destination"):
        reconstruct(book("a 0 0"), read_internal([entry]))


def test_blanks_around_ids_and_statuses_do_not_count() -> None:
    entry = {"transaction_id": "t1", "precise_amount": 5, "precision": 1, "currency": "USD", "created_at": "2026-01-01"}
    internal = read_internal([entry | {"source": " a ", "destination": "b  ", "status": " APPLIED "}])
    rebuilt = reconstruct(book("a 0 5", "b 5 0"), internal)
    assert rebuilt.discrepancies.empty
    assert rebuilt.unknown_balances.empty


def test_sums_of_38_digits_are_exact() -> None:
    rebuilt = reconstruct(book(f"a {NINES} 0", "w 0 0"), ledger(f"t1 w a {int(NINES) - 3}", "t2 w a 3"))
    assert recalculated(rebuilt) == {"a": (0, int(NINES), int(NINES)), "w": (int(NINES), 0, -int(NINES))}
    assert rebuilt.results["difference"].tolist() == [Decimal(0), -int(NINES)]


def test_large_amounts_of_either_sign_cancel() -> None:
    internal = ledger(*(f"t{k} w a {sign}{NINES}" for k, sign in enumerate(["", "", "", "-", "-"])), "t9 w a 1")
    with pytest.raises(WorkbenchError):
        reconstruct(book("a 0 0", "w 0 0"), internal)
    cancelled = ledger(*(f"t{k} w a {sign}{NINES}" for k, sign in enumerate(["", "", "", "-", "-", "-"])), "t9 w a 1")
    assert recalculated(reconstruct(book("a 0 0", "w 0 0"), cancelled))["a"] == (0, 1, 1)


@pytest.mark.parametrize(
    ("balances", "internal", "message"),
    [
        (["a 0 0", "w 0 0"], [f"t1 w a {NINES}", "t2 w a 1"], "balance w: its recalculated debit comes to 1000000"),
        (["a 0 0"], [f"t1 w a {NINES}", "t2 w a 1"], "balance a: its recalculated credit comes to 1000000"),
        ([f"a {NINES} 0 -1"], [f"t1 w a {NINES}"], "balance a: its difference comes to 1000000"),
        ([f"a 0 {NINES} 0"], ["t1 a w 1"], None),
    ],
)
def test_sums_beyond_38_digits_raise_and_name_the_balance(
    balances: list[str], internal: list[str], message: str
) -> None:
    if message is None:
        assert reconstruct(book(*balances), ledger(*internal)).results["difference"].tolist() == [-1]
        return
    with pytest.raises(WorkbenchError, match=message):
        reconstruct(book(*balances), ledger(*internal))


def test_the_order_of_rows_changes_nothing() -> None:
    lines = ["t1 a b 8", "t2 a zz 1 APPLIED 2026-01-02", "t3 b a 3 VOID", "t4 c c 5", "t5 zz - 9"]
    balances = ["a 0 0", "b 8 0", "c 5 5"]
    there = reconstruct(book(*balances), ledger(*lines))
    back = reconstruct(book(*balances[::-1]), ledger(*lines[::-1]))
    for name in set(there.tables) - {"results", "discrepancies", "offsetting"}:
        assert there.tables[name] == back.tables[name]
    for name in ("results", "discrepancies", "offsetting"):
        assert there.tables[name].drop_columns("executed_at") == back.tables[name].drop_columns("executed_at")


def test_rows_that_the_reader_rejected_are_counted() -> None:
    internal = ledger("t1 a b 8", "t1 a b 9", "t2 a b 1 APPLIED 2026-01-01 EUR", on_bad="reject")
    rebuilt = reconstruct(book("a 0 8", "b 8 0"), internal)
    assert rows(rebuilt, "control_totals", "currency", "transactions_in", "transactions_rejected") == [
        ("EUR", 1, 0),
        ("USD", 2, 1),
    ]
    assert rows(rebuilt, "rejected", "side", "row", "column") == [("internal", 2, "transaction_id")]
    assert (rebuilt.summary["transactions_in"], rebuilt.summary["transactions_rejected"]) == (3, 1)


def test_the_result_says_what_it_is_made_from() -> None:
    balances, internal = book("a 0 0"), ledger("t1 a a 8")
    rebuilt = reconstruct(balances, internal)
    assert rebuilt.inputs == {"balances": balances.origin, "internal": internal.origin}
    assert rebuilt.summary["balances"] == 1
    assert rebuilt.summary["balanced"] is True
    for name, table in rebuilt.tables.items():
        assert getattr(rebuilt, name).columns.tolist() == table.column_names


def test_totals_that_do_not_tie_out_withhold_the_result() -> None:
    rebuilt = reconstruct(book("a 0 0", "b 0 0"), ledger("t1 a b 8")).tables["results"]
    unattributed = pa.table({name: pa.array([], pa.string()) for name in ("side", "currency", "balance_currency")})
    unattributed = unattributed.append_column("low", pa.array([], pa.decimal128(38, 0))).append_column(
        "high", pa.array([], pa.decimal128(38, 0))
    )
    group = Group("USD", "APPLIED", "counted", 1, 8)
    assert len(control_totals([group], rebuilt, unattributed, {}, {})) == 1
    for units in (7, 9):
        other = replace(group, units=units)
        with pytest.raises(ControlTotalsError, match=rf"USD: {units} was applied, but .* took 8 of debit; the result"):
            control_totals([other], rebuilt, unattributed, {}, {})


def test_an_instant_goes_by_the_effective_date_and_without_one_by_the_creation() -> None:
    moved = {"source": "a", "destination": "b", "precise_amount": "1", "precision": "1", "currency": "USD"}
    internal = read_internal(
        [
            moved | {"transaction_id": "t1", "created_at": "2026-01-01", "effective_date": "2026-02-01"},
            moved | {"transaction_id": "t2", "created_at": "2026-02-01", "effective_date": "2026-01-01"},
            moved | {"transaction_id": "t3", "created_at": "2026-01-01", "effective_date": ""},
        ]
    )
    assert recalculated(reconstruct(book("b 0 0"), internal, as_of="2026-01-15")) == {"b": (0, 2, 2)}
