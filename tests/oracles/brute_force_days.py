"""All that one team can do on one day, found by trying everything.

What counts of a day for the rest of a plan is where it ends and how many households it reaches in
which villages. So days are grown visit by visit, and of those that reached the same, only times
that are no use are dropped: with later readiness, with_rest and not, and more driving than another.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from routeplan.model.problem import Problem, Team, Village

__all__ = ["DayOption", "day_options", "exact", "most_households"]


class DayOption(NamedTuple):
    """Where a day ends, its visits, and the least driving of these in any order.

    Visits are villages by position, in rising order, and households.
    """

    end: int
    visits: tuple[tuple[int, int], ...]
    driven: int


class _Call(NamedTuple):
    """A village that a team may visit on a day.

    Parameters
    ----------
    village, at
        Positions of the village and of its place.
    opens, closes
        The time window, in which setup begins and the last household is left.
    lasts
        How long a visit is, by each number of households that it may reach.
    """

    village: int
    at: int
    opens: int
    closes: int
    lasts: tuple[tuple[int, int], ...]


class _Rest(NamedTuple):
    """Seconds of rest, and the first and last time at which it may begin."""

    seconds: int
    first: float
    last: float


class _Label(NamedTuple):
    """Earliest readiness to leave a stop, before and after the day's rest, and the driving."""

    without_rest: float
    with_rest: float
    driven: int


_Labels = dict[tuple[int, tuple[tuple[int, int], ...]], list[_Label]]


def exact(number: float) -> Fraction:
    """Return the decimal number that is written."""
    return Fraction(str(number))


def most_households(village: Village) -> int:
    """Return how many households one visit can reach."""
    return math.ceil(exact(village.max_share_per_visit) * village.households)


def day_options(
    problem: Problem, team: Team, day: int, start: int, ends: Iterable[int]
) -> set[DayOption]:
    """Enumerate what a team can do on a day, whatever the other days are.

    Parameters
    ----------
    problem, team, day
        Whose day, and which.
    start, ends
        Positions of the places where it begins, and where it may end.

    Returns
    -------
    set of DayOption
        Fewest households of a visit are not looked at: they hang on the days before.
    """
    times = problem.travel[team.vehicle]
    way = [
        [seconds if is_way else None for seconds, is_way in zip(*rows, strict=True)]
        for rows in zip(times.seconds.tolist(), times.reachable.tolist(), strict=True)
    ]
    work = problem.days[day].work
    between = problem.rules.rest_between
    rest = _Rest(
        problem.rules.rest_seconds_per_day,
        -math.inf if between is None else between.start,
        math.inf if between is None else between.end,
    )
    limit = problem.rules.max_drive_seconds_per_day
    most_driven = math.inf if limit is None else limit
    targets = list(ends)
    # A day without a visit needs no rest; one with a visit is closed by a with_rest state alone.
    options: dict[tuple[int, tuple[tuple[int, int], ...]], float] = {
        (end, ()): leg
        for end in targets
        for leg in [way[start][end]]
        if leg is not None and work.start + leg <= work.end and leg <= most_driven
    }
    calls = list(_calls(problem, team, day))
    begin = _Label(work.start, math.inf if rest.seconds else work.start, 0)
    labels: _Labels = {(start, ()): [begin]}
    while labels:
        labels = _one_visit_more(labels, calls, way, rest, most_driven)
        for (at, visits), undominated in labels.items():
            for end in targets:
                leg = way[at][end]
                driven = [
                    label.driven + leg
                    for label in undominated
                    if leg is not None
                    and label.with_rest + leg <= work.end
                    and label.driven + leg <= most_driven
                ]
                if driven:
                    key = end, visits
                    options[key] = min(options.get(key, math.inf), *driven)
    return {DayOption(*key, int(driven)) for key, driven in options.items()}


def _calls(problem: Problem, team: Team, day: int) -> Iterator[_Call]:
    work, knock = problem.days[day].work, problem.days[day].knock
    for number, village in enumerate(problem.villages):
        windows = [window for window in (work, knock, village.knock) if window]
        opens = max(window.start for window in windows)
        closes = min(window.end for window in windows)
        lasts = tuple(
            (households, length)
            for households in _numbers(village)
            for length in [
                village.setup_seconds + _door_seconds(team.pace_on(day), village, households)
            ]
            if opens + length <= closes
        )
        if lasts and day not in village.closed_days:
            yield _Call(number, problem.index[village.place], opens, closes, lasts)


def _numbers(village: Village) -> Iterable[int]:
    if village.partial:
        return range(most_households(village) + 1)
    return sorted({0, village.households})


def _door_seconds(per_hour: float | None, village: Village, households: int) -> int:
    if per_hour is None:
        return 0
    pace = exact(per_hour) * exact(village.pace)
    return math.ceil(households * 3600 / pace)


def _one_visit_more(
    labels: _Labels,
    calls: list[_Call],
    way: list[list[int | None]],
    rest: _Rest,
    most_driven: float,
) -> _Labels:
    grown: _Labels = {}
    for (at, visits), undominated in labels.items():
        done = {village for village, _ in visits}
        for call in calls:
            leg = way[at][call.at]
            if leg is None or call.village in done:
                continue
            for households, lasts in call.lasts:
                after = [
                    new
                    for label in undominated
                    if label.driven + leg <= most_driven
                    for new in [_visited(label, leg, call, lasts, rest)]
                    if new.with_rest < math.inf
                ]
                if not after:
                    # More households take no less time.
                    break
                now = tuple(sorted((*visits, (call.village, households))))
                found = grown.setdefault((call.at, now), [])
                for new in after:
                    _keep(found, new)
    return grown


def _visited(label: _Label, leg: int, call: _Call, lasts: int, rest: _Rest) -> _Label:
    """Time a visit; the rest was taken, is taken before, inside or after it, or is to come."""

    def done(ready: float) -> float:
        end = max(ready, call.opens) + lasts
        return end if end <= call.closes else math.inf

    def rested(ready: float) -> float:
        """Return when a rest from a time on is over."""
        begin = max(ready, rest.first)
        return begin + rest.seconds if begin <= rest.last else math.inf

    arrive = label.without_rest + leg
    without_rest = done(arrive)
    ways = [done(label.with_rest + leg), done(rested(arrive)), rested(without_rest)]
    begin = max(arrive, call.opens, rest.first)
    if rest.first > -math.inf and without_rest < math.inf:
        # Interrupted after some time, as early as that may be.
        interrupted = without_rest + rest.seconds
        if begin <= min(rest.last, without_rest) and interrupted <= call.closes:
            ways.append(interrupted)
    return _Label(without_rest, min(ways), label.driven + leg)


def _keep(found: list[_Label], new: _Label) -> None:
    """Add a label unless another is as good in all; drop those that are as bad."""
    if any(all(a <= b for a, b in zip(old, new, strict=True)) for old in found):
        return
    found[:] = [old for old in found if not all(a <= b for a, b in zip(new, old, strict=True))]
    found.append(new)
