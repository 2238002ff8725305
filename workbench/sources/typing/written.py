"""Written: amounts in the notations of statements, as expressions for the engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from workbench.engine import extracted
from workbench.sources.currencies import ISO_4217, SHARED, WRITTEN
from workbench.sources.detection.notation import DASHES_AND_BLANKS, GROUPING, NEGATIVE, POSITIVE, pattern

CODES = f" {' '.join(sorted(ISO_4217))} "  # in one text: several times faster to look in than a list
SIGNS = [sign for sign in (*WRITTEN, *SHARED) if len(sign) == 3]
# The groups of a pattern, in order.
NAMES = ("open", "sign", "currency", "sign2", "number", "currency2", "behind", "close", "currency3")


def tidied(text: ir.StringValue) -> ir.StringValue:
    """A text with plain dashes, blanks and apostrophes."""
    for sign, plain in DASHES_AND_BLANKS.items():
        text = text.replace(sign, plain)
    return text


def parts_of(text: ir.StringValue, decimal: str, thousands: str | None) -> ir.StructValue:
    """The parts of a tidied text that says an amount in some notation; its number is empty where it does not."""
    return extracted(text, pattern(decimal, (thousands,) if thousands else GROUPING[decimal]), NAMES)


def written_number(parts: ir.StructValue, decimal: str) -> ir.StringValue:
    """The number that such parts say, with a point and nothing between thousands; null where that is not sure."""
    skeleton = parts["open"] + parts["sign"] + parts["sign2"] + "9" + parts["behind"] + parts["close"]
    named = _named(parts)
    known = (named.length() != 3) | _is_code(named.upper()) | named.isin(SIGNS)
    once = (parts["currency"] == named) | (parts["currency2"] == named) | (parts["currency3"] == named)
    digits = parts["number"].re_replace(rf"[^0-9{decimal}]", "").replace(decimal, ".")
    sure = (parts["number"] != "") & skeleton.isin((*POSITIVE, *NEGATIVE)) & known & once
    return ibis.ifelse(sure, ibis.ifelse(skeleton.isin(NEGATIVE), "-", "") + digits, None)


def written_currency(parts: ir.StructValue) -> ir.StringValue:
    """The code of the currency that such parts say; null where they say none."""
    written = _named(parts)
    upper = written.upper()
    signs = ibis.literal(WRITTEN, type="map<string, string>")
    return ibis.coalesce(signs.get(written), ibis.ifelse(_is_code(upper), upper, None))


def _is_code(text: ir.StringValue) -> ir.BooleanValue:
    return ibis.literal(CODES).contains(ibis.literal(" ") + text + " ")


def _named(parts: ir.StructValue) -> ir.StringValue:
    return parts["currency"] + parts["currency2"] + parts["currency3"]
