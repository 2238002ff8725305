"""The ledger workbench: reconcile external records with a ledger, and rebuild its balances."""

from workbench.engine import connect
from workbench.errors import (
    BadRecords,
    ControlTotalsError,
    RuleTooBroad,
    SettingsError,
    SourceError,
    WorkbenchError,
)
from workbench.rules import DEFAULT_RULES, Criterion, Rule, load_rules, save_rules

__all__ = [
    "DEFAULT_RULES",
    "BadRecords",
    "ControlTotalsError",
    "Criterion",
    "Rule",
    "RuleTooBroad",
    "SettingsError",
    "SourceError",
    "WorkbenchError",
    "connect",
    "load_rules",
    "save_rules",
]
