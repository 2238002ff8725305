"""What the report says of the rules: what they are and did, what they are proposed from, and what counts how much."""

from __future__ import annotations

from html import escape

import pyarrow as pa
from IPython.display import HTML

from workbench.reconciliation.result import Result
from workbench.reconciliation.weights import BIT
from workbench.reconciliation.weights_in_words import WhatCounts, what_counts
from workbench.reports.tables import show


def rules(result: Result) -> HTML:
    """The rules in plain words and in their order, and what each matched; and what they are proposed from."""
    ran = list(zip(result.settings.rules, result.summary.rules, strict=True))
    table = {
        "rule": [f"{number}. {rule.name}" for number, (rule, _) in enumerate(ran, 1)],
        "in words": [rule.describe() for rule, _ in ran],
        "pairs allowed": [did["candidates"] for _, did in ran],
        "matches": [did["matches"] for _, did in ran],
        "expected by chance": [did.expected_by_chance for _, did in ran],
        "external records": [did["matched_external"] for _, did in ran],
        "internal records": [did["matched_internal"] for _, did in ran],
    }
    shown = show(pa.table(table), "Rules" + (", as the records propose them" if result.findings else ""))
    return HTML(f"{_findings(result)}{shown.data}")


WEIGHS = (
    "A rule that weighs adds up what speaks for and against a pair. Each bit doubles the odds that the two belong "
    "together, or halves them; the pairs with the greatest sums are matched, and leaving a record open counts nothing. "
    "What is rarer counts more."
)


def weights(result: Result) -> HTML:
    """What counts how much in each rule that weighs: for a pair, or against it."""
    counted = what_counts(result)
    if not counted:
        return HTML("<p>No rule weighs: each match meets all criteria of its rule.</p>")
    return HTML("".join([f"<p>{WEIGHS}</p>", *map(_weights, counted)]))


def _weights(of_rule: WhatCounts) -> str:
    table = {
        "evidence": [row.evidence for row in of_rule.rows],
        "how it stands": [row.level for row in of_rule.rows],
        "bits": [f"{row.weight / BIT:+.2f}{' on average' if row.on_average else ''}" for row in of_rule.rows],
        "which makes a pair": [row.odds for row in of_rule.rows],
        "matches": pa.array([row.matches for row in of_rule.rows], pa.int64()),
    }
    learned = f"learned from {of_rule.learned_from:,} matches" if of_rule.learned_from else "the usual ones"
    shown = show(pa.table(table), f"What counts how much in {of_rule.rule}: weights are {learned}")
    return str(shown.data)


def _findings(result: Result) -> str:
    """What was seen in the records where they propose the rules, as a list; empty where rules were given."""
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in result.findings)
    return f"<p>No rules were given. Seen in the records:</p><ul>{sentences}</ul>" if sentences else ""
