"""The table of evidence: what speaks for each match, and each suggestion, of a rule that weighs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import decimals
from workbench.reconciliation.matching.passes import Pass
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.tables import EVIDENCE
from workbench.reconciliation.weights import REFERENCES, TERMS


def evidence_table(settings: Settings, passes: list[Pass], matches: pa.Table, suggestions: pa.Table | None) -> pa.Table:
    """A row for each match and each suggestion of rules that weigh, in the order of both tables."""
    parts = [_evidence(name, rule_pass, matches) for rule_pass, name in zip(passes, settings.rule_names, strict=True)]
    if suggestions is not None:
        suggesting = ((rule_pass.suggested, name) for rule_pass, name in zip(passes, settings.rule_names, strict=True))
        parts += [_evidence(name, suggested, suggestions) for suggested, name in suggesting if suggested]
    return pa.concat_tables(parts)


def _evidence(name: str, rule_pass: Pass, pairs: pa.Table) -> pa.Table:
    """The evidence for what a rule matched, or suggested; ``pairs`` has the rows of all rules."""
    if not rule_pass.evidence:
        return EVIDENCE.of_rows([])
    pairs = pairs.filter(pc.equal(pairs["rule"], name))
    first = pc.index_in(
        rule_pass.pool.external.ids.take(pa.array(rule_pass.external)), pairs["external_transaction_id"]
    )
    order = np.argsort(first.to_numpy(zero_copy_only=False), kind="stable")
    terms = {term: values[order] for term, values in rule_pass.evidence.terms.items()}
    facts = {
        "match_id": pairs["match_id"].take(first.take(pa.array(order))),
        "rule": [name] * len(order),
        **terms,
        "weight": sum(terms[term] for term in TERMS),
        "references": pa.array(REFERENCES).take(pa.array(rule_pass.evidence.reference[order])),
        "probability": decimals(rule_pass.evidence.probability[order], 4),
    }
    return EVIDENCE.build(facts)
