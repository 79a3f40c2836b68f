"""Public instances as problems: team orienteering, and orienteering with hotel selection.

Lengths become seconds by a factor, rounded up, so a plan that keeps the seconds keeps the lengths.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from routeplan.model.problem import Day, Place, Problem, Sleep, Team, TravelTimes, Village, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["BENCH", "OPHS_UNITS", "TOP_UNITS", "Instance", "read_ophs", "read_top", "spread"]

BENCH = Path(__file__).parents[2].parent / "shared" / "bench"

TOP_UNITS = 10_000
# The trips of the hotel instances are as long as those of one best tour, and 0.0001: with 10 000,
# rounding up takes that tour away.
OPHS_UNITS = 1_000_000
# Coordinates of the instances go to a few hundred; as degrees they need only be valid.
PER_DEGREE = 100.0
FIRST_DAY = dt.date(2027, 5, 3)

Point = tuple[Decimal, Decimal, int]
"""x, y and score."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A public instance, what is known of it, and the problem that it stands for.

    Parameters
    ----------
    name
        Of its file, without the suffix.
    group
        What it is one of.
    problem
        What is asked; households are scores.
    best
        The best known score, None where there is none.
    upper_bound
        No plan scores more, None where nothing is proved.
    """

    name: str
    group: str
    problem: Problem
    best: int | None
    upper_bound: int | None = None


def read_top(folder: Path = BENCH / "top_chao", *, units: int = TOP_UNITS) -> list[Instance]:
    """Read the instances that stand in ``best_known.csv``, in its order."""
    return [
        Instance(
            row["instance"],
            f"TOP {row['instance'][1]}",
            _top_problem(folder / f"{row['instance']}.txt", units),
            int(row["bks"]),
        )
        for row in _rows(folder / "best_known.csv")
    ]


def read_ophs(
    folder: Path = BENCH / "ophs", *, units: int = OPHS_UNITS, longer: Decimal = Decimal(0)
) -> list[Instance]:
    """Read the instances that stand in ``upper_bounds.csv``, in its order.

    The files round the limits of trips, so that some published optima need limits that are longer
    than printed, by 0.01.
    """
    return [
        Instance(
            Path(row["instance"]).stem,
            f"OPHS {Path(row['instance']).parent.name.removeprefix('SET_')}",
            _ophs_problem(folder / row["instance"], units, longer),
            int(row["bks"]) if row["bks"] else None,
            int(row["upper_bound"]),
        )
        for row in _rows(folder / "upper_bounds.csv")
    ]


def spread(instances: Sequence[Instance], limit: int | None) -> list[Instance]:
    """Return so many of the instances, in even steps; all where there is no limit."""
    count = min(limit or len(instances), len(instances))
    return [instances[n * len(instances) // count] for n in range(count)]


def _top_problem(path: Path, units: int) -> Problem:
    """Make one day of m teams, each from the first point to the last."""
    (_, count), (_, teams), (_, limit), *rest = _lines(path)
    first, *middle, last = _points(path, rest, int(count))
    days = [int(Decimal(limit) * units)]
    return _problem(path.stem, [first, last], middle, days, (int(teams), units))


def _ophs_problem(path: Path, units: int, longer: Decimal) -> Problem:
    """Make one team of a day for each trip; every hotel, the first and last too, has a bed."""
    (count, extra, trips), _, limits, *rest = _lines(path)
    points = _points(path, rest, int(count) + int(extra))
    if len(limits) != int(trips):
        raise ValueError(f"{path}: {len(limits)} lengths for {trips} trips")
    hotels = 2 + int(extra)
    days = [int((Decimal(limit) + longer) * units) for limit in limits]
    problem = _problem(path.stem, points[:hotels], points[hotels:], days, (1, units))
    return problem.replace(sleeps=tuple(Sleep(place.id) for place in problem.places[:hotels]))


def _problem(
    name: str, hotels: list[Point], spots: list[Point], days: list[int], sizes: tuple[int, int]
) -> Problem:
    """Make a problem whose teams go from the first hotel to the second in days of these lengths.

    `sizes` are how many teams there are, and how many seconds one unit of length is.
    """
    teams, units = sizes
    points = [*hotels, *spots]
    ids = [f"h{n}" for n in range(len(hotels))] + [f"v{n}" for n in range(len(spots))]
    seconds = _seconds(points, units)
    return Problem(
        name=name,
        places=tuple(
            Place(i, i, float(y) / PER_DEGREE, float(x) / PER_DEGREE)
            for i, (x, y, _) in zip(ids, points, strict=True)
        ),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=np.bool_))},
        villages=tuple(
            Village(place, score, partial=False)
            for place, (_, _, score) in zip(ids[len(hotels) :], spots, strict=True)
        ),
        teams=tuple(Team(f"t{n}", "h0", "h1", "car") for n in range(teams)),
        days=tuple(
            Day(FIRST_DAY + dt.timedelta(days=n), Window(0, length))
            for n, length in enumerate(days)
        ),
    )


def _seconds(points: list[Point], units: int) -> NDArray[np.int64]:
    """Return the straight distances times `units`, exactly rounded up."""
    size = len(points)
    seconds = np.zeros((size, size), dtype=np.int64)
    with localcontext(prec=40):
        for row, (x, y, _) in enumerate(points):
            for column, (other_x, other_y, _) in enumerate(points[:row]):
                length = ((x - other_x) ** 2 + (y - other_y) ** 2).sqrt() * units
                whole = int(length.to_integral_value(ROUND_CEILING))
                seconds[row, column] = seconds[column, row] = whole
    return seconds


def _points(path: Path, lines: list[list[str]], expected: int) -> list[Point]:
    points = [(Decimal(x), Decimal(y), _score(score)) for x, y, score in lines]
    if len(points) != expected:
        raise ValueError(f"{path}: {len(points)} points, its head says {expected}")
    return points


def _score(text: str) -> int:
    score = Decimal(text)
    if score != int(score):
        raise ValueError(f"the score {text} is not a whole number")
    return int(score)


def _lines(path: Path) -> list[list[str]]:
    """Return the words of each line, without empty ones and the rule of dashes at the end."""
    lines = [line.split() for line in path.read_text().splitlines()]
    return [words for words in lines if words and not words[0].startswith("--")]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
