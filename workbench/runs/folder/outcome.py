"""The outcome of a run: what a scheduler, a monitor and the next run need to know of it, in one small file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from workbench.dsn import private
from workbench.errors import ExitCode, SourceError
from workbench.instants import rfc3339
from workbench.machine import host, who
from workbench.runs.folder.hashes import write_json
from workbench.runs.folder.manifest import OUTCOME, UNSEALED, Contents, versions, write_manifest
from workbench.runs.gates.checks import Checks, Tables, Verdict
from workbench.runs.gates.figures import Gross, gross, open_money
from workbench.sides import SIDES
from workbench.text_files import read_whole

GATE = {"gate", "level", "side", "figure", "limit", "kept", "sentence"}  # what is said of each
PARTS = ("in", "matched", "unmatched", "excluded", "rejected")


@dataclass(frozen=True)
class Outcome:
    """How a run ended: also one that failed before it began."""

    command: str
    verdict: str  # green, amber or red
    exit_code: int
    message: str = ""  # what is wrong; empty if nothing is
    run_id: str | None = None
    gates: tuple[Mapping[str, Any], ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)  # by side, or of balances
    amounts: Mapping[str, Any] = field(default_factory=dict)  # by side and currency: texts, exact
    manifest_sha256: str | None = None
    versions: Mapping[str, str] = field(default_factory=versions)
    who: str = field(default_factory=who)
    host: str = field(default_factory=host)
    command_line: tuple[str, ...] = ()
    started_at: str | None = None
    finished_at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def outcome_of(command: str, result: Any, checks: Checks, *, command_line: Sequence[str] = ()) -> Outcome:
    """The outcome of a run that was done, from its result and its gates."""
    summary = result.summary
    return Outcome(
        command=command,
        verdict=str(checks.verdict),
        exit_code=int(checks.exit_code),
        message=checks.message,
        run_id=next((str(summary[name]) for name in summary if name.endswith("_id") and name != "balance_id"), None),
        gates=tuple(check.to_dict() for check in checks.checks),
        counts=_counts(result),
        amounts=_amounts(result),
        command_line=tuple(command_line),
        started_at=summary["started_at"],
        finished_at=now(),
    )


def failed_outcome(
    command: str, exit_code: ExitCode, message: str, *, command_line: Sequence[str] = (), started_at: str | None = None
) -> Outcome:
    """The outcome of a run that was not done: nothing about the books is known, so it is red."""
    return Outcome(
        command=command,
        verdict=str(Verdict.RED),
        exit_code=int(exit_code),
        message="\n".join(map(private, message.split("\n"))),
        command_line=tuple(command_line),
        started_at=started_at,
        finished_at=now(),
    )


def write_outcome(folder: Path, outcome: Outcome, contents: Contents | None = None) -> Outcome:
    """Write what completes a run folder: ``outcome.json``, and the manifest of all, whose SHA-256 the outcome names.

    Returns the outcome with that hash.
    """
    write_json(folder / OUTCOME, replace(outcome, manifest_sha256=UNSEALED).to_dict())
    return replace(outcome, manifest_sha256=write_manifest(folder, contents))


def read_outcome(folder: Path) -> dict[str, Any] | None:
    """The outcome in a run folder; ``None`` if there is none. Raises ``SourceError`` for one that is none."""
    try:
        outcome = json.loads(read_whole(folder / OUTCOME))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        outcome = None
    if isinstance(outcome, dict) and isinstance(outcome.get("exit_code"), int) and _are_gates(outcome.get("gates")):
        return outcome
    raise SourceError(f"{folder / OUTCOME} is no outcome of the workbench: it was changed, or is damaged")


def _are_gates(gates: object) -> bool:
    return isinstance(gates, list) and all(isinstance(gate, dict) and gate.keys() >= GATE for gate in gates)


def now() -> str:
    """This instant in UTC."""
    return rfc3339(datetime.now(UTC), "microseconds")


def _counts(result: Any) -> dict[str, Any]:
    tables = result.tables
    if "matches" not in tables:
        names = ("balances", "discrepancies", "offsetting", "unknown_balances", "currency_conflicts", "rejected")
        return {name: result.summary[name] for name in names if name in result.summary}
    rows = tables["control_totals"].to_pylist()
    return {
        side: {part: sum(row[f"records_{part}"] for row in rows if row["side"] == side) for part in PARTS}
        for side in SIDES
    }


def _amounts(result: Tables) -> dict[str, Any]:
    """What is open and what took no part, gross, by side and currency."""
    if "matches" not in result.tables:
        return {}
    excluded = result.tables["excluded"]
    amounts: dict[str, Any] = {}
    for side in SIDES:
        rows = excluded.filter(pc.equal(excluded["side"], side))
        amounts[side] = {
            "open": _texts(open_money(result.tables, side)),
            "excluded": _texts(gross(rows["currency"], rows["amount"])),
        }
    return amounts


def _texts(sums: Mapping[str, Gross]) -> dict[str, dict[str, str]]:
    return {
        currency: {"debits": f"{money.debits:f}", "credits": f"{money.credits:f}"} for currency, money in sums.items()
    }
