"""The ledger workbench: reconcile external records with a ledger, and rebuild its balances.

What stands in ``__all__`` is what notebooks and scripts may rely on; everything else may move.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from workbench.balances.rebuild import reconstruct
from workbench.balances.result import Reconstruction
from workbench.errors import (
    BadRecords,
    ControlTotalsError,
    NotThereYet,
    RuleTooBroad,
    SettingsError,
    SourceError,
    WorkbenchError,
)
from workbench.layouts.layout import Layout, load_layout
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.decisions.journal import add_decision, decide, read_decisions, undo
from workbench.reconciliation.learn import learn
from workbench.reconciliation.near_misses.of_record import near_misses_of
from workbench.reconciliation.proposals import propose
from workbench.reconciliation.proposed_rules.propose import ProposedRules, propose_rules
from workbench.reconciliation.rates import read_rates
from workbench.reconciliation.reconcile import reconcile
from workbench.reconciliation.result import Result
from workbench.reconciliation.rule_files import load_rules, save_rules
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.story import Story, story_of
from workbench.reconciliation.what_if import WhatIf, what_if
from workbench.records import Records
from workbench.runs.folder.run_folder import write_run
from workbench.sources import detect_layout, open_ledger, read_balances, read_external, read_internal, read_snapshots
from workbench.ways.chain import Chain, chain

if TYPE_CHECKING:
    from workbench.bench.balances.bench import balances_bench
    from workbench.bench.reconciliation.bench import reconcile_bench

__version__ = version("ledger-workbench")

__all__ = [
    "BadRecords",
    "Chain",
    "ControlTotalsError",
    "Criterion",
    "Layout",
    "NotThereYet",
    "ProposedRules",
    "Reconstruction",
    "Records",
    "Result",
    "Rule",
    "RuleTooBroad",
    "SettingsError",
    "SourceError",
    "Story",
    "Weighed",
    "WhatIf",
    "WorkbenchError",
    "__version__",
    "add_decision",
    "balances_bench",
    "chain",
    "decide",
    "detect_layout",
    "learn",
    "load_layout",
    "load_rules",
    "near_misses_of",
    "open_ledger",
    "propose",
    "propose_rules",
    "read_balances",
    "read_decisions",
    "read_external",
    "read_internal",
    "read_rates",
    "read_snapshots",
    "reconcile",
    "reconcile_bench",
    "reconstruct",
    "save_rules",
    "story_of",
    "undo",
    "what_if",
    "write_run",
]

_WITH_WIDGETS = {  # whose modules are loaded when they are first asked for
    "balances_bench": "workbench.bench.balances.bench",
    "reconcile_bench": "workbench.bench.reconciliation.bench",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_WIDGETS:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(_WITH_WIDGETS[name]), name)
