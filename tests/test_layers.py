"""The package is built in rooms: each imports only rooms above it in the list of docs/architecture.md, or itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "workbench").rglob("*.py"))

# A line names rooms that stand side by side: they do not import each other. `workbench` is the package's own __init__.
LISTED = re.findall(r"```rooms\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text("utf-8"), re.DOTALL)[0]
ROW = {room: number for number, line in enumerate(LISTED.splitlines()) for room in line.split("|")[0].split()}
LAZY = {"charts", "bench", "reports", "cli"}
DRAWING = {"IPython", "anywidget", "ipywidgets", "nbconvert", "nbformat", "papermill", "plotly"}
LATE = DRAWING | {"openpyxl", "psycopg", "pyspark"}


def name_of(path: Path) -> str:
    """The full name of the module in a file."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room of a module: the longest name in the list that it begins with."""
    inside = module.split(".")[1:]
    names = [".".join(inside[:length]) for length in range(len(inside), 0, -1)]
    return next((name for name in names if name in ROW), inside[0] if inside else "workbench")


def is_module(name: str) -> bool:
    """Whether a name is that of a module or package, rather than of something in one."""
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules that a tree imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports within the package are written in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (
                name if name.startswith("workbench.") and is_module(name) else str(node.module) for name in names
            )


def eager(tree: ast.Module) -> Iterator[str]:
    """Full names of the modules that are imported when the tree is, leaving out those inside functions."""
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef):
            yield from imported(statement)


def faults(path: Path, source: str) -> list[str]:
    """What a module imports against the order of the rooms."""
    here = room_of(name_of(path))
    tree = ast.parse(source)
    against = []
    for name in imported(tree):
        package, there = name.split(".")[0], room_of(name)
        if package == "workbench" and there != here and ROW[there] >= ROW[here]:
            against.append(f"{here} imports {there}")
        if package in DRAWING and here.split(".")[0] not in LAZY:
            against.append(f"{here} imports {package}")
    if here == "workbench":
        against += [f"{here} imports {room_of(name)} at once" for name in eager(tree) if room_of(name) in LAZY]
    return against


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_each_module_imports_only_rooms_above(path: Path) -> None:
    assert faults(path, (ROOT / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("workbench/engine.py", "import workbench.records", "engine imports records"),
        ("workbench/engine.py", "def late():\n    from workbench import records", "engine imports records"),
        ("workbench/reconciliation/what_if.py", "from workbench.balances import x", "reconciliation imports balances"),
        (
            "workbench/reconciliation/matching/units.py",
            "from workbench.reconciliation.near_misses.search import x",
            "reconciliation.matching imports reconciliation.near_misses",
        ),
        ("workbench/records.py", "import workbench as wb", "records imports workbench"),
        ("workbench/records.py", "from workbench import reconcile", "records imports workbench"),
        ("workbench/balances/rebuild.py", "from plotly import graph_objects", "balances imports plotly"),
        ("workbench/__init__.py", "from workbench.charts import x", "workbench imports charts at once"),
    ],
)
def test_an_import_against_the_order_is_found(path: str, source: str, fault: str) -> None:
    assert faults(Path(path), source) == [fault]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("workbench/balances/rebuild.py", "from workbench.balances import sums\nfrom workbench import records"),
        ("workbench/charts/money.py", "import plotly.graph_objects as go"),
        ("workbench/__init__.py", "def __getattr__(name):\n    from workbench.charts import x"),
    ],
)
def test_an_import_in_order_is_let_be(path: str, source: str) -> None:
    assert faults(Path(path), source) == []


def test_every_module_has_a_room_and_every_room_a_module() -> None:
    assert {room_of(name_of(path)) for path in MODULES if path.stat().st_size} == set(ROW)


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = {
        name_of(path): {name for name in imported(ast.parse((ROOT / path).read_text("utf-8"))) if "workbench" in name}
        for path in MODULES
    }
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


def test_notebooks_pages_and_samples_use_the_public_face() -> None:
    pages = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "docs").glob("*.md"), *(ROOT / "data").glob("*.py")]
    used = {
        (path.name, module)
        for path in [*pages, ROOT / "README.md"]
        if path.name != "architecture.md"
        for module in re.findall(r"(?:from|import) workbench\.([\w.]+)", path.read_text("utf-8"))
    }
    # What the notebooks of reports show stands in two rooms that are there for it.
    assert {module.split(".")[0] for _, module in used} <= {"reports", "charts"}, used


def test_only_the_engine_knows_which_engine_it_is() -> None:
    named = {room_of(name_of(path)) for path in MODULES if re.search(r"\bduckdb\b", (ROOT / path).read_text("utf-8"))}
    assert named <= {"engine", "runs.folder"}  # a manifest says which version of it ran


def test_importing_the_package_loads_nothing_that_draws_or_connects() -> None:
    script = "import sys, workbench; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "workbench" in loaded
    assert loaded & LATE == set()
    assert [name for name in loaded if name.startswith("adbc")] == []
