"""Damage: bytes and lines of a file changed at random places."""

from __future__ import annotations

from random import Random

BITS = (
    b'"',
    b'""',
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"<",
    b"&",
    b"{",
    b"]",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"-",
    b"1E999",
    b"NaN",
    b"9" * 40,
    b"0",
    b":",
    b"\\ud800",
    b"'",
    b"=1+1",
    b"PK\x03\x04",
    b"null",
    b"[" * 2000,
)


def damaged(content: bytes, chance: Random) -> bytes:
    """The content with one change, or some, or many."""
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 5, 30])):
        place, size = chance.randrange(len(changed) + 1), chance.choice([1, 1, 2, 8, 64])
        match chance.randrange(8):
            case 0 | 1:
                changed[place : place + 1] = chance.randbytes(1)
            case 2:
                changed[place:place] = chance.choice(BITS)
            case 3:
                del changed[place : place + size]
            case 4:
                changed[place : place + size] = chance.randbytes(size)
            case 5:
                changed[place:place] = changed[place : place + size * 4]
            case 6:
                changed = bytearray(_lines_changed(bytes(changed), chance))
            case 7 if chance.random() < 0.3:
                del changed[place:]
    return bytes(changed)


def _lines_changed(content: bytes, chance: Random) -> bytes:
    """A line left out, doubled, or put elsewhere."""
    lines = content.splitlines(keepends=True)
    if len(lines) < 2:
        return content
    place = chance.randrange(len(lines))
    line = lines.pop(place)
    if chance.random() < 0.7:
        lines[chance.randrange(len(lines)) : 0] = [line] * chance.choice([1, 1, 2])
    return b"".join(lines)
