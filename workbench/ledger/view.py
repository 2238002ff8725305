"""What a ledger's transactions count as in a reconciliation: which take part, with which amount and which date."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

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
    """

    statuses: tuple[str, ...] | None
    balance_id: str | None
    internal_date: str  # created_at or effective_date

    def counted(self, internal: Records) -> Counted:
        """What each transaction counts as; those of another status, or that do not touch the balance, take no part.

        >>> from workbench.sources import read_internal
        >>> booked = read_internal([{"transaction_id": "t1", "amount": "9.90", "currency": "EUR", "source": " cash ",
        ...     "created_at": "2026-01-01", "status": "applied"}])
        >>> counted = LedgerView(("APPLIED",), "cash", "created_at").counted(booked)
        >>> booked.table.select(amount=counted.amount, part=counted.takes_part).to_pyarrow().to_pylist()
        [{'amount': Decimal('-9.90'), 'part': True}]
        """
        status = self._of_status(internal)
        leaves, enters = self._touches(internal)
        shown = ibis.coalesce(internal.table.status, "none").cast("string")
        return Counted(
            amount=self._amount(internal, leaves, enters),
            date=self._date(internal),
            takes_part=status & (leaves | enters),
            reason=ibis.ifelse(
                status, f"does not touch balance {self.balance_id}", "its status takes no part: " + shown
            ),
        )

    def _of_status(self, internal: Records) -> ir.BooleanValue:
        if self.statuses is None or "status" not in internal.given:
            return ibis.literal(True)
        wanted = [status.lower() for status in self.statuses]
        return internal.table.status.strip().lower().isin(wanted).fill_null(False)

    def _touches(self, internal: Records) -> tuple[ir.BooleanValue, ir.BooleanValue]:
        """Which transactions leave the balance, and which enter it; seen from no balance, all enter."""
        if self.balance_id is None:
            return ibis.literal(False), ibis.literal(True)
        leaves, enters = (internal.table[end].strip() == self.balance_id for end in ("source", "destination"))
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


def counted_as_given(external: Records) -> Counted:
    """What the records of a statement count as: all take part, with their own amount and date."""
    table = external.table
    return Counted(table.amount, table.date, ibis.literal(True), ibis.literal("").cast("string"))
