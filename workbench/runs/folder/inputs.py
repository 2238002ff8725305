"""The inputs of a run, kept in its folder: the bytes of a file, or the rows that were read where no file holds them.

They are copies, and no links: what a folder holds does not change with its original.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from workbench.engine import stream
from workbench.errors import NotThereYet
from workbench.records import AsRead, Origin
from workbench.runs.folder.hashes import hash_file, is_file

INPUTS = "inputs"
ROWS, INDICATORS = "rows.parquet", "indicators.parquet"
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Kept:
    """An input in a run folder: the SHA-256 of its files there, by name; ``several`` says that it was several."""

    files: Mapping[str, str]
    several: bool = False

    @property
    def shown(self) -> str | list[str]:
        """The name of the file that an input is, or those of the several."""
        return [*self.files] if self.several else next(iter(self.files))


def keep_inputs(inputs: Mapping[str, Origin], folder: Path) -> dict[str, Kept]:
    """Copy the inputs of each side into ``folder``, as ``inputs/SIDE/NAME``; what is neither file nor rows is left out.

    Raises ``NotThereYet`` if a file is no longer what was read.
    """
    kept = {}
    for side, origin in inputs.items():
        place = folder / INPUTS / side
        if origin.files:
            places = [place / f"{number:03}" for number in range(1, len(origin.files) + 1)]
            copies = [_copy(file, where, folder) for file, where in zip(origin.files, places, strict=True)]
            kept[side] = Kept(dict(copies), several=True)
        elif is_file(origin.path):
            kept[side] = Kept(dict([_copy(origin, place, folder)]))
        elif origin.as_read is not None:
            place.mkdir(parents=True)
            kept[side] = Kept({f"{INPUTS}/{side}/{ROWS}": _write_rows(origin.as_read, place / ROWS)})
    return kept


def _copy(origin: Origin, place: Path, folder: Path) -> tuple[str, str]:
    """Copy a file, hashing it on the way; what was read must be what is kept."""
    place.mkdir(parents=True)
    source = Path(str(origin.path))
    digest = hashlib.sha256()
    with source.open("rb") as original, (place / source.name).open("xb") as copy:
        while chunk := original.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    if origin.sha256 and digest.hexdigest() != origin.sha256:
        raise NotThereYet(f"{origin.path} has changed since it was read: run again when it rests")
    return (place / source.name).relative_to(folder).as_posix(), digest.hexdigest()


def _write_rows(as_read: AsRead, path: Path) -> str:
    if len(as_read.indicators):
        pq.write_table(as_read.indicators, path.with_name(INDICATORS))
    with stream(as_read.rows) as batches:
        schema = batches.schema
        named = {place: schema.field(place).with_name(header) for place, header in enumerate(as_read.headers)}
        for place, field in named.items():
            schema = schema.set(place, field)
        with pq.ParquetWriter(path, schema) as writer:
            for batch in batches:
                writer.write_batch(batch.rename_columns(schema.names))
    return hash_file(path)
