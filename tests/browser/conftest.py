"""A real JupyterLab and a real browser, for the tests of one file after the other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.notebook import run_notebook
from tests.browser.server import Lab, running_lab

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server serves: the notebooks and the sample data, as in a clone."""
    root = tmp_path_factory.mktemp("bench")
    for name in ("notebooks", "data"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture(scope="session")
def lab(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(folder, tmp_path_factory.mktemp("user") / "home") as lab:
        yield lab


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on which nothing may go wrong unnoticed, but for the messages that the test's mark ``forgives``."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    forgiven = [text for mark in request.node.iter_markers("forgives") for text in mark.args]
    assert [message for message in wrong if not any(text in message for text in forgiven)] == []


@pytest.fixture
def here(folder: Path, request: pytest.FixtureRequest) -> Path:
    """A folder beside the data, for the notebooks of one test and for what they leave."""
    own = folder / re.sub(r"\W+", "_", f"{request.node.path.stem} {request.node.name}")
    own.mkdir()
    return own


@pytest.fixture
def opened(page: Page, lab: Lab, folder: Path, here: Path) -> Iterator[Callable[..., Locator]]:
    """Opens one of the project's notebooks in the test's own folder, runs it, and hands back its outputs."""

    def run(name: str, theme: str = "light") -> Locator:
        shutil.copy(folder / "notebooks" / name, here / name)
        return run_notebook(page, lab, (here / name).relative_to(folder).as_posix(), theme)

    yield run
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")


@pytest.fixture
def opened_cell(opened: Callable[..., Locator], folder: Path) -> Callable[[str], Locator]:
    """Opens a notebook with one cell in the test's own folder, runs it, and hands back its output."""

    def run(source: str) -> Locator:
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        cells = [nbformat.v4.new_code_cell(source)]
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel}, cells=cells)
        nbformat.write(notebook, folder / "notebooks" / "one_cell.ipynb")
        return opened("one_cell.ipynb")

    return run
