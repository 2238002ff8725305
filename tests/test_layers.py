"""The package is built in rows: each module imports only rows above its own, or its own package."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "workbench").rglob("*.py"))

# Siblings share a row and do not import each other. `workbench` is the package's own __init__.
ROWS = [
    {"dsn", "errors", "subset"},
    {"instants", "rules"},
    {"settings"},
    {"engine"},
    {"records"},
    {"sources", "decisions"},
    {"result"},
    {"matching", "balances"},
    {"charts"},
    {"reports"},
    {"forms"},
    {"cli"},
    {"workbench"},
]
ROW = {name: number for number, row in enumerate(ROWS) for name in row}
LAZY = {"charts", "forms", "reports", "cli"}
DRAWING = {"IPython", "anywidget", "ipywidgets", "itables", "nbconvert", "nbformat", "papermill", "plotly"}
LATE = DRAWING | {"openpyxl", "psycopg", "pyspark"}


def part_of(module: str) -> str:
    """The part a module belongs to: `workbench.matching.units` is of `matching`."""
    return [*module.removesuffix(".__init__").split("."), "workbench"][1]


def name_of(path: Path) -> str:
    """The full name of the module in a file."""
    return ".".join(path.with_suffix("").parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules that a tree imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports within the package are written in full"
            if node.module == "workbench":
                yield from (f"workbench.{alias.name}" if alias.name in ROW else "workbench" for alias in node.names)
            else:
                yield str(node.module)


def eager(tree: ast.Module) -> Iterator[str]:
    """Full names of the modules that are imported when the tree is, leaving out those inside functions."""
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef):
            yield from imported(statement)


def faults(path: Path, source: str) -> list[str]:
    """What a module imports against the order of the rows."""
    here = part_of(name_of(path))
    tree = ast.parse(source)
    found = []
    for name in imported(tree):
        package, there = name.split(".")[0], part_of(name)
        if package == "workbench" and there != here and ROW[there] >= ROW[here]:
            found.append(f"{here} imports {there}")
        if package in DRAWING and here not in LAZY:
            found.append(f"{here} imports {package}")
    if here == "workbench":
        found += [f"{here} imports {part_of(name)} at once" for name in eager(tree) if part_of(name) in LAZY]
    return found


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_each_module_imports_only_rows_above(path: Path) -> None:
    assert faults(path, (ROOT / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("workbench/engine.py", "import workbench.records", "engine imports records"),
        ("workbench/engine.py", "def late():\n    from workbench import records", "engine imports records"),
        ("workbench/matching/units.py", "from workbench.balances import x", "matching imports balances"),
        ("workbench/result.py", "import workbench as wb", "result imports workbench"),
        ("workbench/result.py", "from workbench import reconcile", "result imports workbench"),
        ("workbench/matching/units.py", "from plotly import graph_objects", "matching imports plotly"),
        ("workbench/__init__.py", "from workbench.charts import x", "workbench imports charts at once"),
    ],
)
def test_an_import_against_the_order_is_found(path: str, source: str, fault: str) -> None:
    assert faults(Path(path), source) == [fault]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("workbench/matching/units.py", "from workbench.matching import kernels\nfrom workbench import records"),
        ("workbench/charts/money.py", "import plotly.graph_objects as go"),
        ("workbench/__init__.py", "def __getattr__(name):\n    from workbench.charts import x"),
    ],
)
def test_an_import_in_order_is_let_be(path: str, source: str) -> None:
    assert faults(Path(path), source) == []


def test_every_module_has_a_row() -> None:
    assert {part_of(name_of(path)) for path in MODULES} <= set(ROW)


def test_importing_the_package_loads_nothing_that_draws_or_connects() -> None:
    script = "import sys, workbench; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "workbench" in loaded
    assert loaded & LATE == set()
    assert [name for name in loaded if name.startswith("adbc")] == []
