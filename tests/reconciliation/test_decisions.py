"""What people decide by hand: re-applied exactly, and reported where it no longer holds."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import SettingsError, SourceError
from workbench.reconciliation.decisions.journal import Decision
from workbench.reconciliation.settings import BY_HAND
from workbench.runs.folder.manifest import verify_run
from workbench.runs.gates.figures import reconciliation_figures

RULES = [wb.Rule("Reference", [wb.Criterion("reference")])]


def books(external: int = 4, internal: int = 4) -> dict[str, wb.Records]:
    """Records of which those of one number share a reference."""
    paid = [
        {"id": f"e{n}", "amount": f"{n}.50", "currency": "EUR", "reference": f"r{n}", "date": "2026-01-02"}
        for n in range(external)
    ]
    booked = [
        {"transaction_id": f"i{n}", "amount": f"{n}.25", "currency": "EUR", "reference": f"r{n}",
         "parent_transaction": f"p{n // 2}", "created_at": "2026-01-01"}
        for n in range(internal)
    ]  # fmt: skip
    return {"external": wb.read_external(paid), "internal": wb.read_internal(booked)}


def journal(path: Path, *decisions: Decision) -> Path:
    for each in decisions:
        wb.add_decision(path, each)
    return path


def run(records: dict[str, wb.Records], path: Path, **settings: object) -> wb.Result:
    return wb.reconcile(**records, rules=RULES, decisions=path, **settings)  # type: ignore[arg-type]


def pairs(result: wb.Result) -> list[tuple[str, str, str]]:
    names = ["external_transaction_id", "internal_transaction_id", "rule"]
    return [tuple(row) for row in result.matches[names].to_numpy().tolist()]


def states(result: wb.Result) -> list[tuple[str, str]]:
    return [tuple(row) for row in result.decisions[["state", "note"]].to_numpy().tolist()]


@pytest.mark.parametrize(
    ("strategy", "grouping"),
    [("one_to_one", None), ("one_to_many", "parent_transaction"), ("many_to_one", "description")],
)
def test_open_records_have_their_own_columns_whoever_else_is_taken_out(
    tmp_path: Path, strategy: str, grouping: str | None
) -> None:
    """Settings, people and rules each take records out of the middle, and grouping changes their order."""
    numbers = range(40)
    paid = [
        {"id": f"e{n * 7 % 40}", "amount": n, "currency": "EUR", "date": "2026-01-02", "description": f"s{n % 9}",
         "reference": f"r{n}" if n % 3 else f"x{n}", "Note": f"note of e{n * 7 % 40}"}
        for n in numbers
    ]  # fmt: skip
    booked = [
        {"transaction_id": f"i{n * 11 % 40}", "amount": n, "currency": "EUR", "created_at": "2026-01-01",
         "parent_transaction": f"p{n * 3 % 20}", "reference": f"r{n}" if n % 2 else f"y{n}",
         "status": "APPLIED" if n % 7 else "VOID", "Note": f"note of i{n * 11 % 40}"}
        for n in numbers
    ]  # fmt: skip
    for name, rows in (("paid", paid), ("booked", booked)):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet", row_group_size=7)
    records = {
        "external": wb.read_external(tmp_path / "paid.parquet"),
        "internal": wb.read_internal(tmp_path / "booked.parquet"),
    }
    aside = wb.decide(records, "exclude", external=["e7", "e12"], internal=["i33", "i4"], why="known")
    result = run(records, journal(tmp_path / "j", aside), strategy=strategy, grouping_criteria=grouping)
    for side, name, rows in (("external", "id", paid), ("internal", "transaction_id", booked)):
        given = {row[name]: (row["Note"], row["amount"], row["reference"]) for row in rows}
        open_rows = result.tables[f"unmatched_{side}"].select([name, "Note", "amount", "reference"]).to_pylist()
        assert len(open_rows) > 2
        assert all((row["Note"], row["amount"], row["reference"]) == given[row[name]] for row in open_rows)


def test_a_match_by_hand_comes_before_all_rules_and_is_marked(tmp_path: Path) -> None:
    records = books()
    path = journal(tmp_path / "j", wb.decide(records, "match", external=["e0"], internal=["i3"], why="by phone"))
    result = run(records, path)
    assert pairs(result) == [("e0", "i3", BY_HAND), ("e1", "i1", "Reference"), ("e2", "i2", "Reference")]
    first = result.matches.iloc[0]
    assert (first["match_id"], first["amount"], first["amount_difference"]) == (
        "match_1", Decimal("0.50"), Decimal("-2.75")
    )  # fmt: skip
    assert first["date_difference_seconds"] == 86400
    assert result.unmatched_external["id"].tolist() == ["e3"]
    assert result.summary["matched_transactions"] == 3
    assert result.summary["matches_by_hand"] == 1
    assert result.summary["decisions"]["applied"] == 1


def test_several_records_match_several_by_hand(tmp_path: Path) -> None:
    records = books()
    chosen = wb.decide(records, "match", external=["e3", "e1", "e0"], internal=["i1", "i2"], why="one batch")
    result = run(records, journal(tmp_path / "j", chosen))
    assert pairs(result) == [(e, i, BY_HAND) for e in ("e3", "e1", "e0") for i in ("i1", "i2")]
    own = result.matches[["amount", "internal_amount", "amount_difference"]].astype(str).to_numpy().tolist()
    assert own == [[e, i, "2.00"] for e in ("3.50", "1.50", "0.50") for i in ("1.25", "2.25")]
    totals = result.control_totals[["records_matched", "amount_matched"]].astype(str).to_numpy().tolist()
    assert totals == [["3", "5.50"], ["2", "3.50"]]
    by_hand = reconciliation_figures(result.tables)["max_by_hand", "external"]
    assert (by_hand.count, by_hand.money) == (3, {"EUR": Decimal("5.50")})


def test_of_several_by_hand_the_rest_stays_open(tmp_path: Path) -> None:
    records = books()
    names = {"external": ["e2", "e3"], "internal": ["i3", "i2", "i1"]}
    chosen = wb.decide(records, "match", **names, why="part", remainder="open")  # type: ignore[arg-type]
    result = run(records, journal(tmp_path / "j", chosen))
    rows = result.matches[result.matches["rule"] == BY_HAND][["internal_transaction_id", "internal_amount"]]
    applied = {(name, str(amount)) for name, amount in rows.itertuples(index=False)}
    assert applied == {("i1", "1.25"), ("i2", "2.25"), ("i3", "2.50")}  # those of one day in the order of ids
    left = result.unmatched_internal.set_index("transaction_id")["open_amount"].astype(str).to_dict()
    assert left == {"i3": "0.75"}
    assert result.control_totals["amount_matched"].astype(str).tolist() == ["6.50", "6.25"]


def test_one_deposit_takes_several_entries_and_a_row_stands_for_each(tmp_path: Path) -> None:
    records = books()
    chosen = wb.decide(records, "match", external=["e3"], internal=["i1", "i2"], why="they sum up, nearly")
    matches = run(records, journal(tmp_path / "j", chosen)).matches
    hand = matches[matches["rule"] == BY_HAND]
    assert hand[["internal_transaction_id", "amount"]].to_numpy().tolist() == [
        ["i1", Decimal("1.25")], ["i2", Decimal("2.25")]
    ]  # fmt: skip
    assert set(hand["amount_difference"]) == {Decimal("0.00")}


def test_several_records_match_several_and_every_pair_has_a_row(tmp_path: Path) -> None:
    records = books()
    chosen = wb.decide(records, "match", external=["e0", "e3"], internal=["i0", "i3"], why="two of each")
    result = run(records, journal(tmp_path / "j", chosen))
    hand = result.matches[result.matches["rule"] == BY_HAND]
    shown = ["external_transaction_id", "internal_transaction_id", "amount", "internal_amount", "amount_difference"]
    assert hand[shown].to_numpy().tolist() == [
        [f"e{e}", f"i{i}", Decimal(f"{e}.50"), Decimal(f"{i}.25"), Decimal("0.50")] for e in (0, 3) for i in (0, 3)
    ]
    own = result.differences.set_index("rule").loc[BY_HAND]
    assert (own["matches"], own["external_amount"], own["internal_amount"]) == (1, Decimal("4.00"), Decimal("3.50"))
    wb.write_run(result, tmp_path / "run")
    assert verify_run(tmp_path / "run") == []


def test_what_is_unmatched_stays_open_with_its_group_and_says_why(tmp_path: Path) -> None:
    records = books()
    chosen = {"strategy": "one_to_many", "grouping_criteria": "parent_transaction"}
    path = journal(tmp_path / "j", wb.decide(records, "unmatch", internal=["i0"], why="of another month"))
    result = run(records, path, **chosen)
    assert [pair[1] for pair in pairs(result)] == ["i2", "i3"]
    reasons = dict(result.unmatched_internal[["transaction_id", "reason"]].to_numpy().tolist())
    assert reasons == {
        "i0": "unmatched by hand: of another month",
        "i1": "another record of its group was unmatched by hand",
    }


def test_what_is_excluded_counts_as_excluded(tmp_path: Path) -> None:
    records = books()
    path = journal(tmp_path / "j", wb.decide(records, "exclude", external=["e1"], internal=["i1"], why="a test"))
    result = run(records, path)
    assert "e1" not in [*result.unmatched_external["id"], *result.matches["external_transaction_id"]]
    for row in result.control_totals.to_dict("records"):
        assert row["records_excluded"] == 1
        assert row["amount_excluded"] == (Decimal("1.50") if row["side"] == "external" else Decimal("1.25"))


def test_an_undo_takes_back_and_can_be_taken_back(tmp_path: Path) -> None:
    records = books()
    match = wb.decide(records, "match", external=["e0"], internal=["i3"], why="by phone")
    back = wb.undo(match, why="it was another one")
    path = journal(tmp_path / "j", match, back)
    result = run(records, path)
    assert len(pairs(result)) == 4
    assert states(result) == [("undone", f"taken back by {back.id}"), ("applied", "")]
    wb.add_decision(path, wb.undo(back, why="no, it was right"))
    assert pairs(run(records, path))[0] == ("e0", "i3", BY_HAND)


def test_what_no_longer_holds_is_reported_and_not_applied(tmp_path: Path) -> None:
    records = books()
    gone = wb.decide(records, "exclude", external=["e3"], why="a test")
    changed = wb.decide(records, "match", external=["e0"], internal=["i3"], why="by phone")
    first = wb.decide(records, "match", external=["e1"], internal=["i2"], why="by phone")
    again = wb.decide(records, "match", external=["e1"], internal=["i2"], why="by mail")
    other = wb.decide(records, "exclude", internal=["i2"], why="a test")
    path = journal(tmp_path / "j", gone, changed, first, first, again, other, wb.undo(
        Decision("nowhere", "2026-01-01T00:00:00Z", "ana", "exclude", "-"), why="-"))  # fmt: skip
    now = books(external=3)
    table = now["external"].to_pandas()
    table.loc[table["id"] == "e0", "amount"] = Decimal("0.51")
    now["external"] = wb.read_external(table)
    result = run(now, path)
    assert states(result) == [
        ("stale", "external record 'e3' is not there any more"),
        ("stale", "external record 'e0' was 0.5 EUR 2026-01-02T00:00:00Z and is 0.51 EUR 2026-01-02T00:00:00Z"),
        ("applied", ""),
        ("doubled", f"the journal has decision {first.id} before"),
        ("doubled", f"decision {first.id} says the same"),
        ("conflicting", f"decision {first.id} has internal record 'i2' already: undo that first"),
        ("stale", "there is no decision nowhere before"),
    ]
    assert pairs(result) == [("e1", "i2", BY_HAND), ("e0", "i0", "Reference")]


def test_of_each_side_a_match_takes_one_currency(tmp_path: Path) -> None:
    records = books()
    dollars = {"id": "d", "amount": "1", "currency": "USD", "date": "2026-01-02"}
    records["external"] = wb.read_external([dollars, dollars | {"id": "e", "currency": "EUR"}])
    both = wb.decide(records, "match", external=["d", "e"], internal=["i0"], why="-")
    one = wb.decide(records, "match", external=["d"], internal=["i0"], why="rate of the day")
    assert states(run(records, journal(tmp_path / "j", both, one))) == [
        ("conflicting", "the external records are in EUR and USD: a match takes one currency of each side"),
        ("applied", ""),
    ]


def test_a_record_that_does_not_take_part_is_stale(tmp_path: Path) -> None:
    row = {"transaction_id": "t", "amount": "1", "currency": "EUR", "created_at": "2026-01-01", "status": "VOID"}
    records = {"external": books()["external"], "internal": wb.read_internal([row])}
    path = journal(tmp_path / "j", wb.decide(records, "match", external=["e1"], internal=["t"], why="-"))
    [[state, note]] = states(run(records, path))
    assert (state, note.split(":")[0]) == ("stale", "internal record 't' takes no part in this run")


def test_a_hundred_decisions_apply_exactly(tmp_path: Path) -> None:
    records = books(150, 150)
    path = tmp_path / "j"
    for n in range(40):
        wb.add_decision(path, wb.decide(records, "match", external=[f"e{n}"], internal=[f"i{149 - n}"], why="swap"))
    for n in range(40, 70):
        wb.add_decision(path, wb.decide(records, "exclude", external=[f"e{n}"], why="test"))
    for n in range(70, 100):
        wb.add_decision(path, wb.decide(records, "unmatch", external=[f"e{n}"], why="wait"))
    result = run(records, path)
    assert result.summary["decisions"] == {"applied": 100, "undone": 0, "stale": 0, "conflicting": 0, "doubled": 0}
    by_hand = [pair for pair in pairs(result) if pair[2] == BY_HAND]
    assert by_hand == [(f"e{n}", f"i{149 - n}", BY_HAND) for n in range(40)]
    # Of the others, e100 to e149 are free, and i0 to i109.
    assert sorted(pairs(result)[40:]) == sorted((f"e{n}", f"i{n}", "Reference") for n in range(100, 110))
    assert Counter(result.unmatched_external["reason"])["unmatched by hand: wait"] == 30
    assert run(records, path).tables["matches"].equals(result.tables["matches"])


decided = st.lists(
    st.tuples(st.sampled_from(["match", "exclude", "unmatch"]), st.integers(0, 5), st.integers(0, 5)), max_size=6
)


@settings(max_examples=12)
@given(decided)
def test_every_record_is_accounted_for_and_every_decision_kept_or_reported(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[str, int, int]]
) -> None:
    records = books(6, 6)
    path = tmp_path_factory.mktemp("journal") / "j"
    path.touch()
    taken: dict[tuple[str, int], str] = {}  # what has each record, as a reader of the journal would note it
    expected = []
    for action, e, i in chosen:
        wb.add_decision(path, wb.decide(records, action, external=[f"e{e}"], internal=[f"i{i}"], why="-"))
        both = [("e", e), ("i", i)]
        free = all(taken.get(each) in ({None} if action == "unmatch" else {None, "unmatch"}) for each in both)
        expected.append(free)
        if free:
            taken.update(dict.fromkeys(both, action))
    result = run(records, path)
    assert [state == "applied" for state, _ in states(result)] == expected
    matched, open_ = set(result.matches["external_transaction_id"]), set(result.unmatched_external["id"])
    for n in range(6):
        place = {"match": matched, "unmatch": open_, "exclude": set()}
        for has, where in place.items():
            if taken.get(("e", n)) == has:
                assert [f"e{n}" in each for each in (matched, open_)] == [where is matched, where is open_]
        if ("e", n) not in taken and ("i", n) not in taken:
            assert (f"e{n}", f"i{n}", "Reference") in pairs(result)


def test_a_journal_reads_well_and_is_read_back(tmp_path: Path) -> None:
    records = books()
    made = wb.decide(records, "match", external=["e0"], internal=["i3"], why="Ünal\n said so", by="ana")
    path = journal(tmp_path / "j", made)
    assert json.loads(path.read_text("utf-8")) == {
        "id": made.id, "at": made.at, "by": "ana", "do": "match",
        "external": {"e0": "0.5 EUR 2026-01-02T00:00:00Z"}, "internal": {"i3": "3.25 EUR 2026-01-01T00:00:00Z"},
        "why": "Ünal said so", "previous": "0" * 64,
    }  # fmt: skip
    assert wb.read_decisions(path).decisions == (made,)


ONE, OTHER = '{"e0":"0.5 EUR 2026-01-02T00:00:00Z"}', '{"i0":"0.25 EUR 2026-01-01T00:00:00Z"}'
LINE = '{"id":"a","at":"2026-01-03T00:00:00Z","by":"ana","why":"-",'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (LINE + f'"do":"match","external":{ONE}}}', "takes records of both sides: these are 1 external and 0 internal"),
        (LINE + f'"do":"match","internal":{OTHER}}}', "these are 0 external and 1 internal"),
        (LINE + '"do":"exclude"}', "exclude names no record"),
        (LINE + '"do":"undo","undoes":["a"]}', "says in undoes the id of the decision"),
        (LINE + '"do":"undo"}', "says in undoes the id of the decision"),
        (LINE + f'"do":"match","external":{ONE},"internal":{OTHER},"remainder":["open"]}}', "remainder takes 'open'"),
        (LINE + f'"do":"match","external":{ONE},"internal":{OTHER},"undoes":"b"}}', "an undo, and nothing else"),
        (LINE + f'"do":"undo","undoes":"b","external":{ONE}}}', "and no records"),
        (LINE.replace('"-"', '" "') + f'"do":"exclude","external":{ONE}}}', "needs a reason"),
        (LINE.replace("2026-01-03T00:00:00Z", "soon") + f'"do":"exclude","external":{ONE}}}', "at is an instant"),
        (LINE + f'"do":"exclude","do":"unmatch","external":{ONE}}}', "'do' stands twice in one object"),
        (LINE + '"do":"exclude","external":' + "[" * 100_000 + "]" * 100_000 + "}", "line 2 .* nests too deep"),
        (LINE + '"do":"exclude","external":{"\\ud800":"-"}}', "half a character"),
        (LINE + '"do":"exclude","external":{"\\u0000":"-"}}', "holds a zero byte"),
        ('{"id": "a"', "line 2 is not JSON"),
        ("[]", "line 2 is no decision"),
        ('{"id":"a","at":"x","by":"y","do":"guess","why":"z"}', "do is one of match, unmatch, exclude, undo"),
        ('{"id":"a","at":"x","by":"y","do":"match","why":"z","external":["e"]}', "say what records were"),
        ('{"id":"a","at":"x","by":"y","do":"match","why":"z","extra":1}', "line 2 is no decision"),
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = journal(tmp_path / "j", wb.decide(books(), "exclude", external=["e0"], why="-"))
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(SourceError, match=said):
        wb.read_decisions(path)


def test_a_journal_that_is_not_there_or_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        run(books(), tmp_path / "typo")
    path = tmp_path / "j"
    path.write_text('{"id": ')
    with pytest.raises(SourceError, match="its last line is cut off"):
        wb.add_decision(path, wb.decide(books(), "exclude", external=["e0"], why="-"))
    assert path.read_text() == '{"id": '


@pytest.mark.parametrize(
    ("action", "sides", "why", "said"),
    [
        ("exclude", {"external": ["e0"]}, " ", "needs a reason"),
        ("exclude", {"external": ["e0"]}, "a\0b", "why='a.*' cannot be kept: it holds a zero byte"),
        ("exclude", {"external": ["e0"]}, "\ud83d", "why='.*' cannot be kept: it holds half a character"),
        ("exclude", {}, "-", "names no record"),
        ("exclude", {"external": ["nobody"]}, "-", "'nobody' is no external record"),
        ("match", {"external": ["e0"]}, "-", "these are 1 external and 0 internal"),
        ("guess", {"external": ["e0"]}, "-", "match, unmatch, exclude"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(action: str, sides: dict[str, list[str]], why: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        wb.decide(books(), action, **sides, why=why)  # type: ignore[arg-type]


def test_a_rule_cannot_pose_as_a_person() -> None:
    with pytest.raises(SettingsError, match="give it another name"):
        wb.reconcile(**books(), rules=[wb.Rule(BY_HAND, [wb.Criterion("amount")])])
