"""Gates: what may stay open, be excluded or differ before something is wrong with the books; one table of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbench.errors import SettingsError, one_of

RECONCILE, RECONSTRUCT = "reconcile", "reconstruct"
LEVELS = ("fail", "warn")
FAIL, WARN = LEVELS


@dataclass(frozen=True)
class Gate:
    """A gate as every surface shows it: its name, what it counts, and what holds where nobody says otherwise."""

    name: str
    counts: str  # what its figure counts, in a few words
    commands: tuple[str, ...] = (RECONCILE,)
    sided: bool = True  # it holds for each side, or for one that is named
    only_money: bool = False
    default: str = ""


GATES = (
    Gate("max_open", "records that stay open, unmatched or rejected", default="warn 0"),
    Gate("max_open_amount", "money that stays open, debits and credits apart", only_money=True),
    Gate("max_excluded", "records that take no part"),
    Gate("max_by_hand", "records that a person matched or excluded"),
    Gate("max_rejected", "records that cannot be used", default="warn 0"),
    Gate("max_in_doubt", "matches that had alternatives", sided=False),
    Gate("max_differences", "matches whose two sides differ in amount", sided=False),
    Gate("max_differences", "balances that differ from their transactions", (RECONSTRUCT,), False, default="warn 0"),
    Gate("max_rejected", "records that cannot be used", (RECONSTRUCT,), False, default="warn 0"),
    Gate("max_unbalanced", "currencies in which debits do not equal credits", (RECONSTRUCT,), False, default="0"),
)
SYNTAX = (
    "a number of records, a share such as 1%, or money such as 100 EUR; for one side with its name before it "
    "(external 5), as a warning with warn before it; several with ; between them"
)
_LIMIT = re.compile(
    r"(?:(?P<level>warn|fail)\s+)?(?:(?P<side>external|internal)\s+)?"
    r"(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)(?:\s*(?P<share>%)|\s+(?P<currency>[A-Za-z][A-Za-z0-9]{1,11}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Limit:
    """One limit of a gate: how much of what is allowed, on which side, and how bad it is to pass it."""

    gate: Gate
    level: str  # fail or warn
    side: str | None  # None is each side by itself
    allowed: Decimal
    unit: str  # "" for records, "%", or a currency

    def __str__(self) -> str:
        blank = " " if self.unit and self.unit != "%" else ""
        return f"{self.allowed:,f}{blank}{self.unit}"


@dataclass(frozen=True)
class Gates:
    """The limits of a run, and what was said of them."""

    limits: tuple[Limit, ...]
    given: Mapping[str, str]

    def to_dict(self) -> dict[str, str]:
        """What was said, as plain JSON values; ``make_gates`` reads it back."""
        return dict(self.given)


def gates_of(command: str) -> tuple[Gate, ...]:
    """The gates of a command."""
    return tuple(gate for gate in GATES if command in gate.commands)


def make_gates(command: str = RECONCILE, given: Mapping[str, Any] | None = None) -> Gates:
    """Check the gates that a user set, as texts, numbers of records, or sequences of them; the others hold by default.

    Raises ``SettingsError`` that names the gate and says what it takes.

    >>> gates = make_gates(given={"max_open": "warn 0; external 1%", "max_open_amount": "100 EUR"})
    >>> [(limit.gate.name, limit.level, limit.side, str(limit)) for limit in gates.limits][:2]
    [('max_open', 'warn', None, '0'), ('max_open', 'fail', 'external', '1%')]
    """
    known = {gate.name: gate for gate in gates_of(command)}
    given_texts = {one_of(name, known, "gate"): _text(name, value) for name, value in (given or {}).items()}
    given_texts = {name: text for name, text in given_texts.items() if text}
    texts = {name: given_texts.get(name, gate.default) for name, gate in known.items()}
    return Gates(tuple(limit for name, text in texts.items() for limit in _limits(known[name], text)), given_texts)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)):
        return "; ".join(filter(None, (_text(name, part) for part in value)))
    raise SettingsError(f"{name} takes {SYNTAX}, not {value!r}")


def _limits(gate: Gate, text: str) -> list[Limit]:
    return [_limit(gate, part.strip()) for part in re.split(r";|,\s", text) if part.strip()]


def _limit(gate: Gate, text: str) -> Limit:
    match = _LIMIT.fullmatch(text)
    if not match:
        raise SettingsError(f"{gate.name} takes {SYNTAX}, not {text!r}")
    number, unit = Decimal(match["number"].replace(",", "")), (match["share"] or match["currency"] or "").upper()
    if unit == "%" and number > 100:
        raise SettingsError(f"{gate.name} takes a share of up to 100%, not {text!r}")
    if not unit and number != number.to_integral_value():
        raise SettingsError(
            f"{gate.name} takes {SYNTAX}: {text!r} is none of them; a share has a %, money its currency"
        )
    if gate.only_money and not unit:
        raise SettingsError(f"{gate.name} takes money such as 100 EUR, or a share of it such as 1%, not {text!r}")
    if unit not in {"", "%"} and RECONCILE not in gate.commands:
        raise SettingsError(f"{gate.name} of balances takes a number or a share such as 1%, not {text!r}")
    if match["side"] and not gate.sided:
        raise SettingsError(f"{gate.name} is of both sides together: leave {match['side']} out of {text!r}")
    return Limit(gate, match["level"] or FAIL, match["side"], number, unit)
