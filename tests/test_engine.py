"""The engine: an input that breaks its database takes nothing else along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb

ROW = {"id": "e1", "amount": "5.00", "currency": "EUR", "date": "2026-01-01"}
FAR = 2**60  # milliseconds, 36 million years


def arrow_instants() -> pa.Table:
    return pa.table({**{name: [value] for name, value in ROW.items()}, "date": pa.array([FAR], pa.timestamp("ms"))})


def frame_instants() -> pd.DataFrame:
    return pd.DataFrame({**ROW, "date": np.array([FAR], "datetime64[s]")}, index=[0])


@pytest.mark.parametrize("broken", [arrow_instants, frame_instants])
def test_an_input_that_breaks_its_database_takes_nothing_along(broken: Callable[[], Any]) -> None:
    before = wb.read_external([ROW])
    with pytest.raises((wb.SourceError, wb.BadRecords)):
        wb.read_external(broken())
    assert before.to_pandas()["id"].tolist() == ["e1"]
    assert wb.read_external([ROW]).to_pandas()["id"].tolist() == ["e1"]
    assert wb.read_external(pd.DataFrame([ROW])).to_pandas()["id"].tolist() == ["e1"]
