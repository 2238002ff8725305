"""Reconcile: records become units, units become pairs rule by rule, pairs become a result that ties out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
from ibis.backends.duckdb import Backend

from workbench.matching.assemble import assemble
from workbench.matching.assignment import Pass, run_rule
from workbench.matching.kernels import Ints
from workbench.matching.units import TEXT_FIELDS, Pool, build_pool
from workbench.records import Records
from workbench.result import Result
from workbench.rules import Rule
from workbench.settings import (
    DEFAULT_MAX_CANDIDATES,
    DEFAULT_STATUSES,
    Settings,
    make_settings,
)

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


def reconcile(
    external: Records,
    internal: Records,
    *,
    strategy: str = "one_to_one",
    grouping_criteria: str | Sequence[str] | None = None,
    rules: Iterable[Rule] | None = None,
    grouping_grain: str = "day",
    statuses: str | Sequence[str] | None = DEFAULT_STATUSES,
    balance_id: str | None = None,
    internal_date: str = "created_at",
    max_candidates: int = DEFAULT_MAX_CANDIDATES,
    dry_run: bool = False,
    engine: Backend | None = None,
    progress: Progress | None = None,
) -> Result:
    """Match external records with the ledger's transactions and account for every one of both.

    ``strategy`` is ``one_to_one``, ``one_to_many`` (internal records are grouped) or ``many_to_one`` (external records
    are grouped), ``grouping_criteria`` names what makes a group. ``rules`` run in order, each on what the earlier ones
    left; without any, ``DEFAULT_RULES`` apply. ``progress`` is called before each step.

    Raises ``SettingsError`` for settings that do not fit, ``RuleTooBroad`` for a rule that would weigh more than
    ``max_candidates`` pairs, ``ControlTotalsError`` if the result does not tie out.

    >>> from workbench.sources import read_external, read_internal
    >>> paid = read_external([{"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "created_at": "2026-01-01"}])
    >>> reconcile(paid, booked).matches[["external_transaction_id", "internal_transaction_id", "rule"]].values.tolist()
    [['e1', 't1', 'Amount within 3 days']]
    """
    settings = make_settings(
        strategy=strategy,
        grouping_criteria=grouping_criteria,
        rules=rules,
        grouping_grain=grouping_grain,
        statuses=statuses,
        balance_id=balance_id,
        internal_date=internal_date,
        max_candidates=max_candidates,
    )
    return reconcile_with(settings, external, internal, dry_run=dry_run, engine=engine, progress=progress)


def reconcile_with(
    settings: Settings,
    external: Records,
    internal: Records,
    *,
    dry_run: bool = False,
    engine: Backend | None = None,
    progress: Progress | None = None,
) -> Result:
    """Reconcile by ``Settings``, such as those that an earlier result carries; otherwise as ``reconcile``."""
    started = datetime.now(UTC)
    tell = progress or _quiet
    steps = len(settings.rules) + 3
    if engine is not None:
        external, internal = external.on(engine), internal.on(engine)
    tell("preparing records", 0, steps)
    pool = build_pool(external, internal, settings, _text_fields(settings.rules))
    passes = _run_rules(settings, pool, lambda number, rule: tell(f"rule {rule.name!r}", number, steps))
    tell("explaining what is open", steps - 2, steps)
    result = assemble(settings, external, internal, pool, passes, started, dry_run)
    for each in (external, internal):
        each.check_unchanged()
    tell("done", steps, steps)
    return result


def _run_rules(settings: Settings, pool: Pool, tell: Callable[[int, Rule], None]) -> list[Pass]:
    """Run the rules in order, each on the units that the earlier ones left open."""
    open_external, open_internal = np.arange(len(pool.external)), np.arange(len(pool.internal))
    passes = []
    for number, rule in enumerate(settings.rules, 1):
        tell(number, rule)
        done = run_rule(rule, pool, open_external, open_internal, settings.max_candidates)
        open_external = _without(open_external, done.external)
        open_internal = _without(open_internal, done.internal)
        passes.append(done)
    return passes


def _quiet(_stage: str, _done: int, _steps: int) -> None:
    pass


def _without(units: Ints, taken: Ints) -> Ints:
    return np.setdiff1d(units, taken, assume_unique=True)


def _text_fields(rules: Iterable[Rule]) -> list[str]:
    used = {each.field for rule in rules for each in rule.criteria}
    return [field for field in TEXT_FIELDS if field in used]
