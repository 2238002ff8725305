"""Text criteria against a comparison of every pair, letter by letter."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.text_criteria import distances
from workbench.reconciliation.matching.texts.text_codes import encode

ASCII = "abcdefghA1"
WIDE = "aA1ß€😀你好"  # one that folds into two, and some of several bytes
DRIFTS = st.sampled_from(["0", "10", "20", "33.4", "50", "75", "100"])


@st.composite
def both_sides(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Texts, and others that hold them, are held by them, or differ in a letter or two."""
    letters = draw(st.sampled_from([ASCII, WIDE]))
    left = draw(st.lists(st.text(letters, min_size=1, max_size=12), min_size=1, max_size=5))
    right = draw(st.lists(st.text(letters, min_size=1, max_size=12), max_size=2))
    for text in left:
        at, end = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
        letter, other = draw(st.text(letters, max_size=1)), draw(st.text(letters, max_size=1))
        changed = text[:at] + letter + text[at + 1 :]
        right += [changed, changed[:end] + other + changed[end + 1 :], text[at:], other + text]
    return left, [text for text in right if text]


def edits(one: str, other: str) -> int:
    """The Levenshtein distance, by its definition."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row = row, [at]
        for place, own in enumerate(other, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != own)))
    return row[-1]


def met(one: str, other: str, drift: str) -> bool:
    one, other = one.casefold(), other.casefold()
    allowed = int(max(len(one), len(other)) * Fraction(drift) / 100)
    return one in other or other in one or edits(one, other) <= allowed


def candidates(left: list[str], right: list[str], drift: str) -> int:
    """How many pairs of one amount a rule on references weighs as candidates."""
    common = {"amount": "1", "currency": "EUR"}
    paid = [{"id": f"e{at}", "reference": text, "date": "2026-01-01", **common} for at, text in enumerate(left)]
    booked = [
        {"transaction_id": f"i{at}", "reference": text, "created_at": "2026-01-01", **common}
        for at, text in enumerate(right)
    ]
    rule = wb.Rule("Text", [wb.Criterion("reference", "contains", drift), wb.Criterion("amount")])
    result = wb.reconcile(wb.read_external(paid), wb.read_internal(booked), rules=[rule])
    return int(result.summary["rules"][0]["candidates"])


@settings(max_examples=25)
@example((["abcdefgh12"], ["abcdXfgh12"]), "10")  # as many bits apart as a letter can make them
@example((["1a你b2"], ["1a😀b2"]), "20")
@given(both_sides(), DRIFTS)
def test_no_pair_that_meets_is_passed_over(sides: tuple[list[str], list[str]], drift: str) -> None:
    left, right = sides
    assert candidates(left, right, drift) == sum(met(*pair, drift) for pair in product(left, right))


@pytest.mark.parametrize("drift", ["0", "20", "45"])
def test_compiled_code_passes_over_none_either(drift: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    left = [f"REF-{number * 7919 % 1000:03}" for number in range(60)]
    right = [f"pay ref-{number * 31 % 1000:03}x" for number in range(60)]
    found = candidates(left, right, drift)
    assert found == sum(met(*pair, drift) for pair in product(left, right))
    assert 0 < found < 60 * 60


def test_distances_of_many_texts() -> None:
    """So many that the number of a pair of them takes more than 32 bits."""
    [codes], values = encode([pa.chunked_array([[f"text {number}" for number in range(70_000)]])])
    apart, longer = distances(values, codes[[-1, -2, 0]], codes[[0, 69_000, 1]])
    assert (apart.tolist(), longer.tolist()) == ([5, 3, 1], [10, 10, 6])
