"""The ledger workbench: reconcile external records with a ledger, and rebuild its balances."""

import os

# What NumPy and Arrow read when they are first imported: memory as the C library gives it. Huge pages, and a pool that
# hands pages back at once, cost a virtual machine a fifth of a run.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

from workbench.balances import Reconstruction, reconstruct
from workbench.errors import (
    BadRecords,
    ControlTotalsError,
    RuleTooBroad,
    SettingsError,
    SourceError,
    WorkbenchError,
)
from workbench.reconciliation.decisions.journal import add_decision, decide, read_decisions, undo
from workbench.reconciliation.reconcile import reconcile
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import DEFAULT_RULES, Criterion, Rule, load_rules, save_rules
from workbench.records import Records
from workbench.sources import open_ledger, read_balances, read_external, read_internal, read_snapshots

__all__ = [
    "DEFAULT_RULES",
    "BadRecords",
    "ControlTotalsError",
    "Criterion",
    "Reconstruction",
    "Records",
    "Result",
    "Rule",
    "RuleTooBroad",
    "SettingsError",
    "SourceError",
    "WorkbenchError",
    "add_decision",
    "decide",
    "load_rules",
    "open_ledger",
    "read_balances",
    "read_decisions",
    "read_external",
    "read_internal",
    "read_snapshots",
    "reconcile",
    "reconstruct",
    "save_rules",
    "undo",
]
