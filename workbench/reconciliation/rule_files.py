"""Rule files: rules read from and written to Blnk's JSON, or read from a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.dsn import is_dsn, redact
from workbench.errors import SettingsError
from workbench.json_text import read_json
from workbench.reconciliation.criteria.field import BLNK_FIELDS, WORKBENCH
from workbench.reconciliation.rules import Rule
from workbench.sources.formats.postgres import stored_rules
from workbench.text_files import read_whole, write_whole


def load_rules(path: str | Path) -> tuple[Rule, ...]:
    """Read rules from a JSON file, a list of rules as Blnk writes them or a single one, or from a ledger.

    ``path`` may be the postgresql:// URL of a ledger, whose ``blnk.matching_rules`` are then read in the order in which
    they were made. Raises ``SettingsError`` if the file is missing, is not JSON, or holds something else, and
    ``SourceError`` for a ledger that cannot be read.
    """
    if is_dsn(str(path)):
        return _rules_of(stored_rules(str(path)), f"{redact(str(path))} blnk.matching_rules")
    where = f"rules file {str(path)!r}"
    try:
        text = read_whole(path, "utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not UTF-8 text") from None
    return parse_rules(text, where)


def parse_rules(text: str, where: str = "rules") -> tuple[Rule, ...]:
    """Read rules from JSON text; ``where`` it stands is told in errors, which are those of ``load_rules``.

    >>> parse_rules('[{"name": "Same", "criteria": [{"field": "reference", "operator": "equals"}]}]')[0].name
    'Same'
    """
    try:
        parsed = read_json(text)
    except ValueError as error:
        raise SettingsError(f"{where} is not JSON: {error}") from None
    return _rules_of(parsed if isinstance(parsed, list) else [parsed], where)


def _rules_of(rules: Sequence[Any], where: str) -> tuple[Rule, ...]:
    if not rules:
        raise SettingsError(f"{where} holds no rule")
    try:
        return tuple(Rule.from_dict(rule) for rule in rules)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def save_rules(rules: Iterable[Rule], path: str | Path, *, for_blnk: bool = False) -> None:
    """Write rules to a JSON file as Blnk reads them; raises ``SettingsError`` if it cannot be written.

    What Blnk has no word for stands under a key ``workbench``, which Blnk passes over. With ``for_blnk`` such rules are
    refused, by name: Blnk would match by something else.
    """
    rules = tuple(rules)
    if not rules:
        raise SettingsError("there is no rule to save")
    if for_blnk:
        _refuse_unknown_to_blnk(rules)
    text = json.dumps([rule.to_dict() for rule in rules], indent=2, ensure_ascii=False)
    try:
        write_whole(path, text + "\n")
    except OSError as error:
        raise SettingsError(f"rules file {str(path)!r} cannot be written: {error.strerror}") from None


def _refuse_unknown_to_blnk(rules: Iterable[Rule]) -> None:
    for rule in rules:
        where = f"rule {rule.name!r}"
        of_rule: list[tuple[str, dict[str, Any]]] = [(where, rule.own_words())]
        for number, criterion in enumerate(rule.criteria, 1):
            own_words = {} if criterion.field in BLNK_FIELDS else {"field": criterion.field}
            of_rule.append((f"{where}, criterion {number}", own_words | criterion.to_dict().get(WORKBENCH, {})))
        for place, own_words in of_rule:
            if own_words:
                words = ", ".join(f"{name} {value!r}" for name, value in own_words.items())
                raise SettingsError(f"{place}: Blnk has no word for {words}")
