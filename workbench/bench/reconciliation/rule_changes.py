"""Change: what other rules would change, in words and tiles."""

from __future__ import annotations

from workbench.amounts import amount_text
from workbench.reconciliation.what_if import Change, Comparison
from workbench.tabular import count_of

MOST_CURRENCIES = 3
NAMES = {"gained": "would match as well", "lost": "would match no longer", "moved": "would be paired differently"}


def in_words(change: Change) -> str:
    """Such as ``3 records, 12.50 EUR and 8.00 USD``.

    >>> from decimal import Decimal
    >>> in_words(Change(1, credits={"EUR": Decimal("1234.50")}))
    '1 record, 1,234.50 EUR'
    """
    count = count_of(change.records, "record")
    money = _money(change)
    return f"{count}, {money}" if money else count


def sentence(comparison: Comparison) -> str:
    """What would change, in one line."""
    changes = {words: getattr(comparison, name) for name, words in NAMES.items()}
    parts = [f"{in_words(change)} {words}" for words, change in changes.items() if change.records]
    return f"{'; '.join(parts) or 'nothing would change'}."


def tiles(comparison: Comparison) -> dict[str, str]:
    """Matched then, gained, lost and paired differently: what is counted, and how much of it there is."""
    changes = {words: getattr(comparison, name) for name, words in NAMES.items()}
    return {"would be matched": f"{comparison.matched:,} of {comparison.records:,}"} | {
        f"{words}: {_money(change)}" if change.records else words: f"{change.records:,}"
        for words, change in changes.items()
    }


def _money(change: Change) -> str:
    """Such as ``12.50 EUR and -3.00 EUR``: what comes in and what goes out are never netted."""
    sums = [(name, 0, amount) for name, amount in change.credits.items()]
    sums += [(name, 1, -amount) for name, amount in change.debits.items()]
    amounts = [f"{amount_text(amount, currency)} {currency}" for currency, _, amount in sorted(sums)]
    more = ["other currencies"] if len(amounts) > MOST_CURRENCIES else []
    return " and ".join([*amounts[:MOST_CURRENCIES], *more])
