"""Journals from one run to the next: a journal only ever grows, and a run says what was added since the run before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench.errors import SourceError
from workbench.reconciliation.decisions.journal import Journal, read_decisions
from workbench.records import Origin
from workbench.runs.folder.manifest import read_manifest
from workbench.runs.folder.outcome import read_outcome
from workbench.runs.folder.saved import DATA
from workbench.runs.gates.checks import Check
from workbench.runs.gates.limits import FAIL

GATE = "journal"
DECISIONS = "decisions"


def check_journal(journal: Origin, before: Path | None) -> Check:
    """Hold a journal against that of the run ``before``: what stood there must still stand there, unchanged."""
    path = Path(str(journal.path))
    chain = read_decisions(path)
    name, count = journal.name, f"{len(chain.decisions):,} lines"
    entry = _entry(before) if before else None
    if entry is None:
        return _check(f"{count}, no run before", True, f"{name} has {count}{_unchained(chain)}; there is no run before")
    since = f"the run {entry['run_id']}" if entry.get("run_id") else f"the run in {before}"
    content = path.read_bytes()
    if hashlib.sha256(content[: entry["bytes"]]).hexdigest() == entry["sha256"]:
        added = _lines(content[entry["bytes"] :])
        people = ", ".join(sorted({decision.by for decision in chain.decisions[len(chain.decisions) - added :]}))
        by_whom = f" (by {people})" if added else ""
        fact = f"{name} continues that of {since}: {added:,} lines were added{by_whom}{_unchained(chain)}"
        return _check(f"{added:,} added", True, fact)
    now, then = _lines(content), entry["rows"]
    cut = f", it had {then:,} lines and has {now:,}" if now < then else ""
    fact = f"{name} does not continue that of {since}{cut}: lines were changed, removed or put in"
    return _check(f"{now:,} lines, rewritten", False, fact)


def added_lines(before: Path, now: Path) -> int | None:
    """How many lines a journal has more than it had; ``None`` if it does not continue what it was."""
    old, new = before.read_bytes(), now.read_bytes()
    return _lines(new[len(old) :]) if new.startswith(old) else None


def run_before(out: Path, journal: str) -> Path | None:
    """The newest run beside ``out``, or in its place, of the same journal, but for those that found it rewritten."""
    path = str(Path(journal).absolute())
    runs = [(str(finished), folder) for folder, finished in _runs(out.resolve().parent, path)]
    return max(runs)[1] if runs else None


def _runs(parent: Path, journal: str) -> Iterator[tuple[Path, Any]]:
    folders = [step for step in parent.iterdir() if step.is_dir() and not step.is_symlink()] if parent.is_dir() else []
    for folder in folders:
        with suppress(SourceError, OSError):
            outcome, entry = read_outcome(folder), _entry(folder)
            broken = outcome and any(gate["gate"] == GATE and not gate["kept"] for gate in outcome["gates"])
            if outcome and not broken and entry and entry["path"] == journal:
                yield folder, outcome.get("finished_at")


def _entry(folder: Path) -> Mapping[str, Any] | None:
    """What the manifest of a run says of its journal; ``None`` if it had none."""
    inner = folder / DATA if (folder / DATA).is_dir() else folder
    manifest = read_manifest(inner)
    journal = manifest["inputs"].get(DECISIONS)
    if not journal or not all(isinstance(journal.get(name), int) for name in ("bytes", "rows")):
        return None
    return {**journal, "run_id": (read_outcome(inner) or {}).get("run_id")}


def _lines(content: bytes) -> int:
    return sum(1 for line in content.split(b"\n") if line.strip())


def _unchained(journal: Journal) -> str:
    if not journal.unchained:
        return ""
    return f"; its first {journal.unchained:,} lines carry no hash, the chain begins after them"


def _check(figure: str, kept: bool, sentence: str) -> Check:
    return Check(GATE, FAIL, None, figure, "none changed", kept, sentence)
