"""Movements: which amounts move a balance, of columns whose headers do not say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import permutations

from workbench.sources.detection.date_column import days_of
from workbench.sources.detection.look import LOOKED_AT, Column, Findings, Look, called
from workbench.sources.detection.proof import movement_of, order_of
from workbench.sources.detection.words import direction_words, flag_word


def take_by_proof(look: Look, findings: Findings, numbers: Sequence[Column]) -> bool:
    """Take the amounts, or the debits and credits, that move a balance among these columns in every row."""
    known = findings.meaning.get("balance")
    flags = [column for column in look.free if all(flag_word(text) in direction_words() for text in column.texts)]
    out_of, into = look.out_and_in
    moving = [
        (meaning, balance, moved)
        for balance in (numbers if known is None else [known])
        for meaning, values in _movements([column for column in numbers if column is not balance], flags, out_of, into)
        if (moved := movement_of(values, values_of(balance)))
    ]
    order = order_of(days_of(findings)[:LOOKED_AT])
    after = [(meaning, balance) for meaning, balance, moved in moving if moved in {(1, order or 1), (1, order or -1)}]
    # Where each balance is the one before its record, it seems to move against the amounts, from the last row on.
    before = [
        (meaning, balance)
        for meaning, balance, moved in moving
        if order and moved == (-1, -order) and out_of not in meaning
    ]
    if len({tuple(column.place for column in meaning.values()) for meaning, _ in after or before}) != 1:
        return False
    meaning, balance = (after or before)[0]
    findings.meaning.update(meaning if before and not after else {**meaning, "balance": balance})
    names = " and ".join(map(called, meaning.values()))
    way = "the one before plus the movement" if after else "that before it"
    findings.evidence.append(f"{names} move the balance: each in {called(balance)} is {way}")
    return True


def _movements(
    columns: Sequence[Column], flags: Sequence[Column], out_of: str, into: str
) -> Iterator[tuple[dict[str, Column], list[Decimal | None]]]:
    """What could move a balance: a column, alone (in, or all out) or with a flag, or two of which a row fills one."""
    for column in columns:
        varied = len(set(values := values_of(column))) > 1  # a constant moves every running number
        if varied:
            yield {"amount": column}, values
        if len(values) > 2 and all(value is not None and value >= 0 for value in values):
            if varied and not flags:  # a flag knows the first row, which no balance before it proves
                yield {out_of: column}, [-(value or Decimal(0)) for value in values]
            for flag in flags:
                outs = [direction_words()[flag_word(text)] == "out" for text in flag.texts]
                yield (
                    {"amount": column},
                    [-(value or Decimal(0)) if out else value for value, out in zip(values, outs, strict=False)],
                )
    for minus, plus in permutations(columns, 2):
        pairs = list(zip(values_of(minus), values_of(plus), strict=True))
        moved: list[Decimal | None] = [(more or Decimal(0)) - abs(less or Decimal(0)) for less, more in pairs]
        if all(bool(less) != bool(more) for less, more in pairs) and len({*moved}) > 1:
            yield {out_of: minus, into: plus}, moved


def values_of(column: Column) -> list[Decimal | None]:
    """The first amounts of a column, in its order."""
    return list(column.values[:LOOKED_AT])
