"""The manifest of a run folder: what went in and what came out, by SHA-256, so that anyone can check it later."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.dsn import redact
from workbench.errors import SourceError
from workbench.records import Origin

MANIFEST, OUTCOME = "manifest.json", "outcome.json"
PACKAGES = ("ledger-workbench", "duckdb", "ibis-framework", "numba", "numpy", "pandas", "pyarrow")


def write_manifest(
    folder: Path,
    inputs: Mapping[str, Origin] | None = None,
    rows: Mapping[str, int] | None = None,
    summary: Mapping[str, Any] | None = None,
    hashes: Mapping[str, str] | None = None,
) -> None:
    """Write the manifest of all files in ``folder``.

    ``rows`` says how many rows a file holds, by its name, ``hashes`` the SHA-256 of those that are hashed already;
    ``summary`` says when the run started and ended.
    """
    files = hash_files(folder, hashes)
    manifest = {
        "versions": versions(),
        **{name: when for name, when in (summary or {}).items() if name in {"started_at", "completed_at"}},
        "inputs": {side: _input(origin) for side, origin in (inputs or {}).items()},
        "outputs": {
            name: {"sha256": digest, "bytes": (folder / name).stat().st_size, "rows": (rows or {}).get(name)}
            for name, digest in files.items()
        },
    }
    write_json(folder / MANIFEST, manifest)


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide an outcome."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read the manifest of a folder that the workbench wrote.

    Raises ``SourceError`` if there is none.
    """
    try:
        manifest = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = None
    if isinstance(manifest, dict) and {"versions", "inputs", "outputs"} <= manifest.keys():
        return manifest
    raise SourceError(f"{folder} is no folder that the workbench wrote: it has no {MANIFEST} of the workbench")


def verify_run(folder: str | Path) -> list[str]:
    """Say what in a run folder is not as the run left it; an empty list is a folder that is whole.

    Every output is hashed again, and every input that still stands where it was read.
    Raises ``SourceError`` if ``folder`` is no run folder.
    """
    manifest = read_manifest(folder)
    listed = {name: entry["sha256"] for name, entry in manifest["outputs"].items()}
    found = hash_files(Path(folder))
    return [
        *(f"{name} is missing" for name in sorted(listed.keys() - found.keys())),
        *(f"{name} is extra: the run did not write it" for name in sorted(found.keys() - listed.keys())),
        *(f"{name} differs from what the run wrote" for name in sorted(_differing(listed, found))),
        *(f"{side} input {each['path']} has changed since the run" for side, each in _changed(manifest["inputs"])),
    ]


def describe(origin: Origin) -> dict[str, Any]:
    """An input as plain values: a file's path as it is found from any folder, a database's without its password."""
    return {
        "name": redact(origin.name),
        "format": origin.format,
        "rows": origin.rows,
        "path": [_place(path) for path in origin.path] if isinstance(origin.path, tuple) else _place(origin.path),
        "sha256": origin.sha256,
        "options": dict(origin.options),
        "snapshot": origin.snapshot,
        **({"files": [_input(file) for file in origin.files]} if origin.files else {}),
    }


def _place(path: str | None) -> str | None:
    return redact(str(Path(path).absolute()) if _is_file(path) else path) if path else None


def hash_files(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The SHA-256 of every file under ``folder`` by relative name; ``known`` are not taken again.

    Its own manifest is left out, and the outcome, which names the manifest.
    """
    found = sorted(
        path for path in folder.rglob("*") if path.is_file() and path not in {folder / MANIFEST, folder / OUTCOME}
    )
    files = {path.relative_to(folder).as_posix(): path for path in found}
    hashes = dict(known or {})
    with ThreadPoolExecutor() as pool:  # hashing lets go of the interpreter's lock
        return dict(zip(files, pool.map(lambda name: hashes.get(name) or hash_file(files[name]), files), strict=True))


def hash_file(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have the disk hold a file or a folder."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def write_json(path: Path, value: Any) -> None:
    """Write JSON to be read by people too; what JSON has no type for is written as text."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _input(origin: Origin) -> dict[str, Any]:
    entry = describe(origin)
    paths = [file["path"] for file in entry.get("files", [entry])]
    size = sum(Path(path).stat().st_size for path in paths) if all(map(_is_file, paths)) else None
    kept = {name: value for name, value in entry.items() if name != "options"}
    return {**kept, "bytes": size, "evidence": list(origin.evidence)}


def _is_file(path: str | None) -> bool:
    return path is not None and Path(path).is_file()


def _differing(listed: Mapping[str, str], found: Mapping[str, str]) -> set[str]:
    return {name for name in listed.keys() & found.keys() if listed[name] != found[name]}


def _changed(inputs: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    files = [(side, file) for side, each in inputs.items() for file in each.get("files", [each])]
    still_there = [(side, file) for side, file in files if _is_file(file["path"])]
    return [(side, each) for side, each in still_there if hash_file(Path(each["path"])) != each["sha256"]]
