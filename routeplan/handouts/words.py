"""Times of day, reasons and requirements, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.language import Language, date_label, number_label, translation
from routeplan.model.plan import Reason, RequirementKind

if TYPE_CHECKING:
    from routeplan.model.plan import Requirement
    from routeplan.model.problem import Problem

__all__ = ["clock", "reason_label", "requirement_label", "road_label", "vehicle_label"]

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


def road_label(requirement: Requirement, language: Language) -> str:
    """Return what is wrong with the roads to a village; empty where that is not known.

    Examples
    --------
    >>> road = Requirement(RequirementKind.ROAD, trouble="too_far", metres=4100)
    >>> road_label(road, "en")
    'the nearest road that can be used is 4.1 km away'
    """
    _ = translation(language).gettext
    troubles = {
        "island": _("the road there is joined to no other road"),
        "trap_in": _("the road there can be driven to, but there is no way back"),
        "trap_out": _("the road there can be left, but there is no way to it"),
        "closed": _("the vehicle does not pass the road there"),
    }
    texts = [troubles[requirement.trouble]] if requirement.trouble in troubles else []
    if requirement.metres is not None:
        km = number_label(requirement.metres / METRES_PER_KM, language)
        texts.append(_("the nearest road that can be used is {km} km away").format(km=km))
    return "; ".join(texts)


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
