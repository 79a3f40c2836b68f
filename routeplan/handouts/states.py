"""The state of the roads as a crew reads it: why a drive is slow, and why a road is not taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.handouts.lines import thinned_leg
from routeplan.handouts.values import ClosedRoadView
from routeplan.handouts.words import vehicle_label
from routeplan.language import number_label, translation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.language import Language

__all__ = [
    "ClosedRoad",
    "LegNote",
    "closed_road_views",
    "closed_text",
    "note_text",
    "road_title",
    "served_texts",
]


TOLERANCE_METRES = 8.0

# Shorter than this a road is a point.
LEAST_METRES = 50.0


@dataclass(frozen=True, slots=True)
class LegNote:
    """What slows a drive, or opens a part of it.

    Parameters
    ----------
    code, detail
        ``season`` with its name, ``seasonal`` or ``conditional`` or ``barrier`` with the tag,
        ``winter_road``, or ``override`` with its note.
    metres, seconds
        Of the drive that it concerns.
    dry_seconds
        What the same takes on a dry day; None where one could not drive there at all.
    """

    code: str
    detail: str
    metres: float
    seconds: float
    dry_seconds: float | None


@dataclass(frozen=True, eq=False, slots=True)
class ClosedRoad:
    """A road that a vehicle does not take, because it is closed now or too slow.

    Parameters
    ----------
    name, road_class
        Of the road; the name may be empty.
    vehicle
        Which one does not take it.
    code, detail
        As of a `LegNote`.
    kmh
        How fast it is now; 0 where it is closed.
    metres
        Its length.
    lines
        Shape (n, 2) each, lat and lon.
    villages
        Names of those that it would serve, and how many seconds longer the drive there is now;
        None where there is no way.
    """

    name: str
    road_class: str
    vehicle: str
    code: str
    detail: str
    kmh: float
    metres: float
    lines: tuple[NDArray[np.float64], ...]
    villages: tuple[tuple[str, int | None], ...]


def note_text(note: LegNote, language: Language) -> str:
    """Return what slows or opens a part of a drive.

    Examples
    --------
    >>> note_text(LegNote("season", "thaw", 12_000, 3_600, 1_440), "en")
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


def closed_road_views(
    roads: Iterable[ClosedRoad], language: Language
) -> tuple[ClosedRoadView, ...]:
    """Return roads that are not taken as a map and a sheet show them."""
    return tuple(
        ClosedRoadView(
            name=road_title(road, language),
            reason=closed_text(road, language),
            villages=served_texts(road, language),
            lines=tuple(thinned_leg(line, TOLERANCE_METRES) for line in road.lines),
            vehicle=road.vehicle,
        )
        for road in roads
    )


def served_texts(road: ClosedRoad, language: Language) -> tuple[str, ...]:
    """Return which villages a road would serve, and how much longer the way there is now."""
    _ = translation(language).gettext
    return tuple(
        _("{village}: no other way").format(village=name)
        if longer is None
        else _("{village}: {minutes} min longer").format(village=name, minutes=round(longer / 60))
        for name, longer in road.villages
    )


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
