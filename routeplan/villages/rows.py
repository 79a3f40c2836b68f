"""One village as a table or the map tells of it, before roads and days are known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.errors import Faults, InputError
from routeplan.model.problem import Place, Village

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from routeplan.model.problem import Window

__all__ = ["VillageRow", "check_not_swapped", "households_of"]


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village, how many households it has, and the planner's options for it.

    Parameters
    ----------
    id, name
        How files and people call it.
    lat, lon
        Where it lies (WGS 84, degrees).
    households, signed
        Of all its households, how many have signed so far.
    weight, partial, min_households, setup_seconds, pace, max_share_per_visit, knock, required
        As in `routeplan.model.problem.Village`.
    closed
        Dates on which it is not visited, in order.
    teams_per_night
        How many teams may sleep there at once; 0 where none may.
    source
        Where it was read: ``villages.csv:41`` or ``OSM n123``.
    notes
        What of it was not told but found or estimated, and how.

    Raises
    ------
    InputError
        With every value that cannot be, each named by its field.
    """

    id: str
    name: str
    lat: float
    lon: float
    households: int
    signed: int = 0
    weight: float = 1.0
    partial: bool = True
    min_households: int = 1
    setup_seconds: int = 0
    pace: float = 1.0
    max_share_per_visit: float = 1.0
    closed: tuple[dt.date, ...] = ()
    knock: Window | None = None
    required: bool = False
    teams_per_night: int = 0
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = Faults()
        for name in ("households", "signed", "teams_per_night"):
            if getattr(self, name) < 0:
                faults.add(name, f"{getattr(self, name)} is below 0")
        if self.signed > max(0, self.households):
            faults.add("signed", f"{self.signed} signed, but only {self.households} households")
        for make in (self._make_place, self.village):
            try:
                make()
            except InputError as error:
                faults.adopt(error)
        faults.raise_any()

    @property
    def unsigned(self) -> int:
        """Households that have not signed yet."""
        return self.households - self.signed

    @property
    def place(self) -> Place:
        """The point where it lies."""
        return self._make_place()

    def village(self, dates: Sequence[dt.date] = ()) -> Village:
        """Return what a planner is told of it, for the days that have these dates."""
        return Village(
            place=self.id,
            households=max(0, self.unsigned),
            weight=self.weight,
            partial=self.partial,
            min_households=self.min_households,
            setup_seconds=self.setup_seconds,
            pace=self.pace,
            max_share_per_visit=self.max_share_per_visit,
            closed_days=tuple(day for day, date in enumerate(dates) if date in self.closed),
            knock=self.knock,
            required=self.required,
        )

    def _make_place(self) -> Place:
        return Place(self.id, self.name, self.lat, self.lon)


def households_of(population: int, people_per_household: float) -> int:
    """Return how many households so many people make, rounded up."""
    # In decimals as written: 84 people by 4.2 are 20 households, whatever binary makes of 4.2.
    return math.ceil(Fraction(population) / Fraction(str(people_per_household)))


def check_not_swapped(
    rows: Iterable[VillageRow], *, south: float, west: float, north: float, east: float
) -> None:
    """Refuse villages outside the box of the roads that are inside it with lat and lon swapped.

    A longitude of Kazakhstan (46 to 87) is a possible latitude too, so that the values alone do
    not show that they were swapped.

    Parameters
    ----------
    rows
        The villages.
    south, west, north, east
        Bounds of the roads, in degrees.

    Raises
    ------
    InputError
        With every such village.
    """
    faults = Faults()
    for row in rows:
        inside = south <= row.lat <= north and west <= row.lon <= east
        if not inside and south <= row.lon <= north and west <= row.lat <= east:
            faults.add(
                f"{row.source} lat",
                f"lat {row.lat}, lon {row.lon} is far from the roads, but among them the other way"
                " round",
                "are lat and lon swapped?",
            )
    faults.raise_any()
