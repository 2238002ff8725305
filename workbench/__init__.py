"""The ledger workbench: reconcile external records with a ledger, and rebuild its balances.

What stands in ``__all__`` is what notebooks and scripts may rely on; everything else may move.
"""

from importlib.metadata import version

from workbench.balances.rebuild import reconstruct
from workbench.balances.result import Reconstruction
from workbench.errors import (
    BadRecords,
    ControlTotalsError,
    RuleTooBroad,
    SettingsError,
    SourceError,
    WorkbenchError,
)
from workbench.reconciliation.decisions.journal import add_decision, decide, read_decisions, undo
from workbench.reconciliation.near_misses.of_record import near_misses_of
from workbench.reconciliation.proposals import propose
from workbench.reconciliation.reconcile import reconcile
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import DEFAULT_RULES, Criterion, Rule, load_rules, save_rules
from workbench.reconciliation.what_if import WhatIf, what_if
from workbench.records import Records
from workbench.runs.run_folder import write_run
from workbench.sources import open_ledger, read_balances, read_external, read_internal, read_snapshots

__version__ = version("ledger-workbench")

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
    "WhatIf",
    "WorkbenchError",
    "__version__",
    "add_decision",
    "decide",
    "load_rules",
    "near_misses_of",
    "open_ledger",
    "propose",
    "read_balances",
    "read_decisions",
    "read_external",
    "read_internal",
    "read_snapshots",
    "reconcile",
    "reconstruct",
    "save_rules",
    "undo",
    "what_if",
    "write_run",
]
