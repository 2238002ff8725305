"""What the commands `verify`, `perform` and `compare` do with the folders of runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from workbench.cli.outcome import visible
from workbench.errors import ExitCode
from workbench.runs.audit.compare import Change, Comparison, Matches, compare
from workbench.runs.audit.perform import Performance, perform
from workbench.runs.audit.verify import Verification, verify
from workbench.runs.folder.manifest import MANIFEST, PAGE
from workbench.runs.folder.saved import DATA

SHOWN = 20  # lines of each kind


def verify_folder(folder: str, expect: str | None, *, as_json: bool) -> ExitCode:
    """Verify a folder, with its report where it has one; return the exit code."""
    verification = verify(folder, expect)
    place = Path(verification.folder)
    if (place / PAGE).is_file() and (place / DATA / MANIFEST).is_file():
        from workbench.reports.page_check import check_page  # noqa: PLC0415 - what draws takes seconds to load

        verification = verification.plus(check_page(place))
    _show(as_json, verification.to_dict(), _verified(folder, verification))
    return verification.exit_code


def perform_run(folder: str, expect: str | None, *, as_json: bool) -> ExitCode:
    """Do a run again from its folder, and return the exit code."""
    if expect is not None and (named := verify(folder, expect)).problems:
        _show(as_json, named.to_dict(), _verified(folder, named))
        return named.exit_code
    performance = perform(folder)
    _show(as_json, performance.to_dict(), _performed(performance))
    return performance.exit_code


def compare_runs(before: str, after: str, *, as_json: bool) -> ExitCode:
    """Say what differs between two runs; that they differ is no fault of either."""
    comparison = compare(before, after)
    _show(as_json, comparison.to_dict(), _compared(comparison))
    return ExitCode.DONE


def _show(as_json: bool, values: dict[str, Any], lines: Iterable[str]) -> None:
    if as_json:
        click.echo(json.dumps(values, indent=2, ensure_ascii=False, default=str))
    else:
        click.echo("\n".join(visible(line) for line in lines))


def _verified(folder: str, verification: Verification) -> Iterator[str]:
    yield from verification.problems
    if not verification.problems:
        yield f"{folder} is as the run left it"
    yield from verification.notes
    yield from (state.sentence for state in verification.inputs)
    yield f"run {verification.run_id or 'without an id'}, verdict {verification.verdict or 'unknown'}"
    yield f"manifest SHA-256 {verification.manifest_sha256}"


def _performed(performance: Performance) -> Iterator[str]:
    if not performance.differences:
        yield f"performed again: {performance.tables} tables and {performance.gates} gates are equal"
    yield from (f"differs: {difference.sentence}" for difference in performance.differences)
    yield from (f"{'why' if performance.differences else 'but'}: {reason}" for reason in performance.reasons)


def _compared(comparison: Comparison) -> Iterator[str]:
    yield (
        "nothing differs in what came out"
        if comparison.equal
        else f"{comparison.before} (before) and {comparison.after} (after)"
    )
    for name, part in (("gained", comparison.gained), ("lost", comparison.lost)):
        if part and not comparison.equal:
            yield from _moved(name, part)
    if comparison.other_rule:
        yield f"matches of the same records by another rule: {comparison.other_rule:,}"
    for title, changes in (
        ("open", comparison.open),
        ("balance", comparison.balances),
        ("way", comparison.ways),
        ("gate", comparison.gates),
        ("input", comparison.inputs),
        ("setting", comparison.settings),
    ):
        yield from _changed(title, changes)


def _moved(name: str, part: Matches) -> Iterator[str]:
    money = ", ".join(f"{amount} {currency}" for currency, amount in part.money.items())
    yield f"matches {name}: {part.count:,}{f', {money}' if money else ''}"
    for row in part.matches[:SHOWN]:
        both = f"{', '.join(row['external'])} with {', '.join(row['internal'])}"
        yield f"  {both}: {row['amount']} {row['currency']} by {row['rule']}"
    if part.count > SHOWN:
        yield f"  and {part.count - SHOWN:,} more"


def _changed(title: str, changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes[:SHOWN]:
        yield f"{title} {change.what}: {change.before} -> {change.after}"
    if len(changes) > SHOWN:
        yield f"and {len(changes) - SHOWN:,} more of {title}s"
