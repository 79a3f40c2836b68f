"""The languages that a crew reads: texts out of gettext catalogues, dates and numbers as written.

Texts stand in the code in English, marked ``_(…)`` or ``ngettext(…)``; the catalogues
``locale/<language>/routeplan.po`` hold them in Kazakh and Russian. They are read as they are: a
translator edits one, and the next run speaks it.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["LANGUAGES", "Language", "date_label", "number_label", "translation"]

Language: TypeAlias = Literal["en", "kk", "ru"]
"""English, Kazakh (Cyrillic) or Russian, by their codes in ISO 639-1."""

LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")

# Of a date with its weekday, as a crew says it; the year stands on the sheet.
_DATES = {"en": "EEE d MMMM", "kk": "EEE, d MMMM", "ru": "EEE, d MMMM"}


@cache
def translation(language: Language) -> gettext.NullTranslations:
    """Return the texts of a language; its methods `gettext` and `ngettext` look them up.

    Parameters
    ----------
    language
        One of `LANGUAGES`; English texts stand for themselves.

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
    """Return a date with its weekday, without the year.

    Examples
    --------
    >>> import datetime as dt
    >>> date_label(dt.date(2027, 5, 3), "ru")
    'пн, 3 мая'
    """
    return format_date(date, _DATES[language], locale=language)


def number_label(value: float, language: Language) -> str:
    """Return a number with at most one decimal.

    Examples
    --------
    >>> number_label(23.4, "ru"), number_label(100.0, "en")
    ('23,4', '100')
    """
    return format_decimal(value, "#,##0.#", locale=language)
