"""What counts how much: the weights of a rule, and what the evidence counted in its matches, in rows for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from workbench.durations import duration
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Weighed
from workbench.reconciliation.weights import BIT, MILLION, REFERENCES, SHARED, TERMS, Span, Weights

_REFERENCES = dict(
    zip(
        REFERENCES,
        (
            "the same",
            "the same but for case, blanks, marks",
            "one mentions the other",
            "the same digits but for one, or cut",
            "missing on a side",
            "others",
            "one names another record",
        ),
        strict=True,
    )
)
_OTHER_WORDS = {"none": "none in common", "missing": "missing on a side"}


class Counted(NamedTuple):
    """A piece of evidence, how it stands, what that counts in hundredths of a bit, and in how many matches.

    What depends on how rare an amount or a text is counts ``on average`` of the matches; ``matches`` is none where
    nobody counted.
    """

    evidence: str
    level: str
    weight: int
    matches: int | None
    on_average: bool = False

    @property
    def odds(self) -> str:
        """What it does to the odds that a pair belongs together.

        >>> Counted("reference", "the same", 1000, 5).odds, Counted("reference", "others", -100, 5).odds
        ('1,024 times as likely', '2 times less likely')
        """
        times = 2 ** (abs(self.weight) / BIT)
        words = f"{times:,.0f}" if times >= 10 or times == int(times) else f"{times:,.1f}"
        return f"{words} times {'as' if self.weight >= 0 else 'less'} likely"


class WhatCounts(NamedTuple):
    """A weighed rule of a result, by its name as shown, from how many matches its weights are, and what they count."""

    rule: str
    learned_from: int
    rows: tuple[Counted, ...]


def what_counts(result: Result) -> list[WhatCounts]:
    """What counts how much, for each rule of a result that weighs."""
    every = result.tables.get("evidence")
    counts = []
    for name, rule in zip(result.settings.rule_names, result.settings.rules, strict=True):
        if isinstance(rule, Weighed):
            of_rule = None if every is None else every.filter(pc.equal(every["rule"], name))
            counts.append(WhatCounts(name, rule.weights.learned_from, tuple(_rows(rule.weights, of_rule))))
    return counts


def _rows(weights: Weights, evidence: pa.Table | None) -> Iterator[Counted]:
    yield from _on_average("amount", f"as the matches have it, {_amounts(weights)}", evidence, "amount")
    for span in weights.date:
        yield Counted("date", _lag(weights.measure, span), span.weight, None)
    yield Counted("date", "any other, with a reference in common", weights.other_date, None)
    for name, words in _REFERENCES.items():
        matches = None if evidence is None else evidence.filter(pc.equal(evidence["references"], name))
        if name in SHARED:
            yield from _on_average("reference", words, matches, "reference")
        else:
            yield Counted("reference", words, weights.reference[name], None if matches is None else len(matches))
    yield from _on_average("words", "some in common", _sharing_words(weights, evidence), "words")
    for name, words in _OTHER_WORDS.items():
        yield Counted("words", words, weights.words[name], None)
    yield from _on_average("prior", TERMS["prior"], evidence, "prior")


def _on_average(term: str, words: str, evidence: pa.Table | None, column: str) -> Iterator[Counted]:
    """What a term counts on average of these matches; nothing where there are none."""
    if evidence is not None and len(evidence):
        total, count = pc.sum(evidence[column]).as_py(), len(evidence)
        yield Counted(term, words, (2 * total + count) // (2 * count), count, on_average=True)


def _sharing_words(weights: Weights, evidence: pa.Table | None) -> pa.Table | None:
    """The matches whose words count otherwise than those that share none."""
    if evidence is None:
        return None
    others = pa.array([weights.words[name] for name in _OTHER_WORDS], evidence["words"].type)
    return evidence.filter(pc.invert(pc.is_in(evidence["words"], others)))


def _amounts(weights: Weights) -> str:
    low, high = (Decimal(bound) * 100 / MILLION for bound in (weights.amount[0].low, weights.amount[-1].high))
    same = "the same" if low == high == 0 else f"{low.normalize():f} % to {high.normalize():f} % off"
    return ", ".join([same, *(f"or less {fee}" for fee in weights.fees)])


def _lag(measure: str, span: Span) -> str:
    """How much later the external date is.

    >>> _lag("days", Span(19, 20, 0)), _lag("business_days", Span(-2, -2, 0)), _lag("seconds", Span(60, 119, 0))
    ('19 to 20 days later', '2 business days earlier', '1 minute to 2 minutes later')
    """
    if measure != "seconds":
        unit = measure.replace("_", " ").removesuffix("s")
        count = max(abs(span.low), abs(span.high))
        plural = unit if count == 1 else f"{unit}s"
        first = f"{span.low} to " if span.low < span.high else ""
        return "the same day" if not count else f"{first}{count} {plural} {'later' if span.high > 0 else 'earlier'}"
    low, high = sorted((abs(span.low), abs(span.high + 1)))
    return f"{duration(low)} to {duration(high)} {'later' if span.low >= 0 else 'earlier'}"
