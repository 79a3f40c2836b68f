"""What a scenario refers to, checked against its villages, vehicles and roads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import Fault, Faults, InputError, RoadError, nearest
from routeplan.formats.fields import Fields
from routeplan.formats.toml import line_error
from routeplan.language import gettext as _
from routeplan.model.references import check_known
from routeplan.roads import SnapFailure, read_speeds
from routeplan.villages import VillageRow, check_not_swapped
from routeplan.workflow.inputs import rows_of_table, trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from routeplan.model.problem import Place
    from routeplan.roads import RoadGraph, Snap
    from routeplan.scenario import Scenario
    from routeplan.scenario.reading import FaultyScenario
    from routeplan.villages import Unplaced

T = TypeVar("T")

# A position farther from every road is taken for a mistake.
FARTHEST_METRES = 50_000


def check_places(
    scenario: Scenario, village_ids: Iterable[str], district_names: Iterable[str] = ()
) -> None:
    """Refuse teams and overnight places that are neither the scenario's places nor villages.

    Places that have the id of a village are refused, too; and announced visits and districts
    elsewhere than in villages, whose districts have these names.
    """
    faults = _place_faults(_lists_of(scenario), getattr, village_ids, district_names)
    if faults:
        raise line_error(faults, scenario.source, scenario.lines)


def checked_rows(
    scenario: Scenario,
    faults: Faults,
    on_note: Callable[[str], None],
    on_unplaced: Callable[[Unplaced], None] | None,
    own: tuple[VillageRow, ...] | None,
) -> tuple[VillageRow, ...] | None:
    """Return the villages of a scenario, of its table unless they are given, and note all faults.

    It is None where they are taken from the map. `on_unplaced` is called as by `read_table`.
    """
    unplaced: list[Unplaced] = []
    note = None if on_unplaced is None else unplaced.append
    rows = own
    if rows is None:
        rows = tried(faults, lambda: rows_of_table(scenario.villages, on_note, note))
    if rows is not None:
        named = [*rows, *(each.row for each in unplaced)]
        ids, districts = [row.id for row in named], [row.district for row in named]
        tried(faults, lambda: check_places(scenario, ids, districts))
    for each in unplaced:
        assert on_unplaced is not None  # noqa: S101  # else none is unplaced
        on_unplaced(each)
    _check_placed(scenario, unplaced, faults)
    return rows


def _check_placed(scenario: Scenario, unplaced: Sequence[Unplaced], faults: Faults) -> None:
    names = {each.row.id: each.row.name for each in unplaced}
    for team in scenario.teams:
        for base in names.keys() & {team.start, team.end}:
            message = _("its base {base!r} has no position yet", base=names[base])
            faults.add(_("{file}: team {id}", file=scenario.source, id=team.id), message)


def check_vehicles(scenario: Scenario, known: Iterable[str]) -> None:
    """Refuse teams whose vehicle has no speeds; the nearest vehicle with some is named."""
    faults = _vehicle_faults(_lists_of(scenario), getattr, known)
    if faults:
        raise line_error(faults, scenario.source, scenario.lines)


def faults_beside(faulty: FaultyScenario) -> list[Fault]:
    """Return the faults of the table and the speeds of a scenario file that has faults itself.

    Those are among them that `check_places` and `check_vehicles` find.
    """
    faults, found = Faults(), Faults()
    rows = None if faulty.source is None else tried(faults, partial(rows_of_table, faulty.source))
    if rows is not None:
        ids, names = [row.id for row in rows], [row.district for row in rows]
        found += _place_faults(faulty.lists, Fields.get, ids, names)
    if faulty.roads.ok("speeds"):
        speeds = tried(faults, lambda: read_speeds(faulty.roads.get("speeds")))
        if speeds is not None:
            found += _vehicle_faults(faulty.lists, Fields.get, speeds.vehicles)
    faults += line_error(found, faulty.file.source, faulty.file.lines).faults
    return faults


def tried(faults: Faults, step: Callable[[], T]) -> T | None:
    """Return the result of a step; if it raises, add its faults."""
    try:
        return step()
    except InputError as error:
        faults.adopt(error)
        return None


def _lists_of(scenario: Scenario) -> dict[str, Sequence[Any]]:
    names = ("places", "teams", "sleeps", "announced", "districts")
    return {name: getattr(scenario, name) for name in names}


def _place_faults(
    lists: Mapping[str, Sequence[T]],
    get: Callable[[T, str], Any],
    village_ids: Iterable[str],
    district_names: Iterable[str],
) -> Faults:
    """Return the faults of what refers to places; `get` is None for what could not be read."""
    faults = Faults()
    villages, places = set(village_ids), [get(place, "id") for place in lists["places"]]
    for n, place in enumerate(places):
        if place in villages:
            message = _("{place!r} is the id of a village too", place=place)
            hint = _("name the village itself as base, or choose another id")
            faults.add(f"places[{n}].id", message, hint)
    references = {f"teams[{n}].base": get(team, "start") for n, team in enumerate(lists["teams"])}
    for n, team in enumerate(lists["teams"]):
        start, end = get(team, "start"), get(team, "end")
        references |= {f"teams[{n}].end": end} if end != start else {}
    sleeps = enumerate(lists["sleeps"])
    references |= {f"nights.places[{n}].place": get(one, "place") for n, one in sleeps}
    given = {where: place for where, place in references.items() if place}
    check_known(given, [*places, *villages], _("no place and no village has the id {id!r}"), faults)
    _check_visited(lists, get, villages, faults)
    _check_districts(lists["districts"], get, district_names, faults)
    return faults


def _check_visited(
    lists: Mapping[str, Sequence[T]],
    get: Callable[[T, str], Any],
    villages: Iterable[str],
    faults: Faults,
) -> None:
    announced = enumerate(lists["announced"])
    visited = {f"announced[{n}].place": get(one, "place") for n, one in announced}
    for n, district in enumerate(lists["districts"]):
        where = f"districts[{n}].places"
        places = get(district, "places") or ()
        visited |= {f"{where}[{m}]": place for m, place in enumerate(places)}
    check_known(visited, villages, _("no village has the id {id!r}"), faults)


def _check_districts(
    districts: Sequence[T],
    get: Callable[[T, str], Any],
    district_names: Iterable[str],
    faults: Faults,
) -> None:
    names = {district_key(name): name for name in district_names if name}
    for n, district in enumerate(districts):
        own = get(district, "id")
        if own and get(district, "places") == () and district_key(own) not in names:
            message = _("no village is in a district {name!r}, and no places are listed", name=own)
            hint = nearest(own, names.values()) if names else _("list its places")
            faults.add(f"districts[{n}].id", message, hint)


def _vehicle_faults(
    lists: Mapping[str, Sequence[T]], get: Callable[[T, str], Any], known: Iterable[str]
) -> Faults:
    faults = Faults()
    vehicles = {
        f"teams[{n}].vehicle": get(team, "vehicle") for n, team in enumerate(lists["teams"])
    }
    check_known(vehicles, known, _("no speeds are known for {id!r}"), faults)
    return faults


def check_positions(
    scenario: Scenario,
    rows: Sequence[VillageRow],
    graph: RoadGraph,
    snaps: Mapping[str, Sequence[Snap]],
    *,
    closures: bool = False,
) -> None:
    """Refuse positions that can only be mistakes: swapped, in the sea or in another country.

    Bases that no road reaches are refused too, unless roads are closed on purpose.
    """
    faults = Faults()
    points = [(f"{scenario.source}: places[{n}]", place) for n, place in enumerate(scenario.places)]
    points += [(row.source, row.place) for row in rows]
    south, west, north, east = graph.bounds
    box = {"south": south, "west": west, "north": north, "east": east}
    _adopt_swapped(points, box, faults)
    swapped = {fault.where for fault in faults}
    of_rows = [each[len(scenario.places) :] for each in snaps.values()]
    for row, *own in zip(rows, *of_rows, strict=True):
        metres = min(snap.metres or 0.0 for snap in own)
        if metres > FARTHEST_METRES and f"{row.source} lat" not in swapped:
            message = _(
                "lat {lat}, lon {lon} is {km:,.0f} km from every road",
                lat=row.lat,
                lon=row.lon,
                km=metres / 1000,
            )
            hint = _("is the position right, and does the roads' file hold this district?")
            faults.add(row.source, message, hint)
    _check_bases(scenario, snaps, faults, closures=closures)


def _check_bases(
    scenario: Scenario, snaps: Mapping[str, Sequence[Snap]], faults: Faults, *, closures: bool
) -> None:
    """Raise the faults of positions, or those of bases that no road reaches."""
    error = InputError if faults else RoadError
    for team in scenario.teams:
        by_id = {snap.place.id: snap for snap in snaps[team.vehicle]}
        for base in sorted({team.start, team.end}):
            far = by_id[base].failure is SnapFailure.TOO_FAR
            if not by_id[base].found and (far or not closures):
                why = trouble_of(by_id[base])
                message = _("its base {base!r} cannot be reached: {why}", base=base, why=why)
                where = _("{file}: team {id}", file=scenario.source, id=team.id)
                faults.add(where, message)
    faults.raise_any(error)


def _adopt_swapped(
    points: Sequence[tuple[str, Place]], box: Mapping[str, float], faults: Faults
) -> None:
    try:
        check_not_swapped(points, **box)
    except InputError as error:
        faults.adopt(error)


def district_key(name: str) -> str:
    """Return the name of a district as it is compared: without case and spare spaces."""
    return " ".join(name.casefold().split())
