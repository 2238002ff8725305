"""Rule options: what a rule takes beside its criteria, and Blnk has no word for."""

from __future__ import annotations

from workbench.reconciliation.options import Option
from workbench.reconciliation.strategies import STRATEGIES

STATUSES = ("suggested",)
REMAINDERS = ("open",)
RULE_OPTIONS = (
    Option(
        "strategy",
        "choice",
        None,
        "How records correspond under this rule; otherwise as in the run.",
        tuple(STRATEGIES),
    ),
    Option(
        "grouping_criteria",
        "names",
        (),
        "What makes records one group under this rule: columns of the grouped side or of each, batch or subset.",
        example="reference, or external=payout_id, internal=reference",
    ),
    Option(
        "account",
        "text",
        "",
        "The ledger balance that what amounts differ by belongs to.",
        example="@Fees",
    ),
    Option(
        "remainder",
        "choice",
        "",
        "open: of two amounts that differ the smaller is applied, and the rest stays open for later rules.",
        REMAINDERS,
    ),
    Option(
        "across_currencies",
        "yes",
        False,
        "Records of two currencies may match: external amounts are converted by the rates of the run.",
    ),
    Option(
        "ignore_references",
        "yes",
        False,
        "Also make pairs of which the one names a reference that another record carries.",
    ),
    Option(
        "max_alternatives",
        "integer",
        None,
        "Only suggest a match whose records could have made more other pairs than this; empty: any.",
        label="Most alternatives",
    ),
    Option("status", "choice", "", "suggested: list what this rule matches, and leave the records open.", STATUSES),
)
WEIGHED_OPTIONS = (
    Option(
        "min_probability",
        "text",
        0,
        "What is less probable stays open: from 0 to 1.",
        label="Least probability",
        example="0.9",
    ),
)
RULE_WORDS = tuple(option.name for option in RULE_OPTIONS)
