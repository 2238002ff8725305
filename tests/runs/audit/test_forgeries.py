"""Forgeries and accidents: each line of the table in docs/auditor.md, done to one run or before one."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench import cli
from workbench.reconciliation.decisions.chain import START, line_hash
from workbench.runs.folder.export import write_csv
from workbench.runs.folder.hashes import hash_file
from workbench.runs.folder.manifest import MANIFEST, OUTCOME, PAGE, UNSEALED
from workbench.runs.gates.waiting import check_unchanged

ROOT = Path(__file__).parents[3]
CARDS = ROOT / "data" / "cards"


@dataclass
class Case:
    """A run in a folder of its own, that something is done to."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def run(self) -> Path:
        return self.folder / "runs" / "october"

    @property
    def data(self) -> Path:
        return self.run / "data"

    def workbench(self, *words: str) -> tuple[int, str]:
        """The exit code of a command, and all that it says."""
        code = cli.run(words)
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def reconcile(self, *words: str) -> tuple[int, str]:
        rules = ["--rules", str(CARDS / "rules.json"), "--decisions", "decisions.jsonl"]
        return self.workbench("reconcile", "statement.csv", "ledger.csv", *rules, "--out", "runs/november", *words)

    def verify(self, *words: str) -> tuple[int, str]:
        return self.workbench("verify", "runs/october", *words)

    def perform(self) -> tuple[int, str]:
        return self.workbench("perform", "runs/october")


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books of October, a journal of two decisions, and the report on them."""
    folder = tmp_path_factory.mktemp("october")
    for name in ("statement.csv", "ledger.csv"):
        shutil.copy(CARDS / name, folder / name)
    records = {"external": wb.read_external(folder / "statement.csv")}
    for name, by in (("ch_d10faa", "ana"), ("ch_e77c96", "ben")):
        decision = wb.decide(records, "exclude", external=[name], why="not of this account", by=by)
        wb.add_decision(folder / "decisions.jsonl", decision)
    here = Path.cwd()
    os.chdir(folder)
    try:
        books = ["external=statement.csv", "internal=ledger.csv", f"rules={CARDS / 'rules.json'}"]
        words = [word for each in [*books, "decisions=decisions.jsonl"] for word in ("-p", each)]
        assert cli.run(["report", "reconciliation", *words, "--out", "runs/october"]) == 0
    finally:
        os.chdir(here)
    return folder


@pytest.fixture
def case(october: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Case:
    folder = tmp_path / "books"
    shutil.copytree(october, folder, symlinks=True)
    monkeypatch.chdir(folder)
    # The originals stand where the run read them.
    for path in folder.rglob(MANIFEST):
        path.write_text(path.read_text("utf-8").replace(str(october), str(folder)), "utf-8")
    for path in folder.rglob("settings.json"):
        path.write_text(path.read_text("utf-8").replace(str(october), str(folder)), "utf-8")
    made_anew(folder / "runs" / "october")
    capsys.readouterr()
    return Case(folder, capsys)


def made_anew(run: Path) -> None:
    """What a forger does at the end: every hash of the folder is made anew, inside out."""
    for folder in (run / "data", run):
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        for name, entry in manifest["outputs"].items():
            entry |= {"sha256": hash_file(folder / name), "bytes": (folder / name).stat().st_size}
        seal = json.loads((folder / OUTCOME).read_text("utf-8"))["manifest_sha256"]
        for name, entry in manifest["sealed"].items():
            path = folder / name
            path.write_text(path.read_text("utf-8").replace(seal, UNSEALED), "utf-8")
            entry["sha256"] = hash_file(path)
        (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
        for name in manifest["sealed"]:
            path = folder / name
            path.write_text(path.read_text("utf-8").replace(UNSEALED, hash_file(folder / MANIFEST)), "utf-8")


def change_table(data: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """A table in both of its files."""
    table = change(pq.read_table(data / f"{name}.parquet"))
    pq.write_table(table, data / f"{name}.parquet")
    write_csv(table, data / f"{name}.csv")


def with_value(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    place = table.column_names.index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# Done to a folder


def nothing_is_done(case: Case) -> tuple[int, str]:
    return case.verify()


def figure_in_the_report(case: Case) -> tuple[int, str]:
    replace_in(case.run / PAGE, "348.30", "48.30")
    return case.verify()


def figure_in_the_report_and_hashes_made_anew(case: Case) -> tuple[int, str]:
    replace_in(case.run / PAGE, "348.30", "48.30")
    made_anew(case.run)
    return case.verify()


def row_removed_from_a_csv_and_hashes_made_anew(case: Case) -> tuple[int, str]:
    path = case.data / "unmatched_internal.csv"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    made_anew(case.run)
    return case.verify()


def match_set_to_by_hand_and_hashes_made_anew(case: Case) -> tuple[int, str]:
    change_table(case.data, "matches", lambda table: with_value(table, "rule", 0, "by hand"))
    made_anew(case.run)
    return case.verify()


def amount_changed_throughout_and_performed_again(case: Case) -> tuple[int, str]:
    """The forger changes a matched amount in every file, and makes all hashes anew: only the inputs contradict."""
    change_table(case.data, "matches", lambda table: with_value(table, "amount", 0, Decimal("1.00")))
    made_anew(case.run)
    return case.perform()


def everything_made_anew(case: Case) -> tuple[int, str]:
    noted = hash_file(case.run / MANIFEST)
    change_table(case.data, "matches", lambda table: with_value(table, "amount", 0, Decimal("1.00")))
    made_anew(case.run)
    return case.verify("--expect", noted)


def versions_changed(case: Case) -> tuple[int, str]:
    manifest = json.loads((case.data / MANIFEST).read_text("utf-8"))
    manifest["versions"]["duckdb"] = "0.1"
    (case.data / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    made_anew(case.run)
    return case.verify()


def verdict_changed(case: Case) -> tuple[int, str]:
    for folder in (case.run, case.data):
        replace_in(folder / OUTCOME, '"amber"', '"green"')
    made_anew(case.run)
    return case.verify()


def copy_of_an_input_edited(case: Case) -> tuple[int, str]:
    replace_in(case.data / "inputs" / "external" / "statement.csv", "86.12", "96.12")
    return case.perform()


def original_edited(case: Case) -> tuple[int, str]:
    replace_in(case.folder / "statement.csv", "86.12", "96.12")
    return case.verify()


def original_gone(case: Case) -> tuple[int, str]:
    (case.folder / "statement.csv").unlink()
    return case.verify()


def copy_of_an_input_gone(case: Case) -> tuple[int, str]:
    (case.data / "inputs" / "external" / "statement.csv").unlink()
    return case.perform()


def file_added(case: Case) -> tuple[int, str]:
    (case.data / "notes.txt").write_text("mine")
    return case.verify()


def manifest_cut_off(case: Case) -> tuple[int, str]:
    path = case.run / MANIFEST
    path.write_text(path.read_text("utf-8")[:100], "utf-8")
    return case.verify()


# Done before a run


def journal_line_changed(case: Case) -> tuple[int, str]:
    replace_in(case.folder / "decisions.jsonl", "ana", "eve")
    return case.reconcile()


def journal_made_anew(case: Case) -> tuple[int, str]:
    """Changed, and every line chained again: it holds together, but it is not the one of the run before."""
    previous, lines = START, []
    for line in (case.folder / "decisions.jsonl").read_text("utf-8").splitlines():
        forged = json.loads(line) | {"by": "eve", "previous": previous}
        lines.append(json.dumps(forged))
        previous = line_hash(lines[-1])
    (case.folder / "decisions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return case.reconcile()


def journal_cut(case: Case) -> tuple[int, str]:
    lines = (case.folder / "decisions.jsonl").read_text("utf-8").splitlines(keepends=True)
    (case.folder / "decisions.jsonl").write_text(lines[0], "utf-8")
    return case.reconcile()


def journal_grown(case: Case) -> tuple[int, str]:
    records = {"external": wb.read_external("statement.csv")}
    wb.add_decision("decisions.jsonl", wb.decide(records, "exclude", external=["ch_d16e22"], why="a test", by="ana"))
    return case.reconcile()


def truncated_statement(case: Case) -> tuple[int, str]:
    lines = (case.folder / "statement.csv").read_text("utf-8").splitlines(keepends=True)
    (case.folder / "statement.csv").write_text("".join(lines[:100]), "utf-8")
    return case.reconcile("--expect-external", "rows=116")


def half_written_file(case: Case) -> tuple[int, str]:
    """It grows while it is read."""
    looks = {str(case.folder / "statement.csv"): (100, 1)}
    with pytest.raises(wb.SourceError) as raised:
        check_unchanged(looks)
    return int(raised.value.exit_code), str(raised.value)


def missing_file(case: Case) -> tuple[int, str]:
    (case.folder / "statement.csv").unlink()
    return case.reconcile()


def statement_of_last_month(case: Case) -> tuple[int, str]:
    return case.reconcile("--expect-external", "period=2026-11-01..2026-11-30")


def wrong_currency(case: Case) -> tuple[int, str]:
    replace_in(case.folder / "statement.csv", ",USD,", ",CAD,")
    return case.reconcile("--expect-external", "total=7374.38 EUR, 2500.06 USD")


def excluded_wires(case: Case) -> tuple[int, str]:
    with (case.folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    status = rows[0].index("status")
    rows[1][status] = "VOID"
    with (case.folder / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return case.reconcile("--max-excluded", "internal 1")


def table_of_the_page() -> dict[str, tuple[str, int]]:
    """By what is done: how it is said (… stands for anything) and the exit code, as docs/auditor.md has them."""
    page = (ROOT / "docs" / "auditor.md").read_text("utf-8")
    section = page.split("## Forgeries and accidents")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {row[0]: (row[2].strip("`"), int(row[3])) for row in rows[2:]}


PAGE_TABLE = table_of_the_page()
CASES: dict[str, Callable[[Case], tuple[int, str]]] = {
    "nothing": nothing_is_done,
    "a figure in the report": figure_in_the_report,
    "the same, and the hashes made anew": figure_in_the_report_and_hashes_made_anew,
    "a row taken out of a CSV, hashes made anew": row_removed_from_a_csv_and_hashes_made_anew,
    'the rule of a match set to "by hand", hashes made anew': match_set_to_by_hand_and_hashes_made_anew,
    "an amount in every file, hashes made anew": amount_changed_throughout_and_performed_again,
    "the whole folder made anew": everything_made_anew,
    "the versions in the manifest": versions_changed,
    "the verdict": verdict_changed,
    "the copy of an input edited": copy_of_an_input_edited,
    "the original of an input edited": original_edited,
    "the original of an input gone": original_gone,
    "the copy of an input gone": copy_of_an_input_gone,
    "a file added": file_added,
    "a half-written manifest": manifest_cut_off,
    "a line of the journal changed, removed, put in or dated back": journal_line_changed,
    "the journal rewritten, all its hashes made anew": journal_made_anew,
    "the journal cut at its end": journal_cut,
    "the journal continued (no forgery)": journal_grown,
    "a truncated statement": truncated_statement,
    "a file that is still being written": half_written_file,
    "a file that is not there yet": missing_file,
    "the statement of last month": statement_of_last_month,
    "the wrong currency": wrong_currency,
    "wires set to a status that takes no part": excluded_wires,
}


def test_the_page_has_a_line_for_each_case() -> None:
    assert sorted(PAGE_TABLE) == sorted({*CASES, "the database changed"})  # which tests/sources/test_postgres.py does


@pytest.mark.parametrize("name", CASES)
def test_what_is_done_is_noticed_as_the_page_says(case: Case, name: str) -> None:
    sentence, code = PAGE_TABLE[name]
    found, said = CASES[name](case)
    wanted = ".*".join(re.escape(part) for part in sentence.split("…"))
    assert (found, bool(re.search(wanted, said))) == (code, True), said


def test_a_whole_run_is_performed_again_with_the_same_outcome(case: Case) -> None:
    assert case.perform() == (0, "performed again: 10 tables and 5 gates are equal\n")
    for name in ("statement.csv", "ledger.csv", "decisions.jsonl"):
        (case.folder / name).unlink()
    case.run.rename(case.folder / "elsewhere")
    code, said = case.workbench("perform", "elsewhere/data/manifest.json", "--json")
    assert (code, json.loads(said)["equal"]) == (0, True)


@pytest.mark.parametrize("command", ["verify", "perform", "compare"])
def test_a_link_in_a_folder_is_not_followed(case: Case, command: str) -> None:
    (case.folder / "private.csv").write_text("id,amount,currency,date\np1,s3cret,EUR,2026-01-02\n")
    copy = case.data / "inputs" / "external" / "statement.csv"
    copy.unlink()
    copy.symlink_to(case.folder / "private.csv")
    code, said = case.workbench(command, str(case.run), *([str(case.run)] if command == "compare" else []))
    assert (code, "s3cret" in said) == (2, False)
    assert "statement.csv is a link, which no run writes" in said


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (OUTCOME, {"gates": None}),
        (OUTCOME, {"gates": [1]}),
        (OUTCOME, {"gates": [{"gate": "journal"}]}),
        (MANIFEST, {"inputs": {"decisions": {"path": "j", "sha256": "0", "kept": None, "name": "j", "bytes": 1}}}),
    ],
)
def test_a_damaged_folder_beside_it_keeps_no_run_from_its_end(case: Case, name: str, change: dict[str, Any]) -> None:
    shutil.copytree(case.data, case.run.parent / "damaged")
    path = case.run.parent / "damaged" / name
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}))
    code, said = case.reconcile()
    assert (code, "workbench failed" in said) == (0, False), said


@pytest.mark.parametrize(("summary", "other_matches"), [("{}", False), ("[]", False), ("{}", True)])
def test_marks_of_a_folder_that_is_made_up_are_refused(case: Case, summary: str, other_matches: bool) -> None:
    if other_matches:
        pq.write_table(pa.table({"match_id": ["m1"]}), case.data / "matches.parquet")
    (case.data / "summary.json").write_text(summary)
    manifest = json.loads((case.data / MANIFEST).read_text("utf-8"))
    for name in ("matches.parquet", "summary.json"):
        manifest["outputs"][name]["sha256"] = hash_file(case.data / name)
    (case.data / MANIFEST).write_text(json.dumps(manifest))
    code, said = case.workbench("mark", str(case.data))
    assert (code, "is not the folder of a reconciliation" in said) == (2, True), said


@pytest.mark.parametrize("command", ["verify", "perform", "mark"])
def test_what_of_a_folder_cannot_be_read_is_said(case: Case, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    for module in ("manifest", "matched"):
        monkeypatch.setattr(f"workbench.runs.folder.{module}.hash_file", refuse)
    code, said = case.workbench(command, str(case.data))
    assert (code, "cannot be read: Permission denied" in said) == (2, True), said


@pytest.mark.parametrize("command", ["verify", "perform", "compare"])
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("settings.json", {"inputs": {}}),
        ("settings.json", {"command": "chain"}),
        ("settings.json", {"command": "reconstruct"}),
        ("settings.json", {"command": ["reconcile"]}),
        ("summary.json", {"started_at": "x"}),
        (OUTCOME, {"gates": [{"gate": 1, "kept": 1}]}),
        (MANIFEST, {"inputs": {"external": {"path": "a", "sha256": "0", "kept": None, "name": "a", "files": [1]}}}),
    ],
)
def test_a_folder_that_is_made_up_is_refused(case: Case, command: str, name: str, change: dict[str, Any]) -> None:
    path = case.data / name
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}))
    code, said = case.workbench(command, str(case.data), *([str(case.data)] if command == "compare" else []))
    assert (code, "workbench failed" in said) == (2, False), said


def test_rows_that_are_no_parquet_are_said(case: Case) -> None:
    manifest = json.loads((case.data / MANIFEST).read_text("utf-8"))
    manifest["inputs"]["external"]["path"] = "postgresql://ann@127.0.0.1:1/books"
    (case.data / MANIFEST).write_text(json.dumps(manifest))
    code, said = case.perform()
    assert (code, "statement.csv cannot be read: " in said) == (1, True)


@pytest.mark.parametrize(
    "part", ["", "data", "data/inputs/external", "manifest.json", "data/manifest.json", "report.html"]
)
def test_one_answer_whichever_level_is_named(case: Case, part: str) -> None:
    code, said = case.workbench("verify", str(case.run / part), "--json", "--expect", hash_file(case.run / MANIFEST))
    answer = json.loads(said)
    assert (code, answer["verified"], answer["folder"]) == (0, True, str(case.run))
    assert [state["original"] for state in answer["inputs"]] == ["as it was"] * 3
    (case.data / "matches.csv").write_text("")
    assert case.workbench("verify", str(case.run / part))[0] == 1


def test_the_manifests_hash_stands_wherever_one_looks(case: Case) -> None:
    seal = hash_file(case.run / MANIFEST)
    assert json.loads((case.run / OUTCOME).read_text("utf-8"))["manifest_sha256"] == seal
    page = (case.run / PAGE).read_text("utf-8")
    assert page.count(seal) == 2  # at the end, and in the margin of each page on paper
    assert f"manifest SHA-256 {seal}" in case.verify()[1]
    assert case.verify("--expect", "few")[0] == 2


def test_two_runs_are_compared_by_count_and_money(case: Case) -> None:
    rules = case.folder / "rules.json"
    wb.save_rules(wb.load_rules(CARDS / "rules.json")[:2], rules)
    words = ["reconcile", "statement.csv", "ledger.csv", "--rules", "rules.json", "--decisions", "decisions.jsonl"]
    assert case.workbench(*words, "--out", "runs/narrow")[0] == 0
    code, said = case.workbench("compare", "runs/october", "runs/narrow", "--json")
    found = json.loads(said)
    then, now = (pq.read_table(folder / "matches.parquet") for folder in (case.data, case.folder / "runs/narrow"))
    lost = len(then.filter(pc.equal(then["rule"], "Amount within 3 days")))
    assert (code, found["equal"], found["lost"]["count"], found["gained"]["count"]) == (0, False, lost, 0)
    assert len(then) - len(now) == lost
    apart = {money: Decimal(amount.replace(",", "")) for money, amount in found["lost"]["money"].items()}
    gone = then.filter(pc.equal(then["rule"], "Amount within 3 days")).to_pylist()
    assert apart["EUR"] == sum(abs(row["amount"]) for row in gone if row["currency"] == "EUR")
    assert "rule 3" in {change["what"] for change in found["settings"]}
    assert case.workbench("compare", "runs/october", "runs/october")[1] == "nothing differs in what came out\n"


def test_inputs_may_be_left_out_and_that_is_said(case: Case) -> None:
    assert case.reconcile("--no-inputs")[0] == 0
    code, said = case.workbench("verify", "runs/november")
    assert (code, "does not hold all its inputs" in said) == (0, True)
    code, said = case.workbench("perform", "runs/november")
    assert (code, "runs/november does not hold the external" in said) == (2, True)


def test_rows_of_a_table_in_memory_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paid = wb.read_external(
        [{"Betrag": "1.234,50", "id": "e1", "currency": "EUR", "date": "02.01.2026", "more": None}],
        mapping={"Betrag": "amount"},
        decimal=",",
        thousands=".",
        date_format="%d.%m.%Y",
    )
    booked = wb.read_internal(
        pa.table(
            {"transaction_id": ["t1"], "amount": [Decimal("1234.5")], "currency": ["EUR"], "created_at": ["2026-01-02"]}
        )
    )
    folder = wb.write_run(wb.reconcile(paid, booked), tmp_path / "run")
    assert sorted(path.name for path in folder.rglob("rows.parquet")) == ["rows.parquet"] * 2
    assert cli.run(["perform", str(folder)]) == 0
    assert "are equal" in capsys.readouterr().out


def test_a_forged_manifest_leads_nowhere_outside_its_folder(case: Case) -> None:
    manifest = json.loads((case.data / MANIFEST).read_text("utf-8"))
    manifest["inputs"]["external"]["kept"] = "../../../statement.csv"
    (case.data / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    code, said = case.perform()
    assert (code, "is no folder that the workbench wrote" in said) == (2, True)


def test_several_files_of_a_side_are_kept_and_performed_again(case: Case) -> None:
    lines = (case.folder / "statement.csv").read_text("utf-8").splitlines(keepends=True)
    for folder, part in (("a", lines[:60]), ("b", [lines[0], *lines[50:]])):  # ten records stand in both
        (case.folder / folder).mkdir()
        (case.folder / folder / f"part_{folder}.csv").write_text("".join(part), "utf-8")
    rules = ["--rules", str(CARDS / "rules.json")]
    words = ["--external", "a/part_a.csv", "--external", "b/part_b.csv", "--internal", "ledger.csv", *rules]
    assert case.workbench("reconcile", *words, "--out", "runs/parts")[0] == 0
    kept = sorted(path.name for path in (case.folder / "runs/parts/inputs/external").iterdir())
    shutil.rmtree(case.folder / "a")
    code, said = case.workbench("perform", "runs/parts")
    assert (code, kept, "are equal" in said) == (0, ["001", "002"], True)
    code, said = case.workbench("verify", "runs/parts")
    assert (code, said.count("the original is not there")) == (0, 1)


def test_two_files_of_one_name_are_performed_again(case: Case) -> None:
    """A record is told by its file, and the copies stand under other paths than the files did."""
    lines = (case.folder / "statement.csv").read_text("utf-8").splitlines(keepends=True)
    for folder, part in (("a", lines[:60]), ("b", [lines[0], *lines[60:]])):
        (case.folder / folder).mkdir()
        (case.folder / folder / "part.csv").write_text("".join(part), "utf-8")
    rules = ["--rules", str(CARDS / "rules.json")]
    words = ["--external", "a/part.csv", "--external", "b/part.csv", "--internal", "ledger.csv", *rules]
    assert case.workbench("reconcile", *words, "--out", "runs/parts")[0] == 0
    code, said = case.workbench("perform", "runs/parts")
    assert (code, "are equal" in said) == (0, True), said
