"""What the metadata of a transaction says of it: that it is bookkeeping of fund lineage, or reconciled already."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from workbench.engine import json_member
from workbench.records import Records

# What a mark says. Blnk hands metadata on to refunds and commits, so a mark names the transaction that it is about.
RECONCILIATION, MATCH, WHEN, MARKED = "reconciliation_id", "match_id", "reconciled_at", "reconciled_transaction"
_OF_LINEAGE = r'"_(shadow_for|release\w*)"\s*:\s*[^n\s]'  # a member of that name that is not null


def is_lineage(internal: Records) -> ir.BooleanValue:
    """Whether a transaction only tells whose funds moved: Blnk books it beside the one that moves the money."""
    text = internal.table.meta_data.cast("string")
    # To look for letters costs the engine far less than a pattern, which few texts then need.
    may_be = text.contains('"_shadow_for"') | text.contains('"_release')
    return ibis.ifelse(may_be, text.re_search(_OF_LINEAGE), False).fill_null(False)


def reconciled_in(internal: Records) -> ir.StringValue:
    """The reconciliation that a transaction is marked as matched in; null where it is not marked."""
    text = internal.table.meta_data.cast("string")
    about = json_member(text, MARKED)
    of_itself = ibis.coalesce(about.nullif(""), internal.table.transaction_id) == internal.table.transaction_id
    mark = ibis.ifelse(of_itself, json_member(text, RECONCILIATION).nullif(""), None)
    return ibis.ifelse(text.contains(f'"{RECONCILIATION}"'), mark, None)
