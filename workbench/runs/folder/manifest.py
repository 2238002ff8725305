"""The manifest of a run folder: what went in and what came out, by SHA-256, so that anyone can check it later.

Its own SHA-256 vouches for all of it. The outcome and the report show that hash, so the manifest lists them as they
are with ``UNSEALED`` in its place: with the hash put in, they are sealed.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.dsn import redact
from workbench.errors import SourceError
from workbench.records import Origin
from workbench.runs.folder.hashes import hash_file, is_file, write_json
from workbench.runs.folder.inputs import Kept
from workbench.text_files import read_whole

MANIFEST, OUTCOME, PAGE = "manifest.json", "outcome.json", "report.html"
SEALED = (OUTCOME, PAGE)
UNSEALED = "0" * 64
PACKAGES = ("ledger-workbench", "duckdb", "ibis-framework", "numba", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Contents:
    """What is known of the files in a run folder.

    ``rows`` says how many rows a file holds, by its name, ``hashes`` the SHA-256 of those that are hashed already;
    ``summary`` says when the run started and ended; ``kept`` which inputs the folder holds.
    """

    inputs: Mapping[str, Origin] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)


def write_manifest(folder: Path, contents: Contents | None = None) -> str:
    """Write the manifest of all files in ``folder``, and seal the outcome and the report with its SHA-256: returned."""
    contents = contents or Contents()
    copies = {name: digest for copy in contents.kept.values() for name, digest in copy.files.items()}
    files = hash_files(folder, {**contents.hashes, **copies})
    manifest = {
        "versions": versions(),
        **{name: when for name, when in contents.summary.items() if name in {"started_at", "completed_at"}},
        "inputs": {side: _input(origin, contents.kept.get(side)) for side, origin in contents.inputs.items()},
        "outputs": {
            name: {"sha256": digest, "bytes": (folder / name).stat().st_size, "rows": contents.rows.get(name)}
            for name, digest in files.items()
        },
        "sealed": {name: {"sha256": hash_file(folder / name)} for name in SEALED if (folder / name).is_file()},
    }
    write_json(folder / MANIFEST, manifest)
    digest = hash_file(folder / MANIFEST)
    for name in manifest["sealed"]:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content.replace(UNSEALED.encode(), digest.encode()))
    return digest


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide an outcome."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read the manifest of a folder that the workbench wrote.

    Raises ``SourceError`` if there is none, or if it is not of the form that the workbench writes.
    """
    try:
        manifest = json.loads(read_whole(Path(folder) / MANIFEST))
    except (OSError, ValueError, RecursionError):
        manifest = None
    if isinstance(manifest, dict) and _is_manifest(manifest):
        return manifest
    raise SourceError(f"{folder} is no folder that the workbench wrote: it has no {MANIFEST} of the workbench")


def verify_run(folder: str | Path) -> list[str]:
    """Say what in a run folder is not as the run left it; an empty list is a folder that is whole.

    Every output is hashed again, and every input that still stands where it was read.
    Raises ``SourceError`` if ``folder`` is no run folder.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    return [*changed_files(folder, manifest), *changed_inputs(manifest)]


def changed_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What in the folder is missing, extra, or not what the manifest says."""
    listed = {name: entry["sha256"] for name, entry in {**manifest["outputs"], **manifest["sealed"]}.items()}
    files_there = {**hash_files(folder), **_hash_sealed(folder)}
    return [
        *(f"{name} is missing" for name in sorted(listed.keys() - files_there.keys())),
        *(f"{name} is extra: the run did not write it" for name in sorted(files_there.keys() - listed.keys())),
        *(
            f"{name} differs from what the run wrote"
            for name in sorted(listed.keys() & files_there.keys())
            if listed[name] != files_there[name]
        ),
    ]


def changed_inputs(manifest: Mapping[str, Any]) -> list[str]:
    """The inputs that are not what they were, of those that still stand where they were read."""
    return [
        f"{side} input {file['path']} has changed since the run"
        for side, described in manifest["inputs"].items()
        for file in described.get("files", [described])
        if is_file(file["path"]) and hash_file(Path(file["path"])) != file["sha256"]
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
        "found": list(origin.found),
        "snapshot": origin.snapshot,
        **({"files": [_input(file, None) for file in origin.files]} if origin.files else {}),
    }


def _place(path: str | None) -> str | None:
    return redact(str(Path(path).absolute()) if is_file(path) else path) if path else None


def hash_files(folder: Path, known_hashes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The SHA-256 of every file under ``folder`` by relative name; ``known_hashes`` are not taken again.

    Its own manifest is left out, and what is sealed with the manifest's hash.
    """
    apart = {folder / name for name in (MANIFEST, *SEALED)}
    files_there = sorted(path for path in folder.rglob("*") if path.is_file() and path not in apart)
    files = {path.relative_to(folder).as_posix(): path for path in files_there}
    hashes = dict(known_hashes or {})
    with ThreadPoolExecutor() as pool:  # hashing lets go of the interpreter's lock
        return dict(zip(files, pool.map(lambda name: hashes.get(name) or hash_file(files[name]), files), strict=True))


def _hash_sealed(folder: Path) -> dict[str, str]:
    """The SHA-256 of what is sealed, as it was before: a seal that is not that of this manifest makes another one."""
    seal = hash_file(folder / MANIFEST).encode()
    sealed = [name for name in SEALED if (folder / name).is_file()]
    contents = {name: (folder / name).read_bytes() for name in sealed}
    return {
        name: hashlib.sha256(content.replace(seal, UNSEALED.encode())).hexdigest() for name, content in contents.items()
    }


def _input(origin: Origin, kept: Kept | None) -> dict[str, Any]:
    entry = describe(origin)
    paths = [file["path"] for file in entry.get("files", [entry])]
    size = sum(Path(path).stat().st_size for path in paths) if all(map(is_file, paths)) else None
    plain = {name: value for name, value in entry.items() if name not in {"options", "found"}}
    return {**plain, "bytes": size, "evidence": list(origin.evidence), "kept": kept.shown if kept else None}


def _is_manifest(manifest: Mapping[str, Any]) -> bool:
    tables = [manifest.get(name) for name in ("versions", "inputs", "outputs", "sealed")]
    if not all(isinstance(table, dict) for table in tables):
        return False
    _, inputs, outputs, sealed = tables
    files = [*outputs.values(), *sealed.values()]  # type: ignore[union-attr]
    sources = [*inputs.values()]  # type: ignore[union-attr]
    return (
        all(isinstance(entry, dict) and isinstance(entry.get("sha256"), str) for entry in files)
        and all(isinstance(entry, dict) and {"path", "sha256", "kept", "name"} <= entry.keys() for entry in sources)
        and all(_are_files(entry.get("files", [])) for entry in sources)
        and all(_is_inside(name) for name in [*outputs, *sealed])  # type: ignore[misc]
        and all(isinstance(entry[name], str | list | None) for entry in sources for name in ("path", "kept"))
        and all(_is_inside(name) for entry in sources for name in kept_names(entry))
    )


def _are_files(files: object) -> bool:
    """Whether these are the files of an input of several."""
    needed = {"path", "sha256", "name"}
    return isinstance(files, list) and all(isinstance(file, dict) and needed <= file.keys() for file in files)


def kept_names(entry: Mapping[str, Any]) -> list[str]:
    """Where the copies of an input stand in the folder; none where it holds none."""
    kept = entry.get("kept")
    return kept if isinstance(kept, list) else [kept] if kept else []


def _is_inside(name: str) -> bool:
    """Whether a name stays within its folder: what a manifest from somewhere else names is not followed outside."""
    path = Path(str(name))
    return not path.is_absolute() and ".." not in path.parts
