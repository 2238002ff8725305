"""The work folder: where a run folder is put together, beside its place, by one run at a time."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import SourceError

ENDING = ".workbench"
TRIES = 3  # until the lock of a run that ends at this moment is out of the way


def work_of(final: Path) -> Path:
    """The work folder of a run folder: hidden, beside it, and nobody's but ours."""
    return final.parent / f".{final.name}{ENDING}"


@contextmanager
def alone(final: Path) -> Iterator[Path]:
    """Yield the work folder of ``final``, with other runs kept away until the end; a process that dies lets go of it.

    The work folder is made with ``mkdir``, which follows no link, and is open to nobody else; so what lies in it was
    put there by a run. Raises ``SourceError`` if another run is at it, or if something else has its name.
    """
    work = work_of(final)
    lock = _locked(work, final)
    try:
        yield work
    finally:
        with suppress(OSError):  # others may be waiting in it
            (work / "lock").unlink()
            work.rmdir()
        lock.release()


def _locked(work: Path, final: Path) -> FileLock:
    for _ in range(TRIES):
        _make(work)
        lock = FileLock(work / "lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            break
        except FileNotFoundError:  # its holder has just ended and removed the folder
            continue
        if (work / "lock").exists():
            return lock
        lock.release()
    raise SourceError(f"another run is writing {final}: wait for its end, or name another folder")


def _make(work: Path) -> None:
    try:
        work.mkdir(mode=0o700)
    except FileExistsError:
        with suppress(FileNotFoundError):
            state = work.lstat()
            ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
            if not (stat.S_ISDIR(state.st_mode) and ours):
                raise SourceError(f"{work} is in the way, and no run of yours made it: remove it") from None


def tidy(work: Path, final: Path) -> None:
    """Put back an old folder that was never replaced, and remove what else a run has left."""
    old, new = work / "old", work / "new"
    if old.exists() and not final.exists():
        old.rename(final)
    shutil.rmtree(new, ignore_errors=True)
    if old.exists():
        old.rename(new)  # half removed under its own name, it would later be put back as if it were whole
        shutil.rmtree(new, ignore_errors=True)


def tidy_others(final: Path) -> None:
    """Remove what killed runs have left beside ``final`` under other names; those that still run are let be."""
    for work in final.parent.glob(f".*{ENDING}"):
        other = final.parent / work.name.removeprefix(".").removesuffix(ENDING)
        if other != final:
            with suppress(SourceError, OSError), alone(other):
                tidy(work, other)
