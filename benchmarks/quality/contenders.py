"""Who matches a scenario: the workbench in several ways, and what people use today."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

import workbench as wb
from benchmarks.quality.scenarios import Scenario
from benchmarks.quality.score import Pair

DAY = 86400
Matched = tuple[list[Pair], list[Pair]]  # all pairs, and those told without doubt

SAME_REFERENCE = wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")])
HAND_WRITTEN = {
    "references": (
        SAME_REFERENCE,
        wb.Rule("Reference loosely", [wb.Criterion("reference", "equals_loosely"), wb.Criterion("amount")]),
        wb.Rule(
            "Reference in text", [wb.Criterion("reference", "mentions", external="description"), wb.Criterion("amount")]
        ),
        wb.Rule("Amount within 10 days", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 10 * DAY))]),
    ),
    "foreign currency": (
        wb.Rule(
            "Up to 3 % more within 3 days",
            [wb.Criterion("amount", allowable_drift="0.03"), wb.Criterion("date", allowable_drift=(-DAY, 3 * DAY))],
        ),
    ),
    "micropayments": (
        wb.Rule("Amount within 10 minutes", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 600))]),
    ),
    "cards": (
        wb.Rule(
            "Amount within 5 days", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(-DAY, 5 * DAY))]
        ),
    ),
}
OTHERWISE = (
    SAME_REFERENCE,
    wb.Rule("Amount within 4 days", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(-DAY, 4 * DAY))]),
)


def books(scenario: Scenario) -> tuple[wb.Records, wb.Records]:
    """Both sides as the workbench reads them."""
    return wb.read_external(scenario.external), wb.read_internal(scenario.internal)


def pairs_of(result: wb.Result) -> Matched:
    """The pairs of a result, and those without alternatives."""
    columns = ["external_transaction_id", "internal_transaction_id"]
    every, sure = result.matches, result.matches[result.matches["alternatives"] == 0]
    return tuple([tuple(pair) for pair in part[columns].to_numpy().tolist()] for part in (every, sure))  # type: ignore[return-value]


def nothing_configured(scenario: Scenario) -> Matched:
    """The workbench without rules."""
    return pairs_of(wb.reconcile(*books(scenario)))


def hand_written(scenario: Scenario) -> Matched:
    """The workbench with the rules that an analyst writes who knows the scenario."""
    return pairs_of(wb.reconcile(*books(scenario), rules=HAND_WRITTEN.get(scenario.name, OTHERWISE)))


def weighed(scenario: Scenario) -> Matched:
    """The workbench with a rule that weighs, by weights that are learned from the records themselves."""
    own = books(scenario)
    return pairs_of(wb.reconcile(*own, rules=[wb.Weighed(wb.learn(*own))]))


def proposed(scenario: Scenario) -> Matched:
    """The workbench with the rules that it proposes."""
    own = books(scenario)
    return pairs_of(wb.reconcile(*own, rules=wb.propose_rules(*own).rules))


def pandas(scenario: Scenario) -> Matched:
    """``merge`` on reference and amount, then ``merge_asof`` on the amount, the nearest date within 4 days."""
    external, internal = pd.DataFrame(scenario.external), pd.DataFrame(scenario.internal)
    external["date"] = pd.to_datetime(external["date"], utc=True, format="ISO8601")
    internal["date"] = pd.to_datetime(internal["created_at"], utc=True, format="ISO8601")
    pairs: list[Pair] = []
    if "reference" in external:
        both = external.dropna(subset="reference").merge(
            internal.dropna(subset="reference"), on=["reference", "amount"]
        )
        pairs += both[["id", "transaction_id"]].itertuples(index=False, name=None)
    external = external[~external["id"].isin([e for e, _ in pairs])].sort_values("date")
    internal = internal[~internal["transaction_id"].isin([i for _, i in pairs])].sort_values("date")
    near = pd.merge_asof(
        external, internal, on="date", by="amount", direction="nearest", tolerance=pd.Timedelta(days=4)
    ).dropna(subset="transaction_id")
    pairs += near[["id", "transaction_id"]].itertuples(index=False, name=None)
    return pairs, pairs


CONTENDERS: dict[str, Callable[[Scenario], Matched]] = {
    "nothing configured": nothing_configured,
    "rules by hand": hand_written,
    "weighed": weighed,
    "rules proposed": proposed,
    "pandas": pandas,
}
