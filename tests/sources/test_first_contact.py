"""Kinds of exports that small files of many institutions showed: read as they are, asked about, or refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import BadRecords, SourceError
from workbench.layouts.questions import OpenQuestions
from workbench.sources import read_external, read_internal


def write(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path, **options: object) -> list[tuple[str, Decimal]]:
    table = read_external(path, **options).to_pandas()  # type: ignore[arg-type]
    return sorted((f"{row.date:%Y-%m-%d}", row.amount) for row in table.itertuples())


TWO = [("2026-01-12", Decimal("-1.50")), ("2026-01-13", Decimal("2.50"))]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Mon 12 Jan 2026", "Tue 13 Jan 2026"),
        ('"Monday, January 12, 2026"', '"Tuesday, January 13, 2026"'),
        ('"Montag, 12. Januar 2026"', '"Dienstag, 13. Januar 2026"'),
        ("lun. 12 janv. 2026", "mar. 13 janv. 2026"),
        ("12th January 2026", "13th January 2026"),
        ("2026年1月12日", "2026年1月13日"),
        ("2026년 1월 12일", "2026년 1월 13일"),
        ("12 ianuarie 2026", "13 ianuarie 2026"),
        ("12 gen 2026. 09:30:00", "13 gen 2026. 10:00:05"),
        ("12 янв. 2026", "13 янв. 2026"),
        ("12 Ιαν 2026", "13 Ιαν 2026"),  # noqa: RUF001 - Greek
        ("12/01/2026-09:30:00", "13/01/2026-10:00:01"),
    ],
)
def test_dates_in_words(tmp_path: Path, one: str, two: str) -> None:
    assert rows(write(tmp_path, f"Date,Details,Amount,Currency\n{one},A,-1.50,EUR\n{two},B,2.50,EUR\n")) == TWO


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_balance_before_each_record_does_not_invert_the_amounts(tmp_path: Path, newest_first: bool) -> None:
    lines = ["10.01.2026;A;100,00;-10,00", "11.01.2026;B;90,00;50,00", "12.01.2026;C;140,00;-20,00"]
    path = write(tmp_path, "\n".join(["Date;Details;Saldo;Amount EUR", *(lines[::-1] if newest_first else lines)]))
    assert [amount for _, amount in rows(path)] == [Decimal(-10), Decimal(50), Decimal(-20)]
    assert not len(read_external(path).statements)


def test_a_balance_that_moves_against_the_amounts_within_a_day_is_a_question(tmp_path: Path) -> None:
    lines = ["10.01.2026;A;100,00;-10,00", "10.01.2026;B;90,00;50,00", "10.01.2026;C;140,00;-20,00"]
    with pytest.raises(OpenQuestions) as refusal:
        rows(write(tmp_path, "\n".join(["Date;Details;Balance;Amount EUR", *lines])))
    assert "sign" in [question.option for question in refusal.value.questions]


def test_totals_and_carried_sums_without_a_date_are_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Datum;Text;Soll;Haben;Währung\n12.01.2026;A;1,50;;EUR\nÜbertrag;;1,50;;\n"
        "Datum;Text;Soll;Haben;Währung\n13.01.2026;B;;2,50;EUR\n;;1,50;2,50;\n*;;;1,00;EUR\n",
    )
    assert rows(path) == TWO
    assert len(read_external(path).left_out) == 4


@pytest.mark.parametrize(
    ("kinds", "choice"),
    [
        (("Payment", "Refund"), {"Payment": "in", "Refund": "out"}),
        (("sale", "credit"), {"credit": "out", "sale": "in"}),
        (("Zahlung", "Erstattung"), {"Erstattung": "out", "Zahlung": "in"}),
    ],
)
def test_amounts_without_a_sign_beside_a_refund_are_a_question(
    tmp_path: Path, kinds: tuple[str, str], choice: dict[str, str]
) -> None:
    path = write(tmp_path, f"Date,Type,Amount EUR\n2026-01-12,{kinds[1]},1.50\n2026-01-13,{kinds[0]},2.50\n")
    with pytest.raises(OpenQuestions) as refusal:
        rows(path)
    (question,) = refusal.value.questions
    assert choice in [answer.options.get("directions") for answer in question.choices]
    assert rows(path, mapping={"Type": "direction"}, directions=choice) == TWO


def test_purchases_that_are_positive_beside_a_payment_are_a_question(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Text,Type,Amount EUR\n2026-01-12,A,Purchase,1.50\n2026-01-13,B,Payment,-2.50\n")
    with pytest.raises(OpenQuestions, match="sign='inverted'"):
        rows(path)
    assert rows(path, sign="inverted") == TWO


def test_columns_of_two_currencies_are_no_debits_and_credits(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Details,EUR,USD\n2026-01-12,A,-1.50,\n2026-01-13,B,,2.50\n")
    with pytest.raises(OpenQuestions) as refusal:
        rows(path)
    assert "debit" not in str(refusal.value)
    assert "currency" not in [question.option for question in refusal.value.questions]


@pytest.mark.parametrize("amount", ["-12.34", "-1,012.34"])
def test_fields_of_fixed_width_are_refused_in_a_sentence(tmp_path: Path, amount: str) -> None:
    line = f"14/01/2026  CARD PAYMENT        {amount:>12}      987.66\n"
    with pytest.raises(SourceError, match="has columns of fixed width"):
        rows(write(tmp_path, f"DATE        DETAILS                   AMOUNT     BALANCE\n{line}{line}"))


@pytest.mark.parametrize("header", ["Datum;Betrag;Währung", "Date;Amount (EUR)", "id;date;amount;currency"])
def test_a_header_without_rows_is_no_records(tmp_path: Path, header: str) -> None:
    assert rows(write(tmp_path, header + "\n")) == []


@pytest.mark.parametrize("zero", ["", "0,00"])
def test_signs_tell_which_of_two_columns_is_out(tmp_path: Path, zero: str) -> None:
    text = f"12.01.2026;Miete;-1,50;{zero};EUR\n13.01.2026;Eingang;{zero};2,50;EUR\n"
    assert rows(write(tmp_path, text), header=None) == TWO


def test_records_below_another_header_are_not_read_by_the_first(tmp_path: Path) -> None:
    first = "Date,Amount,Balance,Currency\n2026-01-12,-1.5,98.5,EUR\n2026-01-13,2.5,101,EUR\n"
    same, other = "Date,Amount,Balance,Currency\n", "Date,Balance,Amount,Currency\n"
    last = "2026-01-14,500,4,EUR\n"
    assert len(rows(write(tmp_path, first + same + last))) == 3
    records = read_external(write(tmp_path, first + other + last + same + last), on_bad="reject")
    assert records.rejected[["row", "value"]].values.tolist() == [[4, "2026-01-14 500 4 EUR"]]
    assert len(records.to_pandas()) == 3


def test_a_header_in_two_languages_is_one(tmp_path: Path) -> None:
    text = "Datum,Text,Betrag,Währung\nDate,Details,Amount,Currency\n2026-01-12,A,-1.50,EUR\n2026-01-13,B,2.50,EUR\n"
    assert rows(write(tmp_path, text)) == TWO


def test_in_of_a_currency_is_not_in_of_money(tmp_path: Path) -> None:
    text = "Date,Details,Amount in EUR,Amount out EUR\n2026-01-12,A,,1.50\n2026-01-13,B,2.50,\n"
    assert rows(write(tmp_path, text)) == TWO
    with pytest.raises(BadRecords, match="row 1, column amount is empty"):
        rows(write(tmp_path, text.replace("Amount out EUR", "")))


@pytest.mark.parametrize(
    ("gross", "net", "further"),
    [
        ("1.500", "1.400", "every amount has three digits behind its mark, such as '1.400'"),
        ("1.500", "1.4", "if the amount is in 'Gross': every amount has three digits behind its mark, such as '1.500'"),
    ],
)
def test_what_an_answer_leaves_open_is_asked_with_the_question(
    tmp_path: Path, gross: str, net: str, further: str
) -> None:
    path = write(tmp_path, f"Date;Details;Gross;Net;Currency\n2026-01-12;A;{gross};{net};EUR\n")
    with pytest.raises(OpenQuestions) as refusal:
        rows(path)
    assert [question.text for question in refusal.value.questions] == [
        "column 'Net' and column 'Gross' could each be the amount",
        further,
    ]
    assert rows(path, mapping={"Gross": "amount"}, decimal=",") == [("2026-01-12", Decimal(1500))]


def test_amounts_that_each_say_their_currency_ask_for_none(tmp_path: Path) -> None:
    path = write(tmp_path, "Account GBP\nDate,Details,Amount\n2026-01-12,A,1.50 EUR\n2026-01-13,B,2.50 USD\n")
    assert read_external(path).to_pandas()["currency"].tolist() == ["EUR", "USD"]


@pytest.mark.parametrize(("one", "two"), [("20260112", "20260113"), ("1768176000", "1768262400")])
def test_a_record_with_a_field_too_few_is_bad_also_where_its_date_is_a_number(
    tmp_path: Path, one: str, two: str
) -> None:
    rows_of = f"{one},tea,-1.50,EUR,a\n{two},coffee,-2.50,b\n{two},sale,9.00,EUR,c\n"
    path = write(tmp_path, f"Date,Text,Amount,Currency,Note\n{rows_of}")
    with pytest.raises(BadRecords, match=r"row 2: .* has 4 fields where the header has 5"):
        read_external(path)


def test_words_in_two_languages_are_one_flag(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,借贷,Amount,Currency\n2026-01-12,借 Dr,1.50,CNY\n2026-01-13,贷 Cr,2.50,CNY\n")
    assert rows(path) == TWO


def test_a_word_beside_a_known_flag_may_be_neither(tmp_path: Path) -> None:
    text = "Date,Flow,Amount,Currency\n2026-01-12,debit,1.50,EUR\n2026-01-13,credit,2.50,EUR\n"
    path = write(tmp_path, f"{text.replace('Flow', 'Direction')}2026-01-13,not counted,7,EUR\n")
    with pytest.raises(OpenQuestions, match=r"says not counted: .*they are neither, and take no part"):
        read_external(path)
    assert rows(path, without={"Direction": ["not counted"]}) == TWO


@pytest.mark.parametrize("currency", ["人民币", "CNY"])
def test_currencies_are_said_by_code_sign_or_word(tmp_path: Path, currency: str) -> None:
    path = write(tmp_path, f"日期,币别,金额\n2026-01-12,{currency},-1.50\n2026-01-13,₪,2.50\n")
    assert rows(path) == TWO
    assert read_external(path).to_pandas()["currency"].tolist() == ["CNY", "ILS"]


def test_types_in_brackets_tell_the_statement_of_a_card(tmp_path: Path) -> None:
    path = write(tmp_path, "日期,交易摘要,币种,金额\n2026-01-12,（消费）店,CNY,1.50\n2026-01-13,（还款）云,CNY,-2.50\n")  # noqa: RUF001
    with pytest.raises(OpenQuestions, match=r"has the amount -2\.50"):
        read_external(path)
    assert rows(path, sign="inverted") == TWO


def test_what_is_sent_in_one_currency_and_received_in_another_has_no_sum(tmp_path: Path) -> None:
    header = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency\n"
    path = write(tmp_path, f"{header}2026-01-12,1.50,EUR,20,BTC\n2026-01-13,7.00,EUR,,\n")
    with pytest.raises(OpenQuestions, match="are in two currencies in some rows"):
        read_external(path)
    sent = {"Sent Amount": "debit", "Sent Currency": "currency"}
    assert rows(path, mapping=sent) == [("2026-01-12", Decimal("-1.50")), ("2026-01-13", Decimal("-7.00"))]


LEDGER = "Date,Text,D/C,Amount,Balance,Currency\n2026-01-12,tea,C,1.50,98.50,EUR\n2026-01-13,sale,D,2.50,101,EUR\n"


def test_a_flag_of_debits_in_a_ledger_is_proved_by_its_balance(tmp_path: Path) -> None:
    table = read_internal(write(tmp_path, LEDGER)).to_pandas()
    assert table["amount"].tolist() == [amount for _, amount in TWO]


@pytest.mark.parametrize("given", [{}, {"mapping": {"D/C": "direction"}}])
def test_a_flag_of_debits_in_a_ledger_is_a_question_where_no_balance_proves_it(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    path = write(tmp_path, LEDGER.replace("Balance", "Rate"))
    with pytest.raises(OpenQuestions, match="in the books of the account's holder, debit is in"):
        read_internal(path, **given)
    table = read_internal(path, directions={"D": "in", "C": "out"}, **given).to_pandas()
    assert table["amount"].tolist() == [amount for _, amount in TWO]


def test_the_other_half_of_credits_that_are_zero_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Credit,Xyz,Text,Currency\n2026-01-12,0.00,1.50,a,EUR\n2026-01-13,2.50,0.00,b,EUR\n")
    assert rows(path) == TWO


def test_credits_that_are_zero_in_every_row_are_not_all_there_is(tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Credit,Xyz,Text,Currency\n2026-01-12,0.00,1.50,a,EUR\n2026-01-13,0.00,7.00,b,EUR\n")
    with pytest.raises(
        OpenQuestions, match="column 'Credit' has no amount in any row, and column 'Xyz' has one in each"
    ):
        read_external(path)
    read = rows(path, mapping={"Credit": "credit", "Xyz": "debit"})
    assert read == [("2026-01-12", Decimal("-1.50")), ("2026-01-13", Decimal("-7.00"))]


def test_a_type_that_says_that_a_row_is_not_booked_is_asked_about(tmp_path: Path) -> None:
    text = "Dátum;Forgalom típusa;Összeg;Devizanem\n2026-01-12;KAMAT;-1,50;HUF\n2026-01-13;BÉR;2,50;HUF\n"
    path = write(tmp_path, f"{text}2026-01-14;FÜGGŐ TÉTEL;-9,00;HUF\n")
    with pytest.raises(OpenQuestions, match="says 'FÜGGŐ TÉTEL' of some rows"):
        read_external(path)
    assert rows(path, without={"Forgalom típusa": ["FÜGGŐ TÉTEL"]}) == TWO


def test_signs_in_brackets_before_a_type_are_a_flag(tmp_path: Path) -> None:
    text = "Data;Valor;Tipo\n2026-01-12;R$ 1,50;(-) Farmácia\n2026-01-13;R$ 2,50;(+) Salário\n"
    assert rows(write(tmp_path, text)) == TWO


def test_charges_in_every_row_are_no_debits_beside_a_total(tmp_path: Path) -> None:
    text = (
        "Payout Date,Charges,Refunds,Total,Currency\n2026-01-12,7.00,-8.50,-1.50,EUR\n2026-01-13,3.00,-0.50,2.50,EUR\n"
    )
    assert rows(write(tmp_path, text)) == TWO


def test_a_dash_among_amounts_is_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "Date;Débit;Crédit;Devise\n2026-01-12;1,50;-;EUR\n2026-01-13;-;2,50;EUR\n")
    assert rows(path) == TWO


@pytest.mark.parametrize("sign", ["▲", "△"])
def test_triangles_are_minus_signs_and_yen_may_be_spelled(tmp_path: Path, sign: str) -> None:
    path = write(tmp_path, f"日付,金額,内容\n2026/01/12,{sign}150円,A\n2026/01/13,250円,B\n")
    assert rows(path) == [("2026-01-12", Decimal(-150)), ("2026-01-13", Decimal(250))]
    assert read_external(path).to_pandas()["currency"].tolist() == ["JPY", "JPY"]


def test_marks_of_direction_in_amounts_are_not_seen(tmp_path: Path) -> None:
    path = write(tmp_path, "תאריך,סכום,תיאור\n12/01/2026,\u200e-1.50 ₪,א\n13/01/2026,\u200f2.50 ₪,ב\n")
    assert rows(path) == TWO
