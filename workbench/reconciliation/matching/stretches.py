"""Stretches of words and numbers in texts that are one of many known shapes, found as a kernel (see ``kernels``)."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from workbench.exact import Ints

LETTERS = 256  # how many bytes there are
_BLANK, _ZERO, _NINE = 32, 48, 57  # as bytes


def hold(
    data: Ints, start: Ints, end: Ints, s_data: Ints, s_start: Ints, s_end: Ints, bounds: Ints, together: bool
) -> tuple[Ints, Ints]:
    """Pairs of a text and a shape that a stretch of its words and numbers has; some stand twice.

    Shapes are sorted by their bytes; ``bounds`` says where those stand that begin with any two. From the beginning of
    each word or number on, the shapes that go on alike become fewer, letter by letter. If ``together``, blanks count
    for nothing and numbers that follow each other are one, whose leading zeros are passed over.
    """
    text = np.empty(1024, np.int64)
    shape = np.empty(1024, np.int64)
    count = 0
    for j in range(len(start)):
        begin = start[j]
        while begin < end[j]:
            low, high, depth, first = 0, len(s_start), 0, 0
            in_number, leading, zeros = False, False, False
            k = begin
            while True:
                if k == end[j] or data[k] == _BLANK:
                    match = -1
                    if zeros:  # and nothing else: the number is nought
                        zero, past_zero = _narrow(s_data, s_start, s_end, bounds, low, high, depth, first, _ZERO)
                        if zero < past_zero and s_end[zero] - s_start[zero] == depth + 1:
                            match = zero
                    elif depth and s_end[low] - s_start[low] == depth:
                        match = low
                    if match >= 0:
                        if count == len(text):
                            text = np.concatenate((text, text))
                            shape = np.concatenate((shape, shape))
                        text[count] = j
                        shape[count] = match
                        count += 1
                    if k == end[j]:
                        break
                    if together:
                        k += 1
                        continue
                letter = int(data[k])
                k += 1
                if together:
                    if _ZERO <= letter <= _NINE:
                        leading = leading if in_number else True
                        in_number = True
                        if leading and letter == _ZERO:
                            zeros = True
                            continue
                    elif zeros:
                        low, high = _narrow(s_data, s_start, s_end, bounds, low, high, depth, first, _ZERO)
                        first = first if depth else _ZERO
                        depth += 1
                        in_number = False
                    else:
                        in_number = False
                    leading, zeros = False, False
                    if low >= high:
                        break
                low, high = _narrow(s_data, s_start, s_end, bounds, low, high, depth, first, letter)
                first = first if depth else letter
                depth += 1
                if low >= high:
                    break
            while begin < end[j] and data[begin] != _BLANK:
                begin += 1
            begin += 1
    return text[:count].copy(), shape[:count].copy()


@register_jitable
def _narrow(
    s_data: Ints,
    s_start: Ints,
    s_end: Ints,
    bounds: Ints,
    low: int,
    high: int,
    depth: int,
    first: int,
    letter: int,
) -> tuple[int, int]:
    """Of the sorted shapes from ``low`` to ``high``, which begin alike, those that go on with ``letter``."""
    if depth == 0:
        return bounds[letter * LETTERS], bounds[(letter + 1) * LETTERS]
    if depth == 1:
        return bounds[first * LETTERS + letter], bounds[first * LETTERS + letter + 1]
    begin, stop = low, high
    while begin < stop:
        middle = (begin + stop) // 2
        place = s_start[middle] + depth
        if place >= s_end[middle] or s_data[place] < letter:
            begin = middle + 1
        else:
            stop = middle
    low, stop = begin, high
    while begin < stop:
        middle = (begin + stop) // 2
        place = s_start[middle] + depth
        if place >= s_end[middle] or s_data[place] <= letter:
            begin = middle + 1
        else:
            stop = middle
    return low, begin
