"""Kill a scheduled run at random moments, over two chained nights, and look at what it leaves.

``python -m benchmarks.kills --kills 200``: each time a run of the sample month is killed (SIGKILL) at a random moment
of its first or its second night, which has a journal with one line more. Counted is the stage that was killed, and what
must never be: a folder that ``workbench verify`` does not find whole, a good folder that is gone or changed, a next run
that does not recover, and leftovers after it. Exits with 1 if any is. ``--page`` writes the counts into the page.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import pkgutil
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import workbench as wb
from workbench import cli
from workbench.reconciliation.decisions.journal import add_decision, decide

CARDS = Path(__file__).parents[1] / "data" / "cards"
PAGE = Path(__file__).with_name("KILLS.md")
GOOD = (0, 1)  # exit codes of a run that is done
SHOWN = 10  # kills from one line of counts to the next
# A process that has everything imported already is killed while it works, not while it imports.
FORK = multiprocessing.get_context("fork")
WARM = ("charts", "cli", "reconciliation", "runs", "sources")


def main() -> None:
    """Kill, look, and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", action="store_true", help="write the counts into the page")
    chosen = parser.parse_args()
    _import_all()
    with TemporaryDirectory() as folder:
        stages, faults = kill_many(Path(folder), chosen.kills, random.Random(chosen.seed))
    lines = page(stages, faults)
    print("\n".join(lines))
    if chosen.page:
        PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    sys.exit(1 if faults else 0)


def kill_many(folder: Path, kills: int, chance: random.Random) -> tuple[Counter[str], Counter[str]]:
    """Kill so many runs in ``folder``: the stages that were killed, and the faults that were seen."""
    stages: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    here = folder / "nights"
    takes = _prepare(here, folder)
    while stages.total() < kills:
        night = 1 + stages.total() % 2
        shutil.copytree(folder / f"before {night}", here, symlinks=True)
        if _kill(here, night, chance.uniform(0, takes)):
            stages[_stage(here, night)] += 1
            faults.update(_faults(here, night - 1, f"night {night} was killed"))
            # Killed just after its folder stood in its place, a run is done, and the next one is another night's.
            after = night + (here / "runs" / str(night)).exists()
            started = time.monotonic()
            if _in_process(_run, here, after) not in GOOD:
                faults["the next run does not recover"] += 1
            takes = (takes + time.monotonic() - started) / 2  # other work makes a machine slower and faster again
            faults.update(_faults(here, after, f"after night {night} the next run"))
            if stages.total() % SHOWN == 0:
                print(f"{stages.total()} of {kills}: {dict(stages)}, faults: {dict(faults)}", flush=True)
        else:
            takes *= 0.9
        shutil.rmtree(here)
    return stages, faults


def _prepare(here: Path, folder: Path) -> float:
    """Keep what stands in ``here`` before each night, to put it there again; returns the seconds that a night takes."""
    here.mkdir()
    _in_process(_decide, here, 1)
    shutil.copytree(here, folder / "before 1")
    started = time.monotonic()
    _in_process(_run, here, 1)
    takes = time.monotonic() - started
    _in_process(_decide, here, 2)
    shutil.copytree(here, folder / "before 2", symlinks=True)
    shutil.rmtree(here)
    return takes


def page(stages: Counter[str], faults: Counter[str]) -> list[str]:
    """What was counted, as lines of Markdown."""
    return [
        "# Runs that were killed: what they left",
        "",
        (__doc__ or "").strip(),
        "",
        "| killed while | times |",
        "| --- | ---: |",
        *(f"| {stage} | {count} |" for stage, count in sorted(stages.items())),
        f"| all | {stages.total()} |",
        "",
        f"Faults: {faults.total()}.",
        *(f"- {fault}: {count}" for fault, count in sorted(faults.items())),
    ]


def _import_all() -> None:
    for name in WARM:
        package = importlib.import_module(f"workbench.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _started(act: Callable[..., Any], *arguments: Any) -> multiprocessing.process.BaseProcess:
    process = FORK.Process(target=_quietly, args=(act, *arguments))
    process.start()
    return process


def _in_process(act: Callable[..., Any], *arguments: Any) -> int | None:
    """Act in a process of its own, since one that has read something has threads, and cannot be forked any more."""
    process = _started(act, *arguments)
    process.join()
    return process.exitcode


def _quietly(act: Callable[..., Any], *arguments: Any) -> None:
    with Path(os.devnull).open("w") as nowhere:  # noqa: SIM117
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            act(*arguments)


def _decide(here: Path, night: int) -> None:
    """A person decides something before each night."""
    external = wb.read_external(CARDS / "statement.csv")
    record = external.to_pandas()["id"][night]
    journal = here / "decisions.jsonl"
    add_decision(journal, decide({"external": external}, "exclude", external=[record], why=f"night {night}", by="ana"))


def _run(here: Path, night: int) -> None:
    files = [str(CARDS / name) for name in ("statement.csv", "ledger.csv")]
    flags = ["--rules", str(CARDS / "rules.json"), "--decisions", "decisions.jsonl", "--log", f"{night}.log"]
    _command(here, "reconcile", *files, *flags, "--out", f"runs/{night}")


def _verify(here: Path, folder: Path) -> None:
    _command(here, "verify", str(folder))


def _command(here: Path, *words: str) -> None:
    os.chdir(here)
    sys.argv = ["workbench", *words]
    cli.main()


def _kill(here: Path, night: int, after: float) -> bool:
    running = _started(_run, here, night)
    running.join(after)
    running.kill()
    running.join()
    return running.exitcode == -signal.SIGKILL


def _stage(here: Path, night: int) -> str:
    """What the run was doing, by the last whole line of its log."""
    log = here / f"{night}.log"
    lines = log.read_text("utf-8").split("\n")[:-1] if log.exists() else []
    events = [json.loads(line) for line in lines]
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    if not stages:
        return "starting"
    if events[-1]["event"] == "finished":
        return "telling of it"
    word = stages[-1].split()[0]
    return {"reading": "reading", "writing": "writing"}.get(word, "matching")


def _faults(here: Path, nights: int, when: str) -> list[str]:
    """What must never be: of the nights that ran, and, after one that was not killed, of what stands beside them."""
    runs = here / "runs"
    names = {path.name for path in runs.iterdir()} if runs.exists() else set()
    ran = {str(night) for night in range(1, nights + 1)}
    faults = [f"{when}: night {night} is gone" for night in sorted(ran - names)]
    folders = [runs / name for name in sorted(names) if name[0].isdigit()]
    faults += [f"{when}: a folder is not whole" for folder in folders if _in_process(_verify, here, folder)]
    left = names - ran - {"latest"} if when.startswith("after") else ()
    return faults + [f"{when}: {name} is left" for name in left]


if __name__ == "__main__":
    main()
