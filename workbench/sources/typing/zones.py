"""Zones: what a text beside a time says of its time zone, by its name, its abbreviation or its offset."""

from __future__ import annotations

import re
from collections.abc import Collection

# Hours from UTC. An engine's list of zones has abbreviations that mean others there: BST is Dhaka, AST Anchorage. What
# stands for several zones on statements, such as IST and CST, is none.
_HOURS = {
    **dict.fromkeys(("UTC", "UCT", "GMT", "WET"), 0),
    **dict.fromkeys(("BST", "WEST", "CET", "MET", "MEZ"), 1),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST"), 2),
    **dict.fromkeys(("EEST", "MSK"), 3),
    **dict.fromkeys(("HKT", "SGT", "AWST"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "ADT": -3,
    "BRT": -3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
}
_OFFSET = re.compile(r"(?:UTC|GMT)? ?([+-]\d{1,2})(?::?00)?")
_ABBREVIATION = re.compile(r"[A-Z]{2,5}")
ABBREVIATIONS = {name: f"Etc/GMT{-hours:+d}" if hours else "UTC" for name, hours in _HOURS.items()}


def zone_called(text: str, known: Collection[str]) -> str | None:
    """The name among ``known`` of the zone that a text says; ``None`` if it says none, or one of several.

    >>> names = {"Europe/Paris", "BST", "Etc/GMT+7", "Etc/GMT-2", "UTC"}
    >>> [zone_called(text, names) for text in ("Europe/Paris", "PDT", "GMT+02:00", "IST", "UTC")]
    ['Europe/Paris', 'Etc/GMT+7', 'Etc/GMT-2', None, 'UTC']
    """
    if _ABBREVIATION.fullmatch(text):
        return ABBREVIATIONS.get(text)
    offset = _OFFSET.fullmatch(text)
    name = f"Etc/GMT{-int(offset[1]):+d}" if offset and int(offset[1]) else "UTC" if offset else text
    return name if name in known else None
