"""Times of day, reasons, requirements, vehicles in words; addresses of points; names of files."""

from __future__ import annotations

import itertools
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from routeplan.handouts.geometry import DECIMALS
from routeplan.language import Language, date_label, number_label, translation
from routeplan.model.plan import Reason, RequirementKind
from routeplan.tally import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from routeplan.model.plan import Requirement
    from routeplan.model.problem import Problem
    from routeplan.model.road_notes import ClosedRoad, RoadNote

SECONDS_PER_DAY = 86_400

LONGEST_NAME = 60  # in characters; common systems take 255 bytes
# More letters of a name make a QR code too fine for a poor camera.
LABEL_LETTERS = 16


def outcome_labels(language: Language) -> dict[Outcome, str]:
    """Return the headings of the columns of a tally sheet, in their order."""
    _ = translation(language).gettext
    return {
        Outcome.REACHED: _("reached"),
        Outcome.SIGNED: _("signed"),
        Outcome.NOT_HOME: _("not home"),
        Outcome.REFUSED: _("refused"),
        Outcome.COME_BACK: _("come back"),
    }


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
        Reason.BELOW_MINIMUM: _("The least number of a visit is above the most"),
        Reason.PAST: _("Only days that are over could reach it"),
    }[reason]


def has_requirement_label(requirement: Requirement) -> bool:
    """Return whether a requirement has households that `requirement_label` names."""
    others = {RequirementKind.LOWER_MINIMUM, RequirementKind.DETOUR}
    is_other = requirement.kind in others and requirement.households is not None
    return is_other or requirement.is_quantified


def requirement_label(requirement: Requirement, problem: Problem, language: Language) -> str:
    """Return what it would take to reach more of a village, of a requirement with households.

    Examples
    --------
    >>> from routeplan.model.plan import Requirement, RequirementKind
    >>> lower = Requirement(RequirementKind.LOWER_MINIMUM, households=17)
    >>> requirement_label(lower, problem, "en")
    'a least number of 17 a visit, or a larger share'
    """
    ngettext, n = translation(language).ngettext, requirement.households or 0
    if requirement.kind is RequirementKind.MINUTES:
        text = ngettext(
            "{minutes} min more for crew {team} on {date}: {n} household",
            "{minutes} min more for crew {team} on {date}: {n} households",
            n,
        )
        date = date_label(problem.days[requirement.day or 0].date, language)
        return text.format(minutes=requirement.minutes, team=requirement.team, date=date, n=n)
    if requirement.kind is RequirementKind.LOWER_MINIMUM:
        _ = translation(language).gettext
        return _("a least number of {n} a visit, or a larger share").format(n=n)
    if requirement.kind is RequirementKind.DETOUR:
        text = ngettext(
            "{minutes} min more driving cost more than {n} household is worth",
            "{minutes} min more driving cost more than {n} households are worth",
            n,
        )
        return text.format(minutes=requirement.minutes, n=n)
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


METRES_PER_KM = 1_000
SHORTEST_ROAD_METRES = 50.0  # a shorter road is a barrier or a ford
WHOLE_KM = 10  # from here on, no decimals


def road_note_label(note: RoadNote, language: Language) -> str:
    """Return what slows a leg or opens a part of it, or which ferry it takes.

    Examples
    --------
    >>> from routeplan.model.road_notes import RoadNote
    >>> road_note_label(RoadNote("season", "thaw", 12_000, 3_600, 1_440), "en")
    '12 km slow, 36 min more than on a dry day: spring thaw'
    """
    _ = translation(language).gettext
    km, why = _km(note.metres, language), _why(note.code, note.detail, _)
    if note.code == "ferry":
        name = f" {note.detail}" if note.detail else ""
        text = _("By ferry{name}, {km} km: {minutes} min with the wait")
        return text.format(name=name, km=km, minutes=round(note.seconds / 60))
    if note.dry_seconds is None:
        return _("{km} km open only now: {why}").format(km=km, why=why)
    text = _("{km} km slow, {minutes} min more than on a dry day: {why}")
    return text.format(km=km, minutes=round((note.seconds - note.dry_seconds) / 60), why=why)


def closed_road_title(road: ClosedRoad, language: Language) -> str:
    """Return what a road is called, with its length; a ford or a barrier has none."""
    _ = translation(language).gettext
    unnamed = {"track": _("Track without a name"), "ferry": _("Ferry without a name")}
    name = road.name or unnamed.get(road.road_class, _("Road without a name"))
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
