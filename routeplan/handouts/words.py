"""Times of day, reasons and needs, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.language import Language, date_label, number_label, translation
from routeplan.model.plan import Reason
from routeplan.model.road_notes import SnapFailure

if TYPE_CHECKING:
    import datetime as dt

    from routeplan.handouts.values import NeedLine
    from routeplan.model.road_notes import Snap

__all__ = ["clock", "gap_label", "need_label", "reason_label", "vehicle_label"]

SECONDS_PER_DAY = 86_400
METRES_PER_KM = 1_000


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


def need_label(need: NeedLine, date: dt.date | None, language: Language) -> str:
    """Return what it would take to reach more of a village.

    Parameters
    ----------
    need
        What would have to be more.
    date
        Of the day that would have to be longer.
    """
    ngettext = translation(language).ngettext
    n = need.households
    if need.kind == "minutes" and date is not None:
        text = ngettext(
            "{minutes} min more for crew {team} on {date}: {n} household",
            "{minutes} min more for crew {team} on {date}: {n} households",
            n,
        )
        day = date_label(date, language)
        return text.format(minutes=need.minutes, team=need.team, date=day, n=n)
    if need.kind == "night":
        text = ngettext(
            "a night more in {place}: {n} household", "a night more in {place}: {n} households", n
        )
    else:
        text = ngettext(
            "one more crew-day from {place}: {n} household",
            "one more crew-day from {place}: {n} households",
            n,
        )
    return text.format(place=need.place, n=n)


def gap_label(gap: Snap, language: Language) -> str:
    """Return why a village is not on the roads.

    Examples
    --------
    >>> from routeplan.model.problem import Place
    >>> from routeplan.model.road_notes import Snap, SnapFailure
    >>> gap_label(Snap(Place("v", "Aral", 43, 77), 4100, None, SnapFailure.TOO_FAR), "en")
    'the nearest road that can be used is 4.1 km away'
    """
    _ = translation(language).gettext
    troubles = {
        SnapFailure.ISLAND: _("the road there is joined to no other road"),
        SnapFailure.TRAP_IN: _("the road there can be driven to, but there is no way back"),
        SnapFailure.TRAP_OUT: _("the road there can be left, but there is no way to it"),
        SnapFailure.CLOSED: _("the vehicle does not pass the road there"),
    }
    told = [troubles[gap.failure]] if gap.failure in troubles else []
    if gap.metres is not None:
        km = number_label(gap.metres / METRES_PER_KM, language)
        told.append(_("the nearest road that can be used is {km} km away").format(km=km))
    return "; ".join(told)


def vehicle_label(vehicle: str, language: Language) -> str:
    """Return what a kind of vehicle is called; one of a user's own table by its own name.

    Examples
    --------
    >>> vehicle_label("four_wheel_drive", "en")
    'four-wheel drive'
    """
    _ = translation(language).gettext
    known = {"car": _("car"), "four_wheel_drive": _("four-wheel drive"), "minibus": _("minibus")}
    return known.get(vehicle, vehicle)
