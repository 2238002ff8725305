"""Findings: in a sentence, what names no known balance and what could not be used."""

from __future__ import annotations

from workbench.balances.result import Reconstruction


def findings_of(result: Reconstruction) -> str:
    """How many transactions name no known balance or have no usable amount, and how many rows are rejected.

    >>> from workbench.balances.rebuild import reconstruct
    >>> from workbench.sources import read_balances, read_internal
    >>> books = read_balances("data/balances/balances.csv"), read_internal("data/balances/ledger.csv")
    >>> findings_of(reconstruct(*books))
    '2 to or from unknown balances, 1 in another currency than its balance, 1 of no whole number of units'
    """
    summary = result.summary
    counts = {
        "to or from unknown balances": summary["unknown_balances"],
        "in another currency than its balance": summary["currency_conflicts"],
        "of no whole number of units": summary["transactions_not_whole"],
        "of all rows rejected": summary["rejected"],
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing"
