"""Texts as written in life, against the definition in plain Python."""

from __future__ import annotations

import random

import oracle
import pyarrow as pa
import pytest

from workbench.reconciliation.criteria.text_key import Form, TextKey
from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.texts.loose_texts import in_form
from workbench.reconciliation.matching.texts.unit_texts import Texts, text_column, texts_of_records

PIECES = ["inv", "INV", "po", "x", "0", "00", "1", "10", "01", "2", " ", " ", "-", "/", "+", "ß", "é", "\u2013", "_"]


def coded(form: Form, external: list[str], internal: list[str]) -> set[tuple[int, int]]:
    """The positions of the texts that share a code."""
    tables = {
        side: pa.table({text_column("t"): pa.array(texts, pa.string())})
        for side, texts in (("external", external), ("internal", internal))
    }
    folded = texts_of_records(TextKey("t", "t"), tables, {side: {} for side in tables})
    codes = in_form(form, folded)
    own = {side: [codes_of(codes[side], unit) for unit in range(len(tables[side]))] for side in tables}
    return {(e, i) for e, a in enumerate(own["external"]) for i, b in enumerate(own["internal"]) if a & b}


def codes_of(texts: Texts, unit: int) -> set[int]:
    if texts.start is None:
        return {int(texts.code[unit])} - {-1}
    return set(texts.code[texts.start[unit] : texts.start[unit + 1]].tolist())


@pytest.mark.parametrize(
    ("form", "one", "other", "met"),
    [
        ("loose", "RF18 5390 0754 7034", "RF18539007547034", True),
        ("loose", "+++090/9337/55493+++", "090933755493", True),
        ("loose", "INV 2025/044", "inv-2025-44", True),
        ("loose", "0000123456", "123456", True),
        ("loose", "INV-10", "INV-1", False),
        ("loose", "INV-1", "pays INV-1", False),
        ("loose", "---", "+++", False),
        ("loose", "Straße 007", "STRASSE-7", True),
        ("loose", "cafe\u0301 1", "CAFÉ1", True),
        ("mentions", "STRIPE PAYOUT po_1 12/25", "po_1", True),
        ("mentions", "SVWZ+Rechnung INV-2025-077 vom 1.12.", "inv 2025 77", True),
        ("mentions", "your RF18 5390 0754 7034, thanks", "RF18539007547034", True),
        ("mentions", "INV-10", "INV-1", False),
        ("mentions", "INV-10", "NV-10", False),
        ("mentions", "INV-0010 and INV-02", "INV-2", True),
        ("mentions", "room 00", "0", True),
        ("mentions", "pays INV-1", "thanks for INV-1", False),
    ],
)
def test_what_differs_in_life_makes_no_difference(form: Form, one: str, other: str, met: bool) -> None:
    # A third text stands on both sides: two that mention it do not mention each other.
    assert ((0, 0) in coded(form, [one, "INV-1"], [other, "INV-1"])) == met
    assert ((0, 0) in coded(form, [other, "INV-1"], [one, "INV-1"])) == met


@pytest.mark.parametrize("seed", range(6))
def test_codes_are_shared_where_the_definition_holds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed == 0:
        monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    rnd = random.Random(seed)
    longest = rnd.choice([(4, 9), (9, 4)])
    external, internal = (["".join(rnd.choices(PIECES, k=rnd.randint(0, most))) for _ in range(60)] for most in longest)
    for form in ("loose", "mentions"):
        expected = {
            (e, i)
            for e, a in enumerate(map(oracle.words, external))
            for i, b in enumerate(map(oracle.words, internal))
            if oracle.loosely_equal(a, b) or (form == "mentions" and (oracle.mentions(a, b) or oracle.mentions(b, a)))
        }
        assert coded(form, external, internal) == expected


def test_no_texts_at_all() -> None:
    assert coded("mentions", [], ["a"]) == coded("loose", ["", "-"], []) == set()
    assert coded("mentions", ["-"], ["-", ""]) == set()
