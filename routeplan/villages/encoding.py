"""The encoding of a table of text, recognised by the Russian and Kazakh words in it.

Of the encodings of one byte, Windows-1251 and KZ-1048 are read; they differ in Kazakh letters only.
Others are refused by name, and so is text that some program read in a wrong encoding before.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_KAZAKH = "әғқңөұүһі"
# Latin letters that look like Cyrillic ones are typed for them.
_LETTERS = frozenset(_RUSSIAN + _KAZAKH + (_RUSSIAN + _KAZAKH).upper() + "ABCEHKMOPTXYaceopxyiI")
# Signs beside words in an encoding of one byte.
_SIGNS = frozenset("№«»–—…“”„’‘•°·\u00a0")
# For each letter, those that often follow it in names of places and of columns, in both languages;
# "^" is the beginning of a word and "$" its end. Others are one in forty.
_FOLLOWERS = """\
^абвгдежзиклмнопрстуфхцчшыяіқүұәө а$абвгдежзийклмнопрстухшщяғқң бадеилорухыяіұө в$аеиклосы
г$аеиоруыі д$авеинопруыіә е$бвгдежзйклмнпрстучшң ж$аеиноуыіұ з$абдеикотыя и$бвгдезйклмнорстхчшя
й$бгдеклмнорстшыіғқ к$абежикмопрстушыіүө л$абгдежиклмопстушыьяёіғқ м$абеикопстушыіұә
н$абгдежикностушыіқұ о$бвгдежзйклмнпрстхчшяғқң п$аеинорту р$абвгдежзиклмностухшыьіғқ
с$абеиклмнопстушыіқ т$абвгеикнопрстуыьіүұө у$абгдзйклмнрстхчшы фе хамо цеи ч$аеиклну ш$абеикотуыіқұ
щы ы$абзйклмнорстшғқң ь$денсш юб я$бзйкнр ён і$бклмнпрстш ғаы қ$абжопстшықұ ң$абгды үйлнрш ұдзлмрқ
ә$бйлу өбзклпрт"""
_COMMON = frozenset(line[0] + follower for line in _FOLLOWERS.split() for follower in line[1:])

_STRANGE = re.compile(
    rf"(?<=\w)[^\w\x00-\x7f{''.join(_SIGNS)}]|[^\w\x00-\x7f{''.join(_SIGNS)}](?=\w)"
)

# State systems export web pages under the name of a workbook.
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|meta|table|\?xml)\b", re.IGNORECASE)

_READ = {"kz1048": "KZ-1048", "cp1251": "Windows-1251"}
_REFUSED = {
    "koi8-r": "KOI8-R",
    "cp866": "DOS (866)",
    "mac-cyrillic": "Mac Cyrillic",
    "ptcp154": "PTCP154",
    "iso8859-5": "ISO 8859-5",
}
# Points (`_points`): a pair of letters that is common, or rare; a word of unusual case, or a sign
# in no text; a word with letters of other languages; a sign that may be in a text.
_PAIR, _RARE, _WRONG, _FOREIGN, _SIGN = 1, -3, -6, -12, -5
_MARGIN = 6
_SAMPLE = 200_000  # bytes by which an encoding is recognised

# Encodings in which text is read by mistake, with which bytes come out of it again.
_MISTAKEN = ("cp1252", "latin-1", "cp1251", "kz1048", "koi8-r", "cp866", "mac-cyrillic", "cp437")
_MEANT = ("utf-8", "cp1251", "kz1048", "koi8-r", "cp866", "mac-cyrillic")
# What is in no name of Kazakhstan, though in Cyrillic; lower case before upper case; signs of
# tables drawn in text; Latin letters with accents alone; a letter of UTF-8 in Windows-1251.
_ODD = re.compile(
    r"[ЂЃЌЋЏЉЊЅЈҐЎђѓќћџљњѕјґў\u2500-\u259f\ufffd]|[а-яёәғқңөұүһі][А-ЯЁӘҒҚҢӨҰҮҺІ]"
    r"|(?<![a-zA-Z])[À-ÿ]{3}|[ÐÑРС][^\w\s]|[ÐÑ]\w"
)


class DecodedText(NamedTuple):
    """The text of a table, and the name of its encoding where that is not Unicode."""

    text: str
    encoding: str = ""


def decode_table(data: bytes, name: str) -> DecodedText:
    """Decode a table; one whose encoding is not recognised for sure is refused.

    Faults call it `name`.
    """
    unicode = _unicode_of(data)
    try:
        decoded = DecodedText(data.decode(unicode)) if unicode else _by_words(data, name)
    except UnicodeDecodeError:
        decoded = DecodedText("\x00")
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", decoded.text):
        message = _("is no text table")
        raise InputError([Fault(name, message, _("save it as CSV UTF-8 or as XLSX"))])
    if _MARKUP.match(decoded.text):
        message = _("is a web page or XML, whatever its name ends in")
        hint = _("open it in a spreadsheet program, and save it as XLSX")
        raise InputError([Fault(name, message, hint)])
    return decoded


def _unicode_of(data: bytes) -> str:
    """Return the encoding of Unicode that bytes are in; empty where they are in none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # Digits and delimiters have a zero byte in UTF-16, on one side.
    zeros = data[:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
    if max(zeros) and not min(zeros):
        return "utf-16-le" if zeros[1] else "utf-16-be"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    return "utf-8-sig"


def _by_words(data: bytes, name: str) -> DecodedText:
    """Decode text of one byte a letter by the encoding in which its words can be read."""
    best = _recognised(data[:_SAMPLE])
    if not best:
        message = _("is in an encoding that cannot be recognised for sure")
        raise InputError([Fault(name, message, save_hint())])
    if best in _REFUSED:
        message = _("is in the encoding {name}, which is not read", name=_REFUSED[best])
        raise InputError([Fault(name, message, save_hint())])
    text = data.decode(best)
    strange = _STRANGE.search(text)
    if strange is not None:
        line = text.count("\n", 0, strange.start()) + 1
        message = _("holds a sign inside a word, as text has in a wrong encoding")
        raise InputError([Fault(f"{name}:{line}", message, save_hint())])
    same = text == data.decode("cp1251", errors="replace")
    return DecodedText(text, _READ["cp1251" if same else best])


def save_hint() -> str:
    """Return how to save a table whose encoding is not read."""
    return _("save it as 'CSV UTF-8' or as XLSX")


def _recognised(sample: bytes) -> str:
    """Return the encoding of text of one byte a letter; empty where it is not sure."""
    texts = {e: sample.decode(e, errors="replace") for e in (*_READ, *_REFUSED)}
    points = {encoding: _points(text) for encoding, text in texts.items()}
    best = max(points, key=points.__getitem__)
    others = [points[each] for each in points if texts[each] != texts[best]]
    if points[best] - max(others, default=-_MARGIN) < _MARGIN:
        return ""
    readable = _points_of_words(texts[best]) > 0
    return best if readable or (best in _READ and not _has_letters(texts[best])) else ""


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() and not letter.isascii() for letter in text)


def _points(text: str) -> int:
    """Return how well a text reads as Russian or Kazakh, by its different words and its signs."""
    signs = [sign for sign in text if not sign.isascii() and not sign.isalpha()]
    return _points_of_words(text) + sum(_SIGN if sign in _SIGNS else _WRONG for sign in signs)


def _points_of_words(text: str) -> int:
    words = set(re.findall(r"[^\W\d_]+", text))
    return sum(_points_of_word(word) for word in words if not word.isascii())


@lru_cache(maxsize=50_000)
def _points_of_word(word: str) -> int:
    if not _LETTERS.issuperset(word):
        return _FOREIGN
    if not (word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower())):
        return _WRONG
    ends = f"^{word.lower()}$"
    pairs = (first + second for first, second in itertools.pairwise(ends))
    return sum(_PAIR if pair in _COMMON else _RARE for pair in pairs)


@lru_cache(maxsize=50_000)
def meant_text(text: str) -> str:
    """Return what a text meant before it was read in a wrong encoding; empty where it was not.

    Examples
    --------
    >>> meant_text("РђР±Р°Р№"), meant_text("Аќкґл"), meant_text("Абай")
    ('Абай', 'Ақкөл', '')
    """
    if text.isascii() or not _ODD.search(text):
        return ""
    found: dict[str, tuple[int, bool]] = {}
    for mistaken in _MISTAKEN:
        for meant in _MEANT:
            try:
                other = text.encode(mistaken).decode(meant)
            except UnicodeError:
                continue
            if other.isprintable():
                found[other] = (_points(other), other[0].isupper())
    best = max(found, key=found.__getitem__, default=text)
    points = _points(best)
    return best if points > 0 and points - _points(text) >= _MARGIN else ""
