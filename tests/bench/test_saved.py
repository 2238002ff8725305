"""A reconciliation stands as it was left, by its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import workbench as wb
from workbench.bench.reconciliation.bench import ReconcileBench, reconcile_bench
from workbench.bench.reconciliation.saved import load
from workbench.errors import SourceError

FILE = "october.recon.json"
STATEMENT = "id,amount,currency,Tag,reference\ne1,10.00,EUR,2026-01-02,r1\ne2,20.10,EUR,2026-01-02,\n"
LEDGER = "transaction_id,amount,currency,created_at,reference\ni1,10.00,EUR,2026-01-02,r1\ni2,20.00,EUR,2026-01-03,\n"
RULES = [wb.Rule("Reference", [wb.Criterion("reference"), wb.Criterion("amount", "equals", "0.001")])]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReconcileBench:
    monkeypatch.chdir(tmp_path)
    Path("statement.csv").write_text(STATEMENT)
    Path("ledger.csv").write_text(LEDGER)
    return opened_anew(external_options={"mapping": {"Tag": "date"}})


def opened_anew(**options: object) -> ReconcileBench:
    """The bench as after a restart of the kernel."""
    rules = json.dumps([rule.to_dict() for rule in RULES])
    made = reconcile_bench("statement.csv", "ledger.csv", rules=rules, file=FILE, **options)  # type: ignore[arg-type]
    made.screen.bar.rerun = made.run.run
    return made


def test_what_was_set_decided_and_looked_at_is_there_again(bench: ReconcileBench) -> None:
    bench.strategy.fields["internal_date"].value = "effective_date"
    bench.strategy.fields["internal_date"].value = "created_at"
    bench.strategy.fields["max_candidates"].value = 1234
    bench.rules.boxes[0].name.value = "By reference"
    external = bench.screen.sides.tables["external"]
    external.order = ("counted_amount", True)
    bench.state.selected = {"external": ("e2",), "internal": ("i2",)}
    bench.screen.bar.why.value = "rounded"
    bench.screen.bar.act("differ")
    again = opened_anew()
    assert again.state.options == bench.state.options
    assert again.state.rules[0].name == "By reference"
    assert again.state.inputs["external"].options == {"mapping": {"Tag": "date"}}
    assert again.screen.sides.tables["external"].order == ("counted_amount", True)
    assert again.state.decisions == "october.decisions.jsonl"
    assert again.result is not None
    assert again.result.summary["matched_transactions"] == 2
    assert f"Opened as it was left in {FILE}" in again.saving.message.value


def test_the_file_can_be_moved_with_its_folder(bench: ReconcileBench, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    saved = load(f"../{FILE}")
    assert saved.inputs["external"].path == "../statement.csv"
    assert saved.decisions == "../october.decisions.jsonl"
    assert bench.saving.path == FILE


def test_another_name_takes_the_decisions_along_and_leaves_the_old_ones(bench: ReconcileBench) -> None:
    bench.state.selected = {"external": ("e2",)}
    bench.screen.bar.why.value = "of another company"
    bench.screen.bar.act("exclude")
    bench.saving.name.value = "november"
    assert load("november.recon.json").decisions == "november.decisions.jsonl"
    assert load(FILE).decisions == "october.decisions.jsonl"
    assert Path("november.decisions.jsonl").read_bytes() == Path("october.decisions.jsonl").read_bytes()
    bench.saving.name.value = "october"
    assert "is there already" in bench.saving.message.value
    assert bench.saving.path == "november.recon.json"


def test_a_name_that_is_too_long_is_said_and_changes_nothing(bench: ReconcileBench) -> None:
    bench.saving.name.value = "x" * 300
    assert "cannot be written: File name too long" in bench.saving.message.value
    assert (bench.saving.path, bench.state.decisions) == (FILE, "october.decisions.jsonl")


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"reconciliation": 1}', "[]"])
def test_a_file_that_is_no_reconciliation_is_refused_and_not_replaced(text: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    with pytest.raises(SourceError, match="reconciliation"):
        reconcile_bench(file=str(path))
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("inputs", "external", "path"), None),
        (("inputs", "external", "options"), "x"),
        (("inputs", "external", "options"), {"mapping": [["Tag"]]}),
        (("decisions",), []),
        (("rates",), 5),
        (("views",), "x"),
        (("views", "external"), "x"),
        (("views", "external", "order"), ["amount"]),
        (("views", "external", "order"), [5, True]),
        (("views", "external", "search"), None),
        (("views", "external", "filters"), {"amount": 5}),
    ],
)
def test_a_file_of_another_shape_is_refused_in_a_sentence(
    bench: ReconcileBench, place: tuple[str, ...], value: object
) -> None:
    bench.saving.save()
    kept = json.loads(Path(FILE).read_text())
    part = kept
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    Path(FILE).write_text(json.dumps(kept))
    with pytest.raises(SourceError, match=r"october\.recon\.json is no whole reconciliation: .* is missing or wrong"):
        reconcile_bench(file=FILE)


def test_the_last_result_stands_beside_the_forms_as_html(bench: ReconcileBench) -> None:
    assert "e2" in bench.last_result()
    assert "<b>" not in bench.last_result()
    assert "Nothing was run" in reconcile_bench("none.csv", "ledger.csv", rules="").last_result()


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("path", ["postgresql://ledger.example/blnk", "../elsewhere.csv"])
def test_what_a_file_names_elsewhere_is_only_read_when_it_is_named_again(path: str) -> None:
    Path("../elsewhere.csv").write_text(STATEMENT)
    values = json.loads(Path(FILE).read_text())
    values["inputs"]["external"]["path"] = path
    Path(FILE).write_text(json.dumps(values))
    again = opened_anew()
    assert again.sources.external.records is None
    assert "choose Read again if the file is from someone you trust" in again.sources.external.problem
    assert (again.result, again.sources.internal.records is None) == (None, False)


@pytest.mark.usefixtures("bench")
def test_a_layout_elsewhere_is_only_opened_when_it_is_named_again() -> None:
    wb.detect_layout("statement.csv", "external").save("../bank.json")
    values = json.loads(Path(FILE).read_text())
    values["inputs"]["external"]["options"]["layout"] = "../bank.json"
    Path(FILE).write_text(json.dumps(values))
    again = opened_anew()
    assert (again.sources.external.records, again.result) == (None, None)
    assert f"{FILE} names ../bank.json" in again.sources.external.problem
    named = reconcile_bench("statement.csv", "ledger.csv", file=FILE, external_options={"layout": "../bank.json"})
    assert named.sources.external.records is not None


def test_what_the_caller_names_too_is_read(bench: ReconcileBench) -> None:
    Path("../elsewhere.csv").write_text(STATEMENT)
    bench.sources.external.path.value = "../elsewhere.csv"
    assert reconcile_bench("ledger.csv", "ledger.csv", file=FILE).result is None
    assert reconcile_bench("../elsewhere.csv", "ledger.csv", file=FILE).result is not None


@pytest.mark.usefixtures("bench")
def test_a_journal_outside_the_folder_of_the_file_is_refused() -> None:
    values = json.loads(Path(FILE).read_text())
    Path(FILE).write_text(json.dumps({**values, "decisions": "../other.jsonl"}))
    with pytest.raises(SourceError, match="outside its folder"):
        opened_anew()
    assert opened_anew(decisions="../other.jsonl").state.decisions == "../other.jsonl"


def test_a_link_planted_beside_the_file_is_not_followed(bench: ReconcileBench) -> None:
    Path("treasure").write_text("kept")
    Path(f".{FILE}.new").symlink_to("treasure")
    bench.rules.boxes[0].name.value = "Another name"
    assert Path("treasure").read_text() == "kept"
    assert load(FILE).settings.rules[0].name == "Another name"
