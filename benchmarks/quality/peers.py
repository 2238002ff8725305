"""What people match records with today, with sensible settings: each peer reads both books and says its pairs.

``python benchmarks/quality/peers.py NAME`` runs one of them in the environment of ``requirements.txt``, on a scenario
as JSON on standard input, and prints what came out as JSON. Each is told which columns there are and that dates
usually differ by some days, as somebody who has looked at the files knows; none is tuned to a scenario.
"""

# Each peer imports what it needs; none of them is installed where the workbench is developed.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

Frames = tuple[Any, Any]


class Linked(NamedTuple):
    """A pair, how probable it is where that is said, the match that it is part of if of several, and if in doubt."""

    external: str
    internal: str
    probability: float | None = None
    match: str = ""
    in_doubt: bool = False


Said = list[Linked]
COLUMNS = ("id", "cents", "currency", "date", "day", "reference", "description")
DAYS = 4  # that dates differ by, at most, where nothing else speaks for a pair


def pandas(external: Any, internal: Any) -> Said:
    """``merge`` on a text of both sides and the amount, then ``merge_asof`` on the amount, the nearest date."""
    import pandas as pd

    key = next(iter(told("reference", *_others(external), external=external, internal=internal)), "reference")
    keys = [key, "currency", "cents"]
    first = external.dropna(subset=key).merge(internal.dropna(subset=key), on=keys)
    external = external[~external["id"].isin(first["id_x"])].sort_values("date")
    internal = internal[~internal["id"].isin(first["id_y"])].sort_values("date")
    by = ["currency", "cents"]
    within = pd.Timedelta(days=DAYS)
    near = pd.merge_asof(external, internal, on="date", by=by, direction="nearest", tolerance=within)
    both = pd.concat([first[["id_x", "id_y"]], near[["id_x", "id_y"]].dropna()])
    return [Linked(e, i) for e, i in both.itertuples(index=False)]


def splink(external: Any, internal: Any) -> Said:
    """Splink with DuckDB: u by random sampling, m by expectation and maximisation, then single best links above 0.5."""
    import duckdb
    import splink.comparison_level_library as levels
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.internals.exceptions import EMTrainingException

    logging.disable(logging.CRITICAL)
    api = DuckDBAPI(duckdb.connect())
    sides = {"external": external, "internal": internal}
    columns = {"id": "unique_id"}
    frames = [own.rename(columns=columns).astype({"cents": "int64"}) for own in sides.values()]
    tables = [api.register(own, dataset_display_name=name) for name, own in zip(sides, frames, strict=True)]
    # No rule brings pairs together among which the amounts of true ones could be seen: these are what anyone assumes.
    fixed = {"fix_m_probability": True}
    amount = compare.CustomComparison(
        output_column_name="cents",
        comparison_levels=[
            levels.NullLevel("cents"),
            levels.ExactMatchLevel("cents", term_frequency_adjustments=True).configure(m_probability=0.6, **fixed),
            levels.PercentageDifferenceLevel("cents", 0.01).configure(m_probability=0.2, **fixed),
            levels.PercentageDifferenceLevel("cents", 0.03).configure(m_probability=0.15, **fixed),
            levels.ElseLevel().configure(m_probability=0.05, **fixed),
        ],
    )
    comparisons: list[Any] = [
        amount,
        compare.AbsoluteDateDifferenceAtThresholds(
            "date", input_is_string=False, metrics=["day"] * 4, thresholds=[1, 2, 4, 10]
        ),
    ]
    texts = told("reference", "description", external=external, internal=internal)
    comparisons += [compare.ExactMatch(name) for name in _others(external)]
    comparisons += [compare.JaroWinklerAtThresholds(name, [0.95, 0.85, 0.7]) for name in texts]
    near = f"l.currency = r.currency and abs(date_diff('day', l.date, r.date)) <= {DAYS}"
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[
            block_on("cents", "currency"),
            *([block_on("reference")] if "reference" in texts else []),
            f"{near} and abs(l.cents - r.cents) <= 0.03 * abs(r.cents)",
        ],
    )
    linker = Linker(tables, settings)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("cents", "currency")], recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in ("cents", *texts[:1]) if "reference" in texts else ("cents",):
        with contextlib.suppress(EMTrainingException):  # no pair has it in common
            training.estimate_parameters_using_expectation_maximisation(block_on(rule), record_sample_proportion=1.0)
    if not 0 < linker._settings_obj._probability_two_random_records_match < 1:
        return []  # no pair has an amount in common: it refuses to predict
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    best = linker.clustering.cluster_using_single_best_links(
        predicted, duplicate_free_datasets=list(sides), threshold_match_probability=0.5
    )
    probability = {
        (row.unique_id_l, row.unique_id_r): row.match_probability
        for row in predicted.as_pandas_dataframe().itertuples()
    }
    clusters: dict[str, dict[str, str]] = {}
    for row in best.as_pandas_dataframe().itertuples():
        clusters.setdefault(row.cluster_id, {})[row.source_dataset] = row.unique_id
    pairs = [(own["external"], own["internal"]) for own in clusters.values() if len(own) > 1]
    return [Linked(e, i, float(probability.get((e, i), 0.5))) for e, i in pairs]


def recordlinkage(external: Any, internal: Any) -> Said:
    """The Python Record Linkage Toolkit: blocks and neighbours, the sum of similarities, from the best pair on."""
    import recordlinkage as rl

    left, right = (own.set_index("id") for own in (external, internal))
    texts = told("reference", "description", external=external, internal=internal)
    index = rl.Index()
    index.block(["currency", "cents"])
    index.sortedneighbourhood("cents", window=9, block_on="currency")
    if "reference" in texts:
        index.block("reference")
    comparing = rl.Compare()
    comparing.exact("cents", "cents", label="amount")
    comparing.numeric("day", "day", method="gauss", offset=1, scale=DAYS / 2, label="date")
    for name in _others(external):
        comparing.exact(name, name, label=name)
    for name in texts:
        comparing.string(name, name, method="jarowinkler", label=name)
    pairs = index.index(left, right)
    score = comparing.compute(pairs, left, right).sum(axis=1)
    alike = score[score >= 0.6 * (2 + len(texts) + len(_others(external)))].sort_values(ascending=False, kind="stable")
    linked: dict[str, str] = {}
    used = set()
    for e, i in alike.index:  # OneToOneLinking of the toolkit knows no scores
        if e not in linked and i not in used:
            linked[e] = i
            used.add(i)
    return [Linked(e, i) for e, i in linked.items()]


def datacompy(external: Any, internal: Any) -> Said:
    """datacompy: a comparison joined on reference and currency, or where there are no references on amount and day."""
    import datacompy as dc

    by_text = told("reference", external=external, internal=internal)
    keys = ["reference", "currency"] if by_text else ["cents", "currency", "day"]
    left, right = (own.dropna(subset=keys).rename(columns={"id": name}) for own, name in _named(external, internal))
    compared = dc.PandasCompare(left, right, join_columns=keys)
    both = compared.intersect_rows
    both = both[both["cents_match"]] if by_text else both
    return [Linked(e, i) for e, i in both[["external_id", "internal_id"]].itertuples(index=False)]


def _named(external: Any, internal: Any) -> list[tuple[Any, str]]:
    return [(external, "external_id"), (internal, "internal_id")]


def reconcile_py(external: Any, internal: Any) -> Said:
    """reconcile-py: amount and date as gates, references and descriptions graded, splits of up to four records."""
    from reconcile import FieldRule, ReconcileConfig, Record, reconcile

    # It compares two texts: the second is the one column that only these books have, if there is one.
    second = next(iter(_others(external)), "description")
    graded = {"reference": "reference", "counterparty": second}
    graded = {name: column for name, column in graded.items() if told(column, external=external, internal=internal)}
    sides = [
        [
            Record(
                Decimal(int(row.cents)) / 100,
                row.date.date(),
                id=row.id,
                **{name: _text(getattr(row, column)) for name, column in graded.items()},
            )
            for row in own.itertuples()
        ]
        for own in (external, internal)
    ]
    rules = [FieldRule("amount", "gate", abs_tol=Decimal(0)), FieldRule("date", "gate", day_tol=DAYS)]
    rules += [FieldRule(name, "grade", weight=1.0) for name in graded]
    config = ReconcileConfig(tuple(rules), threshold=0.3 if graded else 1.0, ambiguity_epsilon=0.05)
    done = reconcile(*sides, config)
    return [
        Linked(e, i, None, str(number), match.ambiguous)
        for number, match in enumerate(done.matches)
        for e in match.left_ids
        for i in match.right_ids
    ]


def told(*names: str, external: Any, internal: Any) -> list[str]:
    """Which of these columns have something to say on both sides."""
    return [name for name in names if external[name].notna().any() and internal[name].notna().any()]


def _others(frame: Any) -> list[str]:
    """The columns that only this pair of books has, on both sides."""
    return [name for name in frame.columns if name not in COLUMNS]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


PEERS: dict[str, tuple[Callable[[Any, Any], Said], str]] = {
    "pandas": (pandas, "pandas"),
    "Splink": (splink, "splink"),
    "recordlinkage": (recordlinkage, "recordlinkage"),
    "datacompy": (datacompy, "datacompy"),
    "reconcile-py": (reconcile_py, "reconcile-py"),
}


def frames(scenario: dict[str, Any]) -> Frames:
    """Both books with the same columns: whole cents, instants, days, and references without case."""
    import pandas as pd

    columns = [{column for row in scenario[side] for column in row} for side in ("external", "internal")]
    others = sorted(set.intersection(*columns) - {*COLUMNS, "amount", "status"})
    sides = []
    for side, date, name in (("external", "date", "id"), ("internal", "created_at", "transaction_id")):
        rows = [row for row in scenario[side] if row.get("status", "APPLIED") == "APPLIED"]
        frame = pd.DataFrame(rows).rename(columns={date: "date", name: "id"})
        frame["date"] = pd.to_datetime(frame["date"], utc=True, format="ISO8601").dt.tz_localize(None)
        frame["day"] = frame["date"].dt.floor("D").astype("int64") // 86_400_000_000_000
        frame["cents"] = [int(Decimal(amount) * 100) for amount in frame["amount"]]
        for text in ("reference", "description"):
            frame[text] = frame[text].str.lower() if text in frame else None
        sides.append(frame[[*COLUMNS, *others]])
    return sides[0], sides[1]


def main() -> None:
    """Run one peer and print what it says."""
    from importlib.metadata import version

    warnings.simplefilter("ignore")
    peer, package = PEERS[sys.argv[1]]
    both = frames(json.load(sys.stdin))
    with contextlib.redirect_stdout(sys.stderr):
        began = time.perf_counter()
        said = peer(*both)
        seconds = time.perf_counter() - began
    print(json.dumps({"pairs": said, "seconds": seconds, "version": version(package)}))


if __name__ == "__main__":
    main()
