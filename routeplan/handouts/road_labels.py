"""Conditions of roads in words: what slows a leg, which roads are closed, and detours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.handouts.labels import vehicle_label
from routeplan.language import Language, number_label, translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Requirement
    from routeplan.model.problem import Problem
    from routeplan.model.road_notes import ClosedRoad, RoadNote

METRES_PER_KM = 1_000
SHORTEST_ROAD_METRES = 50.0  # a shorter road is a barrier or a ford
WHOLE_KM = 10  # from here on, no decimals


def road_label(requirement: Requirement, language: Language) -> str:
    """Return what is wrong with the roads to a village; empty where that is not known.

    Examples
    --------
    >>> from routeplan.model.plan import Requirement, RequirementKind
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


def road_note_label(note: RoadNote, language: Language) -> str:
    """Return what slows a leg or opens a part of it.

    Examples
    --------
    >>> from routeplan.model.road_notes import RoadNote
    >>> road_note_label(RoadNote("season", "thaw", 12_000, 3_600, 1_440), "en")
    '12 km slow, 36 min more than on a dry day: spring thaw'
    """
    _ = translation(language).gettext
    km, why = _km(note.metres, language), _why(note.code, note.detail, _)
    if note.dry_seconds is None:
        return _("{km} km open only now: {why}").format(km=km, why=why)
    text = _("{km} km slow, {minutes} min more than on a dry day: {why}")
    return text.format(km=km, minutes=round((note.seconds - note.dry_seconds) / 60), why=why)


def closed_road_title(road: ClosedRoad, language: Language) -> str:
    """Return what a road is called, with its length; a ford or a barrier has none."""
    _ = translation(language).gettext
    unnamed = _("Track without a name") if road.road_class == "track" else _("Road without a name")
    name = road.name or unnamed
    if road.metres < SHORTEST_ROAD_METRES:
        return name
    return _("{name}, {km} km").format(name=name, km=_km(road.metres, language))


def closure_label(road: ClosedRoad, language: Language) -> str:
    """Return why a road is not taken, and by whom.

    Examples
    --------
    >>> from routeplan.model.road_notes import ClosedRoad
    >>> road = ClosedRoad("", "track", "car", "season", "thaw", 0, 9_000, (), ())
    >>> closure_label(road, "en")
    'Closed to car: spring thaw'
    """
    _ = translation(language).gettext
    vehicle, why = vehicle_label(road.vehicle, language), _why(road.code, road.detail, _)
    if road.kmh:
        text = _("Only {kmh} km/h by {vehicle}: {why}")
        return text.format(kmh=f"{road.kmh:.0f}", vehicle=vehicle, why=why)
    return _("Closed to {vehicle}: {why}").format(vehicle=vehicle, why=why)


def detour_labels(road: ClosedRoad, problem: Problem, language: Language) -> tuple[str, ...]:
    """Return which villages a road would serve, and how much longer the drive there is now."""
    _ = translation(language).gettext
    labels: dict[str, str] = {}
    for detour in road.detours:
        label, minutes = _("{village}: no other way"), 0
        if detour.seconds is not None:
            minutes = round((detour.seconds - detour.dry_seconds) / 60)
            label = _("{village}: {minutes} min longer")
        name = problem.place(detour.end).name
        # From several bases to one village: the first counts.
        labels.setdefault(detour.end, label.format(village=name, minutes=minutes))
    return tuple(labels.values())


def _why(code: str, detail: str, _: Callable[[str], str]) -> str:
    seasons = {
        "dry": _("dry season"),
        "thaw": _("spring thaw"),
        "mud": _("autumn mud"),
        "winter": _("winter"),
    }
    texts = {
        "season": seasons.get(detail, detail),
        "seasonal": _("there in other seasons only ({tag})").format(tag=detail),
        "winter_road": _("a winter road, open in winter only"),
        "conditional": _("a rule by date ({tag})").format(tag=detail),
        "barrier": _("blocked ({tag})").format(tag=detail),
    }
    return texts.get(code, detail)


def _km(metres: float, language: Language) -> str:
    km = metres / METRES_PER_KM
    return f"{km:.0f}" if km >= WHOLE_KM else number_label(km, language)
