"""From JSON: criteria as Blnk writes them, and what stands there under ``workbench``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import SettingsError
from workbench.reconciliation.criteria.criterion_options import OWN_WORDS
from workbench.reconciliation.criteria.field import WORKBENCH, Criterion

_BLNK_CRITERION_EXTRAS = {"value", "pattern"}


def criterion_of(rule: object, number: int, values: object) -> Criterion:
    """The criterion that stands at this place of a rule; raises ``SettingsError`` that names both."""
    where = f"rule {rule!r}, criterion {number}"
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where}: takes an object with field, operator and allowable_drift, not {values!r}")
    refuse_unknown(values, {"field", "operator", "allowable_drift", WORKBENCH} | _BLNK_CRITERION_EXTRAS, where)
    own_words = own_words_of(values, {"operator", "allowable_drift", *OWN_WORDS}, where)
    used = next((extra for extra in sorted(_BLNK_CRITERION_EXTRAS) if values.get(extra)), None)
    if used:
        raise SettingsError(
            f"{where}: {used!r} is not supported here; use field, operator, allowable_drift, and under {WORKBENCH!r} "
            f"{', '.join(OWN_WORDS)}"
        )
    operator = own_words.get("operator") or values.get("operator", "equals")
    given = (value for value in (own_words.get("allowable_drift"), values.get("allowable_drift")) if value is not None)
    more = {name: value for name, value in own_words.items() if name in OWN_WORDS}
    try:
        return Criterion(values.get("field", ""), operator, next(given, 0), **more)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def own_words_of(values: Mapping[str, Any], known: set[str], where: str) -> Mapping[str, Any]:
    """What stands under ``workbench``."""
    own_words = values.get(WORKBENCH) or {}
    if not isinstance(own_words, Mapping):
        raise SettingsError(f"{where}: {WORKBENCH} takes an object, not {own_words!r}")
    refuse_unknown(own_words, known, f"{where}, {WORKBENCH}")
    return own_words


def refuse_unknown(values: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise ``SettingsError`` for a name that is not ``known``, and list those that are."""
    unknown = sorted(str(name) for name in set(values) - known)
    if unknown:
        raise SettingsError(f"{where}: unknown name {unknown[0]!r}; the names are {', '.join(sorted(known))}")
