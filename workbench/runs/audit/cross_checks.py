"""Cross-checks: the tables of a run held against one another, so that a forger would have to forge all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.csv_rows import csv_rows
from workbench.errors import ControlTotalsError
from workbench.reconciliation.result import check_control_totals
from workbench.reconciliation.result_tables.differences import check_differences, unlike
from workbench.reconciliation.settings import BY_HAND
from workbench.reconciliation.tables import money_open
from workbench.runs.audit.chained import CHAIN, chain_problems
from workbench.runs.folder.export import write_csv
from workbench.runs.folder.outcome import outcome_of
from workbench.runs.folder.saved import SavedRun
from workbench.runs.gates.checks import Check, Checks, Verdict, check_gates
from workbench.runs.gates.figures import EXACT, Gross, first_of_each, gross
from workbench.runs.gates.limits import RECONCILE, make_gates
from workbench.sides import ID_COLUMN, SIDES


def cross_check(run: SavedRun) -> Iterator[str]:
    """Yield a sentence for each figure that does not agree with another one of the same run."""
    yield from _csv_problems(run)
    if run.command == CHAIN:
        yield from chain_problems(run)
        return
    if run.command == RECONCILE:
        yield from _totals_problems(run.tables)
        yield from _summary_problems(run)
    yield from _outcome_problems(run)


def _csv_problems(run: SavedRun) -> Iterator[str]:
    """Each CSV must say what its Parquet says, in the cells; how they are quoted does not matter."""
    with TemporaryDirectory() as folder:
        for name, table in run.tables.items():
            path, expected = run.folder / f"{name}.csv", Path(folder) / f"{name}.csv"
            if not path.is_file():
                continue
            write_csv(table, expected)
            if path.read_bytes() != expected.read_bytes():
                yield from _cell_problems(name, _cells(path), _cells(expected))


def _cell_problems(name: str, cells: list[list[str]], expected: list[list[str]]) -> Iterator[str]:
    if len(cells) != len(expected):
        yield f"{name}.csv has {max(len(cells) - 1, 0):,} rows, {name}.parquet has {len(expected) - 1:,}"
        return
    header = expected[0]
    for number, (row, expected_row) in enumerate(zip(cells, expected, strict=True)):
        if row != expected_row:
            columns = zip(header, row, expected_row, strict=False)
            column, in_csv, in_parquet = next(
                ((name, cell, expected_cell) for name, cell, expected_cell in columns if cell != expected_cell),
                ("", str(row), str(expected_row)),
            )
            yield f"{name}.csv, row {number}, {column}: {in_csv!r}, but {in_parquet!r} in {name}.parquet"
            return


def _cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv_rows(file))


def _totals_problems(tables: Mapping[str, pa.Table]) -> Iterator[str]:
    try:
        check_control_totals(tables["control_totals"])
        check_differences(tables["control_totals"], tables["differences"])
    except ControlTotalsError as error:
        yield f"control_totals: {error}"
    totals = tables["control_totals"].to_pylist()
    for side in SIDES:
        by_currency = {row["currency"]: row for row in totals if row["side"] == side}
        open_rows, excluded = tables[f"unmatched_{side}"], tables["excluded"]
        yield from _part_problems(by_currency, side, "unmatched", open_rows, money_open(open_rows), f"unmatched_{side}")
        out = excluded.filter(pc.equal(excluded["side"], side))
        yield from _part_problems(by_currency, side, "excluded", out, "amount", "excluded")
        yield from _matched_problems(by_currency, side, tables)
    yield from _difference_problems(tables["differences"], unlike(tables))
    yield from _adjustment_problems(tables["differences"], tables.get("adjustments"))


def _part_problems(
    totals: Mapping[str, Mapping[str, Any]], side: str, part: str, rows: pa.Table, amount: str, name: str
) -> Iterator[str]:
    currencies = ["" if currency is None else currency for currency in rows["currency"].to_pylist()]
    counts, sums = Counter(currencies), gross(currencies, rows[amount].to_pylist())
    for currency in {*totals, *counts}:
        row = totals.get(currency, {})
        listed = row.get(f"records_{part}", 0)
        if counts[currency] != listed:
            yield (
                f"control_totals, {side} {currency}: {listed:,} records {part}, but {counts[currency]:,} rows in {name}"
            )
        for sign in ("debit", "credit"):
            listed_money = row.get(f"amount_{part}_{sign}", Decimal(0))
            money = getattr(sums[currency], f"{sign}s") if currency in sums else Decimal(0)
            if listed_money != money:
                listed_sum = f"{part} {sign} {listed_money:,f}"
                yield f"control_totals, {side} {currency}: {listed_sum}, but {name} sums to {money:,f}"


def _matched_problems(
    totals: Mapping[str, Mapping[str, Any]], side: str, tables: Mapping[str, pa.Table]
) -> Iterator[str]:
    matches, open_rows = tables["matches"], tables[f"unmatched_{side}"]
    matches = matches.filter(pc.is_valid(matches[f"{side}_transaction_id"]))  # of what settled each other, one side
    names = matches[f"{side}_transaction_id"].to_pylist()
    # A record may be matched in parts: by matches that leave a remainder, and in the end by one that leaves none.
    whole = matches.filter(pc.equal(matches["remainder"], 0)) if "remainder" in matches.column_names else matches
    pairs = set(zip(*(whole[name].to_pylist() for name in (f"{side}_transaction_id", "match_id")), strict=True))
    twice = next((name for name, count in Counter(name for name, _ in pairs).items() if count > 1), None)
    if twice is not None:
        yield f"matches: {side} record {twice} stands in more than one match"
    untouched = open_rows.filter(pc.equal(open_rows[money_open(open_rows)], open_rows["counted_amount"]))
    still_open = set(untouched[ID_COLUMN[side]].to_pylist())
    both = next((name for name in names if name in still_open), None)
    if both is not None:
        yield f"{side} record {both} is matched in matches and open in unmatched_{side}"
    in_part = set(open_rows[ID_COLUMN[side]].to_pylist()) - still_open
    matched, listed = len(set(names) - in_part), sum(row["records_matched"] for row in totals.values())
    if matched != listed:
        yield f"control_totals, {side}: {listed:,} records matched, but {matched:,} in matches"


def _difference_problems(differences: pa.Table, unlike_rows: pa.Table) -> Iterator[str]:
    """What the matches of each rule and currency differ by is what the table of differences says."""
    once = {(row["match_id"], row["currency"]): row for row in unlike_rows.to_pylist()}
    groups: dict[tuple[str, str], list[Decimal]] = {}
    for row in once.values():
        groups.setdefault((row["rule"], row["currency"]), []).append(row["amount_difference"])
    listed = {(row["rule"], row["currency"]): row for row in differences.to_pylist()}
    for rule, currency in sorted({*groups, *listed}):
        amounts, row = groups.get((rule, currency), []), listed.get((rule, currency), {})
        apart = gross([currency] * len(amounts), amounts).get(currency, Gross())
        figures = {
            "matches": Decimal(len(amounts)),
            "difference": EXACT.subtract(apart.credits, apart.debits),
            "difference_debit": apart.debits,
            "difference_credit": apart.credits,
        }
        for name, figure in figures.items():
            listed_figure = Decimal(row.get(name, 0))
            if listed_figure != figure:
                yield f"differences, {rule!r} {currency}: {name} is {listed_figure:,f}, but {figure:,f} by matches"


def _adjustment_problems(differences: pa.Table, adjustments: pa.Table | None) -> Iterator[str]:
    """The adjustments, and what is left out of them, are what matches differ by."""
    rows = [] if adjustments is None else adjustments.to_pylist()
    moved: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = row["rule"], row["currency"]
        moved[key] = EXACT.add(moved.get(key, Decimal(0)), row["amount"])
    listed = {
        (row["rule"], row["currency"]): EXACT.add(row["difference_debit"], row["difference_credit"])
        for row in differences.to_pylist()
    }
    for rule, currency in sorted({*moved, *listed}):
        adjusted, differing = (amounts.get((rule, currency), Decimal(0)) for amounts in (moved, listed))
        if adjusted != differing:
            yield f"adjustments, {rule!r} {currency}: {adjusted:,f} in all, but {differing:,f} in differences"


def _summary_problems(run: SavedRun) -> Iterator[str]:
    matches, summary = run.tables["matches"], run.summary
    by_rule = Counter(first_of_each(matches, "match_id")["rule"].to_pylist())
    listed = {rule: did["matches"] for rule, did in zip(_rule_names(run), summary.get("rules", []), strict=False)}
    listed[BY_HAND] = summary.get("matches_by_hand", 0)
    for rule in sorted({*by_rule, *listed}):
        if by_rule[rule] != listed.get(rule, 0):
            yield f"summary.json: {listed.get(rule, 0):,} matches by {rule!r}, but {by_rule[rule]:,} in matches"
    decided = run.tables.get("decisions")
    applied = set() if decided is None else set(decided.filter(pc.equal(decided["state"], "applied"))["id"].to_pylist())
    if by_rule[BY_HAND] > len(applied):
        yield f"matches: {by_rule[BY_HAND]:,} are by hand, but decisions has {len(applied):,} that were applied"


def _rule_names(run: SavedRun) -> list[str]:
    """The names that the rules have in the tables: with their numbers where several share one."""
    names = [str(rule.get("name")) for rule in run.summary.get("rules", [])]
    return [name if names.count(name) == 1 else f"{name} (rule {number})" for number, name in enumerate(names, 1)]


def _outcome_problems(run: SavedRun) -> Iterator[str]:
    """The outcome must follow from the tables: its gates, its verdict, its counts and its amounts."""
    gates = make_gates(run.command, run.settings["gates"])
    checks = check_gates(run, gates)
    expected = outcome_of(run.command, run, checks).to_dict()
    listed = [gate for gate in run.outcome.get("gates", []) if isinstance(gate, dict)]
    places = {(gate.get("gate"), gate.get("side"), gate.get("level"), gate.get("limit")): gate for gate in listed}
    for check in checks.checks:
        if check.gate == "statements":  # several may have a finding
            continue
        gate = places.get((check.gate, check.side, check.level, check.limit))
        if gate is None:
            yield f"outcome.json has no gate {check.gate} ({check.side or 'both sides'}, {check.level}, {check.limit})"
        elif (gate.get("figure"), gate.get("kept")) != (check.figure, check.kept):
            yield f"outcome.json, gate {check.gate}: {gate.get('figure')}, but the tables have {check.figure}"
    for name in ("counts", "amounts", "run_id"):
        if _plain(run.outcome.get(name)) != _plain(expected[name]):
            yield f"outcome.json: {name} are not those of the tables"
    verdict = _verdict(listed)
    if run.outcome.get("verdict") != verdict or bool(run.outcome.get("exit_code")) != (verdict == Verdict.RED):
        yield f"outcome.json: verdict {run.outcome.get('verdict')}, but by its gates it is {verdict}"


def _verdict(gates: list[dict[str, Any]]) -> Verdict:
    return Checks(tuple(Check(**{**_EMPTY, **gate}) for gate in gates)).verdict


_EMPTY = vars(Check(gate="", level="", side=None, figure="", limit="", kept=True, sentence=""))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    try:
        return str(Decimal(value).normalize()) if isinstance(value, str) else value
    except ArithmeticError:
        return value
