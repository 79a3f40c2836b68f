"""Names of villages in two languages and several alphabets, brought to one skeleton.

One village is written ``Қараауыл а.`` in the register, ``с. Караул`` in a table, ``Qaraauyl`` on
the map and ``Karaaul`` in an atlas. Every letter goes to a Latin one (Cyrillic, and the Latin
alphabets of 2017, 2018 and 2021), pairs that stand for one sound to one letter, and words that
tell what a place is (village, station, winter hut) and not how it is called are set aside.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

__all__ = ["PlaceType", "coarse", "fold", "place_type_of", "plain", "split_names", "stem", "words"]


class PlaceType(StrEnum):
    """What a place is, by the words beside its name."""

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
# Two letters for one sound, and what two languages write differently: Жамбыл, Dzhambul; ағаш, агач.
_PAIRS = (
    *(
        ("shch", "sh"),
        ("ch", "sh"),
        ("zh", "j"),
        ("dj", "j"),
        ("gh", "g"),
        ("kh", "h"),
        ("ng", "n"),
    ),
    *(("ia", "a"), ("ie", "e"), ("iu", "u"), ("io", "o")),
)
_NUMBER = re.compile(r"(?:№|\bno?\b\.?|\bn(?=[0-9]))\s*(?=[0-9])")
_WORD = re.compile(r"[^\W_]+")

_TITLES: dict[PlaceType, str] = {
    PlaceType.VILLAGE: "село с аул ауыл ауылы ауылдық поселок посёлок пос п поселке город г қала қаласы "
    "кент кенті деревня дер село selo aul auyl auyly awyl poselok kent village",
    PlaceType.STATION: "станция ст станса стансасы станциясы стансы разъезд рзд разъезді қосалқы "
    "stantsiya station stansasy razyezd razezd siding",
    PlaceType.FARM: "зимовка зимовье қыстау қыстауы участок уч учаске учаскесі точка ферма фермасы "
    "мекені отг отгон отгонный жайлау жайлауы джайлау кр крес хоз шарқож шар қож поселье қонысы "
    "отделение отд бөлімшесі бригада zimovka qystau qystauy kystau ferma uchastok otdeleniye farm",
}
# Marks of one letter are titles only where they stand: before a Russian name, behind a Kazakh one.
_BEFORE = {"с": PlaceType.VILLAGE, "п": PlaceType.VILLAGE, "г": PlaceType.VILLAGE}
_BEHIND = {
    "а": PlaceType.VILLAGE,
    "с": PlaceType.VILLAGE,
    "қ": PlaceType.VILLAGE,
    "ж": PlaceType.FARM,
}
_FILLERS = ("им", "имени", "атындағы", "атын", "ат", "imeni", "atyndagy")

_ENDINGS = re.compile(
    r"(?:(?<=[oe]v)|(?<=[ie]n))(?:ka|skoe|ski|ska|sk|oe|o|a)$|(?:(?<=n)|(?<=sk))(?:oe|oi|ei|e)$"
)
_SHORTEST_STEM = 4
_COARSE = str.maketrans("eou", "iii")


def split_names(text: str) -> tuple[str, ...]:
    """Return each of the names that a cell or a tag holds: ``Ақкөл (Акколь); Azat`` are three."""
    return tuple(part.strip() for part in re.split(r"[;/()|]", text) if part.strip())


@lru_cache(maxsize=200_000)
def words(name: str) -> tuple[str, ...]:
    """Return the folded words of a name, those that tell what the place is among them."""
    text = _lower(name)
    return tuple(filter(None, (_letters(word) for word in _WORD.findall(text))))


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """Return the skeleton of a name; the same for each of its usual spellings.

    Words that tell what the place is are left out, unless nothing else would be left. The
    skeleton of a skeleton is itself.

    Examples
    --------
    >>> {fold(name) for name in ("Қызылқұм а.", "с. Кызылкум", "Qyzylqūm", "Kyzylkum")}
    {'kizilkum'}
    """
    return _NUMBER.sub("", _pairs("".join(_core(words(name)))))


@lru_cache(maxsize=200_000)
def plain(name: str) -> str:
    """Return the name as written, in lower case and single spaces, without what the place is."""
    written = [word for word in _WORD.findall(_lower(name)) if _letters(word)]
    _, begin, end = _titles(tuple(map(_letters, written)))
    return " ".join(written[begin:end] or written)


def place_type_of(name: str) -> PlaceType:
    """Return what the words beside a name say that the place is."""
    return _titles(words(name))[0]


def stem(folded: str) -> str:
    """Return a skeleton without the Russian ending that comes and goes: Павловка, Павловское."""
    short = _ENDINGS.sub("", folded)
    return short if len(short) >= _SHORTEST_STEM else folded


def coarse(folded: str) -> str:
    """Return a skeleton in which all vowels but a are one: құдық is written кудук and кудык.

    What glides after an a stays as it is: Ақтау is not Ақтай.
    """
    return folded.replace("au", "aw").replace("ai", "ay").translate(_COARSE)


def _lower(name: str) -> str:
    text = unicodedata.normalize("NFC", name).casefold().replace("i\u0307", "i")
    # A hyphen, an apostrophe or a soft sign parts no words.
    joined = re.sub(r"(?<=\w)['’‘ʹʼ`´ʻ′\u00ad\u200b-]+(?=\w)", "", text)
    return _NUMBER.sub("", joined)


@lru_cache(maxsize=200_000)
def _letters(word: str) -> str:
    text = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    bare = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _pairs(bare.translate(_LETTERS))


def _pairs(text: str) -> str:
    before = ""
    while before != text:
        before = text
        for pair, letter in _PAIRS:
            text = text.replace(pair, letter)
        text = re.sub(r"([^0-9])\1+", r"\1", text)
    return text


def _core(folded: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that are the name."""
    sort, begin, end = _titles(folded)
    core = folded[begin:end]
    if any(re.search(r"[^\W\d]", word) for word in core):
        return core
    # Ферма 2 has no other name; a siding is called rzd. 5, разъезд №5 or 5 разъезд.
    return (PlaceType.STATION.value, *core) if core and sort is PlaceType.STATION else folded


def _titles(folded: tuple[str, ...]) -> tuple[PlaceType, int, int]:
    """Return what titles say at both ends, and what stands between them."""
    found, begin, end = PlaceType.UNKNOWN, 0, len(folded)
    marks = dict(_FOLDED_BEFORE)
    while begin < end and folded[begin] in (_FOLDED_TITLES.keys() | marks.keys()):
        found = found or (_FOLDED_TITLES | marks)[folded[begin]]
        marks = {}
        begin += 1
    marks = dict(_FOLDED_BEHIND)
    while begin < end and folded[end - 1] in (_FOLDED_TITLES.keys() | marks.keys()):
        found = found or (_FOLDED_TITLES | marks)[folded[end - 1]]
        marks = {}
        end -= 1
    return found, begin, end


_FOLDED_TITLES = {
    _letters(title): sort
    for sort, titles in _TITLES.items()
    for title in titles.split()
    if len(title) > 1
} | dict.fromkeys(map(_letters, _FILLERS), PlaceType.UNKNOWN)
_FOLDED_BEFORE = {_letters(mark): sort for mark, sort in _BEFORE.items()}
_FOLDED_BEHIND = {_letters(mark): sort for mark, sort in _BEHIND.items()} | {"k": PlaceType.VILLAGE}
