"""The parameters of a report's notebook: which it needs, which it knows, and what each takes."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from IPython.core.getipython import get_ipython

from workbench.dsn import redact
from workbench.errors import SettingsError, one_of

REPORTS = {"reconciliation": "reconciliation", "balances": "balance_reconstruction"}  # and their notebooks
REQUIRED = {"reconciliation": ("external", "internal"), "balances": ("balances", "internal")}
INPUTS = ("external", "internal", "balances", "snapshots")
GIVEN_BY_RUNNER = {"data_folder", "theme"}
# A parameter of the notebook is typed by one of these names.
TYPES = {"str": str, "int": int, "bool": bool, "list[str]": list, "dict": dict}
EXAMPLES = {
    "str": "a text",
    "int": "a whole number, such as 100",
    "bool": "true or false",
    "list[str]": 'names, such as reference,date or ["reference", "date"]',
    "dict": 'a JSON object, such as {"delimiter": ";"}',
}
INJECTED = "# Parameters"  # how the cell begins that papermill puts in


def check_parameters(report: str, kinds: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``given`` as the notebook types its parameters; papermill would let any name and type pass.

    ``kinds`` is the type of each parameter, by name. Raises ``SettingsError`` that names the parameter and says what it
    takes, without the value if that is secret; and for a file that the report needs and that is not named.
    """
    known = {name: kind for name, kind in kinds.items() if name not in GIVEN_BY_RUNNER}
    values = {name: _read(name, known[one_of(name, known, "parameter")], value) for name, value in given.items()}
    for name in REQUIRED.get(report, ()):
        check_named(name, values.get(name, ""))
    return values


def check_named(name: str, path: str) -> str:
    """The path that a parameter names; raises ``SettingsError`` for none: there is no file to fall back on."""
    if not path.strip():
        raise SettingsError(f"parameter {name} is required: name a file, or the postgresql:// URL of a ledger")
    return path


def check_injected(history: Sequence[str] | None = None) -> None:
    r"""Check what plain papermill put into the notebook, from the cells that ran so far (by default this notebook's).

    Raises ``SettingsError`` for a parameter that the notebook does not have, or that is of another type than it has.

    >>> check_injected(["external: str = ''", "# Parameters\nexternl = 'a.csv'"])
    Traceback (most recent call last):
    workbench.errors.SettingsError: unknown parameter 'externl': choose one of external
    """
    kinds: dict[str, str] = {}
    for source in _cells() if history is None else history:
        statements = _statements(source)
        if not source.lstrip().startswith(INJECTED):
            kinds |= {
                node.target.id: ast.unparse(node.annotation)
                for node in statements
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            }
            continue
        for node in statements:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = one_of(node.targets[0].id, kinds, "parameter")
                _check_type(name, kinds[name], _value(node.value))


def _cells() -> Sequence[str]:
    """The source of every cell that this notebook has run."""
    shell = get_ipython()
    return list(shell.user_ns["In"]) if shell else []


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # such as what IPython alone understands
        return []


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:  # such as float('nan')
        return node


def _read(name: str, kind: str, value: Any) -> Any:
    if isinstance(value, str) and redact(value) != value:
        raise SettingsError(
            f"parameter {name} holds a password, and parameters are written into the notebook: leave it out and give "
            "it by the environment (PGPASSWORD), ~/.pgpass or a service file"
        )
    if isinstance(value, str) and kind == "list[str]" and not value.lstrip().startswith("["):
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif isinstance(value, str) and kind != "str":
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    return _check_type(name, kind, value)


def _check_type(name: str, kind: str, value: Any) -> Any:
    wanted = TYPES[kind]
    fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not fits or (kind == "list[str]" and not all(isinstance(text, str) for text in value)):
        raw = f": papermill reads {value!r} as a number, give it with -r" if isinstance(value, (int, float)) else ""
        raise SettingsError(f"parameter {name} takes {EXAMPLES[kind]}{raw if kind == 'str' else ''}")
    return value
