"""Strategy and rules folded into their sentences: what is set fits a screen, and opens to be changed."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.fields import Part
from workbench.bench.shared.text import list_of, words
from workbench.reconciliation.rules import shown_names
from workbench.reconciliation.strategies import STRATEGY_MEANINGS

INSIDE = ("strategy", "rules", "rates")  # the forms whose problems open the fold


class SetupFold(Part):
    """The ``forms`` of strategy and rules behind a button, and in place of them what they say."""

    def __init__(self, state: BenchState, forms: Sequence[ipywidgets.Widget]) -> None:
        self.state = state
        self.sentences = words("")
        self.sentences.layout = {"max_height": "8em", "overflow": "auto"}  # many rules leave room for what came out
        self.sentences.tabbable = True  # so that keys scroll it
        self.fold = Fold("Strategy and rules", forms)
        self.fold.button.observe(lambda _: self.show(), "value")
        state.observe(lambda _: self.show(), ["rules", "options", "problems"])
        super().__init__("setup", self.fold, self.sentences)
        self.show()

    def show(self) -> None:
        """Say what is set while the forms are folded; what is wrong in them opens them."""
        if self.state.problems.keys() & set(INSIDE):
            self.fold.button.value = True
        names = zip(shown_names(self.state.rules), self.state.rules, strict=True)
        descriptions = [f"{name}: {rule.describe()}" for name, rule in names]
        list_of(self.sentences, [STRATEGY_MEANINGS[self.state.options["strategy"]], *descriptions])
        self.sentences.layout.display = "none" if self.fold.button.value else None
