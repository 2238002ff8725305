"""Texts as evidence: what those of the open units say, whichever pairs of these are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.reconciliation.criteria.text_key import TextKey
from workbench.reconciliation.matching.weighed.open_units import OpenUnits
from workbench.reconciliation.matching.weighed.references import Links, find_links
from workbench.reconciliation.matching.weighed.words import Words, find_words


@dataclass(frozen=True)
class OpenTexts:
    """The references that units share, and the words that each has."""

    links: Links
    words: Words

    @classmethod
    def of(cls, units: OpenUnits, columns: Sequence[TextKey] = ()) -> OpenTexts:
        """Those of these units; what they say in ``columns`` counts as words."""
        return cls(find_links(units), find_words(units, columns))
