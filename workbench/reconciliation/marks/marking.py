"""Marking: matched transactions are marked in a Blnk ledger's metadata, and only what it then shows is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workbench.blnk.api import Answer, connect
from workbench.blnk.asking import (
    FAILED,
    NOT_TRIED,
    PLANNED,
    REFUSED,
    Desk,
    check_attempts,
    end_sentence,
    why_stop,
    worth_asking,
)
from workbench.blnk.journal import open_journal, read_lines
from workbench.ledger.marks import MARKED, MATCH, RECONCILIATION, WHEN
from workbench.progress import Progress, quiet

MARKS = "marks"  # the journal records marks, not decisions
MARK_NAMES = (RECONCILIATION, MATCH, WHEN, MARKED)
DONE = {False: "marked", True: "unmarked"}  # the state of a mark that is done, by whether marks are undone
OTHERS = "differs"  # the ledger shows the mark of another reconciliation


@dataclass(frozen=True)
class Mark:
    """What a matched transaction is to be marked with."""

    transaction_id: str
    reconciliation_id: str
    match_id: str
    reconciled_at: str  # the instant at which the run that matched it ended

    @property
    def meta_data(self) -> dict[str, str]:
        """The mark as it stands in the metadata."""
        values = (self.reconciliation_id, self.match_id, self.reconciled_at, self.transaction_id)
        return dict(zip(MARK_NAMES, values, strict=True))


@dataclass(frozen=True)
class Marked:
    """What became of one transaction: ``state`` is one of ``MarkReport.counts``, ``detail`` says why in words."""

    transaction_id: str
    match_id: str
    state: str
    detail: str
    status: int | None = None  # the status of the last HTTP answer; None without an answer


@dataclass(frozen=True)
class MarkReport:
    """What became of every transaction, in the order in which they were given."""

    url: str  # the address of Blnk; empty where none was given
    undo: bool
    marks: tuple[Marked, ...]
    remark: str = ""  # says why some transactions were not tried

    @property
    def counts(self) -> dict[str, int]:
        """How many transactions are in each state."""
        counts = Counter(mark.state for mark in self.marks)
        return {state: counts[state] for state in (DONE[self.undo], OTHERS, REFUSED, FAILED, NOT_TRIED)}

    @property
    def exit_code(self) -> int:
        """0 if every transaction is marked, or unmarked where that was asked, else 1."""
        return int(self.counts[DONE[self.undo]] < len(self.marks))

    @property
    def end_state(self) -> str:
        """How it ended, in one sentence."""
        if not self.marks:
            return "No transaction matched: nothing to mark."
        return end_sentence(self.counts, "transaction", self.remark)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for another program."""
        transactions = [vars(mark) for mark in self.marks]
        return {"url": self.url, "end_state": self.end_state, "counts": self.counts, "transactions": transactions}


def plan_marks(marks: Sequence[Mark], url: str = "", *, journal: Path, undo: bool = False) -> MarkReport:
    """Say what ``mark`` would do, without asking anything and without touching the journal.

    Transactions that the journal proves done are so; the rest are ``not tried``, and ``detail`` holds the request.
    Raises as ``mark``; without ``url`` nothing is known of the ledger.

    >>> plan_marks([Mark("txn_1", "recon_1", "match_1", "2026-01-31T00:00:00Z")], "https://ledger.example",
    ...            journal=Path("none.ndjson")).marks[0].detail
    'POST https://ledger.example/txn_1/metadata'
    """
    where = connect(url).url if url else ""
    proven = _proven(journal, where, undo) if url else {}
    planned = [_settled_before(mark, proven, undo) or _not_tried(mark, f"POST {where}{_path(mark)}") for mark in marks]
    return MarkReport(where, undo, tuple(planned), PLANNED)


def mark(
    marks: Sequence[Mark],
    url: str,
    *,
    journal: Path,
    undo: bool = False,
    timeout: float = 10.0,
    attempts: int = 3,
    key: str | None = None,
    progress: Progress | None = None,
) -> MarkReport:
    """Mark transactions in the metadata of the Blnk ledger at ``url``, and read each back.

    Only what does not show its mark yet is asked for. A transaction that shows the mark of another reconciliation
    ``differs`` and is left as it is. Else it is ``marked``, or the server ``refused``, or it ``failed`` after
    ``attempts`` tries of ``timeout`` seconds, or it was ``not tried`` because the server is gone or takes no request
    with this key. With ``undo`` the same marks are taken back (their members become null, since Blnk only ever adds
    to metadata), and other marks stay.

    ``journal`` is a file of JSON lines, appended to: a run with the journal of an earlier one finishes what that left.
    ``key`` comes from the variable WORKBENCH_BLNK_KEY of the environment if it is not given.

    Raises ``SettingsError`` for an address, key or number that cannot be used, ``SourceError`` for a journal that
    cannot; never for trouble with the server.
    """
    check_attempts(attempts)
    blnk = connect(url, timeout, key)
    proven = _proven(journal, blnk.url, undo)
    with open_journal(journal, blnk.url) as log:
        log.note("begin", what=MARKS, transactions=len(marks), undo=undo)
        return _Marking(Desk(blnk, log, attempts), {mark.transaction_id: mark for mark in marks}, undo).run(
            proven, progress or quiet
        )


@dataclass
class _Marking:
    """A run of marking, and what became of the transactions so far."""

    desk: Desk
    marks: Mapping[str, Mark]
    undo: bool
    done: dict[str, Marked] = field(default_factory=dict)
    tried: list[Marked] = field(default_factory=list)

    def run(self, proven: Mapping[tuple[str, str, str], str], tell: Progress) -> MarkReport:
        remark = ""
        for number, mark in enumerate(self.marks.values()):
            tell(mark.transaction_id, number, len(self.marks))
            if mark.transaction_id in self.done:  # it was marked as the parent of an earlier one
                continue
            settled = _settled_before(mark, proven, self.undo) or (_not_tried(mark, remark) if remark else None)
            if settled:
                self.done[mark.transaction_id] = settled
                continue
            self._settle(mark)
            remark = why_stop(self.tried, "transactions")
        tell("done", len(self.marks), len(self.marks))
        return MarkReport(self.desk.blnk.url, self.undo, tuple(self.done[name] for name in self.marks), remark)

    def _settle(self, mark: Mark) -> None:
        """Mark a transaction, after all that Blnk would write its mark over: it hands metadata on to children."""
        line = [mark]
        answers = {mark.transaction_id: self._look(mark)}
        while (above := self._parent(answers[line[-1].transaction_id])) is not None:
            if above.transaction_id in answers or above.transaction_id in self.done:
                break
            answers[above.transaction_id] = self._look(above)
            line.append(above)
        outcome = None
        for position, due in enumerate(reversed(line)):
            if outcome and outcome.state not in {DONE[self.undo], OTHERS}:
                outcome = _not_tried(due, "its parent is to be marked first, or that would be written over this one")
            else:
                outcome = self._mark_one(due, answers[due.transaction_id] if position == 0 else self._look(due))
            facts = {"state": outcome.state, "detail": outcome.detail, "mark": due.meta_data, "undo": self.undo}
            self.desk.journal.note("outcome", transaction_id=due.transaction_id, **facts)
            self.done[due.transaction_id] = outcome
            self.tried.append(outcome)

    def _parent(self, answer: Answer) -> Mark | None:
        """The mark of the parent of the transaction that an answer shows, if it is to be marked, too."""
        return self.marks.get(str(answer.body.get("parent_transaction")))

    def _mark_one(self, mark: Mark, answer: Answer) -> Marked:
        """Ask while the mark does not show, looking after each asking: to ask again changes nothing."""
        answers: list[Answer] = []
        while answer.good and not _others(mark, answer) and not self._is_done(mark, answer):
            if not worth_asking(answers, self.desk.attempts):
                return self._unsettled(mark, "asking for the mark", answers[-1])
            self.desk.pause(len(answers))
            answers.append(self._ask(mark))
            answer = self._look(mark)
        if not answer.good:
            return self._unsettled(mark, "reading the transaction", answer)
        other_reconciliation = _others(mark, answer)
        if other_reconciliation and not self.undo:
            detail = f"shows the mark of {other_reconciliation}, which stays: take that back first"
            return Marked(mark.transaction_id, mark.match_id, OTHERS, detail, answer.status)
        detail = "" if answers else "was so already"
        return Marked(mark.transaction_id, mark.match_id, DONE[self.undo], detail, answer.status)

    def _is_done(self, mark: Mark, answer: Answer) -> bool:
        shown = _mark_in(answer)
        if self.undo:
            return shown.get(RECONCILIATION) is None or shown.get(MARKED) not in {None, mark.transaction_id}
        return {name: shown.get(name) for name in MARK_NAMES} == mark.meta_data

    def _ask(self, mark: Mark) -> Answer:
        meta_data: Mapping[str, str | None] = dict.fromkeys(MARK_NAMES) if self.undo else mark.meta_data
        return self.desk.send(
            "ask", "POST", _path(mark), {"meta_data": meta_data}, _about(mark), lambda _: {}, mark=meta_data
        )

    def _look(self, mark: Mark) -> Answer:
        return self.desk.look(f"/transactions/{quote(mark.transaction_id, safe='')}", _about(mark), _mark_in)

    def _unsettled(self, mark: Mark, step: str, answer: Answer) -> Marked:
        state = REFUSED if answer.refused else FAILED
        fault = answer.fault or "accepted, but it does not show"
        return Marked(mark.transaction_id, mark.match_id, state, f"{step}: {fault}", answer.status)


def _others(mark: Mark, answer: Answer) -> str:
    """The other reconciliation whose mark the transaction shows as its own; empty if there is none."""
    shown = _mark_in(answer)
    is_its_own = shown.get(MARKED) in {None, mark.transaction_id}
    shown_id = str(shown.get(RECONCILIATION) or "")
    return shown_id if is_its_own and shown_id != mark.reconciliation_id else ""


def _mark_in(answer: Answer) -> dict[str, Any]:
    """The members of a mark in the metadata that an answer shows, and nothing else of it."""
    meta_data = answer.body.get("meta_data")
    return {name: meta_data[name] for name in MARK_NAMES if name in meta_data} if isinstance(meta_data, dict) else {}


def _proven(journal: Path, ledger: str, undo: bool) -> dict[tuple[str, str, str], str]:
    """When the journal last saw each mark done as it is to be: by transaction, reconciliation and match."""
    proven: dict[tuple[str, str, str], str] = {}
    last: dict[str, tuple[str, str, str]] = {}
    for line in read_lines(journal, ledger, MARKS):
        if line["event"] != "outcome":
            continue
        case = (line["transaction_id"], line["mark"][RECONCILIATION], line["mark"][MATCH])
        proven.pop(last.get(case[0], case), None)  # a later outcome replaces an earlier one
        last[case[0]] = case
        if line["undo"] == undo and line["state"] == DONE[undo]:
            proven[case] = line["at"]
    return proven


def _settled_before(mark: Mark, proven: Mapping[tuple[str, str, str], str], undo: bool) -> Marked | None:
    when = proven.get((mark.transaction_id, mark.reconciliation_id, mark.match_id))
    if when is None:
        return None
    return Marked(mark.transaction_id, mark.match_id, DONE[undo], f"proven at {when}, says the journal")


def _not_tried(mark: Mark, detail: str) -> Marked:
    return Marked(mark.transaction_id, mark.match_id, NOT_TRIED, detail)


def _about(mark: Mark) -> dict[str, str]:
    return {"transaction_id": mark.transaction_id}


def _path(mark: Mark) -> str:
    return f"/{quote(mark.transaction_id, safe='')}/metadata"
