"""The report as a scheduler runs it and as an auditor opens it: real papermill, real Chromium, no network."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from playwright.sync_api import Browser

import workbench as wb
from workbench.reconciliation.settings import OPTIONS
from workbench.reports.execute import find_notebook, kinds_of, run_report
from workbench.reports.html import render
from workbench.reports.parameters import check_injected, check_parameters
from workbench.runs.folder.manifest import verify_run

SCRIPT = "<script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One match, and one open record on each side whose texts are up to no good."""
    folder = tmp_path_factory.mktemp("books")
    external, internal = folder / "bank.csv", folder / "ledger.csv"
    external.write_text(
        "id,amount,currency,date,reference,description\n"
        "e1,12345678901234567890.12,EUR,2026-01-01,r1,coffee\n"
        f'e2,7.00,EUR,2026-01-02,=cmd(),"{SCRIPT}"\n'
    )
    internal.write_text(
        "transaction_id,amount,currency,created_at,reference,description\n"
        "i1,12345678901234567890.12,EUR,2026-01-01,r1,coffee\n"
        f'i2,8.00,EUR,2026-01-02,=cmd(),"{SCRIPT}"\n'
    )
    rules = folder / "rules.json"
    wb.save_rules([wb.Rule(f"Same {SCRIPT}", [wb.Criterion("reference"), wb.Criterion("amount")])], rules)
    return {"external": str(external), "internal": str(internal), "rules": str(rules)}


@pytest.fixture(scope="module")
def folder(books: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "january"
    outcome = run_report("reconciliation", {**books, "max_open": "external 0"}, out)
    assert outcome.exit_code == 1
    assert outcome.message.startswith("1 of 2 external records is open")
    assert outcome.path == out / "report.html"
    return out


def test_the_folder_is_whole(folder: Path) -> None:
    assert verify_run(folder) == []
    assert verify_run(folder / "data") == []
    notebook = nbformat.read(folder / "reconciliation.ipynb", as_version=4)
    assert ".workbench" not in json.dumps(notebook)  # where it was put together is nobody's business


def test_the_page_is_alive_offline_and_asks_nothing_of_the_network(folder: Path, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((folder / "report.html").as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert asked == [(folder / "report.html").as_uri()]
    assert complaints == []
    assert page.locator(".js-plotly-plot").count() == 7
    assert page.title() == "Reconciliation report"
    text = page.locator("main").inner_text()
    assert text.count(SCRIPT) >= 4  # the rule's name, both descriptions, and a near miss
    assert "=cmd()" in text
    assert "12,345,678,901,234,567,890.12" in text
    assert "import plotly" not in text
    page.close()


def test_a_wrong_input_is_reported_and_rendered(books: dict[str, str], tmp_path: Path, browser: Browser) -> None:
    outcome = run_report("reconciliation", {**books, "external": str(tmp_path / "none.csv")}, tmp_path / "out")
    assert outcome.exit_code == 4
    assert "none.csv" in outcome.message
    page = browser.new_page()
    page.goto(outcome.path.as_uri())
    assert "This report is incomplete" in page.get_by_role("alert").first.inner_text()
    assert page.locator("main").inner_text().count("none.csv") >= 2  # in the banner and where it failed
    page.close()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"externl": "a.csv"}, "unknown parameter 'externl': choose one of external, internal, strategy"),
        ({"max_candidates": "many"}, "parameter max_candidates takes a whole number, such as 100"),
        ({"max_candidates": "1.5"}, "parameter max_candidates takes a whole number"),
        ({"external": 7}, "parameter external takes a text"),
        ({"external_options": "[1]"}, "parameter external_options takes a JSON object"),
        ({"statuses": "[1]"}, "parameter statuses takes names"),
        ({"data_folder": "x"}, "unknown parameter 'data_folder'"),
        ({}, "parameter external is required: name a file"),
        ({"external": "a.csv", "internal": " "}, "parameter internal is required: name a file"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_runs(parameters: dict[str, object], says: str) -> None:
    with pytest.raises(wb.SettingsError) as error:
        check_parameters("reconciliation", kinds_of(find_notebook("reconciliation")), parameters)
    assert says in str(error.value)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(wb.SettingsError, match="parameter internal holds a password") as error:
        check_parameters(
            "reconciliation",
            kinds_of(find_notebook("reconciliation")),
            {"internal": "postgresql://ann:s3cret@db/books"},
        )
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("name", ["reconciliation", "reconcile_bench"])
def test_a_notebook_has_every_setting_as_a_parameter_and_hands_it_on(name: str) -> None:
    notebook = find_notebook("reconciliation").with_stem(name)
    settings = {option.name for option in OPTIONS}
    assert settings <= kinds_of(notebook).keys()
    code = "\n".join(
        cell.source for cell in nbformat.read(notebook, as_version=4).cells[2:] if cell.cell_type == "code"
    )
    assert [setting for setting in settings if f"    {setting}" not in code] == []


def test_parameters_are_read_as_the_notebook_types_them() -> None:
    given = {
        "balance_id": "007",
        "max_candidates": "500",
        "grouping_criteria": "reference, date",
        "statuses": '["APPLIED"]',
        "external_options": '{"decimal": ","}',
    }
    assert check_parameters("other", kinds_of(find_notebook("reconciliation")), given) == {
        "balance_id": "007",
        "max_candidates": 500,
        "grouping_criteria": ["reference", "date"],
        "statuses": ["APPLIED"],
        "external_options": {"decimal": ","},
    }


def test_an_unknown_report_or_theme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(wb.SettingsError, match=r"unknown report 'taxes': choose one of .*reconciliation"):
        run_report("taxes", {}, tmp_path / "out")
    with pytest.raises(wb.SettingsError, match="choose one of light, dark"):
        run_report("reconciliation", {}, tmp_path / "out", theme="sepia")


def test_widgets_are_left_out_of_the_page() -> None:
    widget = nbformat.v4.new_output(
        "display_data",
        data={"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "Dropdown(value='wrong')"},
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("form", outputs=[widget])])
    assert "Dropdown" not in render(notebook, "x")


# Plain papermill, which checks nothing itself


def papermill_says(parameters: dict[str, object], books: dict[str, str], tmp_path: Path) -> str:
    """What the notebook raises when plain papermill runs it; the notebook as it ran is kept all the same."""
    with pytest.raises(PapermillExecutionError) as error:
        papermill.execute_notebook(
            str(find_notebook("reconciliation")),
            str(tmp_path / "out.ipynb"),
            {**books, **parameters},
            progress_bar=False,
            log_output=False,
        )
    return f"{error.value.ename}: {error.value.evalue}"


def test_plain_papermill_refuses_an_broken_gate_after_everything_is_rendered(
    books: dict[str, str], tmp_path: Path
) -> None:
    said = papermill_says({"max_open": "external 0"}, books, tmp_path)
    assert said.startswith("GateBroken: 1 of 2 external records is open")
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    failed = [cell for cell in cells if any(output["output_type"] == "error" for output in cell.get("outputs", []))]
    assert failed == [cells[-1]]


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"max_open": "one"}, "max_open takes a number of records"),
        ({"strategy": "one_to_two"}, "unknown strategy 'one_to_two'"),
        ({"external_options": {"decimal": "x"}}, "decimal='x' is unknown"),
        ({"expect_external": {"weather": "fine"}}, "unknown expectation of external 'weather'"),
        ({"rules": "none.json"}, "rules file 'none.json' cannot be read"),
    ],
)
def test_what_can_be_checked_is_checked_before_anything_runs(
    parameters: dict[str, object], says: str, books: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(wb.SettingsError) as error:
        run_report("reconciliation", {**books, **parameters}, tmp_path / "out")
    assert says in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("parameters", [{"externl": "a.csv"}, {"internal": ""}])
def test_plain_papermill_refuses_before_it_reads(
    parameters: dict[str, object], books: dict[str, str], tmp_path: Path
) -> None:
    says = {"externl": "unknown parameter 'externl'", "internal": "parameter internal is required"}
    assert f"SettingsError: {says[next(iter(parameters))]}" in papermill_says(parameters, books, tmp_path)


@pytest.mark.parametrize(
    ("injected", "says"),
    [
        ("max_open = 0", "max_open takes a text: papermill reads 0 as a number, give it with -r"),
        ("max_open = 0.5", "max_open takes a text: papermill reads 0.5 as a number"),
        ("statuses = [1]", "parameter statuses takes names"),
        ("weather = 'fine'", "unknown parameter 'weather': choose one of max_open, statuses"),
        ("statuses = float('nan')", "parameter statuses takes names"),
    ],
)
def test_what_papermill_puts_in_must_be_known_and_typed(injected: str, says: str) -> None:
    cells = ["", 'max_open: str = ""\nstatuses: list[str] = []', f"# Parameters\n{injected}", "mine = 1"]
    with pytest.raises(wb.SettingsError) as error:
        check_injected(cells)
    assert says in str(error.value)
    check_injected([*cells[:2], "# Parameters\nmax_open = '0'", "mine = 1", "%matplotlib inline"])


def test_a_file_of_that_name_in_the_folder_above_is_another_file(
    books: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bank.csv").write_text(Path(books["external"]).read_text())
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    outcome = run_report("reconciliation", {**books, "external": "bank.csv"}, "out")
    assert outcome.exit_code != 0
    assert "cannot read bank.csv" in outcome.message
