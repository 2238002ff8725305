"""Columns: those of an input that settings name, whatever they are, as expressions over its table."""

from __future__ import annotations

import ibis.expr.types as ir

from workbench.engine import json_member
from workbench.errors import SettingsError
from workbench.records import Records

MEMBER = "."  # stands between a column that holds JSON objects and the name of a member


def column_of(records: Records, name: str, purpose: str) -> ir.Value:
    """The column ``name``, as ``find_column`` has it.

    Raises ``SettingsError`` that says the ``purpose`` and the names there are.
    """
    column = find_column(records, name)
    if column is None:
        raise SettingsError(
            f"{purpose} names the column {name!r}, which {records.origin.name} does not have: its columns are "
            f"{', '.join(records.table.columns)}"
        )
    return column


def find_column(records: Records, name: str) -> ir.Value | None:
    """The column ``name`` of an input, or the member of a JSON object in it that it says, as ``meta_data.order`` does.

    Names match whatever their case, blanks, hyphens or underscores. There may be none.
    """
    columns = records.table.columns
    known = {_plain(column): column for column in reversed(columns)} | {column: column for column in columns}
    if column := known.get(name) or known.get(_plain(name)):
        return records.table[column]
    head, *members = name.split(MEMBER)
    column = known.get(head) or known.get(_plain(head))
    if column is None or not members or not all(members):
        return None
    value = records.table[column].cast("string")
    for member in members:
        value = json_member(value, member)
    return value


def _plain(name: str) -> str:
    return name.casefold().translate(str.maketrans("", "", " -_"))
