"""Tables hold the data's texts and titles as text, and every value as exact as it came."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pyarrow as pa

from workbench.reports.tables import facts, show

EVIL = '<script>alert("1")</script>'


class Reader(HTMLParser):
    """What a browser would make of a table: its elements, and the texts of its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.texts = {tag: [text.strip() for text in texts] for tag, texts in self.texts.items()}

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "a":  # belongs to the text it stands in
            self.links.append(dict(attrs)["href"])  # type: ignore[call-overload]
            return
        self.elements.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.texts[self.elements[-1]][-1] += data


def read(table: pa.Table, caption: str = "Open", **options: object) -> Reader:
    return Reader(show(table, caption, **options).data)  # type: ignore[arg-type]


def test_titles_texts_and_captions_are_text_whatever_markup_they_hold() -> None:
    table = read(pa.table({EVIL: ["<b>fat</b>"]}), f"Open {EVIL}")
    assert {"script", "b"}.isdisjoint(table.elements)
    assert table.texts["th"] == [EVIL]
    assert table.texts["td"] == ["<b>fat</b>"]
    assert table.texts["caption"] == [f"Open {EVIL} (1 in all)"]
    named = Reader(facts({EVIL: EVIL}, EVIL).data)
    assert named.texts["td"] == [EVIL, EVIL]
    assert "script" not in named.elements


def test_columns_whose_titles_are_alike_both_stand() -> None:
    table = read(pa.table({"my_note": ["a"], "my note": [1]}))
    assert table.texts["th"] == ["my note", "my note"]
    assert table.texts["td"] == ["a", "1"]


def test_values_are_as_exact_as_they_came() -> None:
    tiny = Decimal("0.000000000000000001")
    late = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    table = pa.table(
        {
            "amount": [Decimal("12345678901234567890.12"), None],
            "fee": pa.array([tiny, -tiny]),
            "date": pa.array([late, datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        }
    )
    assert read(table).texts["th"] == ["amount", "fee", "date (UTC)"]
    assert read(table).texts["td"] == [
        *("12,345,678,901,234,567,890.12", "0.000000000000000001", "2026-01-02 03:04:05.000678"),
        *("", "-0.000000000000000001", "2026-01-02"),
    ]


def test_a_long_table_says_how_many_rows_it_shows_and_where_the_others_are() -> None:
    table = read(pa.table({"n": range(7)}), file="data/open.csv", most=3)
    assert table.texts["td"] == ["0", "1", "2"]
    assert table.texts["caption"] == ["Open (3 of 7 shown; all in data/open.csv)"]
    assert table.links == ["data/open.csv"]
    first = read(pa.table({"n": range(3)}), file="data/open.csv", of=7)
    assert first.texts["caption"] == table.texts["caption"]


def test_a_table_of_nothing_says_so() -> None:
    table = read(pa.table({}))
    assert table.texts["caption"] == ["Open (0 in all)"]


def test_columns_of_figures_are_aligned_to_the_right_even_as_texts() -> None:
    table = pa.table({"age": ["up to 2 days"], "debits": ["9.00"]})
    assert "text-align: right" not in show(table, "Open").data
    assert show(table, "Open", figures=("debits",)).data.count("text-align: right") == 1
