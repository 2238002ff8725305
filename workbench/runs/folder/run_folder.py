"""The run folder: what a run leaves behind, under its name whole or not at all."""

from __future__ import annotations

import errno
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from workbench.dsn import redact
from workbench.engine import EngineError, reason_of
from workbench.errors import SettingsError, SourceError
from workbench.records import Origin
from workbench.runs.folder.export import write_tables
from workbench.runs.folder.hashes import sync, write_json
from workbench.runs.folder.inputs import keep_inputs
from workbench.runs.folder.journals import DECISIONS, run_before
from workbench.runs.folder.manifest import MANIFEST, Contents, describe, read_manifest, write_manifest
from workbench.runs.folder.outcome import outcome_of, read_outcome, write_outcome
from workbench.runs.folder.terms import Judgement, judge, make_terms
from workbench.runs.folder.work_folder import alone, tidy, tidy_others
from workbench.text_files import real_path

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # how a disk says that nothing more goes on it
URL = re.compile(r"\s*[A-Za-z][\w+.-]*:/")  # a Path has made one slash of two


class Plain(Protocol):
    """Settings that can be written down."""

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""


class Run(Protocol):
    """What any run hands on: a reconciliation, or a reconstruction of balances."""

    @property
    def settings(self) -> Plain: ...  # noqa: D102
    @property
    def inputs(self) -> Mapping[str, Origin]: ...  # noqa: D102
    @property
    def summary(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, pa.Table]: ...  # noqa: D102


def write_run(
    result: Run,
    out: str | Path,
    force: bool = False,
    *,
    command: str = "reconcile",
    judged: Judgement | None = None,
    command_line: Sequence[str] = (),
    inputs: bool = True,
) -> Path:
    """Write a run folder: every table as CSV and Parquet, ``summary.json``, ``settings.json`` and two more.

    ``settings.json`` is enough to run ``command`` again; ``manifest.json`` has the SHA-256, bytes and rows of each
    input and output and the versions that were used; ``outcome.json`` says how the run ended, by the gates of
    ``judged``, or by those that hold by default. ``judged`` is the run held against its terms: they are written down
    too, and the records outside an expected period as a table. ``force`` replaces an earlier run. The folder holds the
    inputs as well, the rows that were read where no file holds them, unless ``inputs`` is false. Returns the folder:
    that of ``place_of``.
    Raises ``SourceError`` as ``check_out`` does; then nothing is there that was not before.
    """
    judged = judged or judge(make_terms(command), result, {}, before=find_before(out, result.inputs))
    tables = {**result.tables, **judged.tables(result)}
    place = place_of(out, judged.checks.exit_code)
    with publish(out, force) as folder, _explained(Path(out)):
        with ThreadPoolExecutor(1) as beside:  # what the manifest says of the inputs takes a while too
            hashed = beside.submit(lambda: [origin.sha256 for origin in result.inputs.values()])
            hashes = write_tables(tables, folder)
            hashed.result()
        kept = keep_inputs(result.inputs, folder) if inputs else {}
        write_json(folder / "summary.json", result.summary)
        write_json(folder / "settings.json", _settings(result, command, judged))
        rows = {f"{name}.{kind}": len(table) for name, table in tables.items() for kind in ("csv", "parquet")}
        outcome = outcome_of(command, result, judged.checks, command_line=command_line)
        write_outcome(folder, outcome, Contents(result.inputs, rows, result.summary, hashes, kept))
    return place


def find_before(out: str | Path, inputs: Mapping[str, Origin]) -> Path | None:
    """The run before this one, beside ``out`` or in its place, that its journal of decisions must continue."""
    journal = inputs.get(DECISIONS)
    return run_before(Path(out), str(journal.path)) if journal and journal.path else None


def check_out(out: str | Path, force: bool = False) -> None:
    """Say before the work begins that its outcome could not be written to the folder ``out``.

    A folder that a failed run has left may be replaced without ``force``.
    Raises ``SettingsError`` for a URL, ``SourceError`` if it exists and ``force`` is not given, if it is a file, if it
    holds something that no run wrote, if it cannot be written, if another run is at it, or if it is the working folder.
    """
    if URL.match(str(out)):
        raise SettingsError(f"{redact(str(out))} is a URL: name a folder of this machine to write to")
    with _explained(Path(out)):
        final = real_path(Path(out).absolute())
    with _explained(final):
        first = _first_missing(final)
        with _explained(first), alone(first) as work:
            if first == final:
                tidy(work, final)
        _check_free(final, force)
    if _here().is_relative_to(final):  # it would be replaced while whoever started the run stands in it
        raise SourceError(f"{final} is the folder you are in, or one above it: name another folder to write to")


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise SourceError("the folder you are in was removed: go to another one") from None


@contextmanager
def publish(out: str | Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder; what is in it at the end appears as ``out``, whole, or not at all after an error.

    A manifest is added where there is none. Where the folder's ``outcome.json`` says that the run failed, it never
    replaces a good one: it appears beside it, as ``place_of`` says. A process that is killed leaves the old folder, the
    new one, or none under the final name; the next run puts back the old one and removes what else is left.
    Raises ``SourceError`` as ``check_out`` does.
    """
    check_out(out, force)
    with _explained(Path(out)):
        final = real_path(out)
        final.parent.mkdir(parents=True, exist_ok=True)
        tidy_others(final)
    with alone(final) as work:
        new = work / "new"
        try:
            with _explained(final):
                tidy(work, final)
                new.mkdir(mode=0o700)
            with _explained(final, FULL):
                yield new
            with _explained(final):
                if not (new / MANIFEST).exists():
                    write_manifest(new)
                _make_private(new)
                _sync(new)
                _check_free(final, force)
                code = _exit_code(new)
                _put_in_place(work, place_of(final, code))
                if not code:
                    _forget_failed(work, failed_place(final))
        finally:
            tidy(work, final)


def place_of(out: str | Path, exit_code: int) -> Path:
    """Where a run that ends with ``exit_code`` is written: beside ``out`` if it failed and a good one is there."""
    final = Path(out)
    return failed_place(final) if exit_code and is_good(final) else final


def failed_place(out: Path) -> Path:
    """Where a failed run is written if a good one is in its place."""
    named = out.resolve() if out.name in {"", ".."} else out
    return named.parent / f"{named.name}.failed"


def is_good(folder: Path) -> bool:
    """Whether a folder holds a run that did not fail; also one that something else has written, which is not ours."""
    return folder.is_dir() and any(folder.iterdir()) and not _exit_code(folder)


def _exit_code(folder: Path) -> int:
    outcome = read_outcome(folder)
    return int(outcome["exit_code"]) if outcome else 0


def _put_in_place(work: Path, final: Path) -> None:
    if final.exists():
        check_ours(final)
        final.rename(work / "old")
    (work / "new").rename(final)
    sync(final.parent)


def _forget_failed(work: Path, failed: Path) -> None:
    """Remove the failed run beside a good one that has now been done."""
    if failed.is_dir() and not is_good(failed):
        check_ours(failed)
        tidy(work, failed)
        failed.rename(work / "new")


def _check_free(final: Path, force: bool) -> None:
    with _explained(final):
        if not final.exists():
            return
        if not final.is_dir():
            raise SourceError(f"{final} is a file: name a folder to write to")
        if not force and is_good(final):
            what = f"{final} exists already: name another folder, or replace it with"
            raise SourceError(f"{what} force=True", f"{what} --force")
        check_ours(final)


def check_ours(final: Path) -> None:
    """Refuse a folder in which not everything is what a run wrote: a person's own files may lie in it by now.

    Raises ``SourceError`` that names the first such file.
    """
    if not any(final.iterdir()):
        return
    manifest = read_manifest(final)
    listed = {*manifest["outputs"], *manifest["sealed"], MANIFEST}
    names = (
        path.relative_to(final).as_posix()
        for path in sorted(final.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    )
    foreign = next((name for name in names if name not in listed), None)
    if foreign:
        raise SourceError(f"{final} holds {foreign}, which no run wrote: move it away, or name another folder")


def _make_private(folder: Path) -> None:
    """What a run writes is for its user alone; a umask that is stricter stays."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & (0o700 if path.is_dir() else 0o600))


def _first_missing(path: Path) -> Path:
    """The first folder on the way to ``path`` that is not there, or ``path``."""
    return next((step for step in [*reversed(path.parents), path] if not step.exists()), path)


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        sync(path)


@contextmanager
def _explained(out: Path, only: Container[int | None] | None = None) -> Iterator[None]:
    """Say what keeps ``out`` from being written; of what others do within, ``only`` errors of these numbers."""
    try:
        yield
    except (OSError, EngineError) as error:
        if only is not None and getattr(error, "errno", None) not in only:
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else reason_of(error)
        raise SourceError(f"{out} cannot be written: {reason}") from error


def _settings(result: Run, command: str, judged: Judgement) -> dict[str, Any]:
    inputs = {side: describe(origin) for side, origin in result.inputs.items()}
    settings = {"inputs": inputs, "settings": result.settings.to_dict()}
    return {"command": command, **settings, **judged.terms.to_dict()}
