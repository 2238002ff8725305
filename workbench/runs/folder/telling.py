"""Telling of a run: lines of JSON for a log, figures for Prometheus, and a notice to whoever waits for it."""

from __future__ import annotations

import errno
import json
import os
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import SettingsError, SourceError
from workbench.runs.folder.outcome import now
from workbench.text_files import check_name, check_target, write_whole

RETRIES = (1.0, 4.0)  # seconds before the second and the third try
TIMEOUT = 10.0  # seconds
PREFIX = "workbench"
METRICS, LOG = f"# HELP {PREFIX}_".encode(), b"{"  # how such files begin
# What a notice says: how the run ended, never a record.
NOTICE = (
    *("command", "verdict", "exit_code", "message", "run_id", "counts", "amounts", "manifest_sha256", "host"),
    *("started_at", "finished_at", "out"),
)


class Log:
    """A log in JSON lines, appended to a file; without one, nothing is written."""

    def __init__(self, path: str | None) -> None:
        self.path = Path(path) if path else None
        self.begun = False

    def write(self, event: str, **values: Any) -> None:
        """Append one line; raises ``SourceError`` if the file cannot be written."""
        if self.path is None:
            return
        line = json.dumps({"at": now(), "event": event, **values}, ensure_ascii=False, default=str)
        try:
            check_name(self.path)
            if not self.begun:
                _check_begins(self.path, LOG)
            with open(self.path, "a", encoding="utf-8", errors="backslashreplace", opener=_at_once) as file:
                file.write(f"{line}\n")
            self.begun = True
        except OSError as error:
            raise SourceError(f"--log {self.path} cannot be written: {error.strerror}") from None


def _check_begins(path: Path, begins: bytes) -> None:
    """Raise ``OSError`` for a file of another kind: a person's own, such as an input, named by mistake."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        if file.read(len(begins)) not in (b"", begins):
            raise OSError(errno.EEXIST, "what stands there was written by no run, so it stays as it is", str(path))


def _at_once(path: str, flags: int) -> int:
    """Open a file, or a pipe that somebody reads: another one would never open."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def write_metrics(path: str, outcome: Mapping[str, Any]) -> None:
    """Write the outcome as Prometheus' text format, whole or not at all, for its textfile collector.

    Raises ``SourceError`` if the file cannot be written.
    """
    try:
        check_target(path)
        _check_begins(Path(path), METRICS)
        write_whole(path, "".join(_metrics(outcome)))
    except OSError as error:
        raise SourceError(f"--metrics {path} cannot be written: {error.strerror}") from None


def _metrics(outcome: Mapping[str, Any]) -> Iterator[str]:
    command = {"command": str(outcome["command"])}
    yield from _family("exit_code", "how the last run ended", [(command, outcome["exit_code"])])
    verdicts = [({**command, "verdict": name}, int(outcome["verdict"] == name)) for name in ("green", "amber", "red")]
    yield from _family("verdict", "1 for the verdict of the last run", verdicts)
    finished = _seconds(str(outcome["finished_at"]))
    yield from _family("finished_timestamp_seconds", "when the last run ended", [(command, finished)])
    counts = [
        ({**command, "side": side, "part": part}, count)
        for side, parts in outcome["counts"].items()
        if isinstance(parts, dict)
        for part, count in parts.items()
    ]
    plain = [({**command, "part": part}, n) for part, n in outcome["counts"].items() if isinstance(n, int)]
    yield from _family("records", "records of a side, and what became of them", counts)
    yield from _family("balances", "balances, and what was found of them", plain)
    money = [
        ({**command, "side": side, "part": part, "currency": currency, "direction": direction}, amount)
        for side, parts in outcome["amounts"].items()
        for part, currencies in parts.items()
        for currency, both in currencies.items()
        for direction, amount in both.items()
    ]
    yield from _family("amount", "gross money that is open or excluded", money)
    gates = [
        ({**command, "gate": gate["gate"], "side": gate["side"] or "", "level": gate["level"]}, int(gate["kept"]))
        for gate in outcome["gates"]
    ]
    yield from _family("gate_kept", "1 if the gate is kept", gates)


def _family(name: str, text: str, samples: list[tuple[dict[str, str], Any]]) -> Iterator[str]:
    if samples:
        yield f"# HELP {PREFIX}_{name} {text}\n# TYPE {PREFIX}_{name} gauge\n"
    for labels, value in {_labels(labels): value for labels, value in samples}.items():
        yield f"{PREFIX}_{name}{{{labels}}} {value}\n"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def check_url(url: str) -> None:
    """Refuse a URL that no notice can be sent to; raises ``SettingsError``."""
    if not (_host_of(url) and re.fullmatch(r"https?://[!-~]+", url)):
        raise SettingsError(
            "--notify takes an http:// or https:// URL, whose blanks and other letters are written as %20"
        )


def shown_url(url: str) -> str:
    """A URL with its host only: the rest may hold a secret."""
    return f"{'https' if url.startswith('https') else 'http'}://{_host_of(url)}/…"


def _host_of(url: str) -> str | None:
    """The host of a URL; ``None`` if it has none, or cannot be taken apart."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return host if host.encode("idna") and parts.port != 0 else None
    except ValueError:
        return None


def notify(url: str, outcome: Mapping[str, Any]) -> None:
    """Send the outcome, never records, to ``url``; tries three times.

    Raises ``SourceError`` that names the host, and not the rest of the URL, which may hold a secret.
    """
    check_url(url)
    # The lines after the first one of a message name rows and values.
    brief = {**outcome, "message": str(outcome["message"]).split("\n", 1)[0]}
    body = json.dumps({name: brief.get(name) for name in NOTICE}, default=str).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    for wait in (*RETRIES, None):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return
        except (OSError, HTTPException, ValueError) as error:  # the last two where it answers what is no HTTP
            reason = getattr(error, "reason", None) or error
            if wait is None:
                raise SourceError(f"{_host_of(url)} was not notified: {reason}") from None
            time.sleep(wait)
