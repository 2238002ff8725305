"""What the metadata of transactions says: bookkeeping of lineage, and marks of earlier reconciliations."""

from __future__ import annotations

import json

import pytest

import workbench as wb

LINEAGE = "bookkeeping of fund lineage, which stands beside the money"


def reconciled(*rows: tuple[str, object], **options: bool) -> wb.Result:
    booked = [
        {
            "transaction_id": name,
            "amount": "5",
            "currency": "EUR",
            "status": "APPLIED",
            "created_at": "2026-01-01",
            "meta_data": meta_data if isinstance(meta_data, str) or meta_data is None else json.dumps(meta_data),
        }
        for name, meta_data in rows
    ]
    paid = [{"id": f"e{number}", "amount": "5", "currency": "EUR", "date": "2026-01-01"} for number in range(len(rows))]
    return wb.reconcile(wb.read_external(paid), wb.read_internal(booked), **options)  # type: ignore[arg-type]


def excluded(result: wb.Result) -> list[tuple[str, str]]:
    return list(result.excluded[["id", "reason"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("meta_data", "is_lineage"),
    [
        ({"_shadow_for": "txn_1", "_lineage_type": "credit"}, True),
        ({"order": 7, "_release_for": "txn_1"}, True),
        ({"_shadow_for": None}, False),
        ({"note": 'a "_shadow_for": txn'}, False),
        ({"_shadow_format": "x"}, False),
        ("not JSON: _shadow_for", False),
        ("", False),
        (None, False),
    ],
)
def test_bookkeeping_of_lineage_takes_no_part_unless_it_is_asked_for(meta_data: object, is_lineage: bool) -> None:
    rows = [("money", {"order": 7}), ("other", meta_data)]
    assert excluded(reconciled(*rows)) == ([("other", LINEAGE)] if is_lineage else [])
    assert excluded(reconciled(*rows, lineage=True)) == []


def test_what_is_marked_as_matched_is_left_out_on_request() -> None:
    rows = [
        ("open", {"order": 7}),
        ("marked", {"reconciliation_id": "recon_1", "match_id": "m", "reconciled_transaction": "marked"}),
        ("by others", {"reconciliation_id": "recon_2"}),
        ("refund", {"reconciliation_id": "recon_1", "match_id": "m", "reconciled_transaction": "marked"}),
        ("undone", {"reconciliation_id": None, "match_id": None, "reconciled_transaction": None}),
    ]
    result = reconciled(*rows, skip_reconciled=True, rules=[wb.Rule("Amount", [wb.Criterion("amount")])])
    assert sorted(excluded(result)) == [
        ("by others", "reconciled already, in recon_2"),
        ("marked", "reconciled already, in recon_1"),
    ]
    assert sorted(result.matches["internal_transaction_id"]) == ["open", "refund", "undone"]
    assert excluded(reconciled(*rows)) == []
