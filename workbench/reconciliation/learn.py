"""Learn: how much each piece of evidence counts, from the records themselves or from confirmed matches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.errors import RuleTooBroad
from workbench.exact import Ints
from workbench.reconciliation.decisions.journal import Journal, read_decisions
from workbench.reconciliation.decisions.resolve import resolve
from workbench.reconciliation.matching.books import read_books
from workbench.reconciliation.matching.open_records import all_open
from workbench.reconciliation.matching.samples import sample_of
from workbench.reconciliation.matching.units import Pool
from workbench.reconciliation.matching.weighed.fit import fit, usual_weights
from workbench.reconciliation.matching.weighed.open_units import OpenUnits, some_of
from workbench.reconciliation.matching.weighed.shared_columns import shared_columns
from workbench.reconciliation.result import Result
from workbench.reconciliation.rules import Weighed
from workbench.reconciliation.settings import Settings, make_settings
from workbench.reconciliation.strategies import CANONICAL
from workbench.reconciliation.weights import START, Weights
from workbench.records import Records
from workbench.sides import SIDES, Side

MOST_UNITS = 20_000  # units that are learned from, at most
MOST_PAIRS = 2_000_000  # pairs that are learned from, at most: of more, fewer units are taken
FEWEST_UNITS = 100  # units at least: fewer make that many pairs only if nothing tells them apart


def learn(
    external: Records,
    internal: Records,
    result: Result | None = None,
    decisions: Journal | str | Path | None = None,
    *,
    settings: Settings | None = None,
) -> Weights:
    """Find how much each piece of evidence counts for these records: the weights of a ``Weighed`` rule.

    Without more it learns from the records alone: begun with usual weights, every pair counts as a match as far as it
    is one by the weights so far, and the weights are found anew, a few times over (expectation and maximisation). The
    matches of ``result`` and those by hand in ``decisions``, a journal or its path, count as certain: give it a result
    that somebody has gone through. ``settings`` say what takes part and how records are grouped; they are those of
    ``result``, or the usual ones. Of very many records a part is learned from: those in the middle of the period, and
    where that would be a few days those of some amounts. The weights are whole numbers, the same for the same records
    in any order; ``learned_from`` says from how many matches they are.

    Raises ``SettingsError`` for inputs that do not fit, ``SourceError`` for a journal that cannot be read.

    >>> from workbench import read_external, read_internal
    >>> paid = read_external([
    ...     {"id": f"e{n}", "amount": n, "currency": "EUR", "date": "2026-01-05"} for n in range(1, 31)])
    >>> booked = read_internal([
    ...     {"transaction_id": f"t{n}", "amount": n, "currency": "EUR", "created_at": "2026-01-02"}
    ...     for n in range(1, 31)])
    >>> weights = learn(paid, booked)
    >>> [(span.low, span.high) for span in weights.amount], weights.learned_from
    ([(0, 0)], 30)
    """
    settings = settings or (result.settings if result else make_settings())
    pool = pool_of(external, internal, settings)
    pairs = [
        *_of_result(pool, result),
        *_of_decisions(pool, {"external": external, "internal": internal}, decisions, settings),
    ]
    return learned_of(pool, pairs)


def learned_of(pool: Pool, pairs: Iterable[tuple[int, int]] = ()) -> Weights:
    """The weights of a pool's units, of which these pairs are certain; the usual ones where these tell nothing."""
    certain = np.array(sorted(set(pairs)), np.int64).reshape(-1, 2)
    return _by_some(pool, lambda units, columns: fit(units, certain, MOST_PAIRS, columns))


def usual_of(pool: Pool) -> Weights:
    """The usual weights, by which a pair is the less probable the fewer units of the pool have a match."""
    return _by_some(pool, lambda units, columns: usual_weights(units, MOST_PAIRS, columns))


def _by_some(pool: Pool, find: Callable[[OpenUnits, tuple[tuple[str, str], ...]], Weights]) -> Weights:
    """The weights that as many units of a pool tell as make few enough pairs."""
    compared = {(key.external, key.internal) for key in pool.external.texts}
    columns = tuple(sorted(pair for pair in compared if not set(pair) & CANONICAL))
    size = MOST_UNITS
    while size >= FEWEST_UNITS:
        try:
            return find(some_of(pool, size), columns)
        except RuleTooBroad:
            size //= 2
    return START


def pool_of(external: Records, internal: Records, settings: Settings) -> Pool:
    """The units of a sample of the records, with the texts that a rule which weighs compares."""
    sample = sample_of({"external": external, "internal": internal}, settings, MOST_UNITS)
    keys = Weighed(replace(START, columns=shared_columns(external, internal))).text_keys
    books = read_books(external, internal, settings, sorted(keys), sample=sample)
    return all_open(books, {side: np.zeros(0, np.int64) for side in SIDES}, settings.grouping, {}).pool


def _of_result(pool: Pool, result: Result | None) -> list[tuple[int, int]]:
    """The pairs of units that a result matched."""
    if result is None:
        return []
    table = result.tables["matches"]
    places = [_units_of(pool, side, table[f"{side}_transaction_id"].to_pylist()) for side in SIDES]
    known = (places[0] >= 0) & (places[1] >= 0)
    return list(zip(places[0][known].tolist(), places[1][known].tolist(), strict=True))


def _of_decisions(
    pool: Pool, records: dict[Side, Records], decisions: Journal | str | Path | None, settings: Settings
) -> list[tuple[int, int]]:
    """The pairs of units that people matched, where each side of the decision is one unit."""
    journal = read_decisions(decisions) if isinstance(decisions, (str, Path)) else decisions
    pairs = []
    for decision in resolve(journal, records, settings).matches if journal else ():
        units = [set(_units_of(pool, side, list(decision.about(side))).tolist()) for side in SIDES]
        if all(len(side_units) == 1 and min(side_units) >= 0 for side_units in units):
            pairs.append((units[0].pop(), units[1].pop()))
    return pairs


def _units_of(pool: Pool, side: Side, ids: list[str]) -> Ints:
    """The unit that each record is part of, or -1."""
    units = pool.side(side)
    place = pd.Index(units.records["id"].take(pa.array(units.row)).to_pylist()).get_indexer(ids)
    return np.where(place >= 0, units.unit_of[place], -1)
