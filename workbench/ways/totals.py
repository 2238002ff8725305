"""Totals of ways: what came in of each book beside how far it went, and all that lies between two books' totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.amounts import NOT_KNOWN
from workbench.errors import ControlTotalsError
from workbench.exact import Ints, decimals, exact, whole
from workbench.reconciliation.matching.kernels import sums_by
from workbench.reconciliation.result_tables.control_totals import NOTHING, Tally
from workbench.sides import Side
from workbench.ways.books import Leg, Way, currency_numbers
from workbench.ways.ends import Ends

ARRIVED, STOPPED, SETTLED, EXCLUDED, REJECTED = "arrived", "stopped", "settled", "excluded", "rejected"
Parts = dict[tuple[str, int | None], Tally]


def control_totals(way: Way, onward: Sequence[Ends], back: Sequence[Ends]) -> pa.Table:
    """Of each book and direction and currency what came in, how far it went, and what took no part."""
    backward = way.back()
    flat = [row for number, ends in enumerate(onward) for row in _of_book(way, number, ends)]
    flat += [row for number, ends in reversed([*enumerate(back)]) for row in _of_book(backward, number, ends)]
    return _table(
        ("book", "towards", "currency", "part", "ends_at"), ("amount", "amount_debit", "amount_credit"), flat, way
    )


def _table(texts: Sequence[str], money: Sequence[str], rows: Sequence[Sequence[Any]], way: Way) -> pa.Table:
    """Rows of texts, of a count where they have one, and of amounts, which are null where nobody knows them."""
    columns = list(zip(*rows, strict=True)) or [()] * (len(texts) + len(money))
    arrays = {name: pa.array(columns[place], pa.string()) for place, name in enumerate(texts)}
    if len(columns) > len(texts) + len(money):
        arrays["records"] = pa.array(columns[len(texts)], pa.int64())
    amounts = dict(zip(money, columns[-len(money) :], strict=True))
    arrays |= {name: _amounts(values, way.scale) for name, values in amounts.items()}
    fields = [
        pa.field(name, array.type, metadata=NOT_KNOWN if name in amounts else None) for name, array in arrays.items()
    ]
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def _amounts(values: Sequence[int | None], scale: int) -> pa.Array:
    column = decimals(np.array([value or 0 for value in values], object), scale)
    return pc.if_else(
        pa.array([value is not None for value in values], pa.bool_()), column, pa.scalar(None, column.type)
    )


def _of_book(way: Way, number: int, ends: Ends) -> Iterator[tuple[Any, ...]]:
    """The rows of a book towards the last one; raises ``ControlTotalsError`` if they do not tie out."""
    book, leg, towards = way.books[number], way.legs[number], way.books[-1].name
    totals = totals_of(leg, leg.step.source)
    for code, currency in enumerate(way.currencies):
        if currency not in totals:
            continue
        row, parts = totals[currency], _parts(way, number, ends, code)
        _check(book.name, towards, currency, row, parts, way.scale)
        rejected = [row[f"amount_rejected{ending}"] for ending in ("", "_debit", "_credit")]
        came_in = [row[f"amount_in{ending}"] for ending in ("", "_debit", "_credit")]
        place = book.name, towards, currency
        yield (*place, "in", None, row["records_in"], *(_whole(value, way.scale) for value in came_in))
        for (part, end), tally in sorted(parts.items(), key=_order):
            if tally != NOTHING or part == ARRIVED:
                name = None if end is None else way.books[end].name
                yield (*place, part, name, tally.records, tally.credit - tally.debit, tally.debit, tally.credit)
        if row["records_rejected"]:
            known = (_whole(value, way.scale) for value in rejected)
            yield (*place, REJECTED, None, row["records_rejected"], *known)


def _order(part: tuple[tuple[str, int | None], Tally]) -> tuple[int, int]:
    (name, end), _ = part
    return (ARRIVED, STOPPED, SETTLED, EXCLUDED).index(name), -1 if end is None else end


def _parts(way: Way, number: int, book_ends: Ends, currency: int) -> Parts:
    """What became of a book's records of one currency, by part and by the book that their ways end at."""
    book, outcome, last = way.books[number], way.legs[number].source, len(way.books) - 1
    of_matched = book.currency[outcome.record] == currency
    of_records = (book.currency == currency) & outcome.takes_part
    ends = 2 * last + 1
    amount = np.concatenate([outcome.applied[of_matched], outcome.open[of_records]])
    end = np.concatenate([book_ends.match[outcome.match[of_matched]], np.full(int(of_records.sum()), 2 * number)])
    debit, credit = (sums_by(end, np.maximum(signed, 0), ends) for signed in (-amount, amount))
    counts = np.bincount(book_ends.record[of_records], minlength=ends).tolist()
    parts: Parts = {(ARRIVED, last): NOTHING}
    for place, figures in enumerate(zip(counts, debit, credit, strict=True)):
        name = ARRIVED if place == 2 * last else SETTLED if place % 2 else STOPPED
        parts[name, place // 2] = Tally(*figures)
    out = outcome.excluded.amount[currency_numbers(outcome.excluded.currency, way.currencies) == currency]
    parts[EXCLUDED, None] = Tally(len(out), int(np.maximum(-out, 0).sum()), int(np.maximum(out, 0).sum()))
    return parts


def _check(book: str, towards: str, currency: str, row: Mapping[str, Any], parts: Parts, scale: int) -> None:
    """Hold what became of the records against the control totals of the reconciliation, which the engine summed."""
    went = sum((tally for (part, _), tally in parts.items() if part != EXCLUDED), NOTHING)
    for what, tally, names in (
        ("went on or stopped", went, ("matched", "unmatched")),
        ("took no part", parts[EXCLUDED, None], ("excluded",)),
    ):
        control = Tally(
            sum(row[f"records_{name}"] for name in names),
            *(sum(whole(row[f"amount_{name}_{way}"], scale) for name in names) for way in ("debit", "credit")),
        )
        if control != tally:
            raise ControlTotalsError(
                f"{book} towards {towards}, {currency}: {_shown(tally, scale)} {what}, but the reconciliation has "
                f"{_shown(control, scale)}; the chain is withheld"
            )


def _shown(tally: Tally, scale: int) -> str:
    return f"{tally.records:,} records, {exact(tally.debit, scale):,f} out and {exact(tally.credit, scale):,f} in,"


def bridge(way: Way) -> pa.Table:
    """From the first book's total to the last one's: every line that lies between, and what it comes to.

    Raises ``ControlTotalsError`` if a line that a reconciliation has itself is not what the lines before it come to.
    """
    rows = [row for currency in range(len(way.currencies)) for row in _lines(way, currency)]
    rows = [row for row in rows if row[3] != 0 or not row[2].startswith(("less", "plus"))]
    return _table(("currency", "book", "line"), ("amount", "total"), rows, way)


def _lines(way: Way, code: int) -> Iterator[tuple[str, str, str, int | None, int | None]]:
    """Currency, book, line, amount that is added, and what there is then."""
    currency, last = way.currencies[code], len(way.books) - 1
    empty = dict.fromkeys((f"amount_{part}" for part in ("in", "matched", "unmatched", "excluded", "rejected")), 0)
    first, end = way.legs[0], way.legs[-1].back()
    start, finish = (totals_of(leg, leg.step.source).get(currency, empty) for leg in (first, end))
    total = _whole(start["amount_in"], way.scale)
    name = way.books[0].name
    yield currency, name, "came in", total, total
    for part, words in (("rejected", "less rejected"), ("excluded", "less excluded"), ("unmatched", "less open")):
        amount = _whole(start[f"amount_{part}"], way.scale)
        total = None if total is None or amount is None else total - amount
        yield currency, name, words, None if amount is None else -amount, total
    for number, leg in enumerate(way.legs):
        source, target = way.books[number].name, way.books[number + 1].name
        matched = _matched(leg, leg.step.source, currency, way.scale)
        total = _tied(f"{source} matched with {target}, {currency}", total, matched, way.scale)
        yield currency, source, f"matched with {target}", 0, total
        apart = _difference(leg, currency, way.scale)
        total -= apart
        yield currency, target, f"less what {source} has more in these matches", -apart, total
        on = _matched(leg, leg.step.target, currency, way.scale)
        total = _tied(f"{target} matched with {source}, {currency}", total, on, way.scale)
        yield currency, target, f"matched with {source}", 0, total
        if number + 1 < last:
            stops, begins = _handed_on(way, number + 1, code)
            total += begins - stops
            yield currency, target, "less what goes no further", -stops, total - begins
            yield currency, target, "plus what begins here", begins, total
    name = way.books[-1].name
    for part, words in (("unmatched", "plus open"), ("excluded", "plus excluded"), ("rejected", "plus rejected")):
        amount = _whole(finish[f"amount_{part}"], way.scale)
        total = None if total is None or amount is None else total + amount
        yield currency, name, words, amount, total
    came_in = _whole(finish["amount_in"], way.scale)
    yield currency, name, "came in", 0, _tied(f"{name}, {currency}", total, came_in, way.scale)


def _handed_on(way: Way, number: int, currency: int) -> tuple[int, int]:
    """Of what a book's records have in matches with the book before, what is in none with the next; and the reverse."""
    book = way.books[number]
    before, after = (_crossing(leg, len(book.ids)) for leg in (way.legs[number - 1], way.legs[number].back()))
    same_sign = np.sign(before) == np.sign(after)
    both = np.where(same_sign, np.where(np.abs(before) <= np.abs(after), before, after), 0)
    of_currency = book.currency == currency
    return int((before - both)[of_currency].sum()), int((after - both)[of_currency].sum())


def _crossing(leg: Leg, records: int) -> Ints:
    """Of each record that a leg leads to, what is in matches that have records of both books."""
    amount = np.zeros(records, object)
    across = np.bincount(leg.source.match, minlength=len(leg.rule)) > 0
    counts = across[leg.target.match]
    np.add.at(amount, leg.target.record[counts], leg.target.applied[counts].astype(object))
    return amount


def _tied(what: str, total: int | None, control: int | None, scale: int) -> Any:
    if total is not None and control is not None and total != control:
        raise ControlTotalsError(
            f"{what}: the lines come to {exact(total, scale):,f}, but the reconciliation has {exact(control, scale):,f}"
            "; the chain is withheld"
        )
    return control


def _matched(leg: Leg, side: Side, currency: str, scale: int) -> int:
    row = totals_of(leg, side).get(currency)
    return whole(row["amount_matched"], scale) if row else 0


def _difference(leg: Leg, currency: str, scale: int) -> int:
    """What the matches of a step have more of the book that it comes from."""
    rows = leg.step.reconciled.tables["differences"].to_pylist()
    external = sum(whole(row["difference"], scale) for row in rows if row["currency"] == currency)
    return external if leg.step.source == "external" else -external


def totals_of(leg: Leg, side: Side) -> dict[str, dict[str, Any]]:
    """The control totals of a side of a step, by currency."""
    rows = leg.step.reconciled.tables["control_totals"].to_pylist()
    return {row["currency"]: row for row in rows if row["side"] == side}


def _whole(value: Any, scale: int) -> int | None:
    return None if value is None else whole(value, scale)
