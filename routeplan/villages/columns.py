"""Names of columns in English, Russian and Kazakh: which are known, and which are refused and why.

Only known columns are ever read. Every other one is a fault, so that no person's data slips in
and nothing that a planner wrote is passed over in silence; the lists of refused names only serve
to say why. Columns for notes are refused too: free text is where phones and names end up.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = [
    "COLUMNS",
    "Title",
    "fold",
    "identify",
    "match_header",
    "personal_value",
    "why_unknown",
]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "code", "village id", "village code", "kato"),
        *("ид", "идентификатор", "код", "код села", "код като", "като"),
        *("коды", "ауыл коды", "әаож"),
    ),
    "name": (
        *("name", "village", "village name", "settlement", "place"),
        *("название", "название села", "имя села", "наименование", "село", "аул", "посёлок"),
        *("населённый пункт", "нас пункт"),
        *("аты", "атауы", "ауыл", "ауыл аты", "ауылдың аты", "ауыл атауы", "ауылдың атауы"),
        *("елді мекен", "елді мекен атауы"),
    ),
    "district": (
        *("district", "rayon", "raion"),
        *("район", "название района", "аудан", "ауданы", "аудан атауы"),
    ),
    "oblast": ("oblast", "region", "область", "регион", "облыс", "облысы"),
    "lat": ("lat", "latitude", "широта", "ендік"),
    "lon": ("lon", "lng", "long", "longitude", "долгота", "бойлық"),
    "households": (
        *("households", "household", "hh", "number of households"),
        *("домохозяйства", "домохозяйств", "число домохозяйств", "количество домохозяйств"),
        *("колво домохозяйств", "дворы", "дворов", "число дворов", "количество дворов"),
        *("үй саны", "үйлер саны", "үй шаруашылығы", "үй шаруашылықтары"),
        *("үй шаруашылығы саны", "үй шаруашылықтарының саны", "шаңырақ саны"),
    ),
    "population": (
        *("population", "pop", "inhabitants", "residents", "people"),
        *("население", "численность", "численность населения", "жители", "жителей"),
        *("число жителей", "количество жителей"),
        *("халық", "халық саны", "халқы", "тұрғындар", "тұрғын саны", "тұрғындар саны"),
    ),
    "signed": (
        *("signed", "signed so far", "signed households", "signatures"),
        *("подписали", "подписано", "подписей", "подписи", "собрано подписей"),
        *("қол қойды", "қол қойған", "қол қойғандар", "қол саны", "қолдар саны"),
    ),
    "weight": ("weight", "вес", "салмақ", "салмағы"),
    "partial": ("partial", "частично", "частями", "можно частями", "ішінара", "бөліп"),
    "min_households": (
        *("min households", "minimum households"),
        *("мин домохозяйств", "минимум домохозяйств", "мин дворов", "минимум дворов"),
        *("ең аз үй", "ең аз үй саны"),
    ),
    "setup_minutes": (
        *("setup minutes", "setup min"),
        *("подготовка минут", "подготовка мин", "минут на подготовку"),
        *("дайындық минут", "дайындық минуты", "дайындық мин"),
    ),
    "pace": ("pace", "темп", "қарқын", "қарқыны"),
    "max_share_per_visit": (
        *("max share per visit", "max share"),
        *("доля за визит", "макс доля за визит", "наибольшая доля за визит"),
        *("ең көп үлес", "бір барғандағы үлес", "бір барғандағы ең көп үлес"),
    ),
    "closed": (
        *("closed", "closed days", "closed dates"),
        *("закрыто", "закрытые дни", "закрытые даты"),
        *("жабық", "жабық күндер", "жабық күндері"),
    ),
    "knock": (
        *("knock", "knocking hours", "knock hours"),
        *("часы обхода", "время обхода"),
        *("аралау уақыты", "аралау сағаты"),
    ),
    "required": ("required", "обязательно", "обязательное", "міндетті"),
    "teams_per_night": (
        *("teams per night", "sleeps"),
        *("ночлег", "команд на ночь", "экипажей на ночь", "мест для ночлега"),
        *("түнеу", "түнейтін топтар", "түнейтін топ саны"),
    ),
    # What `routeplan villages match` writes beside a table; planning passes over it.
    "district_found": (),
    "place_found": (),
    "place_match": (),
    "place_candidates": (),
    "place_choice": (),
    "register_code": (),
    "register_match": (),
    "register_candidates": (),
    "register_choice": (),
}

# What a refused column holds; its whole words; parts of words by which it is known.
_REFUSED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "phone numbers",
        ("tel", "cell", "mobile", "whatsapp", "telegram", "тел", "моб", "ватсап"),
        ("phone", "телефон", "мобильн", "сотов", "ұялы"),
    ),
    (
        "identity numbers",
        ("iin", "ssn", "иин", "инн", "жсн", "снилс"),
        ("passport", "identity", "паспорт", "удостоверен", "төлқұжат", "жекекуәлік", "idcard"),
    ),
    (
        "people's birth dates or other marks of persons",
        ("dob", "age", "sex", "gender", "пол", "возраст", "жасы", "жынысы", "др"),
        ("birth", "рожден", "туған"),
    ),
    (
        "addresses of homes or mail",
        (
            *("street", "flat", "mail", "улица", "дом", "квартира", "кв", "почта"),
            *("көше", "пәтер", "пошта"),
        ),
        ("address", "apartment", "email", "housenumber", "адрес", "мекенжай", "үйнөмірі"),
    ),
    (
        "names of people",
        (
            *("fio", "head", "owner", "voter", "person", "host", "resident"),
            *("фио", "имя", "хозяин", "аким", "житель", "собственник"),
            *("тегі", "есімі", "жөні", "иесі", "әкім"),
        ),
        (
            *("surname", "lastname", "firstname", "fullname", "familyname", "givenname"),
            *("patronym", "contact", "respondent", "фамил", "отчеств", "контакт", "владел"),
            *("избирател", "староста", "атыжөні", "әкесініңаты", "байланыс", "сайлаушы"),
        ),
    ),
    (
        "free text, which may tell of persons",
        ("info", "remark", "remarks", "text", "пікір", "түсінік"),
        (
            *("note", "comment", "descript", "примечан", "коммент", "заметк", "описани"),
            *("ескерту", "ескертпе", "түсініктеме", "сипаттама"),
        ),
    ),
)

# Kazakh letters are often typed as the nearest ones of a Russian keyboard.
_LETTERS = str.maketrans("ёәғқңөұүһі", "еагкноуухи")


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFC", name).casefold()
    if re.search("[а-яё]", text):
        text = text.replace("i", "і")
    return re.findall(r"[^\W_]+", text.translate(_LETTERS))


def fold(name: str) -> str:
    """Return a name without case, spaces, punctuation and the letters that few keyboards have."""
    return "".join(_words(name))


_KNOWN = {fold(alias): column for column, aliases in COLUMNS.items() for alias in aliases} | {
    fold(column): column for column in COLUMNS
}
_REFUSED_FOLDED = tuple(
    (what, frozenset(map(fold, whole)), tuple(map(fold, parts))) for what, whole, parts in _REFUSED
)


def identify(head: str) -> str | None:
    """Return the column that a head names, None where it names none that is known.

    Case, spaces, underscores and punctuation do not count, nor whether ё and the Kazakh letters
    are typed as such.

    Examples
    --------
    >>> identify("Населенный пункт")
    'name'
    """
    return _KNOWN.get(fold(head))


class Title(NamedTuple):
    """Where a column stands in its table, and what it is called there."""

    position: int
    text: str


def match_header(
    heads: Sequence[str], where: str, faults: Faults, without: Collection[str] = ()
) -> dict[str, Title]:
    """Find the columns of a table by its header row.

    Parameters
    ----------
    heads
        The header row.
    where
        Where it stands, for the faults: ``villages.csv:1``.
    faults
        Where every column that is unknown, refused, repeated or missing is noted.
    without
        Columns that may be missing, because something else tells what they would.

    Returns
    -------
    dict
        The title of every known column that is there, by the column's name.
    """
    titles: dict[str, Title] = {}
    for position, head in enumerate(heads):
        column = identify(head)
        if column is None:
            if head:
                faults.add(f"{where} {head}", *why_unknown(head, COLUMNS))
        elif column in titles:
            faults.add(f"{where} {head}", f"means the same as {titles[column].text!r}", "keep one")
        else:
            titles[column] = Title(position, head)
    for needed in (("name", "id"), ("lat",), ("lon",), ("households", "population")):
        if not (titles.keys() | set(without)) & set(needed):
            faults.add(where, f"has no column {' or '.join(map(repr, needed))}", "add it")
    return titles


def why_unknown(head: str, columns: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Say why a column is not taken, and what to do: it holds persons' data, or is misspelt.

    Parameters
    ----------
    head
        Its name.
    columns
        Those that are known, with their other names.
    """
    words = set(_words(head))
    folded = fold(head)
    for what, whole, parts in _REFUSED_FOLDED:
        if words & whole or folded in whole or any(part in folded for part in parts):
            return (
                f"holds {what}; no person's data is taken in, only villages and counts",
                "remove the column from the table",
            )
    aliases = [alias for names in columns.values() for alias in names]
    hint = nearest(head.casefold(), [*aliases, *columns])
    if not hint.startswith("did you mean"):
        hint = "remove the column, or give it a known name"
    return "is not a known column", hint


_DIGITS = re.compile(r"\+?[0-9][0-9\s().‐-―-]{8,}[0-9]")
_PHONE = re.compile(r"[78]7[0-9]{9}|7(?:0[0-9]|47|6[0-4]|7[0-9])[0-9]{7}")
_IDENTITY_DIGITS = 12


def personal_value(text: str) -> Fault | None:
    """Tell whether a village's id or name looks like a person's data; the fault does not repeat it.

    Looked for are identity numbers (12 digits), phone numbers (with a ``+``, with 10 or 11 digits
    in groups that begin with 7 or 8, or as a number of Kazakhstan) and e-mail addresses.
    """
    if re.search(r"\S@\S+\.\S", text):
        return _looks_like("an e-mail address")
    for match in _DIGITS.findall(text):
        digits = re.sub("[^0-9]", "", match)
        if len(digits) == _IDENTITY_DIGITS and not match.startswith("+"):
            return _looks_like("an identity number")
        grouped = digits != match and re.fullmatch("[78][0-9]{9,10}", digits)
        if grouped or _PHONE.fullmatch(digits) or re.fullmatch(r"\+.{9,}", match):
            return _looks_like("a phone number")
    return None


def _looks_like(what: str) -> Fault:
    return Fault(
        "",
        f"looks like {what}; no person's data is taken in, only villages and counts",
        "keep it out of the table",
    )
