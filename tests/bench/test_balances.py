"""The balances bench: what is chosen is what is rebuilt, and what is collected is what the command would ask."""

from __future__ import annotations

import html
import json
import runpy
import shlex
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

import workbench.bench.balances.run as running
from tests.balances.corrections.blnk_server import Book, serving
from workbench.balances.result import METADATA_KEY
from workbench.bench.balances.bench import BalancesBench, balances_bench
from workbench.bench.balances.results import tiles_of
from workbench.cli import run
from workbench.runs.folder.manifest import verify_run

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data" / "balances"
BALANCES = "balance_id,currency,balance,credit_balance,debit_balance\n"
LEDGER = "transaction_id,source,destination,precise_amount,precision,currency,status,created_at\n"


def a_bench(folder: Path, balances: str, ledger: str, **options: Any) -> BalancesBench:
    (folder / "balances.csv").write_text(BALANCES + balances)
    (folder / "ledger.csv").write_text(LEDGER + ledger)
    return balances_bench(str(folder / "balances.csv"), str(folder / "ledger.csv"), "", **options)


@pytest.fixture
def small(tmp_path: Path) -> BalancesBench:
    """`a` is 100 off, `b` is right."""
    return a_bench(
        tmp_path,
        "a,USD,0,40,40\nb,USD,100,140,40\n",
        "t1,a,b,100,100,USD,APPLIED,2026-01-01\nt2,b,a,40,100,USD,APPLIED,2026-02-01\nt3,a,b,40,100,USD,APPLIED,2026-02-02\n",
    )


def said(widget: Any) -> str:
    """All text that `words` says in a widget."""
    inside = [said(each) for each in getattr(widget, "children", ())]
    own = html.unescape(widget.value) if type(widget).__name__ == "HTML" else ""
    return " ".join(each for each in [own, *inside] if each)


def choose(bench: BalancesBench, balance_id: str) -> None:
    """Choose a balance in the table of all balances."""
    bench.results.others.pick.value = "results"
    bench.results.others.view.picked = [bench.results.others.view.table["balance_id"].to_pylist().index(balance_id)]


def test_it_opens_with_the_sample_data_rebuilt() -> None:
    bench = balances_bench()
    assert bench.state.problems == {}
    assert tiles_of(bench.state.result)["balances that differ"] == "19"
    assert "19 of 40 balances differ" in said(bench.run)
    assert bench.state.result.settings.as_of is None


def test_every_planted_fault_can_be_opened_and_is_explained() -> None:
    bench = balances_bench()
    for place, balance_id in enumerate(bench.results.differing.table["balance_id"].to_pylist()):
        bench.results.differing.picked = [place]
        assert f"Balance {balance_id}" in said(bench.card)
        assert "1. " in said(bench.card.hypotheses)
        assert "the gap between replay and record goes from 0" in said(bench.card.divergences)


def test_the_tiles_tell_what_was_found(tmp_path: Path) -> None:
    bench = a_bench(
        tmp_path,
        "a,USD,0,0,0\nb,USD,0,0,0\nc,EUR,0,7,7\n",
        "t1,a,b,100,100,USD,APPLIED,2026-01-01\nt2,x,b,5,100,USD,REJECTED,2026-01-01\nt3,c,y,5,100,EUR,APPLIED,2026-01-01\n",
    )
    tiles = tiles_of(bench.state.result)
    counted = ("balances checked", "balances that differ", "offsetting errors", "unknown balances")
    assert [tiles[name] for name in counted] == [
        "3",
        "3",
        "0",
        "1",
    ]
    assert tiles["transactions counted"] == "2 of 3"
    assert (tiles["USD: debits equal credits"], tiles["EUR: debits equal credits"]) == ("yes", "no")
    assert "EUR: balances that are not known took 0.05 EUR of credit" in said(bench.results.remarks)
    assert all(value in said(bench.results.tiles) for value in tiles.values())


def test_balances_are_shown_in_their_currency_the_largest_difference_of_each_first(tmp_path: Path) -> None:
    entries = [
        ("a", 100, 100, "USD"),
        ("b", 900, 100, "USD"),
        ("c", 5_000_000, 1_000_000, "TOKEN"),
        ("d", 70, 1, "JPY"),
    ]
    bench = a_bench(
        tmp_path,
        "".join(f"{name},{currency},0,0,0\n" for name, _, _, currency in entries),
        "".join(f"t{n},x,{n},{u},{p},{c},APPLIED,2026-01-01\n" for n, u, p, c in entries)
        + "t5,y,a,1,100,JPY,REJECTED,2026-01-01\n",  # of JPY the transactions do not say how many units it has
    )
    columns = [column["name"] for column in bench.results.differing.page["columns"]]
    shown = [dict(zip(columns, row["cells"], strict=True)) for row in bench.results.differing.page["rows"]]
    assert [(row["balance_id"], row["currency"], row["difference"]) for row in shown] == [
        ("d", "JPY", "70"),
        ("c", "TOKEN", "5"),
        ("b", "USD", "9.00"),
        ("a", "USD", "1.00"),
    ]


def test_a_card_shows_figures_hypotheses_evidence_and_timeline(small: BalancesBench) -> None:
    choose(small, "a")
    figures = {row["figure"]: row for row in small.card.figures.table.to_pylist()}
    assert [str(figures["balance"][name]) for name in ("recorded", "recalculated", "difference")] == [
        "0.00",
        "-1.00",
        "-1.00",
    ]
    assert "precise units" not in said(small.card)
    best = small.state.result.explain("a")[0]
    assert best.sentence in said(small.card.hypotheses)
    assert best.transaction_ids == ("t1",)
    assert "(a debit of 1.00 USD)" in said(small.card.hypotheses)
    assert "from 0.00 USD to -1.00 USD (debit +1.00 USD, credit +0.00 USD)" in said(small.card.divergences)
    assert "Evidence: t1" in said(small.card.hypotheses)
    steps = small.card.steps.table.to_pylist()
    assert [(row["transaction_id"], str(row["running_balance"])) for row in steps] == [
        ("t1", "-1.00"),
        ("t2", "-0.60"),
        ("t3", "-1.00"),
    ]
    assert "1" in steps[0]["evidence of"].split(", ")
    assert len(small.card.chart.figures) == 1
    small.card.add()
    assert [str(row["difference"]) for row in small.corrections.list.table.to_pylist()] == ["-1.00"]


def test_where_transactions_do_not_agree_on_the_units_of_a_currency_they_are_counted(tmp_path: Path) -> None:
    ledger = "t1,x,a,700,100,USD,APPLIED,2026-01-01\nt2,x,y,70,10,USD,APPLIED,2026-01-02\n"
    bench = a_bench(tmp_path, "a,USD,0,0,0\n", ledger)
    choose(bench, "a")
    assert "Amounts are in precise units" in said(bench.card)
    assert "(a credit of 700)" in said(bench.card.hypotheses)


def test_an_instant_narrows_what_counts(small: BalancesBench) -> None:
    small.scope.as_of.value = "2026-02-01T12:00"
    small.run.run()
    assert {row["balance_id"]: int(row["difference"]) for row in small.state.result.tables["results"].to_pylist()} == {
        "a": -60,
        "b": -40,
    }


def test_balances_narrow_what_is_reported(small: BalancesBench) -> None:
    small.scope.balance_ids.value = " b ,b"
    small.run.run()
    assert small.state.balance_ids == ("b",)
    assert small.state.result.results["balance_id"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("field", "value", "problem", "sentence"),
    [
        ("as_of", "yesterday", "as_of_problem", "as_of takes an instant such as 2026-01-31"),
        ("balance_ids", "b, zz", "ids_problem", "not among the balances: zz"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_run_waits(
    small: BalancesBench, field: str, value: str, problem: str, sentence: str
) -> None:
    before = small.state.result
    getattr(small.scope, field).value = value
    assert sentence in said(getattr(small.scope, problem))
    assert small.run.start_button.disabled
    assert sentence in said(small.run)
    small.run.run()
    assert small.run.start() is None
    assert small.state.result is before
    getattr(small.scope, field).value = ""
    assert said(getattr(small.scope, problem)) == ""
    assert not small.run.start_button.disabled


def test_an_input_that_cannot_be_read_is_said_in_the_bench(tmp_path: Path) -> None:
    bench = balances_bench(str(SAMPLES / "balances.csv"), str(tmp_path / "none.csv"), "")
    assert "none.csv" in said(bench.sources.sides["internal"])
    assert bench.run.start_button.disabled
    assert bench.state.result is None
    assert "Run" in said(bench.results)


def test_snapshots_may_be_left_out(small: BalancesBench) -> None:
    assert small.state.problems == {}
    assert set(small.state.records) == {"balances", "internal"}
    assert small.state.result is not None


def test_a_change_of_the_inputs_is_told_until_the_next_run(small: BalancesBench) -> None:
    small.scope.as_of.value = "2026-03-01"
    assert "from before" in said(small.run)
    small.run.run()
    assert "balances differ" in said(small.run)


def test_a_file_that_changes_after_it_was_read_is_said_on_the_card_or_makes_no_difference(
    small: BalancesBench, tmp_path: Path
) -> None:
    (tmp_path / "ledger.csv").write_text(LEDGER)
    choose(small, "a")
    assert "Evidence: t1" in said(small.card.hypotheses) or "has changed since" in said(small.card)


def test_progress_names_each_stage_in_turn(small: BalancesBench) -> None:
    heard: list[int] = []
    small.run.bar.observe(lambda change: heard.append(change["new"]), "value")
    small.run.bar.value = 0
    heard.clear()
    small.run.run()
    assert heard == [1, 2, 3, 4, 5]
    assert small.run.bar.max == 5


def test_a_run_beside_the_kernel_gives_the_same(small: BalancesBench) -> None:
    before = small.state.result
    thread = small.run.start()
    assert thread
    thread.join()
    assert small.state.result is not before
    assert small.state.result.results.drop(columns="executed_at").equals(before.results.drop(columns="executed_at"))


def test_stop_ends_the_run_before_its_next_stage(small: BalancesBench) -> None:
    before = small.state.result
    stages: list[int] = []

    def stop_at_2(change: Any) -> None:
        stages.append(change["new"])
        if change["new"] == 2:
            small.run.stop()

    small.run.bar.value = 0
    small.run.bar.observe(stop_at_2, "value")
    small.run.run()
    assert stages == [1, 2]
    assert "Stopped" in said(small.run)
    assert small.state.result is before
    assert not small.state.running
    small.run.bar.unobserve(stop_at_2, "value")
    small.run.run()
    assert small.state.result is not before


@pytest.mark.parametrize("error", [ValueError("<b>boom</b>"), KeyError()])
def test_a_run_that_fails_says_so_and_can_be_run_again(
    small: BalancesBench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(running, "reconstruct", fail)
    small.run.run()
    assert f"the run failed: {type(error).__name__}" in said(small.run)
    assert "<b>" not in small.run.message.value
    assert not small.run.start_button.disabled


def test_corrections_say_what_would_be_asked_and_what_is_expected(small: BalancesBench) -> None:
    choose(small, "a")
    small.card.add()
    small.card.add()
    assert small.state.corrections == ("a",)
    assert small.card.collect.disabled
    small.corrections.url.value = "https://ledger.example/"
    told = json.loads(small.corrections.requests.value)
    [correction] = told["corrections"]
    assert correction["request"] == "POST https://ledger.example/a/metadata"
    assert correction["body"] == {"meta_data": {"BLNK_RUN_RECONCILIATION": "SOURCE"}}
    assert correction["expected"] == small.state.result.metadata("a")
    assert correction["expected"][METADATA_KEY]["difference"] == "-100"
    assert small.corrections.list.table["request"].to_pylist() == [correction["request"]]


def test_a_balance_that_is_right_cannot_be_collected(small: BalancesBench) -> None:
    choose(small, "b")
    assert small.card.collect.disabled


def test_the_list_can_be_filled_and_emptied() -> None:
    bench = balances_bench()
    bench.corrections.add_all()
    assert len(bench.state.corrections) == 19
    bench.corrections.list.picked = [0, 3]
    bench.corrections.remove_selected()
    assert len(bench.state.corrections) == 17
    bench.corrections.remove_all()
    assert bench.state.corrections == ()
    assert bench.corrections.command.value == ""


def test_what_a_new_result_finds_right_leaves_the_list(small: BalancesBench, tmp_path: Path) -> None:
    small.corrections.add_all()
    (tmp_path / "balances.csv").write_text(BALANCES + "a,USD,-100,40,140\nb,USD,100,140,40\n")
    small.sources.read()
    small.run.run()
    assert small.state.corrections == ()
    assert "Left the list" in said(small.corrections)


def test_nothing_is_collected_of_an_earlier_instant(small: BalancesBench) -> None:
    small.corrections.add_all()
    small.scope.as_of.value = "2026-02-01"
    small.run.run()
    choose(small, "a")
    assert small.card.collect.disabled
    assert small.state.corrections == ()
    small.corrections.add_all()
    assert small.state.corrections == ()
    assert "without an instant" in said(small.corrections) or "Left the list" in said(small.corrections)


def test_the_list_is_saved_and_never_over_another_file_unasked(small: BalancesBench, tmp_path: Path) -> None:
    small.corrections.add_all()
    path = tmp_path / "list.json"
    small.corrections.file.value = str(path)
    small.corrections.save()
    written = path.read_text()
    assert json.loads(written) == json.loads(small.corrections.requests.value)
    small.corrections.save()
    assert "exists already" in said(small.corrections)
    path.write_text("mine")
    small.corrections.replace.value = True
    small.corrections.save()
    assert path.read_text() == written


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "name one"), ("no/such/folder/list.json", "cannot be written: No such file")]
)
def test_a_list_that_cannot_be_saved_says_why(small: BalancesBench, name: str, sentence: str) -> None:
    small.corrections.add_all()
    small.corrections.file.value = name
    small.corrections.save()
    assert sentence in said(small.corrections)


def test_an_address_that_is_none_is_said_beside_it(small: BalancesBench) -> None:
    small.corrections.add_all()
    small.corrections.url.value = "https://me:s3cret@ledger.example"
    assert "a user or a password does not belong in it" in said(small.corrections.url_problem)
    assert small.corrections.save_button.disabled
    assert "s3cret" not in small.corrections.command.value + small.corrections.requests.value


def test_text_from_the_data_never_becomes_markup(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    bench = a_bench(tmp_path, f"{evil},USD,0,0,0\n", f"{evil}t,{evil},x,5,100,USD,APPLIED,2026-01-01\n")
    choose(bench, evil)
    bench.card.add()
    left: list[Any] = [bench]
    while left:
        widget = left.pop()
        left.extend(getattr(widget, "children", ()))
        if type(widget).__name__ == "HTML":
            assert "<img" not in widget.value
    assert evil in said(bench.card)


def test_every_field_has_a_label() -> None:
    left: list[Any] = [balances_bench()]
    fields = 0
    while left:
        widget = left.pop()
        left.extend(getattr(widget, "children", ()))
        if "value" in widget.traits() and type(widget).__name__ not in {"HTML", "FloatProgress", "IntProgress"}:
            fields += 1
            assert widget.description or widget.tooltip
    assert fields > 10


def test_as_python_gives_the_same_result(small: BalancesBench, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "snapshots.csv", tmp_path / "snapshots.csv")
    small.sources.sides["snapshots"].path.value = str(tmp_path / "snapshots.csv")
    small.scope.as_of.value = "2026-02-01T12:00"
    small.scope.balance_ids.value = "a"
    small.run.run()
    code = tmp_path / "again.py"
    code.write_text(small.exports.python.value)
    again = runpy.run_path(str(code))["rebuilt"]
    assert again.settings == small.state.result.settings
    assert again.results.drop(columns="executed_at").equals(small.state.result.results.drop(columns="executed_at"))
    assert set(again.inputs) == {"balances", "internal", "snapshots"}


def test_the_bench_asks_nothing_and_the_command_corrects_what_is_collected(
    small: BalancesBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("WORKBENCH_BLNK_KEY", raising=False)
    with serving({"a": Book((40, 40), (40, 140)), "b": Book((140, 40), (140, 40))}) as ledger:
        small.corrections.url.value = ledger.url
        small.corrections.journal.value = str(tmp_path / "corrections.ndjson")
        small.corrections.out.value = str(tmp_path / "corrections")
        choose(small, "a")
        small.card.add()
        small.corrections.file.value = str(tmp_path / "list.json")
        small.corrections.save()
        assert ledger.asked == []
        assert run(shlex.split(small.corrections.command.value)[1:]) == 0
        assert {path for method, path, _ in ledger.asked if method == "POST"} == {"/a/metadata"}
        assert ledger.posts == [json.loads((tmp_path / "list.json").read_text())["corrections"][0]["body"]]
    small.corrections.show()
    assert small.corrections.list.table["state"].to_pylist() == ["corrected"]


def test_everything_can_be_exported(small: BalancesBench, tmp_path: Path) -> None:
    small.exports.folder.value = str(tmp_path / "out")
    small.exports.workbook.value = str(tmp_path / "out.xlsx")
    small.exports.export()
    small.exports.export_excel()
    assert verify_run(tmp_path / "out") == []
    assert pq.read_table(tmp_path / "out" / "results.parquet").equals(small.state.result.tables["results"])
    assert (tmp_path / "out" / "results.csv").exists()
    assert set(load_workbook(tmp_path / "out.xlsx").sheetnames) == set(small.state.result.tables)
    small.exports.export_excel()
    assert "exists already" in said(small.exports)
    small.exports.export()
    assert "Exported to" in said(small.exports), "a run whose gates are broken gives way to the next one"
    small.exports.replace.value = True
    small.exports.export_excel()
    assert "exists already" not in said(small.exports)


@pytest.mark.parametrize("act", ["export", "export_excel", "report"])
def test_what_has_no_place_to_go_says_so(small: BalancesBench, act: str) -> None:
    for field in (small.exports.folder, small.exports.workbook, small.exports.report_folder):
        field.value = " "
    getattr(small.exports, act)()
    assert "there is no name yet" in said(small.exports)
    assert not small.exports.report_button.disabled


def test_the_report_is_made_of_the_same_result(small: BalancesBench, tmp_path: Path) -> None:
    small.scope.as_of.value = "2026-02-01T12:00"
    small.run.run()
    small.exports.report_folder.value = str(tmp_path / "report")
    small.exports.start_report().join()
    assert f"The report is {tmp_path / 'report' / 'report.html'}" in said(small.exports)
    written = pq.read_table(tmp_path / "report" / "data" / "results.parquet").drop_columns(["executed_at"])
    assert written.equals(small.state.result.tables["results"].drop_columns(["executed_at"]))


def test_nothing_can_be_taken_along_before_a_run(tmp_path: Path) -> None:
    bench = balances_bench(str(tmp_path / "none.csv"))
    assert "choose Run" in said(bench.exports)
    assert bench.exports.export_button.disabled
    bench.exports.export()
    bench.corrections.add_all()
    bench.corrections.save()
    assert list(tmp_path.iterdir()) == []
