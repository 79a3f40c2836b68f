"""Seeded districts of any size, as problems: made up, or where the localities of a table lie.

Households and travel times are made up in both.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import math
import random
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.problem import (
    Day,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SPACING", "make_district", "read_census_district", "read_districts"]

HOUR = 3600
# Unsigned households are made of counts of people by these.
PEOPLE_PER_HOUSEHOLD, UNSIGNED = 3.2, 0.2
KM_PER_DEGREE = 111.2
# Kilometres by kilometres for each village.
SPACING = 16.0


def make_district(
    villages: int,
    teams: int,
    days: int,
    sleeps: int,
    *,
    seed: int,
    nights: bool = True,
    spacing: float = SPACING,
) -> Problem:
    """Make a district whose area grows with its villages, the base near its middle.

    Each village has a square of `spacing` kilometres on average.

    Villages cluster along a few lines, as along rivers and roads; households are lognormal around
    35; driving is at 30 to 70 km/h over 1.3 times the straight line, other one way than the other.
    From the base of a district of 40 it is 47 minutes to a village on average, with one at 80.
    """
    rng = random.Random(seed)
    side = spacing * math.sqrt(villages)
    spots = [(side / 2, side / 2), *(_spot(rng, side) for _ in range(villages))]
    lon_km = KM_PER_DEGREE * math.cos(math.radians(48.0))
    names = ["base", *(f"v{n:04d}" for n in range(1, villages + 1))]
    places = tuple(
        Place(name, name, round(47.0 + y / KM_PER_DEGREE, 6), round(67.0 + x / lon_km, 6))
        for name, (x, y) in zip(names, spots, strict=True)
    )
    travel = TravelTimes(seconds := _seconds(spots, rng), np.ones_like(seconds, dtype=bool))
    beds = rng.sample(names[1:], sleeps) if nights else []
    posed = _posed(places, travel, teams, days, rng)
    return posed.replace(
        name=f"made-up district {seed}", sleeps=tuple(Sleep(name, 2) for name in beds)
    )


def read_districts(table: Path, count: int, *, teams: int = 1, days: int = 5) -> dict[str, Problem]:
    """Read the first districts, by code, that have 6 to 80 live localities in a table.

    The base of each is the locality nearest to the mean of all; two others have beds.
    """
    with table.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["district_kato"] and _is_live(row)]
    by_district: dict[str, list[dict[str, str]]] = {}
    for row in sorted(rows, key=lambda row: (row["district_kato"], row["wof_id"])):
        by_district.setdefault(row["district_kato"], []).append(row)
    several = {code: found for code, found in by_district.items() if 6 <= len(found) <= 80}
    return {
        f"{found[0]['district_ru']} {code}": _real_district(code, found, teams, days)
        for code, found in list(several.items())[:count]
    }


def read_census_district(table: Path, *, teams: int = 1, days: int = 5) -> Problem:
    """Read the district whose villages have counts of a census, those with a position.

    The base is the largest settlement, which is no village; the two next largest have beds.
    A share of all households is `UNSIGNED`; driving is at 30 to 70 km/h over 1.3 times the
    straight line.
    """
    with table.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["population_2009"] and r["lat"] and r["lon"]]
    rows.sort(key=lambda row: int(row["population_2009"]), reverse=True)
    points = np.array([(float(row["lon"]), float(row["lat"])) for row in rows])
    scale = KM_PER_DEGREE * np.array([math.cos(math.radians(points[:, 1].mean())), 1])
    seconds = _seconds([(x, y) for x, y in (points * scale).tolist()], random.Random(table.name))
    names = [row["name_ru"] for row in rows]
    places = tuple(
        Place(f"{n:02d}", name, lat, lon)
        for n, (name, (lon, lat)) in enumerate(zip(names, points.tolist(), strict=True))
    )
    travel = TravelTimes(seconds, np.ones_like(seconds, dtype=bool))
    posed = _posed(places, travel, teams, days, random.Random(0))
    people = [int(row["population_2009"]) for row in rows[1:]]
    return posed.replace(
        name=table.stem,
        villages=tuple(
            dataclasses.replace(
                village, households=math.ceil(UNSIGNED * count / PEOPLE_PER_HOUSEHOLD)
            )
            for village, count in zip(posed.villages, people, strict=True)
        ),
        sleeps=tuple(Sleep(place.id, 2) for place in places[1:3]),
    )


def _is_live(row: dict[str, str]) -> bool:
    gone = {"PPLQ", "PPLF", "PPLW"}
    return (
        row["superseded"] != "True" and not row["deprecated"] and row["gn_feature_code"] not in gone
    )


def _real_district(code: str, rows: list[dict[str, str]], teams: int, days: int) -> Problem:
    rng = random.Random(code)
    points = np.array([(float(row["lat"]), float(row["lon"])) for row in rows])
    scale = KM_PER_DEGREE * np.array([1, math.cos(math.radians(points[:, 0].mean()))])
    order = np.hypot(*((points - points.mean(axis=0)) * scale).T).argsort(kind="stable")
    named = [rows[n] for n in order]
    places = tuple(
        Place(row["wof_id"], row["name_ru"] or row["name"], float(row["lat"]), float(row["lon"]))
        for row in named
    )
    seconds = _seconds([(x, y) for y, x in (points[order] * scale).tolist()], rng)
    metres = (seconds * 14.0).astype(np.int64)
    travel = TravelTimes(seconds, np.ones_like(seconds, dtype=bool), metres)
    posed = _posed(places, travel, teams, days, rng)
    beds = rng.sample([place.id for place in places[1:]], 2)
    return posed.replace(name=code, sleeps=tuple(Sleep(bed, 2) for bed in beds))


def _posed(
    places: tuple[Place, ...], travel: TravelTimes, teams: int, days: int, rng: random.Random
) -> Problem:
    """Pose a problem with the first place as base, and households in all others."""
    base, *others = (place.id for place in places)
    return Problem(
        name="",
        places=places,
        travel={"car": travel},
        villages=tuple(
            Village(name, _households(rng), min_households=10, setup_seconds=600) for name in others
        ),
        teams=tuple(
            Team(f"t{n}", base, base, "car", households_per_hour=20.0) for n in range(teams)
        ),
        days=tuple(
            Day(
                dt.date(2027, 5, 3) + dt.timedelta(days=n),
                Window(8 * HOUR, 21 * HOUR),
                Window(10 * HOUR, 20 * HOUR),
            )
            for n in range(days)
        ),
        rules=Rules(max_drive_seconds_per_day=6 * HOUR, rest_seconds_per_day=2700),
    )


def _spot(rng: random.Random, side: float) -> tuple[float, float]:
    if rng.random() < 0.5:
        return rng.uniform(0, side), rng.uniform(0, side)
    lane = rng.choice([0.2, 0.5, 0.8]) * side
    along, off = rng.uniform(0, side), rng.gauss(0, side / 25)
    place = (along, lane + off) if rng.random() < 0.5 else (lane + off, along)
    return min(max(place[0], 0.0), side), min(max(place[1], 0.0), side)


def _households(rng: random.Random) -> int:
    return max(8, min(200, round(rng.lognormvariate(math.log(35), 0.6))))


def _seconds(spots: list[tuple[float, float]], rng: random.Random) -> NDArray[np.int64]:
    x, y = np.array(spots).T
    km = 1.3 * np.hypot(x[:, None] - x, y[:, None] - y)
    generator = np.random.default_rng(rng.randrange(2**32))
    kmh = generator.uniform(30, 70, size=len(x))
    seconds: NDArray[np.int64] = np.ceil(km / ((kmh[:, None] + kmh) / 2) * HOUR).astype(np.int64)
    np.fill_diagonal(seconds, 0)
    # The closure over all places makes them shortest times, as those on roads are.
    for middle in range(len(seconds)):
        np.minimum(seconds, seconds[:, middle, None] + seconds[middle], out=seconds)
    return seconds
