"""Rules: what makes an external and an internal unit a match, read from and written to Blnk's JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, one_of

# Field: its operators; an allowable drift goes with the first one only.
OPERATORS: dict[str, tuple[str, ...]] = {
    "amount": ("equals", "greater_than", "less_than"),
    "currency": ("equals",),
    "date": ("equals", "after", "greater_than", "before", "less_than"),
    "reference": ("equals", "contains"),
    "description": ("equals", "contains"),
}
DRIFT_OPERATOR = {"amount": "equals", "date": "equals", "reference": "contains", "description": "contains"}
DRIFT_LIMITS: dict[str, tuple[Decimal | None, str]] = {
    "amount": (Decimal(1), "a fraction of the internal amount, from 0 to 1"),
    "date": (None, "seconds, 0 or more"),
    "reference": (Decimal(100), "a percentage of the longer text, from 0 to 100"),
    "description": (Decimal(100), "a percentage of the longer text, from 0 to 100"),
}
# With 18 decimals, a tolerance of a 38-digit amount is still computed in 128-bit integers.
DRIFT_DECIMALS = 18
# Units people think in, the longest first: how much of what Blnk counts in each is.
DURATIONS = {"days": Decimal(86400), "hours": Decimal(3600), "minutes": Decimal(60), "seconds": Decimal(1)}
DRIFT_UNITS: dict[str, dict[str, Decimal]] = {
    "amount": {"percent": Decimal("0.01")},
    "date": DURATIONS,
    "reference": {"percent": Decimal(1)},
    "description": {"percent": Decimal(1)},
}
_HANDY = {"amount": -6, "date": 0, "reference": -2, "description": -2}  # exponent of the last digit that is kept
MANY = 1000  # of a unit: nobody sees how long so many minutes are
MAX_CRITERIA = 5
# What Blnk adds to a stored rule, and leaves empty in criteria, says nothing about matching.
_BLNK_RULE_EXTRAS = {"rule_id", "created_at", "updated_at", "id"}
_BLNK_CRITERION_EXTRAS = {"value", "pattern"}


@dataclass(frozen=True)
class Criterion:
    """One comparison of an external with an internal unit.

    ``allowable_drift`` is a fraction of the internal amount (0 to 1), seconds (0 or more), or a percentage of the
    longer text (0 to 100), counted at its decimal face value: ``0.1`` is one tenth, exactly.
    Raises ``SettingsError`` for an unknown field, an operator that does not fit it, or a drift out of range.

    >>> Criterion("amount", "equals", allowable_drift=0.01).allowable_drift
    Decimal('0.01')
    """

    field: str
    operator: str = "equals"
    allowable_drift: Decimal = Decimal(0)

    def __init__(self, field: str, operator: str = "equals", allowable_drift: Any = 0) -> None:
        one_of(field, OPERATORS, "field")
        one_of(operator, OPERATORS[field], f"operator of {field}")
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operator", operator)
        object.__setattr__(self, "allowable_drift", _drift(field, operator, allowable_drift))

    def to_dict(self) -> dict[str, Any]:
        """The criterion as Blnk writes it."""
        return {
            "field": self.field,
            "operator": self.operator,
            "allowable_drift": _json_number(self.allowable_drift),
        }

    def describe(self) -> str:
        """The criterion in plain words.

        >>> Criterion("date", "equals", 86400).describe()
        'the dates are at most 1 day apart'
        """
        return _WORDS[self.field, self.operator](self.allowable_drift)


def drift_of(field: str, text: str, unit: str) -> Decimal:
    """The drift that ``text`` in a unit people think in says, exactly.

    Raises ``SettingsError`` if ``text`` is no number, or one that the drift of ``field`` cannot be.

    >>> drift_of("amount", "2.5", "percent"), drift_of("date", "1.5", "hours")
    (Decimal('0.025'), Decimal('5400.0'))
    """
    factor = DRIFT_UNITS[field][one_of(unit, DRIFT_UNITS[field], f"unit of {field}")]
    number = _number(text)
    if number is None:
        raise SettingsError(f"the drift of {field} takes a number of {unit}, such as 1.5, not {text!r}")
    limit, _ = DRIFT_LIMITS[field]
    most = limit and _plain(limit / factor)
    if number < 0 or (limit is not None and number > limit / factor):
        range_of = f"from 0 to {most} {unit}" if most else f"0 {unit} or more"
        raise SettingsError(f"the drift of {field} is {range_of}, not {text.strip()}")
    # Room for every digit: nothing is rounded.
    return Context(prec=len(number.as_tuple().digits) + 10).multiply(number, factor)


def drift_words(field: str, drift: Decimal) -> tuple[str, str]:
    """A drift of ``field`` as a number, and the longest unit in which it is a whole one, else the shortest.

    Where the number would be a thousand or more, the longest unit in which it takes one decimal is better.

    >>> [drift_words("date", Decimal(seconds)) for seconds in (7200, 90, 329400)]
    [('2', 'hours'), ('90', 'seconds'), ('91.5', 'hours')]
    """
    *longer, shortest = DRIFT_UNITS[field]
    if longer and drift == drift.to_integral_value():
        whole, per = int(drift), {unit: int(each) for unit, each in DRIFT_UNITS[field].items()}
        unit = next((each for each in longer if whole % per[each] == 0), shortest)
        if whole // per[unit] >= MANY:
            unit = next(each for each in per if 10 * whole % per[each] == 0)
        count, tenth = divmod(10 * whole // per[unit], 10)
        return f"{count}.{tenth}" if tenth else str(count), unit
    return _plain(drift.scaleb(2) if field == "amount" else drift), shortest


def say_drift(field: str, drift: Decimal) -> str:
    """A drift of ``field`` as people say it.

    >>> say_drift("date", Decimal(86400)), say_drift("amount", Decimal("0.005"))
    ('1 day', '0.5 percent')
    """
    count, unit = drift_words(field, drift)
    return f"{count} {unit.removesuffix('s') if count == '1' else unit}"


def handy_drift(field: str, smallest: Decimal) -> Decimal:
    """A drift with few digits that allows all that ``smallest`` does: rounded up, within its limit.

    >>> handy_drift("amount", Decimal("0.005050505050505051")), handy_drift("date", Decimal("7200.5"))
    (Decimal('0.005051'), Decimal('7201'))
    """
    limit, _ = DRIFT_LIMITS[field]
    exponent = Decimal(1).scaleb(_HANDY[field])
    rounded = smallest.quantize(exponent, ROUND_CEILING, Context(prec=60))
    return rounded if limit is None else min(rounded, limit)


@dataclass(frozen=True)
class Rule:
    """A named set of 1 to 5 criteria that must all hold.

    >>> rule = Rule("Same amount", [Criterion("amount")])
    >>> Rule.from_dict(rule.to_dict()) == rule
    True
    """

    name: str
    criteria: tuple[Criterion, ...]
    description: str = ""

    def __init__(self, name: str, criteria: Sequence[Criterion], description: str = "") -> None:
        if not (isinstance(name, str) and name.strip()):
            raise SettingsError(f"a rule needs a name, not {name!r}")
        if not isinstance(description, str):
            raise SettingsError(f"rule {name!r}: description takes a text, not {description!r}")
        chosen = tuple(criteria) if isinstance(criteria, Iterable) else None
        if chosen is None or not all(isinstance(criterion, Criterion) for criterion in chosen):
            raise SettingsError(f"rule {name!r}: criteria takes Criterion values")
        if not 1 <= len(chosen) <= MAX_CRITERIA:
            raise SettingsError(f"rule {name!r} has {len(chosen)} criteria: give it 1 to {MAX_CRITERIA}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "criteria", chosen)
        object.__setattr__(self, "description", description)

    def to_dict(self) -> dict[str, Any]:
        """The rule as Blnk writes it."""
        return {
            "name": self.name,
            "description": self.description,
            "criteria": [criterion.to_dict() for criterion in self.criteria],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Rule:
        """Read a rule as Blnk writes it; raises ``SettingsError`` that names the rule and the criterion."""
        if not isinstance(values, Mapping):
            raise SettingsError(f"a rule is an object with name and criteria, not {values!r}")
        name = values.get("name")
        _refuse_unknown(values, {"name", "description", "criteria"} | _BLNK_RULE_EXTRAS, f"rule {name!r}")
        criteria = values.get("criteria")
        if not isinstance(criteria, (list, tuple)):
            raise SettingsError(f"rule {name!r}: criteria takes a list of objects, not {criteria!r}")
        chosen = [_criterion(name, number, each) for number, each in enumerate(criteria, 1)]
        return cls(name or "", chosen, values.get("description") or "")

    def describe(self) -> str:
        """The rule in one plain sentence.

        >>> Rule("Close", [Criterion("amount", "equals", "0.01"), Criterion("reference")]).describe()
        'The amounts differ by at most 1 % of the internal amount, and the references are the same.'
        """
        return f"{', and '.join(criterion.describe() for criterion in self.criteria)}.".capitalize()


def shown_names(rules: Iterable[Rule]) -> tuple[str, ...]:
    """What each rule is called where it must be told apart: its name, with its number where others share it.

    >>> shown_names([Rule("Same", [Criterion("amount")]), Rule("Same", [Criterion("date")])])
    ('Same (rule 1)', 'Same (rule 2)')
    """
    names = [rule.name for rule in rules]
    while len(set(names)) < len(names):
        counts = Counter(names)
        names = [f"{name} (rule {number})" if counts[name] > 1 else name for number, name in enumerate(names, 1)]
    return tuple(names)


def load_rules(path: str | Path) -> tuple[Rule, ...]:
    """Read rules from a JSON file: a list of rules as Blnk writes them, or a single one.

    Raises ``SettingsError`` if the file is missing, is not JSON, or holds something else.
    """
    where = f"rules file {str(path)!r}"
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not UTF-8 text") from None
    return parse_rules(text, where)


def parse_rules(text: str, where: str = "rules") -> tuple[Rule, ...]:
    """Read rules from JSON text; ``where`` it stands is told in errors, which are those of ``load_rules``.

    >>> parse_rules('[{"name": "Same", "criteria": [{"field": "reference", "operator": "equals"}]}]')[0].name
    'Same'
    """
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # not JSON, or a number or nesting beyond what Python reads
        raise SettingsError(f"{where} is not JSON: {error}") from None
    rules = found if isinstance(found, list) else [found]
    if not rules:
        raise SettingsError(f"{where} holds no rule")
    try:
        return tuple(Rule.from_dict(rule) for rule in rules)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def save_rules(rules: Iterable[Rule], path: str | Path) -> None:
    """Write rules to a JSON file as Blnk reads them; raises ``SettingsError`` if it cannot be written."""
    text = json.dumps([rule.to_dict() for rule in rules], indent=2, ensure_ascii=False)
    try:
        Path(path).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"rules file {str(path)!r} cannot be written: {error.strerror}") from None


def _criterion(rule: object, number: int, values: object) -> Criterion:
    where = f"rule {rule!r}, criterion {number}"
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where}: takes an object with field, operator and allowable_drift, not {values!r}")
    _refuse_unknown(values, {"field", "operator", "allowable_drift"} | _BLNK_CRITERION_EXTRAS, where)
    used = next((extra for extra in sorted(_BLNK_CRITERION_EXTRAS) if values.get(extra)), None)
    if used:
        raise SettingsError(f"{where}: {used!r} is not supported; use field, operator and allowable_drift")
    try:
        return Criterion(values.get("field", ""), values.get("operator", "equals"), values.get("allowable_drift") or 0)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def _refuse_unknown(values: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(name) for name in set(values) - known)
    if unknown:
        raise SettingsError(f"{where}: unknown name {unknown[0]!r}; the names are {', '.join(sorted(known))}")


def _drift(field: str, operator: str, value: object) -> Decimal:
    try:
        drift = Decimal(0) if value is None else Decimal(str(value))
    except InvalidOperation:
        drift = Decimal("NaN")
    if isinstance(value, bool) or not drift.is_finite():
        raise SettingsError(f"allowable_drift of {field} takes a number, not {value!r}")
    if drift == 0:
        return Decimal(0)
    if operator != DRIFT_OPERATOR.get(field):
        raise SettingsError(f"allowable_drift does not go with {field} {operator}: {_where_drift_goes()}")
    limit, unit = DRIFT_LIMITS[field]
    if drift < 0 or (limit is not None and drift > limit):
        raise SettingsError(f"allowable_drift of {field} is {unit}, not {value}")
    if -int(drift.normalize().as_tuple().exponent) > DRIFT_DECIMALS:
        raise SettingsError(f"allowable_drift of {field} takes at most {DRIFT_DECIMALS} decimals, not {value}")
    return drift


def _where_drift_goes() -> str:
    return "it goes with " + ", ".join(f"{name} {operator}" for name, operator in DRIFT_OPERATOR.items())


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _json_number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value():
        return int(value)
    # A text keeps what a JSON reader's binary float would not.
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount_words(drift: Decimal) -> str:
    return (
        f"the amounts differ by at most {_plain(drift * 100)} % of the internal amount"
        if drift
        else ("the amounts are equal")
    )


def _date_words(drift: Decimal) -> str:
    return f"the dates are at most {say_drift('date', drift)} apart" if drift else "the dates are the same instant"


def _contains_words(drift: Decimal, field: str) -> str:
    words = f"one {field} holds the other"
    return f"{words}, or they differ in at most {_plain(drift)} % of their letters" if drift else words


_WORDS: dict[tuple[str, str], Callable[[Decimal], str]] = {
    ("amount", "equals"): _amount_words,
    ("amount", "greater_than"): lambda _: "the external amount is greater",
    ("amount", "less_than"): lambda _: "the external amount is smaller",
    ("currency", "equals"): lambda _: "the currencies are the same",
    ("date", "equals"): _date_words,
    ("date", "after"): lambda _: "the external date is later",
    ("date", "greater_than"): lambda _: "the external date is later",
    ("date", "before"): lambda _: "the external date is earlier",
    ("date", "less_than"): lambda _: "the external date is earlier",
    ("reference", "equals"): lambda _: "the references are the same",
    ("reference", "contains"): lambda drift: _contains_words(drift, "reference"),
    ("description", "equals"): lambda _: "the descriptions are the same",
    ("description", "contains"): lambda drift: _contains_words(drift, "description"),
}

DEFAULT_RULES = (
    Rule("Reference and amount", [Criterion("reference"), Criterion("amount")]),
    Rule("Amount within 3 days", [Criterion("amount"), Criterion("date", "equals", 259200)]),
)
