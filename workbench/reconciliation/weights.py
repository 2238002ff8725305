"""Weights: how much each piece of evidence counts for or against a pair, as whole numbers that stand in JSON.

A weight is in hundredths of a bit: 100 doubles the odds that a pair belongs together, -100 halves them. It is the
logarithm of how often true pairs show something to how often chance does (Fellegi and Sunter 1969, "A theory for
record linkage"). Some weights say only how often true pairs show it, as ``share``: how often chance would depends on
how rare the amount or the text is, which is counted in the records at hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from workbench.errors import SettingsError, one_of
from workbench.reconciliation.criteria import text_key
from workbench.reconciliation.criteria.field import Criterion
from workbench.reconciliation.criteria.text_key import TextKey

BIT = 100  # the weight that doubles the odds
UNUSUAL = 5 * BIT  # a span that weighs so much less than the heaviest is unusual
MOST_WEIGHT = 10_000 * BIT  # beyond any doubt, and small enough for the sum of all terms
MILLION = 1_000_000
DAY = 86_400  # seconds
# Of booking days, an internal record on a weekend or holiday counts as of the next business day, not the one before.
MEASURES = ("business_days", "booking_days", "days", "seconds")
TERMS = {
    "prior": "being one pair of all that there are",
    "amount": "how near the amounts are, and how rare",
    "date": "how usual the difference in dates is",
    "reference": "how the references stand, and how rare they are",
    "words": "what words the descriptions share, and how rare they are",
}
# How the references of a pair stand, from the best to the worst.
REFERENCES = ("same", "loosely", "mentioned", "nearly", "missing", "other", "contradicted")
SHARED = REFERENCES[:3]  # for these, the records at hand say how rare a reference is
# Descriptions share nearly all that both say, or all that one of them says, or half of it, or less, or nothing, or one
# of them says nothing that the other side knows.
WORDS = ("shared", "contained", "mostly", "partly", "none", "missing")
SHARED_WORDS = WORDS[:4]
_TOLD_APART = {"contained": "shared", "mostly": "partly"}  # weights saved before have one weight for both
AS_THEY_STAND = text_key.REFERENCES
BY_TEXT = {  # how a pair of records that share a code of a text stand
    AS_THEY_STAND: "same",
    TextKey("reference", "reference", form="loose"): "loosely",
    TextKey("reference", "reference", form="mentions"): "mentioned",
    TextKey("description", "reference", form="mentions"): "mentioned",
    TextKey("reference", "description", form="mentions"): "mentioned",
}
OF_WORDS = text_key.DESCRIPTIONS
COMPARED_TEXTS = frozenset({*BY_TEXT, OF_WORDS})


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_weight(name: str, value: object) -> None:
    if not _whole(value) or not -MOST_WEIGHT <= value <= MOST_WEIGHT:
        raise SettingsError(f"{name} takes a whole number from -{MOST_WEIGHT} to {MOST_WEIGHT}, not {value!r}")


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


@dataclass(frozen=True)
class Span:
    """A weight for differences from ``low`` to ``high``, both in."""

    low: int
    high: int
    weight: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not _whole(value):
                raise SettingsError(f"{name} of a span takes a whole number, not {value!r}")
        _check_weight("weight of a span", self.weight)
        if self.low > self.high:
            raise SettingsError(f"a span goes from low to high, not from {self.low} to {self.high}")


@dataclass(frozen=True)
class Fee:
    """A weight for external amounts that are the internal ones less a fee: a share of them and so much beside it.

    ``rate`` is in millionths of the internal amount, ``fixed`` in millionths of a unit of money: 300,000 is 0.30.
    """

    rate: int
    fixed: int
    weight: int

    def __post_init__(self) -> None:
        if not all(map(_whole, vars(self).values())) or min(self.rate, self.fixed) < 0:
            values = list(vars(self).values())
            raise SettingsError(
                f"a fee takes [rate, fixed, weight] as whole numbers, rate and fixed of at least 0, not {values}"
            )
        _check_weight("weight of a fee", self.weight)

    def __str__(self) -> str:
        rate, fixed = ((Decimal(value) / MILLION).normalize() for value in (self.rate * 100, self.fixed))
        decimals = max(2, -int(fixed.as_tuple().exponent))
        parts = [f"{rate:f} %"] if rate else []
        return " and ".join([*parts, *([f"{fixed:.{decimals}f}"] if fixed else [])])


@dataclass(frozen=True)
class BookingDays:
    """On which day the external side books what the ledger has.

    What the ledger has from ``cut_off`` seconds after midnight on counts as of the next day, unless that is 0. On
    ``holidays``, dates as ``2026-12-25``, nothing is booked: they are no business days.
    """

    cut_off: int = 0
    holidays: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _whole(self.cut_off) or not 0 <= self.cut_off < DAY:
            raise SettingsError(f"cut_off of weights takes seconds of a day, 0 to {DAY - 1}, not {self.cut_off!r}")
        if not isinstance(self.holidays, Sequence) or not all(map(_is_day, self.holidays)):
            raise SettingsError(f"holidays of weights takes a list of dates as 2026-12-25, not {self.holidays!r}")

    @classmethod
    def from_dict(cls, values: object) -> BookingDays:
        """Read what ``Weights.to_dict`` wrote; raises ``SettingsError`` that says what is wrong."""
        if not isinstance(values, Mapping) or not set(values) <= {"cut_off", "holidays"}:
            raise SettingsError(f"booking of weights takes cut_off and holidays, not {values!r}")
        holidays = values.get("holidays", ())
        return cls(values.get("cut_off", 0), tuple(holidays) if isinstance(holidays, list) else holidays)


ANY_DAY = BookingDays()  # each day by itself, and no holidays


@dataclass(frozen=True)
class Weights:
    """How much each piece of evidence counts.

    ``amount`` has the share of differences, in millionths of the internal amount; ``date`` weighs differences in
    ``measure``, external minus internal; what no span of these holds is no candidate, unless a reference is shared.
    ``reference`` and ``words`` weigh how these stand; those in ``SHARED`` and ``SHARED_WORDS`` have shares.
    ``prior`` is what a pair has before any evidence, were there one record on each side. ``learned_from`` says of how
    many matches, 0 where from none. ``columns`` are pairs of an external and an internal column of which the values
    are compared as words are. ``fees`` have the share of external amounts that are the internal ones less a fee.
    ``booking`` says how days are counted.
    """

    amount: tuple[Span, ...]
    measure: str
    date: tuple[Span, ...]
    reference: Mapping[str, int]
    words: Mapping[str, int]
    prior: int
    other_date: int = -8 * BIT
    learned_from: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    fees: tuple[Fee, ...] = ()
    booking: BookingDays = ANY_DAY

    def __post_init__(self) -> None:
        one_of(self.measure, MEASURES, "measure of weights")
        for name, known in (("reference", REFERENCES), ("words", WORDS)):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or set(given) != set(known):
                raise SettingsError(
                    f"{name} of weights takes a whole number for each of {', '.join(known)}, not {given!r}"
                )
            for part, weight in given.items():
                _check_weight(f"{part} of {name} of weights", weight)
        for name in ("prior", "other_date"):
            _check_weight(f"{name} of weights", getattr(self, name))
        for name in ("amount", "date"):
            if not getattr(self, name):
                raise SettingsError(f"{name} of weights takes one span or more")

    @property
    def column_keys(self) -> tuple[TextKey, ...]:
        """What is read of both sides beside references and descriptions."""
        return tuple(TextKey(external, internal, form="loose") for external, internal in self.columns)

    @property
    def window(self) -> tuple[Criterion, Criterion]:
        """Criteria that all differences meet which the spans hold, and few others."""
        return self._within(self.amount, self.date)

    @property
    def usual(self) -> tuple[Criterion, Criterion]:
        """The same of differences that are usual: at most so much less than the most usual ones.

        Seconds are those that findings say, although a difference of instants may be begun a second before.
        """
        return self._within(_usual(self.amount), _usual(self.date), begun=0)

    def _within(self, amount: tuple[Span, ...], date: tuple[Span, ...], begun: int = 1) -> tuple[Criterion, Criterion]:
        low, high = (Decimal(bound) / MILLION for bound in (amount[0].low, amount[-1].high))
        first, last = _seconds(self.measure, date[0].low, date[-1].high, begun)
        later = self.booking.cut_off and DAY - self.booking.cut_off  # by so much internal dates are moved
        return (
            Criterion("amount", "equals", (low, high) if low or high else 0),
            Criterion("date", "equals", (first, last + later + len(self.booking.holidays) * DAY)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = asdict(self)
        values["columns"] = [list(pair) for pair in self.columns]
        values["booking"]["holidays"] = list(self.booking.holidays)
        values["fees"] = [[fee.rate, fee.fixed, fee.weight] for fee in self.fees]
        for name in ("amount", "date"):
            values[name] = [[span.low, span.high, span.weight] for span in getattr(self, name)]
        return values

    @classmethod
    def from_dict(cls, values: object) -> Weights:
        """Read what ``to_dict`` wrote; raises ``SettingsError`` that says what is wrong.

        >>> Weights.from_dict(START.to_dict()) == START
        True
        """
        if not isinstance(values, Mapping):
            raise SettingsError(f"weights takes an object as wb.learn gives it, not {values!r}")
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(values) - known)
        missing = sorted({"amount", "measure", "date", "reference", "words", "prior"} - set(values))
        if unknown or missing:
            wrong = f"unknown name {unknown[0]!r}" if unknown else f"{missing[0]!r} is missing"
            raise SettingsError(f"weights: {wrong}; the names are {', '.join(sorted(known))}")
        spans = {name: _spans(name, values[name]) for name in ("amount", "date")}
        if not _whole(values.get("learned_from", 0)):
            raise SettingsError(f"learned_from of weights takes a whole number, not {values['learned_from']!r}")
        columns, fees = _columns(values.get("columns", ())), _fees(values.get("fees", ()))
        booking = BookingDays.from_dict(values.get("booking", {}))
        words = _words(values["words"])
        return cls(**{**values, **spans, "words": words, "columns": columns, "fees": fees, "booking": booking})


def _words(weights: Any) -> Any:
    """Weights of words, where what was told apart later weighs as what it was a part of."""
    if not isinstance(weights, Mapping):
        return weights
    return {name: weights[whole] for name, whole in _TOLD_APART.items() if whole in weights} | dict(weights)


def _usual(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """From the first to the last span that weighs nearly as much as the heaviest."""
    least = max(span.weight for span in spans) - UNUSUAL
    kept = [place for place, span in enumerate(spans) if span.weight >= least]
    return spans[kept[0] : kept[-1] + 1]


def _seconds(measure: str, low: int, high: int, begun: int) -> tuple[int, int]:
    """Seconds between two dates that are, by a measure, from ``low`` to ``high`` apart: at least all of these.

    Instants that are so many whole seconds apart may be nearer by a begun one.
    """
    if measure == "seconds":
        return low - begun, high + 1
    if measure != "days":
        low, high = low * 7 // 5 - 3, -(-high * 7 // 5) + 5
    return (low - 1) * DAY, (high + 1) * DAY


def _spans(name: str, values: object) -> tuple[Span, ...]:
    if not isinstance(values, Sequence) or not all(isinstance(span, Sequence) and len(span) == 3 for span in values):
        raise SettingsError(f"{name} of weights takes a list of [low, high, weight], not {values!r}")
    return tuple(Span(*span) for span in values)


def _fees(values: object) -> tuple[Fee, ...]:
    if not isinstance(values, Sequence) or not all(isinstance(fee, Sequence) and len(fee) == 3 for fee in values):
        raise SettingsError(f"fees of weights takes a list of [rate, fixed, weight], not {values!r}")
    return tuple(Fee(*fee) for fee in values)


def _columns(values: object) -> tuple[tuple[str, str], ...]:
    pairs = (
        [tuple(pair) if isinstance(pair, Sequence) else () for pair in values] if isinstance(values, Sequence) else [()]
    )
    if not all(len(pair) == 2 and all(isinstance(name, str) and name for name in pair) for pair in pairs):
        raise SettingsError(f"columns of weights takes a list of [external, internal], not {values!r}")
    return tuple((pair[0], pair[1]) for pair in pairs)


def _around_zero(edges: Sequence[int], first: int, others: int) -> tuple[Span, ...]:
    """A span at 0, and one between any two edges on either side of it."""
    steps = list(zip([0, *edges], edges, strict=False))
    below = [Span(-high, -low - 1, others) for low, high in reversed(steps)]
    return (*below, Span(0, 0, first), *(Span(low + 1, high, others) for low, high in steps))


# What is assumed where nothing was learned: an equal amount, some days later, and references that are usually kept.
_DAYS = {-3: -200, -2: -100, -1: 0, 0: 300, 1: 300, 2: 250, 3: 200, 4: 150, 5: 100, 6: 50}
START = Weights(
    amount=_around_zero((1_000, 3_000, 6_000, 10_000, 15_000, 20_000, 30_000, 50_000), -15, -750),
    measure="days",
    date=tuple(Span(day, day, _DAYS.get(day, 0)) for day in range(-3, 13)),
    reference=dict(zip(REFERENCES, (-100, -300, -300, 300, 0, -100, -500), strict=True)),
    words=dict(zip(WORDS, (-100, -100, -300, -300, -50, 0), strict=True)),
    prior=3 * BIT,
)
