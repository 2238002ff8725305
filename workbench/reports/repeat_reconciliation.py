"""Repeat a reconciliation: as Python, and as a papermill command."""

from __future__ import annotations

import json
from typing import Any

from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Rule, Weighed
from workbench.reconciliation.settings import OPTIONS
from workbench.reports.repeat import as_parameter, inputs_of, papermill_command, readings


def as_python(result: Result) -> str:
    """The code that gives the same result where the inputs are still the same.

    >>> from workbench import read_external, read_internal, reconcile
    >>> books = read_external("data/practice/stripe.csv"), read_internal("data/practice/ledger.csv")
    >>> rule = Rule("Close", [Criterion("amount", "equals", "0.01")])
    >>> print(as_python(reconcile(*books, rules=[rule])))  # doctest: +ELLIPSIS
    import workbench as wb
    <BLANKLINE>
    external = wb.read_external('.../data/practice/stripe.csv')
    internal = wb.read_internal('.../data/practice/ledger.csv')
    rules = [
        wb.Rule('Close', [wb.Criterion('amount', 'equals', '0.01')]),
    ]
    result = wb.reconcile(external, internal, strategy='one_to_one', rules=rules)
    result.summary
    """
    settings = result.settings
    chosen = {option.name: getattr(settings, option.name) for option in OPTIONS}
    unlike = {option.name: chosen[option.name] for option in OPTIONS if chosen[option.name] != option.default}
    arguments = {"strategy": settings.strategy} | {
        name: list(value) if isinstance(value, tuple) else value for name, value in unlike.items()
    }
    rules = ["rules = [", *(f"    {_rule(rule)}," for rule in settings.rules), "]"]
    inputs = inputs_of(result.inputs)
    given = [f"{name}={value!r}" for name, value in arguments.items()] + ["rules=rules"]
    given += [f"{name}={name}" for name in ("decisions", "rates") if name in inputs]
    call = f"result = wb.reconcile({', '.join(['external', 'internal', *given])})"
    return "\n".join(["import workbench as wb", "", *readings(inputs), *rules, call, "result.summary"])


def parameters_of(result: Result) -> dict[str, Any]:
    """The parameters of the reconciliation's notebook that give the same result."""
    settings, inputs = result.settings, inputs_of(result.inputs)
    chosen = {option.name: getattr(settings, option.name) for option in OPTIONS}
    return {
        **{side: as_parameter(path) for side, (path, _) in inputs.items()},
        **chosen,
        "rules": json.dumps([rule.to_dict() for rule in settings.rules], ensure_ascii=False),
        "grouping_criteria": list(settings.grouping_criteria),
        "statuses": list(settings.statuses or ()),
        "balance_id": settings.balance_id or "",
        **{f"{side}_options": options for side, (_, options) in inputs.items() if options},
    }


def as_papermill(result: Result, out: str = "reconciliation.ipynb") -> str:
    """The shell command that runs the reconciliation's notebook on the same inputs into the notebook ``out``."""
    return papermill_command("reconciliation", parameters_of(result), out)


def _rule(rule: Rule) -> str:
    if isinstance(rule, Weighed):
        return f"wb.Rule.from_dict({rule.to_dict()!r})"
    described = f", {rule.description!r}" if rule.description else ""
    own_words = "".join(f", {name}={value!r}" for name, value in rule.own_words().items())
    return f"wb.Rule({rule.name!r}, [{', '.join(map(_criterion, rule.criteria))}]{described}{own_words})"


def _criterion(criterion: Criterion) -> str:
    drift = f", {str(criterion.allowable_drift)!r}" if criterion.allowable_drift and not criterion.pair else ""
    own_words = "".join(f", {name}={value!r}" for name, value in criterion.own_words().items())
    return f"wb.Criterion({criterion.field!r}, {criterion.operator!r}{drift}{own_words})"
