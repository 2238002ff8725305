"""The card of one balance: its figures, what may have happened, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import pandas as pd
import pyarrow as pa

from workbench.balances.explanation.hypotheses import Hypothesis
from workbench.balances.history import Timeline
from workbench.balances.money import Money, in_currency
from workbench.balances.result import Reconstruction
from workbench.bench.balances.state import BalancesState
from workbench.bench.shared.charts import Charts
from workbench.bench.shared.fields import Part, button
from workbench.bench.shared.replace import refill
from workbench.bench.shared.table import NOTHING, TableView
from workbench.bench.shared.text import say, words
from workbench.charts.balances import history
from workbench.errors import WorkbenchError
from workbench.reports.corrections import correctable
from workbench.tabular import columns_first, first_of

COUNTS_UNITS = "Amounts are in precise units: the transactions do not agree on how many of them make 1 of the currency."
STEP = ("created_at", "transaction_id", "debit", "credit", "running_balance", "evidence of", "status", "part")
SNAPSHOT = ("snapshot_time", "recorded_balance", "replayed_balance", "gap_balance", "diverges", "transactions")
NAMED = 20  # transactions of a hypothesis or a divergence


class BalanceCard(Part):
    """What there is to know of ``state.chosen``."""

    def __init__(self, state: BalancesState) -> None:
        self.state = state
        self.timeline: Timeline | None = None
        tooltip = "Put this balance on the list below; nothing is changed in the ledger"
        self.collect = button("Add to corrections", tooltip, self.add)
        self.figures = TableView(NOTHING, "Figures of the balance")
        self.units = words("")
        self.hypotheses = ipywidgets.VBox()
        self.divergences = ipywidgets.VBox()
        self.chart = Charts()
        self.steps = TableView(NOTHING, "Transactions of the balance in order of time")
        self.snapshots = TableView(NOTHING, "Snapshots of the balance, and its record now")
        self.heading, self.message = words(""), words("")
        self.inside = ipywidgets.VBox(
            [
                self.figures,
                self.collect,
                words("What may have happened", "heading"),
                self.units,
                self.hypotheses,
                words("Since when", "heading"),
                self.divergences,
                self.chart,
                words("Timeline", "heading"),
                self.steps,
                self.snapshots,
            ]
        )
        super().__init__("balance-card", self.heading, self.message, self.inside)
        state.observe(self._changed, ["chosen", "result", "running", "corrections"])
        state.observe(lambda _: self._draw(), "theme")
        self.show()

    def show(self) -> None:
        """Show the chosen balance, or say why it cannot be shown."""
        result, balance_id = self.state.result, self.state.chosen
        self.timeline, hypotheses, wrong = None, (), ""
        if result and balance_id:
            try:
                self.timeline, hypotheses = result.timeline(balance_id), result.explain(balance_id)
            except WorkbenchError as error:
                wrong = str(error)
        hint = "" if balance_id else "Choose a balance in the table above to open it."
        say(self.heading, f"Balance {balance_id}", "heading")
        say(self.message, wrong or hint, "problem" if wrong else "plain")
        self.inside.layout.display = None if self.timeline else "none"
        if result and self.timeline:
            self._fill(result, self.timeline, hypotheses)

    def add(self) -> None:
        """Put the balance on the list of corrections."""
        if self.state.chosen and self.state.chosen not in self.state.corrections:
            self.state.corrections = (*self.state.corrections, self.state.chosen)

    def _changed(self, change: Any) -> None:
        if change["name"] == "corrections":
            self._offer()
        elif not self.state.running:  # during a run the engine is busy
            self.show()

    def _fill(self, result: Reconstruction, timeline: Timeline, hypotheses: Sequence[Hypothesis]) -> None:
        self.figures.show(in_currency(figures_of(result, timeline.balance_id), result.decimals))
        unknown = timeline.money.decimals is None
        say(self.units, COUNTS_UNITS if unknown else "", "hint")
        refill(self.hypotheses, [widget for hypothesis in hypotheses for widget in _sentences(hypothesis)])
        divergences = [divergence.sentence for divergence in timeline.divergences]
        refill(self.divergences, map(words, divergences or ["Record and replay agree throughout."]))
        self._draw()
        self.steps.show(_steps_of(timeline, hypotheses))
        self.snapshots.show(columns_first(_amounts(timeline.snapshots, timeline.money), *SNAPSHOT))
        self._offer()

    def _draw(self) -> None:
        if self.timeline:
            self.chart.show([history(self.timeline, self.state.theme)])

    def _offer(self) -> None:
        """A balance can be collected once, and only if a rebuild would change it."""
        result, chosen = self.state.result, self.state.chosen
        collected = chosen in self.state.corrections
        self.collect.disabled = collected or result is None or chosen not in correctable(result)
        self.collect.description = "Among the corrections" if collected else "Add to corrections"


def figures_of(result: Reconstruction, balance_id: str) -> pa.Table:
    """Debit, credit and balance as recorded and as recalculated, in precise units.

    >>> from workbench.balances.rebuild import reconstruct
    >>> from workbench.sources import read_balances, read_internal
    >>> books = read_balances("data/balances/balances.csv"), read_internal("data/balances/ledger.csv")
    >>> figures_of(reconstruct(*books), "bln_usd_01").to_pylist()[1]["difference"]
    Decimal('92794')
    """
    results = result.tables["results"]
    [row] = results.filter(pa.compute.equal(results["balance_id"], balance_id)).to_pylist()
    names = ("debit", "credit", "balance")
    before, after = ([row[f"{when}_{name}"] for name in names] for when in ("previous", "recalculated"))
    differences = [new - old for new, old in zip(after, before, strict=True)]
    figures = {"recorded": before, "recalculated": after, "difference": differences}
    units = {name: pa.array(column, pa.decimal128(38, 0)) for name, column in figures.items()}
    return pa.table({"figure": list(names), "currency": [row["currency"]] * len(names), **units})


def _sentences(hypothesis: Hypothesis) -> list[ipywidgets.Widget]:
    """A hypothesis in words, its evidence and the verdict on it."""
    sentences = [words(f"{hypothesis.rank}. {hypothesis.sentence}")]
    if hypothesis.transaction_ids:
        sentences.append(words(f"Evidence: {first_of(hypothesis.transaction_ids, NAMED)}", "hint"))
    return sentences


def _steps_of(timeline: Timeline, hypotheses: Sequence[Hypothesis]) -> pa.Table:
    """The steps of the timeline, and which hypotheses each is evidence of."""
    ranks: dict[str, list[str]] = {}
    for hypothesis in hypotheses:
        for transaction_id in hypothesis.transaction_ids:
            ranks.setdefault(transaction_id, []).append(str(hypothesis.rank))
    steps = _amounts(timeline.steps, timeline.money)
    evidence = [", ".join(ranks.get(transaction_id, [])) for transaction_id in steps["transaction_id"].to_pylist()]
    return columns_first(steps.append_column("evidence of", pa.array(evidence, pa.string())), *STEP)


def _amounts(frame: pd.DataFrame, money: Money) -> pa.Table:
    """The rows of one balance, with amounts in its currency."""
    rows = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    rows = rows.append_column("currency", pa.repeat(money.currency, len(rows)))
    return in_currency(rows, {money.currency: money.decimals or 0}).drop_columns("currency")
