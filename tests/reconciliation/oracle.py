"""The contract in its plainest form: slow, obvious, and written without a look at the package's own matching."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
# Open external units, sums of text, amount and date differences, and for each external unit the id of its partner.
Score = tuple[int, int, Fraction, Fraction, tuple[str, ...]]
_OPEN = "\U0010ffff"  # above any id


@dataclass(frozen=True)
class Unit:
    """A record or a group of records, by the contract's definition."""

    ids: frozenset[str]
    amount: Fraction
    date: datetime
    side: str
    rows: tuple[Row, ...]
    names: frozenset[object] = frozenset()  # the references that it names, as far as units of both sides name them


def grouping(chosen: Row, side: str) -> tuple[str, ...]:
    """What makes records of a side one group, by the ``strategy`` and ``grouping_criteria`` that hold."""
    sides = {"one_to_one": [], "one_to_many": ["internal"], "many_to_one": ["external"]}
    criteria = chosen.get("grouping_criteria", ())
    if side not in sides.get(chosen["strategy"], [side]):
        return ()
    return tuple(criteria[side] if isinstance(criteria, dict) else criteria)


def units(
    rows: list[Row], side: str, criteria: tuple[str, ...], grain: str = "day", zone: str = "UTC", start: str = "00:00"
) -> list[Unit]:
    """Group the rows of one currency."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(_key(row, name, grain, zone, start) for name in criteria)
        groups[key if criteria and None not in key else (row_id(row),)].append(row)
    return [_unit(group, side) for group in groups.values()]


def opposites(
    rows: list[Row], side: str, criteria: tuple[str, ...], *clock: str
) -> list[tuple[list[Unit], list[Unit]]]:
    """What of one side's rows may settle each other: debits without their sign, and the credits beside them.

    Single records all in one list; or, for each group, what it has of both.
    """
    if not criteria:
        parts = [[unit for unit in units(rows, side, ()) if unit.amount]]
        return [
            ([_unsigned(unit) for unit in own if unit.amount < 0], [unit for unit in own if unit.amount > 0])
            for own in parts
        ]
    found = []
    for group in units(rows, side, criteria, *clock):
        debits = [row for row in group.rows if Decimal(row["amount"]) < 0]
        others = [row for row in group.rows if Decimal(row["amount"]) >= 0]
        if debits and others:
            found.append(([_unsigned(_unit(debits, side))], [_unit(others, side)]))
    return found


def _unsigned(unit: Unit) -> Unit:
    return replace(unit, amount=-unit.amount)


def allowed(rule: Row, e: Unit, i: Unit) -> bool:
    """Whether the pair meets every criterion of a rule in Blnk's JSON, has something to apply and no contradiction.

    What settles sums to nothing, whatever references of the other side it names.
    """
    own = rule.get("workbench", {})
    if own.get("strategy", "").startswith("within"):
        return e.amount == i.amount and all(_meets(each, e, i) for each in rule["criteria"])
    if own.get("remainder") and not (e.amount * i.amount > 0 or e.amount == i.amount):
        return False
    if _heeds_references(rule) and e.names | i.names and not e.names & i.names:
        return False
    return all(_meets(each, e, i) for each in rule["criteria"])


def _heeds_references(rule: Row) -> bool:
    compared = {criterion["field"] for criterion in rule["criteria"]}
    return not (compared & {"reference", "description"} or rule.get("workbench", {}).get("ignore_references"))


def names(external: list[Row], internal: list[Row]) -> dict[str, set[object]]:
    """The references that each record names, of those that records of both sides name, by the record's id."""
    sides = [units(external, "external", ()), units(internal, "internal", ())]
    named: list[dict[str, set[object]]] = []
    for own, others in (sides, sides[::-1]):
        carried = set().union(*map(_references, others))
        named.append({min(unit.ids): _references(unit) | (carried & _stretches(unit)) for unit in own})
    known = set().union(*named[0].values()) & set().union(*named[1].values())
    return {record: found & known for side in named for record, found in side.items()}


def with_names(units: list[Unit], names: dict[str, set[object]]) -> list[Unit]:
    """Units that know which references their records name."""
    return [replace(unit, names=frozenset().union(*(names[record] for record in unit.ids))) for unit in units]


def _references(unit: Unit) -> set[object]:
    """The shapes of its references that can tell records apart: letters and digits, or five digits, 64 in all."""
    shapes: set[object] = set()
    for text in texts(unit, "reference"):
        together, apart = _shapes(words(text))
        digits = len(re.findall("[0-9]", together))
        if len(together) <= 64 and (0 < digits < len(together) or digits >= 5):
            shapes |= {together, apart}
    return shapes


def _stretches(unit: Unit) -> set[object]:
    """The shapes of all stretches of words and numbers in its references and descriptions."""
    found: set[object] = set()
    for text in texts(unit, "reference") | texts(unit, "description"):
        parts = words(text)
        for begin, end in combinations(range(len(parts) + 1), 2):
            found |= {*_shapes(parts[begin:end])}
    return found


def _shapes(parts: list[str]) -> tuple[str, tuple[str, ...]]:
    """Words and numbers written together, and one by one; but for leading zeros."""
    return _bare("".join(parts)), tuple(map(_bare, parts))


def _bare(text: str) -> str:
    return re.sub("[0-9]+", lambda digits: digits[0].lstrip("0") or "0", text)


def best(rule: Row, external: list[Unit], internal: list[Unit], digits: int = 2) -> Score:
    """The score of the best assignment, by trying all of them: the fewest open, the least differences, the lowest ids.

    Ids are in the order of those of the external units.
    """
    external = in_order(external)
    options = [[k for k, i in enumerate(internal) if allowed(rule, e, i)] for e in external]

    def search(at: int, used: frozenset[int]) -> Score:
        if at == len(external):
            return 0, 0, Fraction(0), Fraction(0), ()
        left = search(at + 1, used)
        scores: list[Score] = [(left[0] + 1, *left[1:4], (_OPEN, *left[4]))]
        for k in options[at]:
            if k not in used:
                rest, text, money, time, ids = search(at + 1, used | {k})
                cost, apart = difference(rule, external[at], internal[k], digits)
                text += letters(rule, external[at], internal[k])
                scores.append((rest, text, money + cost, time + apart, (min(internal[k].ids), *ids)))
        return min(scores)

    return search(0, frozenset())


def made(rule: Row, external: list[Unit], pairs: list[tuple[Unit, Unit]], digits: int = 2) -> Score:
    """The score of an assignment."""
    partner = {e.ids: min(i.ids) for e, i in pairs}
    apart = (difference(rule, e, i, digits) for e, i in pairs)
    money, time = (sum(part, Fraction(0)) for part in zip((0, 0), *apart, strict=True))
    ids = tuple(partner.get(e.ids, _OPEN) for e in in_order(external))
    text = sum(letters(rule, e, i) for e, i in pairs)
    return len(external) - len(pairs), text, money, time, ids


def differences(pairs: Iterable[tuple[str, Unit, Unit]]) -> dict[tuple[str, str], tuple[Fraction, ...]]:
    """By rule and currency: how many pairs differ, both their amounts, and by how much the external one is less, more.

    ``pairs`` are the name of a rule, and the two units that it matched.
    """
    found: dict[tuple[str, str], tuple[Fraction, ...]] = {}
    for rule, e, i in pairs:
        if e.amount != i.amount:
            apart = e.amount - i.amount
            figures = Fraction(1), e.amount, i.amount, max(-apart, Fraction(0)), max(apart, Fraction(0))
            before = found.get((rule, e.rows[0]["currency"]), (Fraction(0),) * 5)
            found[rule, e.rows[0]["currency"]] = tuple(map(sum, zip(before, figures, strict=True)))
    return found


def in_order(units: list[Unit]) -> list[Unit]:
    """Units in the order of their first ids."""
    return sorted(units, key=lambda unit: min(unit.ids))


def difference(rule: Row, e: Unit, i: Unit, digits: int) -> tuple[Fraction, Fraction]:
    """How far apart two units are, in money and in seconds, from what the rule expects to so many decimals of money."""
    money, time = Fraction(0), Fraction(0)
    for criterion in rule["criteria"]:
        own = criterion.get("workbench", {})
        expected = Fraction(str(own.get("expected", 0)))
        if criterion["field"] == "date":
            time = expected
        elif criterion["field"] == "amount":
            share = 1 if "allowable_amount" in own else abs(i.amount)
            money = Fraction(floor(expected * share * 10**digits + Fraction(1, 2)), 10**digits)
    return abs(e.amount - i.amount - money), abs(_seconds(e, i) - time)


def applied(unit: Unit, target: Fraction) -> dict[str, Fraction]:
    """What is applied of each record of a unit to make up ``target``: all of the other sign, then the earliest."""
    name = "date" if unit.side == "external" else "created_at"
    rows = sorted(unit.rows, key=lambda row: (row[name], row_id(row)))
    whole = {row_id(row): Fraction(row["amount"]) for row in rows}
    found = {own: amount for own, amount in whole.items() if amount * target < 0 or (target == 0 and amount)}
    rest = target - sum(found.values())
    for own, amount in whole.items():
        if own not in found:
            found[own] = min(amount, rest) if target > 0 else max(amount, rest)
            rest -= found[own]
    assert rest == 0
    return found


def row_id(row: Row) -> str:
    """The record's own id, on either side."""
    return str(row["id"] if "id" in row else row["transaction_id"])


def levenshtein(a: str, b: str) -> int:
    """Fewest insertions, deletions and substitutions (Wagner and Fischer 1974)."""
    before = list(range(len(b) + 1))
    for row, x in enumerate(a, 1):
        now = [row]
        for column, y in enumerate(b, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (x != y)))
        before = now
    return before[-1]


def words(text: str) -> list[str]:
    """The words and numbers of a text: stretches of letters, and of digits."""
    return re.findall(r"[0-9]+|[^\W\d_]+", text.casefold())


def loosely_equal(a: list[str], b: list[str]) -> bool:
    """Whether the words and numbers are the same, written together or apart, but for leading zeros of numbers."""

    return bool(a and b) and any(one == other for one, other in zip(_shapes(a), _shapes(b), strict=True))


def mentions(a: list[str], b: list[str]) -> bool:
    """Whether some stretch of the words and numbers ``a`` is loosely equal to ``b``."""
    return any(loosely_equal(a[k:end], b) for k in range(len(a)) for end in range(k + 1, len(a) + 1))


def _key(row: Row, name: str, grain: str, zone: str, start: str) -> object:
    name, _, member = name.partition(".")
    value = row[name][member] if member else row.get(name)
    if value is None or value == "":
        return None
    if name in ("date", "created_at"):
        clocks = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        hours, minutes = map(int, start.split(":"))
        return (clocks - timedelta(hours=hours, minutes=minutes)).date() if grain == "day" else value
    if name == "amount":
        return Decimal(value)
    if name == "reference" and "transaction_id" in row:
        value = value.removesuffix("_q")
    return value.casefold()


def _unit(group: list[Row], side: str) -> Unit:
    return Unit(
        frozenset(row_id(row) for row in group),
        sum((Fraction(row["amount"]) for row in group), Fraction(0)),
        min(row["date" if side == "external" else "created_at"] for row in group),
        side,
        tuple(group),
    )


def _meets(criterion: Row, e: Unit, i: Unit) -> bool:
    field, own = criterion["field"], criterion.get("workbench", {})
    operator = own.get("operator", criterion["operator"])
    drift = criterion.get("allowable_drift") or 0
    limit = Fraction(str(drift))
    if field == "currency":
        return True
    if field == "amount":
        if operator == "equals":
            return _amount(criterion, e, i)
        return e.amount > i.amount if operator == "greater_than" else e.amount < i.amount
    if field == "date":
        if operator == "equals":
            apart = business_days(i.date, e.date, own.get("calendar", [])) if "business_days" in own else _seconds(e, i)
            allowed = own.get("business_days", own.get("allowable_drift", limit))
            low, high = _pair(allowed, Fraction(str(own.get("expected", 0))))
            return low <= apart <= high
        return _seconds(e, i) > 0 if operator in ("after", "greater_than") else _seconds(e, i) < 0
    return any(_text(operator, limit, a, b) for a, b in _text_pairs(criterion, e, i))


def _text_pairs(criterion: Row, e: Unit, i: Unit) -> Iterator[tuple[str, str]]:
    """Every text of the one unit beside every text of the other."""
    own = criterion.get("workbench", {})
    pattern = own.get("pattern", {})
    patterns = pattern if isinstance(pattern, dict) else {"external": pattern, "internal": pattern}
    return product(*(texts(unit, own.get(unit.side, criterion["field"]), patterns.get(unit.side)) for unit in (e, i)))


def letters(rule: Row, e: Unit, i: Unit) -> int:
    """How many letters the texts of a pair are apart that meets the rule: of the closest that ``contains`` allows."""
    apart = 0
    for criterion in rule["criteria"]:
        operator = criterion.get("workbench", {}).get("operator", criterion["operator"])
        if criterion["field"] in ("reference", "description") and operator == "contains":
            limit = Fraction(str(criterion.get("allowable_drift") or 0))
            pairs = _text_pairs(criterion, e, i)
            apart += min(levenshtein(a, b) for a, b in pairs if _text("contains", limit, a, b))
    return apart


def _amount(criterion: Row, e: Unit, i: Unit) -> bool:
    """Whether the amounts differ by no more than the drift and the money that a criterion allows."""
    own, size = criterion.get("workbench", {}), abs(i.amount)
    drift = own.get("allowable_drift", criterion.get("allowable_drift") or 0)
    expected = Fraction(str(own.get("expected", 0)))
    centre = expected if "allowable_amount" in own else expected * size
    limits = []
    if "allowable_amount" in own:
        limits.append(_pair(own["allowable_amount"], centre))
    if isinstance(drift, list):
        limits.append(tuple(share * size for share in _pair(drift)))
    elif drift or "allowable_amount" not in own:
        limits.append((centre - Fraction(str(drift)) * size, centre + Fraction(str(drift)) * size))
    return all(low <= e.amount - i.amount <= high for low, high in limits)


def _pair(value: Any, centre: Fraction = Fraction(0)) -> tuple[Fraction, Fraction]:
    """The bounds that a pair says as they are, and a number around ``centre``."""
    if isinstance(value, list):
        low, high = (Fraction(str(each)) for each in value)
        return low, high
    return centre - Fraction(str(value)), centre + Fraction(str(value))


def business_days(first: datetime, last: datetime, holidays: list[str]) -> int:
    """The business days after the one day, up to the other; negative where the other comes first."""
    if last.date() < first.date():
        return -business_days(last, first, holidays)
    days = [first.date() + timedelta(days=k + 1) for k in range((last.date() - first.date()).days)]
    return sum(day.weekday() < 5 and day.isoformat() not in holidays for day in days)


def texts(unit: Unit, column: str, pattern: str | None = None) -> set[str]:
    """The folded texts of a column, or the part of them that a pattern takes out."""
    column, _, member = column.partition(".")
    values = [(row[column][member] if member else row.get(column)) or "" for row in unit.rows]
    if pattern:
        matches = [re.search(pattern, value) for value in values]
        values = [(match[1] if match.re.groups else match[0]) or "" for match in matches if match]
    if (unit.side, column) == ("internal", "reference"):
        values = [value.removesuffix("_q") for value in values]
    return {value.casefold() for value in values} - {""}


def _text(operator: str, limit: Fraction, a: str, b: str) -> bool:
    if operator == "equals":
        return a == b
    if operator == "equals_loosely":
        return loosely_equal(words(a), words(b))
    if operator == "mentions":
        return mentions(words(a), words(b)) or mentions(words(b), words(a))
    return a in b or b in a or levenshtein(a, b) <= max(len(a), len(b)) * limit // 100


def _seconds(e: Unit, i: Unit) -> Fraction:
    delta = e.date - i.date
    return Fraction(delta.days * 86400 + delta.seconds) + Fraction(delta.microseconds, 1_000_000)
