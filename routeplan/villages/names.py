"""Place names in two languages and several alphabets, transliterated to one normalised key.

One village is written ``Қараауыл а.`` in the register, ``с. Караул`` in a table, ``Qaraauyl`` on
the map and ``Karaaul`` in an atlas. Every letter becomes a Latin one (from Cyrillic, and the
Latin alphabets of 2017, 2018 and 2021), pairs of letters for one sound become one letter, and
words for the type of a place (village, station, winter hut) are removed. Before that, letters typed
in the wrong alphabet become those that they look like: the Latin H of ``Hура`` is a Н.
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
    "қаласы кент кенті деревня дер село selo aul auyl auyly awyl poselok kent village нп снп пгт "
    "рп хутор совхоз свх кз сз колхоз клх совхозы колхозы кеңшар кеңшары sovkhoz kolkhoz",
    PlaceType.STATION: "станция ст станса стансасы станциясы стансы разъезд рзд разъезді қосалқы "
    "жд оп stantsiya station stansasy razyezd razezd siding",
    PlaceType.FARM: "зимовка зимовье қыстау қыстауы участок уч учаске учаскесі точка ферма фермасы "
    "мекені отг отгон отгонный жайлау жайлауы джайлау кр крес хоз шарқож шар қож поселье қонысы "
    "отделение отд бөлімшесі бригада zimovka qystau qystauy kystau ferma uchastok otdeleniye farm",
}
# Abbreviations whose letters are parted: н.п., ж/д, к-з; and a letter before a name.
_PARTED = re.compile(
    r"\b(?:н[./] ?п|р[./] ?п|п[./] ?г[./] ?т|ж[./-] ?д|к[/-]з|с[/-]з)\b\.?", re.IGNORECASE
)
_FIRST_LETTER = {"а": "аул ", "д": "деревня ", "х": "хутор "}
_SETTLEMENT = re.compile(r"\b(?:елді мекен\w*|насел[её]нный пункт)(?=\s|$)", re.IGNORECASE)
# Latin letters that look like Cyrillic ones.
_LOOKALIKES = str.maketrans("ABCEHIKMOPTXYaceikopxyhəƏ", "АВСЕНІКМОРТХУасеікорхуһәӘ")
_LATIN = re.compile("[A-Za-zəƏ]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_BACK = {cyrillic: latin for latin, cyrillic in _LOOKALIKES.items()}
_SOUNDS = str.maketrans("ABCEHIKMOPTXYaceikopxyhəƏ", "АБСЕХИКМОПТХЫасеикопхыһәӘ")
_WORD_OF_LETTERS = re.compile(r"[^\W\d_]+")
# Names in honour of somebody are in the genitive, also after the word for a farm.
_HONOUR = re.compile(
    r"(?:(?:[^\W\d_]{1,4}\.|с|п|пос|село|пос[её]лок|аул|совхоз|колхоз) ?)*"
    r"\b(?:им\b\.?|имени|свх\.?|совхоз|к-з|колхоз|с-з) ?(?!им)([^\W\d_].*)",
    re.IGNORECASE,
)
_GENITIVES = (
    ("ая$", "ай"),
    ("ея$", "ей"),
    ("ия$", "ий"),
    ("(?<=к)ого$", "ий"),
    ("ого$", "ый"),
    ("(?<=в)ой$", "а"),
    ("(?<=[бвгджзклмнпрстфхцчшщ])а$", ""),
    ("(?<=л)я$", "ь"),
)
_FILLERS = ("им", "имени", "атындағы", "атын", "ат", "imeni", "atyndagy")


def split_names(text: str) -> tuple[str, ...]:
    """Return each of the names in a cell or a tag: ``Ақкөл (Акколь); Azat`` are three.

    A stroke between single letters parts no names: ``ж/д ст. Түлкібас``.
    """
    parts = re.split(r"[;()|]|(?<!\b\w)/|/(?!\w\b)", text)
    return tuple(part.strip() for part in parts if part.strip())


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


def nominative(name: str) -> str:
    """Return a Russian name without im. and the genitive after it: ``им. Абая`` is Абай.

    A name that is not in honour of anybody, by its words, is returned as it is.
    """
    found = _HONOUR.fullmatch(name.strip())
    if found is None:
        return name
    return " ".join(map(_nominative_word, found[1].split()))


def _nominative_word(word: str) -> str:
    for ending, base in _GENITIVES:
        short = re.sub(ending, base, word)
        if short != word:
            return short
    return word


def place_type_of(name: str) -> PlaceType:
    """Return the type of a place by the words beside its name."""
    return _split_type(name_words(name))[0]


def other_reading(name: str) -> str:
    """Return a name by the reading of its letters that `normalise` does not take.

    ``Hура`` with a Latin H is Хура by its sound; ``KAPA`` in Latin letters is Кара by its looks. A
    name of one reading is returned as it is.
    """
    among_cyrillic = _CYRILLIC.search(name) is not None
    return _WORD_OF_LETTERS.sub(lambda word: _other_letters(word[0], among_cyrillic), name)


def _by_looks(word: str, among_cyrillic: bool) -> str:  # noqa: FBT001  # passed on by its position
    """Return a word in one alphabet, where its letters are of two or its case shows another.

    Latin letters in a name with Cyrillic ones are those that they look like; so are all letters of
    a word such as ``KaMeHKa``, and Cyrillic letters among Latin ones that look like none.
    """
    latin, cyrillic = _LATIN.findall(word), _CYRILLIC.findall(word)
    if not latin or not (among_cyrillic or re.search("[a-z][A-Z]", word)):
        return word
    if _LOOKALIKES.keys() >= set(map(ord, latin)):
        return word.translate(_LOOKALIKES)
    alike = cyrillic and _BACK.keys() >= set(map(ord, cyrillic))
    return word.translate(_BACK) if alike else word


def _other_letters(word: str, among_cyrillic: bool) -> str:  # noqa: FBT001  # passed on by its position
    latin = _LATIN.findall(word)
    if not latin or not _LOOKALIKES.keys() >= set(map(ord, latin)):
        return word
    by_looks = _by_looks(word, among_cyrillic) != word
    return word.translate(_SOUNDS if by_looks else _LOOKALIKES)


def _lower(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    among_cyrillic = _CYRILLIC.search(text) is not None
    text = _WORD_OF_LETTERS.sub(lambda word: _by_looks(word[0], among_cyrillic), text)
    text = _SETTLEMENT.sub("нп", text)
    text = _PARTED.sub(lambda found: re.sub(r"[^\w]", "", found[0]) + " ", text)
    text = re.sub(r"^\s*([адх])\.\s*(?=\w)", lambda found: _FIRST_LETTER[found[1]], text)
    text = text.casefold().replace("i\u0307", "i")
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
