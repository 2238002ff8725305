"""The result of a reconciliation: a value that charts, forms, reports and exports read, and nothing recomputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

from workbench.errors import ControlTotalsError
from workbench.reconciliation.settings import Settings
from workbench.reconciliation.summary import Summary
from workbench.reconciliation.tables import (
    ADJUSTMENTS,
    CONVERSIONS,
    DECISIONS,
    EVIDENCE,
    MATCHES,
    PARENTS,
    PARTS,
)
from workbench.records import Origin
from workbench.statements import statement_table
from workbench.tabular import Tabular, count_of, frame

NO_STATEMENTS = statement_table([])


@dataclass(frozen=True, repr=False)
class Result(Tabular):
    """What a reconciliation found, with the settings and the inputs it found it from.

    ``tables`` holds the Arrow tables behind the DataFrames below, under the same names; ``evidence`` only where a rule
    weighs, ``decisions`` only where a journal was given, ``statements`` only where an input holds account statements,
    ``parents`` only where there is something to know of them.
    """

    settings: Settings
    inputs: Mapping[str, Origin]  # "external", "internal", and "decisions" where a journal was given
    summary: Summary
    tables: Mapping[str, pa.Table]

    def __repr__(self) -> str:
        return f"<Result: {self.headline()}>"

    def headline(self) -> str:
        """How many external and internal records matched, and how many stay open."""
        of_both = []
        for side, infix in (("external", ""), ("internal", "internal_")):
            matched, unmatched = (self.summary[f"{part}_{infix}transactions"] for part in ("matched", "unmatched"))
            of_both.append(f"{matched:,} of {count_of(matched + unmatched, f'{side} record')}")
        return f"{' and '.join(of_both)} matched, {self.settings.strategy}"

    @property
    def findings(self) -> tuple[str, ...]:
        """What was seen in the records, a sentence each, where the rules are proposed from them; else empty."""
        return self.settings.findings

    def shown(self) -> tuple[pd.DataFrame, ...]:
        """What each rule did, and the control totals."""
        did = ("name", "matches", "matched_external", "matched_internal")
        rules = pd.DataFrame([{name: rule[name] for name in did} for rule in self.summary["rules"]])
        return rules, self.control_totals

    @cached_property
    def matches(self) -> pd.DataFrame:
        """A row for each pair of records that matched, in the order of ``match_id``.

        Where records of one side settled each other there is a row for each of them, and no record of the other side.

        Columns: ``match_id``, ``rule``, ``external_transaction_id``, ``internal_transaction_id``, ``amount``,
        ``currency``, ``date``, ``amount_difference`` and ``date_difference_seconds`` (external unit minus internal
        unit), ``alternatives`` (other pairs that the two units could have made under that rule or a later one; 0 is no
        doubt).
        Where a rule leaves remainders open, ``amount`` is what was applied, the amounts do not differ, and
        ``remainder`` is the external less the internal amount before: its size stays open of the larger record.
        Where groups may match groups, ``internal_amount`` is that of the internal record.
        """
        return frame(self.tables["matches"])

    @cached_property
    def evidence(self) -> pd.DataFrame:
        """A row for each match and each suggestion of a rule that weighs: what speaks for it, and how probable it is.

        Columns: ``match_id``, ``rule``, ``prior``, ``amount``, ``date``, ``reference`` and ``words`` (what each term
        counts, in hundredths of a bit: 100 doubles the odds, -100 halves them), ``weight`` (their sum), ``references``
        (how those of the pair stand), ``probability`` (from 0 to 1, an estimate: ``benchmarks/quality/README.md`` sets
        the number of wrong matches that it expects beside the true one).
        """
        return frame(self.tables.get("evidence", EVIDENCE.of_rows([])))

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """What rules only suggest, in the columns of ``matches``; the records of each row are open, or matched later.

        These are the matches of rules with ``status="suggested"``, and those with more than ``max_alternatives``.
        """
        nothing = self.tables["matches"].select(MATCHES.names).slice(0, 0)
        return frame(self.tables.get("suggestions", nothing))

    @cached_property
    def unmatched_external(self) -> pd.DataFrame:
        """The external records that no rule matched: every column of theirs, then three of the run's.

        These are ``counted_amount`` (signed), ``compared_date`` and ``reason``, why it is open; where the side is
        grouped, also ``group``, the id of the first record of its group; where a rule leaves remainders open,
        ``open_amount``, what of ``counted_amount`` is not matched. Where the input has
        a column of one of these names, that is ``record_reason`` here, and likewise.
        """
        return frame(self.tables["unmatched_external"])

    @cached_property
    def unmatched_internal(self) -> pd.DataFrame:
        """The internal records that took part and that no rule matched, with the columns of ``unmatched_external``.

        With ``balance_id``, ``counted_amount`` is negative for what leaves the balance and nothing within it.
        """
        return frame(self.tables["unmatched_internal"])

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """The records that took no part: of another status or balance, bookkeeping of lineage, or left out by hand.

        Columns: ``side``, ``id``, ``amount`` (as the control totals count it), ``currency``, ``date``, ``reason``.
        """
        return frame(self.tables["excluded"])

    @cached_property
    def near_misses(self) -> pd.DataFrame:
        """For each unmatched external unit its closest open internal units: a row for each criterion that failed.

        Columns: ``external_transaction_id``, ``external_records``, ``internal_transaction_id``,
        ``internal_records`` (a unit is named by its first record and counted), ``rank`` (1 is the closest),
        ``rule``, ``currency``, ``internal_currency``, ``external_amount``, ``internal_amount``,
        ``amount_difference``, ``date_difference_seconds``, ``field``, ``operator``, ``off_by`` (money, seconds or
        letters past what is allowed), ``smallest_drift`` (in the unit of the field's drift; null if none
        would do), ``explanation``.
        """
        return frame(self.tables["near_misses"])

    @cached_property
    def control_totals(self) -> pd.DataFrame:
        """A row for each side and currency: ``side``, ``currency``, then ``records_*`` and ``amount_*``.

        The five of each are ``in``, ``matched``, ``unmatched``, ``excluded``, ``rejected``; the last four sum to the
        first, exactly. ``amount_*_debit`` and ``amount_*_credit`` have negative and positive amounts apart, without
        sign: what is open is never netted; ``amount_*`` is credit minus debit. Where a rejected record has an amount
        that cannot be read, what came in and what was rejected of its side and currency is null: not known.
        """
        return frame(self.tables["control_totals"])

    @cached_property
    def differences(self) -> pd.DataFrame:
        """What matches differ by: a row for each rule, and each currency in which any of its matches differ.

        Columns: ``rule``, ``currency``, ``matches`` (how many of them differ), ``external_amount`` and
        ``internal_amount`` (of these), ``difference`` (external minus internal), ``difference_debit`` and
        ``difference_credit`` (by how much external amounts are less, and more, without sign), ``account`` (the one that
        the rule names for it). The matched amounts of both sides differ by exactly the sum of ``difference``.

        >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
        >>> paid = read_external([{"id": "e1", "amount": "97.00", "currency": "EUR", "date": "2026-01-02"}])
        >>> booked = read_internal([
        ...     {"transaction_id": "t1", "amount": "100.00", "currency": "EUR", "created_at": "2026-01-01"}])
        >>> rules = [Rule("Less a fee", [Criterion("amount", "equals", "0.05")], account="@Fees")]
        >>> reconcile(paid, booked, rules=rules).differences[["rule", "difference", "account"]].values.tolist()
        [['Less a fee', Decimal('-3.00'), '@Fees']]
        """
        return frame(self.tables["differences"])

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """A row for each match that crosses currencies: both amounts, the rate and its day, what it comes to.

        Columns: ``match_id``, ``rule``, ``external_currency``, ``external_amount``, ``internal_currency``,
        ``internal_amount``, ``rate_date``, ``rate_from``, ``rate_to`` and ``rate`` (as the table of rates has
        them; of a match by hand, what its amounts come to),
        ``converted_amount`` (the external amount in the internal currency, rounded) and ``converted_difference`` (that
        less the internal amount). In ``differences`` each of the two amounts stands in its own currency.
        """
        return frame(self.tables.get("conversions", CONVERSIONS.of_rows([])))

    def adjustments(self) -> pd.DataFrame:
        """What matches differ by as entries that a ledger can post: a row for each, of what left one balance.

        Each moves ``amount`` of ``currency`` from ``source`` to ``destination``, so that it is balanced: between the
        account of the rule and the balance that is reconciled (``balance_id``, or the destination of all ledger
        transactions of a match). What came in more than the ledger says and what came in less are entries apart.
        Columns: ``rule``, ``matches`` (how many), ``currency``, ``amount``, ``precise_amount`` and ``precision`` (as
        Blnk counts), ``source``, ``destination``, ``reference`` (made of the records of the matches, so that a ledger
        refuses it the second time), ``description``, ``left_out``. Where a rule names no account, or the transactions
        no balance, ``left_out`` says so and the row is no entry.

        >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
        >>> paid = read_external([{"id": "e1", "amount": "97.00", "currency": "EUR", "date": "2026-01-02"}])
        >>> booked = read_internal([{"transaction_id": "t1", "amount": "100.00", "currency": "EUR",
        ...     "source": "@Sales", "destination": "bln_bank", "created_at": "2026-01-01"}])
        >>> rules = [Rule("Less a fee", [Criterion("amount", "equals", "0.05")], account="@Fees")]
        >>> result = reconcile(paid, booked, rules=rules)
        >>> result.adjustments()[["amount", "source", "destination"]].values.tolist()
        [[Decimal('3.00'), 'bln_bank', '@Fees']]
        """
        return frame(self.tables.get("adjustments", ADJUSTMENTS.of_rows([])))

    def adjustments_for_blnk(self) -> list[dict[str, Any]]:
        """The entries of ``adjustments`` as JSON values, each as Blnk's API takes it by ``POST /transactions``.

        Keys: ``precise_amount``, ``precision``, ``reference``, ``currency``, ``source``, ``destination``,
        ``description``. Nothing is posted.

        >>> from workbench import Criterion, Rule, read_external, read_internal, reconcile
        >>> paid = read_external([{"id": "e1", "amount": "97.00", "currency": "EUR", "date": "2026-01-02"}])
        >>> booked = read_internal([{"transaction_id": "t1", "amount": "100.00", "currency": "EUR",
        ...     "source": "@Sales", "destination": "bln_bank", "created_at": "2026-01-01"}])
        >>> rules = [Rule("Less a fee", [Criterion("amount", "equals", "0.05")], account="@Fees")]
        >>> [entry] = reconcile(paid, booked, rules=rules).adjustments_for_blnk()
        >>> entry["precise_amount"], entry["precision"], entry["source"], entry["destination"]
        (300, 100, 'bln_bank', '@Fees')
        """
        names = ("reference", "currency", "source", "destination", "description")
        return [
            {
                "precise_amount": int(entry["precise_amount"]),
                "precision": int(entry["precision"]),
                **{name: entry[name] for name in names},
            }
            for entry in self.tables.get("adjustments", ADJUSTMENTS.of_rows([])).to_pylist()
            if not entry["left_out"]
        ]

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """The faults of both inputs: ``side``, ``row`` (1 is the first record), ``column``, ``value``, ``reason``."""
        return frame(self.tables["rejected"])

    @cached_property
    def statements(self) -> pd.DataFrame:
        """A row for each account statement that an input holds or implies: ``side``, then as ``Records.statements``.

        ``finding`` says what is wrong with one: its records do not add up to its balances, or it does not follow from
        the one before.
        """
        return frame(self.tables.get("statements", NO_STATEMENTS))

    @cached_property
    def parents(self) -> pd.DataFrame:
        """What is to know of the parents of ledger transactions, where matching goes by parents or by references.

        Columns: ``finding`` (they go round in a circle, or are not in the ledger), ``transactions`` (how many),
        ``examples``.
        """
        return frame(self.tables.get("parents", PARENTS.of_rows([])))

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """The decisions of the journal in its order, and what became of each; no row where none was given.

        Columns: ``id``, ``at``, ``by``, ``action``, ``external``, ``internal`` (the records), ``why``, ``state``
        (applied, undone, stale, conflicting or doubled) and ``note``, which says why one is not applied.
        """
        return frame(self.tables.get("decisions", DECISIONS.of_rows([])))


def check_control_totals(totals: pa.Table) -> None:
    """Raise ``ControlTotalsError`` that names the first side and currency whose parts do not sum to what came in."""
    for row in totals.to_pylist():
        for measure in ("records_{}", "amount_{}", "amount_{}_debit", "amount_{}_credit"):
            if row[measure.format("in")] is None and row[measure.format("rejected")] is None:
                continue  # the total is not known: it was checked before it was blanked
            # Fractions, since decimals round to their context's 28 digits.
            parts = sum(Fraction(row[measure.format(part)]) for part in PARTS)
            came_in = measure.format("in")
            if parts != row[came_in]:
                raise ControlTotalsError(
                    f"{row['side']} {row['currency']}: {came_in} is {row[came_in]}, but matched, "
                    f"unmatched, excluded and rejected sum to {parts}; the result is withheld"
                )
