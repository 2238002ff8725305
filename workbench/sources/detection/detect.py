"""Detect: from what is seen of an input to what each column means and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from workbench.layouts.questions import OR_ANOTHER, Choice, Question
from workbench.sources.detection.amount_columns import find_amount, find_decimal_mark
from workbench.sources.detection.currency_column import find_currency
from workbench.sources.detection.date_column import find_date
from workbench.sources.detection.look import Findings, Look
from workbench.sources.detection.other_columns import TEXTS, ask_status, find_id, find_minor_units, find_texts
from workbench.sources.detection.sign import find_sign

AMOUNTS = {"amount", "debit", "credit"}
STEPS: tuple[Callable[[Look, Findings], None], ...] = (
    find_date,
    find_amount,
    find_decimal_mark,
    find_currency,
    find_sign,
    find_id,
    find_texts,
    find_minor_units,
    ask_status,
)


def detect_columns(look: Look) -> Findings:
    """What the columns of an input mean, and how dates and amounts are written: certain, or a question.

    Columns that are called as records call them mean that, and with all that records need so called, nothing else is
    looked for: what such an input holds besides is its own.
    """
    findings = _find(look)
    if findings.questions:
        _ask_for_missing(look, findings)
        _ask_further(look, findings)
    mapping = dict(look.given.get("mapping") or {})
    for meaning, column in findings.meaning.items():
        if meaning not in look.mapped and (column.means(meaning) != 0 or _is_doubled(look, meaning)):
            # By its position, where another column is called like what this one means.
            is_taken = any(other is not column and other.means(meaning) == 0 for other in look.columns)
            mapping[str(column.place + 1) if is_taken else look.key_of(column)] = meaning
    if mapping:
        findings.options["mapping"] = mapping
    return findings


def _find(look: Look) -> Findings:
    findings = Findings()
    for step in STEPS:
        step(look, findings)
    return findings


def _ask_further(look: Look, findings: Findings) -> None:
    """Ask what an answer to which column is the amount would leave open, so that all is asked at once."""
    answers = [
        choice.options["mapping"]
        for question in findings.questions
        for choice in question.choices
        if AMOUNTS & {*choice.options.get("mapping", {}).values()} and choice.meaning != OR_ANOTHER
    ]
    further = [(answer, question) for answer in answers for question in _find(_answered(look, answer)).questions]
    known = [_answers(question) for question in findings.questions]
    for answer, question in further:
        if _answers(question) not in known:
            known.append(_answers(question))
            of_all = sum(_answers(other) == _answers(question) for _, other in further) == len(answers)
            columns = " and ".join(repr(header) for header in answer)
            text = question.text if of_all else f"if the amount is in {columns}: {question.text}"
            findings.questions.append(replace(question, text=text))


def _answered(look: Look, mapping: Mapping[str, str]) -> Look:
    return replace(look, given={**look.given, "mapping": {**(look.given.get("mapping") or {}), **mapping}})


def _answers(question: Question) -> list[Mapping[str, Any]]:
    return [choice.options for choice in question.choices]


def _is_doubled(look: Look, meaning: str) -> bool:
    """Whether several columns are called like this one, which stands beside its amount or is the first of texts."""
    may_be = meaning == "currency" or (meaning in TEXTS and not look.is_plain)
    return may_be and sum(column.means(meaning) == 0 for column in look.columns) > 1


def _ask_for_missing(look: Look, findings: Findings) -> None:
    """Ask for columns that nothing was found for, beside what else is asked; alone they are a message of their own."""
    date = "created_at" if look.kind.name == "internal" else "date"
    names = ", ".join(repr(column.header) for column in look.columns if column.header.strip())
    for name, ways in ((date, {date}), ("amount", {"amount", "debit", "credit", "precise_amount"})):
        choices = [choice for question in findings.questions for choice in question.choices]
        asked = any(ways & {*choice.options.get("mapping", {}).values()} for choice in choices)
        if not ways & findings.meaning.keys() and not asked:
            others = [column for column in look.columns if column not in findings.meaning.values()]
            header = look.key_of((others or look.columns)[0])
            text = f"no column is taken for {name}; the headers are {names or 'none'}"
            findings.questions.append(Question("mapping", text, (Choice({"mapping": {header: name}}, OR_ANOTHER),)))
