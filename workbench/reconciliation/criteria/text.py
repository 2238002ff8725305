"""Texts: references and descriptions, folded, any text of the one unit beside any of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workbench.exact import optional_decimals
from workbench.reconciliation.criteria.drift import DRIFT_DECIMALS, Drift, plain
from workbench.reconciliation.criteria.field import Criterion, Field, Misses, declare
from workbench.reconciliation.criteria.pairs import Pairs
from workbench.reconciliation.criteria.text_key import Form, TextKey, say_pattern
from workbench.reconciliation.criteria.window import Window

_NONE = -1  # stands for a distance or a drift that is missing
_FORMS: dict[str, Form] = {
    "equals_loosely": "loose",
    "mentions": "mentions",
}  # the form that an operator compares
_DENIED = {"equals_loosely": "is not, even loosely,", "mentions": "does not mention, and is not mentioned by,"}
_LEAST = 1e-9  # the share by which a text is off where letters do not say how much


@dataclass(frozen=True)
class TextField(Field):
    """Texts, whose drift is a percentage of the letters of the longer one."""

    def words(self, criterion: Criterion) -> str:
        """The criterion in plain words."""
        both, one = self._columns_in_words(criterion)
        words = {
            "equals": f"{both} are the same",
            "equals_loosely": f"{both} are the same but for case, blanks, punctuation and leading zeros",
            "contains": f"{one} holds the other",
            "mentions": f"{one} mentions the other",
        }[criterion.operator]
        drift = criterion.allowable_drift
        if drift:
            words += f", or they differ in at most {plain(drift)} % of their letters"
        return words + say_pattern(criterion.pattern)

    def text_key(self, criterion: Criterion) -> TextKey:
        """The columns that are compared, the part of them that counts, and the form."""
        pattern = criterion.pattern or ""
        patterns = (pattern, pattern) if isinstance(pattern, str) else pattern
        form = _FORMS.get(criterion.operator, "folded")
        return TextKey(criterion.external or self.name, criterion.internal or self.name, *patterns, form)

    def _columns_in_words(self, criterion: Criterion) -> tuple[str, str]:
        """The texts on both sides, and one of them."""
        key = self.text_key(criterion)
        if key.external == key.internal:
            return (
                (f"the {key.external}s", f"one {key.external}")
                if key.external == self.name
                else (f"the texts in {key.external}", f"one text in {key.external}")
            )
        columns = f"the external {key.external} and the internal {key.internal}"
        return columns, f"one of {columns}"

    def narrow(self, criterion: Criterion, window: Window) -> Window:
        """A text is part of the block where it must be equal, else it is compared pair by pair."""
        return replace(window, texts=(*window.texts, criterion))

    def fails(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """Which of the pairs do not meet the criterion."""
        return ~pairs.meets_text(criterion)

    def shortfall(self, criterion: Criterion, pairs: Pairs) -> NDArray[Any]:
        """As a share of the longer text, by the closest texts of the two units."""
        share = np.ones(len(pairs))
        texts = pairs.text_pairs(criterion)
        np.minimum.at(share, texts.pair, texts.distance / texts.longer)
        return np.where(pairs.meets_text(criterion), 0.0, np.maximum(share, _LEAST))

    def misses(self, criterion: Criterion, pairs: Pairs) -> Misses:
        """By how many letters, by the closest texts of the two units."""
        texts = pairs.text_pairs(criterion)
        left, right = texts.texts()
        rows = zip(texts.pair.tolist(), left, right, texts.distance.tolist(), texts.longer.tolist(), strict=True)
        closest: dict[int, tuple[Fraction, str, str, int, int]] = {}
        for pair, a, b, distance, longer in rows:
            row = (Fraction(distance, longer), a, b, distance, longer)
            closest[pair] = min(closest.get(pair, row), row)
        off_by, drift = np.full(len(pairs), _NONE, object), np.full(len(pairs), _NONE, object)
        key = self.text_key(criterion)
        names = sorted({key.external, key.internal})
        words = [f"no {' or '.join(names)} on one side or both"] * len(pairs)
        denied = _DENIED.get(criterion.operator, "is not")
        for pair, (_, a, b, distance, longer) in closest.items():
            words[pair] = f"{key.external} {a!r} {denied} {b!r}"
            off_by[pair] = distance
            if criterion.operator == "contains":
                allowed = int(Fraction(criterion.allowable_drift) * longer / 100)
                words[pair] += f": {distance} of {longer} letters differ, {allowed} allowed"
                off_by[pair] = distance - allowed
                drift[pair] = -(-100 * distance * 10**DRIFT_DECIMALS // longer)
        return Misses(off_by, 0, optional_decimals(drift, DRIFT_DECIMALS), pa.array(words, pa.string()))


PERCENT = Drift(
    "contains",
    most=Decimal(100),
    range="a percentage of the longer text, from 0 to 100",
    units={"percent": Decimal(1)},
    exponent=-2,
    stops=tuple(map(Decimal, (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100))),
)
_OPERATORS = ("equals", "contains", "equals_loosely", "mentions")
_NOT_OF_BLNK = {"equals_loosely": "equals", "mentions": "equals"}
_EXTRAS = ("external", "internal", "pattern")
REFERENCE = declare(
    TextField(
        "reference",
        _OPERATORS,
        PERCENT,
        narrower="an equal reference",
        extras=_EXTRAS,
        blnk_operators=_NOT_OF_BLNK,
    )
)
DESCRIPTION = declare(TextField("description", _OPERATORS, PERCENT, extras=_EXTRAS, blnk_operators=_NOT_OF_BLNK))
