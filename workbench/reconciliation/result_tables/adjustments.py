"""Adjustments: what matches differ by as entries that a ledger can post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import whole
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import ADJUSTMENTS
from workbench.records import Records
from workbench.sources.currencies import minor_digits

NO_ACCOUNT = "no rule names an account for it"
NO_BALANCE = "the ledger's transactions of a match go to several balances, or say none: set balance_id"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Kind:
    """What goes into one entry: the rule, the currency, whose balance is adjusted, and whether more came in there."""

    rule: str
    currency: str
    balance: str | None
    more: bool


def adjustments(settings: Settings, internal: Records, unlike: pa.Table, differences: pa.Table) -> pa.Table:
    """An entry for each rule, currency, balance and direction in which matches differ, or why there can be none.

    What came in more than the ledger says goes from the account of the rule to the balance that is reconciled; what
    came in less goes the other way. The balance is the one that is reconciled, or else the destination of all
    transactions of a match. A reference is made of the records of the matches: posted twice, it is refused.
    """
    accounts = dict(zip(settings.rule_names, (rule.account for rule in settings.rules), strict=True))
    naming = pa.array([name for name, account in accounts.items() if account], pa.string())
    scale = unlike["amount_difference"].type.scale
    rows = [
        *_of_rules_without(unlike, differences, scale),
        *_of_rules_with_accounts(settings, internal, unlike.filter(pc.is_in(unlike["rule"], naming)), accounts, scale),
    ]
    places = {name: place for place, name in enumerate(accounts)}
    rows.sort(
        key=lambda row: (places.get(row["rule"], -1), row["currency"], row["reference"] or "", row["description"])
    )
    return ADJUSTMENTS.of_rows([[row[name] for name in ADJUSTMENTS.names] for row in rows], amount=scale)


def _of_rules_with_accounts(
    settings: Settings, internal: Records, matches: pa.Table, accounts: Mapping[str, str], scale: int
) -> Iterator[Row]:
    booked = _booked(internal, pc.unique(matches["internal_transaction_id"])) if len(matches) else {}
    of_matches: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in matches.to_pylist():
        of_matches[row["match_id"], row["currency"]].append(row)
    kinds: dict[_Kind, list[list[Row]]] = defaultdict(list)
    for rows in of_matches.values():
        first = rows[0]
        balance = settings.balance_id or _balance(booked[row["internal_transaction_id"]] for row in rows)
        kinds[_Kind(first["rule"], first["currency"], balance, first["amount_difference"] > 0)].append(rows)
    for kind, of_kind in kinds.items():
        amount = sum(abs(whole(rows[0]["amount_difference"], scale)) for rows in of_kind)
        pairs = [(row["external_transaction_id"], row["internal_transaction_id"]) for rows in of_kind for row in rows]
        known = [booked[name]["precision"] for _, name in pairs if booked[name]["precision"]]
        facts = _facts(
            kind.rule, kind.currency, amount, scale, len(of_kind), more=kind.more, precision=max(known, default=1)
        )
        if kind.balance is None:
            yield facts | {"left_out": NO_BALANCE}
            continue
        account = accounts[kind.rule]
        source, destination = (account, kind.balance) if kind.more else (kind.balance, account)
        content = repr((kind.currency, source, destination, amount, scale, sorted(pairs)))
        reference = f"adjustment_{sha256(content.encode()).hexdigest()[:32]}"
        yield facts | {"source": source, "destination": destination, "reference": reference}


def _of_rules_without(unlike: pa.Table, differences: pa.Table, scale: int) -> Iterator[Row]:
    """What no entry is made of, as no account is named for it."""
    keys = unlike.select(["match_id", "rule", "currency"]).append_column(
        "more", pc.greater(unlike["amount_difference"], 0)
    )
    counted = keys.group_by(["rule", "currency", "more"]).aggregate([("match_id", "count_distinct")]).to_pylist()
    counts = {(row["rule"], row["currency"], row["more"]): row["match_id_count_distinct"] for row in counted}
    for row in differences.to_pylist():
        rule, currency = row["rule"], row["currency"]
        for more, name in ((False, "difference_debit"), (True, "difference_credit")):
            if row[name] and not row["account"]:
                amount, matches = whole(row[name], scale), counts[rule, currency, more]
                yield _facts(rule, currency, amount, scale, matches, more=more) | {"left_out": NO_ACCOUNT}


def _facts(
    rule: str, currency: str, amount: int, scale: int, matches: int, *, more: bool, precision: int = 1
) -> dict[str, Any]:
    """What is known of an entry whether or not it can be made; ``precision`` is the ledger's."""
    digits = max(minor_digits(currency), scale - _trailing_zeros(amount))
    precision = max(int(precision), 10**digits)
    plural = "es" if matches > 1 else ""
    return {
        "rule": rule,
        "matches": matches,
        "currency": currency,
        "amount": amount,
        "precise_amount": amount * precision // 10**scale,
        "precision": precision,
        "source": None,
        "destination": None,
        "reference": None,
        "description": f"{rule}: {matches:,} match{plural}, external {'more' if more else 'less'} than internal",
        "left_out": None,
    }


def _trailing_zeros(amount: int) -> int:
    """How many zeros a whole number ends with."""
    text = str(amount)
    return len(text) - len(text.rstrip("0"))


def _booked(internal: Records, ids: pa.Array) -> dict[str, Row]:
    """The destination and the precision of transactions."""
    table = internal.table
    wanted = ibis.memtable(pa.table({"wanted": ids.cast(pa.string())}))
    facts = {"id": table.transaction_id, "destination": table.destination, "precision": table.precision}
    rows = table.select(**facts).semi_join(wanted, [("id", "wanted")]).to_pyarrow().to_pylist()
    return {row["id"]: row for row in rows}


def _balance(booked: Iterable[Row]) -> str | None:
    """The balance that all transactions of a match go to; none where they do not say, or go to several."""
    names = {(row["destination"] or "").strip() for row in booked}
    return next(iter(names)) or None if len(names) == 1 else None
