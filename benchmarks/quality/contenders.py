"""Who matches a scenario: the workbench in several ways, and what people use today."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from sys import executable

import workbench as wb
from benchmarks.quality.scenarios import Scenario
from benchmarks.quality.score import SURE, Matched, Pair

HERE = Path(__file__).parent
DAY = 86400
SAME_REFERENCE = wb.Rule("Reference and amount", [wb.Criterion("reference"), wb.Criterion("amount")])


@dataclass(frozen=True)
class Outcome:
    """The pairs that a contender made, those told without doubt, how long it took, and what version it is."""

    matched: list[Matched]
    sure: list[Pair]
    seconds: float = field(compare=False)
    version: str = ""


def within(days: tuple[int, int], *others: wb.Criterion, amount: wb.Criterion | None = None) -> wb.Rule:
    """A rule for amounts, equal ones if nothing else is said, whose external date is so many days later."""
    dates = wb.Criterion("date", allowable_drift=(days[0] * DAY, days[1] * DAY))
    return wb.Rule(f"Amount within {days[1]} days", [amount or wb.Criterion("amount"), dates, *others])


LOOSELY = wb.Rule("Reference loosely", [wb.Criterion("reference", "equals_loosely"), wb.Criterion("amount")])
IN_TEXT = wb.Rule(
    "Reference in text", [wb.Criterion("reference", "mentions", external="description"), wb.Criterion("amount")]
)
# What an analyst writes who knows the scenario.
HAND_WRITTEN: dict[str, tuple[wb.Rule, ...]] = {
    "cards": (within((-1, 5)),),
    "references": (SAME_REFERENCE, LOOSELY, IN_TEXT, within((-1, 10))),
    "bank references": (IN_TEXT, within((-1, 7))),
    "standing orders": (within((-1, 4), wb.Criterion("description", "contains", 60)), within((-1, 4))),
    "wages": (within((-1, 4), wb.Criterion("description", "contains", 60)), within((-1, 4))),
    "day shift": (within((-1, 4)),),
    "foreign currency": (within((-1, 3), amount=wb.Criterion("amount", allowable_drift="0.03")),),
    "two currencies": (within((0, 3)), within((0, 3), amount=wb.Criterion("amount", allowable_amount="0.20"))),
    "micropayments": (
        wb.Rule("Amount within 10 minutes", [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 600))]),
    ),
    "net of fees": (within((0, 5), amount=wb.Criterion("amount", allowable_drift=("-0.1", "-0.029"))),),
    "check digits": (LOOSELY, within((0, 4))),
    "refunds": (SAME_REFERENCE, within((-1, 3))),
    "invoices": (
        IN_TEXT,
        within((-1, 40), wb.Criterion("reference", "equals_loosely", external="iban", internal="iban")),
        within((-1, 40)),
    ),
    "part payments": (
        IN_TEXT,
        wb.Rule(
            "Part of an invoice",
            [
                wb.Criterion("reference", "mentions", external="description"),
                wb.Criterion("date", allowable_drift=(0, 40 * DAY)),
            ],
            remainder="open",
        ),
        within((0, 10)),
    ),
    "payouts": (
        wb.Rule(
            "Payout of a batch",
            [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 7 * DAY))],
            strategy="one_to_many",
            grouping_criteria="batch",
        ),
    ),
    "remittances": (
        IN_TEXT,
        wb.Rule(
            "Invoices named in the text",
            [wb.Criterion("reference", "mentions", external="description"), wb.Criterion("amount")],
            strategy="one_to_many",
            grouping_criteria="subset",
        ),
        within((-1, 45)),
    ),
    "captures": (
        wb.Rule(
            "Captures of an authorisation",
            [wb.Criterion("amount"), wb.Criterion("date", allowable_drift=(0, 7 * DAY))],
            strategy="one_to_many",
            grouping_criteria="parent_transaction",
        ),
    ),
}
OTHERWISE = (SAME_REFERENCE, within((-1, 4)))


def books(scenario: Scenario) -> tuple[wb.Records, wb.Records]:
    """Both sides as the workbench reads them."""
    return wb.read_external(scenario.external), wb.read_internal(scenario.internal)


def outcome(result: wb.Result) -> tuple[list[Matched], list[Pair]]:
    """The pairs of a result, how probable they are where a rule weighs, and those without alternatives."""
    columns = ["match_id", "external_transaction_id", "internal_transaction_id", "alternatives"]
    weighed = dict(result.evidence[["match_id", "probability"]].to_numpy().tolist())
    matched, sure = [], []
    for match, e, i, alternatives in result.matches[columns].to_numpy().tolist():
        matched.append(Matched(e, i, float(weighed[match]) if match in weighed else None, match))
        if alternatives == 0:
            sure.append((e, i))
    return matched, sure


Contender = Callable[[Scenario], tuple[list[Matched], list[Pair]]]


def hand_written(scenario: Scenario) -> tuple[list[Matched], list[Pair]]:
    """The workbench with the rules that an analyst writes who knows the scenario."""
    return outcome(wb.reconcile(*books(scenario), rules=HAND_WRITTEN.get(scenario.name, OTHERWISE)))


def nothing_configured(scenario: Scenario) -> tuple[list[Matched], list[Pair]]:
    """The workbench without rules."""
    return outcome(wb.reconcile(*books(scenario)))


OURS: dict[str, Contender] = {
    "nothing configured": nothing_configured,
    "rules by hand": hand_written,
}
PEERS = ("pandas", "Splink", "recordlinkage", "datacompy", "reconcile-py")
CONTENDERS = (*OURS, *PEERS)


def run(name: str, scenario: Scenario, python: str = executable) -> Outcome:
    """What a contender makes of a scenario; ``python`` is the interpreter that knows the peers."""
    if name in OURS:
        began = time.perf_counter()
        matched, sure = OURS[name](scenario)
        return Outcome(matched, sure, time.perf_counter() - began, wb.__version__)
    given = json.dumps({"external": scenario.external, "internal": scenario.internal})
    command = [python, str(HERE / "peers.py"), name]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed on {scenario.name}: {done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    matched = [Matched(*own[:4]) for own in said["pairs"]]
    # Who says no probability and has no word for doubt has none.
    sure = [
        (e, i)
        for e, i, probability, _, in_doubt in said["pairs"]
        if not in_doubt and (probability is None or probability >= SURE)
    ]
    return Outcome(matched, sure, said["seconds"], f"{name} {said['version']}")
