"""What is measured: each contender reads the two files of a folder and writes the pairs it finds.

``python benchmarks/contenders.py NAME FOLDER WARMUP_FOLDER`` runs one of them in a process of its own, first on the
small warm-up files (imports and compiled code are then in place), then on the others, and prints what came out as
JSON.
"""

# Each contender imports what it needs, and pays for no other's memory.
# ruff: noqa: PLC0415

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

KEYS = ["reference", "cents", "currency"]
THREE_DAYS = 259_200  # seconds
PAIR_COLUMNS = ("external_transaction_id", "internal_transaction_id")


def workbench(folder: Path, out: Path) -> Path:
    """Read both files, run two rules, write the run folder."""
    from workbench import Criterion, Rule

    rules = [
        Rule("Reference and amount", [Criterion("reference"), Criterion("amount")]),
        Rule("Amount within 3 days", [Criterion("amount"), Criterion("date", "equals", THREE_DAYS)]),
    ]
    return _reconciled(folder, out, rules)


def two_dimensional(folder: Path, out: Path) -> Path:
    """The same with one rule that leaves both the amount and the date some room."""
    from workbench import Criterion, Rule

    criteria = [Criterion("amount", "equals", "0.01"), Criterion("date", "equals", THREE_DAYS)]
    return _reconciled(folder, out, [Rule("Amount within 1 %, date within 3 days", criteria)])


def weighed(folder: Path, out: Path) -> Path:
    """The same with one rule that weighs, whose weights are learned first."""
    import workbench as wb

    books = _books(folder)
    return _reconciled(folder, out, [wb.Weighed(wb.learn(books["external"], books["internal"]))], books)


def refusal(folder: Path, _out: Path) -> bool:
    """Whether a rule that nearly any two records of a currency meet is refused."""
    import workbench as wb

    rule = wb.Rule("Within a year", [wb.Criterion("date", "equals", 365 * 86_400)])
    try:
        _result(_books(folder), [rule])
    except wb.RuleTooBroad:
        return True
    return False


def _reconciled(folder: Path, out: Path, rules: list[Any], books: Mapping[Any, Any] | None = None) -> Path:
    from workbench.runs.folder.run_folder import write_run

    write_run(_result(books or _books(folder), rules), out / "run")
    return out / "run" / "matches.parquet"


def _books(folder: Path) -> Mapping[Any, Any]:
    from workbench.sources import read_books

    return read_books({side: str(folder / f"{side}.parquet") for side in ("external", "internal")}, {})


def _result(books: Mapping[Any, Any], rules: list[Any]) -> Any:
    """As ``workbench reconcile`` does it."""
    import workbench as wb

    return wb.reconcile(books["external"], books["internal"], strategy="one_to_one", rules=rules)


JOIN = """
    FROM read_parquet('{folder}/external.parquet') AS e
    JOIN read_parquet('{folder}/internal.parquet') AS i
      ON e.reference = i.reference AND e.currency = i.currency AND e.amount * 100 = i.precise_amount
"""


def duckdb_join(folder: Path, out: Path) -> Callable[[], Path]:
    """Read both files and keep the joined rows, with the columns of both, as a table."""
    import duckdb

    connection = duckdb.connect()
    columns = "e.*, i.* EXCLUDE (reference, currency, description, source)"
    connection.execute(f"CREATE TABLE joined AS SELECT {columns} {JOIN.format(folder=folder)}")
    return lambda: _write(connection, out, "SELECT id, transaction_id FROM joined")


def duckdb_count(folder: Path, _out: Path) -> None:
    """Read both files and only count the joined rows."""
    import duckdb

    duckdb.connect().execute(f"SELECT count(*) {JOIN.format(folder=folder)}").fetchall()


def _write(connection: Any, out: Path, query: str) -> Path:
    connection.execute(f"COPY ({query}) TO '{out}/pairs.parquet'")
    return out / "pairs.parquet"


def pandas(folder: Path, out: Path) -> Path:
    """``merge`` on the three keys, then ``merge_asof`` on the date for what is left."""
    import pandas as pd

    columns = ["id", "transaction_id"]
    external, internal = _frames(folder)
    first = external.dropna(subset=["reference"]).merge(internal, on=KEYS)
    external = external[~external["id"].isin(first["id"])].sort_values("date")
    internal = internal[~internal["transaction_id"].isin(first["transaction_id"])].sort_values("created_at")
    nearest = pd.merge_asof(
        external,
        internal,
        left_on="date",
        right_on="created_at",
        by=["cents", "currency"],
        direction="nearest",
        tolerance=pd.Timedelta(seconds=THREE_DAYS),
    ).dropna(subset=["transaction_id"])
    pd.concat([first[columns], nearest[columns]]).to_parquet(out / "pairs.parquet")
    return out / "pairs.parquet"


def _frames(folder: Path) -> tuple[Any, Any]:
    """Both files with whole cents and folded references, as someone who knows the data would prepare them."""
    import pandas as pd

    external = pd.read_parquet(folder / "external.parquet", dtype_backend="pyarrow")
    internal = pd.read_parquet(folder / "internal.parquet", dtype_backend="pyarrow")
    # Whole cents are exact, and join much faster than decimals.
    external["cents"] = (external.pop("amount") * 100).astype("int64")
    internal["cents"] = internal.pop("precise_amount").astype("int64")
    for frame, date in ((external, "date"), (internal, "created_at")):
        frame[date] = frame[date].astype("datetime64[us, UTC]")
        frame["reference"] = frame["reference"].str.lower().str.removesuffix("_q")
    return external, internal


def polars(folder: Path, out: Path) -> Path:
    """``join`` on the three keys, then ``join_asof`` on the date for what is left."""
    import polars as pl

    columns = ["id", "transaction_id"]
    folded = pl.col("reference").str.to_lowercase().str.strip_suffix("_q")
    cents = (pl.col("amount") * 100).cast(pl.Int64).alias("cents")
    external = pl.read_parquet(folder / "external.parquet").with_columns(folded, cents)
    internal = pl.read_parquet(folder / "internal.parquet").with_columns(folded)
    internal = internal.rename({"precise_amount": "cents"})
    first = external.join(internal, on=KEYS, how="inner")
    left = external.join(first, on="id", how="anti").sort("date")
    right = internal.join(first, on="transaction_id", how="anti").sort("created_at")
    nearest = left.join_asof(
        right,
        left_on="date",
        right_on="created_at",
        by=["cents", "currency"],
        strategy="nearest",
        tolerance=f"{THREE_DAYS}s",
        check_sortedness=False,
    ).drop_nulls("transaction_id")
    pl.concat([first.select(columns), nearest.select(columns)]).write_parquet(out / "pairs.parquet")
    return out / "pairs.parquet"


def splink(folder: Path, out: Path) -> Path:
    """A deterministic link on the three keys."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    sides = [
        ("external", "id", "CAST(amount * 100 AS BIGINT)"),
        ("internal", "transaction_id", "precise_amount"),
    ]
    tables = []
    for side, name, cents in sides:
        connection.execute(
            f"CREATE TABLE {side} AS SELECT {name} AS unique_id, currency, {cents} AS cents, "
            f"regexp_replace(lower(reference), '_q$', '') AS reference FROM '{folder}/{side}.parquet'"
        )
        tables.append(api.register(side, dataset_display_name=side))
    rule = block_on(*KEYS)
    settings = SettingsCreator(link_type="link_only", blocking_rules_to_generate_predictions=[rule])
    linked = Linker(tables, settings).inference.deterministic_link()
    pairs = f"SELECT unique_id_l AS id, unique_id_r AS transaction_id FROM {linked.physical_name}"
    return _write(connection, out, pairs)


def datacompy(folder: Path, out: Path) -> Path:
    """A comparison joined on reference and currency; pairs whose amounts agree."""
    from datacompy import PandasCompare

    external, internal = _frames(folder)
    compared = PandasCompare(external.dropna(subset=["reference"]), internal, join_columns=["reference", "currency"])
    both = compared.intersect_rows
    both.loc[both["cents_match"], ["id", "transaction_id"]].to_parquet(out / "pairs.parquet")
    return out / "pairs.parquet"


# Name: what runs, and the packages whose versions matter.
CONTENDERS: dict[str, tuple[Callable[[Path, Path], Any], tuple[str, ...]]] = {
    "workbench": (workbench, ("duckdb", "numba")),
    "duckdb": (duckdb_join, ("duckdb",)),
    "duckdb-count": (duckdb_count, ("duckdb",)),
    "pandas": (pandas, ("pandas",)),
    "polars": (polars, ("polars",)),
    "splink": (splink, ("splink",)),
    "datacompy": (datacompy, ("datacompy",)),
    "two-dimensional": (two_dimensional, ("numba",)),
    "weighed": (weighed, ("numba",)),
    "refusal": (refusal, ()),
}
PEERS = ("pandas", "polars", "splink", "datacompy")


def measure(name: str, folder: Path, warmup: Path) -> dict[str, Any]:
    """Seconds from opening the files to the written output, peak memory in MB, and how good the pairs are."""
    run, packages = CONTENDERS[name]
    with TemporaryDirectory() as out:
        run(warmup, Path(out))
    with TemporaryDirectory() as out:
        started = time.perf_counter()
        outcome = run(folder, Path(out))
        seconds = time.perf_counter() - started
        # On Linux in kilobytes; read before the pairs are judged, which takes memory too.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        judged = _outcome(outcome() if callable(outcome) else outcome, folder / "truth.parquet")
    return {"seconds": seconds, "peak_mb": peak, "versions": _versions(packages), **judged}


def _outcome(outcome: Path | bool | None, truth: Path) -> dict[str, int | bool]:
    if isinstance(outcome, bool):
        return {"refused": outcome}
    return _judge(outcome, truth) if outcome else {}


def _judge(pairs: Path, truth: Path) -> dict[str, int]:
    import duckdb

    connection = duckdb.connect()
    names = [column[0] for column in connection.execute(f"SELECT * FROM '{pairs}' LIMIT 0").description]
    external, internal = PAIR_COLUMNS if PAIR_COLUMNS[0] in names else ("id", "transaction_id")
    connection.execute(f"CREATE TABLE pair AS SELECT {external} AS e, {internal} AS i FROM '{pairs}'")
    found, right, twice = connection.execute(
        f"""
        SELECT (SELECT count(*) FROM pair),
               (SELECT count(*) FROM pair JOIN '{truth}' ON e = external_id AND i = internal_id),
               (SELECT count(*) FROM (SELECT e FROM pair GROUP BY e HAVING count(*) > 1))
             + (SELECT count(*) FROM (SELECT i FROM pair GROUP BY i HAVING count(*) > 1))
        """
    ).fetchone()
    return {"found": found, "right": right, "twice": twice}


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in packages}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
