"""What a ledger's transactions count as in a reconciliation: which take part, with which amount and which date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from workbench.ledger.balance_names import balances_called
from workbench.ledger.marks import is_lineage, reconciled_in
from workbench.records import Records


@dataclass(frozen=True)
class Counted:
    """What each record of a table counts as: columns over that table.

    ``amount`` is signed, ``date`` is the one that is compared, ``takes_part`` is never null, and ``reason`` says why a
    record takes no part (it means nothing where the record does).
    """

    amount: ir.DecimalValue
    date: ir.TimestampValue
    takes_part: ir.BooleanValue
    reason: ir.StringValue


@dataclass(frozen=True)
class LedgerView:
    """How a ledger's transactions are looked at: of which statuses, from which balance, by which date.

    ``statuses`` is ``None`` for all of them, ``balance_id`` is ``None`` where no single balance is reconciled.
    ``lineage`` takes in the bookkeeping of fund lineage, ``skip_reconciled`` leaves out what is marked as matched.
    """

    statuses: tuple[str, ...] | None
    balance_id: str | None
    internal_date: str  # created_at or effective_date
    lineage: bool = False
    skip_reconciled: bool = False

    def counted(self, internal: Records) -> Counted:
        """What each transaction counts as; those of another status, or that do not touch the balance, take no part.

        >>> from workbench.sources import read_internal
        >>> booked = read_internal([{"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "source": " cash ",
        ...     "created_at": "2026-01-01", "status": "applied"}])
        >>> counted = LedgerView(("APPLIED",), "cash", "created_at").counted(booked)
        >>> booked.table.select(amount=counted.amount, part=counted.takes_part).to_pyarrow().to_pylist()
        [{'amount': Decimal('-9.90'), 'part': True}]
        """
        leaves, enters = self._touches(internal)
        out = list(self._reasons(internal, leaves | enters))
        return Counted(
            amount=self._amount(internal, leaves, enters),
            date=self._date(internal),
            takes_part=~ibis.or_(*(applies for applies, _ in out)),
            reason=ibis.cases(*out, else_="") if out else ibis.literal(""),
        )

    def _reasons(
        self, internal: Records, touches: ir.BooleanValue
    ) -> Iterator[tuple[ir.BooleanValue, ir.StringValue | str]]:
        """Why a transaction takes no part, each with which it applies to; the first one that applies is shown."""
        shown = ibis.coalesce(internal.table.status, "none").cast("string")
        if self.statuses is not None and "status" in internal.given:
            yield ~self._of_status(internal, self.statuses), ibis.literal("its status takes no part: ") + shown
        if "meta_data" in internal.given and not self.lineage:
            yield is_lineage(internal), "bookkeeping of fund lineage, which stands beside the money"
        if self.balance_id is not None:
            yield ~touches, f"does not touch balance {self.balance_id}"
        if "meta_data" in internal.given and self.skip_reconciled:
            mark = reconciled_in(internal)
            yield mark.notnull(), ibis.literal("reconciled already, in ") + mark

    def _of_status(self, internal: Records, statuses: tuple[str, ...]) -> ir.BooleanValue:
        wanted = [status.lower() for status in statuses]
        return internal.table.status.strip().lower().isin(wanted).fill_null(False)

    def _touches(self, internal: Records) -> tuple[ir.BooleanValue, ir.BooleanValue]:
        """Which transactions leave the balance, and which enter it; seen from no balance, all enter."""
        if self.balance_id is None:
            return ibis.literal(False), ibis.literal(True)
        ids = balances_called(internal, self.balance_id)
        leaves, enters = (internal.table[end].strip().isin(ids) for end in ("source", "destination"))
        return leaves.fill_null(False), enters.fill_null(False)

    def _amount(self, internal: Records, leaves: ir.BooleanValue, enters: ir.BooleanValue) -> ir.DecimalValue:
        """Seen from one balance, what leaves it is negative and what stays within it is nothing."""
        amount = internal.table.amount
        if self.balance_id is None:
            return amount
        nothing = ibis.literal(0).cast(amount.type())
        return ibis.cases((leaves & enters, nothing), (leaves, -amount), else_=amount)

    def _date(self, internal: Records) -> ir.TimestampValue:
        """A transaction without an effective date is compared by its creation."""
        table = internal.table
        if self.internal_date == "effective_date":
            return ibis.coalesce(table.effective_date, table.created_at)
        return table.created_at


def counted_as_given(external: Records, opposite: bool = False) -> Counted:
    """What the records of a statement count as: all take part, with their own amount, or its opposite, and date."""
    table = external.table
    return Counted(
        -table.amount if opposite else table.amount, table.date, ibis.literal(True), ibis.literal("").cast("string")
    )
