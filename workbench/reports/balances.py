"""What the balance notebook shows, section by section; the notebook itself holds no logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc
from IPython.display import HTML

from workbench.balances.explained import EXPLAINED, explained
from workbench.balances.findings import findings_of
from workbench.balances.money import in_currency
from workbench.balances.rebuild import make_balance_settings, reconstruct
from workbench.balances.result import Reconstruction
from workbench.charts.balances import history
from workbench.charts.style import number
from workbench.reports.gates import gates, keep_gates, verdict
from workbench.reports.parameters import check_injected, check_named
from workbench.reports.shared import check_reading, file, files, inputs, parameter, rejected
from workbench.reports.tables import facts, show
from workbench.runs.folder.run_folder import write_run
from workbench.runs.folder.terms import Judgement, judge, make_terms
from workbench.runs.gates.checks import check_gates
from workbench.sources import read_books
from workbench.tabular import columns_first, filled, first_of

NAMED = 20  # transactions in one cell
DRAWN = 3  # and of the very largest, the history is drawn

__all__ = ["check_injected", "gates", "inputs", "keep_gates", "rejected"]  # shown by this notebook too


def run(
    *,
    balances: str,
    internal: str,
    snapshots: str,
    as_of: str,
    balance_ids: Sequence[str],
    balances_options: Mapping[str, Any],
    internal_options: Mapping[str, Any],
    snapshots_options: Mapping[str, Any],
    gates: Mapping[str, str],
    expect: Mapping[str, Mapping[str, Any]],
    data_folder: str,
    keep_inputs: bool = True,
) -> tuple[Reconstruction, Judgement]:
    """Rebuild balances as the notebook's parameters say, and write the full data to ``data_folder`` if it is named.

    Returns the result, and the result held against its gates and expectations.

    Empty parameters mean what leaving them out means: no snapshots, up to now, all balances.
    """
    for path in (balances, internal, snapshots):
        parameter(path)  # a password in it is said before all else
    paths = {"balances": check_named("balances", balances), "internal": check_named("internal", internal)}
    paths["snapshots"] = snapshots
    terms = make_terms("reconstruct", gates, expect)
    options = {"balances": balances_options, "internal": internal_options, "snapshots": snapshots_options}
    records = read_books({name: files(path) for name, path in paths.items() if path}, options)
    rebuilt = reconstruct(
        records["balances"],
        records["internal"],
        snapshots=records.get("snapshots"),
        as_of=as_of or None,
        balance_ids=balance_ids or None,
    )
    result = explained(rebuilt)
    judged = judge(terms, result, records)
    if data_folder:
        write_run(result, Path(data_folder), command="reconstruct", judged=judged, inputs=keep_inputs)
    return result, judged


def check(values: Mapping[str, Any]) -> None:
    """Check what can be checked of the notebook's parameters before anything runs; raises ``SettingsError``."""
    make_balance_settings(as_of=values.get("as_of") or None, balance_ids=values.get("balance_ids") or None)
    check_reading("reconstruct", ("balances", "internal", "snapshots"), values)


def conclusion(result: Reconstruction, judged: Judgement | None = None) -> HTML:
    """The outcome in a few lines: what, when, how many balances differ, and whether the ledger itself balances."""
    summary, totals = result.summary, result.tables["control_totals"].to_pylist()
    differ = summary["discrepancies"]
    odd = ", ".join(row["currency"] for row in totals if not row["balanced"])
    chosen = result.settings.balance_ids
    table = facts(
        {
            "balances": f"{number(differ)} of {number(summary['balances'])} differ from their transactions",
            **({"asked for": f"only {first_of(chosen, NAMED)}"} if chosen else {}),
            "offsetting errors": f"{number(summary['offsetting'])}, where debit and credit are both wrong by as much",
            "debits equal credits": f"not in {odd}: see the control totals" if odd else "yes, in every currency",
            "accounted for": "every transaction, and every unit that was counted, or there would be no result",
            "transactions": _counted(summary),
            "findings": findings_of(result),
            "up to": summary["as_of"] or "all there are",
            "finished": f"{summary['completed_at']}, {summary['reconstruction_id']}",
        },
        "Conclusion",
    )
    return HTML(verdict(judged.checks if judged else check_gates(result)) + table.data)


def _counted(summary: Mapping[str, Any]) -> str:
    return f"{number(summary['transactions_counted'])} of {number(summary['transactions_in'])} counted"


def discrepancies(result: Reconstruction) -> HTML:
    """The balances that differ, largest first: recorded (previous) against recalculated."""
    table = result.in_currency("discrepancies").drop_columns(["executed_at"])
    ordered = columns_first(table, "balance_id", "currency", "difference", "previous_balance", "recalculated_balance")
    return show(ordered, "Balances that differ", file=file("discrepancies"))


def hypotheses(result: Reconstruction) -> HTML:
    """What may have made each balance differ, in words, the best hypothesis first."""
    table = result.tables["hypotheses"]
    balances = result.tables["results"]
    currency = balances["currency"].take(pc.index_in(table["balance_id"], balances["balance_id"]))
    table = in_currency(table.append_column("currency", currency), result.decimals)
    chosen = table.select(["balance_id", "rank", "explanation", "accounts_for", "currency", "side"])
    for title, name in (("evidence", "transaction_ids"), ("others that would do", "others")):
        texts = [first_of(ids.split(", "), NAMED) for ids in table[name].to_pylist()]
        chosen = chosen.append_column(title, pa.array(texts, pa.string()))
    return show(chosen, f"What may have happened, for the {EXPLAINED} largest", file=file("hypotheses"))


def histories(result: Reconstruction, theme: str = "light") -> list[go.Figure]:
    """The history of the largest discrepancies."""
    largest = result.tables["discrepancies"]["balance_id"].slice(0, DRAWN).to_pylist()
    return [history(result.timeline(balance_id), theme) for balance_id in largest]


def divergences(result: Reconstruction) -> HTML:
    """Since when each of the largest discrepancies has been there: where the gap to its snapshots changes."""
    largest = result.tables["discrepancies"]["balance_id"].slice(0, EXPLAINED).to_pylist()
    rows = [
        {
            "balance_id": balance_id,
            "what happened": divergence.sentence,
            "transactions in between": first_of(divergence.transaction_ids, NAMED),
        }
        for balance_id in largest
        for divergence in result.timeline(balance_id).divergences
    ]
    names = ("balance_id", "what happened", "transactions in between")
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
    return show(table, "Where record and replay part")


def control_totals(result: Reconstruction) -> HTML:
    """Where every transaction and every unit has gone, for each currency."""
    table = result.in_currency("control_totals")
    counted = [name for name in table.column_names if name.startswith("transactions_")]
    amounts = [f"{what}_{side}" for side in ("debit", "credit") for what in ("recalculated", "unknown", "conflict")]
    # Narrow enough for paper, what matters most first.
    views = {
        "Control totals: do debits equal credits?": ["balanced", "remark", "out_by", "previous_out_by"],
        "Control totals: transactions": counted,
        "Control totals: where every unit that was applied has gone": ["applied", *amounts],
        "Control totals: what is on record": ["previous_debit", "previous_credit", "previous_out_by"],
    }
    parts = [
        show(table.select(["currency", *names]), caption, file=file("control_totals"))
        for caption, names in views.items()
    ]
    return HTML("".join(part.data for part in parts))


def findings(result: Reconstruction) -> HTML:
    """Transactions that name an unknown balance, are in another currency, or are no whole number of units."""
    captions = {
        "unknown_balances": "Transactions that name a balance which is not known",
        "currency_conflicts": "Transactions in another currency than their balance's",
        "problems": "Transactions whose amount is no whole number of units",
        "offsetting": "Balances that are right although debit and credit are wrong",
        "counts": "Transactions by status, and why they took part or not",
    }
    shown = [show(filled(result.in_currency(name)), caption, file=file(name)) for name, caption in captions.items()]
    return HTML("".join(part.data for part in shown))
