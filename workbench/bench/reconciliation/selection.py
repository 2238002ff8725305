"""Selection: what the open records that are selected come to on each side, before they are matched by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import amount_text
from workbench.exact import exact, exact_sum, whole, whole_amounts
from workbench.reconciliation.result import Result
from workbench.reconciliation.tables import money_open
from workbench.sides import ID_COLUMN, SIDES

Money = Mapping[str, Decimal]  # currency -> amount


@dataclass(frozen=True)
class Sums:
    """What the selected records of both sides come to in each currency; none for a side of which one is not open."""

    external: Money | None
    internal: Money | None

    @property
    def difference(self) -> Money:
        """External minus internal, in each currency in which they differ; nothing where a side is unknown."""
        if self.external is None or self.internal is None:
            return {}
        return {
            currency: amount
            for currency in sorted({*self.external, *self.internal})
            if (amount := _less(self.external.get(currency), self.internal.get(currency)))
        }

    @property
    def one_pays_a_part(self) -> bool:
        """Whether one side is a part of the other: in one currency, both in or both out, and not of the same amount."""
        external, internal = self.external or {}, self.internal or {}
        if len({*external, *internal}) != 1 or not self.difference:
            return False
        first, second = (next(iter(money.values()), Decimal(0)) for money in (external, internal))
        return first * second > 0


def sums_of(result: Result, selected: Mapping[str, Sequence[str]]) -> Sums:
    """The sums of what is selected, exactly.

    >>> from workbench import read_external, read_internal, reconcile
    >>> paid = read_external([{"id": "e", "amount": "9.90", "currency": "EUR", "date": "2026-01-02"}])
    >>> result = reconcile(paid, read_internal([
    ...     {"transaction_id": "t", "amount": "10", "currency": "EUR", "created_at": "2026-03-02"}]))
    >>> sums_of(result, {"external": ["e"], "internal": ["t"]}).difference
    {'EUR': Decimal('-0.10')}
    """
    return Sums(*(_sums(result, side, selected.get(side, ())) for side in SIDES))


def money_text(money: Money) -> str:
    """Amounts in a line.

    >>> money_text({"EUR": Decimal("1234.5"), "USD": Decimal(0)})
    '1,234.5 EUR, 0 USD'
    """
    return ", ".join(f"{amount_text(amount, currency)} {currency}" for currency, amount in sorted(money.items()))


def _sums(result: Result, side: str, names: Sequence[str]) -> Money | None:
    table = result.tables[f"unmatched_{side}"]
    rows = table.filter(pc.is_in(table[ID_COLUMN[side]], pa.array(names, pa.string())))
    if len(rows) < len(names):
        return None
    scale = rows[money_open(rows)].type.scale
    sums = {}
    for currency in pc.unique(rows["currency"]).to_pylist():
        amounts = rows.filter(pc.equal(rows["currency"], currency))[money_open(rows)]
        sums[currency] = exact(exact_sum(whole_amounts(amounts, scale)), scale)
    return sums


def _less(external: Decimal | None, internal: Decimal | None) -> Decimal:
    first, second = (Decimal(0) if amount is None else amount for amount in (external, internal))
    scale = max(-int(amount.as_tuple().exponent) for amount in (first, second))
    return exact(whole(first, scale) - whole(second, scale), scale)
