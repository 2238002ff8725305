"""Currencies: their codes, how else they are written, and the digits of their smallest units (ISO 4217)."""

from __future__ import annotations

# Codes of ISO 4217 that money is in.
_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
ISO_4217 = frozenset(_CODES.split())
CODE = r"[A-Z][A-Z0-9]{1,11}"  # of a currency, in capitals
SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
# How else currencies are written beside amounts; what several countries share says nothing.
_WRITTEN = {"US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD"}
_WRITTEN |= {"R$": "BRL", "MX$": "MXN", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "₹": "INR", "₽": "RUB", "₺": "TRY"}
_WRITTEN |= {"₴": "UAH", "₩": "KRW", "₪": "ILS", "฿": "THB", "₫": "VND", "₱": "PHP", "₦": "NGN", "lei": "RON"}
_WRITTEN |= {"₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD", "₮": "MNT", "៛": "KHR", "₲": "PYG", "₡": "CRC", "₵": "GHS"}
_WRITTEN |= {"NT$": "TWD", "RD$": "DOP", "RM": "MYR", "Rp": "IDR", "S/": "PEN", "S/.": "PEN", "лв": "BGN", "лв.": "BGN"}
_WRITTEN |= {
    "원": "KRW",
    "円": "JPY",
    "元": "CNY",
    "د.إ": "AED",
    "ر.س": "SAR",
    "ج.م": "EGP",
    "د.ا": "JOD",  # noqa: RUF001 - Arabic
    "د.ك": "KWD",
}
_WRITTEN |= {f"{sign}.": code for sign, code in _WRITTEN.items() if sign[:1] >= "\u0600" and sign[1:2] == "."}
WRITTEN = SYMBOLS | _WRITTEN  # a sign, and the code that it stands for
# Words for currencies in headers and titles; those that several countries share, such as dollar, say nothing.
SPELLED = {"euro": "EUR", "euros": "EUR", "euroa": "EUR", "tl": "TRY", "zł": "PLN", "kč": "CZK", "円": "JPY"}
SPELLED |= {
    "원": "KRW",
    "元": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
    "บาท": "THB",
    "руб": "RUB",  # noqa: RUF001 - Cyrillic
    "грн": "UAH",
    "zloty": "PLN",
    "forint": "HUF",
}
_DOLLARS_AND_PESOS = (
    "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP UYU BMD BSD BBD BZD JMD TTD XCD "
    "BND CUP DOP FJD GYD KYD LRD NAD NIO SBD SRD SVC"
)
# Whose sign the sign of a currency may be as well: a file that names one of these means it.
SHARED_SIGNS = {
    "USD": frozenset(_DOLLARS_AND_PESOS.split()),
    "CAD": frozenset(("CAD", "NIO")),
    "JPY": frozenset(("JPY", "CNY")),
    "GBP": frozenset(["GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"]),
    "KRW": frozenset(("KRW", "KPW")),
    "RON": frozenset(("RON", "MDL")),
}
SHARED = ("kr.", "kr", "Rs.", "Rs", "Fr.", "R")

_NONE = "ADP BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_DIGITS = {
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    **dict.fromkeys(_FOUR.split(), 4),
}


def minor_digits(currency: str) -> int:
    """How many digits the smallest unit of a currency has behind the mark; 2 for those that say nothing else.

    >>> minor_digits("EUR"), minor_digits("jpy"), minor_digits("KWD")
    (2, 0, 3)
    """
    return _DIGITS.get(currency.strip().upper(), 2)


def with_minor_digits(digits: int) -> list[str]:
    """The currencies whose smallest unit has so many digits behind the mark; those that have two are not listed.

    >>> "JPY" in with_minor_digits(0)
    True
    """
    return sorted(code for code, count in _DIGITS.items() if count == digits)


def currency_of(written: str) -> str | None:
    """The code of a currency as it is written beside amounts; ``None`` where several share what is written.

    >>> currency_of("€"), currency_of("eur"), currency_of("kr")
    ('EUR', 'EUR', None)
    """
    if written in WRITTEN:
        return WRITTEN[written]
    return written.upper() if written.upper() in ISO_4217 else None


def currency_called(text: str) -> str | None:
    """The code of a currency that a column says by its code, its sign or a word; ``None`` if it says none.

    >>> currency_called("eur"), currency_called("₪"), currency_called("人民币"), currency_called("dollar")
    ('EUR', 'ILS', 'CNY', None)
    """
    return currency_of(text) or SPELLED.get(text.casefold())
