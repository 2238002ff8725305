"""A process of its own that reads a workbook: a damaged or hostile one uses up the memory and time of this alone.

It is run by file, not imported: ``python workbook_process.py FILE BYTES SECONDS CELLS``. For each sheet it writes a
line of JSON with its name and first column, then a line for each row; dates and times are objects of one key, and a
number stands for so many empty rows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any


def main(path: str, memory: str, seconds: str, cells: str) -> None:
    """Write the cells of every sheet of the workbook at ``path``; more than ``cells`` are a ``MemoryError``."""
    _limit(int(memory), int(seconds))
    import python_calamine  # noqa: PLC0415 - after the limits

    try:
        for line in _bounded(_lines(python_calamine.CalamineWorkbook.from_path(path)), int(cells)):
            sys.stdout.write(json.dumps(line, default=_plain, ensure_ascii=True) + "\n")
    except python_calamine.PasswordError:
        sys.stderr.write("PASSWORD")
        sys.exit(4)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        sys.stderr.write(str(error))
        sys.exit(5)


def _bounded(lines: Iterator[Any], cells: int) -> Iterator[Any]:
    for line in lines:
        cells -= len(line) if isinstance(line, list) else 0
        if cells < 0:  # a file may store one row and say that it stands a million times
            raise MemoryError
        yield line


def _lines(book: Any) -> Iterator[Any]:
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        yield {"sheet": name, "column": sheet.start[1] if sheet.start else 0}
        if sheet.start:
            yield from _rows(sheet)


def _rows(sheet: Any) -> Iterator[Any]:
    empty = 0
    for row in sheet.iter_rows():
        if all(cell == "" for cell in row):
            empty += 1
            continue
        if empty:
            yield empty
        empty = 0
        yield row


def _plain(cell: Any) -> dict[str, str]:
    match cell:
        case datetime():
            return {"datetime": cell.isoformat()}
        case date():
            return {"date": cell.isoformat()}
        case time():
            return {"text": cell.isoformat()}
        case timedelta():
            seconds = round(cell.total_seconds())
            return {"text": f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"}
    raise ValueError(f"a cell holds a {type(cell).__name__}")


def _limit(size: int, seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
