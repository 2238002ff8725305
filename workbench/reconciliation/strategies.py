"""Strategies: how records of the two sides correspond, and what makes several of them one group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.errors import SettingsError, one_of
from workbench.records import EXTERNAL, INTERNAL
from workbench.sides import Side

StrategyName = Literal["one_to_one", "one_to_many", "many_to_one"]

# Strategy: the side whose records are grouped.
STRATEGIES: dict[str, Side | None] = {
    "one_to_one": None,
    "one_to_many": "internal",
    "many_to_one": "external",
}
STRATEGY_QUESTION = "Does a transaction split, combine or stay the same between the two sides?"
STRATEGY_ANSWERS = {
    "one_to_one": "it stays the same",
    "one_to_many": "it splits in the ledger",
    "many_to_one": "it combines in the ledger",
}
STRATEGY_QUESTIONS = {
    "one_to_one": "A transaction stays the same: one external record is one ledger transaction.",
    "one_to_many": "A transaction splits in the ledger: one external record is a group of ledger transactions.",
    "many_to_one": "Transactions combine in the ledger: a group of external records is one ledger transaction.",
}
UNITS_IN_WORDS = {
    "one_to_one": "one external record with one internal record",
    "one_to_many": "one external record with a group of internal records{}",
    "many_to_one": "a group of external records{} with one internal record",
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
KINDS = {"external": EXTERNAL, "internal": INTERNAL}


@dataclass(frozen=True)
class Grouping:
    """A strategy, and what makes records of a side one group; a side without any is not grouped."""

    strategy: str
    external: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()

    def of(self, side: Side) -> tuple[str, ...]:
        """What makes records of ``side`` one group."""
        return self.external if side == "external" else self.internal

    @property
    def shown_side(self) -> Side:
        """The side whose records a row of ``matches`` shows the amount of: that which is grouped, else external."""
        return "internal" if self.internal and not self.external else "external"


def make_grouping(strategy: str, criteria: tuple[str, ...]) -> Grouping:
    """Check what a user chose; raises ``SettingsError`` that lists the right choices.

    >>> make_grouping("one_to_many", ("reference",))
    Grouping(strategy='one_to_many', external=(), internal=('reference',))
    """
    side = STRATEGIES[one_of(strategy, STRATEGIES, "strategy")]
    if side is None:
        if criteria:
            raise SettingsError(
                f"one_to_one compares single records, so grouping by {', '.join(criteria)} does not apply: leave the "
                "grouping out, or choose one_to_many or many_to_one"
            )
        return Grouping(strategy)
    choices = GROUPING_CRITERIA[side]
    if not criteria:
        raise SettingsError(f"{strategy} needs a grouping: one or more of {', '.join(choices)}")
    canonical = {name for kind in KINDS.values() for name in (*kind.columns, *kind.optional)}
    for name in criteria:
        if name in canonical:  # others may be columns of the input, which is not known here
            one_of(name, choices, f"grouping criterion of {strategy}")
    return Grouping(strategy, **{side: criteria})


def units_in_words(strategy: str | None, criteria: tuple[str, ...]) -> str:
    """What stands on both sides of a pair.

    >>> units_in_words("one_to_many", ("reference", "source"))
    'one external record with a group of internal records by reference and source'
    """
    by = f" by {' and '.join(criteria)}" if criteria else ""
    return UNITS_IN_WORDS[strategy].format(by) if strategy else f"groups{by}"


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
