"""Coding: one small number for each distinct text, so that texts compare as fast as numbers do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.exact import Ints
from workbench.reconciliation.matching import kernels

ALL_BITS = 2**63 - 1
_QUEUE_SUFFIX = b"_q"
# What is blank in ASCII for Unicode, so that a text is trimmed alike whichever way it goes.
_BLANK = np.isin(np.arange(256), [*range(9, 14), *range(28, 33)])
_SAME = np.arange(256)
# Two texts of n letters have one polynomial hash, modulo a prime, for at most n factors: the first of these will do,
# unless somebody means it not to.
_PRIME = 2**31 - 1
_FACTORS = range(715_827_883, 2**30)  # products of these factors with a reduced hash fit 63 bits
_LOWER = np.array([ord(chr(letter).lower()) if letter < 128 else letter for letter in range(256)])


@dataclass(frozen=True)
class Values:
    """The distinct folded texts behind codes: stretches of ``data``, to be read in lower case if ``lower``."""

    data: Ints
    start: Ints
    end: Ints
    lower: bool

    def __len__(self) -> int:
        return len(self.start)

    @property
    def lengths(self) -> Ints:
        """How many bytes each text has."""
        return self.end - self.start

    @property
    def bits_of_a_letter(self) -> int:
        """How many bits of a signature may change with one letter: the pairs that it stands in, before and after."""
        return 4 if self.lower else 10  # a letter is one byte where all texts are ASCII, else up to 4

    @cached_property
    def signatures(self) -> Ints:
        """For each text the set of its pairs of neighbouring bytes, as bits; some pairs share a bit.

        A text that holds another has all of its bits, so what a glance at two numbers rules out need not be compared.
        """
        letters = _LOWER if self.lower else _SAME
        return kernels.run(_sign, len(self.data), self.data, self.start, self.end, letters)

    def take(self, codes: Ints) -> list[str]:
        """The texts of ``codes``."""
        stretches = zip(self.start[codes].tolist(), self.end[codes].tolist(), strict=True)
        texts = [self.data[start:end].tobytes().decode() for start, end in stretches]
        return [text.lower() for text in texts] if self.lower else texts


def encode(columns: Sequence[pa.ChunkedArray]) -> tuple[list[Ints], Values]:
    """Codes of the texts of all ``columns``, as they stand, over the same values; what is null or empty is -1."""
    codes, values = encode_laid_out(*laid_out(columns), lower=False)
    return _split(codes, columns), values


def encode_folded(columns: Sequence[pa.ChunkedArray], cut: Sequence[bool]) -> tuple[list[Ints], Values]:
    """Codes of the texts of all ``columns``, as ``fold`` has them, over the same values; what is null or blank is -1.

    ``cut`` says of each column whether the trailing ``_q`` of Blnk's queue is taken off.
    """
    if not all(_is_ascii(column) for column in columns):
        return encode([fold(column, queue_suffix=suffix) for column, suffix in zip(columns, cut, strict=True)])
    data, start, end = laid_out(columns)
    suffixes = np.repeat(cut, [len(column) for column in columns])
    kernels.run(_trim, len(start), data, start, end, suffixes, _BLANK)
    codes, values = encode_laid_out(data, start, end, lower=True)
    return _split(codes, columns), values


def _split(codes: Ints, columns: Sequence[pa.ChunkedArray]) -> list[Ints]:
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def encode_laid_out(data: Ints, start: Ints, end: Ints, *, lower: bool) -> tuple[Ints, Values]:
    """Codes of texts that are laid out as stretches of ``data``, and their values; what is empty is -1."""
    letters = _LOWER if lower else _SAME
    hashes = np.empty(len(start), np.int64)
    for factor in _FACTORS:
        kernels.run_halves(_hash, len(start), len(data), data, start, end, letters, factor, hashes)
        slots = np.full(1 << (2 * len(start)).bit_length(), -1, np.int32)
        codes, first = kernels.run(_number, len(data), start, end, hashes, slots)
        if all(kernels.run_halves(_are_alike, len(start), len(data), data, start, end, letters, codes, first)):
            break
    return codes, Values(data, start[first], end[first], lower)


def fold(text: pa.ChunkedArray, *, queue_suffix: bool) -> pa.ChunkedArray:
    """Text as comparisons see it: case folded, without surrounding blanks; empty text becomes null.

    ``queue_suffix`` takes off the trailing ``_q`` that Blnk's queue adds to a reference.
    """
    text = pc.utf8_trim_whitespace(text)
    if queue_suffix:
        ends = pc.ends_with(text, _QUEUE_SUFFIX.decode())
        text = pc.if_else(ends, pc.utf8_slice_codeunits(text, 0, -len(_QUEUE_SUFFIX)), text)
    return pa.chunked_array([pa.array([t.casefold() or None if t else None for t in text.to_pylist()], pa.string())])


def _is_ascii(column: pa.ChunkedArray) -> bool:
    return pc.all(pc.string_is_ascii(column), min_count=0).as_py() is not False


def laid_out(columns: Sequence[pa.ChunkedArray]) -> tuple[Ints, Ints, Ints]:
    """The bytes of all texts one behind the other, and where each begins and ends; null is empty."""
    chunks = [chunk for column in columns for chunk in column.chunks if len(chunk)]
    offsets = [
        np.frombuffer(chunk.buffers()[1], np.int32)[chunk.offset : chunk.offset + len(chunk) + 1] for chunk in chunks
    ]
    data = [
        np.frombuffer(chunk.buffers()[2] or b"", np.uint8)[places[0] : places[-1]]
        for chunk, places in zip(chunks, offsets, strict=True)
    ]
    size, count = sum(map(len, data)), sum(map(len, chunks))
    # Offsets of 32 bits, where these suffice, are half as many bytes to touch.
    start, end = np.empty((2, count), np.int32 if size < 2**31 else np.int64)
    row, base = 0, 0
    for chunk, places in zip(chunks, offsets, strict=True):
        rows = slice(row, row + len(chunk))
        shift = base - int(places[0])
        np.add(places[:-1], shift, out=start[rows])
        np.add(places[1:], shift, out=end[rows])
        if chunk.null_count:
            empty = pc.invert(chunk.is_valid()).to_numpy(zero_copy_only=False)
            end[rows][empty] = start[rows][empty]
        row, base = row + len(chunk), base + int(places[-1] - places[0])
    return np.concatenate([np.zeros(0, np.uint8), *data]), start, end


def _trim(data: Ints, start: Ints, end: Ints, suffix: Ints, blank: Ints) -> None:
    """Narrow the stretches to what has no surrounding blanks and, where ``suffix`` says so, no suffix of the queue."""
    for j in range(len(start)):
        low, high = start[j], end[j]
        while low < high and blank[data[low]]:
            low += 1
        while low < high and blank[data[high - 1]]:
            high -= 1
        if suffix[j] and high - low >= 2 and data[high - 2] == 95 and data[high - 1] == 113:
            high -= 2
        start[j], end[j] = low, high


def _sign(data: Ints, start: Ints, end: Ints, letters: Ints) -> Ints:
    """Sets of neighbouring bytes, each pair as one of 63 bits."""
    signatures = np.zeros(len(start), np.int64)
    for j in range(len(start)):
        bits = 0
        for k in range(start[j] + 1, end[j]):
            bits |= 1 << ((letters[data[k - 1]] * 31 + letters[data[k]]) % 63)
        signatures[j] = bits
    return signatures


def _hash(data: Ints, start: Ints, end: Ints, letters: Ints, factor: int, hashes: Ints, begin: int, stop: int) -> None:
    """Write for the stretches from ``begin`` to ``stop`` numbers that are the same for the same letters.

    Each is two remainders of a polynomial in one; its coefficients are three letters each, the last one the rest of
    the letters behind a mark that no other has.
    """
    for j in range(begin, stop):
        one, other, k = 1, 1, start[j]
        done = False
        while not done:
            if k + 3 <= end[j]:
                word = (letters[data[k]] << 16) | (letters[data[k + 1]] << 8) | letters[data[k + 2]]
            else:
                rest = 1
                for place in range(k, end[j]):
                    rest = (rest << 8) | letters[data[place]]
                word = rest | 1 << 24
                done = True
            one = one * factor + word
            one = (one & _PRIME) + (one >> 31)  # nearly the remainder, and quicker
            other = other * (factor - 2) + word
            other = (other & _PRIME) + (other >> 31)
            k += 3
        hashes[j] = (one % _PRIME) << 31 | (other % _PRIME)


def _number(start: Ints, end: Ints, hashes: Ints, slots: Ints) -> tuple[Ints, Ints]:
    """Number the distinct hashes in the order in which they first stand; that of an empty stretch is -1.

    A table of open ``slots``, each -1 and their number a power of two, finds a hash. Returns the numbers, and where
    each of them stands first.
    """
    codes = np.full(len(start), -1, np.int32)
    first = np.empty(len(start), np.int32)
    count = 0
    for j in range(len(start)):
        if start[j] == end[j]:
            continue
        slot = (hashes[j] ^ (hashes[j] >> 20)) & (len(slots) - 1)
        while slots[slot] >= 0 and hashes[slots[slot]] != hashes[j]:
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            slots[slot] = j
            first[count] = j
            codes[j] = count
            count += 1
        else:
            codes[j] = codes[slots[slot]]
    return codes, first[:count].copy()


def _are_alike(
    data: Ints, start: Ints, end: Ints, letters: Ints, codes: Ints, first: Ints, begin: int, stop: int
) -> bool:
    """Whether the stretches from ``begin`` to ``stop`` are, to the letter, what stands first under their number.

    Two of one hash need not be.
    """
    for j in range(begin, stop):
        same = first[codes[j]] if codes[j] >= 0 else j
        if same == j:
            continue
        if end[same] - start[same] != end[j] - start[j]:
            return False
        for k in range(end[j] - start[j]):
            if letters[data[start[j] + k]] != letters[data[start[same] + k]]:
                return False
    return True
