"""Texts out of gettext catalogues, and dates and numbers, in the languages that crews read.

Texts are in the code in English, marked ``_(…)`` or ``ngettext(…)``, and in Kazakh and Russian in
``locale/<language>/routeplan.po``, which are read without being compiled first.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from babel.plural import to_javascript

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

Language: TypeAlias = Literal["en", "kk", "ru"]
"""English, Kazakh (Cyrillic) or Russian, by their codes in ISO 639-1."""

LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")

# Patterns of CLDR for a date with its weekday, without and with the year.
_DATES = {"en": "EEE d MMMM", "kk": "d MMMM, EEE", "ru": "EEE, d MMMM"}
_DATES_OF_YEARS = {"en": "EEE d MMMM y", "kk": "y 'ж'. d MMMM, EEE", "ru": "EEE, d MMMM y"}

# Every plural form of a language is that of one of these numbers.
_COUNTED = range(200)


@cache
def translation(language: Language) -> gettext.NullTranslations:
    """Return the texts of a language; its methods `gettext` and `ngettext` look them up.

    English texts are those of the code.

    Examples
    --------
    >>> _ = translation("ru").gettext
    >>> _("Crew")
    'Экипаж'
    """
    if language == "en":
        return gettext.NullTranslations()
    text = resources.files("routeplan") / "locale" / language / "routeplan.po"
    catalogue = read_po(io.BytesIO(text.read_bytes()), locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def date_label(date: dt.date, language: Language) -> str:
    """Return a date with its weekday, without the year."""
    return format_date(date, _DATES[language], locale=language)


def day_label(date: dt.date, language: Language) -> str:
    """Return weekday and day of the month: ``Mon 3``."""
    return format_date(date, "EEE d", locale=language)


def period_label(first: dt.date, last: dt.date, language: Language) -> str:
    """Return the days from first to last with the year.

    Examples
    --------
    >>> import datetime as dt
    >>> period_label(dt.date(2027, 5, 3), dt.date(2027, 5, 7), "en")
    'Mon 3 May – Fri 7 May 2027'
    """
    start, end = (format_date(d, _DATES_OF_YEARS[language], locale=language) for d in (first, last))
    if first == last:
        return end
    if first.year == last.year:
        # The year is written once: in Kazakh it comes first.
        if language == "kk":
            end = date_label(last, language)
        else:
            start = date_label(first, language)
    return f"{start} – {end}"


def number_label(number: float, language: Language) -> str:
    """Return a number with one decimal."""
    return format_decimal(number, "#,##0.0", locale=language)


def number_signs(language: Language) -> tuple[str, str]:
    """Return the decimal sign, and the sign between groups of three digits."""
    return get_decimal_symbol(language), get_group_symbol(language)


def plural_forms(language: Language, text: Callable[[int], str]) -> dict[str, str]:
    """Return each plural form of a text that counts something, by the name of the form.

    `text` gives the form for a number: ``lambda n: ngettext("{n} door", "{n} doors", n)``.

    Examples
    --------
    >>> plural_forms("en", lambda n: "door" if n == 1 else "doors")
    {'other': 'doors', 'one': 'door'}
    """
    rule = Locale(language).plural_form
    samples: dict[str, int] = {}
    for number in _COUNTED:
        samples.setdefault(rule(number), number)
    return {name: text(number) for name, number in samples.items()}


def plural_script(language: Language) -> str:
    """Return a function in JavaScript that names the form of a text for a number."""
    return to_javascript(Locale(language).plural_form)
