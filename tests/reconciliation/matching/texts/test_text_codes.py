"""Codes of texts: equal codes are equal folded texts, whichever way the texts went."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reconciliation.matching import kernels
from workbench.reconciliation.matching.texts import text_codes as coding
from workbench.reconciliation.matching.texts.text_codes import encode, encode_folded, fold

WORDS = st.lists(st.none() | st.text("aAbB_qQ \t\x1c\x85é", max_size=5) | st.text(max_size=4), max_size=12)
PLAIN = st.lists(st.none() | st.text("aAbB_qQ \t\n\x0b\x1c\x1f~", max_size=5), max_size=12)


def cut_up(texts: list[str | None]) -> pa.ChunkedArray:
    """The texts in two chunks, the second a slice of something longer, as they come out of an engine."""
    half = len(texts) // 2
    later = pa.array(["before", *texts[half:], "after"], pa.string())
    return pa.chunked_array([pa.array(texts[:half], pa.string()), later.slice(1, len(texts) - half)])


@given(PLAIN | WORDS, PLAIN | WORDS)
def test_codes_are_those_of_the_folded_texts(left: list[str | None], right: list[str | None]) -> None:
    columns = [cut_up(left), cut_up(right)]
    (codes_l, codes_r), values = encode_folded(columns, [False, True])
    folded = [*fold(columns[0], queue_suffix=False).to_pylist(), *fold(columns[1], queue_suffix=True).to_pylist()]
    codes = np.r_[codes_l, codes_r]
    assert [values.take(np.array([code]))[0] if code >= 0 else None for code in codes] == folded
    assert len(values) == len({*folded} - {None})


@given(WORDS)
def test_texts_that_stand_as_they_are(texts: list[str | None]) -> None:
    [codes], values = encode([cut_up(texts)])
    assert [values.take(np.array([code]))[0] if code >= 0 else None for code in codes] == [t or None for t in texts]


def test_compiled_code_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"Ref {number * 7919 % 5000:05}{'_q' * (number % 2)}" for number in range(8000)]
    columns = [pa.chunked_array([texts[:5000]]), pa.chunked_array([texts[5000:]])]
    compiled, _ = encode_folded(columns, [True, True])
    monkeypatch.setattr(kernels, "COMPILE_FROM", 10**9)
    plain, values = coding.encode_folded(columns, [True, True])
    assert [codes.tolist() for codes in compiled] == [codes.tolist() for codes in plain]
    assert len(values) == 5000


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """With this first factor, ``abcefg`` and ``abdefe`` have one hash; another factor tells them apart."""
    columns = [pa.chunked_array([["abcefg", "abdefe"]]), pa.chunked_array([["abdefe", "abcefg"]])]
    monkeypatch.setattr(coding, "_FACTORS", (2,))
    (left, right), _ = encode(columns)
    assert (left.tolist(), right.tolist()) == ([0, 0], [0, 0])
    monkeypatch.setattr(coding, "_FACTORS", (2, 715_827_883))
    (left, right), values = encode(columns)
    assert (left.tolist(), right.tolist(), len(values)) == ([0, 1], [1, 0], 2)


@given(st.lists(st.text("\0\1\2a", max_size=9)))
def test_no_two_texts_have_one_hash_with_every_factor(texts: list[str]) -> None:
    """Whatever their lengths, and whichever letters mark the rest of one that is no multiple of three long."""
    [codes], values = encode([pa.chunked_array([texts], pa.string())])
    assert len(values) == len({*texts} - {""})
    assert values.take(codes[codes >= 0]) == [text for text in texts if text]


@pytest.mark.parametrize("letters", ["ab", "\0\1"])
def test_texts_that_are_hard_to_hash(letters: str) -> None:
    """A Thue-Morse text and its opposite have one polynomial hash in machine numbers, whatever the factor."""
    one = "".join(letters[number.bit_count() % 2] for number in range(2048))
    other = one.translate(str.maketrans(letters, letters[::-1]))
    (left, right), values = encode([pa.chunked_array([[one, other]]), pa.chunked_array([[letters[0] + one, one]])])
    assert (left.tolist(), right.tolist(), len(values)) == ([0, 1], [2, 0], 3)
