"""Criterion options: what a criterion takes beside its operator and drift, and Blnk has no word for."""

from __future__ import annotations

from workbench.reconciliation.options import Option

CRITERION_OPTIONS = (
    Option("allowable_amount", "text", None, "Money that may differ, or bounds.", example="0.50, or -0.50 to 1"),
    Option(
        "expected",
        "text",
        None,
        "The usual difference, external less internal, from which others are measured.",
        example="2 days, -2.9 %, or money",
    ),
    Option("business_days", "text", None, "Business days that may lie between.", example="2, or 0 to 3"),
    Option(
        "calendar",
        "text",
        None,
        "Whose holidays are no business days.",
        example="DE, DE-BY, ECB, or 2026-12-25, 2026-12-26",
    ),
    Option("external", "text", None, "The column of external records.", label="External column", example="its own"),
    Option(
        "internal",
        "text",
        None,
        "The column of internal records.",
        label="Internal column",
        example="its own, or meta_data.order",
    ),
    Option("pattern", "text", None, "The part of the text that counts.", example="INV-[0-9]+"),
)
OWN_WORDS = tuple(option.name for option in CRITERION_OPTIONS)
