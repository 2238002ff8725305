"""Damaged files: what is lost is said, by an error, a bad row or a finding of the statement."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from workbench.errors import SourceError
from workbench.sources.formats.bai2 import read_bai2
from workbench.sources.formats.bank_file import BankFile
from workbench.sources.formats.camt import read_camt
from workbench.sources.formats.mt940 import read_mt940
from workbench.sources.formats.ofx import read_ofx
from workbench.sources.formats.qif import read_qif
from workbench.sources.formats.text import text_of
from workbench.statements import findings, statement_table

BANKS = Path(__file__).parent / "banks"
FILES = sorted(path.name for path in BANKS.iterdir() if path.suffix != ".csv")
QIF = "!Type:Bank\nD12/31/2025\nT-5.00\n^\nD01/02/2026\nT7.00\n^\n"
OFX = (
    "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST><STMTTRN>"
    "<DTPOSTED>20260101<TRNAMT>5<FITID>a</STMTTRN><STMTTRN><DTPOSTED>20260102<TRNAMT>6<FITID>b</STMTTRN>"
    "</BANKTRANLIST></STMTRS></OFX>"
)


def read(path: Path) -> BankFile:
    kind = path.suffix
    if kind == ".xml":
        return read_camt(path)
    if kind in {".ofx", ".qfx"}:
        return read_ofx(path.read_bytes(), path.name, None)
    text = text_of(path, None)
    if kind == ".qif":
        return read_qif(text, path.name, None, None, None)
    return read_bai2(text) if kind == ".bai" else read_mt940(text, path.name)


def said(file: BankFile) -> bool:
    return bool(file.bad or findings(statement_table(file.statements)))


@pytest.mark.parametrize("name", FILES)
def test_a_hundred_damaged_files_are_read_or_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    content, random = (BANKS / name).read_bytes(), Random(f"damage {name}")
    for _ in range(100):
        changed = bytearray(content[: random.choice([len(content), random.randrange(1, len(content))])])
        for _ in range(random.choice([0, 1, 3, 20])):
            place, size = random.randrange(len(changed) + 1), random.randrange(1, 9)
            changed[place : place + size] = random.choice([random.randbytes(size), b"", b"0", b",", b":", b"\n<"])
        (tmp_path / name).write_bytes(changed)
        with suppress(SourceError):
            read(tmp_path / name).columns()


@pytest.mark.parametrize("name", ["mt940_sepa.sta", "mt940_numbered.txt", "report.bai"])
def test_a_line_that_is_lost_is_said_where_the_format_has_sums(tmp_path: Path, name: str) -> None:
    whole = read(BANKS / name)
    wanted = Counter(row["amount"] for row in whole.rows)
    assert not said(whole)
    lines = (BANKS / name).read_text().splitlines()
    for place in range(len(lines)):
        (tmp_path / name).write_text("\n".join([*lines[:place], *lines[place + 1 :]]))
        file = read(tmp_path / name)
        assert said(file) or Counter(row["amount"] for row in file.rows) == wanted, lines[place]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.ofx", OFX.replace("</STMTRS>", ""), "a.ofx has no </STMTRS> where it should"),
        ("a.ofx", OFX.replace("<STMTRS>", ""), "a.ofx has a </STMTRS> without its beginning"),
        ("a.ofx", OFX[: OFX.index("</BANKTRANLIST>")], "a.ofx ends before its </BANKTRANLIST>: it is cut off"),
        ("a.ofx", OFX.replace("<OFX>", "<STMTTRN></STMTTRN><OFX>"), "a.ofx has a transaction before its <OFX>"),
        ("a.ofx", OFX.replace("<OFX>", '<!DOCTYPE x [<!ENTITY a "b">]><OFX>'), "a.ofx has a document type"),
        ("a.qif", QIF.replace("Bank", "Bnk"), "a.qif has a section !Type:Bnk (line 1), which QIF does not have"),
        ("a.sta", "{1:F01BANKDEFF}{2:O940}{4:\n", "a.sta has the envelope of MT940 and no message in it"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a.xml has a document type"),
        ("a.xml", "<a>" * 100 + "</a>" * 100, "a.xml unfolds to more than a statement has"),
        ("a.xml", "<Document><BkToCstmrStmt>", "a.xml is not whole XML: no element found"),
    ],
)
def test_what_is_refused_whole(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.ofx", OFX.replace("</STMTTRN><STMTTRN>", "", 1), "is a transaction with TRNAMT twice: an end is missing"),
        ("a.ofx", OFX.replace("<TRNAMT>5", "<TRNAMT>1,234"), "is a transaction whose TRNAMT '1,234' cannot be read"),
        ("a.ofx", OFX.replace("<OFX>", "<OFX><STMTTRN><FITID>c</STMTTRN>"), "is a transaction of no statement"),
        ("a.ofx", f"{OFX}<STMTTRN><FITID>c</STMTTRN>", "is a transaction of no statement"),
        ("a.qif", QIF.replace("^\n", "", 1), "has two dates or amounts: a ^ is missing"),
        ("a.qif", QIF[:-3], "has no ^ at its end: it may be cut off"),
        ("a.sta", ":20:X\n:60F:C260101EUR1,\n:61:260101X5,NTRF\n:62F:C260101EUR1,\n", "is a statement line (field 61)"),
    ],
)
def test_a_record_that_cannot_be_taken_apart_is_a_bad_row(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    [bad] = read(tmp_path / name).bad
    assert bad.reason.startswith(why)


def test_two_downloads_of_one_file_are_both_read(tmp_path: Path) -> None:
    (tmp_path / "a.ofx").write_text(OFX + OFX)
    assert len(read(tmp_path / "a.ofx").rows) == 2 * len(read_ofx(OFX.encode(), "a.ofx", None).rows)


def test_an_entry_outside_an_account_is_a_bad_row(tmp_path: Path) -> None:
    text = (BANKS / "camt054_notification.xml").read_text()
    (tmp_path / "a.xml").write_text(text.replace("<Ntfctn>", "<Xtfctn>").replace("</Ntfctn>", "</Xtfctn>"))
    [bad] = read(tmp_path / "a.xml").bad
    assert bad.reason == "is an entry of no account: it stands in <Xtfctn>"


def test_a_statement_without_a_closing_balance_may_be_cut_off() -> None:
    [statement] = read_mt940(":20:X\n:25:1\n:60F:C260101EUR1,\n:61:260101C5,NTRF\n", "a.sta").statements
    assert statement.fault == "states no closing balance, so that nobody can tell whether it is whole"


MT942 = ":20:X\n:25:1/2\n:28C:1/1\n:34F:EURD0,\n:13D:2601031000+0100\n:61:2601020102C5,NTRF//A1\n:86:one\n"
SECOND = ":61:2601030103C7,NTRF//A2\n"


@pytest.mark.parametrize("blanks", ["", " ", "\t"])
def test_a_line_of_a_statement_may_be_indented(blanks: str) -> None:
    file = read_mt940(MT942 + blanks + SECOND, "a.sta")
    assert [(row["amount"], row["description"]) for row in file.rows] == [(5, "one"), (7, None)]


def test_records_have_the_currency_of_the_balance_before_them(tmp_path: Path) -> None:
    """A second statement whose beginning is lost: its balances are of another currency."""
    balances = [":20:X\n:25:1/2\n:60F:C260101EUR0,", ":62F:C260103EUR5,\n:60F:C260101USD0,", ":62F:C260103USD7,\n-"]
    lines = [":61:2601020102C5,NTRF//A1", SECOND.strip()]
    (tmp_path / "a.sta").write_text("\n".join([balances[0], lines[0], balances[1], lines[1], balances[2]]))
    file = read(tmp_path / "a.sta")
    assert [(row["amount"], row["currency"]) for row in file.rows] == [(5, "EUR"), (7, "USD")]
    assert "states balances in two currencies: EUR and USD" in (file.statements[0].fault or "")


@pytest.mark.parametrize("part", ['<Amt Ccy="EUR">7.00</Amt>', "<CdtDbtInd>CRDT</CdtDbtInd>"])
def test_an_entry_that_states_its_amount_twice_is_a_bad_row(tmp_path: Path, part: str) -> None:
    text = (BANKS / "camt054_notification.xml").read_text()
    (tmp_path / "a.xml").write_text(text.replace("</Ntry>", f"{part}</Ntry>", 1))
    [bad] = read(tmp_path / "a.xml").bad
    assert bad.reason.startswith("is an entry without an amount and a CRDT or DBIT that can be read")


@pytest.mark.parametrize(
    ("memo", "read_as"),
    [("a < b", "a < b"), ("<![CDATA[a & b]]>", "a & b"), ("<![CDATA[<b>]]>", "<b>"), ("a &lt; b", "a < b")],
)
def test_texts_of_ofx_may_have_a_sign_of_its_elements(memo: str, read_as: str) -> None:
    text = OFX.replace("<TRNAMT>5", f"<MEMO>{memo}\n<TRNAMT>5", 1)
    [first, *_] = read_ofx(text.encode(), "a.ofx", None).rows
    assert (first["remittance"], first["amount"]) == (read_as, 5)


def test_a_literal_text_of_ofx_swallows_no_transaction() -> None:
    text = OFX.replace("<TRNAMT>5", "<MEMO><![CDATA[x\n<TRNAMT>5", 1).replace("</BANKTRANLIST>", "]]></BANKTRANLIST>")
    assert len(read_ofx(text.encode(), "a.ofx", None).rows) == OFX.count("<STMTTRN>")


def test_ofx_may_be_in_utf_16() -> None:
    rows = read_ofx(OFX.encode("utf-16"), "a.ofx", None).rows
    assert rows == read_ofx(OFX.encode(), "a.ofx", None).rows
