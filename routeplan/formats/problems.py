"""``problem.json``, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import Faults, InputError
from routeplan.formats.document import file_error, format_json, parse_document
from routeplan.formats.fields import Fields, record
from routeplan.formats.matrices import read_travel, take_rows, travel_record
from routeplan.formats.versions import (
    NEWEST,
    VERSIONS,
    check_writable,
    unknown_fields,
    unknown_values,
    use_version,
)
from routeplan.language import gettext as _
from routeplan.model.problem import (
    Announced,
    Day,
    District,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    Village,
    problem_of,
)
from routeplan.model.references import check_references

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from routeplan.formats.matrices import TakenRows
    from routeplan.model.problem import Posed

T = TypeVar("T")

FORMAT = "routeplan-problem"

LISTS = ("villages", "sleeps", "teams", "days")
NEW_LISTS = ("announced", "districts")


def problem_from_json(text: str | bytes, *, source: str = "problem") -> Problem:
    """Read a problem, from text or bytes (UTF-8, with or without a byte order mark).

    `source` is what messages call the file.

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> problem_from_json(problem_to_json(problem)) == problem
    True
    """
    try:
        # Written as `problem_to_json` writes it; else its faults are those of the whole text.
        rest, rows = take_rows(text if isinstance(text, str) else text.decode())
        problem = _read(rest, "", rows)
    except (UnicodeDecodeError, InputError):
        return _read(text, source, {})
    return _read(text, source, {}) if rows else problem


def problem_to_json(problem: Posed, *, version: int = NEWEST) -> str:
    """Write a problem: the same problem always gives the same text.

    Parameters
    ----------
    problem
        A problem or a prepared scenario.
    version
        Of the file. In version 2 the travel times of a vehicle are written as ``rows`` where fewer
        than half of the ways between two places are there; else, and in version 1, as matrices.

    Raises
    ------
    InputError
        Where the version is not known, or version 1 lacks what the problem uses.

    Examples
    --------
    >>> print(problem_to_json(problem)[:33])
    {
      "format": "routeplan-problem"
    """
    problem = problem_of(problem)
    check_writable(problem, version)
    without = unknown_fields(version)
    lists = {
        name: [record(item, without) for item in getattr(problem, name)]
        for name in ("places", *LISTS, *NEW_LISTS)
        if name not in without.get(Problem, ())
    }
    travel = {
        vehicle: travel_record(times, may_be_sparse=version == NEWEST)
        for vehicle, times in problem.travel.items()
    }
    head = {"format": FORMAT, "version": version, "name": problem.name}
    places, rules = lists.pop("places"), record(problem.rules, without)
    return format_json({**head, "places": places, "travel": travel, **lists, "rules": rules})


def _read(text: str | bytes, source: str, taken: TakenRows) -> Problem:
    """Read a problem; rows that were taken out of the text are put in, and out of `taken`."""
    faults = Faults()
    root = parse_document(text, source, FORMAT, faults, versions=VERSIONS)
    problem = _problem(root, taken, faults)
    if problem is None or faults:
        raise file_error(faults, source)
    return problem


def _problem(root: Fields, taken: TakenRows, faults: Faults) -> Problem | None:
    version = use_version(root)
    lists: dict[str, Any] = {"places": root.children("places")}
    travel = root.child("travel")
    lists |= _lists(root, unknown_values(Problem, version))
    width = len(lists["places"]) if root.ok("places") else None
    vehicles = travel.names() if root.ok("travel") else None
    places = tuple(
        fields.build(Place, name=fields.text("name", fields.text("id")))
        for fields in lists["places"]
    )
    values = {
        "name": root.text("name", ""),
        "places": places,
        "travel": {
            vehicle: read_travel(
                travel.child(vehicle), width, taken, may_be_sparse=version == NEWEST
            )
            for vehicle in travel.names()
        },
        "villages": _all(Village, lists["villages"]),
        "sleeps": _all(Sleep, lists["sleeps"]),
        "teams": tuple(_team(fields, vehicles, version) for fields in lists["teams"]),
        "days": _all(Day, lists["days"]),
        "rules": root.read("rules", Rules, Rules()),
        "announced": _all(Announced, lists["announced"]),
        "districts": _all(District, lists["districts"]),
    }
    readable = {name: items if root.ok(name) else None for name, items in lists.items()}
    check_references(readable | {"travel": vehicles}, Fields.get, faults)
    if faults:
        root.finish()
        return None
    return root.build(Problem, **values)


def _lists(root: Fields, unknown: Collection[str]) -> dict[str, list[Fields]]:
    """Read all lists but that of places; those that the version does not know are empty."""
    lists = {name: root.children(name, required=name != "sleeps") for name in LISTS}
    for name in NEW_LISTS:
        lists[name] = [] if name in unknown else root.children(name, required=False)
    return lists


def _all(kind: type[T], items: list[Fields]) -> tuple[T | None, ...]:
    return tuple(fields.build(kind) for fields in items)


def _team(fields: Fields, vehicles: Sequence[str] | None, version: int) -> Team | None:
    """Read a team; a vehicle that is left out is the only one there is."""
    values = unknown_values(Team, version)
    if fields.has("vehicle"):
        return fields.build(Team, **values)
    if vehicles and len(vehicles) > 1 and fields.ok("vehicle"):
        choices = ", ".join(map(repr, vehicles))
        text = _("is missing, and there are several: {choices}", choices=choices)
        fields.fault("vehicle", text)
    return fields.build(Team, vehicle=vehicles[0] if vehicles else None, **values)
