"""Times of day, reasons, requirements, vehicles in words; addresses of points; names of files."""

from __future__ import annotations

import itertools
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from routeplan.handouts.geometry import DECIMALS
from routeplan.language import Language, date_label, translation
from routeplan.model.plan import Reason, RequirementKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routeplan.model.plan import Requirement
    from routeplan.model.problem import Problem

SECONDS_PER_DAY = 86_400

LONGEST_NAME = 60  # in characters; common systems take 255 bytes
# More letters of a name make a QR code too fine for a poor camera.
LABEL_LETTERS = 16


def time_label(seconds: int) -> str:
    """Return a time of day, in seconds after midnight, as a clock shows it, seconds cut off.

    Examples
    --------
    >>> time_label(33_300), time_label(88_200)
    ('09:15', '00:30 +1')
    """
    days, rest = divmod(seconds, SECONDS_PER_DAY)
    hours, minutes = divmod(rest // 60, 60)
    return f"{hours:02}:{minutes:02}" + (f" +{days}" if days else "")


def reason_label(reason: Reason, language: Language) -> str:
    """Return why households of a village are not reached.

    Examples
    --------
    >>> reason_label(Reason.CLOSED, "en")
    'Closed on every day'
    """
    _ = translation(language).gettext
    return {
        Reason.UNREACHABLE: _("No road leads there"),
        Reason.TOO_FAR: _("Too far to be back in time"),
        Reason.CLOSED: _("Closed on every day"),
        Reason.NO_TIME: _("More crew-days would reach more"),
        Reason.SEARCH: _("It might fit, but no plan with it was found"),
    }[reason]


def requirement_label(requirement: Requirement, problem: Problem, language: Language) -> str:
    """Return what it would take to reach more of a village, of a requirement with households."""
    ngettext, n = translation(language).ngettext, requirement.households or 0
    if requirement.kind is RequirementKind.MINUTES:
        text = ngettext(
            "{minutes} min more for crew {team} on {date}: {n} household",
            "{minutes} min more for crew {team} on {date}: {n} households",
            n,
        )
        date = date_label(problem.days[requirement.day or 0].date, language)
        return text.format(minutes=requirement.minutes, team=requirement.team, date=date, n=n)
    if requirement.kind is RequirementKind.NIGHT:
        text = ngettext(
            "a night more in {place}: {n} household", "a night more in {place}: {n} households", n
        )
    else:
        text = ngettext(
            "one more crew-day from {place}: {n} household",
            "one more crew-day from {place}: {n} households",
            n,
        )
    return text.format(place=problem.place(requirement.place or "").name, n=n)


def vehicle_label(vehicle: str, language: Language) -> str:
    """Return what a kind of vehicle is called; one of a user's own table by its own name.

    Examples
    --------
    >>> vehicle_label("four_wheel_drive", "en")
    'four-wheel drive'
    """
    _ = translation(language).gettext
    names = {"car": _("car"), "four_wheel_drive": _("four-wheel drive"), "minibus": _("minibus")}
    return names.get(vehicle, vehicle)


def clean(raw: str) -> str:
    """Return a text on one line in composed form: some tables write Й as two characters."""
    return " ".join(unicodedata.normalize("NFC", raw).split())


def geo_uri(lat: float, lon: float, label: str) -> str:
    """Return the address of a point for the maps of a phone.

    OsmAnd and Organic Maps show the point and its label where the coordinates are repeated with the
    label after them; other maps show the point.

    Examples
    --------
    >>> geo_uri(48.44377, 67.81192, "2 Qarasu")
    'geo:48.44377,67.81192?q=48.44377,67.81192(2%20Qarasu)'
    """
    point = f"{lat:.{DECIMALS}f},{lon:.{DECIMALS}f}"
    short = clean(label)[:LABEL_LETTERS].strip()
    return f"geo:{point}?q={point}({quote(short, safe='')})"


def safe_filename(text: str, *, taken: Iterable[str] = ()) -> str:
    """Return a name that every system takes for a file, without its suffix.

    Parameters
    ----------
    text
        Letters and digits of it stay.
    taken
        Names of files, with suffixes, that are not returned again in either case.

    Examples
    --------
    >>> safe_filename("Экипаж 1/2: 2027"), safe_filename("a", taken=["A.gpx"])
    ('Экипаж_1_2__2027', 'a_2')
    """
    name = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in text)
    # Dates are at the end.
    name = name[-LONGEST_NAME:] or "_"
    used = {other.rpartition(".")[0].casefold() for other in taken}
    numbered = (f"{name}_{n}" for n in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each.casefold() not in used)
