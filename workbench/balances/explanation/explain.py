"""Explain: what may have gone wrong with a balance, each hypothesis with its evidence and its exact share.

A difference has up to three parts, each explained on its own: the record's debit is off, its credit is off, or its
balance contradicts its own debit and credit. Which of them are off says on which side the fault lies. Some faults move
debit and credit together and explain both at once.

Every hypothesis accounts for the whole of its part, to the last unit. Within a part they rank by

1. how many things must have gone wrong: the fewer, the better;
2. whether snapshots put its transactions where the record went wrong;
3. how many such explanations there were to try: a hit among few is less likely to be chance;
4. how many others of its kind fit as well.

Between parts the best hypotheses of each come first, and of those the one closest to the whole difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from workbench.balances.explanation.combined import combined
from workbench.balances.explanation.hypotheses import Hypothesis, completed
from workbench.balances.explanation.many import groups, of_unknown_balances, runs
from workbench.balances.explanation.misreadings import misreadings, of_another_precision
from workbench.balances.explanation.part import Part
from workbench.balances.explanation.sets import sets_of, wrong_side
from workbench.balances.history import NOUGHT, Divergence, Posting, Timeline, Totals
from workbench.balances.ledger import COUNTED
from workbench.balances.money import Money
from workbench.subset import MOST_AMOUNTS


def explain(timeline: Timeline) -> tuple[Hypothesis, ...]:
    """What may have made a balance's record differ from its replay, the best hypothesis first.

    Where snapshots show the gap changing more than once and no explanation of the whole is beyond doubt, each stretch
    is explained by itself as well. For a part that nothing explains, a hypothesis of kind ``none`` says so.

    >>> from datetime import UTC, datetime
    >>> from workbench.balances.history import make_timeline
    >>> paid = Posting("t1", datetime(2026, 1, 1, tzinfo=UTC), "APPLIED", COUNTED, "b2", debit=0, credit=700)
    >>> explain(make_timeline("b1", [paid], NOUGHT, []))[0].sentence
    'The record seems to leave out t1 (a credit of 700). That is the whole difference. Verdict: only solution.'
    """
    now, divergences = timeline.checks[-1], timeline.divergences
    suspects = {name for divergence in divergences for name in divergence.transaction_ids}
    hypotheses = _explain(timeline, now.recorded, now.replayed, timeline.postings, suspects)
    in_doubt = hypotheses[0].doubtful or any(hypothesis.kind == "none" for hypothesis in hypotheses)
    if in_doubt and now.gap != NOUGHT and len(divergences) > 1:
        stretches = chain.from_iterable(_of_stretch(timeline, divergence) for divergence in divergences)
        hypotheses = _with_stretches(hypotheses, list(stretches))
    return tuple(replace(hypothesis, rank=rank) for rank, hypothesis in enumerate(hypotheses, 1))


def _with_stretches(whole: list[Hypothesis], stretches: list[Hypothesis]) -> list[Hypothesis]:
    """The best explanation of the whole, then those of the stretches, then the other ones of the whole.

    Where one thing gone wrong explains each stretch, and these are other things, the stretches come first.
    """
    best = [hypothesis for hypothesis in whole[:1] if hypothesis.kind != "none"]
    covered = all(stretch.kind != "none" for stretch in stretches)
    rest = [hypothesis for hypothesis in whole[len(best) :] if hypothesis.kind != "none" or not covered]
    of_stretches = [stretch for stretch in stretches if stretch.kind != "none"]
    wrong = {transaction_id for stretch in stretches for transaction_id in stretch.transaction_ids}
    if all(stretch.faults == 1 for stretch in stretches) and wrong != set(whole[0].transaction_ids):
        return [*of_stretches, *best, *rest]
    return [*best, *of_stretches, *rest]


def _of_stretch(timeline: Timeline, divergence: Divergence) -> Iterator[Hypothesis]:
    """The best hypothesis for each side on which the gap changes in a stretch."""
    explained: set[str] = set()
    postings = divergence.check.since
    for hypothesis in _explain(timeline, *divergence.change, postings, divergence.transaction_ids):
        sides = {"debit", "credit"} if hypothesis.side == "both" else {hypothesis.side}
        if not sides & explained:
            explained |= sides
            yield replace(hypothesis, sentence=f"{divergence.stretch}: {hypothesis.sentence}")


def _explain(
    timeline: Timeline, recorded: Totals, replayed: Totals, postings: Sequence[Posting], suspects: Collection[str]
) -> list[Hypothesis]:
    gap, whole = replayed.less(recorded), timeline.checks[-1].gap.balance
    stated = recorded.credit - recorded.debit
    off = stated - recorded.balance
    suspects, money = frozenset(suspects), timeline.money
    part = partial(Part, whole=whole, suspects=suspects, money=money)
    both = part("both", gap.balance - off, gap.balance - off, total=stated, amount=lambda posting: posting.net)
    sides = [
        part("debit", gap.debit, -gap.debit, total=replayed.debit, amount=lambda posting: posting.debit),
        part("credit", gap.credit, gap.credit, total=replayed.credit, amount=lambda posting: posting.credit),
        part("balance", off, off, total=stated, amount=lambda posting: posting.net),
    ]
    of_both: list[Hypothesis] = []
    if gap.debit and gap.credit:
        of_both += [*wrong_side(both, gap, postings), *of_another_precision(both, recorded, replayed)]
    of_both += runs(both, gap, postings)
    of_both += groups(both, gap, postings)
    of_both += of_unknown_balances(both, gap, timeline.balance_id, timeline.unknown)
    of_sides = [_of_side(side, recorded, postings, bool(of_both)) for side in sides if side.gap]
    parts = [[*of_both, *of_sides[0]]] if len(of_sides) == 1 else [of_both, *of_sides]
    ranked = _ranked(parts, gap.balance, money)
    return ranked or [completed(both.hypothesis("none", "The record agrees with the replay."), money)]


def _ranked(parts: list[list[Hypothesis]], whole: int, money: Money) -> list[Hypothesis]:
    by_doubt = [sorted(_with_rivals(part), key=_doubt) for part in parts]
    placed = [
        (place, abs(whole - hypothesis.accounts_for), hypothesis)
        for part in by_doubt
        for place, hypothesis in enumerate(part)
    ]
    return [completed(hypothesis, money) for *_, hypothesis in sorted(placed, key=lambda row: row[:2])]


def _doubt(hypothesis: Hypothesis) -> tuple[int, bool, int, int]:
    return hypothesis.faults, not hypothesis.suspected, hypothesis.tried, hypothesis.count


def _with_rivals(part: list[Hypothesis]) -> list[Hypothesis]:
    """Each with how many solutions of other kinds there are that take no more faults."""
    return [
        replace(
            hypothesis,
            rivals=sum(other.count for other in part if other is not hypothesis and other.faults <= hypothesis.faults),
        )
        for hypothesis in part
    ]


def _of_side(part: Part, recorded: Totals, postings: Sequence[Posting], explained: bool) -> list[Hypothesis]:
    """Every hypothesis about one side, or the one that says there is none."""
    hypotheses, complete = sets_of(part, postings)
    hypotheses += misreadings(part, part.pool(postings, COUNTED))
    if not explained and part.side != "balance" and all(hypothesis.faults > 1 for hypothesis in hypotheses):
        pairs, all_tried = combined(part, postings)
        hypotheses += pairs
        complete &= all_tried
    if part.side == "balance":
        says = (
            f"The record contradicts itself: its balance is {part.money.text(recorded.balance)}, its credit less its "
            f"debit {part.money.text(part.total)}."
        )
        hypotheses.append(part.hypothesis("contradiction", says))
    return hypotheses if hypotheses or explained else [_nothing(part, complete=complete)]


def _nothing(part: Part, *, complete: bool) -> Hypothesis:
    gap = f"{part.money.text(abs(part.gap))} {'more' if part.gap > 0 else 'less'} in the replay than in the record"
    says = (
        f"Nothing explains the {part.side}, {gap}: no transaction, no {MOST_AMOUNTS} or fewer together, no two "
        "digits, no decimal point and no two of these account for it."
    )
    if not complete:  # then nobody knows that
        says = (
            f"Nothing was found that explains the {part.side}, {gap}: there are too many transactions to try every "
            f"{MOST_AMOUNTS} or fewer together."
        )
    return replace(part, accounts_for=0).hypothesis("none", says, complete=complete)
