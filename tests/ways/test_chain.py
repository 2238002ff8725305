"""Chain: a record's way through ledger, processor and bank, in small tables."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from tests.ways.books import AMOUNT, NAMES, REFERENCE, internal, rows


def seen(chain: wb.Chain) -> list[str]:
    """The ways in short: the records, the book it ends at and how."""
    table = chain.ways
    return [
        " ".join("-" if value is pd.NA else str(value) for value in row)
        for row in table[[*chain.summary.books, "ends_at", "state"]].itertuples(index=False)
    ]


def parts(chain: wb.Chain, book: str, towards: str) -> dict[str, str]:
    table = chain.control_totals
    own = table[(table["book"] == book) & (table["towards"] == towards) & (table["currency"] == "EUR")]
    return {
        f"{row.part} {row.ends_at}" if row.part in {"stopped", "settled"} else row.part: f"{row.records}: {row.amount}"
        for row in own.itertuples()
    }


LEDGER = rows(("t1", "100", "a"), ("t2", "50", "b"), ("t3", "7", "c"), ("t4", "20", "d"))
CHARGES = rows(
    ("c1", "97", "a", "payout=po1"), ("c2", "50", "b", "payout=po1"), ("c3", "33", "x", "payout=po2"),
    ("c4", "20", "d", "payout=po9"),
)  # fmt: skip
BANK = rows(("b1", "147", "po1"), ("b2", "33", "po2"), ("b3", "1", "zz"))
LESS_FEE = wb.Rule("Less a fee", [REFERENCE, wb.Criterion("amount", "equals", "0.05")], account="@Fees")
PAYOUT = wb.Rule(
    "Payout",
    [AMOUNT, wb.Criterion("reference", internal="payout")],
    strategy="one_to_many",
    grouping_criteria="payout",
)


def both_steps() -> tuple[wb.Result, wb.Result]:
    booked = wb.reconcile(wb.read_external(CHARGES), internal(LEDGER), rules=[LESS_FEE])
    return booked, wb.reconcile(wb.read_external(BANK), internal(CHARGES), rules=[PAYOUT])


def test_each_record_is_followed_to_where_its_way_ends() -> None:
    chain = wb.chain(both_steps(), names=NAMES)
    assert seen(chain) == [
        "t1 c1 b1 bank arrived",
        "t2 c2 b1 bank arrived",
        "t3 - - ledger open",
        "t4 c4 - processor open",
        "- c3 b2 bank arrived",
        "- - b3 bank open",
    ]
    first = chain.ways.iloc[0]
    assert [str(first[f"{name}_amount"]) for name in NAMES] == ["100", "97", "147"]
    assert (first["rule_1"], first["rule_2"], first["match_2"]) == ("Less a fee", "Payout", "match_1")
    assert chain.ways["begins_at"].tolist() == ["ledger"] * 4 + ["processor", "bank"]
    assert chain.ways["reason"].notna().tolist() == [False, False, True, True, False, True]
    assert chain.ways["reason_of_beginning"].notna().tolist() == [False] * 4 + [True] * 2
    assert repr(chain) == "<Chain: ledger → processor → bank: 2 of 4 records of ledger arrived at bank>"
    assert "less what goes no further" in chain._repr_html_()
    assert (chain.summary.arrived, chain.summary["stopped"], chain.summary.ways) == (2, 2, 6)


def test_one_set_of_control_totals_for_all_books_and_both_directions() -> None:
    chain = wb.chain(both_steps(), names=NAMES)
    assert parts(chain, "ledger", "bank") == {
        "in": "4: 177", "arrived": "2: 150", "stopped ledger": "1: 7", "stopped processor": "1: 20",
    }  # fmt: skip
    assert parts(chain, "processor", "bank") == {"in": "4: 200", "arrived": "3: 180", "stopped processor": "1: 20"}
    assert parts(chain, "processor", "ledger") == {"in": "4: 200", "arrived": "3: 167", "stopped processor": "1: 33"}
    assert parts(chain, "bank", "ledger") == {
        "in": "3: 181", "arrived": "1: 147", "stopped processor": "1: 33", "stopped bank": "1: 1",
    }  # fmt: skip


def test_the_bridge_says_all_that_lies_between_the_first_and_the_last_total() -> None:
    bridge = wb.chain(both_steps(), names=NAMES).bridge
    lines = bridge[bridge["amount"].fillna(Decimal(0)) != 0]
    assert [f"{row.book}: {row.line} {row.amount} {row.total}" for row in lines.itertuples()] == [
        "ledger: came in 177 177",
        "ledger: less open -7 170",
        "processor: less what ledger has more in these matches -3 167",
        "processor: less what goes no further -20 147",
        "processor: plus what begins here 33 180",
        "bank: plus open 1 181",
    ]


def test_the_other_way_round_is_the_same_chain_backwards() -> None:
    onward, back = (wb.chain(order, names=names) for order, names in (
        (both_steps(), NAMES), (both_steps()[::-1], NAMES[::-1])))  # fmt: skip
    assert seen(back) == [
        "b1 c1 t1 ledger arrived",
        "b1 c2 t2 ledger arrived",
        "b2 c3 - processor open",
        "b3 - - bank open",
        "- c4 t4 ledger arrived",
        "- - t3 ledger open",
    ]
    assert parts(back, "bank", "ledger") == parts(onward, "bank", "ledger")


def test_which_side_is_external_does_not_matter() -> None:
    booked, _ = both_steps()
    of_bank = wb.Rule("Payout", [AMOUNT, wb.Criterion("reference", external="payout")], strategy="many_to_one",
                      grouping_criteria="payout")  # fmt: skip
    paid = wb.reconcile(wb.read_external(CHARGES), internal(BANK), rules=[of_bank])
    assert seen(wb.chain([booked, paid], names=NAMES)) == seen(wb.chain(both_steps(), names=NAMES))


def test_what_is_open_in_part_stops_in_part() -> None:
    part = wb.Rule("Part", [REFERENCE, wb.Criterion("amount", "less_than")], remainder="open")
    booked = wb.reconcile(wb.read_external(rows(("c1", "40", "a"))), internal(rows(("t1", "100", "a"))), rules=[part])
    paid = wb.reconcile(wb.read_external(rows(("b1", "40", "a"))), internal(rows(("c1", "40", "a"))))
    chain = wb.chain([booked, paid], names=NAMES)
    assert seen(chain) == ["t1 c1 b1 bank arrived", "t1 - - ledger open"]
    assert chain.ways["ledger_amount"].astype(str).tolist() == ["40", "60"]
    assert chain.ways["reason"][1] == "a part of it is matched, and this is the rest"
    # The record is open, as in a result: it counts once, and its amount for each part.
    assert parts(chain, "ledger", "bank") == {"in": "1: 100", "arrived": "0: 40", "stopped ledger": "1: 60"}


def test_a_group_arrives_when_all_of_it_does() -> None:
    pair = wb.Rule("Both", [AMOUNT], strategy="many_to_many", grouping_criteria="reference")
    charges = rows(("c1", "60", "a", "payout=p"), ("c2", "40", "a", "payout=q"))
    booked = wb.reconcile(wb.read_external(charges), internal(rows(("t1", "70", "a"), ("t2", "30", "a"))), rules=[pair])
    paid = wb.reconcile(wb.read_external(rows(("b1", "60", "p"))), internal(charges), rules=[PAYOUT])
    chain = wb.chain([booked, paid], names=NAMES)
    assert seen(chain) == [
        "t1 c1 b1 bank arrived", "t1 c2 - processor open", "t2 c1 b1 bank arrived", "t2 c2 - processor open",
    ]  # fmt: skip
    assert parts(chain, "ledger", "bank") == {"in": "2: 100", "arrived": "0: 0", "stopped processor": "2: 100"}
    assert parts(chain, "processor", "bank") == {"in": "2: 100", "arrived": "1: 60", "stopped processor": "1: 40"}
    assert parts(chain, "bank", "ledger") == {"in": "1: 60", "arrived": "1: 60"}


def test_what_settles_itself_or_takes_no_part_ends_there() -> None:
    undone = wb.Rule("Undone", [AMOUNT, REFERENCE], strategy="within_internal")
    charges = rows(
        ("c1", "5", "a", "status=APPLIED"), ("c2", "-5", "a", "status=APPLIED"), ("c3", "9", "b", "status=VOID")
    )
    ledger = rows(*((*record, "status=APPLIED") for record in (("t1", "5", "a"), ("t2", "9", "b"))))
    ledger += rows(("t3", "1", "z", "status=VOID"))
    booked = wb.reconcile(wb.read_external(charges), internal(ledger), statuses="APPLIED")
    paid = wb.reconcile(wb.read_external(rows(("b1", "8", "q"))), internal(charges), rules=[undone])
    chain = wb.chain([booked, paid], names=NAMES)
    assert seen(chain) == [
        "t1 c1 - processor settled", "t2 c3 - processor excluded", "- c2 - processor settled", "- - b1 bank open",
    ]  # fmt: skip
    assert parts(chain, "ledger", "bank") == {
        "in": "3: 15", "arrived": "0: 0", "stopped processor": "1: 9", "settled processor": "1: 5", "excluded": "1: 1",
    }  # fmt: skip
    assert chain.ways["reason"][0] == "records of this book that sum to nothing settle each other"


def test_currencies_may_be_crossed_on_the_way() -> None:
    rates = [{"date": "2026-01-01", "from": "USD", "to": "EUR", "rate": "0.90"}]
    crossing = wb.Rule("At the rate", [REFERENCE, wb.Criterion("amount", "equals", "0.01")], across_currencies=True)
    charges = rows(("c1", "90.50", "a"), ("c2", "3", "b"))
    ledger = [row | {"currency": "USD"} for row in rows(("t1", "100", "a"))]
    booked = wb.reconcile(wb.read_external(charges), internal(ledger), rules=[crossing], rates=rates)
    paid = wb.reconcile(wb.read_external(rows(("b1", "90.50", "a"))), internal(charges))
    chain = wb.chain([booked, paid], names=NAMES)
    assert seen(chain) == ["t1 c1 b1 bank arrived", "- c2 - processor open"]
    shown = chain.ways[[f"{name}_{what}" for name in NAMES for what in ("amount", "currency")]].iloc[0]
    assert shown.astype(str).tolist() == ["100.00", "USD", "90.50", "EUR", "90.50", "EUR"]
    totals_of = chain.bridge.groupby("currency")["total"].last()
    assert {name: str(total) for name, total in totals_of.items()} == {"EUR": "90.50", "USD": "0.00"}


def test_rejected_rows_of_unknown_amount_make_no_total_of_theirs_up() -> None:
    bad = [*LEDGER, *({"id": f"t{c}", "amount": "nine", "currency": c, "date": "2026-01-02"} for c in ("EUR", "GBP"))]
    booked = wb.reconcile(wb.read_external(CHARGES), internal(bad, on_bad="reject"), rules=[LESS_FEE])
    chain = wb.chain([booked, both_steps()[1]], names=NAMES)
    assert parts(chain, "ledger", "bank") == {
        "in": "5: <NA>", "arrived": "2: 150", "stopped ledger": "1: 7", "stopped processor": "1: 20",
        "rejected": "1: <NA>",
    }  # fmt: skip
    known = [f"{line} {amount} {total}" for _, _, line, amount, total in chain.bridge.itertuples(index=False)]
    assert known[:4] == [
        "came in <NA> <NA>", "less rejected <NA> <NA>", "less open -7 <NA>", "matched with processor 0 170",
    ]  # fmt: skip
    assert set(chain.bridge["currency"]) == {"EUR", "GBP"}


def test_a_chain_may_have_four_books() -> None:
    first, second = both_steps()
    third = wb.reconcile(wb.read_external(BANK), internal(rows(("g1", "147", "po1"))))
    chain = wb.chain([first, second, third], names=[*NAMES, "group"])
    assert seen(chain)[:2] == ["t1 c1 b1 g1 group arrived", "t2 c2 b1 g1 group arrived"]
    assert parts(chain, "ledger", "group")["arrived"] == "2: 150"
    assert parts(chain, "bank", "group") == {"in": "3: 181", "arrived": "1: 147", "stopped bank": "2: 34"}
    assert parts(chain, "bank", "ledger")["arrived"] == "1: 147"


def test_books_are_called_as_their_files(tmp_path: Any) -> None:
    for name, table in (("ledger", LEDGER), ("stripe", CHARGES), ("bank", BANK)):
        pd.DataFrame(table).to_csv(tmp_path / f"{name}.csv", index=False)
    charges = tmp_path / "stripe.csv"
    booked = wb.reconcile(wb.read_external(charges), internal(tmp_path / "ledger.csv"), rules=[LESS_FEE])
    paid = wb.reconcile(wb.read_external(tmp_path / "bank.csv"), internal(charges), rules=[PAYOUT])
    assert wb.chain([booked, paid]).summary.books == ("ledger", "stripe", "bank")
    assert wb.chain(both_steps()).summary.books == ("book_1", "book_2", "book_3")


def refused() -> dict[str, Any]:
    booked, paid = both_steps()
    other = wb.reconcile(wb.read_external(BANK), internal(CHARGES[:3]), rules=[PAYOUT])
    doubled = wb.reconcile(wb.read_external(BANK), internal(CHARGES, sign="inverted"), rules=[PAYOUT])
    again = wb.reconcile(wb.read_external(CHARGES), internal(rows(("x", "1", "a"))))
    fewer = wb.reconcile(wb.read_external(BANK), internal(CHARGES, only={"payout": ["po1", "po2"]}), rules=[PAYOUT])
    return {"booked": booked, "paid": paid, "other": other, "doubled": doubled, "again": again, "fewer": fewer}


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("booked", "a chain takes two reconciliations or more that share a side, not 1"),
        ("booked other", "reconciliations 1 and 2 share no side: one compares <list of dicts> with <list of dicts>"),
        ("booked booked", "reconciliations 1 and 2 share both sides"),
        ("booked paid again", "reconciliations 2 and 3|reconciliation 2 shares <list of dicts> with both"),
        ("booked doubled", "processor: record c1 counts 97 EUR in one reconciliation and -97 EUR in the next"),
    ],
)
def test_what_is_no_chain_is_refused(order: str, says: str) -> None:
    results = refused()
    with pytest.raises(wb.SettingsError, match=says):
        wb.chain([results[name] for name in order.split()], names=NAMES if order != "booked paid again" else None)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["ledger", "bank"], "names takes a name for each of <list of dicts>, <list of dicts>, <list of dicts>"),
        (["ledger", "", "bank"], "names takes a name for each of"),
        ("ledger", "names takes a name for each of"),
        (["ledger", "bank", "Bank"], "names calls two of the books the same: ledger, bank, Bank"),
    ],
)
def test_names_are_one_for_each_book(names: Any, says: str) -> None:
    with pytest.raises(wb.SettingsError, match=says):
        wb.chain(both_steps(), names=names)


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(wb.SettingsError, match="chain takes a list of the results of two reconciliations or more"):
        wb.chain([LEDGER, BANK])  # type: ignore[list-item]


def changed(result: wb.Result, table: str, column: str, row: int, value: str) -> wb.Result:
    """A result of which one figure lies."""
    column_type = result.tables[table][column].type
    values = result.tables[table][column].to_pylist()
    values[row] = Decimal(value)
    place = result.tables[table].column_names.index(column)
    lying = result.tables[table].set_column(place, column, pa.array(values, column_type))
    return replace(result, tables={**result.tables, table: lying})


@pytest.mark.parametrize(
    ("which", "table", "column", "row", "says"),
    [
        (0, "matches", "amount", 1, "processor: record c2 counts 5 EUR in one reconciliation and 50 EUR in the next"),
        (0, "matches", "amount_difference", 0, "but the reconciliation has"),
        (0, "unmatched_internal", "counted_amount", 0, "ledger towards bank, EUR: .* but the reconciliation has"),
        (1, "unmatched_external", "counted_amount", 0, "bank towards ledger, EUR"),
        (0, "control_totals", "amount_matched_credit", 1, "ledger towards bank, EUR"),
        (0, "control_totals", "amount_in", 1, "ledger matched with processor, EUR: the lines come to"),
        (1, "control_totals", "amount_in", 0, "bank, EUR: the lines come to"),
        (0, "differences", "difference", 0, "processor matched with ledger, EUR: the lines come to"),
    ],
)
def test_totals_that_lie_are_caught(which: int, table: str, column: str, row: int, says: str) -> None:
    results = [*both_steps()]
    results[which] = changed(results[which], table, column, row, "5")
    with pytest.raises((wb.ControlTotalsError, wb.SettingsError), match=says):
        wb.chain(results, names=NAMES)
