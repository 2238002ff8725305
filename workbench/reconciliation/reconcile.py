"""Reconcile: records become units, units become pairs rule by rule, pairs become a result that ties out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from workbench.errors import SettingsError
from workbench.ledger.balance_names import check_touched
from workbench.progress import Progress, Threads, listening, quiet
from workbench.reconciliation.criteria.text_key import SHARED_TEXTS, TextKey
from workbench.reconciliation.decisions.journal import Journal, read_decisions
from workbench.reconciliation.decisions.resolve import Decided, resolve
from workbench.reconciliation.decisions.rows import kept_open
from workbench.reconciliation.matching.across import run_across
from workbench.reconciliation.matching.books import Books, read_books
from workbench.reconciliation.matching.chance import expected_by_chance
from workbench.reconciliation.matching.doubt import alternatives
from workbench.reconciliation.matching.open_records import OpenRecords, all_open
from workbench.reconciliation.matching.passes import Pass, run_rule
from workbench.reconciliation.matching.sums.run import run_summing
from workbench.reconciliation.proposed_rules.propose import with_proposed_rules
from workbench.reconciliation.rates import RATE_COLUMNS, Rates, RatesSource, read_rates
from workbench.reconciliation.result import Result
from workbench.reconciliation.result_tables.assemble import assemble
from workbench.reconciliation.result_tables.control_totals import opening_counts
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import (
    DEFAULT_MAX_CANDIDATES,
    DEFAULT_STATUSES,
    Settings,
    make_settings,
)
from workbench.records import EXTERNAL_COLUMNS, INTERNAL_COLUMNS, Records
from workbench.sides import SIDES, Side

COLUMNS: dict[Side, tuple[str, ...]] = {"external": EXTERNAL_COLUMNS, "internal": INTERNAL_COLUMNS}


def reconcile(
    external: Records,
    internal: Records,
    *,
    strategy: str | None = None,
    grouping_criteria: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
    rules: Iterable[Rule] | None = None,
    grouping_grain: str = "day",
    grouping_timezone: str | None = "UTC",
    day_starts: str | None = "00:00",
    statuses: str | Sequence[str] | None = DEFAULT_STATUSES,
    balance_id: str | None = None,
    opposite_signs: bool = False,
    internal_date: str = "created_at",
    lineage: bool = False,
    skip_reconciled: bool = False,
    max_candidates: int = DEFAULT_MAX_CANDIDATES,
    decisions: Journal | str | Path | None = None,
    rates: RatesSource | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Match external records with the ledger's transactions and account for every one of both.

    ``strategy`` is ``one_to_one``, ``one_to_many`` (internal records are grouped), ``many_to_one`` (external records
    are grouped) or ``many_to_many`` (both are); with ``within_external`` or ``within_internal`` records of one side
    that sum to nothing settle each other. ``grouping_criteria`` names what makes a group: a column such as
    ``parent_transaction``, any column that is not a canonical one, or a member of a JSON object as ``meta_data.order``;
    with ``many_to_many`` columns of both sides, or ``{"external": "payout_id", "internal": "reference"}``. With
    ``one_to_many`` and ``many_to_one`` also ``batch``, a stretch of open records, one after the other by date and id,
    that sums to a record of the other side; or ``subset``, the only open records that do; columns beside it, as in
    ``("source", "batch")``, keep groups within one value. Dates group
    by the days of ``grouping_timezone``, which start at ``day_starts``, unless ``grouping_grain`` is ``instant``.
    ``rules`` run in order, each on what the earlier ones left, by a strategy and a grouping of its own if it has any;
    without rules, those run that the records themselves propose (see ``propose_rules``), with the strategy that they
    propose unless one is given: ``Result.settings`` has them, ``Result.findings`` what was seen. ``decisions`` is a
    journal, or its path, of what people settled by hand: it comes before all rules, and what of it no longer holds is
    reported in ``Result.decisions``. ``rates`` is a table of exchange rates (see ``read_rates``), for rules that cross
    currencies. ``balance_id`` is the id or the indicator of a ledger balance, which every transaction is then seen
    from; with ``opposite_signs`` external amounts count with the other sign than they have. ``lineage`` takes in Blnk's
    bookkeeping of fund lineage, ``skip_reconciled`` leaves out what is marked on the ledger as matched; ``progress`` is
    called before each step.

    Raises ``SettingsError`` for settings or inputs that do not fit, ``SourceError`` for a journal that cannot be read,
    ``RuleTooBroad`` for a rule that would weigh more than ``max_candidates`` pairs, ``ControlTotalsError`` if the
    result does not tie out.

    >>> from workbench import read_external, read_internal
    >>> paid = read_external([{"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> booked = read_internal([
    ...     {"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "created_at": "2026-01-01"}])
    >>> reconcile(paid, booked).matches[["external_transaction_id", "internal_transaction_id", "rule"]].values.tolist()
    [['e1', 't1', 'By evidence']]
    """
    settings = make_settings(
        strategy=strategy,
        grouping_criteria=grouping_criteria,
        rules=rules,
        grouping_grain=grouping_grain,
        grouping_timezone=grouping_timezone,
        day_starts=day_starts,
        statuses=statuses,
        balance_id=balance_id,
        opposite_signs=opposite_signs,
        internal_date=internal_date,
        lineage=lineage,
        skip_reconciled=skip_reconciled,
        max_candidates=max_candidates,
    )
    return reconcile_with(
        settings, external, internal, decisions=decisions, rates=rates, dry_run=dry_run, progress=progress
    )


def reconcile_with(
    settings: Settings,
    external: Records,
    internal: Records,
    *,
    decisions: Journal | str | Path | None = None,
    rates: RatesSource | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Reconcile by ``Settings``, such as those that an earlier result carries; otherwise as ``reconcile``."""
    _check_sides({"external": external, "internal": internal})
    if settings.balance_id is not None:
        check_touched(internal, settings.balance_id)
    check_rates(settings.rules, rates)
    table = None if rates is None else read_rates(rates)
    started = datetime.now(UTC)
    tell = progress or quiet
    if not settings.rules:
        tell("looking for rules", 0, 1)
        settings = with_proposed_rules(settings, external, internal)
    steps = len(settings.rules) + 3
    records: dict[Side, Records] = {"external": external, "internal": internal}
    tell("preparing records", 0, steps)
    journal = read_decisions(decisions) if isinstance(decisions, (str, Path)) else decisions
    if not isinstance(journal, Journal | None):
        raise SettingsError(f"decisions takes a journal or the path of one, not {journal!r}")
    decided = resolve(journal, records, settings) if journal else Decided()
    books = read_books(external, internal, settings, text_keys(settings), decided.settled)
    with Threads(1) as beside:  # what no rule changes is found while the rules run
        opening = beside.submit(opening_counts, settings, records, decided, books.pool.scale)
        beside.submit(lambda: [record.origin.sha256 for record in records.values()])  # cached for later readers
        start = before_rules(books, settings, decided)
        passes, left = _run_rules(
            settings,
            start,
            table,
            lambda number, rule, more: tell(": ".join(filter(None, (f"rule {rule.name!r}", more))), number, steps),
        )
    tell("explaining what is open", steps - 2, steps)
    result = assemble(settings, records, left, passes, decided, opening.result(), table, started, dry_run)
    for record in records.values():
        record.check_unchanged()
    tell("done", steps, steps)
    return result


def _check_sides(records: dict[Side, Records]) -> None:
    for side, record in records.items():
        if not isinstance(record, Records):
            raise SettingsError(f"{side} takes what wb.read_{side} returns, not a {type(record).__name__}")
        if not set(COLUMNS[side]) <= set(record.table.columns):
            raise SettingsError(
                f"{side} takes what wb.read_{side} returns, but {record.origin.name} was read otherwise"
            )


def check_rates(rules: Iterable[Rule], rates: object) -> None:
    """Raise ``SettingsError`` for a rule that crosses currencies where no rates are known."""
    crossing = next((rule for rule in rules if rule.across_currencies), None)
    if crossing and rates is None:
        raise SettingsError(
            f"rule {crossing.name!r} crosses currencies: give rates=, a table of {', '.join(RATE_COLUMNS)}",
            f"rule {crossing.name!r} crosses currencies: give --rates FILE, a table of {', '.join(RATE_COLUMNS)}",
        )


def before_rules(books: Books, settings: Settings, decided: Decided) -> OpenRecords:
    """All records, of which no rule may have those that a person unmatched."""
    held = {side: kept_open(books.pool.side(side), decided.kept_open[side]) for side in SIDES}
    return all_open(books, held, settings.grouping, decided.rest)


def _run_rules(
    settings: Settings, start: OpenRecords, rates: Rates | None, tell: Callable[[int, Rule, str], None]
) -> tuple[list[Pass], OpenRecords]:
    """Run the rules in order, each on the records that the earlier ones left open; and what all of them left."""
    left, passes = start, []
    for number, rule in enumerate(settings.rules, 1):
        tell(number, rule, "")
        left = left.by(settings.grouping_of(rule))
        with listening(partial(tell, number, rule)):
            rule_pass = run_pass(settings, rule, settings.rules[number:], left, rates)
        left = left.after(rule_pass)
        passes.append(rule_pass)
    return passes, left


def run_pass(
    settings: Settings,
    rule: Rule,
    later: Sequence[Rule],
    left: OpenRecords,
    rates: Rates | None = None,
    *,
    in_doubt: bool = True,
) -> Pass:
    """What a rule does with the units of what is ``left``, and ``in_doubt`` how far chance and others may have it.

    ``later`` are the rules that come after it. Who has no use for doubt is only told it where the rule's matches
    depend on it.
    """
    compared = rule.compared(left.grouping)
    alike = [other.compared(left.grouping) for other in later if settings.grouping_of(other) == left.grouping]
    if left.grouping.sums:
        rule_pass = run_summing(compared, alike, left, settings.max_candidates, in_doubt=in_doubt)
        return replace(rule_pass, rule=rule).suggesting()
    offered = compared, left.pool, left.to_match("external"), left.to_match("internal"), settings.max_candidates
    rule_pass = run_across(rates, *offered) if rates and rule.across_currencies else run_rule(*offered)
    if len(rule_pass.external) and not rule.across_currencies and (in_doubt or rule.suggests):
        with listening(lambda _what: None):  # progress was told for these pairs already
            chance = expected_by_chance(*offered) if in_doubt else None
            others = alternatives(rule_pass, alike, *offered[1:-1])
        rule_pass = replace(rule_pass, alternatives=others, expected_by_chance=chance)
    return replace(rule_pass, rule=rule, within=left.grouping.within).suggesting()


def text_keys(settings: Settings) -> list[TextKey]:
    """The texts that rules compare, and those whose words a subset may share."""
    by_words = SHARED_TEXTS if any(grouping.sums == "subset" for grouping in settings.groupings) else ()
    return sorted({*by_words, *(key for rule in settings.rules for key in rule.text_keys)})
