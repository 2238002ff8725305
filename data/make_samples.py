"""Write the sample data: ``python data/make_samples.py [FOLDER]`` makes the same bytes every time."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import chain, product
from pathlib import Path

from sample_book import Deal, Row
from sample_deals import (
    CARD_RULES,
    PROCESSOR_RULES,
    SPLIT_RULES,
    bad_statement,
    card_deals,
    german_rows,
    practice_deals,
    practice_rule,
    processor_deals,
    split_deals,
)
from sample_files import write_csv, write_json, write_ndjson, write_xlsx
from sample_month import MONTH_RULES, month_deals, month_rates

from workbench import save_rules


def make_samples(folder: Path) -> None:
    _practice(_made(folder / "practice"))
    _cards(_made(folder / "cards"))
    _processor(_made(folder / "processor"))
    _split_authorisations(_made(folder / "split_authorisations"))
    _month(_made(folder / "month"))


def _practice(folder: Path) -> None:
    deals = list(practice_deals())
    write_csv(folder / "stripe.csv", _external(deals))
    write_csv(folder / "ledger.csv", _internal(deals))
    write_csv(folder / "truth.csv", _truth(deals))
    save_rules([practice_rule("Reference, currency and exact amount", "0")], folder / "rules.json")
    save_rules([practice_rule("Reference, currency, amount within 1 %", "0.01")], folder / "rules_one_percent.json")


def _cards(folder: Path) -> None:
    deals = list(card_deals())
    write_csv(folder / "statement.csv", _external(deals))
    write_csv(folder / "ledger.csv", _internal(deals))
    write_csv(folder / "truth.csv", _truth(deals))
    save_rules(CARD_RULES, folder / "rules.json")
    rows, faults = bad_statement()
    write_csv(folder / "statement_with_bad_rows.csv", rows)
    write_csv(folder / "bad_rows.csv", faults)


def _processor(folder: Path) -> None:
    deals = list(processor_deals())
    write_csv(folder / "umsaetze.csv", german_rows(_external(deals)), delimiter=";", encoding="utf-8-sig")
    write_ndjson(folder / "ledger.ndjson", _internal(deals))
    write_csv(folder / "truth.csv", _truth(deals))
    save_rules(PROCESSOR_RULES, folder / "rules.json")


def _split_authorisations(folder: Path) -> None:
    deals = list(split_deals())
    write_json(folder / "authorisations.json", _external(deals))
    write_xlsx(folder / "ledger.xlsx", _internal(deals))
    write_csv(folder / "truth.csv", _truth(deals))
    save_rules(SPLIT_RULES, folder / "rules.json")


def _month(folder: Path) -> None:
    deals = list(month_deals())
    write_csv(folder / "bank.csv", _external(deals))
    write_csv(folder / "ledger.csv", _internal(deals))
    write_csv(folder / "rates.csv", month_rates())
    write_csv(folder / "truth.csv", _agreements(deals))
    save_rules(MONTH_RULES, folder / "rules.json")


def _agreements(deals: Iterable[Deal]) -> list[Row]:
    """What belongs together: a number for each agreement, and a row for each record of it; not what stands alone."""
    of_deals = [
        [
            *(("external", row["id"]) for row in deal.external),
            *(("internal", row["transaction_id"]) for row in deal.internal if row["status"] == "APPLIED"),
        ]
        for deal in deals
    ]
    together = [records for records in of_deals if len(records) > 1]
    return [
        {"agreement": number, "side": side, "id": name}
        for number, records in enumerate(together, 1)
        for side, name in records
    ]


def _external(deals: Sequence[Deal]) -> list[Row]:
    return sorted(chain.from_iterable(deal.external for deal in deals), key=lambda row: (row["date"], row["id"]))


def _internal(deals: Sequence[Deal]) -> list[Row]:
    rows = chain.from_iterable(deal.internal for deal in deals)
    return sorted(rows, key=lambda row: (row["created_at"], row["transaction_id"]))


def _truth(deals: Iterable[Deal]) -> list[Row]:
    return [
        {"external_id": external["id"], "internal_id": internal["transaction_id"]}
        for deal in deals
        for external, internal in product(deal.external, deal.internal)
        if internal["status"] == "APPLIED"
    ]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    make_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
