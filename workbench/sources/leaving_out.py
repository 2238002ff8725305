"""Leaving out: rows of a text file that are no records, such as totals and headings, told from records that are bad."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.records import EXTERNAL, Kind
from workbench.sources.bad_rows import FAULTS
from workbench.sources.detection.dates import is_date
from workbench.sources.detection.headings import meanings_of
from workbench.sources.detection.lines import is_header
from workbench.sources.detection.notation import read_amount
from workbench.sources.detection.words import fold, not_booked_words, plain, stating_words, total_words
from workbench.sources.headers import Headers
from workbench.sources.raw import ROW, Raw, rows_at

DATES = ("date", "created_at", "snapshot_time")
AMOUNTS = ("amount", "debit", "credit", "precise_amount")
FIRST, LAST = 5, 10  # rows at the ends of a file among which balances are stated
NO_DATE = "has another number of fields and no date"
MOST_TYPES = 5  # of rows, which their first field says
_TYPE = re.compile(r"[A-Z]{1,3}")
MANY = 400  # rows that tell how dates are written
MOST = 100_000  # bad rows; of more the whole is bad


def leave_out(raw: Raw, headers: Headers, faults: pa.Table, kind: Kind) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    """The rows that are no records, by their number, with the text and why; and the faults of the others."""
    if not raw.facts.has_lines:
        return faults, {}
    left_out = _stating(raw, headers.known) if kind is EXTERNAL else {}
    rows = faults["row"].unique().to_pylist()
    if len(rows) <= MOST:
        left_out |= _of_faulty(raw, headers, rows)
    if len(left_out) == _count(raw):
        # Where nothing else is there, what has an amount is rather a record that cannot be read.
        left_out = {row: (text, why) for row, (text, why) in left_out.items() if why != NO_DATE}
    if not left_out:
        return faults, {}
    other_faults = faults.filter(pc.invert(pc.is_in(faults["row"], pa.array(list(left_out), pa.int64()))))
    below = _below_another_header(raw, headers, left_out, {*other_faults["row"].to_pylist()}, kind)
    return pa.concat_tables([other_faults, below]).sort_by("row"), dict(sorted(left_out.items()))


def _below_another_header(
    raw: Raw, headers: Headers, left_out: Mapping[int, tuple[str, str]], faulty: Set[int], kind: Kind
) -> pa.Table:
    """Faults of the rows below a header that has other columns where the input's own has those that are read."""
    whole = _cells(raw, list(left_out))
    other: int | None = None  # the row of the other header
    below: dict[int, int] = {}  # rows, each with that of its header
    rows = sorted(left_out)
    for row, following in zip(rows, [*rows[1:], _last(raw) + 1], strict=True):
        cells = whole.get(row) or _split(left_out[row][0])
        if is_header(cells):
            other = row if _differs(cells, headers.known, raw.headers, kind) else None
        if other is not None:
            below |= dict.fromkeys(set(range(row + 1, following)) - faulty, other)
    texts = {row: " ".join(filter(None, cells)) for row, cells in _cells(raw, sorted(below)).items()}
    reason = "stands below another header ({}): put each table into a file of its own"
    faults = [
        {"row": row, "column": "", "value": text, "reason": reason.format(left_out[below[row]][0])}
        for row, text in texts.items()
    ]
    return pa.Table.from_pylist(faults, FAULTS)


def _differs(cells: Sequence[str], places: Mapping[str, int], headers: Sequence[str], kind: Kind) -> bool:
    """Whether a header says of a date or an amount that it is something else, and not the same in another language."""
    named = [
        (name, cells[place], headers[place])
        for name, place in places.items()
        if name in (*DATES, *AMOUNTS) and place < len(cells) and cells[place]
    ]
    return any(fold(cell) != fold(header) and name not in dict(meanings_of(cell, kind)) for name, cell, header in named)


def _of_faulty(raw: Raw, headers: Headers, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Of rows with faults, those that are no records."""
    malformed = {malformed_row.row: malformed_row.value for malformed_row in raw.malformed}
    types, shapes = (_types(raw), _date_shapes(raw, headers.known)) if malformed else (frozenset(), frozenset())
    left_out = {row: (text, why) for row, text in malformed.items() if (why := _why_malformed(text, types, shapes))}
    whole = _cells(raw, [row for row in rows if row not in malformed])
    for row, cells in whole.items():
        why = _whole(cells, headers.known, raw.headers)
        if why:
            left_out[row] = (" ".join(filter(None, cells)), why)
    return left_out


def _stating(raw: Raw, places: Mapping[str, int]) -> dict[int, tuple[str, str]]:
    """Of the first and last rows, those without an id that state a balance or a turnover beside a date."""
    count = _last(raw)
    ends = sorted({*range(1, min(count, FIRST) + 1), *range(max(1, count - LAST + 1), count + 1)})
    id_place = places.get("id")
    return {
        row: (" ".join(filter(None, cells)), "states a balance")
        for row, cells in _cells(raw, ends).items()
        if not (id_place is not None and cells[id_place]) and any(map(_states, filter(None, cells)))
    }


def _states(cell: str) -> bool:
    """Whether a text is what rows that state a balance say, or a word for it in spaced letters."""
    is_spaced = len(cell) > 4 and all(len(letter) == 1 for letter in cell.split(" "))
    return plain(cell) in stating_words() or (is_spaced and plain(cell) in total_words())


def _count(raw: Raw) -> int:
    """How many rows there are, malformed ones included."""
    return len(raw.malformed) + (raw.table.count().to_pyarrow().as_py() if raw.rows is None else len(raw.rows))


def _cells(raw: Raw, rows: Sequence[int]) -> dict[int, list[str]]:
    """The texts of these rows."""
    if not rows:
        return {}
    table = _rows_of(raw, rows)
    numbers = table[ROW].to_pylist()
    columns = [
        column.cast(pa.string()).to_pylist()
        for name, column in zip(table.column_names, table.columns, strict=True)
        if name != ROW
    ]
    return {row: [(text or "").strip() for text in cells] for row, *cells in zip(numbers, *columns, strict=True)}


def _last(raw: Raw) -> int:
    """The number of the last row."""
    if raw.rows is None:
        return raw.table[ROW].max().to_pyarrow().as_py() or 0
    return raw.rows[ROW][-1].as_py() if len(raw.rows) else 0


def _rows_of(raw: Raw, rows: Sequence[int]) -> pa.Table:
    if raw.rows is None:
        return raw.table.filter(raw.table[ROW].isin(rows)).order_by(ROW).to_pyarrow()
    places = np.flatnonzero(np.isin(raw.rows[ROW].to_numpy(), np.array(rows, np.int64)))
    return rows_at(raw.rows, places.tolist())


def _types(raw: Raw) -> frozenset[str]:
    """The types of the whole rows, where the first field is nothing but a type, such as I of an item."""
    if raw.rows is None or not len(raw.rows) or not pa.types.is_string(raw.rows[0].type):
        return frozenset()
    texts = pc.unique(raw.rows[0])
    types = {(text or "").strip() for text in texts.to_pylist()} if len(texts) <= MOST_TYPES else set()
    return frozenset(types) if types and all(map(_TYPE.fullmatch, types)) else frozenset()


def _date_shapes(raw: Raw, places: Mapping[str, int]) -> frozenset[str]:
    """How the first whole rows write their dates, with nines for digits: 20260131 is no date to who does not know."""
    if raw.rows is None:
        return frozenset()
    columns = [raw.rows[places[name]].slice(0, MANY).cast(pa.string()) for name in DATES if name in places]
    return frozenset(_shape(text) for column in columns for text in column.to_pylist() if text)


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text.strip(' "'))


def _why_malformed(text: str, types: frozenset[str], shapes: frozenset[str]) -> str | None:
    """Why a row with too few or too many fields is no record: it is of another type, has no date, or no amount."""
    cells = [cell.strip(' "') for cell in _split(text)]
    filled = [cell for cell in cells if cell]
    if not filled:
        return "is empty"
    if types and _TYPE.fullmatch(cells[0]) and cells[0] not in types:
        return f"is of type {cells[0]}, and records are of type {' or '.join(sorted(types))}"
    dates = [cell for cell in filled if is_date(cell) or (cell[-1].isdigit() and _shape(cell) in shapes)]
    amounts = [cell for cell in filled if cell not in dates and _is_amount(cell)]
    if filled and _is_total(filled[0]):
        return "sums up or states a balance"
    if not dates or not amounts:
        missing = "amount" if dates else "date or amount"
        return NO_DATE if amounts else f"has another number of fields and no {missing}"
    return None


def _split(text: str) -> list[str]:
    mark = max(",;\t|", key=text.count)
    return text.split(mark)


def _is_amount(cell: str) -> bool:
    return read_amount(cell, ".") is not None or read_amount(cell, ",") is not None


def _is_total(cell: str) -> bool:
    """Whether a text says that its row sums up or states a balance, with a word or with asterisks."""
    if cell and not cell.strip("* "):
        return True
    words = [plain(word) for word in cell.replace(":", " ").split()]
    return any("".join(words[:count]) in total_words() for count in range(1, min(len(words), 4) + 1))


def _is_sum(cell: str) -> bool:
    """Whether a text is an amount with a mark, as where totals stand below the dates."""
    return not cell.isdigit() and not is_date(cell) and _is_amount(cell)


def _whole(cells: Sequence[str], places: Mapping[str, int], headers: Sequence[str]) -> str | None:
    """Why a row with all its fields is no record; ``None`` if it is one."""
    if [fold(cell) for cell in cells] == [fold(header) for header in headers]:
        return "is the header again"
    # Of an account or a total, the name may stand where records have their date.
    dates = [cells[places[name]] for name in DATES if name in places]
    date = any(any(map(str.isdigit, cell)) and not _is_sum(cell) for cell in dates)
    amounts = [cells[places[name]] for name in AMOUNTS if name in places]
    # Without a date, a word where the amount would stand makes no record.
    amount = any(cell and (date or any(map(str.isdigit, cell))) for cell in amounts)
    has_id = any(cells[places[name]] for name in ("id", "transaction_id") if name in places)
    filled = [cell for cell in cells if cell]
    reasons = (
        (len(filled) == 1 and date and not amount and not is_date(filled[0]), "is a line of text"),
        (
            any(plain(cell) in not_booked_words() for cell in dates),
            "is not booked: a word stands where the date would",
        ),
        (not (date and amount) and any(map(_is_total, filled)), "sums up or states a balance"),
        (amount and not date and not has_id and all(map(_is_amount, filled)), "has amounts alone, as totals have"),
        (not date and not amount and not has_id, "has neither a date nor an amount"),
    )
    return next((why for holds, why in reasons if holds), None)
