"""Rates: the table of exchange rates, asked for where a rule crosses currencies."""

from __future__ import annotations

import ipywidgets

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.fields import text_field
from workbench.bench.shared.text import say, words
from workbench.errors import SourceError
from workbench.reconciliation.rates import RATE_COLUMNS, Rates
from workbench.tabular import count_of

HELP = f"What one unit of a currency is worth in another, by day: a table with {', '.join(RATE_COLUMNS)}."


class RatesForm(ipywidgets.VBox):
    """The path of the rates. Without a rule that crosses currencies nobody has to name one; with one, Run waits."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        example = "such as rates.csv"
        self.path = text_field("Exchange rates", state.rates, placeholder=example, layout={"width": "28em"})
        self.message = words("")
        super().__init__([self.path, words(HELP, "hint"), self.message])
        self.path.observe(lambda _: setattr(self.state, "rates", self.path.value.strip()), "value")
        state.observe(lambda _: self.check(), ["rates", "rules"])
        self.check()

    def check(self) -> None:
        """Look at the rates, and say what they are, or what is wrong with them or missing."""
        self.path.value = self.state.rates
        crossing = next((rule.name for rule in self.state.rules if rule.across_currencies), None)
        self.layout.display = None if crossing is not None or self.state.rates else "none"
        problem = ""
        try:
            rates = self.state.exchange_rates()
        except SourceError as error:
            problem = str(error)
        else:
            say(self.message, in_words(rates) if rates else "", "good")
            if crossing is not None and not rates:
                problem = f"rule {crossing!r} crosses currencies: name a file of exchange rates"
        if problem:
            say(self.message, problem, "problem")
        self.state.report_problem("rates", problem)


def in_words(rates: Rates) -> str:
    """How many rates there are, of which currencies and of which days.

    >>> from workbench import read_rates
    >>> in_words(read_rates([{"date": "2025-12-05", "from": "USD", "to": "AUD", "rate": "1.4185"}]))
    '1 rate of USD to AUD, from 2025-12-05 to 2025-12-05.'
    """
    every = [rate for of_pair in rates.of_pairs.values() for rate in of_pair]
    if not every:
        return "There are no rates in it."
    pairs = [f"{base} to {quote}" for base, quote in rates.of_pairs]
    of = ", ".join(pairs) if len(pairs) <= 3 else f"{len(pairs)} pairs of currencies"
    days = [rate.day for rate in every]
    return f"{count_of(len(every), 'rate')} of {of}, from {min(days)} to {max(days)}."
