"""The amount of a record: which columns say it, with which marks, and which sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations

from workbench.layouts.questions import Choice, Question
from workbench.sources.detection.headings import currency_in
from workbench.sources.detection.look import Column, Findings, Look, called
from workbench.sources.detection.movements import take_by_proof, values_of
from workbench.sources.detection.notation import find_marks
from workbench.sources.detection.proof import moved_by

MONEY = ("amount", "debit", "credit", "balance", "fee")
_OUT, _IN = "^([-\u2212(]|[0.,]*$)", "^[^-\u2212()]*$"  # amounts that all are negative, or positive; zeros in both
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_NEVER = {"balance", "other", "fee", "currency", "id", "transaction_id", "time", "timezone", "account", "reference"}


def find_amount(look: Look, findings: Findings) -> None:
    """Find the columns of the amount, and the balance that runs along with it."""
    _take_mapped(look, findings)
    if "amount" in findings.meaning or "precise_amount" in findings.meaning:
        return
    own = [column for rank, column in look.named("amount") if rank == 0 and not _is_outdone(look, column)]
    exact = [column for rank, column in look.named("precise_amount") if rank == 0]
    if len(own) == 1 and (debit := _paid_out_beside(look, own[0])):
        findings.meaning.update({"credit": own[0], "debit": debit})
        findings.evidence.append(_told(look, {"credit": own[0], "debit": debit}))
    elif own or exact:
        findings.meaning.update({"precise_amount": exact[0]} if exact else {})
        findings.meaning.update({"amount": own[0]} if own else {})
    elif not {"debit", "credit"} & findings.meaning.keys():
        _choose(look, findings)


def _is_outdone(look: Look, own: Column) -> bool:
    """Whether others say more than a column called amount: debits and credits, or amounts in every row."""
    pair = _pair(look)
    if pair and _has_lost_its_sign(look, own, pair[1]):
        return True
    others = [column for rank, column in look.named("amount") if rank and None not in values_of(column)]
    return bool(others) and not own.is_number


def _paid_out_beside(look: Look, own: Column) -> Column | None:
    """A column of debits that is filled in just those rows in which a column called amount is not."""
    pair = _pair(look)
    debit = pair[1].get("debit") if pair and len(pair[1]) == 1 else None
    turns = debit and look.kind.name == "external" and any(values_of(debit)) and _take_turns((own, debit))
    return debit if turns else None


def _has_lost_its_sign(look: Look, amount: Column, pair: dict[str, Column]) -> bool:
    """Whether an amount is what debits and credits say in every row, but for the sign, of which it has none."""
    amounts, nets = values_of(amount), [_net(look, pair, row) for row in range(len(values_of(amount)))]
    sizes = [None if net is None else abs(net) for net in nets]
    return amounts == sizes and any(net is not None and net < 0 for net in nets)


def _take_mapped(look: Look, findings: Findings) -> None:
    for name in (*MONEY, "precise_amount"):
        if name in look.mapped:
            findings.meaning[name] = look.mapped[name]
    for name in ("balance", "fee"):
        numbers = [column for rank, column in look.named(name) if column.is_number and not (rank and look.is_plain)]
        if name not in findings.meaning and numbers:
            findings.meaning[name] = numbers[0]


def _choose(look: Look, findings: Findings) -> None:
    """Choose among amounts, and debits with credits, by header; without such headers, by content."""
    pair = _pair(look)
    ranked = [
        (rank, column)
        for rank, column in look.named("amount")
        if column.is_number and not (pair and _has_lost_its_sign(look, column, pair[1]))
    ]
    ranked = ranked or [(rank, column) for rank, column in look.named("amount") if rank == 1 and column.is_half_number]
    if pair and len(pair[1]) == 1 and ranked and all(values_of(next(iter(pair[1].values())))):
        pair = None  # charges in every row beside a total are no half of it
    numbers = [column for column in look.free if column.is_number and not column.is_date]
    if pair and _is_lone(pair[1]) and not ranked:
        if take_by_proof(look, findings, numbers):
            return
        if _asks_of_other_half(look, findings, pair[1], numbers):
            return
    if pair and not (ranked and (ranked[0][0] < pair[0] or _agree(look, ranked[0][1], pair[1]))):
        findings.meaning.update(pair[1])
        findings.evidence.append(_told(look, pair[1]))
        return
    best = [column for rank, column in ranked if rank == ranked[0][0]]
    if len(best) == 1 and (ranked[0][0] == 1 or len(ranked) == 1):
        _take(findings, best[0], "its header says so")
    elif ranked:
        _settle(look, findings, [column for _, column in ranked])
    else:
        _by_content(look, findings)


def _pair(look: Look) -> tuple[int, dict[str, Column]] | None:
    """The columns of debits and credits of the lowest rank; one of them may be missing."""
    sides = {
        name: [(rank, column) for rank, column in look.named(name) if column.is_number or not column.filled]
        for name in ("debit", "credit")
    }
    for rank in sorted({rank for named in sides.values() for rank, _ in named}):
        of_rank = {name: [column for other, column in named if other == rank] for name, named in sides.items()}
        pair = {name: columns[0] for name, columns in of_rank.items() if columns}
        if any(column.filled or not column.texts for column in pair.values()):
            return rank, pair
    return None


def _asks_of_other_half(look: Look, findings: Findings, pair: dict[str, Column], numbers: Sequence[Column]) -> bool:
    """Add the one other column of amounts that is filled in just those rows in which the half is not.

    Where the half is filled in none, it asks whether the other is that.
    """
    [(name, half)] = pair.items()
    opposite = "credit" if name == "debit" else "debit"
    others = [
        column for column in numbers if column is not half and _take_turns((half, column)) and not _means_other(column)
    ]
    if any(values_of(half)) or not others:
        pair.update({opposite: others[0]} if len(others) == 1 else {})
        return False
    halves = [{look.key_of(half): name, look.key_of(other): opposite} for other in others]
    choices = [Choice({"mapping": mapping}, "they take turns") for mapping in halves]
    choices += [Choice({"mapping": {look.key_of(other): "amount"}}) for other in others]
    text = f"{called(half)} has no amount in any row, and {' and '.join(map(called, others))} has one in each"
    findings.questions.append(Question("mapping", text, tuple(choices)))
    return True


def _is_lone(pair: dict[str, Column]) -> bool:
    """Whether only debits, or only credits, have a header that says so, and not every row has one."""
    return len(pair) == 1 and not all(values_of(next(iter(pair.values()))))


def _agree(look: Look, amount: Column, pair: dict[str, Column]) -> bool:
    """Whether an amount is what debits and credits say, with a sign."""
    rows = range(len(amount.texts))
    return all(_value(amount, row) == _net(look, pair, row) for row in rows) and len(rows) > 0


def _net(look: Look, pair: dict[str, Column], row: int) -> Decimal | None:
    values = {name: _value(column, row) for name, column in pair.items()}
    if all(value is None for value in values.values()):
        return None
    debit, credit = abs(values.get("debit") or Decimal(0)), values.get("credit") or Decimal(0)
    return debit - credit if look.kind.name == "internal" else credit - debit


def _value(column: Column, row: int) -> Decimal | None:
    return column.values[row]


def _told(look: Look, pair: dict[str, Column]) -> str:
    names = {name: called(column) for name, column in pair.items()}
    order = ("debit", "credit") if look.kind.name == "internal" else ("credit", "debit")
    parts = [names[name] for name in order if name in names]
    if len(parts) == 2:
        return f"the amount is {parts[0]} minus {parts[1]}"
    return f"the amount is {'' if order[0] in names else 'minus '}{parts[0]}"


def _take(findings: Findings, column: Column, why: str) -> None:
    findings.meaning["amount"] = column
    findings.evidence.append(f"{called(column)} is the amount: {why}")


def _settle(look: Look, findings: Findings, columns: Sequence[Column]) -> None:
    """Of several columns, take the one that moves the balance or that is left of another after its fee; else ask."""
    moving = [column for column in columns if any(values_of(column)) or look.whole.not_like(column.place, "^[^1-9]*$")]
    if len(moving) == 1 < len(columns):
        _take(findings, moving[0], "what else could be is zero in every row")
        return
    columns = moving or columns
    distinct = {column.texts: column for column in reversed(columns)}
    proven = [column for column in columns if _moves_balance(findings, column)]
    if len(distinct) == 1:
        _take(findings, columns[0], "the others say the same")
    elif len(proven) == 1:
        _take(findings, proven[0], "each balance is the one before plus it")
    elif len(summed := [column for column in columns if _is_summed(look, column)]) == 1:
        _take(findings, summed[0], "another line states its sum")
    elif net := _after_fee(findings, columns):
        _take(findings, net[0], f"it is {called(net[1])} less {called(findings.meaning['fee'])} in every row")
    else:
        _ask(look, findings, columns)


def _ask(look: Look, findings: Findings, columns: Sequence[Column]) -> None:
    names = " and ".join(map(called, columns))
    pairs = [
        (one, two)
        for one, two in permutations(columns, 2)
        if any(values_of(one))
        and any(values_of(two))
        and _take_turns((one, two))
        and currency_in(one.header) == currency_in(two.header)
    ]
    halves = [{look.key_of(one): "debit", look.key_of(two): "credit"} for one, two in pairs]
    if pairs and len(columns) == 2:
        text = f"{names} take turns: one is out, the other in"
        for minus, plus in pairs:
            if not look.whole.not_like(minus.place, _OUT) and not look.whole.not_like(plus.place, _IN):
                findings.meaning.update(zip(look.out_and_in, (minus, plus), strict=True))
                findings.evidence.append(f"{text}, as their signs say")
                return
        findings.questions.append(Question("mapping", text, tuple(Choice({"mapping": half}) for half in halves)))
        return
    choices = [Choice({"mapping": {look.key_of(column): "amount"}}) for column in columns]
    choices += [Choice({"mapping": half}, "they take turns") for half in halves]
    if not any(column.header.strip() for column in look.columns) and not all(column.filled for column in look.columns):
        # An empty column may be that of credits, which these rows have none of.
        unsigned = [column for column in columns if all(value is None or value >= 0 for value in values_of(column))]
        choices += [Choice({"mapping": {look.key_of(column): look.out_and_in[0]}}, "all is out") for column in unsigned]
    findings.questions.append(Question("mapping", f"{names} could each be the amount", tuple(choices)))


def _take_turns(columns: Sequence[Column]) -> bool:
    """Whether each row has a value in exactly one of two columns."""
    return all(bool(one) != bool(two) for one, two in zip(*(values_of(column) for column in columns), strict=True))


def _moves_balance(findings: Findings, column: Column) -> bool:
    balance = findings.meaning.get("balance")
    if balance is None:
        return False
    return moved_by(values_of(column), values_of(balance)) is not None


def _is_summed(look: Look, column: Column) -> bool:
    """Whether a row that is no record states the sum of a column."""
    values = [_value(column, row) for row in range(len(column.texts))]
    return look.is_whole and sum((value for value in values if value), Decimal(0)) in look.totals


def _after_fee(findings: Findings, columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """The net and the gross amount, where the fee makes the difference in every row."""
    fee = findings.meaning.get("fee")
    if fee is None:
        return None
    for net in columns:
        for gross in columns:
            sums = [tuple(_value(column, row) for column in (net, gross, fee)) for row in range(len(net.texts))]
            whole = [values for values in sums if None not in values]
            if net is not gross and net.means("amount") == 2 and whole and len(whole) == len(sums):
                less = all(n == g - abs(f) for n, g, f in whole)  # type: ignore[operator, arg-type]
                if less or all(n == g + f for n, g, f in whole):  # type: ignore[operator]
                    return net, gross
    return None


def _by_content(look: Look, findings: Findings) -> None:
    """The one column of amounts; numbers without a mark or a sign are amounts only where there are no others."""
    taken_places = {column.place for column in findings.meaning.values()}
    numbers = [
        column
        for column in look.free
        if column.is_number and column.place not in taken_places and not _means_other(column)
    ]
    numbers = [column for column in numbers if not column.is_date and not _is_number_of_something(column)]
    marked = [column for column in numbers if any(not text.isdigit() for text in column.filled)]
    if take_by_proof(look, findings, numbers):
        return
    if len(marked or numbers) == 1:
        _take(findings, (marked or numbers)[0], "no other column has amounts")
    elif numbers:
        _settle(look, findings, marked or numbers)


def _is_number_of_something(column: Column) -> bool:
    """Whether numbers are those of orders or accounts: long or with zeros before them, and without mark or sign."""
    return all(text.isdigit() and (len(text) > 9 or text.startswith("0")) for text in column.filled)


def _means_other(column: Column) -> bool:
    """Whether a header says that a column is no amount: by its meaning, or as records call another column."""
    return any(rank == 0 or name in _NEVER for name, rank in column.meanings)


def find_decimal_mark(look: Look, findings: Findings) -> None:
    """Find the marks of the amounts, which all columns of money share."""
    columns = [column for name, column in findings.meaning.items() if name in MONEY and not column.typed]
    findings.notations = not all(map(_PLAIN.fullmatch, (text for column in columns for text in column.filled)))
    if "decimal" in look.given or "thousands" in look.given:
        return
    marks = find_marks([text for column in columns for text in column.filled])
    if len(marks.decimals) == 1:
        _settled(findings, marks.decimals[0], marks.thousands, marks.example or "")
    elif not marks.decimals and _without_others(look, findings):
        find_decimal_mark(look, findings)
    elif not marks.decimals:
        text = "no decimal mark fits all amounts"
        findings.questions.append(Question("decimal", text, (Choice({"decimal": "."}), Choice({"decimal": ","}))))
    elif marks.example:
        _ask_mark(look, findings, columns, marks.example)


def _without_others(look: Look, findings: Findings) -> bool:
    """Give up balances and fees that are written with other marks than the amounts; whether there are such."""
    others = [name for name in ("balance", "fee") if name in findings.meaning and name not in look.mapped]
    amounts = [column for name, column in findings.meaning.items() if name in MONEY and name not in others]
    if not others or not find_marks([text for column in amounts for text in column.filled]).decimals:
        return False
    for name in others:
        column = findings.meaning.pop(name)
        findings.evidence.append(f"{called(column)} is not read as {name}: amounts are written with another mark")
    return True


def _settled(findings: Findings, decimal: str, thousands: str | None, example: str) -> None:
    if decimal == ",":
        findings.options["decimal"] = ","
    if thousands:
        findings.options["thousands"] = thousands
    if decimal == "," or thousands:
        name = {",": "comma", ".": "point"}[decimal]
        findings.evidence.append(f"the decimal mark is a {name}: {example!r} is an amount with no other")


def _ask_mark(look: Look, findings: Findings, columns: Sequence[Column], example: str) -> None:
    """Every amount that is looked at has three digits behind its only mark: the others may tell."""
    either = r"^[^0-9]*(?:\d+|[1-9]\d{0,2}[.,]\d{3})[^0-9]*$"
    telling = [text for column in columns for text in look.whole.not_like(column.place, either)]
    marks = find_marks([example, *telling])
    if len(marks.decimals) == 1:
        _settled(findings, marks.decimals[0], marks.thousands, marks.example or "")
        return
    mark = "." if "." in example else ","
    whole = example.replace(mark, "")
    choices = (
        Choice({"decimal": "," if mark == "." else "."}, f"it is {whole}"),
        Choice({"decimal": mark}, f"it is {example.replace(mark, '.')}"),
    )
    text = f"every amount has three digits behind its mark, such as {example!r}"
    findings.questions.append(Question("decimal", text, choices))
