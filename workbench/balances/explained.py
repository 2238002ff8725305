"""Explained: a reconstruction with the hypotheses about its largest discrepancies as one more table."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from workbench.balances.result import Reconstruction

EXPLAINED = 100  # the largest discrepancies
TOTAL = "the total"  # where the total of a side, and no single transaction, may be misread
HYPOTHESES = pa.schema(
    [
        ("balance_id", pa.string()),
        ("rank", pa.int64()),
        ("kind", pa.string()),
        ("side", pa.string()),
        ("accounts_for", pa.decimal128(38, 0)),
        *((name, pa.string()) for name in ("verdict", "explanation", "transaction_ids", "others")),
    ]
)


def explained(result: Reconstruction) -> Reconstruction:
    """The result with a table of ``hypotheses`` for its largest discrepancies, the best of each balance first.

    Columns: ``balance_id``, ``rank``, ``kind``, ``side``, ``accounts_for`` (in precise units), ``verdict``,
    ``explanation``, ``transaction_ids`` (the evidence), ``others`` (up to nine other solutions, a semicolon between).
    """
    rows = [
        {
            **vars(hypothesis),
            "balance_id": balance_id,
            "verdict": hypothesis.verdict,
            "explanation": hypothesis.sentence,
            "transaction_ids": ", ".join(hypothesis.transaction_ids),
            "others": "; ".join(", ".join(other.transaction_ids) or TOTAL for other in hypothesis.solutions[1:]),
        }
        for balance_id, hypotheses in result.explanations(EXPLAINED).items()
        for hypothesis in hypotheses
    ]
    return replace(result, tables={**result.tables, "hypotheses": pa.Table.from_pylist(rows, HYPOTHESES)})
