"""Decisions: what a person settled by hand, a line each in a journal that any later run re-applies."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
from filelock import lock_descriptor

from workbench.errors import SettingsError, SourceError, one_of
from workbench.instants import rfc3339
from workbench.json_text import check_writable, read_json
from workbench.machine import who
from workbench.reconciliation.decisions.chain import START, Link, check_chain, head_of, line_hash
from workbench.records import Origin, Records
from workbench.sides import DATE_COLUMN, ID_COLUMN
from workbench.text_files import append_whole, check_file, check_target

ACTIONS = {
    "match": "take these records for one match, whatever the rules say",
    "unmatch": "keep these records open, whatever the rules say",
    "exclude": "leave these records out",
    "undo": "take an earlier decision back",
}


@dataclass(frozen=True)
class Decision:
    """A line of the journal: who decided what, when and why.

    ``external`` and ``internal`` hold the records it is about by id, each with what it was, such as
    ``12.5 USD 2026-01-31T00:00:00Z``. ``undoes`` is the id of the decision that an ``undo`` takes back.
    ``remainder`` is ``open`` where a match leaves open what the larger side has more. ``previous`` is the SHA-256 of
    the line before it, once it stands in a journal.
    """

    id: str
    at: str  # an instant in UTC, ISO 8601
    by: str
    action: str
    why: str
    external: Mapping[str, str] = field(default_factory=dict)
    internal: Mapping[str, str] = field(default_factory=dict)
    undoes: str | None = None
    remainder: str | None = None
    previous: str | None = field(default=None, compare=False)

    def about(self, side: str) -> Mapping[str, str]:
        """The records of ``side`` that it names, and what they were."""
        return self.external if side == "external" else self.internal

    def to_json(self) -> str:
        """The line of the journal."""
        values = {"id": self.id, "at": self.at, "by": self.by, "do": self.action}
        about = {"external": dict(self.external), "internal": dict(self.internal), "undoes": self.undoes}
        about |= {"remainder": self.remainder}
        chain = {"previous": self.previous} if self.previous else {}
        filled = {name: value for name, value in about.items() if value}
        return json.dumps({**values, **filled, "why": self.why, **chain}, ensure_ascii=False)


@dataclass(frozen=True)
class Journal:
    """The decisions of a journal file, in order, and where they stand.

    ``unchained`` of its lines, the first ones, carry no hash of the line before, as older versions wrote them; ``head``
    is what the next line has to carry.
    """

    decisions: tuple[Decision, ...]
    origin: Origin
    unchained: int = 0
    head: str = START


EMPTY = Journal((), Origin("no journal yet", "decisions", 0))


def decide(
    records: Mapping[str, Records],
    action: str,
    *,
    external: Iterable[str] = (),
    internal: Iterable[str] = (),
    why: str,
    by: str | None = None,
    remainder: str | None = None,
) -> Decision:
    """A decision about the records of these ids, as they are now; ``by`` is the login name unless it is given.

    A ``match`` takes one or more records of each side; ``unmatch`` and ``exclude`` take any. With
    ``remainder="open"`` a match takes of the larger side only as much as the other has, of the earliest records first;
    the rest stays open for the rules, where it would be a difference otherwise. Another match may take it.
    Raises ``SettingsError`` if there is no reason, a record is not there, or the records do not go with the action.

    >>> from workbench import read_external, read_internal
    >>> paid = read_external([{"id": "e1", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> decide({"external": paid}, "exclude", external=["e1"], why="a test payment", by="ana").external
    {'e1': '9.9 EUR 2026-01-02T00:00:00Z'}
    """
    named = {"external": tuple(dict.fromkeys(external)), "internal": tuple(dict.fromkeys(internal))}
    _check(one_of(action, ACTIONS, "action"), named, remainder)
    _check_texts(why, by)
    seen = {side: see(records[side], side, ids) if ids else {} for side, ids in named.items()}
    for side, ids in named.items():
        missing = [name for name in ids if name not in seen[side]]
        if missing:
            raise SettingsError(f"{missing[0]!r} is no {side} record: a decision names records that are there")
    ordered = {side: {name: seen[side][name] for name in ids} for side, ids in named.items()}
    return new_decision(action, why, by, **ordered, remainder=remainder)


def undo(decision: Decision, *, why: str, by: str | None = None) -> Decision:
    """The decision to take an earlier one back; raises ``SettingsError`` if there is no reason."""
    _check_texts(why, by)
    return new_decision("undo", why, by, undoes=decision.id)


def read_decisions(path: str | Path) -> Journal:
    """Read a journal; raises ``SourceError`` if it is not there, or names the line which is no decision.

    Each line carries the SHA-256 of the line before it. One that does not follow from the line before, since that was
    changed, removed or put in, or that is dated before it, is refused as well.
    """
    path = Path(path)
    try:
        check_file(path)
        return _parse(path.read_bytes(), path)
    except OSError as error:
        raise SourceError(f"decisions {path} cannot be read: {error.strerror}") from None


def add_decision(path: str | Path, *decisions: Decision) -> None:
    """Add a line to the journal for each decision; they are on the disk whole before this returns.

    The journal is made if it is not there. A line carries the SHA-256 of the line before it, and is dated no earlier.
    Raises ``SourceError`` if the file cannot be written, if its last line is cut off, or if it was changed by hand.
    """
    try:
        check_target(path)
        with Path(path).open("a+b", buffering=0) as file:
            _lock(file.fileno())
            _check_end(file, path)
            file.seek(0)
            journal = _parse(file.read(), Path(path))
            head, last = journal.head, journal.decisions[-1].at if journal.decisions else ""
            lines = []
            for decision in decisions:
                last = max(decision.at, last)
                lines.append(replace(decision, previous=head, at=last).to_json())
                head = line_hash(lines[-1])
            append_whole(file, "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise SourceError(f"decisions {path} cannot be written: {error.strerror}") from None


def _parse(content: bytes, path: Path) -> Journal:
    name = f"decisions {path}"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise SourceError(f"{name} is not UTF-8 text") from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    decisions = tuple(_read(line, f"{name}, line {number}") for number, line in lines)
    links = [Link(*line, decision.previous, decision.at) for line, decision in zip(lines, decisions, strict=True)]
    origin = Origin(path.name, "decisions", len(decisions), str(path), hashlib.sha256(content).hexdigest())
    return Journal(decisions, origin, check_chain(links, name), head_of(links))


def _lock(file: int) -> None:
    """Keep others from writing at the same time, where the machine has locks at all."""
    try:
        lock_descriptor(file)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise


def see(records: Records, side: str, ids: Iterable[str]) -> dict[str, str]:
    """What the records of these ids are, of those that are there."""
    table = records.table
    named = ibis.memtable({"wanted": list(ids)}, schema={"wanted": "string"})
    chosen = table.semi_join(named, table[ID_COLUMN[side]] == named.wanted)
    rows = (
        chosen.select(id=ID_COLUMN[side], amount="amount", currency="currency", date=DATE_COLUMN[side])
        .to_pyarrow()
        .to_pylist()
    )
    return {row["id"]: seen_as(row["amount"], row["currency"], row["date"]) for row in rows}


def seen_as(amount: Decimal, currency: str, date: datetime) -> str:
    """A record in a few words, the same however many decimals its column has.

    >>> seen_as(Decimal("12.500"), "USD", datetime(2026, 1, 31, tzinfo=UTC))
    '12.5 USD 2026-01-31T00:00:00Z'
    """
    plain = f"{amount:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{plain} {currency} {rfc3339(date.astimezone(UTC))}"


def _check_texts(why: str, by: str | None) -> None:
    if not why.strip():
        raise SettingsError("a decision needs a reason: say why")
    for name, text in (("why", why), ("by", by)):
        try:
            check_writable(text)
        except ValueError as error:
            raise SettingsError(f"{name}={text!r} cannot be kept: {error}") from None


def _check(action: str, named: Mapping[str, Collection[str]], remainder: str | None) -> None:
    sizes = [len(ids) for ids in named.values()]
    if action == "match" and not all(sizes):
        raise SettingsError(
            f"a match by hand takes records of both sides: these are {sizes[0]} external and {sizes[1]} internal"
        )
    if remainder not in (None, "open") or (remainder and action != "match"):
        raise SettingsError(f"remainder takes 'open', and goes with a match: not {remainder!r} with {action}")
    if action == "undo" or not any(sizes):
        raise SettingsError(f"{action} names no record: choose one")


def new_decision(action: str, why: str, by: str | None = None, **about: Any) -> Decision:
    """A decision of now, of whoever runs this unless ``by`` says otherwise; nothing about it is checked."""
    now = rfc3339(datetime.now(UTC), "seconds")
    return Decision(uuid4().hex[:12], now, by or who(), action, " ".join(why.split()), **about)


def _read(line: str, where: str) -> Decision:
    """The decision that a line holds; it must be one that could have been made in code."""
    try:
        values = read_json(line)
    except json.JSONDecodeError:
        raise SourceError(f"{where} is not JSON: it is cut off or was changed") from None
    except ValueError as error:
        raise SourceError(f"{where} is no decision: {error}") from None
    names = {"id", "at", "by", "do", "why", "external", "internal", "undoes", "remainder", "previous"}
    texts = ("id", "at", "by", "do", "why")
    if not isinstance(values, dict) or not values.keys() <= names or not all(_is_text(values.get(n)) for n in texts):
        raise SourceError(
            f"{where} is no decision: it takes {', '.join(texts)}, and external, internal, undoes or remainder"
        )
    about = {side: values.get(side, {}) for side in ("external", "internal")}
    if values["do"] not in ACTIONS or not all(_is_seen(records) for records in about.values()):
        raise SourceError(
            f"{where} is no decision: do is one of {', '.join(ACTIONS)}; external and internal say what records were"
        )
    optional: dict[str, Any] = {name: values.get(name) for name in ("undoes", "remainder", "previous")}
    decision = Decision(values["id"], values["at"], values["by"], values["do"], values["why"], **about, **optional)
    try:
        _check_made(decision)
    except SettingsError as error:
        raise SourceError(f"{where} is no decision: {error}") from None
    return decision


def _check_made(decision: Decision) -> None:
    """Raise ``SettingsError`` for what ``decide`` and ``undo`` would never make."""
    try:
        datetime.fromisoformat(decision.at)
    except ValueError:
        raise SettingsError(f"at is an instant, such as 2026-01-31T09:30:00Z, not {decision.at!r}") from None
    if not decision.id:
        raise SettingsError("its id is empty")
    if (decision.action == "undo") != _is_text(decision.undoes):
        raise SettingsError("an undo, and nothing else, says in undoes the id of the decision that it takes back")
    named = {"external": decision.external, "internal": decision.internal}
    if decision.action != "undo":
        _check(decision.action, named, decision.remainder)
    elif any(named.values()):
        raise SettingsError("an undo names the decision that it takes back, and no records")
    _check_texts(decision.why, decision.by)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_seen(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(text) for text in value.values())


def _check_end(file: Any, path: str | Path) -> None:
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            raise SourceError(f"decisions {path}: its last line is cut off; complete it or take it out")
