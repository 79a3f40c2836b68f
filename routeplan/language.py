"""Texts out of gettext catalogues, and dates and numbers, in the languages of the users.

Texts are in the code in English, marked ``_(…)`` or ``ngettext(…)``, and in Kazakh and Russian in
``locale/<language>/routeplan.po``, which are read without being compiled first. Handouts are in the
language that they are made in, by `translation`; messages and errors in that of the process, by
`gettext` and `ngettext`: English, unless `LANGUAGE_VARIABLE` names another, as the command line
makes it do.
"""

from __future__ import annotations

import datetime as dt
import gettext as catalogues
import io
import os
import string
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

# babel is loaded where it is needed: messages in English do without.
if TYPE_CHECKING:
    from collections.abc import Callable

Language: TypeAlias = Literal["en", "kk", "ru"]
"""English, Kazakh (Cyrillic) or Russian, by their codes in ISO 639-1."""

LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")

LANGUAGE_VARIABLE = "ROUTEPLAN_LANGUAGE"
"""The environment variable that names the language of messages, here and in child processes."""

# Patterns of CLDR for a date with its weekday, without and with the year.
_DATES = {"en": "EEE d MMMM", "kk": "d MMMM, EEE", "ru": "EEE, d MMMM"}
_DATES_OF_YEARS = {"en": "EEE d MMMM y", "kk": "y 'ж'. d MMMM, EEE", "ru": "EEE, d MMMM y"}

# Every plural form of a language is that of one of these numbers.
_COUNTED = range(200)


@cache
def translation(language: Language) -> catalogues.NullTranslations:
    """Return the texts of a language; its methods `gettext` and `ngettext` look them up.

    English texts are those of the code.

    Examples
    --------
    >>> _ = translation("ru").gettext
    >>> _("Crew")
    'Экипаж'
    """
    if language == "en":
        return catalogues.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = resources.files("routeplan") / "locale" / language / "routeplan.po"
    catalogue = read_po(io.BytesIO(text.read_bytes()), locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


def marked(text: str) -> str:
    """Return a text as it is; `gettext` is to find its translation when it is shown."""
    return text


def message_language() -> Language:
    """Return the language of messages."""
    name = os.environ.get(LANGUAGE_VARIABLE, "en")
    return next((language for language in LANGUAGES if language == name), "en")


def gettext(text: str, /, **values: object) -> str:
    """Return a message in the language of the process, with values in its fields.

    Numbers are written with the signs of the language, dates in its words.

    Examples
    --------
    >>> gettext("{name!r} is {metres:.1f} m off the road", name="Qarasu", metres=41.25)
    "'Qarasu' is 41.2 m off the road"
    """
    if not text:
        return ""  # catalogues have their own header by the empty text
    language = message_language()
    return _filled(translation(language).gettext(text), values, language)


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """Return a message that counts something, of which ``{n}`` says how many.

    Examples
    --------
    >>> ngettext("{n} village", "{n} villages", 3)
    '3 villages'
    """
    language = message_language()
    text = translation(language).ngettext(singular, plural, n)
    return _filled(text, {"n": n, **values}, language)


def number_text(written: str) -> str:
    """Return a number that Python wrote with the signs of the language of messages.

    Examples
    --------
    >>> number_text(f"{1234.5:,.1f}")
    '1,234.5'
    """
    language = message_language()
    if language == "en":
        return written
    decimal, group = number_signs(language)
    return written.translate({ord("."): decimal, ord(","): group})


def _filled(text: str, values: dict[str, object], language: Language) -> str:
    return _Formatter(language).vformat(text, (), values) if values else text


class _Formatter(string.Formatter):
    """Fills numbers and dates into a text as its language writes them."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> Any:  # noqa: ANN401  # as the base's
        """Return a value as a text; a date without a format stays as it is typed."""
        if self._language == "en":
            return super().format_field(value, format_spec)
        if isinstance(value, dt.date) and format_spec:
            return date_label(value, self._language)
        written = super().format_field(value, format_spec)
        return number_text(written) if isinstance(value, int | float) else written


def date_label(date: dt.date, language: Language) -> str:
    """Return a date with its weekday, without the year."""
    from babel.dates import format_date

    return format_date(date, _DATES[language], locale=language)


def day_label(date: dt.date, language: Language) -> str:
    """Return weekday and day of the month: ``Mon 3``."""
    from babel.dates import format_date

    return format_date(date, "EEE d", locale=language)


def period_label(first: dt.date, last: dt.date, language: Language) -> str:
    """Return the days from first to last with the year.

    Examples
    --------
    >>> import datetime as dt
    >>> period_label(dt.date(2027, 5, 3), dt.date(2027, 5, 7), "en")
    'Mon 3 May – Fri 7 May 2027'
    """
    from babel.dates import format_date

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
    from babel.numbers import format_decimal

    return format_decimal(number, "#,##0.0", locale=language)


def number_signs(language: Language) -> tuple[str, str]:
    """Return the decimal sign, and the sign between groups of three digits."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(language), get_group_symbol(language)


def plural_forms(language: Language, text: Callable[[int], str]) -> dict[str, str]:
    """Return each plural form of a text that counts something, by the name of the form.

    `text` gives the form for a number: ``lambda n: ngettext("{n} door", "{n} doors", n)``.

    Examples
    --------
    >>> plural_forms("en", lambda n: "door" if n == 1 else "doors")
    {'other': 'doors', 'one': 'door'}
    """
    from babel import Locale

    rule = Locale(language).plural_form
    samples: dict[str, int] = {}
    for number in _COUNTED:
        samples.setdefault(rule(number), number)
    return {name: text(number) for name, number in samples.items()}


def plural_script(language: Language) -> str:
    """Return a function in JavaScript that names the form of a text for a number."""
    from babel import Locale
    from babel.plural import to_javascript

    return to_javascript(Locale(language).plural_form)
