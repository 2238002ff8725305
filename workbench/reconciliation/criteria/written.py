"""Written: what a criterion takes beside its drift as a person writes it in a form, and back."""

from __future__ import annotations

import json
from typing import Any

from workbench.errors import SettingsError
from workbench.json_text import read_json
from workbench.reconciliation.criteria.field import Criterion


def written(criterion: Criterion, name: str) -> str:
    """What the criterion says under ``name``, as a text; empty where it says nothing.

    >>> written(Criterion("reference", pattern="INV-[0-9]+"), "pattern")
    'INV-[0-9]+'
    """
    value = criterion.own_words().get(name, "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)  # a number as it is written


def read_written(name: str, text: str) -> Any:
    """The value that a text says, an object or a list in JSON; raises ``SettingsError`` if it is none."""
    if not text.startswith("{" if name == "pattern" else ("{", "[")):  # a pattern may well begin with a bracket
        return text
    try:
        return read_json(text)
    except ValueError:
        raise SettingsError(f"{name} takes a text, or an object or a list in JSON, not {text!r}") from None
