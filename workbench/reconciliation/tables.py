"""The tables of a reconciliation: of each, its columns, their types, what they mean and how they are made.

A column is made here and nowhere else: every table of a result is built by its schema. Users find it by ``Result``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa

from workbench.exact import Ints, decimals
from workbench.reconciliation.criteria.field import DRIFT
from workbench.reconciliation.weights import REFERENCES, TERMS

TEXT, COUNT, INSTANT = pa.string(), pa.int64(), pa.timestamp("us", "UTC")
DECIMAL = None  # an exact decimal with as many decimals as the data needs
OPEN_AMOUNT = "open_amount"  # what is open of a record, where a part of it may be matched
GROUP = "group"  # the first record of an open record's group, where its side is grouped
PARTS = ("matched", "unmatched", "excluded", "rejected")  # what becomes of the records that come in

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Column(Generic[Facts]):
    """A column: ``value`` makes it of what is known of the rows; ``type`` is none for exact decimals of any scale."""

    name: str
    type: pa.DataType | None
    meaning: str
    value: Callable[[Facts], Any]


@dataclass(frozen=True)
class Schema(Generic[Facts]):
    """The columns of a table, in order."""

    columns: tuple[Column[Facts], ...]

    def __post_init__(self) -> None:
        """Refuse two columns of one name, of which the first would be lost."""
        if len({*self.names}) < len(self.columns):
            raise ValueError(f"two columns of one name: {', '.join(sorted(self.names))}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def build(self, facts: Facts) -> pa.Table:
        """The table of ``facts``; raises ``TypeError`` if a column comes out of another type than the schema says."""
        return pa.table({column.name: _typed(column, column.value(facts)) for column in self.columns})

    def of_rows(self, rows: Sequence[Sequence[Any]], scale: int = 0, **scales: int) -> pa.Table:
        """The table of rows of values in the order of the columns.

        Exact decimals are whole numbers at ``scale``, or at that of their column in ``scales``.
        """
        values = list(zip(*rows, strict=True)) or [()] * len(self.columns)
        facts: Any = dict(zip(self.names, map(list, values), strict=True))
        money = (column.name for column in self.columns if column.type is None)
        return self.build(
            facts | {name: decimals(np.array(facts[name], object), scales.get(name, scale)) for name in money}
        )


def _typed(column: Column[Any], values: Any) -> pa.Array | pa.ChunkedArray:
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        values = pa.array(values, column.type)
    if column.type is None:
        if not pa.types.is_decimal(values.type):
            raise TypeError(f"column {column.name} takes exact decimals, not {values.type}")
        return values
    return values if values.type == column.type else values.cast(column.type)


def _given(name: str, kind: pa.DataType | None, meaning: str) -> Column[Any]:
    """A column that stands ready under its name."""
    return Column(name, kind, meaning, itemgetter(name))


@dataclass(frozen=True)
class MatchedPairs:
    """What is known of each pair of matched records, whether rules or people matched them.

    ``number`` is that of the match, from 0. Amounts are whole numbers at ``scale``, ``lag`` is in microseconds.
    """

    number: Ints
    rule: pa.Array
    external: pa.Array  # ids
    internal: pa.Array
    amount: Ints
    currency: pa.Array
    date: pa.Array
    amount_difference: Ints  # external less internal unit
    lag: Ints  # external less internal unit
    alternatives: Ints
    scale: int
    crosses: Ints | None = None  # whether the units are of two currencies, where that may be
    remainder: Ints | None = None  # external less internal unit, where what differs stays open
    internal_amount: Ints | None = None  # the internal record's amount, where groups match groups


def together(parts: Sequence[MatchedPairs]) -> MatchedPairs:
    """All of them, one part after the other; there is at least one."""
    numbers = ("number", "amount", "amount_difference", "lag", "alternatives")
    texts = ("rule", "external", "internal", "currency", "date")
    return MatchedPairs(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in numbers},
        **{name: _in_one(getattr(part, name) for part in parts) for name in texts},
        scale=parts[0].scale,
    )


def _in_one(columns: Iterable[pa.Array | pa.ChunkedArray]) -> pa.ChunkedArray:
    chunks = [column.chunks if isinstance(column, pa.ChunkedArray) else [column] for column in columns]
    return pa.chunked_array([chunk for some in chunks for chunk in some])


def _match_ids(pairs: MatchedPairs) -> pa.Array:
    """Ids that sort as the matches are numbered, from 1."""
    count = int(pairs.number[-1]) + 1 if len(pairs.number) else 0
    ahead = 10 ** len(str(count))  # a digit before all others, which the prefix takes the place of
    digits = pa.array(np.arange(ahead + 1, ahead + count + 1)).cast(TEXT)
    return pa.compute.binary_replace_slice(digits, 0, 1, "match_").take(pa.array(pairs.number))


MATCHES: Schema[MatchedPairs] = Schema(
    (
        Column("match_id", TEXT, "the match, which has a row for each of its pairs of records", _match_ids),
        Column("rule", TEXT, "the rule that matched, or: by hand", lambda pairs: pairs.rule),
        Column("external_transaction_id", TEXT, "the external record, if there is one", lambda pairs: pairs.external),
        Column("internal_transaction_id", TEXT, "the internal record, if there is one", lambda pairs: pairs.internal),
        Column(
            "amount",
            DECIMAL,
            "of the record on the side that is grouped, else of the external record, else of the internal one",
            lambda pairs: decimals(pairs.amount, pairs.scale),
        ),
        Column("currency", TEXT, "of both", lambda pairs: pairs.currency),
        Column("date", INSTANT, "of the record whose amount it is", lambda pairs: pairs.date),
        Column(
            "amount_difference",
            DECIMAL,
            "external unit minus internal unit",
            lambda pairs: decimals(pairs.amount_difference, pairs.scale),
        ),
        Column(
            "date_difference_seconds",
            DECIMAL,
            "external unit minus internal unit, in seconds",
            lambda pairs: decimals(pairs.lag, 6),
        ),
        Column(
            "alternatives",
            COUNT,
            "other pairs that the two units could have made under that rule or a later one; 0 is no doubt",
            lambda pairs: pairs.alternatives,
        ),
    )
)

EVIDENCE: Schema[Any] = Schema(
    (
        _given("match_id", TEXT, "the match or suggestion, of a rule that weighs"),
        _given("rule", TEXT, "that rule"),
        *(_given(term, COUNT, f"what {meaning} counts") for term, meaning in TERMS.items()),
        _given("weight", COUNT, "the sum of the five, in hundredths of a bit: 100 doubles the odds"),
        _given("references", TEXT, "how those of the pair stand: " + ", ".join(REFERENCES)),
        _given("probability", pa.decimal128(38, 4), "that the two belong together, from 0 to 1"),
    )
)

EXCLUDED: Schema[Any] = Schema(
    (
        _given("side", TEXT, "external or internal"),
        _given("id", TEXT, "the record"),
        _given("amount", DECIMAL, "as the control totals count it"),
        _given("currency", TEXT, "of the record"),
        _given("date", INSTANT, "as rules compare it"),
        _given("reason", TEXT, "the setting or the person that excluded it"),
    )
)

DECISIONS: Schema[Any] = Schema(
    (
        _given("id", TEXT, "of the decision"),
        _given("at", TEXT, "when it was made"),
        _given("by", TEXT, "who made it"),
        _given("action", TEXT, "match, unmatch, exclude or undo"),
        _given("external", TEXT, "the external records that it names"),
        _given("internal", TEXT, "the internal records that it names"),
        _given("why", TEXT, "the reason that was given"),
        _given("state", TEXT, "applied, undone, stale, conflicting or doubled"),
        _given("note", TEXT, "why it is not applied"),
    )
)

PARENTS: Schema[Any] = Schema(
    (
        _given("finding", TEXT, "what is to know of the parents of some transactions"),
        _given("transactions", COUNT, "how many they are"),
        _given("examples", TEXT, "the first of them, and their parents"),
    )
)

NEAR_MISSES: Schema[Any] = Schema(
    (
        _given("external_transaction_id", TEXT, "the first record of the external unit"),
        _given("external_records", COUNT, "how many records that unit has"),
        _given("internal_transaction_id", TEXT, "the first record of the internal unit"),
        _given("internal_records", COUNT, "how many records that unit has"),
        _given("rank", COUNT, "1 is the closest to its external unit"),
        _given("rule", TEXT, "the rule that it fails least"),
        _given("currency", TEXT, "of the external unit"),
        _given("external_amount", DECIMAL, "of the external unit"),
        _given("internal_currency", TEXT, "of the internal unit, mostly the same"),
        _given("internal_amount", DECIMAL, "of the internal unit"),
        _given("amount_difference", DECIMAL, "external unit minus internal unit; null where the currencies differ"),
        _given("date_difference_seconds", DECIMAL, "external unit minus internal unit, in seconds"),
        _given("field", TEXT, "of the criterion that failed"),
        _given("operator", TEXT, "of the criterion that failed"),
        _given("off_by", DECIMAL, "money, seconds or letters past what is allowed"),
        _given("smallest_drift", DRIFT, "in the unit of the field's drift; null if no drift would do"),
        _given("explanation", TEXT, "that in words"),
    )
)

CONVERSIONS: Schema[Any] = Schema(
    (
        _given("match_id", TEXT, "the match, of records in two currencies"),
        _given("rule", TEXT, "the rule that matched them"),
        _given("external_currency", TEXT, "of the external records"),
        _given("external_amount", DECIMAL, "of the external unit"),
        _given("internal_currency", TEXT, "of the internal records"),
        _given("internal_amount", DECIMAL, "of the internal unit"),
        _given("rate_date", TEXT, "the day that the rate is of"),
        _given("rate_from", TEXT, "the currency of which a unit is worth the rate"),
        _given("rate_to", TEXT, "the currency that the rate is in"),
        _given("rate", TEXT, "as the table of rates says it; of a match by hand, what its amounts come to"),
        _given("converted_amount", DECIMAL, "the external amount in the internal currency, rounded half to even"),
        _given("converted_difference", DECIMAL, "the converted amount less the internal amount"),
    )
)

DIFFERENCES: Schema[Any] = Schema(
    (
        _given("rule", TEXT, "the rule whose matches differ, or: by hand"),
        _given("currency", TEXT, "of the records"),
        _given("matches", COUNT, "how many of its matches differ"),
        _given("external_amount", DECIMAL, "the external amounts of these"),
        _given("internal_amount", DECIMAL, "the internal amounts of these"),
        _given("difference", DECIMAL, "external minus internal"),
        _given("difference_debit", DECIMAL, "by how much external amounts are less, without sign"),
        _given("difference_credit", DECIMAL, "by how much external amounts are more"),
        _given("account", TEXT, "the ledger balance that the rule names for it"),
    )
)

ADJUSTMENTS: Schema[Any] = Schema(
    (
        _given("rule", TEXT, "the rule whose matches differ, or: by hand"),
        _given("matches", COUNT, "how many of them are in this entry"),
        _given("currency", TEXT, "of the entry"),
        _given("amount", DECIMAL, "what is moved, without sign"),
        _given("precise_amount", DECIMAL, "the same as a whole number, times the precision"),
        _given("precision", DECIMAL, "a power of ten"),
        _given("source", TEXT, "the balance that it leaves"),
        _given("destination", TEXT, "the balance that it enters"),
        _given("reference", TEXT, "made of the records of its matches, so that it is not posted twice"),
        _given("description", TEXT, "what it is for"),
        _given("left_out", TEXT, "why it is no entry; null where it is one"),
    )
)

CONTROL_TOTALS: Schema[Any] = Schema(
    (
        _given("side", TEXT, "external or internal"),
        _given("currency", TEXT, "of the records"),
        *(_given(f"records_{part}", COUNT, f"records {part}") for part in ("in", *PARTS)),
        *(_given(f"amount_{part}", DECIMAL, f"amount of the records {part}") for part in ("in", *PARTS)),
        *(_given(f"amount_{part}_debit", DECIMAL, f"negative amounts {part}, without sign") for part in ("in", *PARTS)),
        *(_given(f"amount_{part}_credit", DECIMAL, f"positive amounts {part}") for part in ("in", *PARTS)),
    )
)


def money_open(table: pa.Table) -> str:
    """The column of a table of open records that says how much is open."""
    return OPEN_AMOUNT if OPEN_AMOUNT in table.column_names else "counted_amount"
