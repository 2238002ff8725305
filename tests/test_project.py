"""What the files around the code promise."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOLDERS = [".ci", "benchmarks", "data", "docs", "notebooks", "tests", "workbench"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MACHINE_PATH = re.compile(
    r"(?:(?<![\w./~)}-])|(?<=file://))/(?:home|root|Users|work(?:space)?|builds?|tmp|mnt|srv)/\w+|[A-Z]:\\Users"
)


def texts() -> dict[Path, str]:
    """Every text file of the project, by its path in it."""
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    read = {}
    for path in [*ROOT.iterdir(), *inside]:
        ours = path.is_file() and "__pycache__" not in path.parts and path.name != ".git"  # a file in a work tree
        content = path.read_bytes() if ours else b"\0"
        if b"\0" not in content:
            read[path.relative_to(ROOT)] = content.decode("utf-8", "replace")
    return read


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def test_notebooks_are_kept_without_outputs() -> None:
    notebooks = {path.name: json.loads(path.read_text("utf-8")) for path in (ROOT / "notebooks").glob("*.ipynb")}
    cells = [(name, cell) for name, notebook in notebooks.items() for cell in notebook["cells"]]
    assert cells
    assert [name for name, cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert [name for name, notebook in notebooks.items() if "widgets" in notebook["metadata"]] == []


def test_the_readmes_commands_are_targets_of_the_makefile() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^make (\S+)$", readme, re.MULTILINE)
    assert commands[:2] == ["demo", "test"]
    for command in commands:
        subprocess.run(["make", "--dry-run", command], cwd=ROOT, check=True, capture_output=True)


def test_no_file_names_a_path_of_one_machine() -> None:
    named = {str(path): MACHINE_PATH.findall(text) for path, text in texts().items()}
    assert named  # the walk found files
    assert {path: found for path, found in named.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("open('{}home/anna/a.csv')".format("/"), True),  # put together, or this file would be found
        ("file://{}tmp/a.csv".format("/"), True),
        ("C:{}Users".format("\\"), True),
        ("/usr/bin/chromium", False),
        ("https://example.org/home/anna", False),
        ("a/tmp/b", False),
        ("$(CURDIR)/tmp/b", False),
    ],
)
def test_a_path_of_one_machine_is_known(text: str, found: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is found


def test_the_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(pins()) == len(lines)


def test_every_requirement_admits_the_version_that_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [Requirement(text) for group in [PROJECT["dependencies"], *extras.values()] for text in group]
    pinned = pins()
    assert [str(each) for each in wanted if pinned.get(canonicalize_name(each.name)) is None] == []
    assert [str(each) for each in wanted if pinned[canonicalize_name(each.name)] not in each.specifier] == []
