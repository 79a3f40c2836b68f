"""Place names in two languages and several alphabets, transliterated to one normalised key.

One village is written ``Қараауыл а.`` in the register, ``с. Караул`` in a table, ``Qaraauyl`` on
the map and ``Karaaul`` in an atlas. Every letter becomes a Latin one (from Cyrillic, and the
Latin alphabets of 2017, 2018 and 2021), pairs of letters for one sound become one letter, and
words for the type of a place (village, station, winter hut) are removed.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache


class PlaceType(StrEnum):
    """The type of a place, by the words beside its name."""

    VILLAGE = "village"
    STATION = "station"
    FARM = "farm"
    UNKNOWN = ""


_LETTERS = str.maketrans(
    dict(zip("абвгдезиклмнопрстуфхэ", "abvgdeziklmnoprstufhe", strict=True))
    | {"ё": "e", "ж": "j", "й": "i", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": ""}
    | {"ы": "i", "ю": "iu", "я": "ia", "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o"}
    | {"ұ": "u", "ү": "u", "һ": "h", "і": "i", "ѳ": "o", "є": "e", "ї": "i"}
    | {"ş": "sh", "ç": "ch", "ý": "u", "ı": "i", "y": "i", "q": "k", "w": "u", "x": "h"}
    | dict.fromkeys("'’‘ʹʼ`´ʻ′\u00ad\u200b", "")
)
# Two letters for one sound, and different spellings of two languages: Жамбыл, Dzhambul.
_PAIRS = (
    *(("shch", "sh"), ("ch", "sh"), ("zh", "j"), ("dj", "j"), ("gh", "g"), ("kh", "h")),
    *(("ng", "n"), ("ia", "a"), ("ie", "e"), ("iu", "u"), ("io", "o")),
)
_NUMBER = re.compile(r"(?:№|\bno?\b\.?|\bn(?=[0-9]))\s*(?=[0-9])")
_WORD = re.compile(r"[^\W_]+")
_TYPE_WORDS: dict[PlaceType, str] = {
    PlaceType.VILLAGE: "село с аул ауыл ауылы ауылдық поселок посёлок пос п поселке город г қала "
    "қаласы кент кенті деревня дер село selo aul auyl auyly awyl poselok kent village",
    PlaceType.STATION: "станция ст станса стансасы станциясы стансы разъезд рзд разъезді қосалқы "
    "stantsiya station stansasy razyezd razezd siding",
    PlaceType.FARM: "зимовка зимовье қыстау қыстауы участок уч учаске учаскесі точка ферма фермасы "
    "мекені отг отгон отгонный жайлау жайлауы джайлау кр крес хоз шарқож шар қож поселье қонысы "
    "отделение отд бөлімшесі бригада zimovka qystau qystauy kystau ferma uchastok otdeleniye farm",
}
_FILLERS = ("им", "имени", "атындағы", "атын", "ат", "imeni", "atyndagy")


def split_names(text: str) -> tuple[str, ...]:
    """Return each of the names in a cell or a tag: ``Ақкөл (Акколь); Azat`` are three."""
    return tuple(part.strip() for part in re.split(r"[;/()|]", text) if part.strip())


@lru_cache(maxsize=200_000)
def name_words(name: str) -> tuple[str, ...]:
    """Return the transliterated words of a name, with those for the type of the place."""
    return tuple(filter(None, map(_transliterate, _WORD.findall(_lower(name)))))


@lru_cache(maxsize=200_000)
def normalise(name: str) -> str:
    """Return the normalised key of a name, the same for each of its usual spellings.

    Words for the type of the place are removed, unless nothing else would be left. The key of a
    key is itself.

    Examples
    --------
    >>> {normalise(name) for name in ("Қызылқұм а.", "с. Кызылкум", "Qyzylqūm", "Kyzylkum")}
    {'kizilkum'}
    """
    words = name_words(name)
    place_type, begin, end = _split_type(words)
    core = words[begin:end]
    if not any(re.search(r"[^\W\d]", word) for word in core):
        # Ферма 2 has no other name; a siding is called rzd. 5, разъезд №5 or 5 разъезд.
        station = core and place_type is PlaceType.STATION
        core = (PlaceType.STATION.value, *core) if station else words
    return _NUMBER.sub("", _merge_pairs("".join(core)))


@lru_cache(maxsize=200_000)
def written_form(name: str) -> str:
    """Return the name as written, in lower case and single spaces, without the type."""
    written = [word for word in _WORD.findall(_lower(name)) if _transliterate(word)]
    _, begin, end = _split_type(tuple(map(_transliterate, written)))
    return " ".join(written[begin:end] or written)


def place_type_of(name: str) -> PlaceType:
    """Return the type of a place by the words beside its name."""
    return _split_type(name_words(name))[0]


def _lower(name: str) -> str:
    text = unicodedata.normalize("NFC", name).casefold().replace("i\u0307", "i")
    # A hyphen, an apostrophe or a soft sign separates no words.
    joined = re.sub(r"(?<=\w)['’‘ʹʼ`´ʻ′\u00ad\u200b-]+(?=\w)", "", text)
    return _NUMBER.sub("", joined)


@lru_cache(maxsize=200_000)
def _transliterate(word: str) -> str:
    text = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    bare = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _merge_pairs(bare.translate(_LETTERS))


def _merge_pairs(text: str) -> str:
    before = ""
    while before != text:
        before = text
        for pair, letter in _PAIRS:
            text = text.replace(pair, letter)
        text = re.sub(r"([^0-9])\1+", r"\1", text)
    return text


def _split_type(words: tuple[str, ...]) -> tuple[PlaceType, int, int]:
    """Return the type by the words at both ends, and the bounds of the name between them."""
    found, begin, end = PlaceType.UNKNOWN, 0, len(words)
    known = _TYPE_OF_WORD | _TYPE_BEFORE
    while begin < end and words[begin] in known:
        found = found or known[words[begin]]
        known = _TYPE_OF_WORD
        begin += 1
    known = _TYPE_OF_WORD | _TYPE_AFTER
    while begin < end and words[end - 1] in known:
        found = found or known[words[end - 1]]
        known = _TYPE_OF_WORD
        end -= 1
    return found, begin, end


_TYPE_OF_WORD = {
    _transliterate(word): place_type
    for place_type, words in _TYPE_WORDS.items()
    for word in words.split()
    if len(word) > 1
} | dict.fromkeys(map(_transliterate, _FILLERS), PlaceType.UNKNOWN)
# Single letters are type words only before a Russian name, or after a Kazakh one.
_TYPE_BEFORE = dict.fromkeys(map(_transliterate, "спг"), PlaceType.VILLAGE)
_TYPE_AFTER = dict.fromkeys(map(_transliterate, "асқ"), PlaceType.VILLAGE)
_TYPE_AFTER[_transliterate("ж")] = PlaceType.FARM
