"""A scenario file, read section by section, with every fault gathered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults, InputError, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.fields import HOOKS, Fields
from routeplan.formats.toml import TomlFile, check_version, read_toml
from routeplan.language import LANGUAGES
from routeplan.language import gettext as _
from routeplan.model.problem import Place, Rules, Sleep, Team, Village, Window
from routeplan.model.references import check_references, check_unique
from routeplan.model.travel import LARGEST
from routeplan.scenario.calendar import read_calendar, read_dates, read_days
from routeplan.scenario.model import Scenario
from routeplan.scenario.promises import read_announced, read_campaign, read_district
from routeplan.scenario.sources import HomesSource, RoadCut, Roads, VillageSource
from routeplan.scenario.values import read_file, read_window

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from routeplan.errors import Fault

FORMAT = "routeplan-scenario"
VERSION = 1
KINDS = ("city", "town", "village", "hamlet", "isolated_dwelling")
RURAL_KINDS = KINDS[1:]
MOST_KM = 20_000
# Files by which villages of a table are found by name.
_MATCHING = ("places", "register", "districts")
_CUTS = ("area", "bbox", "around_km")
_SIDES = {"south": 90.0, "west": 180.0, "north": 90.0, "east": 180.0}


@dataclass(frozen=True)
class FaultyScenario:
    """What could be read of a scenario file with faults.

    Parameters
    ----------
    file
        With the line of each field.
    roads, villages
        The fields of these sections.
    source
        Of villages, None where that section has a fault.
    lists
        Of ``places``, ``teams``, ``sleeps``, ``announced`` and ``districts`` the fields of each.
    """

    file: TomlFile
    roads: Fields
    villages: Fields
    source: VillageSource | None
    lists: Mapping[str, Sequence[Fields]]


def read_scenario(
    path: str | Path,
    *,
    data: bytes | None = None,
    more_faults: Callable[[FaultyScenario], Iterable[Fault]] | None = None,
) -> Scenario:
    """Read a scenario file (TOML in UTF-8), whose roads and villages are files that exist.

    Parameters
    ----------
    path
        Of the file.
    data
        Read instead of what the file holds.
    more_faults
        Called where the file has faults: returns those of what it refers to.

    Raises
    ------
    InputError
        With every fault of the file: ``scenario.toml:41: teams[1].size: …``.

    Examples
    --------
    >>> read_scenario("data/demo/scenario.toml").name
    'Ойдан ауданы (fictional district), week 1'
    """
    path = Path(path)
    fields, file = open_toml(path, FORMAT, VERSION, "scenario", data)
    # In the order of the file, for the faults to be in it too.
    values: dict[str, Any] = {"name": fields.text("name", path.stem), "source": path.name}
    roads, villages = fields.child("roads"), fields.child("villages")
    values |= {"roads": _roads(roads), "villages": _villages(villages)}
    places = fields.children("places", required=False)
    values["places"] = tuple(
        place.build(Place, name=place.text("name", place.text("id"))) for place in places
    )
    check_unique("places", "id", [place.get("id") for place in places], fields.faults)
    days = fields.child("days")
    dates = read_calendar(days)
    values["days"] = read_days(days, dates)
    values["rules"] = _rules(fields.child("rules", required=False))
    lists = {"places": places, "teams": fields.children("teams")}
    values["teams"] = tuple(_team(team, dates) for team in lists["teams"])
    if fields.ok("teams") and not lists["teams"]:
        fields.fault("teams", _("is empty; at least one is needed"))
    values |= _promises(fields, lists, dates)
    values |= _nights(fields.child("nights", required=False), lists)
    values["language"] = _language(fields.child("handouts", required=False))
    values["campaign"] = read_campaign(fields.child("campaign", required=False), path.parent)
    fields.finish()
    if fields.faults or file.faults:
        faulty = FaultyScenario(file, roads, villages, values["villages"], lists)
        more = () if more_faults is None else more_faults(faulty)
        raise InputError([*file.error(fields.faults).faults, *more])
    return Scenario(**values, lines=file.lines)


def _promises(
    fields: Fields, lists: dict[str, list[Fields]], dates: Sequence[dt.date]
) -> dict[str, Any]:
    """Read announced visits and districts, and check what they and the teams refer to."""
    announced = fields.children("announced", required=False)
    districts = fields.children("districts", required=False)
    values = {
        "announced": tuple(read_announced(one, dates) for one in announced),
        "districts": tuple(read_district(one) for one in districts),
    }
    lists |= {"announced": announced, "districts": districts}
    # Villages are known once their table is read; places of overnight stays too.
    unread = dict.fromkeys(("places", "travel", "villages", "days"))
    known = {**lists, "teams": lists["teams"] or None, "sleeps": ()}
    check_references({**known, **unread}, _given, fields.faults)
    return values


def _given(fields: Fields, name: str) -> object:
    """Return a field that was read; None for an empty list, as where it is left out."""
    value = fields.get(name)
    return None if value == () else value


def open_toml(
    path: Path, kind: str, version: int, word: str, data: bytes | None = None
) -> tuple[Fields, TomlFile]:
    """Return the fields of a TOML file of a known kind and version, whose paths name files.

    It may have faults of its own already, that of its lines.

    Paths in it are relative to its folder; `word` is what hints call the file; `data` is read
    instead of what it holds.
    """
    if data is None:
        data = read_bytes(path, name=path.name, most=LARGEST_TOML)
    parsed = read_toml(data, path.name)
    file = partial(read_file, path.parent, word)
    check_version(parsed, kind, version)
    fields = Fields(parsed.values, "", Faults(), {**HOOKS, Window: read_window, Path: file})
    for name in ("format", "version"):
        fields.has(name)
    return fields, parsed


def _roads(fields: Fields) -> Roads | None:
    fields.limit("snap_limit_metres", "drive_factor", above=0)
    given = [name for name in _CUTS if fields.has(name)]
    names = _area_names(fields) if fields.has("area_name") else ()
    bbox = _bbox(fields.child("bbox")) if "bbox" in given else None
    area = fields.read("area", Path | None)
    _check_cut(fields, given)
    cut = None
    if given and fields.sound:
        margin = {"margin_km": fields.number("margin_km")} if fields.has("margin_km") else {}
        cut = RoadCut(area, names, bbox, fields.get("around_km"), **margin)
    return fields.build(Roads, cut=cut)


def _check_cut(fields: Fields, given: Sequence[str]) -> None:
    if fields.has("area_name") and "area" not in given:
        message = _("chooses among polygons, and no file of them is named")
        fields.fault("area_name", message, _("name one with area"))
    if fields.has("margin_km") and not given:
        hint = _("name one with area, bbox or around_km, or leave it out")
        fields.fault("margin_km", _("widens an area, and none is named"), hint)
    fields.limit("around_km", above=0)
    fields.limit("margin_km", least=0)
    for name in filter(fields.has, ("around_km", "margin_km")):
        if fields.number(name) > MOST_KM:
            values = {"value": fields.number(name), "most": MOST_KM}
            text = _("{value:g} is above {most:,}, which is halfway around the earth", **values)
            fields.fault(name, text)
    for name in given[1:]:
        hint = _("keep one of {names}", names=", ".join(given))
        fields.fault(name, _("is given beside {name}", name=given[0]), hint)


def _area_names(fields: Fields) -> tuple[str, ...]:
    value = fields.raw("area_name")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        hint = _("codes go into quotation marks too")
        fields.fault("area_name", _("expected a text, or a list of texts"), hint)
        return ()
    return tuple(names)


def _bbox(fields: Fields) -> tuple[float, float, float, float]:
    sides = {name: fields.number(name) for name in _SIDES}
    for name, most in _SIDES.items():
        if abs(sides[name]) > most:
            values = {"value": sides[name], "most": most}
            text = _("{value:g} is no degree between -{most:g} and {most:g}", **values)
            fields.fault(name, text)
    for low, high in (("south", "north"), ("west", "east")):
        if fields.ok(low) and fields.ok(high) and sides[low] >= sides[high]:
            degrees = {"value": sides[high], "low": sides[low]}
            fields.fault(high, _("{value:g} is not above {name}, {low:g}", name=low, **degrees))
    fields.finish()
    return sides["south"], sides["west"], sides["north"], sides["east"]


def _villages(fields: Fields) -> VillageSource | None:
    fields.limit("people_per_household", above=0)
    fields.read("table", Path | None)
    kinds = _kinds(fields) if fields.has("kinds") else RURAL_KINDS
    osm = fields.flag("osm", default=False)
    _check_sources(fields, osm=osm)
    for key in filter(fields.has, _MATCHING):
        if osm:
            fields.fault(key, _("serves to find the villages of a table"), _("leave it out"))
        elif not fields.has("places"):
            hint = _("name a map: places = …")
            fields.fault(key, _("has no places to find villages among"), hint)
    return fields.build(
        VillageSource,
        kinds=kinds if osm else (),
        homes=_homes(fields.child("homes")) if fields.has("homes") else None,
        defaults=_defaults(fields.child("defaults", required=False)),
    )


def _check_sources(fields: Fields, *, osm: bool) -> None:
    """Note what does not go together: villages come from a table, or from the map."""
    table, people = fields.has("table"), fields.has("people_per_household")
    if osm and table:
        hint = _("keep one of them: villages that are in both would count twice")
        fields.fault("osm", _("is given beside a table"), hint)
    elif osm and not people and not fields.has("homes"):
        hint = _("the map has numbers of people, not of households")
        fields.fault("people_per_household", _("is missing"), hint)
    elif not osm and not table:
        fields.fault("table", _("is missing"), _("name a table, or write osm = true"))
    if not osm and fields.has("kinds"):
        hint = _("write osm = true, or leave it out")
        fields.fault("kinds", _("is about places of the map"), hint)


def _homes(fields: Fields) -> HomesSource | None:
    fields.limit("households_per_home", "within_metres", above=0)
    return fields.build(HomesSource)


def _kinds(fields: Fields) -> tuple[str, ...]:
    kinds = fields.raw("kinds")
    if not isinstance(kinds, list) or not kinds:
        hint = _("choose from {words}", words=", ".join(KINDS))
        fields.fault("kinds", _("expected a list"), hint)
        return ()
    for n, kind in enumerate(kinds):
        if kind not in KINDS:
            hint = nearest(str(kind), KINDS)
            fields.fault("kinds", _("{word!r} is not known", word=kind), hint, at=f"[{n}]")
    return tuple(map(str, kinds))


def _defaults(fields: Fields) -> Village | None:
    """Read the options of a village, which has no place."""
    fields.limit("weight", "pace", above=0)
    fields.limit("min_households", kind=int, least=0)
    setup = _seconds(fields, "setup_minutes", 60) or 0
    return fields.build(
        Village, place="", households=0, setup_seconds=setup, closed_days=(), required=False
    )


def _team(fields: Fields, dates: Sequence[dt.date]) -> Team | None:
    base = fields.text("base")
    fields.limit("size", kind=int, least=1)
    fields.limit("households_per_hour", above=0)
    fields.limit("max_nights_away", kind=int, least=0)
    own = read_dates(fields, "days")
    for n, date in enumerate(own if dates else ()):
        if date not in dates:
            text = _("{date} is none of the scenario's days", date=date)
            fields.fault("days", text, at=f"[{n}]")
    days = tuple(sorted(dates.index(date) for date in own if date in dates))
    return fields.build(
        Team,
        start=base,
        end=fields.text("end", base),
        households_per_hour=fields.whole("size") * fields.number("households_per_hour"),
        days=days if fields.has("days") else None,
        households_per_hour_by_day=_paces(fields, len(dates)),
    )


def _paces(fields: Fields, days: int) -> tuple[float, ...] | None:
    """Read the pace of a whole team by day; None where it is the same on all."""
    names = ("size_by_day", "households_per_hour_by_day")
    given = [name for name in names if fields.has(name)]
    sizes = _by_day(fields, "size", int, days, least=1)
    paces = _by_day(fields, "households_per_hour", float, days)
    if not given or not all(map(fields.ok, names)):
        return None
    return tuple(size * pace for size, pace in zip(sizes, paces, strict=True))


def _by_day(
    fields: Fields, name: str, kind: type, days: int, *, least: float = 0
) -> tuple[float, ...]:
    """Read a number for each day, or the same for all."""
    listed = f"{name}_by_day"
    values = fields.read(listed, tuple[kind, ...], (fields.number(name),) * days) or ()  # type: ignore[valid-type]  # kind is a value
    if not fields.has(listed) or not fields.ok(listed):
        return values
    for n, value in enumerate(values):
        if value < least or value <= 0:
            text = _("{value:g} is not above {above:g}", value=value, above=0)
            if least:
                text = _("{value:g} is below {least:g}", value=value, least=least)
            fields.fault(listed, text, at=f"[{n}]")
    if days and len(values) != days:
        text = _("has {n} numbers, but there are {days} days", n=len(values), days=days)
        fields.fault(listed, text)
    return values


def _rules(fields: Fields) -> Rules | None:
    fields.limit("drive_hour_worth", least=0)
    if fields.has("rest_between") and not fields.has("rest_minutes_per_day"):
        message = _("says when the rest begins, and none is asked for")
        fields.fault("rest_between", message, _("add rest_minutes_per_day"))
    return fields.build(
        Rules,
        max_drive_seconds_per_day=_seconds(fields, "max_drive_hours_per_day", 3600),
        rest_seconds_per_day=_seconds(fields, "rest_minutes_per_day", 60) or 0,
    )


def _nights(fields: Fields, lists: dict[str, list[Fields]]) -> dict[str, object]:
    home_every_night = fields.flag("home_every_night", default=False)
    fields.limit("max_nights_away", kind=int, least=0)
    places = fields.children("places", required=False)
    for place in places:
        place.limit("teams", kind=int, least=1)
    sleeps = tuple(place.build(Sleep, teams_per_night=place.whole("teams", 1)) for place in places)
    lists["sleeps"] = places
    check_unique(
        fields.path("places"), "place", [one.get("place") for one in places], fields.faults
    )
    fields.finish()
    return {
        "home_every_night": home_every_night,
        "max_nights_away": fields.get("max_nights_away"),
        "sleeps": sleeps,
    }


def _language(fields: Fields) -> str:
    language = fields.text("language", "en")
    if fields.ok("language") and language not in LANGUAGES:
        hint = _("choose from {words}", words=", ".join(LANGUAGES))
        fields.fault("language", _("{word!r} is not known", word=language), hint)
    fields.finish()
    return language


def _seconds(fields: Fields, name: str, unit_seconds: int) -> int | None:
    """Read hours or minutes as whole seconds; None where they are left out."""
    fields.limit(name, least=0)
    seconds = fields.number(name, 0) * unit_seconds
    if seconds > LARGEST:
        fields.fault(name, _("comes to more than {most:,} seconds", most=LARGEST))
    return round(seconds) if fields.has(name) and fields.ok(name) else None
