"""Chained: the ways of records through the reconciliations of several run folders, as these say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, SourceError
from workbench.reconciliation.settings import settings_from_dict
from workbench.runs.export import write_tables
from workbench.runs.gates import RECONCILE
from workbench.runs.hashes import write_json
from workbench.runs.manifest import changed_files
from workbench.runs.run_folder import publish
from workbench.runs.saved import SavedRun, load_saved, manifest_hash
from workbench.sides import SIDES
from workbench.ways.chain import Chain, chained
from workbench.ways.steps import Reconciled


@dataclass(frozen=True)
class ChainedRuns:
    """A chain, and the SHA-256 of the manifest of each run that it joins."""

    chain: Chain
    manifests: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values: nothing in it changes from one time to the next."""
        return {**self.chain.summary.to_dict(), "manifests": list(self.manifests)}


def chain_runs(folders: Sequence[str | Path], names: Iterable[str] | None = None) -> ChainedRuns:
    """Join the reconciliations in run folders, in the order of the way, as ``wb.chain`` joins results.

    Raises ``SourceError`` for a folder that is malformed or no longer as the run left it, ``SettingsError`` for runs
    that do not share a side, ``ControlTotalsError`` if the ways do not tie out with the tables in the folders.
    """
    runs = [_unchanged(folder) for folder in folders]
    chain = chained([_reconciled(run) for run in runs], names)
    return ChainedRuns(chain, tuple(manifest_hash(run.folder) for run in runs))


def write_chain(runs: ChainedRuns, out: str | Path, force: bool = False) -> Path:
    """Write the tables of a chain as CSV and Parquet, ``summary.json`` and a manifest.

    The same runs give the same bytes, and so a manifest of the same SHA-256. Raises ``SourceError`` as ``publish``.
    """
    with publish(out, force) as folder:
        write_tables(runs.chain.tables, folder)
        write_json(folder / "summary.json", runs.to_dict())
    return Path(out)


def _unchanged(folder: str | Path) -> SavedRun:
    run = load_saved(folder)
    if run.command != RECONCILE:
        raise SettingsError(f"{folder} is of {run.command}: a chain takes folders of reconcile")
    changed = changed_files(run.folder, run.manifest)
    if changed:
        raise SourceError(f"{folder} is not as the run left it: {changed[0]}")
    return run


def _reconciled(run: SavedRun) -> Reconciled:
    inputs: Mapping[str, Any] = run.manifest["inputs"]
    return Reconciled(
        run.run_id,
        settings_from_dict(run.settings["settings"]),
        {side: str(inputs[side]["name"]) for side in SIDES},
        {side: inputs[side]["sha256"] for side in SIDES},
        run.tables,
    )
