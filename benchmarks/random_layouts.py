"""Files in random layouts, with the records that they say and what they leave open."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

# Headers of a language: date, text, amount, debit, credit, flag, its words for out and in, balance, currency, id.
LANGUAGES = {
    "en": (
        "Date|Description|Amount|Debit|Credit|Direction|DR|CR|Balance|Currency|Transaction ID",
        "Card Rent Tea Fuel",
    ),
    "de": (
        "Buchungstag|Verwendungszweck|Betrag|Soll|Haben|Soll/Haben|S|H|Saldo|Währung|Transaktions-ID",
        "Miete Bäcker Straße Grün",
    ),
    "fr": ("Date opération|Libellé|Montant|Débit|Crédit|Sens|D|C|Solde|Devise|Identifiant", "Loyer Café Péage Marché"),
    "es": ("Fecha|Concepto|Importe|Cargo|Abono|Signo|-|+|Saldo|Divisa|Identificador", "Alquiler Peaje Año Luz"),
    "it": (
        "Data contabile|Descrizione|Importo|Dare|Avere|Segno|D|A|Saldo|Divisa|Identificativo",
        "Affitto Caffè Bollo",
    ),
    "nl": ("Boekdatum|Omschrijving|Bedrag|Af|Bij|Af Bij|Af|Bij|Saldo|Munt|Transactie-ID", "Huur Koffie Benzine Café"),
    "pl": ("Data operacji|Opis|Kwota|Obciążenia|Uznania|Strona|Wn|Ma|Saldo|Waluta|Id transakcji", "Czynsz Żabka Łódź"),
    "cs": ("Datum|Popis|Částka|Výdaje|Příjmy|Směr|Výdaj|Příjem|Zůstatek|Měna|ID transakce", "Nájem Káva Řezník"),
    "sv": ("Bokföringsdag|Beskrivning|Belopp|Uttag|Insättning|Riktning|Ut|In|Saldo|Valuta|Id", "Hyra Kött Färja Öl"),
}
ENCODINGS = {
    **dict.fromkeys(("en", "de", "fr", "es", "it", "nl", "sv"), ("utf-8", "utf-8-sig", "cp1252", "utf-16")),
    **dict.fromkeys(("pl", "cs"), ("utf-8", "utf-8-sig", "cp1250", "utf-16")),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y")
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "PLN", "CZK")
PREAMBLE = ("Account statement", "Account;DE02120300000000202051", "From 2025;to 2025", "", "Printed on request")


@dataclass(frozen=True)
class Written:
    """A file in one layout, the records that it says, and the options that say what it leaves open."""

    content: bytes
    records: tuple[tuple[date, Decimal, str], ...]
    truth: dict[str, Any]
    traits: tuple[str, ...]
    opens: dict[str, Any] = field(default_factory=dict)


@dataclass
class Layout:
    """How a file is written; every choice is drawn once."""

    draw: random.Random
    language: str = ""
    traits: list[str] = field(default_factory=list)

    def one_of(self, trait: str, choices: Iterable[Any]) -> Any:
        """Draw a choice, and note it."""
        chosen = self.draw.choice([*choices])
        self.traits.append(f"{trait} {chosen!r}")
        return chosen

    def chance(self, trait: str, share: float) -> bool:
        """Draw whether the file has a trait."""
        has = self.draw.random() < share
        self.traits += [trait] if has else []
        return has


def write(seed: int) -> Written:
    """The file of this number: the same number writes the same file."""
    layout = Layout(random.Random(seed))
    language = layout.one_of("language", LANGUAGES)
    headers, words = LANGUAGES[language]
    names = headers.split("|")
    records = _records(layout.draw, words.split())
    currency = layout.one_of("currency", CURRENCIES)
    shape = layout.one_of("dates", DATES)
    delimiter = layout.one_of("delimiter", (",", ";", "\t", "|"))
    decimal = layout.one_of("decimal", (".", ","))
    thousands = layout.one_of("thousands", ("", "", {".": ",", ",": "."}[decimal], " ", "'"))
    way = layout.one_of("sign", ("signed", "signed", "halves", "flag", "trailing", "brackets"))
    where = layout.one_of("currency stands", ("column", "column", "header", "beside", "nowhere"))
    columns: list[tuple[str, list[str]]] = [(names[0], [day.strftime(shape) for day, _, _ in records])]
    amounts = [amount for _, amount, _ in records]

    def money(value: Decimal) -> str:
        text = number(value, decimal, thousands)
        return f"{text} {currency}" if where == "beside" else text

    suffix = f" ({currency})" if where == "header" else ""
    columns += _signed(way, names, suffix, amounts, money)
    columns.append((names[1], [text for _, _, text in records]))
    if where == "column":
        columns.append((names[9], [currency] * len(records)))
    if layout.chance("ids", 0.3):
        columns.append((names[10], [f"T{seed}-{place}" for place in range(len(records))]))
    if layout.chance("balance", 0.4):
        total, balances = Decimal(layout.draw.randint(-100_000, 900_000)) / 100, []
        for value in amounts:
            total += value
            balances.append(number(total, decimal, thousands))
        columns.append((names[8], balances))
    fixed = columns[:1]
    others = columns[1:]
    layout.draw.shuffle(others)
    columns = [*fixed, *others]
    rows = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
    if layout.chance("newest first", 0.4):
        rows.reverse()
    table = ([[name for name, _ in columns]] if (headed := not layout.chance("no header", 0.1)) else []) + rows
    content = _encode(layout, _around(layout, table, delimiter, money(sum(amounts, Decimal(0)))), language)
    truth = {
        "date_format": shape,
        "decimal": decimal,
        "currency": currency,
        "sign": "as_is",
        "directions": {names[6]: "out", names[7]: "in"},
        "delimiter": delimiter,
        "encoding": None,
        "header": "any" if headed else None,
    }
    meanings = {names[0]: "date", names[1]: "description", names[8]: "balance", names[5]: "direction"}
    meanings |= {names[2] + suffix: "amount", names[3] + suffix: "debit", names[4] + suffix: "credit"}
    positions = {str(place): meanings.get(name, "") for place, (name, _) in enumerate(columns, 1)}
    expected = tuple((day, amount, currency) for day, amount, _ in records)
    return Written(content, expected, truth, tuple(layout.traits), {**meanings, **positions})


def _signed(
    way: str, names: list[str], suffix: str, amounts: list[Decimal], money: Callable[[Decimal], str]
) -> list[tuple[str, list[str]]]:
    """The columns that say the amounts, and which are out."""
    if way == "halves":
        out = [money(-value) if value < 0 else "" for value in amounts]
        return [(names[3] + suffix, out), (names[4] + suffix, [money(value) if value > 0 else "" for value in amounts])]
    if way == "flag":
        flags = [names[6] if value < 0 else names[7] for value in amounts]
        return [(names[5], flags), (names[2] + suffix, [money(abs(value)) for value in amounts])]
    form = {"signed": "-{}", "trailing": "{}-", "brackets": "({})"}[way]
    return [(names[2] + suffix, [form.format(money(-value)) if value < 0 else money(value) for value in amounts])]


def number(value: Decimal, decimal: str, thousands: str) -> str:
    """An amount with these marks.

    >>> number(Decimal("-1234567.5"), ",", ".")
    '-1.234.567,50'
    """
    return f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)


def _records(draw: random.Random, words: list[str]) -> list[tuple[date, Decimal, str]]:
    day = date(2025, 1, 1) + timedelta(draw.randint(0, 300))
    records = []
    for place in range(draw.randint(1, 14)):
        day += timedelta(draw.choice((0, 0, 1, 1, 2, 9)))
        cents = draw.choice((draw.randint(1, 9_999), draw.randint(1, 500_000), draw.randint(1, 300_000_000)))
        text = " ".join(draw.choice(words) for _ in range(draw.randint(1, 3))) + draw.choice(
            ("", "", f" {place}", ", x")
        )
        records.append((day, Decimal(cents if draw.random() < 0.4 else -cents) / 100, text))
    return records


def _around(layout: Layout, table: list[list[str]], delimiter: str, total: str) -> str:
    """The text of a table, with what banks write before and behind it."""
    quoting = csv.QUOTE_ALL if layout.chance("all quoted", 0.3) else csv.QUOTE_MINIMAL
    text = io.StringIO()
    ending = layout.one_of("line end", ("\n", "\r\n"))
    headed = "no header" not in layout.traits
    if headed and layout.chance("sep=", 0.05):
        text.write(f"sep={delimiter}{ending}")
    elif headed and layout.chance("preamble", 0.25):
        lines = layout.draw.sample(PREAMBLE, layout.draw.randint(1, 4))
        text.writelines(line.replace(";", delimiter) + ending for line in lines)
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows(table)
    if headed and layout.chance("total", 0.15):
        writer.writerow(["Total", *[""] * (len(table[0]) - 2), total])
    return text.getvalue()


def _encode(layout: Layout, text: str, language: str) -> bytes:
    return text.encode(layout.one_of("encoding", ENCODINGS[language]))
