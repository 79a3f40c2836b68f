"""A whole undertaking in the hand-drawn district of `roads_helpers`: roads, table and scenario."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.helpers.roads import VILLAGES, place, toy

if TYPE_CHECKING:
    from pathlib import Path

BASE = place("base", 2600, 30)
HOUSEHOLDS = {"Aq": 40, "Bulaq": 60, "Kemer": 30, "Tasty": 20, "Shet": 25, "Aral": 9, "Tuzaq": 7}
HEADER = "id,name,lat,lon,households,teams_per_night"

SCENARIO = """\
format = "routeplan-scenario"
version = 1
name = "Toy week"

[roads]
file = "{roads}"

[villages]
{villages}

[[places]]
id = "base"
lat = {lat}
lon = {lon}

[days]
first = {first}
last = {last}
work = {work}
knock = ["10:00", "12:00"]

[[teams]]
id = "A"
base = "{base}"
vehicle = "{vehicle}"
size = 2
households_per_hour = 5
"""


def table() -> list[str]:
    """Return the lines of the table; crews may sleep in Bulaq."""
    rows = [
        f"{spot.id},{spot.name},{spot.lat},{spot.lon},{HOUSEHOLDS[spot.id]},"
        f"{2 if spot.id == 'Bulaq' else ''}"
        for spot in VILLAGES
        if spot.id in HOUSEHOLDS
    ]
    return [HEADER, *rows]


@dataclass
class Undertaking:
    """The files of an undertaking, each part of which may be written otherwise."""

    roads: str = "district.osm"
    villages: str = 'table = "villages.csv"'
    lat: float = BASE.lat
    lon: float = BASE.lon
    first: str = "2027-05-03"
    last: str = "2027-05-04"
    work: str = '["08:00", "21:00"]'
    base: str = "base"
    vehicle: str = "car"
    more: str = ""
    table: list[str] = field(default_factory=table)

    def write(self, folder: Path) -> Path:
        """Write all files, and return the scenario's path."""
        toy().write(folder / "district.osm")
        lines = "\n".join([*self.table, ""])
        (folder / "villages.csv").write_text(lines, encoding="utf-8")
        path = folder / "scenario.toml"
        path.write_text(SCENARIO.format(**vars(self)) + self.more, encoding="utf-8")
        return path
