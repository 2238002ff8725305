"""Currencies: how many digits their smallest units have behind the mark (ISO 4217)."""

from __future__ import annotations

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
