"""What a scenario refers to, checked against its villages, vehicles and roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults, InputError, RoadError, nearest
from routeplan.formats.document import file_error
from routeplan.model.references import check_known
from routeplan.roads import SnapFailure
from routeplan.villages import VillageRow, check_not_swapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.model.problem import Place
    from routeplan.roads import RoadGraph, Snap
    from routeplan.scenario import Scenario

# A position farther from every road is taken for a mistake.
FARTHEST_METRES = 50_000


def check_places(
    scenario: Scenario, village_ids: Iterable[str], district_names: Iterable[str] = ()
) -> None:
    """Refuse teams and overnight places that are neither the scenario's places nor villages.

    Places that have the id of a village are refused, too; and announced visits and districts
    elsewhere than in villages, whose districts have these names.
    """
    faults = Faults()
    villages, places = set(village_ids), [place.id for place in scenario.places]
    for n, place in enumerate(places):
        if place in villages:
            hint = "name the village itself as base, or choose another id"
            faults.add(f"places[{n}].id", f"{place!r} is the id of a village too", hint)
    references = {f"teams[{n}].base": team.start for n, team in enumerate(scenario.teams)}
    for n, team in enumerate(scenario.teams):
        references |= {f"teams[{n}].end": team.end} if team.end != team.start else {}
    references |= {f"nights.places[{n}].place": one.place for n, one in enumerate(scenario.sleeps)}
    check_known(references, {*places, *villages}, "no place and no village has the id", faults)
    _check_visited(scenario, villages, faults)
    _check_districts(scenario, district_names, faults)
    if faults:
        raise file_error(faults, f"{scenario.source}:")


def _check_visited(scenario: Scenario, villages: Iterable[str], faults: Faults) -> None:
    visited = {f"announced[{n}].place": one.place for n, one in enumerate(scenario.announced)}
    for n, district in enumerate(scenario.districts):
        where = f"districts[{n}].places"
        visited |= {f"{where}[{m}]": place for m, place in enumerate(district.places)}
    check_known(visited, villages, "no village has the id", faults)


def _check_districts(scenario: Scenario, district_names: Iterable[str], faults: Faults) -> None:
    names = {district_key(name): name for name in district_names if name}
    for n, district in enumerate(scenario.districts):
        if not district.places and district_key(district.id) not in names:
            message = f"no village is in a district {district.id!r}, and no places are listed"
            hint = nearest(district.id, names.values()) if names else "list its places"
            faults.add(f"districts[{n}].id", message, hint)


def check_vehicles(scenario: Scenario, known: Iterable[str]) -> None:
    """Refuse teams whose vehicle has no speeds; the nearest vehicle with some is named."""
    faults = Faults()
    vehicles = {f"teams[{n}].vehicle": team.vehicle for n, team in enumerate(scenario.teams)}
    check_known(vehicles, known, "no speeds are known for", faults)
    if faults:
        raise file_error(faults, f"{scenario.source}:")


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
            message = f"lat {row.lat}, lon {row.lon} is {metres / 1000:,.0f} km from every road"
            hint = "is the position right, and does the roads' file hold this district?"
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
                where = f"{scenario.source}: team {team.id}"
                faults.add(where, f"its base {base!r} cannot be reached: {by_id[base].detail}")
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
