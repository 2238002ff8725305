"""What some banks write otherwise than the rules of a format say, and what can be read all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb

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
