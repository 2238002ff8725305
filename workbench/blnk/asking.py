"""Asking: requests about one thing after the other, each on record before it is sent, and when to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import sleep
from typing import Any, Protocol

from workbench.blnk.api import REFUSES_KEY, Answer, Blnk
from workbench.blnk.journal import Journal
from workbench.errors import SettingsError

SILENT = 3  # requests in a row without any answer, after which no more are sent
PLANNED = "this is the plan: nothing was asked"
REFUSED, FAILED, NOT_TRIED = "refused", "failed", "not tried"


class Tried(Protocol):
    """What became of one thing that the ledger was asked about."""

    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> int | None: ...  # noqa: D102 - of the last HTTP answer


@dataclass(frozen=True)
class Desk:
    """Where requests go out and answers come in, each on record before the next."""

    blnk: Blnk
    journal: Journal
    attempts: int

    def send(
        self,
        event: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        about: Mapping[str, Any],
        shown: Callable[[Answer], Mapping[str, Any]],
        **facts: Any,
    ) -> Answer:
        """Put a request on record, send it, and put on record what of its good answer is ``shown``."""
        self.journal.note(event, **about, request=f"{method} {self.blnk.url}{path}", **facts)
        answer = self.blnk.send(method, path, body)
        told = {"fault": answer.fault} if answer.fault else shown(answer)
        self.journal.note("answer", **about, status=answer.status, **told)
        return answer

    def look(self, path: str, about: Mapping[str, Any], shown: Callable[[Answer], Mapping[str, Any]]) -> Answer:
        """Read something, with further attempts if there is trouble that may pass."""
        for attempt in range(self.attempts):
            self.pause(attempt)
            answer = self.send("look", "GET", path, None, about, shown)
            if answer.good or answer.refused:
                break
        return answer

    def pause(self, attempt: int) -> None:
        """Leave a busy server some room, twice as much with each attempt; none before the first."""
        sleep(self.blnk.timeout / 40 * 2**attempt if attempt else 0)


def check_attempts(attempts: int) -> int:
    """The number of attempts; raises ``SettingsError`` for one that cannot be."""
    if attempts < 1:
        raise SettingsError(f"attempts takes a whole number of at least 1, not {attempts!r}")
    return attempts


def worth_asking(answers: Sequence[Answer], attempts: int) -> bool:
    """Whether to ask once more after ``answers``: not where one was good or a refusal."""
    return not answers or (len(answers) < attempts and not answers[-1].good and not answers[-1].refused)


def why_stop(tried: Sequence[Tried], things: str) -> str:
    """Why no more ``things`` are to be tried after these; empty if there is no reason."""
    if tried[-1].status in REFUSES_KEY:
        return "the ledger does not take requests with this key"
    last = tried[-SILENT:]
    if len(last) == SILENT and all(thing.state == FAILED and thing.status is None for thing in last):
        return f"the ledger left {SILENT} {things} in a row without an answer"
    return ""


def end_sentence(counts: Mapping[str, int], thing: str, remark: str) -> str:
    """How the requests about several of a ``thing`` ended; ``counts`` says how many are in each state."""
    total = sum(counts.values())
    words = {"differs": "differ"}
    told = ", ".join(
        f"{count} {words.get(state, state) if count > 1 else state}" for state, count in counts.items() if count
    )
    why = f" ({remark})" if remark else ""
    rest = counts[FAILED] + counts[NOT_TRIED] and remark != PLANNED
    hint = ": run again with the same journal to finish the rest" if rest else ""
    return f"Of {total} {thing}{'s' if total > 1 else ''}: {told}{why}{hint}."
