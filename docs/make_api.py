"""Write docs/api.md: every public name of the package, with its signature and its docstring.

Run it after a change of a public docstring: ``python docs/make_api.py``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import workbench

PAGE = Path(__file__).with_name("api.md")
HEAD = """# The public face

All that `import workbench as wb` has; everything else may move. `python docs/make_api.py` makes this page of the
docstrings, whose examples the tests run.
"""


def page() -> str:
    """The text of the page."""
    names = [name for name in workbench.__all__ if not name.startswith("_")]
    groups = {
        "Functions": [name for name in names if inspect.isfunction(getattr(workbench, name))],
        "Values": [name for name in names if inspect.isclass(getattr(workbench, name)) and not is_error(name)],
        "Errors": [name for name in names if is_error(name)],
    }
    parts = [HEAD]
    for heading, members in groups.items():
        parts.append(f"## {heading}\n")
        parts += [entry(name, getattr(workbench, name), "###") for name in members]
    return "\n".join(parts)


def is_error(name: str) -> bool:
    """Whether a public name is that of an error."""
    value = getattr(workbench, name)
    return inspect.isclass(value) and issubclass(value, Exception)


def entry(name: str, value: Any, level: str) -> str:
    """A heading, the signature and the docstring; of a class its own public methods and properties too."""
    signature = f"```python\n{name}{arguments(value)}\n```\n" if callable(value) and not is_a_class_error(value) else ""
    members = "\n".join(entry(f"{name}.{own}", member, f"{level}#") for own, member in own_members(value))
    return f"{level} {name}\n\n{signature}\n{text(inspect.getdoc(value) or '')}\n\n{members}"


def is_a_class_error(value: Any) -> bool:
    """Whether a value is a class of errors, whose arguments say nothing."""
    return inspect.isclass(value) and issubclass(value, Exception)


def arguments(value: Any) -> str:
    """The signature, a line for each argument where it is long."""
    signature = str(inspect.signature(value)).replace("workbench.", "")
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)
    signature = re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>|<factory>", "...", signature)
    return signature if len(signature) < 90 else re.sub(r", (?=\*?\*?\w+[:=])", ",\n    ", signature)


def own_members(value: Any) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class of ours defines, with a docstring."""
    if not inspect.isclass(value) or is_a_class_error(value):
        return
    for base in reversed([base for base in value.__mro__ if base.__module__.startswith("workbench")]):
        for name, member in vars(base).items():
            inner = getattr(member, "func", getattr(member, "fget", member))
            if not name.startswith("_") and inspect.isfunction(inner) and inner.__doc__:
                yield name, inner


def text(docstring: str) -> str:
    """A docstring as Markdown: names in single backticks, examples as code."""
    lines = []
    in_example = False
    for line in docstring.replace("``", "`").splitlines():
        starts = line.startswith(">>>")
        if starts and not in_example:
            lines.append("```pycon")
        if in_example and not line.strip():
            lines.append("```")
        in_example = starts or (in_example and bool(line.strip()))
        lines.append(line)
    return "\n".join([*lines, "```"] if in_example else lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
