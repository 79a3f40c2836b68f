"""``problem.json``: what is asked, read and written."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.errors import Faults, InputError
from routeplan.formats.document import VERSION, Text, named, opened, written
from routeplan.formats.fields import kind_of
from routeplan.formats.numbers import row_texts, take_rows
from routeplan.model.problem import (
    Day,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)
from routeplan.model.references import Links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.formats.fields import Fields

    _TakenRows = dict[str, NDArray[np.float64]]

__all__ = ["problem_from_json", "problem_to_json"]

FORMAT = "routeplan-problem"

FEW = 5
"""Faults of one matrix that are named one by one."""


def problem_from_json(text: str | bytes, *, source: str = "problem") -> Problem:
    """Read a problem.

    Parameters
    ----------
    text
        The file's text or bytes (UTF-8, with or without a byte order mark).
    source
        What to call the file in messages.

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> problem_from_json(problem_to_json(problem)) == problem
    True
    """
    return _read_quickly(text) or _read(text, source, {})


def problem_to_json(problem: Problem) -> str:
    """Write a problem: the same problem always gives the same text.

    Examples
    --------
    >>> print(problem_to_json(problem)[:33])
    {
      "format": "routeplan-problem"
    """
    return written(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": problem.name,
            "places": [
                {"id": place.id, "name": place.name, "lat": place.lat, "lon": place.lon}
                for place in problem.places
            ],
            "travel": {
                vehicle: {
                    "seconds": _texts(times.seconds, times.reachable),
                    "metres": _texts(times.metres, times.reachable),
                }
                for vehicle, times in problem.travel.items()
            },
            "villages": [_village_values(village) for village in problem.villages],
            "sleeps": [
                {"place": sleep.place, "teams_per_night": sleep.teams_per_night}
                for sleep in problem.sleeps
            ],
            "teams": [_team_values(team) for team in problem.teams],
            "days": [
                {
                    "date": day.date.isoformat(),
                    "work": _window_values(day.work),
                    "knock": _window_values(day.knock),
                }
                for day in problem.days
            ],
            "rules": {
                "max_drive_seconds_per_day": problem.rules.max_drive_seconds_per_day,
                "rest_seconds_per_day": problem.rules.rest_seconds_per_day,
            },
        }
    )


def _read_quickly(text: str | bytes) -> Problem | None:
    """Read a file that is written as `problem_to_json` writes it; None where another is."""
    try:
        rest, rows = take_rows(text if isinstance(text, str) else text.decode())
        problem = _read(rest, "", rows)
    except (UnicodeDecodeError, InputError):
        # What is wrong is said of the file as it stands.
        return None
    return None if rows else problem


def _read(text: str | bytes, source: str, taken: _TakenRows) -> Problem:
    """Read a problem; rows that were taken out of the text are put in, and out of `taken`."""
    faults = Faults()
    root = opened(text, source, FORMAT, faults)
    problem = _problem(root, taken, faults)
    if problem is None or faults:
        raise named(faults, source)
    return problem


def _problem(root: Fields, taken: _TakenRows, faults: Faults) -> Problem | None:
    links = Links()
    # In the order of the file, so that a team can have the only vehicle there is.
    values = {
        "name": root.text("name", ""),
        "places": tuple(_place(fields, links) for fields in _part(root, "places", links)),
        "travel": _travel(root, links, taken),
        "villages": tuple(_village(fields, links) for fields in root.children("villages")),
        "sleeps": tuple(
            _sleep(fields, links) for fields in root.children("sleeps", required=False)
        ),
        "teams": tuple(_team(fields, links) for fields in _part(root, "teams", links)),
        "days": tuple(_day(fields, links) for fields in _part(root, "days", links)),
        "rules": _rules(root.child("rules")) if root.has("rules") else Rules(),
    }
    links.check(faults)
    if faults:
        root.finish()
        return None
    return root.build(Problem, **values)


def _part(root: Fields, name: str, links: Links) -> list[Fields]:
    """Read a list that must hold something."""
    children = root.children(name)
    if root.ok(name):
        links.sizes[name] = len(children)
    elif name == "places":
        links.places.give(name, None)
    return children


def _id(fields: Fields, name: str) -> str | None:
    value = fields.text(name)
    return value if fields.ok(name) else None


def _place(fields: Fields, links: Links) -> Place | None:
    place_id = _id(fields, "id")
    links.places.give(fields.path("id"), place_id)
    return fields.build(
        Place,
        id=place_id,
        name=fields.text("name", place_id or ""),
        lat=fields.number("lat"),
        lon=fields.number("lon"),
    )


def _travel(root: Fields, links: Links, taken: _TakenRows) -> dict[str, TravelTimes | None]:
    travel = root.child("travel")
    if root.ok("travel"):
        links.sizes["travel"] = len(travel.names())
    else:
        links.vehicles.give("travel", None)
    read: dict[str, TravelTimes | None] = {}
    for vehicle in travel.names():
        links.vehicles.give(travel.path(vehicle), vehicle)
        read[vehicle] = _travel_times(travel.child(vehicle), links.sizes.get("places"), taken)
    return read


def _travel_times(fields: Fields, places: int | None, taken: _TakenRows) -> TravelTimes | None:
    seconds = _rows(fields, "seconds", places, taken)
    metres = fields.maybe("metres", lambda name: _rows(fields, name, places, taken))
    return fields.build(TravelTimes.from_rows, seconds=seconds, metres=metres)


def _rows(fields: Fields, name: str, places: int | None, taken: _TakenRows) -> list[Any]:
    """Read a matrix; cell by cell only where a row holds what it must not."""
    rows = [taken.pop(row, row) if isinstance(row, str) else row for row in fields.items(name)]
    if not fields.ok(name):
        return []
    width = len(rows) if places is None else places
    if len(rows) != width:
        fields.fault(name, f"has {len(rows)} rows, but there are {width} places")
    found = _row_faults(rows, width)
    for at, message in islice(found, FEW):
        fields.fault(name, message, at=at)
    more = sum(1 for _ in found)
    if more:
        fields.fault(name, f"has {more} more faults like these")
    return rows


def _row_faults(rows: Sequence[object], width: int) -> Iterator[tuple[str, str]]:
    for position, row in enumerate(rows):
        at = f"[{position}]"
        if not isinstance(row, list | np.ndarray):
            yield at, f"expected a row of {width} numbers, got {kind_of(row)}"
            continue
        if len(row) != width:
            yield at, f"has {len(row)} numbers, but there are {width} places"
        if isinstance(row, np.ndarray) or set(map(type, row)) <= {int, type(None)}:
            continue
        for column, cell in enumerate(row):
            if cell is not None and type(cell) is not int:
                yield f"{at}[{column}]", f"expected a whole number or null, got {kind_of(cell)}"


def _village(fields: Fields, links: Links) -> Village | None:
    place = _id(fields, "place")
    links.villages.give(fields.path("place"), place)
    links.places.mean(fields.path("place"), place)
    closed_days = fields.wholes("closed_days", ())
    links.day_lists.append((fields.path("closed_days"), closed_days))
    return fields.build(
        Village,
        place=place,
        households=fields.whole("households"),
        weight=fields.number("weight", 1.0),
        partial=fields.flag("partial", default=True),
        min_households=fields.whole("min_households", 1),
        setup_seconds=fields.whole("setup_seconds", 0),
        pace=fields.number("pace", 1.0),
        max_share_per_visit=fields.number("max_share_per_visit", 1.0),
        closed_days=closed_days,
        knock=fields.maybe("knock", lambda name: _window(fields, name)),
        required=fields.flag("required", default=False),
    )


def _sleep(fields: Fields, links: Links) -> Sleep | None:
    place = _id(fields, "place")
    links.sleeps.give(fields.path("place"), place)
    links.places.mean(fields.path("place"), place)
    return fields.build(Sleep, place=place, teams_per_night=fields.whole("teams_per_night"))


def _team(fields: Fields, links: Links) -> Team | None:
    team_id, start, end = _id(fields, "id"), _id(fields, "start"), _id(fields, "end")
    links.teams.give(fields.path("id"), team_id)
    links.places.mean(fields.path("start"), start)
    links.places.mean(fields.path("end"), end)
    vehicle = _vehicle(fields, links)
    links.vehicles.mean(fields.path("vehicle"), vehicle)
    days = fields.maybe("days", fields.wholes)
    links.day_lists.append((fields.path("days"), days or ()))
    return fields.build(
        Team,
        id=team_id,
        start=start,
        end=end,
        vehicle=vehicle,
        households_per_hour=fields.maybe("households_per_hour", fields.number),
        days=days,
        max_nights_away=fields.maybe("max_nights_away", fields.whole),
    )


def _vehicle(fields: Fields, links: Links) -> str | None:
    """Read the vehicle of a team; left out, it is the only one there is."""
    if fields.has("vehicle"):
        return _id(fields, "vehicle")
    known = links.vehicles.known
    if known is not None and len(known) == 1:
        return known[0]
    if known and fields.ok("vehicle"):
        choices = ", ".join(map(repr, known))
        fields.fault("vehicle", f"is missing, and there are several: {choices}")
    return None


def _day(fields: Fields, links: Links) -> Day | None:
    date = _date(fields, "date")
    links.dates.append(date)
    return fields.build(
        Day,
        date=date,
        work=_window(fields, "work"),
        knock=fields.maybe("knock", lambda name: _window(fields, name)),
    )


def _date(fields: Fields, name: str) -> dt.date | None:
    text = fields.text(name)
    if not fields.ok(name):
        return None
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        date = None
    # Python also takes 20270503 and 2027-W18-1; other readers of the file may not.
    if date is None or date.isoformat() != text:
        fields.fault(name, f"expected a date such as '2027-05-03', got {kind_of(text)}")
        return None
    return date


def _window(fields: Fields, name: str) -> Window | None:
    bounds = fields.wholes(name)
    if not fields.ok(name):
        return None
    if len(bounds) != 2:  # noqa: PLR2004
        message = f"expected [start, end] in seconds after midnight, got {len(bounds)} numbers"
        fields.fault(name, message)
        return None
    try:
        return Window(*bounds)
    except InputError as error:
        for fault in error.faults:
            fields.fault(name, fault.message)
        return None


def _rules(fields: Fields) -> Rules | None:
    return fields.build(
        Rules,
        max_drive_seconds_per_day=fields.maybe("max_drive_seconds_per_day", fields.whole),
        rest_seconds_per_day=fields.whole("rest_seconds_per_day", 0),
    )


def _texts(numbers: NDArray[np.int64] | None, known: NDArray[np.bool_]) -> list[Text] | None:
    return None if numbers is None else list(map(Text, row_texts(numbers, known)))


def _village_values(village: Village) -> dict[str, object]:
    return {
        "place": village.place,
        "households": village.households,
        "weight": float(village.weight),
        "partial": village.partial,
        "min_households": village.min_households,
        "setup_seconds": village.setup_seconds,
        "pace": float(village.pace),
        "max_share_per_visit": float(village.max_share_per_visit),
        "closed_days": list(village.closed_days),
        "knock": _window_values(village.knock),
        "required": village.required,
    }


def _team_values(team: Team) -> dict[str, object]:
    return {
        "id": team.id,
        "start": team.start,
        "end": team.end,
        "vehicle": team.vehicle,
        "households_per_hour": _float_or_none(team.households_per_hour),
        "days": None if team.days is None else list(team.days),
        "max_nights_away": team.max_nights_away,
    }


def _float_or_none(value: float | None) -> float | None:
    return None if value is None else float(value)


def _window_values(window: Window | None) -> list[int] | None:
    return None if window is None else [window.start, window.end]
