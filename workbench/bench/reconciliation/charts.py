"""Charts of a reconciliation: each answers a question, and is drawn when it is looked at."""

from __future__ import annotations

import ipywidgets

from workbench.bench.reconciliation.state import BenchState
from workbench.bench.shared.charts import Charts
from workbench.bench.shared.disclosure import Fold
from workbench.bench.shared.text import words
from workbench.charts import reconciliation as charts
from workbench.charts.weights import weights

FIRST = (charts.outcome_by_count, charts.outcome_by_amount)
MORE = (
    charts.by_rule,
    weights,
    charts.flow,
    charts.open_by_age,
    charts.open_by_amount,
    charts.amount_differences,
    charts.date_differences,
)


class ChartsForm(ipywidgets.VBox):
    """How much matched, and behind a button by which rules, how far apart, and what is open since when."""

    def __init__(self, state: BenchState) -> None:
        self.state = state
        self.charts, self.more_charts = Charts(), Charts()
        self.more = Fold("More charts", [self.more_charts])
        self.parts = [words("Charts", "heading"), self.charts, self.more]
        self.more.button.observe(lambda _: self._draw_more(), "value")
        state.observe(lambda _: self.draw(), ["result", "theme"])
        super().__init__()
        self.draw()

    def draw(self) -> None:
        """Draw the result, where there is one."""
        if self.state.result:
            self.children = self.parts
            self.charts.show([chart(self.state.result, self.state.theme) for chart in FIRST])
            self._draw_more()

    def _draw_more(self) -> None:
        """Draw the other charts that show anything, while they are shown; hidden ones would cost as much."""
        result = self.state.result
        wanted = MORE if self.more.button.value and result else ()
        drawn = [chart(result, self.state.theme) for chart in wanted]
        self.more_charts.show([chart for chart in drawn if chart.data])
