"""Help: what stands below the flags of a command."""

from __future__ import annotations

from workbench.reconciliation.strategies import STRATEGIES, STRATEGY_MEANINGS, criteria_offered

EXIT_CODES = """\b
Exit codes:
  0  done
  1  done, and something is wrong with the books
  2  the input or the settings are wrong
  3  the program failed"""


def _strategies() -> str:
    """The strategies, and what each can group by."""
    lines = ["\b", "Strategies:"]
    for strategy, sides in STRATEGIES.items():
        lines += [f"  {strategy}", f"    {STRATEGY_MEANINGS[strategy]}"]
        if len(sides) == 1:
            lines += [f"    --group-by {name:<20}{text}" for name, text in criteria_offered(strategy, sides[0]).items()]
        elif sides:
            lines += ["    --group-by external=NAME,internal=NAME, each a column as above; one NAME if it is the same"]
    return "\n".join(lines)


RECONCILE_EXAMPLES = f"""\b
Examples:
  Records that stay the same, by the rules that they propose:
    workbench reconcile statement.csv ledger.csv --out runs/january
  One processor charge that is several ledger entries under one parent:
    workbench reconcile charges.csv ledger.parquet --strategy one_to_many \\
      --group-by parent_transaction --rules rules.json --out runs/january
  A bank's export whose dates fit two layouts; exit with 1 if more than 5 % stay open:
    workbench reconcile export.csv ledger.csv --external-date-format %d/%m/%Y \\
      --max-open 5% --out runs/january
  Several statements as one side; a record in two of them counts once:
    workbench reconcile 'bank/2026-*.csv' ledger.csv --out runs/2026
  The same settings for next month's files:
    workbench reconcile february.csv ledger.csv --like runs/january/settings.json \\
      --out runs/february

{_strategies()}

{EXIT_CODES}"""

REPORT_EXAMPLES = f"""\b
Example:
  workbench report reconciliation -p external=statement.csv \\
    -p internal=ledger.csv -p strategy=one_to_one --out reports/january

{EXIT_CODES}"""

RECONSTRUCT_EXAMPLES = f"""\b
Examples:
  From files, with the explanation's snapshots:
    workbench reconstruct balances.csv ledger.csv --snapshots snapshots.csv --out runs/balances
  From a live Blnk ledger, of which one consistent state is read; the password is in PGPASSWORD or ~/.pgpass:
    workbench reconstruct postgresql://reader@db.example/blnk postgresql://reader@db.example/blnk --out runs/balances
  The same settings, of the ledger as it is by then:
    workbench reconstruct postgresql://reader@db.example/blnk postgresql://reader@db.example/blnk \\
      --like runs/balances/settings.json --out runs/later
  What would be asked of Blnk, and then asking it:
    workbench reconstruct balances.csv ledger.csv --dry-run --apply https://ledger.example
    workbench reconstruct balances.csv ledger.csv --out runs/balances --apply https://ledger.example

{EXIT_CODES}"""

LAYOUT_EXAMPLES = f"""\b
Examples:
  How a bank's export is read, and what it leaves open:
    workbench layout statement.csv
  The answer, kept for the next months:
    workbench layout statement.csv --external-date-format %d/%m/%Y --save bank.json
    workbench reconcile april.csv ledger.csv --external-layout bank.json --out runs/april

{EXIT_CODES}"""

LAB_EXAMPLES = f"""\b
Examples:
  workbench lab
  workbench lab october.recon.json
  workbench lab balances --port 9000 --no-browser

{EXIT_CODES}"""
