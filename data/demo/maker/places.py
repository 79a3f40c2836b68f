"""Streets, places and what else stands on a map beside its roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maker.land import HALF_HEIGHT, HALF_WIDTH, along
from maker.settlements import TOWN_NAME, in_russian
from maker.shapes import gaps, lay_streets
from maker.ways import Tags, nearest_on_ring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maker.land import Land, Point
    from maker.settlements import Settlement
    from maker.shapes import Streets
    from maker.ways import Chart

__all__ = ["draw_surroundings", "draw_town", "draw_villages"]

FICTION = "Fictional district, made by data/demo/make_demo.py"
PEOPLE_PER_HOUSEHOLD = 3.5
TOWN_PEOPLE = 5600
HAMLET_HOUSEHOLDS, NAMED_STREETS_HOUSEHOLDS = 40, 50
NARROWEST_QUARTER = 0.6
STREET_NAMES = (
    "Бейбітшілік", "Достық", "Жастар", "Мектеп", "Орталық", "Тың", "Бірлік", "Наурыз", "Дала",
    "Бәйтерек", "Көктем", "Шұғыла", "Жұлдыз",
)  # fmt: skip
STREET_SURFACES: tuple[Tags, ...] = (
    {"surface": "ground"}, {"surface": "gravel"}, {"surface": "unpaved"}, {},
)  # fmt: skip


def draw_town(chart: Chart, centre: Point, arms: list[Point]) -> Point:
    """Draw the town's streets round its roundabout; return where its place node stands."""
    sectors = [gap for gap in gaps(arms) if gap[0] > NARROWEST_QUARTER]
    for number, gap in enumerate(sectors):
        streets = lay_streets(centre, gap, chart.dice, rows=7, columns=8)
        streets.spine[0] = nearest_on_ring(centre, streets.spine[1])
        one_way = _one_way_pair(streets) if number == 0 else []
        two_way = [row for row in streets.rows if number or row not in streets.rows[1:3]]
        for line in (streets.spine, *one_way, *two_way, *streets.closers):
            tags = {"highway": "residential", "name": _street_name(chart)}
            tags |= {"surface": "asphalt"} if line in one_way or chart.dice.chance(0.6) else {}
            chart.way(line, tags | ({"oneway": "yes"} if line in one_way else {}))
    place = along(centre, sectors[0][1], 0.17)
    tags = {"place": "town", "population": str(TOWN_PEOPLE), "note": FICTION}
    chart.node(place, tags | _names(TOWN_NAME))
    return place


def _one_way_pair(streets: Streets) -> list[list[Point]]:
    """Return the second and the third row between the closers, in opposite directions."""
    first, second = (
        row[row.index(streets.closers[0][n]) : row.index(streets.closers[1][n]) + 1]
        for n, row in enumerate(streets.rows[1:3], start=1)
    )
    return [first, second[::-1]]


def draw_villages(
    chart: Chart, land: Land, villages: Sequence[Settlement], arms: dict[int, list[Point]]
) -> list[Point]:
    """Draw all villages, some with a service road; return where their place nodes stand."""
    spurs = iter(["service", "gate", *["service"] * 7])
    places = []
    for village in villages:
        spur = next(spurs, "") if village.households > HAMLET_HOUSEHOLDS else ""
        centre = land.nodes[village.node]
        places.append(draw_village(chart, village, centre, arms[village.node], spur=spur))
        if village.cut_off:
            well = along(centre, (-0.8, -0.6), 1.7)
            bend = along(along(centre, (-0.8, -0.6), 0.9), (0.6, -0.8), 0.12)
            chart.way([centre, bend, well], {"highway": "track", "tracktype": "grade4"})
    return places


def draw_village(
    chart: Chart, village: Settlement, centre: Point, arms: list[Point], *, spur: str = ""
) -> Point:
    """Draw a village's streets; return where its place node stands.

    Parameters
    ----------
    chart
        Where to draw it.
    village, centre, arms
        The village, where it is, and the directions in which roads leave it.
    spur
        ``service`` for a service road beyond the last street, ``gate`` for one with a gate.
    """
    rows = 1 + sum(village.households > limit for limit in (28, 75, 170))
    columns = max(1, round(village.households * 0.055 / rows))
    gap = gaps(arms)[0]
    streets = lay_streets(centre, gap, chart.dice, rows=rows, columns=columns)
    surface = chart.dice.pick(STREET_SURFACES)
    for line in (streets.spine, *streets.closers):
        chart.way(line, {"highway": "residential"} | surface)
    for row in streets.rows:
        named = village.households > NAMED_STREETS_HOUSEHOLDS
        name = {"name": _street_name(chart)} if named else {}
        chart.way(row, {"highway": "residential"} | name | surface)
    if spur:
        _draw_spur(chart, streets, gap[1], gated=spur == "gate")
    place = along(streets.spine[len(streets.spine) // 2], gap[1], 0.03)
    chart.node(place, _place_tags(chart, village))
    return place


def _draw_spur(chart: Chart, streets: Streets, ahead: Point, *, gated: bool) -> None:
    start, length = streets.spine[-1], chart.dice.between(0.3, 0.8)
    aside = -ahead[1], ahead[0]
    bend = along(along(start, ahead, length / 2), aside, chart.dice.between(-0.08, 0.08))
    if gated:
        chart.node(bend, {"barrier": "gate"})
    chart.way([start, bend, along(start, ahead, length)], {"highway": "service"})


def _place_tags(chart: Chart, village: Settlement) -> Tags:
    tags = {"place": "hamlet" if village.households < HAMLET_HOUSEHOLDS else "village"}
    people = int(village.households * PEOPLE_PER_HOUSEHOLD * chart.dice.between(0.85, 1.15))
    if chart.dice.chance(0.85):
        tags["population"] = str(people)
    return tags | _names(village.name)


def _street_name(chart: Chart) -> str:
    return f"{chart.dice.pick(STREET_NAMES)} көшесі"


def _names(name: str) -> Tags:
    return {"name": name, "name:kk": name, "name:ru": in_russian(name)}


def draw_surroundings(chart: Chart, land: Land) -> None:
    """Draw the river, the hills and the border, which a reader of roads must pass over."""
    river = sorted(chart.river, key=lambda point: -point[1])
    chart.way(river, {"waterway": "river", **_names("Ойдансу")})
    for number, hill in enumerate(land.hills):
        tags = {"natural": "peak", "ele": str(hill.metres)}
        chart.node(hill.top, tags | ({"name": "Ойшоқы"} if number == 0 else {}))
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    border = [((HALF_WIDTH + 2) * x, (HALF_HEIGHT + 2) * y) for x, y in corners]
    tags = {"boundary": "administrative", "admin_level": "6", "note": FICTION}
    chart.way(border, tags | _names("Ойдан ауданы"))
