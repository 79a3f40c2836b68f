"""A scenario file, read section by section, with every fault gathered."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import LARGEST_TOML, read_bytes
from routeplan.formats.fields import Fields, kind_of
from routeplan.language import LANGUAGES
from routeplan.model.problem import Place, Rules, Sleep, Team, Village
from routeplan.model.references import Names
from routeplan.model.travel import LARGEST
from routeplan.scenario.calendar import read_calendar, read_dates, read_days, read_window
from routeplan.scenario.cutting import read_cut
from routeplan.scenario.model import (
    SNAP_LIMIT_METRES,
    HomesSource,
    Roads,
    Scenario,
    VillageSource,
    raise_within,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from routeplan.model.problem import Day

__all__ = ["check_version", "parse_toml", "read_scenario"]

FORMAT = "routeplan-scenario"
VERSION = 1
KINDS = ("city", "town", "village", "hamlet", "isolated_dwelling")
RURAL_KINDS = KINDS[1:]
# Files by which villages of a table are found by name.
_MATCHING = ("places", "register", "districts")

N = TypeVar("N", int, float)
T = TypeVar("T")


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        The file, TOML in UTF-8.

    Returns
    -------
    Scenario
        Its roads and villages are files that exist.

    Raises
    ------
    InputError
        With every fault of the file: ``scenario.toml: teams[1].size: …``.

    Examples
    --------
    >>> read_scenario("data/demo/scenario.toml").name
    'Ойдан ауданы (fictional district), week 1'
    """
    path = Path(path)
    faults = Faults()
    fields = Fields(parse_toml(path), "", faults)
    check_version(fields, path.name, FORMAT, VERSION)
    # In the order of the file, for the faults to be in it too.
    values: dict[str, object] = {
        "name": fields.text("name", path.stem),
        "source": path.name,
        "roads": _roads(fields.child("roads"), path.parent),
        "villages": _villages(fields.child("villages"), path.parent),
        "places": _list(fields.children("places", required=False), "id", _place),
    }
    dates, values["days"] = _days(fields.child("days"))
    values["rules"] = _rules(_section(fields, "rules"))
    values["teams"] = _list(fields.children("teams"), "id", lambda team: _team(team, dates))
    if fields.raw("teams", None) == []:
        fields.fault("teams", "is empty; at least one is needed")
    values |= _nights(_section(fields, "nights"))
    values |= _handouts(_section(fields, "handouts"))
    fields.finish()
    raise_within(path.name, faults)
    return Scenario(**values)  # type: ignore[arg-type]


def parse_toml(path: Path) -> dict[str, object]:
    """Parse a TOML file in UTF-8.

    Raises
    ------
    InputError
        Where it cannot be read or is no TOML, with its line.
    """
    try:
        text = read_bytes(path, name=path.name, most=LARGEST_TOML).decode("utf-8-sig")
        return tomllib.loads(text)
    except InputError:
        raise
    except tomllib.TOMLDecodeError as error:
        fault = _syntax_fault(path.name, text, str(error))
    except UnicodeDecodeError:
        fault = Fault(path.name, "is not in UTF-8", "save it in the encoding UTF-8")
    except (ValueError, RecursionError):
        fault = Fault(
            path.name, "holds a number that is too long, or brackets too deep, to be read"
        )
    raise InputError([fault])


def _syntax_fault(name: str, text: str, message: str) -> Fault:
    reason, _, _ = message.partition(" (at ")
    place = re.search(r"at line ([0-9]+), column ([0-9]+)", message)
    line = text.split("\n")[int(place[1]) - 1] if place else ""
    hint = ""
    if "\\" in line:
        hint = "write / instead of \\ in paths"
    elif re.search(r"(?<![\"'0-9])[0-9]{1,2}:[0-9]{2}(?![\"'0-9:])", line):
        hint = 'put times into quotation marks: "08:00"'
    elif reason == "Invalid value":
        hint = "put texts into quotation marks"
    if not place:
        return Fault(name, f"is not valid TOML: {reason}", hint)
    return Fault(f"{name}:{place[1]}", f"is not valid TOML at column {place[2]}: {reason}", hint)


def check_version(fields: Fields, source: str, kind: str, version: int) -> None:
    """Refuse a file of another kind or version: of that no more can be said.

    Raises
    ------
    InputError
        Saying which lines are expected.
    """
    faults = Faults()
    for name, expected in (("format", kind), ("version", version)):
        found = fields.raw(name, None)
        if found != expected or isinstance(found, bool):
            is_shown = isinstance(found, str | float) or found in range(-999, 1000)
            message = f"{found!r} is not known" if is_shown else f"{kind_of(found)} is not known"
            message = "is missing" if found is None else message
            line = f'{name} = "{expected}"' if isinstance(expected, str) else f"{name} = {expected}"
            faults.add(name, message, f"expected is the line {line}")
    raise_within(source, faults)


def _roads(fields: Fields, folder: Path) -> Roads | None:
    limit = SNAP_LIMIT_METRES
    if fields.has("snap_limit_metres"):
        limit = _limited(fields, "snap_limit_metres", fields.number, above=0)
    return fields.build(
        Roads,
        file=_file(fields, "file", folder),
        speeds=_file(fields, "speeds", folder) if fields.has("speeds") else None,
        snap_limit_metres=limit,
        overrides=_file(fields, "overrides", folder) if fields.has("overrides") else None,
        season=fields.text("season") if fields.has("season") else None,
        cut=read_cut(fields, _file(fields, "area", folder) if fields.has("area") else None),
    )


def _villages(fields: Fields, folder: Path) -> VillageSource | None:
    name = "people_per_household"
    people = _limited(fields, name, fields.number, above=0) if fields.has(name) else None
    table = _file(fields, "table", folder) if fields.has("table") else None
    kinds = _kinds(fields) if fields.has("kinds") else RURAL_KINDS
    osm = fields.flag("osm", default=False)
    if osm and fields.has("table"):
        hint = "keep one of them: villages that are in both would count twice"
        fields.fault("osm", "stands beside a table", hint)
    elif osm and people is None and not fields.has("homes"):
        fields.fault(name, "is missing", "the map tells of people, not of households")
    elif not osm and not fields.has("table"):
        fields.fault("table", "is missing", "name a table, or write osm = true")
    if osm:
        for key in filter(fields.has, _MATCHING):
            fields.fault(key, "serves to find the villages of a table", "leave it out")
    elif not fields.has("places"):
        for key in filter(fields.has, _MATCHING):
            fields.fault(key, "has no places to find villages among", "name a map: places = …")
    if not osm and fields.has("kinds"):
        fields.fault("kinds", "tells of places of the map", "write osm = true, or leave it out")
    return fields.build(
        VillageSource,
        table=table,
        kinds=kinds if osm else (),
        people_per_household=people,
        **{key: _file(fields, key, folder) for key in _MATCHING if fields.has(key)},
        homes=_homes(fields.child("homes"), folder) if fields.has("homes") else None,
        defaults=_defaults(_section(fields, "defaults")),
    )


def _homes(fields: Fields, folder: Path) -> HomesSource | None:
    plain = HomesSource(folder)
    numbers = {
        name: _limited(fields, name, fields.number, above=0) if fields.has(name) else default
        for name, default in (
            ("households_per_home", plain.households_per_home),
            ("within_metres", plain.within_metres),
        )
    }
    return fields.build(
        HomesSource,
        file=_file(fields, "file", folder),
        untyped=fields.flag("untyped", default=plain.untyped),
        **numbers,
    )


def _kinds(fields: Fields) -> tuple[str, ...]:
    kinds = fields.raw("kinds")
    if not isinstance(kinds, list) or not kinds:
        fields.fault("kinds", "expected a list", f"choose from {', '.join(KINDS)}")
        return ()
    for n, kind in enumerate(kinds):
        if kind not in KINDS:
            fields.fault(f"kinds[{n}]", f"{kind!r} is not known", nearest(str(kind), KINDS))
    return tuple(map(str, kinds))


def _defaults(fields: Fields) -> Village | None:
    # A village of no place; what is not given stays as the village itself has it.
    values: dict[str, object] = {}
    readers: dict[str, Callable[[str], object]] = {
        "weight": lambda name: _limited(fields, name, fields.number, above=0),
        "partial": fields.flag,
        "min_households": lambda name: _limited(fields, name, fields.whole, least=0),
        "pace": lambda name: _limited(fields, name, fields.number, above=0),
        "max_share_per_visit": fields.number,
        "knock": lambda name: read_window(fields, name),
    }
    for name, read in readers.items():
        if fields.has(name):
            values[name] = read(name)
    if fields.has("setup_minutes"):
        values["setup_seconds"] = _seconds(fields, "setup_minutes", 60)
    return fields.build(Village, place="", households=0, **values)


def _place(fields: Fields) -> Place | None:
    place_id = fields.text("id")
    return fields.build(
        Place,
        id=place_id,
        name=fields.text("name", place_id),
        lat=fields.number("lat"),
        lon=fields.number("lon"),
    )


def _team(fields: Fields, dates: Sequence[dt.date]) -> Team | None:
    base = fields.text("base")
    size = _limited(fields, "size", fields.whole, least=1)
    pace = _limited(fields, "households_per_hour", fields.number, above=0)
    return fields.build(
        Team,
        id=fields.text("id"),
        start=base,
        end=fields.text("end", base),
        vehicle=fields.text("vehicle"),
        households_per_hour=size * pace,
        days=_team_days(fields, dates) if fields.has("days") else None,
        max_nights_away=_max_nights(fields),
    )


def _days(fields: Fields) -> tuple[tuple[dt.date, ...], tuple[Day, ...]]:
    dates = read_calendar(fields)
    return dates, read_days(fields, dates)


def _team_days(fields: Fields, dates: Sequence[dt.date]) -> tuple[int, ...]:
    own = read_dates(fields, "days")
    if dates:
        for n, date in enumerate(own):
            if date not in dates:
                fields.fault(f"days[{n}]", f"{date} is none of the scenario's days")
    return tuple(sorted(dates.index(date) for date in own if date in dates))


def _rules(fields: Fields) -> Rules | None:
    drive, rest = "max_drive_hours_per_day", "rest_minutes_per_day"
    return fields.build(
        Rules,
        max_drive_seconds_per_day=_seconds(fields, drive, 3600) if fields.has(drive) else None,
        rest_seconds_per_day=_seconds(fields, rest, 60) if fields.has(rest) else 0,
    )


def _nights(fields: Fields) -> dict[str, object]:
    values: dict[str, object] = {
        "home_every_night": fields.flag("home_every_night", default=False),
        "max_nights_away": _max_nights(fields),
        "sleeps": _list(fields.children("places", required=False), "place", _sleep),
    }
    fields.finish()
    return values


def _handouts(fields: Fields) -> dict[str, object]:
    language = fields.text("language", "en")
    if fields.ok("language") and language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        fields.fault("language", f"{language!r} is not known", f"choose from {known}")
    fields.finish()
    return {"language": language}


def _sleep(fields: Fields) -> Sleep | None:
    teams = _limited(fields, "teams", fields.whole, least=1) if fields.has("teams") else 1
    return fields.build(Sleep, place=fields.text("place"), teams_per_night=teams)


def _max_nights(fields: Fields) -> int | None:
    name = "max_nights_away"
    return _limited(fields, name, fields.whole, least=0) if fields.has(name) else None


def _section(fields: Fields, name: str) -> Fields:
    # A section that may be left out.
    if fields.has(name):
        return fields.child(name)
    return Fields({}, fields.path(name), fields.faults)


def _list(
    parts: Sequence[Fields], key: str, read: Callable[[Fields], T | None]
) -> tuple[T | None, ...]:
    # Parts of one kind, the key of each of which may be there once.
    values = tuple(map(read, parts))
    keys = Names()
    for part in parts:
        value = part.raw(key, None)
        keys.give(part.path(key), value if isinstance(value, str) else None)
    if parts:
        keys.check(parts[0].faults)
    return values


def _limited(
    fields: Fields,
    name: str,
    read: Callable[[str], N],
    *,
    least: float | None = None,
    above: float | None = None,
) -> N:
    known = len(fields.faults)
    value = read(name)
    if len(fields.faults) == known:
        if least is not None and value < least:
            fields.fault(name, f"{value:g} is below {least:g}")
        if above is not None and value <= above:
            fields.fault(name, f"{value:g} is not above {above:g}")
    return value


def _seconds(fields: Fields, name: str, unit_seconds: int) -> int:
    seconds = _limited(fields, name, fields.number, least=0) * unit_seconds
    if seconds > LARGEST:
        fields.fault(name, f"comes to more than {LARGEST:,} seconds")
        return 0
    return round(seconds)


def _file(fields: Fields, name: str, folder: Path) -> Path:
    text = fields.text(name)
    path = folder / text
    if not isinstance(fields.raw(name, None), str) or path.is_file():
        return path
    if path.is_dir():
        fields.fault(name, f"{text!r} is a folder", "name a file in it")
        return path
    near = nearest(path.name, (file.name for file in path.parent.glob("*") if file.is_file()))
    hint = near if near.startswith("did you") else "paths count from the scenario's folder"
    fields.fault(name, f"there is no file {text!r}", hint)
    return path
