"""Words as evidence: those that go together count once, a part is told from the whole, and own columns are words."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

import workbench as wb
from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.learn import learned_of, pool_of
from workbench.reconciliation.matching.weighed import words
from workbench.reconciliation.matching.weighed.amounts import rarity
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, Pairs
from workbench.reconciliation.matching.weighed.shared_columns import shared_columns
from workbench.reconciliation.matching.weighed.word_order import MOST, disorder
from workbench.reconciliation.matching.weighed.words import common_words, find_words
from workbench.reconciliation.settings import make_settings
from workbench.reconciliation.weights import START, WORDS, Weights

FIRST = ("Ada", "Ben", "Cleo", "Dora")
LAST = ("Adler", "Brandt", "Conrad", "Dietz")


def books(
    external: Sequence[str], internal: Sequence[str], **columns: Sequence[tuple[str, str]]
) -> tuple[wb.Records, wb.Records]:
    """Records of one amount and day with these descriptions, and further columns of both sides."""
    sides = []
    for side, texts in enumerate((external, internal)):
        names = (("id", "date"), ("transaction_id", "created_at"))[side]
        sides.append(
            [
                {names[0]: f"r{n:03d}", "amount": 5, "currency": "EUR", names[1]: "2026-03-02", "description": text}
                | {name: values[n][side] for name, values in columns.items()}
                for n, text in enumerate(texts)
            ]
        )
    return wb.read_external(sides[0]), wb.read_internal(sides[1])


def compared(
    own: tuple[wb.Records, wb.Records], *pairs: tuple[int, int]
) -> tuple[OpenUnits, Pairs, tuple[TextKey, ...]]:
    """The units of both books, pairs of them, and the columns that are compared."""
    pool = pool_of(*own, make_settings(rules=[wb.Weighed()]))
    units = OpenUnits.of(pool, np.arange(len(pool.external)), np.arange(len(pool.internal)))
    at = Pairs(*(np.array(side) for side in zip(*pairs, strict=True)))
    return units, at, Weights.from_dict({**START.to_dict(), "columns": shared_columns(*own)}).column_keys


def in_two_orders(own: tuple[wb.Records, wb.Records], *pairs: tuple[int, int]) -> list[int]:
    """How many two words of each of these pairs stand the one way here and the other way there."""
    units, at, keys = compared(own, *pairs)
    return [int(count) for count in disorder(at, find_words(units, keys))]


def word_levels(own: tuple[wb.Records, wb.Records], *pairs: tuple[int, int]) -> list[tuple[str, int]]:
    """How the words of these pairs stand, and how rare those are that both have."""
    units, at, keys = compared(own, *pairs)
    found, rare = common_words(at, find_words(units, keys))
    return [(WORDS[number], int(value)) for number, value in zip(found, rare, strict=True)]


def test_words_that_go_together_count_as_one() -> None:
    """Each of 4 shops has two words of its own: that a pair shares both says 2 bits and not 4."""
    shops = ["Corner Cafe", "City Books", "Blue Bakery", "Rail Tickets"] * 5
    assert word_levels(books(shops, shops), (0, 0), (0, 4), (0, 1)) == [("shared", 200), ("shared", 200), ("none", 0)]


def test_names_of_two_words_that_vary_count_twice() -> None:
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    found = word_levels(books(names, names), (0, 0), (0, 1), (0, 5))
    assert found == [("shared", 400), ("mostly", 200), ("none", 0)]


def test_what_the_other_side_never_says_is_no_part_that_is_missing() -> None:
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    told = [f"TRANSFER {name} EREF {number * 7919 + 10**6}" for number, name in enumerate(names)]
    assert word_levels(books(told, names), (3, 3), (3, 2)) == [("shared", 400), ("mostly", 200)]


def test_numbers_are_words_with_the_letters_that_they_are_written_with() -> None:
    customers = [f"K{10000 + n % 8}" for n in range(64)]
    told = [f"KD.NR. {customer} DANKE" for customer in customers]
    assert word_levels(books(told, customers), (1, 9), (1, 2)) == [("shared", 300), ("none", 0)]


def test_a_word_is_as_rare_where_half_of_the_texts_are_missing() -> None:
    """Of 16 customers: half of the pairs share theirs, which says 5 bits, so that it says 4 for each that shares it."""
    customers = [f"K{10000 + n % 16}" for n in range(64)]
    assert word_levels(books([*customers[:32], *[""] * 32], customers), (1, 17), (40, 8)) == [
        ("shared", 500),
        ("missing", 0),
    ]


def test_a_short_number_with_a_letter_is_a_word() -> None:
    """A Cleo of desk B4 is another one than that of desk C7."""
    names = [f"Cleo {letter}{digit}" for letter in "ABCD" for digit in range(4)]
    assert word_levels(books(names, names), (5, 5), (5, 6)) == [("shared", 400), ("partly", 0)]


def test_names_are_the_same_without_their_accents() -> None:
    names = ["Jörg Müller", "Łukasz Søndergård", "Zoë Weiß", "Çağla Ærø"] * 4
    told = ["JOERG MUELLER", "LUKASZ SOENDERGAARD", "ZOE WEISS", "CAGLA AEROE"] * 4
    assert word_levels(books(told, names), (0, 0), (1, 1), (2, 2), (3, 3)) == [("shared", 200)] * 4
    assert word_levels(books(told, names), (0, 1)) == [("none", 0)]


def test_a_word_that_a_full_field_has_cut_off_is_the_beginning_of_others() -> None:
    """Of 16 names in 10 letters the 4 of each letter look alike; a shorter text is whole, however it ends."""
    names = [f"Transfer {letter}{digit}0" for letter in "ABCD" for digit in range(1, 5)]
    cut = [f"transfer {letter}{digit}" for letter in "ABCD" for digit in range(1, 5)]
    assert word_levels(books(cut, names), (5, 5), (5, 6)) == [("shared", 400), ("partly", 0)]
    whole = [*cut[:-1], f"{cut[-1]} and some more"]
    assert word_levels(books(whole, names), (5, 5), (5, 6)) == [("shared", 0), ("shared", 0)]


def test_half_of_what_a_text_says_is_told_from_less() -> None:
    """Who lives there pays for somebody else: a floor in common is less than a street and a floor."""
    flats = [
        f"{first} {street}strasse {letter}{floor}"
        for first in FIRST
        for street in LAST
        for letter, floor in ("A1", "B2")
    ]
    assert [how for how, _ in word_levels(books(flats, flats), (0, 8), (0, 2), (0, 10))] == [
        "mostly",
        "mostly",
        "partly",
    ]


def test_a_text_that_says_nothing_the_other_side_knows_is_missing() -> None:
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    found = word_levels(books([*names, "DONATION"], names), (16, 3), (0, 5), (0, 1))
    assert [how for how, _ in found] == ["missing", "none", "mostly"]


def test_a_name_that_is_a_part_of_another_is_not_all_of_it() -> None:
    names = [f"{first} {last}" for first in FIRST for last in (*LAST, "Adler-Brandt", "Conrad-Dietz")]
    found = word_levels(books(names, names), (0, 0), (4, 4), (0, 4), (4, 0), (0, 2))
    assert [how for how, _ in found] == ["shared", "shared", "contained", "contained", "mostly"]


def test_what_a_full_field_has_cut_off_does_not_speak_against_it() -> None:
    """The bank has 12 letters, of which 16 desks leave none for the name; a text that is shorter says all there is."""
    names = [f"Transfer {letter}1{digit} {last}" for letter in "ABCD" for digit, last in enumerate(LAST)]
    cut = [*(name[:12] for name in names), *LAST]
    assert [how for how, _ in word_levels(books(cut, names), (5, 5), (5, 6))] == ["shared", "partly"]
    whole = [*cut, "transfer of nobody"]
    assert [how for how, _ in word_levels(books(whole, names), (5, 5), (5, 6))] == ["contained", "partly"]


def test_a_column_that_both_sides_have_is_a_word() -> None:
    accounts = [f"DE{n % 16:04d}" for n in range(64)]
    own = books([""] * 64, [""] * 64, iban=[(account, account.lower()) for account in accounts])
    assert shared_columns(*own) == (("iban", "iban"),)
    assert word_levels(own, (1, 17), (1, 2)) == [("shared", 400), ("none", 0)]


def test_a_member_of_an_object_is_a_column_and_few_values_or_others_are_none() -> None:
    iban = [f"DE{n:04d}" for n in range(20)]
    external, _ = books(
        [""] * 20,
        [""] * 20,
        iban=[(account, "") for account in iban],
        branch=[("1", "1")] * 20,
        note=[(f"a{n}", f"b{n}") for n in range(20)],
    )
    rows = [
        {"transaction_id": f"t{n}", "amount": 5, "currency": "EUR", "created_at": "2026-03-02"}
        | {"meta_data": f'{{"payer": "{account}"}}', "branch": "1", "note": f"b{n}"}
        for n, account in enumerate(iban)
    ]
    assert shared_columns(external, wb.read_internal(rows)) == (("iban", "meta_data.payer"),)


def test_columns_are_learned_saved_and_used() -> None:
    """Every payment is of one amount and day: only the account tells them apart."""
    accounts = [f"DE{n:04d}" for n in range(30)]
    external, internal = books([""] * 30, [""] * 30, iban=[(account, account) for account in accounts])
    weights = wb.learn(external, internal)
    assert weights.columns == (("iban", "iban"),)
    assert Weights.from_dict(weights.to_dict()) == weights
    matches = wb.reconcile(external, internal, rules=[wb.Weighed(weights)]).matches
    assert (matches["external_transaction_id"] == matches["internal_transaction_id"]).sum() == 30
    with pytest.raises(wb.SettingsError, match=r"columns of weights takes a list of \[external, internal\]"):
        Weights.from_dict({**weights.to_dict(), "columns": ["iban"]})


def test_dates_outside_of_what_is_usual_are_learned_where_references_tell() -> None:
    days = range(1, 29)
    paid = [
        {"id": f"e{n}", "amount": n, "currency": "EUR", "reference": f"RF-{n:05d}"}
        | {"date": f"2026-0{3 if n % 4 else 9}-{n:02d}"}
        for n in days
    ]
    booked = [
        {"transaction_id": f"t{n}", "amount": n, "currency": "EUR", "reference": f"RF-{n:05d}"}
        | {"created_at": f"2026-03-{n:02d}"}
        for n in days
    ]
    pool = pool_of(wb.read_external(paid), wb.read_internal(booked), make_settings(rules=[wb.Weighed()]))
    assert learned_of(pool).other_date > -300  # a quarter of all payments came half a year later


def test_of_names_with_the_same_words_those_in_the_same_order_are_matched() -> None:
    """Each way round there are two who are paid the same: by ids alone they would be crossed."""
    names = ["Lohn Jörg Böhm-Moser", "Lohn Jörg Moser-Böhm"] * 2
    own = books(["GEHALT JOERG MOSER-BOEHM", "GEHALT JOERG BOEHM-MOSER"] * 2, names)
    assert in_two_orders(own, (0, 1), (0, 0), (1, 0), (1, 1)) == [0, 1, 0, 1]
    matches = wb.reconcile(*own, rules=[wb.Weighed()]).matches
    pairs = zip(matches["external_transaction_id"], matches["internal_transaction_id"], strict=True)
    assert sorted(pairs) == [("r000", "r001"), ("r001", "r000"), ("r002", "r003"), ("r003", "r002")]


def test_words_in_another_order_count_by_pairs_of_words_and_not_beyond_some() -> None:
    words = [f"{letter}{number}0" for letter in "ABC" for number in range(1, 4)]
    texts = [" ".join(words), " ".join(words[::-1]), " ".join([*words[:-2], words[-1], words[-2]])]
    own = books(texts, texts, iban=[("DE0001", "de0001")] * 3)
    assert in_two_orders(own, (0, 0), (0, 1), (0, 2), (1, 2)) == [0, MOST, 1, MOST]


@pytest.mark.parametrize("many", [0, 10**9])
def test_units_with_words_of_many_are_counted_as_those_with_words_of_few(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    chance = Random(1)
    texts = [" ".join(word for word in (*FIRST, *LAST) if chance.random() < 0.6) for _ in range(100)]
    own = books(texts[:90], texts)
    monkeypatch.setattr(words, "_MANY", many)  # no word is common, or each is
    for e, i in ((0, 0), (1, 2), (5, 80)):
        shared = set(texts[e].split()) & set(texts[i].split())
        holding = [sum(shared <= set(text.split()) for text in side) for side in (texts[:90], texts)]
        alone = rarity(*(np.array([count]) for count in (*holding, 90, 100)))
        assert len(shared) > 1
        assert word_levels(own, (e, i))[0][1] == alone[0]
