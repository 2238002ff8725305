"""Words and numbers of texts, and stretches of them that are one of many known shapes, as kernels (see ``kernels``)."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints

_BLANK, _ZERO, _NINE = 32, 48, 57  # the bytes of these characters
HEAD = 3  # a stretch is looked up only if its first letters, up to this many, begin a shape
_FACTOR, _MASK = 0x9E3779B97F4A7, 2**62 - 1  # a hash is masked, since a product beyond 64 bits keeps its lower bits


def space(data: Ints, start: Ints, end: Ints, letters: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The words and numbers of each text with one blank between any two, laid out like the texts.

    ``letters`` is what stands for each byte: a letter, a digit, or a blank in place of all else. The last array says in
    which texts a number follows another.
    """
    size = 0
    for j in range(len(start)):
        size += 2 * (end[j] - start[j])
    out = np.empty(size, np.uint8)
    begins = np.empty(len(start), np.int64)
    ends = np.empty(len(start), np.int64)
    follow = np.zeros(len(start), np.bool_)
    count = 0
    for j in range(len(start)):
        begins[j] = count
        before = _BLANK
        for k in range(start[j], end[j]):
            letter = letters[data[k]]
            if letter != _BLANK:
                if count > begins[j] and (before == _BLANK or _is_digit(before) != _is_digit(letter)):
                    follow[j] |= _is_digit(letter) and _is_digit(out[count - 1])
                    out[count] = _BLANK
                    count += 1
                out[count] = letter
                count += 1
            before = letter
        ends[j] = count
    return out[:count].copy(), begins, ends, follow


def shape(data: Ints, start: Ints, end: Ints, together: bool) -> tuple[Ints, Ints, Ints]:
    """What the words and numbers of each text are like, leading zeros aside, laid out like the texts.

    If ``together``, blanks count for nothing and numbers that follow each other are one.
    """
    out = np.empty((end - start).sum(), np.uint8)
    begins = np.empty(len(start), np.int64)
    ends = np.empty(len(start), np.int64)
    count = 0
    for j in range(len(start)):
        begins[j] = count
        digits = 0  # of the number that is being written
        for k in range(start[j], end[j]):
            letter = data[k]
            if letter == _BLANK and together:
                continue
            if not _is_digit(letter):
                digits = 0
            elif digits == 1 and out[count - 1] == _ZERO:
                count -= 1
            else:
                digits += 1
            out[count] = letter
            count += 1
        ends[j] = count
    return out[:count].copy(), begins, ends


def tell(data: Ints, start: Ints, end: Ints, fewest: int, most: int) -> Ints:
    """Which shapes have a letter and a digit, or so many digits, and no more than ``most`` of both."""
    telling = np.zeros(len(start), np.bool_)
    for j in range(len(start)):
        digits = 0
        size = 0
        for k in range(start[j], end[j]):
            digits += _is_digit(data[k])
            size += data[k] & 0xC0 != 0x80  # what goes on with a letter beyond ASCII is none
        telling[j] = size <= most and (0 < digits < size or digits >= fewest)
    return telling


def index(data: Ints, start: Ints, end: Ints, chosen: Ints, slots: Ints, begins: Ints, bits: Ints) -> Ints:
    """Put the ``chosen`` shapes into a table of open ``slots``, each -1 and their number a power of two.

    ``begins`` becomes true for the hashes of their first letters, up to ``HEAD``, and ``bits`` get one for each: both
    tell most stretches to be none of the shapes without a look into the table, which does not fit the nearest memory.
    Returns the hashes of all shapes.
    """
    hashes = np.zeros(len(start), np.int64)
    for j in chosen:
        value = 0
        for k in range(start[j], end[j]):
            value = (value * _FACTOR + int(data[k])) & _MASK
            if k < start[j] + HEAD:
                begins[value & (len(begins) - 1)] = True
        hashes[j] = value
        bits[(value >> 3) & (len(bits) - 1)] |= 1 << (value & 7)
        slot = _slot(value, len(slots))
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = j
    return hashes


def hold(
    data: Ints,
    start: Ints,
    end: Ints,
    s_data: Ints,
    s_start: Ints,
    s_end: Ints,
    hashes: Ints,
    slots: Ints,
    begins: Ints,
    bits: Ints,
    lengths: Ints,
    together: bool,
    whole: bool,
    text: Ints,
    shape: Ints,
) -> int:
    """Write pairs of a text and a shape that a stretch of its words and numbers has, some twice; returns how many.

    What does not fit ``text`` and ``shape`` is counted alone: arrays that grow here would make each step slower.

    ``hashes``, ``slots``, ``begins`` and ``bits`` are of ``index``; ``lengths`` says which lengths shapes have, up to
    the longest. From the beginning of each word or number on, the stretches to the end of this one and of the next ones
    are looked up, as long as some shape begins like that; a ``whole`` text is one of them only if that is wanted.
    """
    count = 0
    longest = len(lengths) - 1
    written = np.empty(longest + 1, np.uint8)
    for j in range(len(start)):
        begin = start[j]
        while begin < end[j]:
            size, digits, value, before = 0, 0, 0, 0  # before: the hash but for the last letter
            follow = together
            k = begin
            while data[begin] == _ZERO or begins[data[begin]]:  # else no shape begins like that
                if k == end[j] or data[k] == _BLANK:
                    wanted = lengths[size] and follow and (whole or begin > start[j] or k < end[j])
                    if wanted and bits[(value >> 3) & (len(bits) - 1)] & (1 << (value & 7)):
                        slot = _slot(value, len(slots))
                        while slots[slot] >= 0:
                            one = slots[slot]
                            if hashes[one] == value and _is_alike(written, size, s_data, s_start[one], s_end[one]):
                                if count < len(text):
                                    text[count] = j
                                    shape[count] = one
                                count += 1
                                break
                            slot = (slot + 1) & (len(slots) - 1)
                    if k == end[j]:
                        break
                    follow = follow or (_is_digit(data[k - 1]) and _is_digit(data[k + 1]))
                    if together:
                        k += 1
                        continue
                letter = int(data[k])
                k += 1
                if not _is_digit(letter):
                    digits = 0
                elif digits == 1 and written[size - 1] == _ZERO:
                    size -= 1
                    value = before
                else:
                    digits += 1
                if size == longest or (0 < size <= HEAD and not begins[value & (len(begins) - 1)]):
                    break
                before = value
                value = (value * _FACTOR + letter) & _MASK
                written[size] = letter
                size += 1
            while begin < end[j] and data[begin] != _BLANK:
                begin += 1
            begin += 1
    return count


@register_jitable
def _is_digit(letter: int) -> bool:
    return _ZERO <= letter <= _NINE


@register_jitable
def _slot(value: int, slots: int) -> int:
    return (value ^ (value >> 20) ^ (value >> 40)) & (slots - 1)


@register_jitable
def _is_alike(written: Ints, size: int, data: Ints, start: int, end: int) -> bool:
    if end - start != size:
        return False
    k = 0
    while k < size and written[k] == data[start + k]:
        k += 1
    return k == size
