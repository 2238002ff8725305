"""What the reconciliation's notebook shows, section by section; the notebook itself holds no logic."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from IPython.display import HTML

from workbench.charts.style import number
from workbench.durations import duration, rounded_up
from workbench.reconciliation.reconcile import reconcile
from workbench.reconciliation.result import Result
from workbench.reconciliation.result_tables.differences import differences_in_words
from workbench.reconciliation.rule_files import load_rules, parse_rules
from workbench.reconciliation.rules import Rule
from workbench.reconciliation.settings import OPTIONS, make_settings
from workbench.reconciliation.tables import PARTS, money_open
from workbench.reports.control_totals import bridge, control_totals
from workbench.reports.gates import by_hand_in_words, excluded_in_words, gates, keep_gates, open_in_words, verdict
from workbench.reports.parameters import check_injected, check_named
from workbench.reports.rules import rules, weights
from workbench.reports.shared import check_reading, file, files, inputs, parameter, rejected
from workbench.reports.tables import MAX_ROWS, facts, show
from workbench.runs.folder.run_folder import write_run
from workbench.runs.folder.saved import whole_folder
from workbench.runs.folder.terms import Judgement, judge, make_terms
from workbench.runs.gates.ages import AGES, open_items, with_ages
from workbench.runs.gates.checks import check_gates
from workbench.runs.gates.figures import gross
from workbench.sides import SIDES
from workbench.sources import read_books
from workbench.tabular import columns_first, count_of, filled

SUMS = ("debits", "credits")
AGED_BY = ("side", "currency", "age")
NEAR_MISS = (
    "external_transaction_id",
    "internal_transaction_id",
    "rank",
    "rule",
    "explanation",
    "smallest_drift",
    "currency",
    "external_amount",
    "internal_amount",
)

# Shown by this notebook too.
__all__ = [
    "bridge",
    "check_injected",
    "control_totals",
    "gates",
    "inputs",
    "keep_gates",
    "rejected",
    "rules",
    "weights",
]


def run(
    *,
    external: str,
    internal: str,
    rules: str,
    decisions: str,
    external_options: Mapping[str, Any],
    internal_options: Mapping[str, Any],
    gates: Mapping[str, str],
    expect: Mapping[str, Mapping[str, Any]],
    data_folder: str,
    keep_inputs: bool = True,
    previous: str = "",
    as_of: str = "",
    rates: str = "",
    **settings: Any,
) -> tuple[Result, Judgement]:
    """Reconcile two files as the notebook's parameters say, and write the full data to ``data_folder`` if it is named.

    ``settings`` are those of ``OPTIONS``. Returns the result, and the result held against its gates and expectations.

    Empty parameters mean what leaving them out means: no grouping, the rules that the records propose, all statuses, no
    balance, no decisions.
    """
    paths = {"external": files(check_named("external", external)), "internal": files(check_named("internal", internal))}
    terms = make_terms("reconcile", gates, expect, as_of)
    records = read_books(paths, {"external": external_options, "internal": internal_options})
    result = reconcile(
        records["external"],
        records["internal"],
        rules=read_rules(rules),
        decisions=parameter(decisions) if decisions else None,
        rates=parameter(rates) if rates else None,
        **_settings(settings),
    )
    judged = judge(terms, result, records, before=whole_folder(previous) if previous else None)
    if data_folder:
        write_run(result, Path(data_folder), judged=judged, inputs=keep_inputs)
    return result, judged


def check(values: Mapping[str, Any]) -> None:
    """Check what can be checked of the notebook's parameters before anything runs; raises ``SettingsError``."""
    make_settings(**_settings(values), rules=read_rules(values.get("rules", "")))
    check_reading("reconcile", SIDES, values)


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among a notebook's parameters, of which an empty text or list is none."""
    may_be_empty = {option.name for option in OPTIONS if option.kind in {"names", "text"} or option.default is None}
    chosen = {option.name: values[option.name] for option in OPTIONS if option.name in values}
    return {name: value or None if name in may_be_empty else value for name, value in chosen.items()}


def read_rules(rules: str) -> tuple[Rule, ...] | None:
    """The rules of a file, or of JSON itself; an empty text means those that the records propose."""
    if not rules.strip():
        return None
    return parse_rules(rules) if rules.lstrip().startswith(("[", "{")) else load_rules(parameter(rules))


def conclusion(result: Result, judged: Judgement | None = None) -> HTML:
    """The outcome in a few lines: what, when, how much is open, whether it ties out, and whether that is acceptable."""
    totals = result.tables["control_totals"]
    by_hand = by_hand_in_words(result)
    table = facts(
        {
            "reconciled": " with ".join(f"{origin.name} ({side})" for side, origin in result.inputs.items()),
            "external records": _outcome(totals, "external"),
            "external money open": open_in_words(result, "external"),
            "internal records": _outcome(totals, "internal"),
            "internal money open": open_in_words(result, "internal"),
            "ties out": "yes, for every side and currency, in count and amount, to the last digit",
            "differences": differences_in_words(result.tables["differences"]),
            "in doubt": _doubt(result),
            **({"by chance": chance} if (chance := _chance(result)) else {}),
            "excluded": excluded_in_words(result),
            **({"decisions": _decided(result)} if "decisions" in result.tables else {}),
            **({"settled by hand": by_hand} if by_hand else {}),
            **({"parents": _parents(result)} if "parents" in result.tables else {}),
            "strategy": _strategy(result),
            "finished": f"{result.summary['completed_at']}, {result.summary['reconciliation_id']}",
        },
        "Conclusion",
    )
    return HTML(verdict(judged.checks if judged else check_gates(result)) + table.data)


def _chance(result: Result) -> str:
    """Of which rules chance alone would give many of the matches."""
    ran = zip(result.settings.rule_names, result.summary.rules, strict=True)
    return "; ".join(f"{name}: {rule.doubt}" for name, rule in ran if rule.doubt)


def settings(result: Result) -> HTML:
    """The settings that decided the outcome."""
    chosen = result.settings
    return facts(
        {
            "strategy": chosen.strategy,
            "grouping": ", ".join(chosen.grouping_criteria) or "none",
            "grouping of dates": chosen.grouping_grain,
            "statuses that take part": "all" if chosen.statuses is None else ", ".join(chosen.statuses),
            "ledger balance": chosen.balance_id or "all",
            "external amounts": "with the opposite sign" if chosen.opposite_signs else "as they are",
            "internal date": chosen.internal_date,
            "bookkeeping of lineage": "takes part" if chosen.lineage else "excluded",
            "marked as matched": "excluded" if chosen.skip_reconciled else "takes part",
            "most pairs a rule may weigh": chosen.max_candidates,
        },
        "Settings",
    )


def statements(result: Result) -> HTML:
    """The account statements, whether their records add up to their balances, and whether they follow one another."""
    if "statements" not in result.tables:
        return HTML("<p>The inputs state no balances of an account, so there are none to check.</p>")
    return show(filled(result.tables["statements"]), "Account statements", file=file("statements"))


def excluded(result: Result) -> HTML:
    """The records that took no part, and why."""
    return show(result.tables["excluded"], "Excluded records", file=file("excluded"))


def ages(result: Result, judged: Judgement) -> HTML:
    """What is open by side, currency and age at the cut-off date: how many records, and how much money, gross."""
    rows = open_items(result.tables, judged.until).to_pylist()
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row["side"], row["currency"], -(row["age_days"] or 0))):
        groups.setdefault((row["side"], row["currency"], row["age"] or ""), []).append(row["counted_amount"])
    sums = [gross([currency] * len(amounts), amounts)[currency] for (_, currency, _), amounts in groups.items()]
    table = pa.table(
        {
            **{name: pa.array([key[place] for key in groups], pa.string()) for place, name in enumerate(AGED_BY)},
            "records": pa.array([len(amounts) for amounts in groups.values()], pa.int64()),
            **{name: [f"{number(getattr(money, name))}" for money in sums] for name in SUMS},
        }
    )
    until = judged.until.date().isoformat() if judged.until else "no date"
    return show(table, f"What is open, by age at {until}", file=file("open_items"), figures=SUMS)


def unmatched(result: Result, side: str, judged: Judgement | None = None) -> HTML:
    """The open records of one side, largest first, with the reason; columns that are empty throughout left out.

    With ``judged``, each has its age at the cut-off date.
    """
    table = result.tables[f"unmatched_{side}"]
    table = with_ages(table, judged.until) if judged else table
    order = pc.sort_indices(pa.table({"size": pc.abs(table[money_open(table)])}), sort_keys=[("size", "descending")])
    ordered = columns_first(table.take(order), table.column_names[0], *(AGES if judged else ()), "reason")
    return show(filled(ordered), f"Unmatched {side} records, largest first", file=file(f"unmatched_{side}"))


def near_misses(result: Result) -> HTML:
    """What almost matched, the criterion that failed, and the smallest drift that would let it pass."""
    table = result.tables["near_misses"]
    grouped = [f"{side}_records" for side in ("external", "internal") if result.settings.grouping.groups(side)]
    rows = _drifts_in_words(table.slice(0, MAX_ROWS)).select([*NEAR_MISS, *grouped])
    return show(rows, "Near misses", file=file("near_misses"), of=len(table))


def alternatives(result: Result) -> HTML:
    """Matches whose records could have been paired otherwise under the same rule, most doubtful first."""
    matches = result.tables["matches"]
    doubtful = matches.filter(pc.greater(matches["alternatives"], 0)).sort_by(
        [("alternatives", "descending"), ("match_id", "ascending")]
    )
    ordered = columns_first(doubtful.slice(0, MAX_ROWS), "match_id", "alternatives")
    listed = show(ordered, "Matches with alternatives", file=file("matches"), of=len(doubtful))
    if "suggestions" not in result.tables:
        return listed
    suggested = result.tables["suggestions"]
    more = show(suggested.slice(0, MAX_ROWS), "Suggestions", file=file("suggestions"), of=len(suggested))
    return HTML(f"{listed.data}{more.data}")


def decisions(result: Result) -> HTML:
    """What people decided, those that were not applied first, and why they were not."""
    if "decisions" not in result.tables:
        return HTML("<p>No journal of decisions was given: whatever matched, rules matched.</p>")
    table = result.tables["decisions"]
    order = pc.sort_indices(pa.table({"late": pc.equal(table["state"], "applied")}), sort_keys=[("late", "ascending")])
    ordered = columns_first(table.take(order), "state", "note", "action", "external", "internal", "why")
    return show(filled(ordered), "Decisions", file=file("decisions"))


def matches(result: Result) -> HTML:
    """The matches."""
    table = result.tables["matches"]
    return show(table.slice(0, 50), "Matches", file=file("matches"), of=len(table))


def _drifts_in_words(rows: pa.Table) -> pa.Table:
    """The smallest drifts as people write them, as one column holds fractions, seconds and percentages."""
    drifts = zip(rows["field"].to_pylist(), rows["smallest_drift"].to_pylist(), strict=True)
    words = ["none" if drift is None else _drift_in_words(field, drift) for field, drift in drifts]
    place = rows.column_names.index("smallest_drift")
    return rows.set_column(place, "smallest_drift", pa.array(words, pa.string()))


def _drift_in_words(field: str, drift: Decimal) -> str:
    """Such as ``62.58 %`` or ``2 days 6 hours``; the exact drift stands in the full data."""
    if field == "date":
        return duration(rounded_up(drift))
    share = drift * 100 if field == "amount" else drift
    return f"{share.quantize(Decimal('0.01')).normalize():f} %"


def _outcome(totals: pa.Table, side: str) -> str:
    """Such as ``112 of 117 matched, 4 unmatched, 1 excluded``."""
    rows = [row for row in totals.to_pylist() if row["side"] == side]
    count = {part: sum(row[f"records_{part}"] for row in rows) for part in ("in", *PARTS)}
    others = [f"{number(count[part])} {part}" for part in PARTS[1:] if count[part] or part == "unmatched"]
    return f"{number(count['matched'])} of {number(count['in'])} matched, {', '.join(others)}"


def _decided(result: Result) -> str:
    """Such as ``3 matches; 4 decisions applied, 1 stale``."""
    counts = result.summary["decisions"]
    states = [f"{count_of(counts['applied'], 'decision')} applied"]
    states += [f"{number(count)} {state}" for state, count in counts.items() if count and state != "applied"]
    by_hand = result.summary["matches_by_hand"]
    return f"{number(by_hand)} {'match' if by_hand == 1 else 'matches'}; {', '.join(states)}"


def _parents(result: Result) -> str:
    """Such as ``2 transactions are their own ancestors, …: a (parent b), b (parent a)``."""
    rows = result.tables["parents"].to_pylist()
    return "; ".join(f"{number(row['transactions'])} transactions {row['finding']}: {row['examples']}" for row in rows)


def _doubt(result: Result) -> str:
    matches = result.tables["matches"]
    doubtful = matches.filter(pc.greater(matches["alternatives"], 0))
    several = pc.count_distinct(doubtful["match_id"]).as_py()
    return f"{number(several)} of {number(pc.count_distinct(matches['match_id']).as_py())} matches had alternatives"


def _strategy(result: Result) -> str:
    grouping = result.settings.grouping
    criteria = {side: ", ".join(grouping.of(side)) for side in SIDES if grouping.of(side)}
    groups = [f"{side} records grouped by {names}" for side, names in criteria.items()]
    return ", ".join([grouping.strategy.replace("_", " "), *groups])
