"""Correct: ask Blnk to rebuild each balance that differs, and believe only what it then shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import pandas as pd

from workbench.balances.corrections.earlier_runs import EarlierRuns, Figures, identify, read_earlier_runs
from workbench.balances.corrections.proof import (
    COMPARED,
    HELD,
    WHOLE,
    changed_nothing,
    compare,
    executed_at,
    is_newer,
    rebuild_in,
)
from workbench.balances.result import METADATA_KEY
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
from workbench.blnk.journal import open_journal
from workbench.errors import SettingsError
from workbench.progress import Progress, quiet

STATES = ("corrected", "differs", REFUSED, FAILED, NOT_TRIED)
REBUILD = {"meta_data": {"BLNK_RUN_RECONCILIATION": "SOURCE"}}


@dataclass(frozen=True)
class Correction:
    """What became of one balance: ``state`` is one of ``STATES``, ``detail`` says why in words."""

    balance_id: str
    state: str
    detail: str
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # by field: ours, Blnk's
    status: int | None = None  # the status of the last HTTP answer; None where there was none


@dataclass(frozen=True)
class CorrectionReport:
    """What became of every balance, in the order in which they were given."""

    url: str
    corrections: tuple[Correction, ...]
    remark: str = ""  # why some were not tried

    @property
    def counts(self) -> dict[str, int]:
        """How many balances are in each state."""
        counted = Counter(correction.state for correction in self.corrections)
        return {state: counted[state] for state in STATES}

    @property
    def exit_code(self) -> int:
        """0 if every balance is corrected, else 1."""
        return int(self.counts["corrected"] < len(self.corrections))

    @property
    def end_state(self) -> str:
        """How it ended, in one sentence."""
        if not self.corrections:
            return "No balance differs: nothing to correct."
        return end_sentence(self.counts, "balance", self.remark)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for another program."""
        balances = [
            {**vars(correction), "differences": {name: list(pair) for name, pair in correction.differences.items()}}
            for correction in self.corrections
        ]
        return {"url": self.url, "end_state": self.end_state, "counts": self.counts, "balances": balances}

    def to_pandas(self) -> pd.DataFrame:
        """A row for each balance: ``balance_id``, ``state``, ``differs`` (names of fields), ``status``, ``detail``."""
        rows = [vars(correction) | {"differs": ", ".join(correction.differences)} for correction in self.corrections]
        frame = pd.DataFrame(rows, columns=["balance_id", "state", "differs", "status", "detail"])
        return frame.astype({"status": "Int64"})


def plan(expected: Mapping[str, Figures], url: str, *, journal: Path) -> CorrectionReport:
    """Say what ``correct`` would do, without asking anything and without touching the journal.

    Balances that the journal proves corrected are ``corrected``; the rest are ``not tried``, and ``detail`` holds the
    request.
    Raises as ``correct``.

    >>> fields = dict.fromkeys(COMPARED, "0") | {"difference": "5", "recalculated_balance": "5"}
    >>> plan({"bln_1": fields}, "https://ledger.example", journal=Path("none.ndjson")).corrections[0].detail
    'POST https://ledger.example/bln_1/metadata'
    """
    blnk = connect(url)
    cases = _make_cases(expected, blnk.url, journal)
    planned = [_settled_before(case) or _not_tried(case, f"POST {blnk.url}{_metadata_path(case)}") for case in cases]
    return CorrectionReport(blnk.url, tuple(planned), PLANNED)


def correct(
    expected: Mapping[str, Figures],
    url: str,
    *,
    journal: Path,
    timeout: float = 10.0,
    attempts: int = 3,
    key: str | None = None,
    progress: Progress | None = None,
) -> CorrectionReport:
    """Ask the Blnk ledger at ``url`` to rebuild balances, and compare what it then shows with ``expected``.

    ``expected`` holds, by balance, the fields of ``BLNK_RECONCILIATION_RESULT`` as ``Reconstruction.metadata`` gives
    them: whole numbers in precise units, as text. A balance is ``corrected`` only if Blnk shows a rebuild newer than
    any before the request, its figures are the expected ones field by field (but for ``executed_at``), and the balance
    itself shows them too. Else it ``differs``, or the server ``refused``, or it ``failed`` after ``attempts`` tries of
    ``timeout`` seconds, or it was ``not tried`` because the server is gone or takes no request with this key.

    ``journal`` is a file of JSON lines, appended to: a run with the journal of an earlier one finishes what that left.
    ``key`` comes from the variable WORKBENCH_BLNK_KEY of the environment if it is not given. ``progress`` is called
    before each balance.

    Raises ``SettingsError`` for an address, key, figure or number that cannot be used, ``SourceError`` for a journal
    that cannot; never for trouble with the server.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     correct({}, "https://ledger.example", journal=Path(folder, "journal.ndjson")).end_state
    'No balance differs: nothing to correct.'
    """
    check_attempts(attempts)
    blnk = connect(url, timeout, key)
    cases = _make_cases(expected, blnk.url, journal)
    with open_journal(journal, blnk.url) as log:
        log.note("begin", balances=len(cases))
        return _correct_all(Desk(blnk, log, attempts), cases, progress or quiet)


@dataclass(frozen=True)
class _Case:
    """A balance, what is expected of it, and how far earlier runs have come."""

    balance_id: str
    expected: Figures
    earlier: EarlierRuns


def _ask(desk: Desk, case: _Case, rebuilt_before: str | None) -> Answer:
    """Ask once for a rebuild; ``rebuilt_before`` is when the balance was last rebuilt."""
    facts = {"stood": rebuilt_before, "expected": dict(case.expected)}
    return desk.send("ask", "POST", _metadata_path(case), REBUILD, _about(case), _shown, **facts)


def _look(desk: Desk, case: _Case) -> Answer:
    return desk.look(f"/balances/{quote(case.balance_id, safe='')}", _about(case), _shown)


def _look_for_rebuild(desk: Desk, case: _Case, rebuilt_before: str | None) -> Answer:
    """Read the balance until a newer rebuild shows, for as long as the timeout: Blnk may take its time."""
    deadline = monotonic() + desk.blnk.timeout
    while (answer := _look(desk, case)).good and not is_newer(answer, rebuilt_before) and monotonic() < deadline:
        desk.pause(1)
    return answer


def _about(case: _Case) -> dict[str, str]:
    return {"balance_id": case.balance_id}


def _shown(answer: Answer) -> dict[str, Any]:
    return {METADATA_KEY: rebuild_in(answer), **{name: answer.body[name] for name in HELD if name in answer.body}}


def _correct_all(desk: Desk, cases: Sequence[_Case], tell: Progress) -> CorrectionReport:
    done: list[Correction] = []
    tried: list[Correction] = []
    remark = ""
    for number, case in enumerate(cases):
        tell(case.balance_id, number, len(cases))
        correction = _settled_before(case) or (_not_tried(case, remark) if remark else None)
        if correction is None:
            correction = _correct_one(desk, case)
            tried.append(correction)
            desk.journal.note("outcome", **_noted(correction), expected=case.expected)
            remark = why_stop(tried, "balances")
        done.append(correction)
    tell("done", len(cases), len(cases))
    return CorrectionReport(desk.blnk.url, tuple(done), remark)


def _correct_one(desk: Desk, case: _Case) -> Correction:
    """Look; while no new rebuild shows, ask for one and look again; then judge what is seen.

    Asking again is safe: Blnk calculates the balance anew from its transactions, so a second rebuild changes nothing.
    Yet each request comes after a look, since a second rebuild overwrites what the first has put on record.
    """
    answer = _look(desk, case)
    rebuilt_before = case.earlier.rebuilt_before if case.earlier.pending else executed_at(answer)
    answers: list[Answer] = []
    while answer.good and not is_newer(answer, rebuilt_before) and worth_asking(answers, desk.attempts):
        desk.pause(len(answers))
        answers.append(_ask(desk, case, rebuilt_before))
        answer = _look_for_rebuild(desk, case, rebuilt_before) if answers[-1].good else _look(desk, case)
    if not answer.good:
        return _unsettled(case, "reading the balance", answer)
    if not is_newer(answer, rebuilt_before):
        return _unsettled(case, "asking for a rebuild", answers[-1])
    return _judge(case, answer, case.earlier.asked + len(answers))


def _unsettled(case: _Case, step: str, answer: Answer) -> Correction:
    state = REFUSED if answer.refused else FAILED
    fault = answer.fault or "accepted, but no newer rebuild has shown in time"
    return Correction(case.balance_id, state, f"{step}: {fault}", status=answer.status)


def _judge(case: _Case, answer: Answer, asked: int) -> Correction:
    again = asked > 1 and changed_nothing(answer)
    differences = compare(case.balance_id, case.expected, answer, again)
    if differences:
        differing = "; ".join(f"{name} is {theirs}, expected {ours}" for name, (ours, theirs) in differences.items())
        detail = f"rebuilt, but {differing}: read the ledger again before asking again"
        return Correction(case.balance_id, "differs", detail, differences, answer.status)
    when = f"rebuilt at {executed_at(answer)}"
    detail = f"{when}, the last of {asked} requests, which found it corrected" if again else when
    return Correction(case.balance_id, "corrected", detail, status=answer.status)


def _make_cases(expected: Mapping[str, Figures], ledger: str, journal: Path) -> list[_Case]:
    earlier_runs = read_earlier_runs(journal, ledger)
    cases = [(balance_id, _figures(balance_id, fields)) for balance_id, fields in expected.items()]
    return [_Case(*case, earlier_runs.get(identify(*case), EarlierRuns())) for case in cases]


def _figures(balance_id: str, fields: Figures) -> dict[str, str]:
    """The fields that are compared: the instant of our own run says nothing about the balance."""
    for name in COMPARED:
        if not WHOLE.fullmatch(str(fields.get(name))):
            raise SettingsError(
                f"balance {balance_id!r}: {name} is {fields.get(name)!r}, where a whole number in precise units is due"
            )
    return {name: str(fields[name]) for name in COMPARED}


def _settled_before(case: _Case) -> Correction | None:
    proven = case.earlier.proven
    return Correction(case.balance_id, "corrected", f"proven at {proven}, says the journal") if proven else None


def _not_tried(case: _Case, detail: str) -> Correction:
    return Correction(case.balance_id, NOT_TRIED, detail)


def _noted(correction: Correction) -> dict[str, Any]:
    """What the journal keeps of a correction; its status stands with the answer."""
    return {name: value for name, value in vars(correction).items() if name != "status"}


def _metadata_path(case: _Case) -> str:
    return f"/{quote(case.balance_id, safe='')}/metadata"
