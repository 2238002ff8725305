"""Sides: the two books that a reconciliation compares, and the columns that identify and date a record of each."""

from __future__ import annotations

from typing import Literal

Side = Literal["external", "internal"]
SIDES: tuple[Side, ...] = ("external", "internal")
ID_COLUMN: dict[str, str] = {"external": "id", "internal": "transaction_id"}
DATE_COLUMN: dict[str, str] = {"external": "date", "internal": "created_at"}
OTHER: dict[Side, Side] = {"external": "internal", "internal": "external"}
