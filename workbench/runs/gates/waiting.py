"""Waiting: whether the input files are there and whole, before they are read and after."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from workbench.dsn import is_dsn, without_secrets
from workbench.errors import NotThereYet, SettingsError
from workbench.sources.several import files_fitting, is_pattern

LOOK_EVERY = 1.0  # seconds
_DURATION = re.compile(r"(\d+)\s*(s|m|h)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
Looks = Mapping[str, tuple[int, int]]  # by path: size, and when it was modified


def seconds_of(text: str) -> int:
    """Read ``45s``, ``30m`` or ``2h``; raises ``SettingsError`` for anything else.

    >>> seconds_of("30m")
    1800
    """
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise SettingsError(f"--wait takes a time such as 45s, 30m or 2h, not {text!r}")
    return int(match[1]) * _SECONDS[match[2]]


def wait_for(
    paths: Iterable[str],
    seconds: float = 0,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Looks:
    """Return how the files look once they are all there; with ``seconds``, wait so long for them to be there and rest.

    Databases and what is no regular file, such as a pipe, are not waited for.
    Raises ``NotThereYet`` that names the first file that is missing, or that still changes at the end.
    """
    files = [path for path in paths if not is_dsn(path)]
    deadline = clock() + seconds
    before: Looks | None = None
    while True:
        missing, looks = _look(files)
        rests = not seconds or looks == before
        if not missing and rests:
            return looks
        if clock() >= deadline:
            raise NotThereYet(_reason(missing, looks, before, seconds))
        before = looks
        sleep(min(LOOK_EVERY, max(deadline - clock(), 0)))


def check_unchanged(looks: Looks) -> None:
    """Raise ``NotThereYet`` if a file no longer looks as it did: it was written while it was read."""
    missing, now = _look(looks)
    changed = [*missing, *(path for path in looks if now.get(path) != looks[path])]
    if changed:
        raise NotThereYet(f"{changed[0]} is still changing: it was written while it was read; run again when it rests")


def _look(files: Iterable[str]) -> tuple[list[str], dict[str, tuple[int, int]]]:
    missing, looks = [], {}
    for path in _expanded(files):
        try:
            state = Path(path).stat()
        except FileNotFoundError:
            missing.append(path)
        except (OSError, ValueError):  # a folder that may not be entered, or no name of a file: its reader says so
            continue
        else:
            if stat.S_ISREG(state.st_mode):
                looks[path] = (state.st_size, state.st_mtime_ns)
    return missing, looks


def _expanded(files: Iterable[str]) -> Iterator[str]:
    """Each file, and for a pattern those that it fits now; itself where there is none yet."""
    for path in files:
        yield from (files_fitting(path) or [path]) if is_pattern(path) else [path]


def _reason(missing: list[str], looks: Looks, before: Looks | None, seconds: float) -> str:
    waited = f" after {seconds:g} seconds" if seconds else ""
    if missing:
        return f"cannot read {without_secrets(str(missing[0]))}: No such file or directory, it is not there yet{waited}"
    changing = next((path for path in looks if not before or before.get(path) != looks[path]), "an input")
    return f"{changing} is still changing{waited}: run again when it rests"
