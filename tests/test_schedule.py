"""The examples of docs/schedule.md, each run as far as it can be without its scheduler."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workbench import cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "schedule.md").read_text("utf-8")


def block(language: str) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]


def cron() -> str:
    """What cron hands to the shell: everything after the five fields, up to a % that is not escaped."""
    line = block("cron").strip().split(maxsplit=5)[5]
    return re.split(r"(?<!\\)%", line)[0].replace("\\%", "%")


def systemd() -> str:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(block("ini"))
    return f"cd /var/books && {unit['Service']['ExecStart'].replace('%%', '%')}"


def airflow() -> str:
    command = re.search(r'COMMAND = """(.*?)"""', block("python"), re.DOTALL)
    assert command
    compile(block("python"), "dag.py", "exec")
    return command[1].replace("{{ ds }}", "2026-03-01")


def actions() -> str:
    steps = yaml.safe_load(block("yaml"))["jobs"]["reconcile"]["steps"]
    [command] = [step["run"] for step in steps if step.get("run", "").startswith("workbench")]
    return f"cd /var/books && {command}"


@pytest.mark.parametrize("example", [cron, systemd, airflow, actions])
def test_the_command_of_an_example_runs(example: object, tmp_path: Path) -> None:
    for name in ("statement.csv", "ledger.csv", "rules.json"):
        shutil.copy(ROOT / "data" / "cards" / name, tmp_path / name)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / "workbench"
    program.write_text(f"#!{sys.executable}\nfrom workbench.cli import main\nmain()\n")
    program.chmod(0o755)
    command = example().replace("/var/books", str(tmp_path))  # type: ignore[operator]
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    # Four of 116 external records are open, and four of 117 of the ledger: more than 1 %.
    assert run.returncode == 1, run.stderr
    assert "4 of 116 external records are open" in run.stderr
    [folder] = [path for path in (tmp_path / "runs").iterdir() if not path.name.startswith(".")]
    assert (folder / "outcome.json").is_file()


def test_every_flag_of_the_page_exists() -> None:
    known = {option for command in cli.commands.commands.values() for flag in command.params for option in flag.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - known == set()
