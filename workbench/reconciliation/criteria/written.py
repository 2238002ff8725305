"""Written: what a criterion takes beside its drift as a person writes it in a form, and back."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from typing import Any

from workbench.durations import duration, seconds_of
from workbench.errors import SettingsError
from workbench.json_text import read_json
from workbench.reconciliation.criteria.drift import plain
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import pattern_json
from workbench.reconciliation.criteria.tolerance import decimal

_EXACTLY = Context(prec=900)
_TO = " to "


def written(criterion: Criterion, name: str) -> str:
    """What the criterion says under ``name``, as a text; empty where it says nothing.

    >>> written(Criterion("amount", allowable_amount=("-0.50", 1)), "allowable_amount")
    '-0.5 to 1'
    >>> written(Criterion("date", expected=97_200), "expected")
    '1 day 3 hours'
    """
    value = getattr(criterion, name)
    match value:
        case None:
            return ""
        case _ if name == "pattern":
            pattern = pattern_json(value)
            return pattern if isinstance(pattern, str) else json.dumps(pattern, ensure_ascii=False)
        case tuple():
            return (", " if name == "calendar" else _TO).join(map(_plain, value))
        case Decimal() if name == "expected" and criterion.field == "date":
            return duration(value)
        case Decimal() if name == "expected" and criterion.allowable_amount is None:
            return f"{plain(value.scaleb(2, _EXACTLY))} %"
    return _plain(value)


def read_written(field: str, name: str, text: str) -> Any:
    """The value that a text says of a ``field``; an object or a list may be JSON, which raises ``SettingsError``.

    >>> read_written("amount", "expected", "-2.9 %"), read_written("date", "business_days", "0 to 3")
    (Decimal('-0.029'), ('0', '3'))
    """
    if text.startswith("{" if name == "pattern" else ("{", "[")):  # a pattern may well begin with a bracket
        try:
            return read_json(text)
        except ValueError:
            raise SettingsError(f"{name} takes a text, or an object or a list in JSON, not {text!r}") from None
    if name == "calendar" and text[:1].isdecimal():
        return [day.strip() for day in text.split(",")]
    if name in {"allowable_amount", "business_days"} and _TO in text:
        return tuple(bound.strip() for bound in text.split(_TO))
    if name == "expected" and field == "date":
        seconds = seconds_of(text)
        return text if seconds is None else seconds
    if name == "expected" and text.endswith("%"):
        percent = decimal(text.removesuffix("%").strip())
        return text if percent is None else percent.scaleb(-2, _EXACTLY)
    return text


def _plain(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)
