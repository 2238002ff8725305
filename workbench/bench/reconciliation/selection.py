"""Selection: what the open records that are selected come to on each side, before they are matched by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import amount_text
from workbench.reconciliation.result import Result
from workbench.sides import ID_COLUMN, SIDES

EXACT = Context(prec=100)  # sums of 38 digits lose none


def compared(result: Result, selected: Mapping[str, Sequence[str]]) -> str:
    """What the open records that are selected come to in each currency, and how far apart both sides are."""
    external, internal = (_sums(result, side, selected.get(side, ())) for side in SIDES)
    if not external or not internal:
        return " ".join(
            f"{amount_text(amount, currency)} {currency}."
            for currency, amount in sorted({**external, **internal}.items())
        )
    none = Decimal(0)
    return " ".join(
        _said(each, external.get(each, none), internal.get(each, none)) for each in sorted({*external, *internal})
    )


def _sums(result: Result, side: str, names: Sequence[str]) -> dict[str, Decimal]:
    """What the records count up to in each currency, if all of them are open."""
    table = result.tables[f"unmatched_{side}"]
    found = table.filter(pc.is_in(table[ID_COLUMN[side]], pa.array(names, pa.string())))
    counted = found.select(["currency", "counted_amount"]).to_pylist()
    sums: dict[str, Decimal] = {}
    for row in counted if len(counted) == len(names) else ():
        sums[row["currency"]] = EXACT.add(sums.get(row["currency"], Decimal(0)), row["counted_amount"])
    return sums


def _said(currency: str, external: Decimal, internal: Decimal) -> str:
    apart = EXACT.abs(EXACT.subtract(external, internal))
    sentence = f"{amount_text(apart, currency)} {currency} apart" if apart else "equal"
    sums = " against ".join(f"{amount_text(amount, currency)} {currency}" for amount in (external, internal))
    return f"{sums}: {sentence}."
