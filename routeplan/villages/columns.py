"""Columns of tables by their headers in English, Russian and Kazakh.

Every unknown column is a fault, so that no person's data slips in and none is ignored in silence.
Columns for notes are refused too: free text is where phones and names end up.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from routeplan.errors import Faults


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


PLACE_COLUMNS = ("place_found", "place_match", "place_candidates", "place_choice")
REGISTER_COLUMNS = ("register_code", "register_match", "register_candidates", "register_choice")
MATCH_COLUMNS = ("district_found", *PLACE_COLUMNS, *REGISTER_COLUMNS)
"""Written by ``routeplan villages match``; not read for planning."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    **words_by_line("""\
id: code, village id, village code, kato, ид, идентификатор, код, код села, код като, като, коды
id: ауыл коды, әаож
name: village, village name, settlement, place, название, название села, имя села, наименование
name: село, аул, посёлок, населённый пункт, нас пункт, аты, атауы, ауыл, ауыл аты, ауылдың аты
name: ауыл атауы, ауылдың атауы, елді мекен, елді мекен атауы
district: rayon, raion, район, название района, аудан, ауданы, аудан атауы
oblast: region, область, регион, облыс, облысы
lat: latitude, широта, ендік
lon: lng, long, longitude, долгота, бойлық
households: household, hh, number of households, домохозяйства, домохозяйств, число домохозяйств
households: количество домохозяйств, колво домохозяйств, дворы, дворов, число дворов
households: количество дворов, үй саны, үйлер саны, үй шаруашылығы, үй шаруашылықтары
households: үй шаруашылығы саны, үй шаруашылықтарының саны, шаңырақ саны
population: pop, inhabitants, residents, people, население, численность, численность населения
population: жители, жителей, число жителей, количество жителей, халық, халық саны, халқы, тұрғындар
population: тұрғын саны, тұрғындар саны
signed: signed so far, signed households, signatures, подписали, подписано, подписей, подписи
signed: собрано подписей, қол қойды, қол қойған, қол қойғандар, қол саны, қолдар саны
weight: вес, салмақ, салмағы
partial: частично, частями, можно частями, ішінара, бөліп
min_households: min households, minimum households, мин домохозяйств, минимум домохозяйств
min_households: мин дворов, минимум дворов, ең аз үй, ең аз үй саны
setup_minutes: setup minutes, setup min, подготовка минут, подготовка мин, минут на подготовку
setup_minutes: дайындық минут, дайындық минуты, дайындық мин
pace: темп, қарқын, қарқыны
max_share_per_visit: max share per visit, max share, доля за визит, макс доля за визит
max_share_per_visit: наибольшая доля за визит, ең көп үлес, бір барғандағы үлес
max_share_per_visit: бір барғандағы ең көп үлес
closed: closed days, closed dates, закрыто, закрытые дни, закрытые даты, жабық, жабық күндер
closed: жабық күндері
knock: knocking hours, knock hours, часы обхода, время обхода, аралау уақыты, аралау сағаты
required: обязательно, обязательное, міндетті
teams_per_night: teams per night, sleeps, ночлег, команд на ночь, экипажей на ночь, мест для ночлега
teams_per_night: түнеу, түнейтін топтар, түнейтін топ саны"""),
    **dict.fromkeys(MATCH_COLUMNS, ()),
}
"""Columns of a table of villages, with their other names."""


class Column(NamedTuple):
    """The position of a column in its table, and its header there."""

    position: int
    header: str


def _by_key(columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {header_key(each): name for name, others in columns.items() for each in (*others, name)}


_VILLAGE_COLUMNS = _by_key(COLUMNS)


def identify(header: str) -> str | None:
    """Return the column of a table of villages that a header names, None for an unknown one.

    Case, spaces, underscores and punctuation are ignored, and whether ё and the Kazakh letters
    are typed as such.

    Examples
    --------
    >>> identify("Населенный пункт")
    'name'
    """
    return _VILLAGE_COLUMNS.get(header_key(header))


def match_header(
    headers: Sequence[str],
    where: str,
    faults: Faults,
    optional: Collection[str] = (),
    *,
    columns: Mapping[str, tuple[str, ...]] = COLUMNS,
) -> dict[str, Column]:
    """Find the columns of a table by its header row.

    Every column that is unknown, refused, repeated or missing is added to the faults, under
    ``where`` (``villages.csv:1``). Of a table of villages, ``name`` or ``id``, ``lat``, ``lon``,
    and ``households`` or ``population`` are required, of another all columns, unless they are
    ``optional``. Return every known column that is there, by its name.
    """
    by_key = _by_key(columns)
    found: dict[str, Column] = {}
    for position, header in enumerate(headers):
        column = by_key.get(header_key(header))
        if column is None:
            if header:
                # A header that looks like a person's data is not repeated.
                place = where if personal_value(header) else f"{where} {header}"
                faults.add(place, *_why_unknown(header, columns))
        elif column in found:
            same = f"means the same as {found[column].header!r}"
            faults.add(f"{where} {header}", same, "keep one")
        else:
            found[column] = Column(position, header)
    required: list[tuple[str, ...]] = [(column,) for column in columns]
    if columns is COLUMNS:
        required = [("name", "id"), ("lat",), ("lon",), ("households", "population")]
    for names in required:
        if not (found.keys() | set(optional)) & set(names):
            faults.add(where, f"has no column {' or '.join(map(repr, names))}", "add it")
    return found


def _why_unknown(header: str, columns: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return why a column is refused, as persons' data or as misspelt, and a hint."""
    what = personal_header(header)
    if what:
        why = f"holds {what}; no person's data is taken in, only villages and counts"
        return why, "remove the column from the table"
    aliases = [alias for names in columns.values() for alias in names]
    hint = nearest(header.casefold(), [*aliases, *columns])
    if not hint.startswith("did you mean"):
        hint = "remove the column, or give it a known name"
    return "is not a known column", hint
