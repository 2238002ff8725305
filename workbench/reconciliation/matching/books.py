"""Books: both sides' records ready to be matched, and by what each may be grouped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine import fetch
from workbench.errors import SettingsError
from workbench.exact import Ints, in_one_piece, whole_amounts
from workbench.ledger.ancestry import ParentFinding, has_ancestry, read_ancestry
from workbench.ledger.references import other_references
from workbench.progress import Threads
from workbench.reconciliation.criteria.text_key import NAMED, TextKey
from workbench.reconciliation.matching.columns import column_of, find_column
from workbench.reconciliation.matching.samples import Sample
from workbench.reconciliation.matching.texts.loose_texts import in_form
from workbench.reconciliation.matching.texts.references import named
from workbench.reconciliation.matching.texts.text_codes import encode_folded
from workbench.reconciliation.matching.texts.unit_texts import OtherTexts, Texts, text_column, texts_of_records
from workbench.reconciliation.matching.units import Pool, single
from workbench.reconciliation.settings import Settings, seconds_of
from workbench.reconciliation.strategies import GROUPING_CRITERIA, KINDS
from workbench.records import Records, side_by_side
from workbench.sides import ID_COLUMN, Side

_DAY = 86_400_000_000  # a day in microseconds
_PARENT = "key parent_transaction"


@dataclass(frozen=True)
class Books:
    """The records of both sides as units of one record each, and codes that say which are alike in what groups them."""

    pool: Pool
    keys: Mapping[Side, Mapping[str, Ints]]  # the codes by grouping criterion; below 0 where a record has no key
    parents: tuple[ParentFinding, ...] = ()  # what there is to tell about parents of the ledger's transactions


def read_books(
    external: Records,
    internal: Records,
    settings: Settings,
    text_keys: Collection[TextKey],
    settled: Mapping[Side, Collection[str]] | None = None,
    sample: Sample | None = None,
) -> Books:
    """Make the records of both sides ready, with shared codes, one scale and one clock.

    ``settled`` are ids of records that no rule shall see; what is not in the ``sample`` is not read.
    """
    both: dict[Side, Records] = {"external": external, "internal": internal}
    pulled = side_by_side(
        both, lambda side, records: _pull(side, records, settings, text_keys, (settled or {}).get(side), sample)
    )
    sides = {side: extract.table for side, extract in pulled.items()}
    with Threads(1) as beside:  # coding texts takes as long as all the rest
        others = {side: extract.others for side, extract in pulled.items()}
        texts = beside.submit(_texts, text_keys, sides, others)
        scale = max(table["amount"].type.scale for table in sides.values())
        amounts = _alike({side: whole_amounts(table["amount"], scale) for side, table in sides.items()})
        dates, epoch, tick = _clock({side: _micros(table["date"]) for side, table in sides.items()})
        currency, currencies = _currencies(sides)
        keys = {
            side: {
                name: _group_code(sides[side][_key(name)], side, name, settings)
                for grouping in settings.groupings
                for name in grouping.columns(side)
            }
            for side in sides
        }
    units = {
        side: single(
            table.select(["id", "currency", "date", "place"]),
            in_one_piece(table["id"]),
            currency[side],
            amounts[side],
            dates[side],
            {key: pair[side] for key, pair in texts.result().items()},
        )
        for side, table in sides.items()
    }
    pool = Pool(units["external"], units["internal"], currencies, scale, tick, epoch)
    return Books(pool, keys, pulled["internal"].parents)


def _alike(amounts: dict[Side, Ints]) -> dict[Side, Ints]:
    """Both sides in Python's integers where one of them needs these: what is compared must be of one kind."""
    wide = any(amount.dtype == object for amount in amounts.values())
    return {side: amount.astype(object) for side, amount in amounts.items()} if wide else amounts


def _texts(
    keys: Collection[TextKey], sides: Mapping[Side, pa.Table], others: Mapping[Side, Mapping[str, OtherTexts]]
) -> dict[TextKey, dict[Side, Texts]]:
    """The texts of both sides for each key; for one in another form also those it is made of."""
    folded = dict.fromkeys(part for key in keys for part in key.made_of)
    texts = {key: texts_of_records(key, sides, others) for key in folded}
    if NAMED in keys:
        texts[NAMED] = named(*(texts[part] for part in NAMED.made_of))
    made = {key: in_form(key.form, texts[key.folded]) for key in keys if key not in texts}
    wanted = {*keys, *(key.folded for key in made)}
    return {key: text for key, text in texts.items() if key in wanted} | made


class _Pulled(NamedTuple):
    """A side's records in the columns that matching needs, and of each column the texts that records have besides."""

    table: pa.Table
    others: Mapping[str, OtherTexts]
    parents: tuple[ParentFinding, ...] = ()


def _pull(
    side: Side,
    records: Records,
    settings: Settings,
    text_keys: Collection[TextKey],
    settled: Collection[str] | None,
    sample: Sample | None,
) -> _Pulled:
    """The columns that matching needs; those of the grouping among them, and then in the order of ids."""
    table = records.table
    counted = settings.counted(side, records)
    of_texts = {part.column(side) for key in text_keys for part in key.made_of}
    columns = {
        "id": table[ID_COLUMN[side]],
        "amount": counted.amount,
        "currency": table.currency,
        "date": counted.date,
        **{
            text_column(name): column_of(records, name, f"a criterion's {side}").cast("string")
            for name in sorted(of_texts)
        },
    }
    keys = {
        _key(name): _key_column(side, records, name, grouping.strategy)
        for grouping in settings.groupings
        for name in grouping.columns(side)
    }
    in_order = any(grouping.of(side) for grouping in settings.groupings)  # a group is called by its first id
    climbs = (
        side == "internal" and has_ancestry(records) and bool({_PARENT, text_column("reference")} & {*keys, *columns})
    )
    # Rows count before the filter, since ancestors need not take part.
    rows = {"row": ibis.row_number()} if climbs else {}
    read = counted.takes_part & sample.holds(counted) if sample else counted.takes_part
    chosen = table.mutate(**rows).filter(read).select(**columns, **keys, **{name: name for name in rows})
    if in_order:
        pulled = fetch(chosen.mutate(place=ibis.row_number()).order_by("id"))
    else:
        pulled = fetch(chosen)
        pulled = pulled.append_column("place", pa.array(np.arange(len(pulled), dtype=np.int32)))
    if settled:
        pulled = pulled.filter(pc.invert(pc.is_in(pulled["id"], pa.array(settled, pa.string()))))
    return _with_ancestors(pulled, records) if climbs else _Pulled(pulled, {})


def _with_ancestors(pulled: pa.Table, internal: Records) -> _Pulled:
    """Grouped by their roots instead of their parents, and known by their ancestors' references as well."""
    ancestry = read_ancestry(internal)
    rows = pulled["row"].to_numpy().astype(np.int64)
    if _PARENT in pulled.column_names:
        roots = pa.chunked_array([ancestry.root.take(pa.array(rows))])
        pulled = pulled.set_column(pulled.column_names.index(_PARENT), _PARENT, roots)
    compared = text_column("reference") in pulled.column_names
    others = {"reference": other_references(internal, ancestry, rows)} if compared else {}
    return _Pulled(pulled, others, ancestry.findings)


def _key(name: str) -> str:
    """What the column that groups are made by is called in a table of records."""
    return f"key {name}"


def _key_column(side: Side, records: Records, name: str, strategy: str) -> ir.Value:
    """A column that makes groups: one that a grouping criterion says, or any other of the input."""
    choices = GROUPING_CRITERIA[side]
    if name in choices:
        return records.table[name]
    column = find_column(records, name)
    if column is None:
        more = [other for other in records.table.columns if other not in KINDS[side].columns]
        raise SettingsError(
            f"unknown grouping criterion of {strategy} {name!r}: choose one of {', '.join(choices)}, or "
            f"another column of {records.origin.name}: {', '.join(more) or 'it has none'}"
        )
    kind = column.type()
    return column if kind.is_timestamp() or kind.is_date() or kind.is_decimal() else column.cast("string")


def _group_code(column: pa.ChunkedArray, side: Side, name: str, settings: Settings) -> Ints:
    if pa.types.is_temporal(column.type):
        micros = _micros(column) if settings.grouping_grain == "instant" else _days(column, settings)
        # Dates get codes from 0 on, since days before 1970 are negative and codes below 0 stand for an empty key part.
        return _numbered(micros, column)
    if pa.types.is_decimal(column.type):
        return _numbered(whole_amounts(column.fill_null(0), column.type.scale), column)
    if name == ID_COLUMN[side]:
        return np.arange(len(column))
    [code], _ = encode_folded([column], [(side, name) == ("internal", "reference")])
    return code


def _numbered(values: Ints, column: pa.ChunkedArray) -> Ints:
    """A number for each distinct value; -1 where the column has none."""
    code = np.unique(values, return_inverse=True)[1]
    return np.where(column.is_null().to_numpy(), -1, code) if column.null_count else code


def _days(column: pa.ChunkedArray, settings: Settings) -> Ints:
    """The day that each instant falls on, by the clocks of a time zone and from the hour that days start at."""
    micros = _micros(column)
    if settings.grouping_timezone != "UTC":
        zoned = pa.array(micros, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", settings.grouping_timezone))
        micros = pc.local_timestamp(zoned).cast(pa.int64()).to_numpy()
    return (micros - seconds_of(settings.day_starts) * 1_000_000) // _DAY


def _currencies(sides: dict[Side, pa.Table]) -> tuple[dict[Side, Ints], pa.Array]:
    """A code for each record's currency, and the currencies behind the codes."""
    columns = {side: table["currency"] for side, table in sides.items()}
    names = pc.unique(pa.chunked_array([chunk for column in columns.values() for chunk in column.chunks], pa.string()))
    return {side: pc.index_in(column, names).to_numpy() for side, column in columns.items()}, names


def _micros(column: pa.ChunkedArray) -> Ints:
    return cast(Ints, column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).fill_null(0).to_numpy())


def _clock(micros: dict[Side, Ints]) -> tuple[dict[Side, Ints], int, int]:
    """Dates in the longest step that every date falls on, from the earliest instant on; that instant, and the step."""
    filled = [dates for dates in micros.values() if len(dates)]
    epoch = min((int(dates.min()) for dates in filled), default=0)
    since = {side: micro - epoch for side, micro in micros.items()}
    tick = reduce(_common, since.values(), 0) or 1
    return {side: elapsed // tick if tick > 1 else elapsed for side, elapsed in since.items()}, epoch, tick


def _common(divisor: int, values: Ints) -> int:
    """The greatest common divisor, which seldom takes a look at all of the values."""
    for begin in range(0, len(values), 10_000):
        if divisor == 1:
            break
        divisor = int(np.gcd.reduce(values[begin : begin + 10_000], initial=divisor))
    return divisor
