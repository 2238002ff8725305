"""Corrections: what `workbench reconstruct --apply` would ask of Blnk for chosen balances, and what to expect of it.

Nothing here asks anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.balances.corrections.correct import REBUILD, Correction, plan
from workbench.balances.result import METADATA_KEY, Reconstruction
from workbench.errors import SettingsError, SourceError
from workbench.sources.options import SELECTING


@dataclass(frozen=True)
class CorrectionList:
    """The balances that are to be corrected, in the order in which they were collected."""

    url: str
    journal: str
    planned: tuple[Correction, ...]  # ``detail`` is the request, or says that the journal proves it done
    expected: dict[str, dict[str, dict[str, str]]]  # by balance: BLNK_RECONCILIATION_RESULT
    table: pa.Table  # balance_id, currency, difference, state, request

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        corrections = [
            {
                "balance_id": correction.balance_id,
                "state": correction.state,
                "request": correction.detail,
                "body": REBUILD,
                "expected": self.expected[correction.balance_id],
            }
            for correction in self.planned
        ]
        return {"url": self.url, "journal": self.journal, "corrections": corrections}


def correctable(result: Reconstruction) -> tuple[str, ...]:
    """The balances that a rebuild would change, the largest difference first.

    Blnk rebuilds from all transactions of a balance, so there are none if the result leaves some out.
    """
    if is_partial(result):
        return ()
    return tuple(result.tables["discrepancies"]["balance_id"].to_pylist())


def is_partial(result: Reconstruction) -> bool:
    """Whether transactions are left out on purpose: those after an instant, or those that were not read."""
    return bool(result.settings.as_of or result.inputs["internal"].options.keys() & {*SELECTING})


def list_corrections(
    result: Reconstruction, balance_ids: Sequence[str], *, url: str, journal: str = "corrections.ndjson"
) -> CorrectionList:
    """What would be asked of the Blnk ledger at ``url`` for each of ``balance_ids``, and what it should then show.

    What the ``journal`` proves corrected would not be asked again.
    Raises ``SettingsError`` for an address that is none and for a balance that a rebuild would not change,
    ``SourceError`` for a journal that cannot be read.
    """
    known = set(correctable(result))
    wrong = [balance_id for balance_id in balance_ids if balance_id not in known]
    if wrong:
        raise SettingsError(f"nothing to correct: {', '.join(map(repr, wrong[:20]))}; choose a balance that differs")
    expected = {balance_id: result.metadata(balance_id) for balance_id in balance_ids}
    figures = {balance_id: fields[METADATA_KEY] for balance_id, fields in expected.items()}
    planned = plan(figures, url, journal=Path(journal)).corrections
    return CorrectionList(url, journal, planned, expected, _table(result, planned))


def save_corrections(corrections: CorrectionList, path: str, *, replace: bool = False) -> Path:
    """Write the list as JSON. Raises ``SourceError`` if the file is there already or cannot be written."""
    if not path:
        raise SourceError("the list has no file to stand in: name one, such as corrections.json")
    text = json.dumps(corrections.to_dict(), indent=2, ensure_ascii=False) + "\n"
    try:
        with Path(path).open("w" if replace else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SourceError(f"{path} exists already: name another file, or choose to replace it") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error.strerror}") from None
    return Path(path)


def _table(result: Reconstruction, planned: Sequence[Correction]) -> pa.Table:
    results = result.tables["results"]
    ids, states, requests = (
        pa.array([getattr(correction, name) for correction in planned], pa.string())
        for name in ("balance_id", "state", "detail")
    )
    rows = results.take(pc.index_in(ids, results["balance_id"])).select(["balance_id", "currency", "difference"])
    return rows.append_column("state", states).append_column("request", requests)
