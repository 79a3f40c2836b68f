"""A village as a table or the map has it, before roads and days are known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.display import counted, one_line
from routeplan.errors import Faults, InputError
from routeplan.language import gettext as _
from routeplan.model.problem import Place, Village

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village, its households, and the planner's options for it.

    Of the options, place, households and closed days are not used.

    Raises
    ------
    InputError
        With every wrong count, each by its field.
    """

    place: Place
    households: int  # all of them
    signed: int = 0  # of these, so far
    options: Village = field(default_factory=lambda: Village("", 0))
    closed: tuple[dt.date, ...] = ()  # dates on which it is not visited, in order
    teams_per_night: int = 0  # that may sleep there at once
    source: str = ""  # where it was read: ``villages.csv:41`` or ``OSM n123``
    notes: tuple[str, ...] = ()  # which values were found or estimated, and how
    district: str = ""  # as the table names it

    def __post_init__(self) -> None:
        faults = Faults()
        for name in ("households", "signed", "teams_per_night"):
            if getattr(self, name) < 0:
                faults.add(name, _("{value} is below 0", value=getattr(self, name)))
        if self.signed > max(0, self.households):
            message = _(
                "{signed} signed, but only {households} households",
                signed=self.signed,
                households=self.households,
            )
            faults.add("signed", message)
        faults.raise_any()

    def __repr__(self) -> str:
        figures = [f"{self.lat:.5f} {self.lon:.5f}", counted(self.households, "household")]
        if self.signed:
            figures.append(f"{self.signed:,} signed")
        return one_line("VillageRow", self.name or self.id, *figures)

    @property
    def id(self) -> str:
        """Id of its place."""
        return self.place.id

    @property
    def name(self) -> str:
        """Name of its place."""
        return self.place.name

    @property
    def lat(self) -> float:
        """Latitude in degrees."""
        return self.place.lat

    @property
    def lon(self) -> float:
        """Longitude in degrees."""
        return self.place.lon

    @property
    def unsigned(self) -> int:
        """Households that have not signed yet."""
        return self.households - self.signed

    def village(self, dates: Sequence[dt.date] = ()) -> Village:
        """Return the village of a problem whose days have these dates."""
        closed = tuple(day for day, date in enumerate(dates) if date in self.closed)
        return replace(self.options, place=self.id, households=self.unsigned, closed_days=closed)


def check_people_per_household(people: float | None) -> None:
    """Refuse a size of households that is not above 0."""
    if people is not None and not people > 0:
        raise InputError(_("people_per_household: {value} is not above 0", value=people))


def households_of(population: int, people_per_household: float) -> int:
    """Return the number of households of a population, rounded up."""
    # In decimals as written: 84 people by 4.2 are 20 households, whatever binary makes of 4.2.
    return math.ceil(Fraction(population) / Fraction(str(people_per_household)))


def check_not_swapped(
    points: Iterable[tuple[str, Place]], *, south: float, west: float, north: float, east: float
) -> None:
    """Refuse places outside the bounding box of the roads that are inside it when swapped.

    A longitude of Kazakhstan (46 to 87) is a possible latitude too, so that the values alone do
    not show that lat and lon were swapped.

    Parameters
    ----------
    points
        Each place, after the source to name in its fault.
    south, west, north, east
        Bounds of the roads, in degrees.

    Raises
    ------
    InputError
        With every such place.
    """
    faults = Faults()
    for source, place in points:
        inside = south <= place.lat <= north and west <= place.lon <= east
        if not inside and south <= place.lon <= north and west <= place.lat <= east:
            faults.add(
                f"{source} lat",
                _(
                    "lat {lat}, lon {lon} is far from the roads, but among them the other way"
                    " round",
                    lat=str(place.lat),
                    lon=str(place.lon),
                ),
                _("are lat and lon swapped?"),
            )
    faults.raise_any()
