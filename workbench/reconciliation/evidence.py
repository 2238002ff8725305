"""The table of evidence: what speaks for each match of a rule that weighs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import decimals
from workbench.reconciliation.matching.assignment import Pass
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import EVIDENCE
from workbench.reconciliation.weights import REFERENCES, TERMS


def evidence_table(settings: Settings, passes: list[Pass], matches: pa.Table) -> pa.Table:
    """A row for each match of rules that weigh, in the order of ``matches``, the table of all."""
    parts = []
    for done, name in zip(passes, settings.rule_names, strict=True):
        if not done.evidence:
            continue
        first = pc.index_in(done.pool.external.ids.take(pa.array(done.external)), matches["external_transaction_id"])
        order = np.argsort(first.to_numpy(zero_copy_only=False), kind="stable")
        terms = {term: values[order] for term, values in done.evidence.terms.items()}
        facts = {
            "match_id": matches["match_id"].take(first.take(pa.array(order))),
            "rule": [name] * len(order),
            **terms,
            "weight": sum(terms[term] for term in TERMS),
            "references": pa.array(REFERENCES).take(pa.array(done.evidence.reference[order])),
            "probability": decimals(done.evidence.probability[order], 4),
        }
        parts.append(EVIDENCE.build(facts))
    return pa.concat_tables(parts)
