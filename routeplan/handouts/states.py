"""The state of the roads as a crew reads it: why a drive is slow, and why a road is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.handouts.geometry import simplify_line
from routeplan.handouts.map_view import ClosedRoadView
from routeplan.handouts.words import vehicle_label
from routeplan.language import number_label, translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.language import Language
    from routeplan.model.problem import Problem
    from routeplan.model.road_notes import ClosedRoad, Detour, RoadNote

__all__ = [
    "closed_road_view",
    "closed_text",
    "note_text",
    "road_title",
    "served_texts",
]


TOLERANCE_METRES = 8.0

# Shorter than this a road is a point.
LEAST_METRES = 50.0


def note_text(note: RoadNote, language: Language) -> str:
    """Return what slows or opens a part of a drive.

    Examples
    --------
    >>> from routeplan.model.road_notes import RoadNote
    >>> note_text(RoadNote("season", "thaw", 12_000, 3_600, 1_440), "en")
    '12 km slow, 36 min more than on a dry day: spring thaw'
    """
    _ = translation(language).gettext
    km, why = _km(note.metres, language), _why(note.code, note.detail, _)
    if note.dry_seconds is None:
        return _("{km} km open only now: {why}").format(km=km, why=why)
    minutes = round((note.seconds - note.dry_seconds) / 60)
    text = _("{km} km slow, {minutes} min more than on a dry day: {why}")
    return text.format(km=km, minutes=minutes, why=why)


def road_title(road: ClosedRoad, language: Language) -> str:
    """Return what a road is called, with its length; a ford or a barrier has none."""
    _ = translation(language).gettext
    unnamed = _("Track without a name") if road.road_class == "track" else _("Road without a name")
    name = road.name or unnamed
    if road.metres < LEAST_METRES:
        return name
    return _("{name}, {km} km").format(name=name, km=_km(road.metres, language))


def closed_text(road: ClosedRoad, language: Language) -> str:
    """Return why a road is not taken, and by whom.

    Examples
    --------
    >>> from routeplan.model.road_notes import ClosedRoad
    >>> road = ClosedRoad("", "track", "car", "season", "thaw", 0, 9_000, (), ())
    >>> closed_text(road, "en")
    'Closed to car: spring thaw'
    """
    _ = translation(language).gettext
    vehicle, why = vehicle_label(road.vehicle, language), _why(road.code, road.detail, _)
    if road.kmh:
        text = _("Only {kmh} km/h by {vehicle}: {why}")
        return text.format(kmh=f"{road.kmh:.0f}", vehicle=vehicle, why=why)
    return _("Closed to {vehicle}: {why}").format(vehicle=vehicle, why=why)


def closed_road_view(road: ClosedRoad, problem: Problem, language: Language) -> ClosedRoadView:
    """Return a road that is not taken as a map and a sheet show it."""
    return ClosedRoadView(
        name=road_title(road, language),
        reason=closed_text(road, language),
        villages=served_texts(road, problem, language),
        lines=tuple(simplify_line(line, TOLERANCE_METRES) for line in road.lines),
        vehicle=road.vehicle,
    )


def served_texts(road: ClosedRoad, problem: Problem, language: Language) -> tuple[str, ...]:
    """Return which villages a road would serve, and how much longer the way there is now."""
    _ = translation(language).gettext
    # Bases have detours each; the first one counts.
    by_village = {detour.end: detour for detour in reversed(road.detours)}
    villages = dict.fromkeys(detour.end for detour in road.detours)
    return tuple(_served(problem.place(place).name, by_village[place], _) for place in villages)


def _served(name: str, detour: Detour, _: Callable[[str], str]) -> str:
    if detour.seconds is None:
        return _("{village}: no other way").format(village=name)
    minutes = round((detour.seconds - detour.dry_seconds) / 60)
    return _("{village}: {minutes} min longer").format(village=name, minutes=minutes)


def _why(code: str, detail: str, _: Callable[[str], str]) -> str:
    seasons = {
        "dry": _("dry season"),
        "thaw": _("spring thaw"),
        "mud": _("autumn mud"),
        "winter": _("winter"),
    }
    match code:
        case "season":
            return seasons.get(detail, detail)
        case "seasonal":
            return _("there in other seasons only ({tag})").format(tag=detail)
        case "winter_road":
            return _("a winter road, open in winter only")
        case "conditional":
            return _("a rule by date ({tag})").format(tag=detail)
        case "barrier":
            return _("blocked ({tag})").format(tag=detail)
    return detail


def _km(metres: float, language: Language) -> str:
    kilometres = metres / 1000
    return f"{kilometres:.0f}" if kilometres >= 10 else number_label(kilometres, language)  # noqa: PLR2004
