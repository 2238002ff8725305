"""Strategies: how records of the two sides correspond, and what makes several of them one group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import SettingsError, one_of
from workbench.reconciliation.criteria.field import Criterion
from workbench.records import EXTERNAL, INTERNAL
from workbench.sides import SIDES, Side

SINGLE = "one_to_one"  # the strategy where none is chosen
# Strategy: the sides whose records are grouped.
STRATEGIES: dict[str, tuple[Side, ...]] = {
    SINGLE: (),
    "one_to_many": ("internal",),
    "many_to_one": ("external",),
    "many_to_many": ("external", "internal"),
    "within_external": ("external",),
    "within_internal": ("internal",),
}
# Side: the strategy in which its records alone are grouped.
GROUPING_ALONE: dict[Side, str] = {"internal": "one_to_many", "external": "many_to_one"}
# Strategy: the side whose own records settle each other; they may be grouped, or single.
WITHIN: dict[str, Side] = {"within_external": "external", "within_internal": "internal"}
STRATEGY_QUESTION = "Does a transaction split, combine or stay the same between the two sides?"
STRATEGY_ANSWERS = {
    "one_to_one": "it stays the same",
    "one_to_many": "it splits in the ledger",
    "many_to_one": "it combines in the ledger",
    "many_to_many": "it splits in both",
    "within_external": "it is undone by another external record",
    "within_internal": "it is undone by another ledger transaction",
}
STRATEGY_MEANINGS = {
    "one_to_one": "A transaction stays the same: one external record is one ledger transaction.",
    "one_to_many": "A transaction splits in the ledger: one external record is a group of ledger transactions.",
    "many_to_one": "Transactions combine in the ledger: a group of external records is one ledger transaction.",
    "many_to_many": "A transaction splits in both: a group of external records is a group of ledger transactions.",
    "within_external": "A transaction is undone: external records that sum to nothing, as a debit and its return, "
    "settle each other.",
    "within_internal": "A transaction is undone: ledger transactions that sum to nothing, as one and its reversal, "
    "settle each other.",
}
UNITS_IN_WORDS = {
    "one_to_one": "one external record with one internal record",
    "one_to_many": "one external record with a group of internal records{internal}",
    "many_to_one": "a group of external records{external} with one internal record",
    "many_to_many": "a group of external records{external} with a group of internal records{internal}",
    "within_external": "external records{external} that sum to nothing, debits against credits",
    "within_internal": "internal records{internal} that sum to nothing, debits against credits",
}
GROUPING_CRITERIA: dict[Side, dict[str, str]] = {
    "internal": {
        "transaction_id": "each transaction is a group of its own",
        "parent_transaction": "transactions of one parent, such as the gross, fee and net of one charge",
        "source": "transactions out of one balance",
        "destination": "transactions into one balance",
        "reference": "transactions with one reference",
        "currency": "transactions in one currency",
        "status": "transactions of one status",
        "created_at": "transactions of one day",
    },
    "external": {
        "id": "each record is a group of its own",
        "amount": "records of one amount",
        "currency": "records in one currency",
        "reference": "records with one reference",
        "description": "records with one description",
        "date": "records of one day",
        "source": "records of one source, such as a processor or a bank",
    },
}
# What makes records a group that no column says: that they sum to a record of the other side.
SUMS = {
    "batch": "a stretch of records, one after the other in time, that sums to the record of the other side",
    "subset": "the only records that sum to the record of the other side, within a text that they share or at all",
}
SUMS_IN_WORDS = {
    "batch": {
        "one_to_many": "one external record with the stretch of consecutive internal records{internal} that sums to it",
        "many_to_one": "the stretch of consecutive external records{external} that sums to it with one internal record",
    },
    "subset": {
        "one_to_many": "one external record with the only internal records{internal} that sum to it",
        "many_to_one": "the only external records{external} that sum to it with one internal record",
    },
}
KINDS = {"external": EXTERNAL, "internal": INTERNAL}
CANONICAL = {name for kind in KINDS.values() for name in (*kind.columns, *kind.optional)}


@dataclass(frozen=True)
class Grouping:
    """A strategy, and what makes records of a side one group; a side without any is not grouped."""

    strategy: str
    external: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()

    def of(self, side: Side) -> tuple[str, ...]:
        """What makes records of ``side`` one group."""
        return self.external if side == "external" else self.internal

    def groups(self, side: Side) -> tuple[str, ...]:
        """What makes records of ``side`` one group before a rule is applied: nothing where the rule finds what sums."""
        return () if self.sums else self.of(side)

    def columns(self, side: Side) -> tuple[str, ...]:
        """The columns in which records of ``side`` must be alike to be one group."""
        return tuple(name for name in self.of(side) if name not in SUMS)

    @property
    def sums(self) -> str:
        """Of ``SUMS`` what makes groups, beside columns; empty where columns say it all."""
        return next((name for name in (*self.external, *self.internal) if name in SUMS), "")

    @property
    def within(self) -> Side | None:
        """The side whose records settle each other; none where the sides are matched with each other."""
        return WITHIN.get(self.strategy)

    def compared_side(self, side: Side) -> Side:
        """The side whose records stand for ``side`` in what criteria compare."""
        return self.within or side

    @property
    def shown_side(self) -> Side:
        """The side whose records a row of ``matches`` shows the amount of: that which is grouped, else external."""
        return "internal" if self.internal and not self.external else "external"


def make_grouping(strategy: str, criteria: tuple[str, ...]) -> Grouping:
    """Check what a user chose; raises ``SettingsError`` that lists the right choices.

    A criterion is a column, of both sides where both are grouped, or of one as in ``external=payout_id``.

    >>> make_grouping("one_to_many", ("reference",))
    Grouping(strategy='one_to_many', external=(), internal=('reference',))
    >>> make_grouping("many_to_many", ("external=payout_id", "internal=reference"))
    Grouping(strategy='many_to_many', external=('payout_id',), internal=('reference',))
    """
    sides = STRATEGIES[one_of(strategy, STRATEGIES, "strategy")]
    if criteria and not sides:
        others = " or ".join(name for name, grouped in STRATEGIES.items() if grouped)
        raise SettingsError(
            f"{strategy} compares single records, so grouping by {', '.join(criteria)} does not apply: leave the "
            f"grouping out, or choose {others}"
        )
    chosen: dict[Side, tuple[str, ...]] = {side: criteria_for(side, criteria) for side in SIDES}
    for side in SIDES:
        if side in sides and not chosen[side] and strategy not in WITHIN:
            of_side = f" of {side} records" if len(sides) > 1 else ""
            choices = ", ".join(criteria_offered(strategy, side))
            raise SettingsError(f"{strategy} needs a grouping{of_side}: one or more of {choices}")
    for criterion in criteria:
        _check_criterion(strategy, sides, criterion)
    for side in sides:
        if SUMS.keys() <= set(chosen[side]):
            raise SettingsError(f"{' and '.join(SUMS)} are two ways to find what sums: choose one of them")
    return Grouping(strategy, **{side: chosen[side] for side in sides})


def _check_criterion(strategy: str, sides: tuple[Side, ...], criterion: str) -> None:
    """Raise ``SettingsError`` if ``criterion`` does not go with a strategy that groups records of these ``sides``."""
    name, of = _split_criterion(criterion)
    if of != SIDES and of[0] not in sides:
        raise SettingsError(f"{strategy} groups {sides[0]} records, so {criterion} does not apply: leave it out")
    if name in SUMS and strategy not in SUMS_IN_WORDS[name]:
        raise SettingsError(f"{name} goes with {' and '.join(SUMS_IN_WORDS[name])}, not with {strategy}")
    for side in sides:
        if side in of and name in CANONICAL:  # other names may be columns of the input, which is not known here
            one_of(name, criteria_offered(strategy, side), f"grouping criterion of {strategy}")


def check_fit(grouping: Grouping, criteria: Iterable[Criterion], *, remainder: str, across_currencies: bool) -> None:
    """Raise ``SettingsError`` if what a rule says does not fit records of one side that have to sum to something."""
    if not (grouping.within or grouping.sums):
        return
    who = "records that settle each other" if grouping.within else f"the records of a {grouping.sums}"
    if remainder:
        target = "nothing" if grouping.within else "a record of the other side"
        raise SettingsError(f"{who} sum to {target}, and leave no remainder")
    if across_currencies:
        raise SettingsError(f"{who} are of one currency: leave out across_currencies")
    for criterion in criteria:
        if criterion.field == "amount" and grouping.sums == "batch" and criterion.operator != "equals":
            raise SettingsError(f"{who} sum to a record of the other side: amount takes equals")
        if criterion.field == "amount" and grouping.sums != "batch" and (not criterion.exact or criterion.expected):
            target = "nothing" if grouping.within else "a record of the other side exactly"
            raise SettingsError(f"{who} sum to {target}: amount takes equals, without tolerance")
        if grouping.within and any(criterion.own_words().get(side) for side in SIDES if side != grouping.within):
            raise SettingsError(
                f"{grouping.within} records are compared with each other: {criterion.field} takes only "
                f"{grouping.within}="
            )


def criteria_offered(strategy: str, side: Side) -> dict[str, str]:
    """What may make records of ``side`` one group under ``strategy``, each with a sentence, beside other columns."""
    columns = GROUPING_CRITERIA[side]
    return columns | SUMS if strategy in SUMS_IN_WORDS["batch"] else columns


def criteria_for(side: Side, criteria: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that ``criteria`` name of a side.

    >>> criteria_for("internal", ("reference", "external=payout_id"))
    ('reference',)
    """
    return tuple(name for name, of in map(_split_criterion, criteria) if side in of)


def _split_criterion(criterion: str) -> tuple[str, tuple[Side, ...]]:
    """The column that a criterion names, and the sides it is of."""
    side, _, name = criterion.partition("=")
    of = tuple(known_side for known_side in SIDES if known_side == side and name)
    return (name, of) if of else (criterion, SIDES)


def units_in_words(strategy: str | None, criteria: tuple[str, ...]) -> str:
    """What stands on both sides of a pair.

    >>> units_in_words("one_to_many", ("reference", "source"))
    'one external record with a group of internal records by reference and source'
    >>> units_in_words("one_to_many", ("source", "batch"))
    'one external record with the stretch of consecutive internal records of one source that sums to it'
    """
    if strategy is None:
        return f"groups by {' and '.join(criteria)}"
    named = {side: criteria_for(side, criteria) for side in SIDES}
    for sums, sentences in SUMS_IN_WORDS.items():
        if strategy in sentences and sums in named[STRATEGIES[strategy][0]]:
            columns = {side: [name for name in names if name not in SUMS] for side, names in named.items()}
            alike = {side: f" of one {' and '.join(names)}" if names else "" for side, names in columns.items()}
            return sentences[strategy].format(**alike)
    by = {side: f" by {' and '.join(names)}" if names else "" for side, names in named.items()}
    return UNITS_IN_WORDS[strategy].format(**by)


def criteria_of(value: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None) -> tuple[str, ...]:
    """The grouping criteria that a user gives: names, or those of each side; raises ``SettingsError`` for others.

    >>> criteria_of({"external": "payout_id", "internal": ["reference", "source"]})
    ('external=payout_id', 'internal=reference', 'internal=source')
    """
    if not isinstance(value, Mapping):
        return names_of(value, "grouping_criteria") or ()
    for side in value:
        one_of(side, SIDES, "side of grouping_criteria")
    return tuple(f"{side}={name}" for side in SIDES for name in names_of(value.get(side), "grouping_criteria") or ())


def names_of(value: str | Sequence[str] | None, what: str) -> tuple[str, ...] | None:
    """The names that a user gives for ``what``: one, or a sequence; raises ``SettingsError`` for what is none."""
    if value is None:
        return None
    names = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise SettingsError(f"{what} takes a name or a sequence of names, not {value!r}")
    if len(set(names)) < len(names):
        raise SettingsError(f"{what} names something twice: {', '.join(names)}")
    return names
