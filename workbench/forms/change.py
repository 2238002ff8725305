"""Change: what other rules would change, in words and tiles."""

from __future__ import annotations

import ipywidgets

from workbench.charts.style import number
from workbench.forms.tile import tile
from workbench.matching.what_if import Change, Comparison

MOST_CURRENCIES = 3
NAMES = {"gained": "would be gained", "lost": "would be lost", "moved": "would be paired differently"}


def in_words(change: Change) -> str:
    """Such as ``3 records, 12.50 EUR and 8.00 USD``.

    >>> from decimal import Decimal
    >>> in_words(Change(1, {"EUR": Decimal("1234.50")}))
    '1 record, 1,234.50 EUR'
    """
    amounts = [f"{number(amount)} {currency}" for currency, amount in sorted(change.amounts.items())]
    shown = [*amounts[:MOST_CURRENCIES], *(["other currencies"] if len(amounts) > MOST_CURRENCIES else [])]
    count = f"{change.records:,} record{'' if change.records == 1 else 's'}"
    return f"{count}, {' and '.join(shown)}" if shown else count


def sentence(found: Comparison) -> str:
    """What would change, in one line."""
    parts = [
        f"{in_words(getattr(found, name))} {words}" for name, words in NAMES.items() if getattr(found, name).records
    ]
    return f"{'; '.join(parts) or 'nothing would change'}."


def tiles(found: Comparison) -> list[ipywidgets.VBox]:
    """Matched then, gained, lost and paired differently."""
    matched = tile("would be matched", f"{found.matched:,} of {found.records:,}")
    return [
        matched,
        *(
            tile(f"{words}: {in_words(getattr(found, name))}", f"{getattr(found, name).records:,}")
            for name, words in NAMES.items()
        ),
    ]
