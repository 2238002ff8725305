"""A series of runs in one folder: the last good one, and how many are kept."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from workbench.errors import SourceError
from workbench.runs.folder.outcome import read_outcome
from workbench.runs.folder.run_folder import check_ours, is_good
from workbench.runs.folder.work_folder import alone

LATEST = "latest"


def point_latest(run: Path) -> None:
    """Have ``latest``, beside a run folder, point to it; it is changed at once, never missing in between.

    Raises ``SourceError`` if something that is no link has that name.
    """
    run = run.resolve()
    link = run.with_name(LATEST)
    if run == link or (link.exists() and not link.is_symlink()):
        raise SourceError(f"{link} is no link, so it cannot point to the last good run: rename it")
    with alone(link) as work:
        new = work / "new"
        new.symlink_to(run.name)
        new.replace(link)


def keep_last(run: Path, most: int) -> list[Path]:
    """Remove the older good runs beside ``run``, but for the last ``most`` of the same command; returns those removed.

    A folder that holds something no run wrote stays.
    """
    run = run.resolve()
    command = (read_outcome(run) or {}).get("command")
    finished = {}
    for folder in run.parent.iterdir():
        if folder.is_symlink() or not folder.is_dir() or folder.name.startswith("."):
            continue
        with suppress(SourceError, OSError):
            outcome = read_outcome(folder)
            if outcome and outcome.get("command") == command and is_good(folder):
                finished[folder] = str(outcome.get("finished_at"))
    oldest_last = sorted(finished, key=lambda folder: (folder == run, finished[folder]), reverse=True)
    return [folder for folder in oldest_last[max(most, 1) :] if _removed(folder)]


def _removed(folder: Path) -> bool:
    with suppress(SourceError, OSError), alone(folder) as work:
        check_ours(folder)
        folder.rename(work / "new")  # half removed under its own name, it would look like a run
        shutil.rmtree(work / "new")
        return True
    return False
