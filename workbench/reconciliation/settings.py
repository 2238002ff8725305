"""What a user can set, and one table of the options.

The table drives command-line flags, form widgets and notebook parameters alike, so that no two of them drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.errors import SettingsError, one_of
from workbench.json_text import check_texts
from workbench.ledger.counted import Counted, LedgerView, counted_as_given
from workbench.reconciliation.options import Option
from workbench.reconciliation.rules import Rule, shown_names
from workbench.reconciliation.strategies import (
    GROUPING_CRITERIA,
    SINGLE,
    STRATEGIES,
    SUMS,
    Grouping,
    criteria_of,
    make_grouping,
    names_of,
)
from workbench.records import Records
from workbench.sides import Side

BY_HAND = "by hand"  # stands as the rule's name where a person matched
GROUPING_GRAINS = ("day", "instant")
INTERNAL_DATES = ("created_at", "effective_date")
DEFAULT_STATUSES = ("APPLIED",)
DEFAULT_MAX_CANDIDATES = 20_000_000  # about a minute, as benchmarks/breadth.py measures


OPTIONS = (
    Option(
        "strategy",
        "choice",
        None,
        "How records correspond between the two sides: one_to_one, unless rules are proposed that say otherwise.",
        tuple(STRATEGIES),
    ),
    Option(
        "grouping_criteria",
        "names",
        (),
        "What makes records of the grouped side one group; one_to_one takes none, and many_to_many the columns of "
        "both sides, or of each: external=payout_id,internal=reference; within_… settles pairs without it; "
        "a batch (records one after the other) and a subset (the only ones) are found by what they sum to.",
        tuple(dict.fromkeys([*GROUPING_CRITERIA["internal"], *GROUPING_CRITERIA["external"], *SUMS])),
    ),
    Option("grouping_grain", "choice", "day", "Dates group by day, or by the instant.", GROUPING_GRAINS),
    Option("grouping_timezone", "text", "UTC", "Whose days dates group by, such as Europe/Berlin."),
    Option("day_starts", "text", "00:00", "When the days start that dates group by, such as 18:00."),
    Option("statuses", "names", DEFAULT_STATUSES, "Statuses of internal records that take part; none means all."),
    Option(
        "balance_id",
        "text",
        None,
        "Reconcile one ledger balance, by id or indicator such as @World: in counts positive, out negative.",
    ),
    Option(
        "opposite_signs",
        "yes",
        False,
        "External amounts have the other sign than the ledger's, as on a card statement: they count with its sign.",
    ),
    Option("internal_date", "choice", "created_at", "The internal date that is compared.", INTERNAL_DATES),
    Option("lineage", "yes", False, "Blnk's bookkeeping of fund lineage takes part, too; it stands beside the money."),
    Option("skip_reconciled", "yes", False, "What `workbench mark` marked on the ledger as matched takes no part."),
    Option(
        "max_candidates",
        "integer",
        DEFAULT_MAX_CANDIDATES,
        "Refuse a rule that would list more pairs than this; of those that need no list, five count as one.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """Everything that decides the outcome of a reconciliation, beside the records themselves.

    Without ``rules`` it is open how to match, and unless ``strategy`` says so also how records correspond: both are
    proposed from the records before they are reconciled. The settings of a result have rules in any case; ``findings``
    are what was seen in the records where these were proposed.
    """

    strategy: str = ""
    grouping_criteria: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    grouping_grain: str = "day"
    grouping_timezone: str = "UTC"
    day_starts: str = "00:00"
    statuses: tuple[str, ...] | None = DEFAULT_STATUSES
    balance_id: str | None = None
    opposite_signs: bool = False
    internal_date: str = "created_at"
    lineage: bool = False
    skip_reconciled: bool = False
    max_candidates: int = DEFAULT_MAX_CANDIDATES
    findings: tuple[str, ...] = ()

    @property
    def grouping(self) -> Grouping:
        """How records correspond where a rule does not say otherwise."""
        return make_grouping(self.strategy or SINGLE, self.grouping_criteria)

    def grouping_of(self, rule: Rule) -> Grouping:
        """How records correspond under ``rule``."""
        return rule.grouping(self.strategy or SINGLE, self.grouping_criteria)

    @property
    def across(self) -> Grouping:
        """How records of one side correspond to those of the other: the run's own, where it says."""
        return Grouping("one_to_one") if self.grouping.within else self.grouping

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """How records correspond in this run: by default, and under each of its rules."""
        return tuple(dict.fromkeys([self.grouping, *map(self.grouping_of, self.rules)]))

    @property
    def ledger_view(self) -> LedgerView:
        """How the ledger's transactions are looked at."""
        return LedgerView(self.statuses, self.balance_id, self.internal_date, self.lineage, self.skip_reconciled)

    def counted(self, side: Side, records: Records) -> Counted:
        """What the records of ``side`` count as: which take part, with which amount and which date."""
        if side == "internal":
            return self.ledger_view.counted(records)
        return counted_as_given(records, self.opposite_signs)

    @property
    def leaves_remainders(self) -> bool:
        """Whether a rule may match a part of a record and leave the rest open."""
        return any(rule.remainder for rule in self.rules)

    @property
    def rule_names(self) -> tuple[str, ...]:
        """What each rule is called in a result: its name, with its number where rules share a name."""
        return shown_names(self.rules)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values; ``settings_from_dict`` reads them back."""
        return {**asdict(self), "rules": [rule.to_dict() for rule in self.rules]}


def make_settings(
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
) -> Settings:
    """Check what a user set and return it as ``Settings``; without ``rules`` they are to be proposed.

    Raises ``SettingsError`` that names the setting and lists the right choices.

    >>> make_settings(strategy="one_to_many", grouping_criteria="reference").grouping_criteria
    ('reference',)
    """
    settings = Settings(
        strategy=strategy or ("" if rules is None else SINGLE),
        grouping_criteria=criteria_of(grouping_criteria),
        grouping_grain=one_of(grouping_grain, GROUPING_GRAINS, "grouping_grain"),
        grouping_timezone=_timezone(grouping_timezone or "UTC"),
        day_starts=_time_of_day("00:00" if day_starts is None else day_starts),
        statuses=names_of(statuses, "statuses"),
        balance_id=_balance_id(balance_id),
        opposite_signs=_yes(opposite_signs, "opposite_signs"),
        internal_date=one_of(internal_date, INTERNAL_DATES, "internal_date"),
        lineage=_yes(lineage, "lineage"),
        skip_reconciled=_yes(skip_reconciled, "skip_reconciled"),
        max_candidates=_positive(max_candidates, "max_candidates"),
    )
    check_texts(settings.to_dict())
    make_grouping(settings.strategy or SINGLE, settings.grouping_criteria)
    return settings if rules is None else replace(settings, rules=_check_rules(rules, settings))


def settings_from_dict(values: Mapping[str, Any]) -> Settings:
    """Read back what ``Settings.to_dict`` wrote; unknown names are refused.

    >>> settings_from_dict(make_settings().to_dict()) == make_settings()
    True
    """
    options = {option.name for option in OPTIONS}
    known = options | {"rules", "findings"}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]!r}: the settings are {', '.join(sorted(known))}")
    chosen = {name: value for name, value in values.items() if name in options}
    rules, findings = values.get("rules", []), values.get("findings", [])
    if not isinstance(rules, list):
        raise SettingsError(f"rules takes a list of rules, not {rules!r}")
    if not isinstance(findings, (list, tuple)) or not all(isinstance(sentence, str) for sentence in findings):
        raise SettingsError(f"findings takes a list of sentences, not {findings!r}")
    check_texts({"findings": findings})
    settings = make_settings(**chosen, rules=[Rule.from_dict(rule) for rule in rules] or None)
    return replace(settings, findings=tuple(findings))


def seconds_of(time_of_day: str) -> int:
    """The seconds from midnight to a time of day.

    >>> seconds_of("18:30")
    66600
    """
    clock = time.fromisoformat(time_of_day)
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _timezone(value: object) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise SettingsError(
            f"grouping_timezone takes the name of a time zone such as Europe/Berlin, not {value!r}"
        ) from None


def _time_of_day(value: object) -> str:
    if not (isinstance(value, str) and re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", value)):
        raise SettingsError(f"day_starts takes a time of day such as 18:00, not {value!r}")
    return value


def _balance_id(value: str | None) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise SettingsError(f"balance_id takes the id or the indicator of one ledger balance, not {value!r}")
    return value


def _yes(value: bool, what: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{what} takes True or False, not {value!r}")
    return value


def _positive(value: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{what} takes a whole number of at least 1, not {value!r}")
    return value


def _check_rules(rules: Iterable[Rule], settings: Settings) -> tuple[Rule, ...]:
    ordered = tuple(rules) if isinstance(rules, Iterable) else ()
    if not ordered or not all(isinstance(rule, Rule) for rule in ordered):
        raise SettingsError("rules takes one or more Rule values; leave it out to have rules proposed")
    if any(rule.name == BY_HAND for rule in ordered):
        raise SettingsError(f"a rule is called {BY_HAND!r}, as the matches of people are: give it another name")
    for rule in ordered:
        settings.grouping_of(rule)
    return ordered
