"""Dates, times of day and reasons, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.language import translation
from routeplan.plan import Reason

if TYPE_CHECKING:
    import datetime as dt

    from routeplan.language import Language

__all__ = ["REASONS", "clock", "date_label", "period_label", "vehicle_label"]

SECONDS_PER_DAY = 86_400

# Tables of our own: `strftime` answers in whatever language the process is set to.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

REASONS = {
    Reason.UNREACHABLE: "No road leads there",
    Reason.TOO_FAR: "Too far to be back in time",
    Reason.CLOSED: "Closed on every day",
    Reason.NO_TIME: "More crew-days would reach more",
    Reason.SEARCH: "It might fit, but no plan with it was found",
}


def clock(seconds: int) -> str:
    """Return a time of day as a clock shows it, minutes cut off.

    Parameters
    ----------
    seconds
        After the day's midnight; may run past it.

    Examples
    --------
    >>> clock(33_300), clock(88_200)
    ('09:15', '00:30 +1')
    """
    days, rest = divmod(seconds, SECONDS_PER_DAY)
    hours, minutes = divmod(rest // 60, 60)
    return f"{hours:02}:{minutes:02}" + (f" +{days}" if days else "")


def date_label(date: dt.date) -> str:
    """Return a date with its weekday.

    Examples
    --------
    >>> import datetime as dt
    >>> date_label(dt.date(2027, 5, 3))
    'Mon 3 May'
    """
    return f"{WEEKDAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"


def period_label(first: dt.date, last: dt.date) -> str:
    """Return the days from first to last with the year.

    Examples
    --------
    >>> import datetime as dt
    >>> period_label(dt.date(2027, 5, 3), dt.date(2027, 5, 7))
    'Mon 3 May – Fri 7 May 2027'
    """
    end = f"{date_label(last)} {last.year}"
    if first == last:
        return end
    start = date_label(first)
    return f"{start} – {end}" if first.year == last.year else f"{start} {first.year} – {end}"


def vehicle_label(vehicle: str, language: Language) -> str:
    """Return what a kind of vehicle is called; one of a user's own table by its own name."""
    _ = translation(language).gettext
    known = {"car": _("car"), "four_wheel_drive": _("four-wheel drive"), "minibus": _("minibus")}
    return known.get(vehicle, vehicle)
