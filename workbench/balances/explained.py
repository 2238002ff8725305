"""Explained: a reconstruction with the hypotheses about its largest discrepancies as one more table."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from workbench.balances.result import Reconstruction

EXPLAINED = 100  # the largest discrepancies
TOTAL = "the total"  # where the total of a side, and no single transaction, may be misread


def explained(result: Reconstruction) -> Reconstruction:
    """The result with a table of ``hypotheses`` for its largest discrepancies, the best of each balance first.

    Columns: ``balance_id``, ``rank``, ``kind``, ``side``, ``accounts_for`` (in precise units), ``verdict``,
    ``explanation``, ``transaction_ids`` (the evidence), ``others`` (up to nine other solutions, a semicolon between).
    """
    rows = [
        (
            balance_id,
            hypothesis.rank,
            hypothesis.kind,
            hypothesis.side,
            hypothesis.accounts_for,
            hypothesis.verdict,
            hypothesis.sentence,
            ", ".join(hypothesis.transaction_ids),
            "; ".join(", ".join(other.transaction_ids) or TOTAL for other in hypothesis.solutions[1:]),
        )
        for balance_id, hypotheses in result.explanations(EXPLAINED).items()
        for hypothesis in hypotheses
    ]
    names = (
        "balance_id",
        "rank",
        "kind",
        "side",
        "accounts_for",
        "verdict",
        "explanation",
        "transaction_ids",
        "others",
    )
    kinds = (*(pa.string(), pa.int64(), pa.string(), pa.string(), pa.decimal128(38, 0)), *[pa.string()] * 4)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    table = pa.table(
        {name: pa.array(list(column), kind) for name, column, kind in zip(names, columns, kinds, strict=True)}
    )
    return replace(result, tables={**result.tables, "hypotheses": table})
