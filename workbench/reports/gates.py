"""The gates of a run as its report shows them: the verdict, each figure beside its limit, and what is open in money."""

from __future__ import annotations

from html import escape

import pyarrow as pa
import pyarrow.compute as pc
from IPython.display import HTML

from workbench.amounts import amount_text
from workbench.errors import GateBroken
from workbench.reconciliation.result import Result
from workbench.reconciliation.settings import BY_HAND
from workbench.reports.tables import show
from workbench.runs.folder.terms import Judgement
from workbench.runs.gates.checks import Checks, Verdict
from workbench.runs.gates.figures import Gross, gross, open_money

MAX_CURRENCIES = 5  # in one line
SIGNS = {Verdict.GREEN: "✓", Verdict.AMBER: "!", Verdict.RED: "✗"}  # colour is not the only cue
WORDS = {
    Verdict.GREEN: "every gate is kept",
    Verdict.AMBER: "no limit that fails a run is exceeded, but one that warns is",
    Verdict.RED: "a gate is broken",
}


def verdict(checks: Checks) -> str:
    """The verdict in its colour, as HTML that also prints, with a sentence for each gate that is not kept."""
    not_kept = [check for check in checks.checks if not check.kept]
    items = "".join(f"<li>{escape(check.sentence)}</li>" for check in sorted(not_kept, key=lambda check: check.level))
    lines = f"<ul>{items}</ul>" if items else ""
    name = checks.verdict
    heading = f"{SIGNS[name]} {name.capitalize()}: {WORDS[name]}"
    return f'<div class="verdict {name}" role="status"><strong>{heading}</strong>{lines}</div>'


def gates(judged: Judgement) -> HTML:
    """Every gate with its figure and its limit, and the records outside the expected periods."""
    rows = [{**vars(check), "side": check.side or "both", "outcome": check.word} for check in judged.checks.checks]
    names = ("gate", "side", "level", "figure", "limit", "outcome")
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
    parts = [show(table, "Gates").data]
    if any(expectation.period for expectation in judged.terms.expected.values()):
        parts.append(show(judged.outside, "Records outside the expected period", file="data/outside_period.csv").data)
    return HTML("".join(parts))


def keep_gates(judged: Judgement) -> None:
    """The notebook's last word, when everything is shown: raises ``GateBroken`` if a gate is broken."""
    if judged.checks.broken:
        raise GateBroken(judged.checks.message)


def open_in_words(result: Result, side: str) -> str:
    """Such as ``97.58 EUR (debits 0.00, credits 97.58)``: what is open, gross, for each currency that has any."""
    return _in_words(open_money(result.tables, side)) or "nothing"


def by_hand_in_words(result: Result) -> str:
    """What people matched or excluded, in money and with their names; empty if nothing was."""
    matches, excluded = result.tables["matches"], result.tables["excluded"]
    matched = matches.filter(pc.equal(matches["rule"], BY_HAND))
    left_out = excluded.filter(pc.starts_with(excluded["reason"], f"{BY_HAND}:"))
    parts = [
        f"{what} {_in_words(gross(rows['currency'], rows['amount']))}"
        for what, rows in (("matched", matched), ("excluded", left_out))
        if len(rows)
    ]
    decisions = result.tables.get("decisions")
    applied = decisions.filter(pc.equal(decisions["state"], "applied")) if decisions is not None else None
    names = sorted(set(applied["by"].to_pylist())) if applied is not None else []
    return f"{'; '.join(parts)}; by {', '.join(names)}" if parts else ""


def excluded_in_words(result: Result) -> str:
    """The money that took no part, gross."""
    rows = result.tables["excluded"]
    return _in_words(gross(rows["currency"], rows["amount"])) or "nothing"


def _in_words(sums: dict[str, Gross]) -> str:
    chosen = list(sums.items())[:MAX_CURRENCIES]
    words = [
        f"{amount_text(money.total, currency)} {currency} (debits {amount_text(money.debits, currency)}, "
        f"credits {amount_text(money.credits, currency)})"
        for currency, money in chosen
    ]
    more = [f"{len(sums) - MAX_CURRENCIES} more currencies"] if len(sums) > MAX_CURRENCIES else []
    return ", ".join([*words, *more])
