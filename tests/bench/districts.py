"""Seeded made-up districts of any size, as problems: nothing here stands for a real place."""

from __future__ import annotations

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
    from numpy.typing import NDArray

__all__ = ["SPACING", "make_district"]

HOUR = 3600
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
    seconds = _seconds(spots, rng)
    ids = ["base", *(f"v{n:04d}" for n in range(1, villages + 1))]
    lon_km = KM_PER_DEGREE * math.cos(math.radians(48.0))
    places = tuple(
        Place(name, name, round(47.0 + y / KM_PER_DEGREE, 6), round(67.0 + x / lon_km, 6))
        for name, (x, y) in zip(ids, spots, strict=True)
    )
    beds = rng.sample(ids[1:], sleeps) if nights else []
    return Problem(
        name=f"made-up district {seed}",
        places=places,
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        villages=tuple(
            Village(name, _households(rng), min_households=10, setup_seconds=600)
            for name in ids[1:]
        ),
        sleeps=tuple(Sleep(name, 2) for name in beds),
        teams=tuple(
            Team(f"t{n}", "base", "base", "car", households_per_hour=20.0) for n in range(teams)
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
