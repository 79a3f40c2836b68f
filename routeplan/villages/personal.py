"""Persons' data: the headers and values by which it is recognised, and why it is refused.

The lists of headers only serve to give the reason: a column that is not known is refused anyway.
"""

from __future__ import annotations

import re
import unicodedata

from routeplan.errors import Fault

__all__ = ["header_key", "personal_header", "personal_value", "words_by_line"]


def words_by_line(text: str) -> dict[str, tuple[str, ...]]:
    """Return the words that a text lists, each line after what they mean."""
    words: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        meaning, _, listed = line.partition(": ")
        words[meaning] = (*words.get(meaning, ()), *listed.split(", "))
    return words


# Words by which a refused column is recognised, after what it holds.
_REFUSED_WORDS = words_by_line("""\
phone numbers: tel, cell, mobile, whatsapp, telegram, тел, моб, ватсап
identity numbers: iin, ssn, иин, инн, жсн, снилс
people's birth dates or other marks of persons: dob, age, sex, gender, пол, возраст, жасы, жынысы
people's birth dates or other marks of persons: др
addresses of homes or mail: street, flat, mail, улица, дом, квартира, кв, почта, көше, пәтер, пошта
names of people: fio, head, owner, voter, person, host, resident, фио, имя, хозяин, аким, житель
names of people: собственник, тегі, есімі, жөні, иесі, әкім
free text, which may tell of persons: info, remark, remarks, text, пікір, түсінік""")


_REFUSED_PARTS = words_by_line("""\
phone numbers: phone, телефон, мобильн, сотов, ұялы
identity numbers: passport, identity, паспорт, удостоверен, төлқұжат, жекекуәлік, idcard
people's birth dates or other marks of persons: birth, рожден, туған
addresses of homes or mail: address, apartment, email, housenumber, адрес, мекенжай, үйнөмірі
names of people: surname, lastname, firstname, fullname, familyname, givenname, patronym, contact
names of people: respondent, фамил, отчеств, контакт, владел, избирател, староста, атыжөні
names of people: әкесініңаты, байланыс, сайлаушы
free text, which may tell of persons: note, comment, descript, примечан, коммент, заметк, описани
free text, which may tell of persons: ескерту, ескертпе, түсініктеме, сипаттама""")

# Kazakh letters are often typed as the nearest ones of a Russian keyboard.
_LETTERS = str.maketrans("ёәғқңөұүһі", "еагкноуухи")


def _words(header: str) -> list[str]:
    text = unicodedata.normalize("NFC", header).casefold()
    if re.search("[а-яё]", text):
        text = text.replace("i", "і")
    return re.findall(r"[^\W_]+", text.translate(_LETTERS))


def header_key(header: str) -> str:
    """Return a header without case, spaces, punctuation and letters that few keyboards have."""
    return "".join(_words(header))


_REFUSED = {
    what: (frozenset(map(header_key, words)), tuple(map(header_key, _REFUSED_PARTS[what])))
    for what, words in _REFUSED_WORDS.items()
}


def personal_header(header: str) -> str:
    """Return what a column holds by its header, where that is persons' data; else nothing."""
    words, key = set(_words(header)), header_key(header)
    for what, (whole, parts) in _REFUSED.items():
        if words & whole or key in whole or any(part in key for part in parts):
            return what
    return ""


_DIGITS = re.compile(r"\+?[0-9][0-9\s().‐-―-]{8,}[0-9]")
_PHONE = re.compile(r"[78]7[0-9]{9}|7(?:0[0-9]|47|6[0-4]|7[0-9])[0-9]{7}")

_IDENTITY_DIGITS = 12


def personal_value(text: str) -> Fault | None:
    """Return a fault, which does not repeat the text, where it looks like a person's data.

    That is an identity number (12 digits), a phone number (with a ``+``, with 10 or 11 digits in
    groups that begin with 7 or 8, or as a number of Kazakhstan) or an e-mail address.
    """
    kinds = (_personal_number(number) for number in _DIGITS.findall(text))
    what = "an e-mail address" if re.search(r"\S@\S+\.\S", text) else next(filter(None, kinds), "")
    if not what:
        return None
    message = f"looks like {what}; no person's data is taken in, only villages and counts"
    return Fault("", message, "keep it out of the table")


def _personal_number(text: str) -> str:
    digits = re.sub("[^0-9]", "", text)
    if len(digits) == _IDENTITY_DIGITS and not text.startswith("+"):
        return "an identity number"
    grouped = digits != text and re.fullmatch("[78][0-9]{9,10}", digits)
    if grouped or _PHONE.fullmatch(digits) or re.fullmatch(r"\+.{9,}", text):
        return "a phone number"
    return ""
