"""Field: what all criterion fields have in common, and the table of those there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa
from numpy.typing import NDArray

from workbench.errors import SettingsError, one_of
from workbench.exact import Ints
from workbench.reconciliation.criteria.business_days import read_calendar
from workbench.reconciliation.criteria.criterion_options import OWN_WORDS
from workbench.reconciliation.criteria.drift import DRIFT_DECIMALS, Drift
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.text_key import TextKey, pattern_json, read_column, read_pattern
from workbench.reconciliation.criteria.tolerance import (
    Pair,
    decimal,
    is_pair,
    read_business_days,
    read_money,
    read_pair,
)
from workbench.reconciliation.criteria.window import Window

WORKBENCH = "workbench"  # the key in Blnk's JSON under which stands what Blnk has no word for
BLNK_FIELDS = ("amount", "currency", "date", "reference", "description")  # the fields that Blnk knows
DRIFT = pa.decimal128(38, DRIFT_DECIMALS)
FIELDS: dict[str, Field] = {}  # every field by its name, in the order in which they are offered


@dataclass(frozen=True)
class Criterion:
    """One comparison of an external with an internal unit.

    ``allowable_drift`` is a fraction of the internal amount (0 to 1), seconds (0 or more, or a ``timedelta``), or a
    percentage of the longer text (0 to 100), counted at its decimal face value: ``0.1`` is one tenth, exactly. Of
    amounts and dates it may be a pair ``(low, high)`` for the external less the internal value, both in:
    ``(-86400, 259200)`` is up to a day early and three late. ``expected`` is the difference that is usual, from which a
    single drift and the nearness of a pair are measured: seconds, or a fraction of the internal amount.

    Of amounts, ``allowable_amount`` is money, or a pair; with a drift as well both must hold, and ``expected`` is
    money. Of dates, ``business_days`` is a number of days, or a pair, instead of a drift; days are those of UTC.
    ``calendar`` is a country (``DE``), a part of one (``DE-BY``), a market (``ECB``) or a list of holidays; without it
    only Saturdays and Sundays are no business days.

    Of texts, ``external`` and ``internal`` name the columns that are compared instead of the field's own: any column
    of the input, a member of a JSON object as ``meta_data.order``. ``pattern`` takes a part of each text out first: its
    first group, or all that fits where it has none; a text that it does not fit is no evidence. It is one for both
    sides, or ``{"external": …}``, ``{"internal": …}`` for one, in the syntax of RE2, which needs little time for any.

    Raises ``SettingsError`` for an unknown field, an operator that does not fit it, a drift out of range, a pattern
    that is none, or something that does not go with the field.

    >>> Criterion("amount", "equals", allowable_drift=0.01).allowable_drift
    Decimal('0.01')
    >>> Criterion("amount", allowable_amount=5, expected="-0.30").describe()
    'the external less the internal amount is at most 5 off -0.3'
    >>> Criterion("date", business_days=(0, 3)).describe()
    'the external date is from the same business day to 3 business days later'
    >>> Criterion("date", "after").operator
    'greater_than'
    >>> Criterion("reference", "mentions", external="description").describe()
    'one of the external description and the internal reference mentions the other'
    """

    field: str
    operator: str = "equals"
    allowable_drift: Any = Decimal(0)  # a decimal, or a pair of them
    allowable_amount: Decimal | Pair | None = None
    expected: Decimal | None = None
    business_days: int | tuple[int, int] | None = None
    calendar: str | tuple[str, ...] | None = None
    external: str | None = None
    internal: str | None = None
    pattern: str | tuple[str, str] | None = None

    def __init__(
        self,
        field: str,
        operator: str = "equals",
        allowable_drift: Any = 0,
        *,
        allowable_amount: Any = None,
        expected: Any = None,
        business_days: Any = None,
        calendar: str | Sequence[str] | None = None,
        external: str | None = None,
        internal: str | None = None,
        pattern: str | Mapping[str, str] | tuple[str, str] | None = None,
    ) -> None:
        kind = FIELDS[_known(field)]
        operator = one_of(kind.aliases.get(operator, operator), kind.operators, f"operator of {field}")
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operator", operator)
        object.__setattr__(self, "allowable_drift", kind.read_drift(operator, allowable_drift))
        given = (allowable_amount, expected, business_days, calendar, external, internal, pattern)
        kind.check_extras(operator, dict(zip(OWN_WORDS, given, strict=True)))
        object.__setattr__(self, "allowable_amount", read_money(allowable_amount))
        object.__setattr__(self, "expected", kind.read_expected(expected))
        object.__setattr__(self, "business_days", read_business_days(business_days))
        object.__setattr__(self, "calendar", read_calendar(calendar))
        object.__setattr__(self, "external", read_column(external, "external"))
        object.__setattr__(self, "internal", read_column(internal, "internal"))
        object.__setattr__(self, "pattern", read_pattern(pattern))
        kind.check(self)

    @property
    def kind(self) -> Field:
        """The field itself, which knows what the criterion means."""
        return FIELDS[self.field]

    @property
    def takes_drift(self) -> bool:
        """Whether a drift goes with its operator."""
        return self.kind.takes_drift(self.operator)

    @property
    def pair(self) -> Pair | None:
        """The bounds of its drift, if it is a pair."""
        return self.allowable_drift if isinstance(self.allowable_drift, tuple) else None

    @property
    def exact(self) -> bool:
        """Whether it allows but one value beside each internal one."""
        loose = self.allowable_drift or self.allowable_amount or self.business_days is not None
        return self.operator == "equals" and not loose

    def widened(self, drift: Decimal, later: bool) -> Criterion:
        """The same with a drift that allows this one as well; of a pair, the bound that it passes."""
        if self.pair is None:
            return replace(self, allowable_drift=max(self.allowable_drift, drift))
        low, high = self.pair
        return replace(self, allowable_drift=(low, max(high, drift)) if later else (min(low, -drift), high))

    def implies(self, other: Criterion) -> bool:
        """Whether all pairs that meet it are known to meet the other one: they differ in a wider drift at most."""
        if self == other or self.allowable_amount is not None or self.pair or other.pair:
            return self == other
        return self.allowable_drift <= other.allowable_drift and self == replace(
            other, allowable_drift=self.allowable_drift
        )

    @property
    def text_key(self) -> TextKey | None:
        """The texts that it compares; none where it compares something else."""
        return self.kind.text_key(self)

    def own_words(self) -> dict[str, Any]:
        """What it says beside its operator and drift, as plain JSON values by name."""
        own_words: dict[str, Any] = {} if self.pair is None else {"allowable_drift": _json(self.pair)}
        own_words |= {name: _json(value) for name in OWN_WORDS if (value := getattr(self, name)) is not None}
        return own_words | ({} if self.pattern is None else {"pattern": pattern_json(self.pattern)})

    def to_dict(self) -> dict[str, Any]:
        """The criterion as Blnk writes it; what Blnk has no word for stands under ``workbench``.

        There Blnk's own words say the strictest that they can, so that Blnk would never match more by them.
        """
        blnk = self.kind.blnk_operators.get(self.operator, self.operator)
        own_words = ({} if blnk == self.operator else {"operator": self.operator}) | self.own_words()
        return {
            "field": self.field,
            "operator": blnk,
            "allowable_drift": _json(self.allowable_drift) if self.pair is None else 0,
            **({WORKBENCH: own_words} if own_words else {}),
        }

    def describe(self) -> str:
        """The criterion in plain words.

        >>> Criterion("date", "equals", 86400).describe()
        'the dates are at most 1 day apart'
        """
        return self.kind.words(self)


@dataclass(frozen=True)
class Misses:
    """For each pair: how far past what is allowed, the smallest drift that would do, and a sentence."""

    off_by: Ints  # whole numbers at ``scale`` (money, seconds or letters), -1 for none
    scale: int
    smallest_drift: pa.Array  # an array of ``DRIFT``, in the unit of the field's drift; null if no drift would do
    explanation: pa.Array


@dataclass(frozen=True)
class Field(ABC):
    """What can be compared: the operators it takes, its drift, its words, and what they mean for units.

    ``aliases`` are operators that are read as another. ``narrower`` is what to add to a rule that is too broad.
    ``extras`` are what a criterion takes beside its operator and drift. ``blnk_operators`` are the operators that Blnk
    does not know, each with one that allows no pair which it does not.
    """

    name: str
    operators: tuple[str, ...]
    drift: Drift | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    narrower: str = ""
    extras: tuple[str, ...] = ()
    blnk_operators: Mapping[str, str] = field(default_factory=dict)

    def takes_drift(self, operator: str) -> bool:
        """Whether a drift goes with an operator."""
        return self.drift is not None and operator == self.drift.operator

    def read_drift(self, operator: str, value: object) -> Decimal | Pair:
        """The drift that ``value`` says; raises ``SettingsError`` if there is no such drift."""
        if is_pair(value):
            return self._read_pair(operator, value)
        drift = self.number(value)
        if drift is None or not drift.is_finite():
            raise SettingsError(f"allowable_drift of {self.name} takes a number, not {value!r}")
        if drift == 0:
            return Decimal(0)
        if self.drift is None or operator != self.drift.operator:
            raise SettingsError(f"allowable_drift does not go with {self.name} {operator}: {_where_drifts_go()}")
        self.drift.check(self.name, drift, value)
        return drift

    def _read_pair(self, operator: str, value: object) -> Decimal | Pair:
        if self.drift is None or operator != self.drift.operator or not self.drift.signed:
            raise SettingsError(f"a pair does not go with {self.name} {operator}: it goes with {_where_pairs_go()}")
        pair = read_pair(value, self.number, f"allowable_drift of {self.name}")
        for bound in pair:
            self.drift.check(self.name, abs(bound), bound)
        return pair if any(pair) else Decimal(0)

    def read_expected(self, value: object) -> Decimal | None:
        """The difference that is usual; raises ``SettingsError`` if ``value`` says none."""
        number = None if value is None else self.number(value)
        if value is not None and (number is None or not number.is_finite()):
            raise SettingsError(f"expected of {self.name} takes a number, not {value!r}")
        return number

    def check_extras(self, operator: str, values: Mapping[str, object]) -> None:
        """Raise ``SettingsError`` for a value that does not go with the field, or with the operator."""
        for name, value in values.items():
            if value is None:
                continue
            if name not in self.extras:
                places = [other for other, kind in FIELDS.items() if name in kind.extras]
                raise SettingsError(f"{name} does not go with {self.name}: it goes with {', '.join(places)}")
            if self.drift and self.drift.signed and operator != self.drift.operator:
                raise SettingsError(
                    f"{name} does not go with {self.name} {operator}: it goes with {self.name} {self.drift.operator}"
                )

    def check(self, criterion: Criterion) -> None:  # noqa: B027 - most fields have nothing more to check
        """Raise ``SettingsError`` for parts of a criterion that do not go together."""

    def text_key(self, criterion: Criterion) -> TextKey | None:  # noqa: ARG002
        """The texts that a criterion compares; none where it compares something else."""
        return None

    def number(self, value: object) -> Decimal | None:
        """The number that a drift is given as; none if it is no number."""
        return Decimal(0) if value is None else decimal(value)

    @abstractmethod
    def words(self, criterion: Criterion) -> str:
        """The criterion in plain words."""

    @abstractmethod
    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """The window of a rule with this criterion as well."""

    @abstractmethod
    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """Which of the pairs do not meet the criterion."""

    @abstractmethod
    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """How far each pair is off, as a share of the amount, of a month, or of the text; 0 where it meets it.

        A binary float will do: it ranks near misses and is never shown.
        """

    @abstractmethod
    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:
        """Say of pairs that fail the criterion by how much they do."""


AnyField = TypeVar("AnyField", bound=Field)


def _known(field: str) -> str:
    try:
        return one_of(field, FIELDS, "field")
    except SettingsError as error:
        raise SettingsError(
            f"{error}; another column is compared by field reference, with its name as external and as internal"
        ) from None


def declare(declared: AnyField) -> AnyField:
    """Make a field known to rules, forms and matching alike."""
    FIELDS[declared.name] = declared
    return declared


def say_drift(field: str, drift: Decimal) -> str:
    """A drift of a field as people say it.

    >>> say_drift("date", Decimal(86400)), say_drift("amount", Decimal("0.005"))
    ('1 day', '0.5 percent')
    """
    kind = FIELDS[field].drift
    return kind.say(drift) if kind else str(drift)


def _where_pairs_go() -> str:
    return ", ".join(
        f"{name} {kind.drift.operator}" for name, kind in FIELDS.items() if kind.drift and kind.drift.signed
    )


def _where_drifts_go() -> str:
    places = [f"{name} {kind.drift.operator}" for name, kind in FIELDS.items() if kind.drift]
    return "it goes with " + ", ".join(places)


def _json(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return _json_number(value) if isinstance(value, Decimal) else value


def _json_number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value():
        return int(value)
    # A text keeps what a JSON reader's binary float would not.
    return float(value) if Decimal(repr(float(value))) == value else str(value)
