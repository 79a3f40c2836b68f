"""Columns of tables by their headers in English, Russian and Kazakh.

Columns of persons' data are refused, and so are columns for notes: free text is where phones and
names end up. Of tables of villages, other unknown columns are left out with a note, unless they
look like a misspelt known one.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, closest, nearest
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from routeplan.errors import Faults


def words_by_line(text: str) -> dict[str, tuple[str, ...]]:
    """Return the words that a text lists, each line after what they mean."""
    words: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        meaning, listed = line.split(": ", 1)
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
names of people: собственник, тегі, есімі, жөні, иесі, әкім, глава, агент, директор, басшы, басшысы
names of people: төраға, төрағасы, жауапты, агитатор, координатор, исполнитель, председатель, leader
free text, which may tell of persons: info, remark, remarks, text, пікір, түсінік""")


_REFUSED_PARTS = words_by_line("""\
phone numbers: phone, телефон, мобильн, сотов, ұялы
identity numbers: passport, identity, паспорт, удостоверен, төлқұжат, жекекуәлік, idcard
people's birth dates or other marks of persons: birth, рожден, туған
addresses of homes or mail: address, apartment, email, housenumber, адрес, мекенжай, үйнөмірі
names of people: surname, lastname, firstname, fullname, familyname, givenname, patronym, contact
names of people: respondent, driver, водител, жүргізуші, ответствен, руководител, заведующ
names of people: уполномочен, фамил, отчеств, контакт, владел, избирател, староста, атыжөні
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


def _held(what: str) -> str:
    """Return what a column holds, as `personal_header` names it, in the language of messages."""
    texts = {
        "phone numbers": _("phone numbers"),
        "identity numbers": _("identity numbers"),
        "people's birth dates or other marks of persons": _(
            "people's birth dates or other marks of persons"
        ),
        "addresses of homes or mail": _("addresses of homes or mail"),
        "names of people": _("names of people"),
        "free text, which may tell of persons": _("free text, which may tell of persons"),
    }
    return texts[what]


_DIGITS = re.compile(r"\+?[0-9][0-9\s().‐-―-]{8,}[0-9]")
_PHONE = re.compile(r"[78]7[0-9]{9}|7(?:0[0-9]|47|6[0-4]|7[0-9])[0-9]{7}")

_IDENTITY_DIGITS = 12


def personal_value(text: str) -> Fault | None:
    """Return a fault, which does not repeat the text, where it looks like a person's data.

    That is an identity number (12 digits), a phone number (with a ``+``, with 10 or 11 digits in
    groups that begin with 7 or 8, or as a number of Kazakhstan) or an e-mail address.
    """
    kinds = (_personal_number(number) for number in _DIGITS.findall(text))
    is_mail = re.search(r"\S@\S+\.\S", text)
    what = _("an e-mail address") if is_mail else next(filter(None, kinds), "")
    if not what:
        return None
    message = _(
        "looks like {what}; no person's data is taken in, only villages and counts", what=what
    )
    return Fault("", message, _("keep it out of the table"))


def _personal_number(text: str) -> str:
    digits = re.sub("[^0-9]", "", text)
    if len(digits) == _IDENTITY_DIGITS and not text.startswith("+"):
        return _("an identity number")
    grouped = digits != text and re.fullmatch("[78][0-9]{9,10}", digits)
    if grouped or _PHONE.fullmatch(digits) or re.fullmatch(r"\+.{9,}", text):
        return _("a phone number")
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
name: ауыл атауы, ауылдың атауы, елді мекен, елді мекен атауы, елді мекеннің атауы, ауылдар
name: елді мекендер, елді мекендердің атауы, ауылдың атаулары, название населённого пункта, сёла
name: наименование населённого пункта, наименование населённых пунктов, населённые пункты
name: наименование села, наименование аула, наименование нп, название нп, нп, снп, село аул, аулы
name: сельский населённый пункт, наименование сельского населённого пункта, name of village
name: наименование села аула, посёлки, settlement name
district: rayon, raion, район, название района, аудан, ауданы, аудан атауы, ауданның атауы
district: наименование района, административный район, район город, аудан қала
oblast: region, область, регион, облыс, облысы, облыстың атауы, облыс атауы, наименование области
lat: latitude, широта, ендік, ендігі, северная широта, солтүстік ендік, с ш
lon: lng, long, longitude, долгота, бойлық, бойлығы, восточная долгота, шығыс бойлық, в д
households: household, hh, number of households, домохозяйства, домохозяйств, число домохозяйств
households: количество домохозяйств, колво домохозяйств, дворы, дворов, число дворов
households: количество дворов, үй саны, үйлер саны, үй шаруашылығы, үй шаруашылықтары
households: үй шаруашылығы саны, үй шаруашылықтарының саны, шаңырақ саны, шаңырақ, шаңырақтар
households: хозяйства, хозяйств, семьи, семей, дома, домов, жилых домов, families, houses
households: шаруашылық, шаруашылығы, шаруашылықтар, шаруашылықтары, шаруашылықтардың саны
households: шаруашылықтарының саны, түтін, түтін саны, отбасы, отбасы саны, отбасылар, аула саны
households: аулалар саны, аулалардың саны, үйлердің саны, үйлер
population: pop, inhabitants, residents, people, население, численность, численность населения
population: жители, жителей, число жителей, количество жителей, халық, халық саны, халқы, тұрғындар
population: тұрғын саны, тұрғындар саны, тұрғындардың саны, халықтың саны, халқының саны, адам саны
population: число людей, людей, количество человек, число человек
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


_MISSPELT = 0.8  # of 1, at least, is a misspelt header like a known one
_SHORTEST_KEY = 5  # of such a one


class Column(NamedTuple):
    """The position of a column in its table, and its header there."""

    position: int
    header: str


def _by_key(columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {header_key(each): name for name, others in columns.items() for each in (*others, name)}


# Words beside the name of a column, and units.
_BESIDE = frozenset(
    _words("""\
кол во колво количество число общее общая общий всего ед единиц чел человек шт на г год года
по состоянию сост координаты координата градусы градус град саны жалпы бойынша адам дана
жыл жылғы жылы координаттар координаттары number of the total count in gps wgs wgs84
русском казахском языке рус каз қазақша орысша қазақ орыс тілінде тіліндегі ru kk kz rus kaz""")
)


def _bare_key(header: str) -> str:
    """Return the key of a header without numbers and words such as "количество"."""
    return "".join(w for w in _words(header) if w not in _BESIDE and not w.isdigit())


def _by_bare_key(columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, others in columns.items():
        for each in (*others, name):
            found.setdefault(_bare_key(each), set()).add(name)
    return {key: names.pop() for key, names in found.items() if key and len(names) == 1}


_VILLAGE_COLUMNS = _by_bare_key(COLUMNS) | _by_key(COLUMNS)


def identify(header: str) -> str | None:
    """Return the column of a table of villages that a header names, None for an unknown one.

    Case, spaces, underscores and punctuation are ignored, and whether ё and the Kazakh letters
    are typed as such; so are numbers and words such as "количество" or "чел.".

    Examples
    --------
    >>> identify("Населенный пункт"), identify("Кол-во дворов, ед. (на 01.01.2027 г.)")
    ('name', 'households')
    """
    return _VILLAGE_COLUMNS.get(header_key(header)) or _VILLAGE_COLUMNS.get(_bare_key(header))


def identifier(columns: Mapping[str, tuple[str, ...]]) -> Callable[[str], str | None]:
    """Return a function that finds the column that a header names, by its names alone."""
    by_key = _by_key(columns)
    return lambda header: by_key.get(header_key(header))


def loose_identifier(columns: Mapping[str, tuple[str, ...]]) -> Callable[[str], str | None]:
    """Return a function that finds the column that a header names, perhaps with more words.

    Those are a unit after a comma or in brackets, and words such as "количество".
    """
    exact, bare = identifier(columns), _by_bare_key(columns)

    def known(header: str) -> str | None:
        first = re.split("[(,]", header)[0]
        return exact(header) or exact(first) or bare.get(_bare_key(first))

    return known


def match_header(
    headers: Sequence[str],
    where: str,
    faults: Faults,
    optional: Collection[str] = (),
    *,
    left_out: list[str] | None = None,
) -> dict[str, Column]:
    """Find the columns of a table of villages by its header row.

    Every column that is misspelt, refused, repeated or missing is added to the faults, under
    ``where`` (``villages.csv:1``), and every other unknown one to ``left_out``. Required are
    ``name`` or ``id``, ``lat``, ``lon``, and ``households`` or ``population``, unless they are
    ``optional``. Return every known column that is there, by its name.
    """
    found = _found_columns(headers, where, faults, COLUMNS, left_out)
    for names in (("name", "id"), ("lat",), ("lon",), ("households", "population")):
        if not (found.keys() | set(optional)) & set(names):
            first, *others = names
            message = _("has no column {name!r}", name=first)
            if others:
                message = _("has no column {first!r} or {other!r}", first=first, other=others[0])
            faults.add(where, message, _("add it"))
    return found


def match_all_columns(
    headers: Sequence[str], where: str, faults: Faults, columns: Mapping[str, tuple[str, ...]]
) -> dict[str, Column]:
    """Find columns, all of which are required, by their names; any other is a fault."""
    found = _found_columns(headers, where, faults, columns)
    for name in columns.keys() - found.keys():
        faults.add(where, _("has no column {name!r}", name=name), _("add it"))
    return found


def match_columns(
    headers: Sequence[str],
    where: str,
    faults: Faults,
    columns: Mapping[str, tuple[str, ...]],
    left_out: list[str],
) -> dict[str, Column]:
    """Find columns, any of which may be missing, as `loose_identifier` does.

    Every column that is misspelt, refused or repeated is added to the faults, and every other
    unknown one to ``left_out``.
    """
    known = loose_identifier(columns)
    return _found_columns(headers, where, faults, columns, left_out, known)


def _found_columns(
    headers: Sequence[str],
    where: str,
    faults: Faults,
    columns: Mapping[str, tuple[str, ...]],
    left_out: list[str] | None = None,
    known: Callable[[str], str | None] | None = None,
) -> dict[str, Column]:
    known = known or (identify if columns is COLUMNS else identifier(columns))
    found: dict[str, Column] = {}
    for position, header in enumerate(headers):
        column = known(header)
        if column == "name" and column in found and left_out is not None:
            left_out.append(header)  # names in another language, beside those that are read
        elif column in found:
            same = _("means the same as {header!r}", header=found[column].header)
            faults.add(f"{where} {header}", same, _("keep one"))
        elif column:
            found[column] = Column(position, header)
        elif header:
            # A header that looks like a person's data is not repeated.
            personal = personal_value(header) is not None
            why = _why_refused(header, columns, may_be_left_out=left_out is not None)
            if why:
                faults.add(where if personal else f"{where} {header}", *why)
            elif left_out is not None:
                left_out.append(_("one that looks like a person's data") if personal else header)
    return found


def _why_refused(
    header: str, columns: Mapping[str, tuple[str, ...]], *, may_be_left_out: bool
) -> tuple[str, str] | None:
    """Return why a column is refused, as persons' data or as misspelt, and a hint."""
    what = personal_header(header)
    if what:
        why = _(
            "holds {what}; no person's data is taken in, only villages and counts", what=_held(what)
        )
        return why, _("remove the column from the table")
    aliases = [*columns, *(alias for names in columns.values() for alias in names)]
    keys = [key for key in map(_bare_key, aliases) if len(key) >= _SHORTEST_KEY]
    close = get_close_matches(_bare_key(header), keys, n=1, cutoff=_MISSPELT)
    if may_be_left_out and not close:
        return None
    known = [*aliases, *close]
    hint = _("remove the column, or give it a known name")
    if closest(header.casefold(), known):
        hint = nearest(header.casefold(), known)
    return _("is not a known column"), hint
