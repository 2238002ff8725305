"""What banks put into field 86 of MT940: plain text, numbered parts as in Germany and Poland, or parts with names."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The code words that stand within the remittance text of SEPA payments, and where each belongs.
_SEPA = {
    "EREF": "end_to_end_id",
    "KREF": "customer_reference",
    "MREF": "mandate_id",
    "SVWZ": "remittance",
    "IBAN": "counterparty_account",
    "ABWA": "counterparty",
}
_SEPA_WORD = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)[+:]")
_NAMED_WORD = re.compile(
    r"/(EREF|PREF|IREF|MARF|CSID|IBAN|BIC|NAME|REMI|USTD|STRD|CUR|ISO|CDTRREFTP|CDTRREF|ISSUER|CNTP|ORDP|BENM|ULTD|ULTB|"
    r"TRTP|TRCD|RTRN|CUST|ID|ADDR|ISDT|SVCL|PURP|CD)(?=/)"
)
_NAMED = {
    "EREF": "end_to_end_id",
    "MARF": "mandate_id",
    "IBAN": "counterparty_account",
    "NAME": "counterparty",
    "REMI": "remittance",
    "USTD": "remittance",
    "CUR": "structured_reference",
    "ISO": "structured_reference",
    "CDTRREF": "structured_reference",
}
_NUMBERED = re.compile(r"\d{3}\s*([^\w\s/])(?=\d\d)")
FULL = 27  # letters of a numbered part; a shorter one ends where the bank broke the text


def details_of(information: str) -> dict[str, str]:
    r"""The parts of a field 86 by name: ``text`` is all of it as one text.

    >>> details_of("166?00GUTSCHRIFT?20EREF+INV-1?21SVWZ+Rent May?32ANNA?33LEE")["end_to_end_id"]
    'INV-1'
    >>> details_of("/EREF/INV-1/REMI/USTD//Rent May/")["remittance"]
    'Rent May'
    >>> details_of("Rent\nMay")
    {'text': 'Rent May'}
    """
    numbered = _NUMBERED.match(information)
    if numbered:
        return _numbered(information.replace("\r", "").replace("\n", ""), numbered[1])
    joined = information.replace("\r", "").replace("\n", "")
    if information.startswith("/") and _NAMED_WORD.match(joined):
        return _named(joined)
    text = " ".join(information.split())
    return {"text": text} if text else {}


def _numbered(information: str, mark: str) -> dict[str, str]:
    """Parts such as ``?20``: 20 to 29 and 60 to 63 are the text, 31 the account, 32 and 33 the name."""
    pieces = re.split(rf"{re.escape(mark)}(\d\d)", information)
    parts = [(int(number), piece) for number, piece in zip(pieces[1::2], pieces[2::2], strict=True)]
    remittance = _joined([piece for number, piece in parts if number in {*range(20, 30), *range(60, 64)}])
    details = {
        "text": remittance or _joined([piece for number, piece in parts if number == 0]),
        "remittance": remittance,
        "counterparty": " ".join(piece.strip() for number, piece in parts if number in {32, 33} and piece.strip()),
        "counterparty_account": "".join(piece.strip() for number, piece in parts if number in {31, 38}),
    }
    words = _SEPA_WORD.split(remittance)
    if len(words) > 1:
        details["remittance"] = ""
        named = {
            _SEPA[word]: text.strip() for word, text in zip(words[1::2], words[2::2], strict=True) if word in _SEPA
        }
        named.setdefault("remittance", words[0].strip())
        details |= {name: text for name, text in named.items() if text and not details.get(name)}
    return {name: text for name, text in details.items() if text}


def _joined(pieces: Iterable[str]) -> str:
    """Pieces of a text that was cut at 27 letters, as one; a shorter piece was a line of its own."""
    text = ""
    for piece in pieces:
        text += piece if len(piece) == FULL else f"{piece} "
    return " ".join(text.split())


def _named(information: str) -> dict[str, str]:
    """Parts such as ``/EREF/INV-1/REMI/USTD//Rent May/``."""
    words = _NAMED_WORD.split(information)
    details = {"text": " ".join(information.split())}
    for word, text in zip(words[1::2], words[2::2], strict=True):
        value = text.strip("/ ")
        if word == "CNTP":  # account, bank, name and town of the other party
            other = [*value.split("/"), "", "", ""]
            details |= {"counterparty_account": other[0], "counterparty": other[2]}
        elif word in _NAMED and value:
            details.setdefault(_NAMED[word], value)
    return {name: text for name, text in details.items() if text}
