"""Villages from the places of an OpenStreetMap file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from routeplan.errors import Faults, InputError
from routeplan.model.problem import Village
from routeplan.villages.estimate import Estimate
from routeplan.villages.rows import VillageRow, households_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from routeplan.villages.estimate import Homes

__all__ = ["OsmPlace", "OsmVillages", "from_osm_places"]


class OsmPlace(Protocol):
    """A settlement as the map has it."""

    @property
    def id(self) -> str:
        """Kind and number of its object: ``n123``."""

    @property
    def kind(self) -> str:
        """Value of its tag ``place``: ``village``."""

    @property
    def name(self) -> str:
        """What the map calls it; empty where it has no name."""

    @property
    def names(self) -> Mapping[str, str]:
        """All its names by their key: ``name:kk``, ``old_name``."""

    @property
    def lat(self) -> float:
        """Latitude in degrees."""

    @property
    def lon(self) -> float:
        """Longitude in degrees."""

    @property
    def population(self) -> int | None:
        """How many people live there, None where the map does not tell."""


@dataclass(frozen=True, slots=True)
class OsmVillages:
    """Villages made of places, and the places that tell no population."""

    rows: tuple[VillageRow, ...]
    without_population: tuple[OsmPlace, ...]


def from_osm_places(
    places: Iterable[OsmPlace],
    kinds: Collection[str],
    defaults: Village | None = None,
    *,
    people_per_household: float | None,
    homes: Homes | None = None,
) -> OsmVillages:
    """Make villages of the places of some kinds.

    Parameters
    ----------
    places
        Settlements of the map.
    kinds
        Values of the tag ``place`` that are wanted: ``village``, ``hamlet``.
    defaults
        A village whose options every one gets; its place and households are not looked at.
    people_per_household
        Makes households of population, rounded up; None where homes alone count.
    homes
        Of which the households are estimated where the map tells no population.

    Returns
    -------
    OsmVillages
        In the order of the places; those without population are told apart, not guessed.

    Raises
    ------
    InputError
        Where an id is repeated, or the size of a household is not above 0.
    """
    if people_per_household is not None and not people_per_household > 0:
        raise InputError(f"people_per_household: {people_per_household} is not above 0")
    faults = Faults()
    wanted: dict[str, OsmPlace] = {}
    for place in places:
        if place.kind not in kinds:
            continue
        if place.id in wanted:
            faults.add(f"OSM {place.id}", "is there twice")
        wanted[place.id] = place
    faults.raise_any()
    counts: dict[str, Estimate] = {}
    if people_per_household is not None:
        for place in wanted.values():
            if place.population is not None:
                count = households_of(place.population, people_per_household)
                counts[place.id] = Estimate(count, "")
    if homes is not None:
        points = np.array([(p.lat, p.lon) for p in wanted.values()]).reshape(-1, 2)
        estimates = zip(wanted, homes.households(points), strict=True)
        counts = dict(estimates) | counts
    rows = [
        _row(place, counts[place.id], defaults or Village("", 0))
        for place in wanted.values()
        if place.id in counts
    ]
    without = [place for place in wanted.values() if place.id not in counts]
    return OsmVillages(tuple(rows), tuple(without))


def _row(place: OsmPlace, count: Estimate, defaults: Village) -> VillageRow:
    return VillageRow(
        id=place.id,
        name=place.name or place.id,
        lat=place.lat,
        lon=place.lon,
        households=count.households,
        weight=defaults.weight,
        partial=defaults.partial,
        min_households=defaults.min_households,
        setup_seconds=defaults.setup_seconds,
        pace=defaults.pace,
        max_share_per_visit=defaults.max_share_per_visit,
        knock=defaults.knock,
        required=defaults.required,
        source=f"OSM {place.id}",
        notes=tuple(filter(None, (count.note,))),
    )
