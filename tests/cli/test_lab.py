"""`workbench lab`: a real server on this machine, opened at the right notebook."""

from __future__ import annotations

import json
import socket
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.browser.server import Lab, running_lab
from workbench import cli
from workbench.cli.lab import notebook_for
from workbench.reports.execute import bundled


def status(lab: Lab, query: str) -> int:
    try:
        with urllib.request.urlopen(f"{lab.base}/api/status{query}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def content(lab: Lab, path: str) -> bytes:
    with urllib.request.urlopen(f"{lab.base}/files/{path}?token={lab.token}") as answer:
        return bytes(answer.read())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "books").mkdir()
    return tmp_path / "books"


def test_it_serves_the_folder_to_who_has_the_token_until_ctrl_c(folder: Path, tmp_path: Path) -> None:
    (folder / "mine.csv").write_text("id\n")
    with running_lab(folder, tmp_path / "home") as lab:
        assert lab.url.startswith("http://127.0.0.1:")
        assert f"/lab/tree/reconcile_bench.ipynb?token={lab.token}" in lab.url
        assert (status(lab, ""), status(lab, f"?token={lab.token}"), status(lab, "?token=guess")) == (403, 200, 403)
        assert content(lab, "mine.csv") == b"id\n"
        with urllib.request.urlopen(lab.url) as page:
            assert b'"treePath": "reconcile_bench.ipynb"' in page.read()
        assert lab.interrupt() == (0, "")


def test_a_folder_without_the_notebook_gets_it_and_its_data_to_write_in(folder: Path, tmp_path: Path) -> None:
    (folder / "data" / "cards").mkdir(parents=True)
    (folder / "data" / "cards" / "ledger.csv").write_text("mine\n")
    with running_lab(folder, tmp_path / "home", "balances") as lab:
        assert "/lab/tree/balances_bench.ipynb?" in lab.url
    assert (folder / "balances_bench.ipynb").read_bytes() == bundled("notebooks/balances_bench.ipynb").read_bytes()
    assert (folder / "balances_bench.ipynb").stat().st_mode & stat.S_IWUSR
    samples = {path.relative_to(folder) for path in folder.rglob("data/*/*.csv")}
    assert {Path("data/balances/ledger.csv"), Path("data/practice/stripe.csv")} <= samples
    assert [path.read_text() for path in (folder / "data" / "cards").iterdir()] == ["mine\n"]


@pytest.mark.parametrize("place", ["reconcile_bench.ipynb", "notebooks/reconcile_bench.ipynb"])
def test_a_notebook_that_is_there_is_opened_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text("mine")
    monkeypatch.chdir(folder)
    assert notebook_for("reconcile") == Path(place)
    assert [path.read_text() for path in folder.rglob("*.*")] == ["mine"]


def test_a_port_that_is_taken_is_said_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.run(["lab", "--port", str(port)]) == 2
    why = f"port {port} cannot be used (Address already in use)"
    assert capsys.readouterr().err == f"{why}: give another --port, or none\n"
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_take_the_notebook_is_said_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "data").write_text("a file\n")
    monkeypatch.chdir(folder)
    assert cli.run(["lab"]) == 2
    assert capsys.readouterr().err.startswith(
        f"cannot copy reconcile_bench.ipynb and its sample data into {folder} (Not a directory): "
    )


def test_a_bench_that_does_not_exist_is_refused_with_those_that_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert cli.run(["lab", "ledgers"]) == 2
    assert "give reconcile or balances, or a NAME.recon.json" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["workbench", "."])
def test_what_comes_with_the_package_stands_in_it_if_installed_and_beside_it_in_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "workbench").mkdir()
    (tmp_path / place / "data").mkdir()
    monkeypatch.setattr("workbench.errors.__file__", str(tmp_path / "workbench" / "errors.py"))
    assert bundled("data") == tmp_path / place / "data"


def test_a_reconciliation_is_opened_by_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "books").mkdir()
    (folder / "books" / "october.recon.json").write_text("{}")
    monkeypatch.chdir(folder)
    assert notebook_for("books/october.recon.json") == Path("books/october.ipynb")
    cells = json.loads((folder / "books" / "october.ipynb").read_text())["cells"]
    assert cells[1]["source"][0].startswith('file: str = "october.recon.json"')
    assert sum("file:" in line for line in cells[1]["source"]) == 1


def test_a_link_beside_the_file_of_a_reconciliation_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "october.recon.json").write_text("{}")
    (folder / "october.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    monkeypatch.chdir(folder)
    assert cli.run(["lab", "october.recon.json"]) == 2
    assert "october.ipynb is a link" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.ipynb").exists()


def test_a_link_in_the_place_of_a_bench_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "reconcile_bench.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    monkeypatch.chdir(folder)
    assert cli.run(["lab", "reconcile"]) == 2
    assert "reconcile_bench.ipynb is a link" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.ipynb").exists()
