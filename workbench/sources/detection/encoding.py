"""Encoding: of texts that are not UTF-8, the one in which every word makes sense."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from workbench.sources.detection.words import column_words, plain

# In the order in which one is taken where all read the same.
ENCODINGS = (
    *("cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1257", "cp1254", "cp850", "cp852", "mac_roman", "cp1251"),
    *("cp1253", "koi8-r", "cp866"),
)
# Encodings with characters of several bytes, and the first bytes of the characters that are in daily use.
_EAST_ASIAN = {
    "cp932": (range(0x82, 0x84), range(0x88, 0x99)),
    "gb18030": (range(0xB0, 0xD8),),
    "big5": (range(0xA4, 0xC7),),
    "euc_kr": (range(0xB0, 0xC9),),
}
_SIGNS = set("€£§°´–—’‘“”„…«»·¢¥©®¿¡ªº№")  # noqa: RUF001 - beside letters, these stand in texts of statements
# The letters beyond ASCII of a language, and words in ASCII that its statements have; a file has one
# language, or several that share an encoding's letters.
_LANGUAGES = tuple(
    (set(letters), set(words.split()))
    for letters, words in (
        ("äöüßéèàç", "datum buchung betrag konto saldo und der von lastschrift gutschrift miete gehalt karte"),
        ("áàâãéêíóôõúüç", "data valor saldo conta moeda dos compra pagamento transferencia"),
        ("éèêëàâîïôùûüÿçœæ", "date montant solde compte libelle devise du carte virement loyer cheque retrait frais"),
        ("àèéìíòóùú", "data importo saldo conto valuta divisa di bonifico pagamento prelievo stipendio"),
        ("áéíóúüñç", "fecha importe saldo concepto cuenta divisa cargo abono del compra recibo transferencia"),
        ("éëèïöüáíóúç", "datum bedrag rekening tegenrekening naam omschrijving van betaling huur"),
        ("ąćęłńóśźż", "data kwota waluta rachunek saldo opis przelew zakup karta"),
        ("áčďéěíňóřšťúůýž", "datum objem banky banka typ platba kartou prevod"),
        ("åäöé", "datum belopp saldo konto valuta text betalning hyra"),
        ("æøåéöä", "dato saldo tekst konto valuta navn betaling husleie husleje"),
        ("áäčďéíĺľňóôŕšťúýž", "suma mena popis banka platba kartou prevod"),
        ("áéíóöőúüű", "datum partner"),
        ("ăâîșşțţ", "data suma sold moneda"),
        ("čćđšž", "datum iznos opis valuta"),
        ("āčēģīķļņšūž", "datums summa konts"),
        ("ąčęėįšųūž", "data suma valiuta"),
        ("äõöüšž", "summa selgitus konto valuuta"),
        ("çğıöşüâî", "tarih tutar bakiye hesap"),
        ("áæéíðóúýþö", "dags upphaed"),
    )
)
_ASCII_WORD = re.compile(r"[a-z]+")
# What is a quote or a dash in one encoding is a letter in another.
_QUOTES = set("\u2018\u2019\u201c\u201d\u2013\u2014\u2026")
_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")  # each letter is looked at once
_CELL = re.compile(r"[^\r\n\t;,|\"]+")
_BEYOND_ASCII = re.compile(r"[^\W\x00-\x7f]+")
_MOST_WORDS = 2000
NEARLY = 0.9  # of the words
_FEWEST_LETTERS = 6


@dataclass(frozen=True)
class EncodingReading:
    """An encoding, and how it spells the words that have more than ASCII letters."""

    encoding: str
    words: tuple[str, ...]


def encoding_readings(content: bytes) -> list[EncodingReading]:
    """The encodings in which all words make sense, one for each different spelling, the likeliest first.

    >>> [reading.encoding for reading in encoding_readings("Büro, Straße".encode("cp1252"))]
    ['cp1252']
    """
    words = list(dict.fromkeys(_WORD.findall(content)))[:_MOST_WORDS]
    spelled = _spelled(words)
    readings = [reading for reading in spelled if all(map(_makes_sense, reading.words))]
    doubts = [_doubt(reading, content) for reading in readings]
    likely = [reading for reading, doubt in zip(readings, doubts, strict=True) if doubt == min(doubts)]
    # East Asian encodings come after, since quotes and capitals of others decode in them too; then nearly all words do.
    return likely or _east_asian(content) or _nearly(spelled)


def _spelled(words: Collection[bytes]) -> list[EncodingReading]:
    """The first encoding for each different spelling of ``words``."""
    spelled: dict[tuple[str, ...], str] = {}
    for encoding in ENCODINGS:
        if read := _decoded(words, encoding):
            spelled.setdefault(read, encoding)
    return [EncodingReading(encoding, read) for read, encoding in spelled.items()]


def _nearly(readings: Collection[EncodingReading]) -> list[EncodingReading]:
    """Those in which nearly all words make sense; names such as ``ИнтернетБанк`` make none in any encoding."""
    shares = [sum(map(_makes_sense, reading.words)) / len(reading.words) for reading in readings]
    return [
        reading for reading, share in zip(readings, shares, strict=True) if share == max(shares) and share >= NEARLY
    ]


def _east_asian(content: bytes) -> list[EncodingReading]:
    """The encodings in which all characters beyond ASCII are Chinese, Japanese or Korean ones of daily use."""
    readings = []
    for encoding, daily in _EAST_ASIAN.items():
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        words = tuple(dict.fromkeys(_BEYOND_ASCII.findall(text)))[:_MOST_WORDS]
        letters = [letter for word in words for letter in word]
        usual = sum(any(letter.encode(encoding)[0] in first for first in daily) for letter in letters)
        # Signs such as a long vowel or a full-width bracket stand among them.
        if len(letters) >= _FEWEST_LETTERS and usual >= 0.9 * len(letters):
            # The fewer the first bytes of all letters, the less likely is chance.
            readings.append((usual / len(letters), -sum(map(len, daily)), EncodingReading(encoding, words)))
    best = max((reading[:2] for reading in readings), default=None)
    return [reading for *rank, reading in readings if tuple(rank) == best]


def _decoded(words: Collection[bytes], encoding: str) -> tuple[str, ...]:
    try:
        return tuple(word.decode(encoding) for word in words)
    except UnicodeDecodeError:
        return ()


def _makes_sense(word: str) -> bool:
    """Whether a word has letters of one script and signs at its ends only, and no capital among small letters."""
    inner = word.strip("".join(_SIGNS) + "\u00a0")
    if "\u00a0" in inner:
        return all(map(_makes_sense, inner.split("\u00a0")))
    letters = [letter for letter in inner if letter.isalpha()]
    if len(letters) < len(inner.replace("’", "").replace("·", "")):  # noqa: RUF001
        return False
    capital_within = any(letter.isupper() and not letter.isascii() for letter in letters[1:])
    return len({_script(letter) for letter in letters}) <= 1 and (inner.isupper() or not capital_within)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "OTHER").split()[0]


def _doubt(reading: EncodingReading, content: bytes) -> tuple[int, int, int, int]:
    """Less doubt where words of a header are spelled so, then where the letters are those of one language."""
    text = content[: 1 << 16].decode(reading.encoding, "replace")
    cells = {cell.strip() for cell in _CELL.findall(text) if not cell.isascii()}
    known = sum(plain(re.sub(r"\(.*?\)", "", cell)) in column_words() for cell in cells if _is_spelled(cell))
    letters = {letter for word in reading.words for letter in word.lower() if letter.isalpha() and not letter.isascii()}
    latin = {letter for letter in letters if _script(letter) == "LATIN"}
    lonely = sum(len(word) == 1 and word in _SIGNS for word in reading.words)
    written = set(_ASCII_WORD.findall(text.casefold()))
    fitting = [len(words & written) for letters, words in _LANGUAGES if latin <= letters]
    doubts = (not fitting, not lonely and _has_lonely(reading), _is_stuck_to_numbers(reading, text))
    quotes = all(sign.isascii() or sign in _QUOTES for word in reading.words for sign in word)
    return -known, sum(doubts), -max(fitting, default=0), int(not quotes)


def _is_stuck_to_numbers(reading: EncodingReading, text: str) -> bool:
    """Whether a letter stands right before a number, where a sign of currency stands in another encoding."""
    letters = {word for word in reading.words if len(word) == 1 and word.isalpha()}
    return any(re.search(rf"(?<!\w){letter}\d", text) for letter in letters)


def _is_spelled(cell: str) -> bool:
    return any(not letter.isascii() and letter.isalpha() for letter in cell)


def _has_lonely(reading: EncodingReading) -> bool:
    """Whether a letter beyond ASCII is a word: a sign of currency in another encoding is likelier."""
    return any(len(word) == 1 and word not in "éèàóúyÉÀøåäöÖÅæ" for word in reading.words)
