"""The villages of a scenario, gathered from a table, the map, the register and homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.roads import read_homes, read_places
from routeplan.villages import (
    Homes,
    ReferenceData,
    from_osm_places,
    read_districts,
    read_gazetteer,
    read_register,
    read_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from routeplan.scenario import HomesSource, Scenario, VillageSource
    from routeplan.villages import OsmPlace, VillageRow


def rows_of_table(source: VillageSource) -> tuple[VillageRow, ...] | None:
    """Read the villages of a table; None if they are taken from the map.

    All faults of the table and of the files that fill its gaps are named.
    """
    if source.table is None:
        return None
    reference = None
    if source.places is not None or source.homes is not None:
        reference = read_reference(
            source.places, source.register, source.districts, homes=_homes(source.homes)
        )
    people = source.people_per_household
    return read_table(
        source.table, source.defaults, people_per_household=people, reference=reference
    )


def rows_of_map(
    scenario: Scenario, places: Sequence[OsmPlace]
) -> tuple[tuple[VillageRow, ...], tuple[str, ...]]:
    """Return the villages of a map, and the names of its places without a population.

    It is an error if no place has one.
    """
    source = scenario.villages
    found = from_osm_places(
        *(places, source.kinds, source.defaults),
        people_per_household=source.people_per_household,
        homes=_homes(source.homes),
    )
    if not found.rows:
        message = f"of {len(found.without_population)} such places the map tells no population"
        hint = "make a table of villages, or take other kinds"
        raise InputError([Fault(f"{scenario.source}: villages", message, hint)])
    return found.rows, tuple(place.name or place.id for place in found.without_population)


def read_reference(
    places: Path | None,
    register: Path | None,
    districts: Path | None,
    *,
    homes: Homes | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> ReferenceData:
    """Read what villages are found by, as far as files are named.

    Parameters
    ----------
    places
        Of a map, or of a table (CSV, XLSX).
    register, districts
        The state's register, and polygons of districts.
    homes
        Of which households are estimated.
    on_step
        Called with the name of each step.

    Raises
    ------
    InputError, RoadError
        If a file cannot be read.
    """
    for what, path in (("places", places), ("register", register), ("districts", districts)):
        if path is not None:
            on_step(f"reading {what} from {path.name}")
    known = None if register is None else read_register(register)
    found: Sequence[OsmPlace] = ()
    if places is not None:
        is_table = places.suffix.lower() in {".csv", ".xlsx"}
        found = read_gazetteer(places) if is_table else read_places(places)
    polygons = None if districts is None else read_districts(districts, known)
    return ReferenceData(places=found, register=known, districts=polygons, homes=homes)


def _homes(source: HomesSource | None) -> Homes | None:
    if source is None:
        return None
    points, _ = read_homes(source.file, untyped=source.untyped)
    return Homes(points, source.households_per_home, source.within_metres)
