"""Make the fictional district of the demo: ``python data/demo/make_demo.py [FOLDER]``.

Writes ``steppe.osm.pbf``, ``villages.csv`` and ``scenario.toml``, the same bytes every time.
Nobody lives there: the land, the roads, the villages, their names and their numbers are drawn by
chance from one seed.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import osmium
from maker.land import Dice, Land, position
from maker.network import lay_main_roads, lay_village_roads
from maker.places import draw_surroundings, draw_town, draw_villages
from maker.settlements import TOWN_NAME, found_villages
from maker.table import COLUMNS, table_rows
from maker.ways import Chart, draw_roads
from osmium.osm.mutable import Node, Way

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 12
TOWN_AT = (-29.0, -6.0)
GENERATOR = "routeplan data/demo/make_demo.py (fictional district)"
SCENARIO = """\
# A week of door-to-door visits in the fictional district of Oidan.
# Copy this folder, put your own files and numbers in, and run:  routeplan run scenario.toml
# Everything after a # is a note and is not read.

format = "routeplan-scenario"
version = 1
name = "Ойдан ауданы (fictional district), week 1"

[roads]
file = "steppe.osm.pbf"        # map of the roads, an OpenStreetMap file beside this one
snap_limit_metres = 2000       # a village farther than this from any road counts as unreachable
# season = "thaw"              # as if it were thaw, mud, winter or dry, whatever the dates say
# overrides = "roads.toml"     # roads that you know to be closed, slow or open
# Of the file of a whole country, one of these lines takes a part; a margin is added to it:
# area = "district.geojson"    # polygons: GeoJSON, GeoPackage or shapefile
# area_name = "Ойдан"          # of many polygons this one: a name or a code in any of its columns
# bbox = {{ south = 48.0, west = 67.2, north = 48.9, east = 68.6 }}
# around_km = 80               # around every place below and every village of the table
# margin_km = 25               # roads this far beyond are kept too

[villages]
table = "villages.csv"         # one line for each village; opens in Excel
people_per_household = 3.5     # where a table knows only how many people live there

[villages.defaults]            # for every empty cell of the table
min_households = 5             # a visit to fewer doors than this is not worth the stop
setup_minutes = 10             # greeting, parking, sorting papers, before the first door

[[places]]                     # points that are not villages: where crews start from
id = "base"
name = "{town}"
lat = {lat:.5f}
lon = {lon:.5f}

[days]
first = 2027-05-03             # a Monday
last = 2027-05-07
work = ["08:30", "21:00"]      # no crew leaves earlier or arrives later
knock = ["09:00", "20:00"]     # doors may be knocked in these hours

[rules]
max_drive_hours_per_day = 6
rest_minutes_per_day = 45      # in one piece, at a stop
rest_between = ["12:00", "15:00"]   # it begins in these hours, and may interrupt a visit
# drive_hour_worth = 0.5       # one hour at the wheel costs as much as so many households

[[teams]]
id = "A"
base = "base"
vehicle = "car"                # keeps to roads that an ordinary car can take
size = 3                       # people who knock
households_per_hour = 5        # of each of them

[[teams]]
id = "B"
base = "base"
vehicle = "four_wheel_drive"   # also takes rough tracks and fords
size = 3
households_per_hour = 5

[nights]                       # where crews may sleep out: column teams_per_night of the table
home_every_night = false       # true: every crew is back at its base every evening

# Visits that have been announced: to keep one is worth so many households.
# [[announced]]
# team = "A"
# date = 2027-05-05
# place = "v12"
# bonus = 20

# Districts in which at least so many households are reached.
# [[districts]]
# id = "north"
# places = ["v03", "v07", "v12"]   # without it: the villages whose column district says north
# min_households = 60

[handouts]
language = "en"                # of maps and sheets: en, kk (қазақша) or ru (по-русски)
"""


def make_demo(folder: Path) -> None:
    """Write the three files of the demo into a folder."""
    dice = Dice(SEED)
    land = Land(dice)
    town = land.nearest(TOWN_AT)
    network, road_end = lay_main_roads(land, town)
    villages = found_villages(land, dice, network.nodes(), [town, road_end])
    lay_village_roads(network, town, villages, dice)
    chart = Chart(dice, land.river_line)
    arms = draw_roads(chart, land, network.roads, town, villages)
    base = draw_town(chart, land.nodes[town], arms[town])
    places = draw_villages(chart, land, villages, arms)
    draw_surroundings(chart, land)
    write_map(chart, folder / "steppe.osm.pbf")
    write_table(table_rows(villages, places, base, dice), folder / "villages.csv")
    lat, lon = position(base)
    scenario = SCENARIO.format(town=TOWN_NAME, lat=lat, lon=lon)
    (folder / "scenario.toml").write_text(scenario, encoding="utf-8", newline="\n")


def write_table(rows: Sequence[dict[str, str]], path: Path) -> None:
    """Write the table as Excel reads it: UTF-8 with its mark, commas."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


def write_map(chart: Chart, path: Path) -> None:
    """Write the map, uncompressed and without dates: the same bytes whatever wrote them."""
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    header.set("sorting", "Type_then_ID")
    header.add_box(_box(chart))
    file = osmium.io.File(str(path), "pbf,pbf_compression=none,add_metadata=false")
    with osmium.SimpleWriter(file, header=header, overwrite=True) as writer:
        for number, (lat, lon) in enumerate(chart.nodes, start=1):
            tags = chart.node_tags.get(number, {})
            writer.add_node(Node(id=number, location=(lon, lat), tags=tags))
        for number, (nodes, tags) in enumerate(chart.ways, start=1):
            writer.add_way(Way(id=number, nodes=nodes, tags=tags))


def _box(chart: Chart) -> osmium.osm.Box:
    lats = [lat for lat, _ in chart.nodes]
    lons = [lon for _, lon in chart.nodes]
    return osmium.osm.Box(min(lons), min(lats), max(lons), max(lats))


if __name__ == "__main__":
    make_demo(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
