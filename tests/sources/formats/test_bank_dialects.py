"""What some banks write otherwise than the rules of a format say, and what can be read all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.layouts.questions import OpenQuestions

STATEMENT = """<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1><CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>1
<CCSTMTRS><CURDEF>AUD<CCACCTFROM><ACCTID>4111</CCACCTFROM><BANKTRANLIST><DTSTART>20260101<DTEND>20260131
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260108<TRNAMT>-5.50<FITID>a1<MEMO>Tea & cake</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260109<TRNAMT>20.00<FITID>a2<MEMO>Refund</STMTTRN>
{end}<LEDGERBAL><BALAMT>14.50<DTASOF>20260131</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
"""
OF_1 = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nCHARSET:1252\n\n"
OF_2 = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="203" SECURITY="NONE"?>\n'


@pytest.mark.parametrize("header", [OF_1, OF_1.replace("\n", "\r\n"), OF_1.replace("\n", " ") + "\n", OF_2, ""])
@pytest.mark.parametrize(
    "end",
    ["</BANKTRANLIST>", "", "</BANKTRANLIST></BANKTRANLIST>"],
    ids=["whole", "the list has no end", "the list ends twice"],
)
def test_ofx_by_banks_of_their_own_mind(tmp_path: Path, header: str, end: str) -> None:
    (tmp_path / "a.ofx").write_text(header + STATEMENT.format(end=end))
    records = wb.read_external(tmp_path / "a.ofx")
    assert records.to_pandas()["id"].tolist() == ["a1", "a2"]
    assert records.to_pandas()["description"].tolist() == ["Tea & cake", "Refund"]
    assert records.statements["closing_balance"].astype(str).tolist() == ["14.50"]


@pytest.mark.parametrize(
    ("line", "date", "value_date"),
    [
        ("2602300301DR6,00NMSCNONREF", "2026-03-01", "2026-02-28"),
        ("240230DR6,00NMSCNONREF", "2024-02-29", "2024-02-29"),
    ],
)
def test_the_last_of_february_of_banks_whose_months_have_thirty_days(
    tmp_path: Path, line: str, date: str, value_date: str
) -> None:
    (tmp_path / "a.sta").write_text(
        f":20:STARTUMSE\n:25:10050000/123\n:28C:1/1\n:60F:C260227EUR100,00\n:61:{line}\n:86:Fees\n:62F:C260301EUR94,00\n-\n"
    )
    records = wb.read_external(tmp_path / "a.sta").to_pandas()
    assert records["date"].astype(str).str[:10].tolist() == [date]
    assert records["value_date"].astype(str).tolist() == [value_date]


@pytest.mark.parametrize("text", ["\n", "", "no words"])
def test_an_mt940_entry_without_information_is_a_record(tmp_path: Path, text: str) -> None:
    information = f":86:{text}\n" if text else ""
    (tmp_path / "a.sta").write_text(
        ":20:STARTUMSE\n:25:10050000/123\n:28C:1/1\n:60F:C260227EUR100,00\n:61:2602280228DR6,00NMSCNONREF\n"
        f"{information}:62F:C260301EUR94,00\n-\n"
    )
    records = wb.read_external(tmp_path / "a.sta")
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-6.00"]
    assert records.to_pandas()["description"].fillna("").tolist() == [text.strip()]
    assert records.statements["difference"].astype(str).tolist() == ["0.00"]


def test_ofx_corrections_count_once(tmp_path: Path) -> None:
    correct = "<STMTTRN><DTPOSTED>20260109<TRNAMT>{}<FITID>{}<CORRECTFITID>{}<CORRECTACTION>{}</STMTTRN>"
    end = correct.format("-5.60", "a3", "a1", "REPLACE") + correct.format("20", "a4", "a2", "DELETE")
    (tmp_path / "a.ofx").write_text(OF_1 + STATEMENT.format(end=f"{end}</BANKTRANLIST>"))
    records = wb.read_external(tmp_path / "a.ofx")
    assert records.to_pandas()[["id", "amount"]].astype(str).values.tolist() == [["a3", "-5.60"]]
    assert records.left_out[["text", "why"]].values.tolist() == [
        ["a1", "is replaced by transaction a3, which corrects it"],
        ["a2", "is deleted by transaction a4, which corrects it"],
        ["a4", "deletes transaction a2"],
    ]


def test_an_ofx_transaction_without_an_id_is_corrected_by_none(tmp_path: Path) -> None:
    end = "<STMTTRN><DTPOSTED>20260109<TRNAMT>-5.60</STMTTRN></BANKTRANLIST>"
    (tmp_path / "a.ofx").write_text(OF_1 + STATEMENT.format(end=end))
    records = wb.read_external(tmp_path / "a.ofx")
    assert "-5.60" in records.to_pandas()["amount"].astype(str).tolist()
    assert len(records.left_out) == 0


@pytest.mark.parametrize(
    ("answer", "amount"), [({"mapping": {"transaction_code": "direction"}}, "-5.50"), ({"sign": "as_is"}, "5.50")]
)
def test_ofx_whose_debits_have_no_sign_asks(tmp_path: Path, answer: dict[str, Any], amount: str) -> None:
    (tmp_path / "a.ofx").write_text(OF_1 + STATEMENT.format(end="</BANKTRANLIST>").replace("-5.50", "5.50"))
    with pytest.raises(OpenQuestions, match="no amount is negative, and some are of type DEBIT") as refusal:
        wb.read_external(tmp_path / "a.ofx")
    assert answer in [choice.options for question in refusal.value.questions for choice in question.choices]
    assert wb.read_external(tmp_path / "a.ofx", **answer).to_pandas()["amount"].astype(str).tolist()[0] == amount


def test_a_qif_transaction_with_two_amounts_is_a_bad_row(tmp_path: Path) -> None:
    (tmp_path / "a.qif").write_text("!Type:Bank\nD01/13/2026\nU-1.50\nT-1.50\n^\nD01/14/2026\nU2.50\nT25.00\n^\n")
    records = wb.read_external(tmp_path / "a.qif", currency="USD", on_bad="reject")
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-1.50"]
    assert records.rejected["reason"].tolist() == ["has two amounts: '25.00' (T) and '2.50' (U)"]


def test_a_qif_opening_balance_is_no_transaction(tmp_path: Path) -> None:
    opening = "!Type:Bank\nD01/01/2026\nT100.00\nPOpening Balance\nL[Checking]\n^\n"
    (tmp_path / "a.qif").write_text(f"{opening}D01/13/2026\nT-1.50\nPTea\n^\n")
    records = wb.read_external(tmp_path / "a.qif", currency="USD")
    assert records.to_pandas()["amount"].astype(str).tolist() == ["-1.50"]
    assert records.left_out["why"].tolist() == ["states a balance"]


CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>DE1</IBAN></Id></Acct><Ntry><Amt Ccy="EUR">-1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<BookgDt><Dt>2026-01-12</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>"""
BAI2 = """01,B,C,260113,0800,1,,,2/
02,C,B,1,260112,,USD,2/
03,1,,010,0,,/
16,475,-150,Z,1,2,X/
49,-150,3/
98,-150,1,5/
99,-150,1,7/
"""


@pytest.mark.parametrize(("name", "text"), [("a.xml", CAMT), ("a.bai", BAI2)])
def test_a_sign_beside_a_direction_is_a_bad_row(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    records = wb.read_external(tmp_path / name, currency="EUR", on_bad="reject")
    assert (len(records.to_pandas()), records.rejected["row"].tolist()) == (0, [1])
