"""What visits show of paces, rates and drives, beside what was assumed; and the problem with it.

Each figure is that of a team, a vehicle or a class of villages, shrunk to the mean of the campaign
where there is little data (`routeplan.ledger.shrinkage` has the method and its sources).

============  ==========================================  ====================================
what          observation                                 model
============  ==========================================  ====================================
pace          households reached, over those expected in  gamma-Poisson; the mean is 1 within a
              the time at doors at the assumed pace       factor of 1.65, as a standard deviation
contact       households reached, of those knocked        beta-binomial; the assumed share (0.9 at
                                                          most) within 1 of log odds
signing       households that signed, of those reached    beta-binomial; 0.5 within 2 of log odds
legs          logarithm of minutes driven over planned    normal; 0 within 0.3
============  ==========================================  ====================================

Those are what the assumptions weigh: a pace as much as some four households reached, a share as
much as some ten doors, a vehicle's speed as one or two legs. Visits of a team vary by more than
chance; the surplus is estimated over all visits (`dispersion`), and widens every interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.ledger.learned import (
    LEVEL,
    SIZES,
    Assumed,
    Estimate,
    Learned,
    apply,
    assumed_share,
    size_class,
)
from routeplan.ledger.shrinkage import (
    SPREAD_SCALE,
    BetaBinomial,
    GammaPoisson,
    Normal,
    Rate,
    dispersion,
    shrink,
)
from routeplan.model.problem import Problem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Team, Village
    from routeplan.model.results import VisitResult

    Floats = NDArray[np.float64]

__all__ = ["SIZES", "Estimate", "Learned", "apply", "learn", "size_class"]

SIZE_SPREAD_SCALE = 0.15
SIZE_MEAN_SD = 0.03
"""Paces in villages of other sizes differ less than those of teams, and are 1 on average."""
PACE_SD, SHARE_SD, SIGNING_SD, LEG_SD = 0.5, 1.0, 2.0, 0.3
MOST_ASSUMED_SHARE = 0.9
BEYOND_PROPORTION = 8.0
"""Drives and paces that differ from the assumed ones by more than this factor are mistakes."""
ROUNDS = 3
LEG_VARIANCE, LEG_WEIGHT = 0.15**2, 4
"""Variance of the logarithms of one leg's minutes, and how many legs that is assumed for."""
SHORTEST_VISIT_SECONDS = 60


def learn(
    results: Iterable[VisitResult],
    assumed: Assumed,
    *,
    households: Mapping[str, int] | None = None,
    level: float = LEVEL,
) -> Learned:
    """Estimate paces, rates and drives of a campaign.

    Parameters
    ----------
    results
        All of the campaign so far, not those of the last week alone.
    assumed
        The problem or scenario as it was before anything was learned: its paces and shares are
        what the results are held against, so that no result counts twice. Only a problem has
        villages and drives; with a scenario, paces by team and rates are estimated alone.
    households
        Of villages by their place, signed ones too; those of the problem where left out.
    level
        Share of posterior probability inside each interval.
    """
    given = list(results)
    vehicle_of = {team.id: team.vehicle for team in assumed.teams}
    # In one order, so that sums come out alike whatever that of the results.
    known = sorted((result for result in given if result.team in vehicle_of), key=repr)
    villages, legs, unused = _of_problem(assumed, known)
    sizes = households or {place: village.households for place, village in villages.items()}
    visits = [_Visit(result, sizes.get(result.place)) for result in known]
    campaign: dict[str, Estimate] = {}
    by_vehicle = [(vehicle_of[team], ratio) for team, ratio in legs]
    share = assumed_share(villages.values())
    contact = [(visit, visit.result.reached, visit.result.knocked) for visit in visits]
    signing = [(visit, visit.result.signed, visit.result.reached) for visit in visits]
    return Learned(
        level,
        *_learn_paces(visits, assumed, villages, level, campaign),
        *_learn_shares(contact, vehicle_of, "contact", share, level, campaign),
        *_learn_shares(signing, vehicle_of, "signing", None, level, campaign),
        legs=_learn_legs(by_vehicle, set(vehicle_of.values()), level, campaign),
        legs_by_team=_learn_legs(legs, vehicle_of, level, {}),
        campaign=campaign,
        unused=len(given) - len(known) + unused,
    )


# ---- Observations ----


@dataclass(frozen=True, slots=True)
class _Visit:
    result: VisitResult
    households: int | None

    @property
    def size(self) -> str | None:
        return None if self.households is None else size_class(self.households)


def _pace_of(team: Team, date: dt.date, day_of: Mapping[dt.date, int]) -> float | None:
    """Return the assumed pace of a team on a date; on dates of other weeks the mean of its days."""
    by_day = team.households_per_hour_by_day
    if by_day is not None and date in day_of:
        return by_day[day_of[date]]
    return _mean_pace(team)


def _mean_pace(team: Team) -> float | None:
    if team.households_per_hour_by_day is None:
        return team.households_per_hour
    paces = [pace for pace in team.households_per_hour_by_day if pace is not None]
    return sum(paces) / len(paces) if paces else None


def _of_problem(
    assumed: Assumed, results: Sequence[VisitResult]
) -> tuple[Mapping[str, Village], list[tuple[str, float]], int]:
    """Return villages, legs, and how many are out of proportion; a scenario has none of them."""
    if not isinstance(assumed, Problem):
        return {}, [], 0
    return assumed.village_at, *_legs_of(results, assumed)


def _legs_of(
    results: Sequence[VisitResult], problem: Problem
) -> tuple[list[tuple[str, float]], int]:
    """Return team and logarithm of the ratio of each leg, and how many are out of proportion."""
    legs, left_out = [], 0
    for result in results:
        start, end, driven = result.from_place, result.place, result.drive_seconds
        if not driven or start is None or not {start, end} <= problem.index.keys():
            continue
        times = problem.travel[problem.team_of[result.team].vehicle]
        planned = int(times.seconds[problem.index[start], problem.index[end]])
        if planned <= 0:
            continue
        ratio = driven / planned
        if 1 / BEYOND_PROPORTION <= ratio <= BEYOND_PROPORTION:
            legs.append((result.team, math.log(ratio)))
        else:
            left_out += 1
    return legs, left_out


def _sums(keys: Sequence[str], names: Sequence[str], values: Floats) -> Floats:
    """Return the sum of the values of each name, shape (names,)."""
    position = {name: n for n, name in enumerate(names)}
    sums: Floats = np.zeros(len(names))
    np.add.at(sums, [position[key] for key in keys], values)
    return sums


# ---- Estimates ----


class _Paced(NamedTuple):
    """Visits whose time at doors is known: team, class, households expected in it, and reached."""

    team: str
    size: str
    expected: float
    reached: int


def _paced(
    visits: Sequence[_Visit], assumed: Assumed, villages: Mapping[str, Village]
) -> Iterator[_Paced]:
    day_of = {day.date: n for n, day in enumerate(assumed.days)}
    teams = {team.id: team for team in assumed.teams}
    for visit in visits:
        result, seconds = visit.result, visit.result.door_seconds or 0
        pace = _pace_of(teams[result.team], result.date, day_of)
        if pace is None or seconds < SHORTEST_VISIT_SECONDS:
            continue
        village = villages.get(result.place)
        expected = seconds / 3600 * pace * (village.pace if village else 1.0)
        yield _Paced(result.team, visit.size or "", expected, result.reached)


def _learn_paces(
    visits: Sequence[_Visit],
    assumed: Assumed,
    villages: Mapping[str, Village],
    level: float,
    campaign: dict[str, Estimate],
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Estimate factors of teams and of classes of villages in turn, each with the others fixed."""
    rows = list(_paced(visits, assumed, villages))
    if not rows:
        return {}, {}
    by_team, by_size, *columns = zip(*rows, strict=True)
    expected, reached = (np.array(column, dtype=np.float64) for column in columns)
    before = {team.id: pace for team in assumed.teams if (pace := _mean_pace(team)) is not None}
    names, sizes = list(before), sorted(set(by_size))
    in_size, in_team = np.ones(len(rows)), np.ones(len(rows))
    for _ in range(ROUNDS):
        fitted = expected * in_team * in_size
        surplus = dispersion(fitted, fitted, reached, len(set(by_team)) + len(sizes) - 1)
        counted = reached / surplus
        mean, rates = _pace_factors(by_team, names, (counted, expected * in_size / surplus), level)
        in_team = np.array([rates[names.index(team)].mean for team in by_team])
        numbers = counted, expected * in_team / surplus
        scales = SIZE_MEAN_SD, SIZE_SPREAD_SCALE
        _mean, size_rates = _pace_factors(by_size, sizes, numbers, level, scales)
        in_size = np.array([size_rates[sizes.index(size)].mean for size in by_size])
    campaign["pace"] = Estimate(1.0, *mean, float(reached.sum() / expected.sum()), len(rows))
    paces = _estimates(by_team, before, rates, (reached, expected))
    ones = dict.fromkeys(sizes, 1.0)
    by_class = _estimates(by_size, ones, size_rates, (reached, expected * in_team))
    by_class.pop("", None)
    return paces, by_class if len(sizes) > 1 else {}


def _estimates(
    keys: Sequence[str],
    before: Mapping[str, float],
    rates: Iterable[Rate],
    numbers: tuple[Floats, Floats],
) -> dict[str, Estimate]:
    """Return estimates of what was assumed, by factors and by reached and expected households."""
    names = list(before)
    raw = _ratio(*(_sums(keys, names, column) for column in numbers))
    found = {}
    for name, rate, ratio, count in zip(names, rates, raw, _counts(keys, names), strict=True):
        assumed = before[name]
        observed = None if ratio is None else assumed * ratio
        found[name] = Estimate(assumed, *rate.map(assumed.__mul__), observed, count)
    return found


def _pace_factors(
    keys: Sequence[str],
    names: Sequence[str],
    numbers: tuple[Floats, Floats],
    level: float,
    scales: tuple[float, float] = (PACE_SD, SPREAD_SCALE),
) -> tuple[Rate, tuple[Rate, ...]]:
    """Estimate factors by reached and expected households; scales are of mean and spread."""
    model = GammaPoisson(*(_sums(keys, names, column) for column in numbers))
    sd, spread = scales
    return shrink(model, prior=1.0, prior_sd=sd, level=level, spread_scale=spread)


def _learn_shares(
    rows: Sequence[tuple[_Visit, int, int]],
    teams: Iterable[str],
    name: str,
    assumed: float | None,
    level: float,
    campaign: dict[str, Estimate],
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Estimate successes of trials, by team and by class of villages."""
    rows = [row for row in rows if row[2] > 0]
    if not rows:
        return {}, {}
    prior = 0.5 if assumed is None else min(assumed, MOST_ASSUMED_SHARE)
    sd = SIGNING_SD if assumed is None else SHARE_SD

    def estimate(
        keys: Sequence[str | None], names: Sequence[str]
    ) -> tuple[Estimate, dict[str, Estimate]]:
        used = [(key, row) for key, row in zip(keys, rows, strict=True) if key is not None]
        groups = [key for key, _ in used]
        columns = ([row[1] for _, row in used], [row[2] for _, row in used])
        successes, trials = (np.array(column, dtype=np.float64) for column in columns)
        sums = _sums(groups, names, successes), _sums(groups, names, trials)
        share = dict(zip(names, sums[0] / np.maximum(sums[1], 1), strict=True))
        each = np.array([share[group] for group in groups])
        spread = trials * each * (1 - each)
        surplus = dispersion(trials * each, spread, successes, len(set(groups)))
        model = BetaBinomial(sums[0] / surplus, sums[1] / surplus)
        mean, rates = shrink(model, prior=prior, prior_sd=sd, level=level)
        items = zip(names, rates, _ratio(*sums), _counts(groups, names), strict=True)
        total = float(successes.sum() / trials.sum())
        return (
            Estimate(assumed, *mean, total, len(used)),
            {key: Estimate(assumed, *rate, raw, count) for key, rate, raw, count in items},
        )

    campaign[name], by_team = estimate([row[0].result.team for row in rows], list(teams))
    sizes = [row[0].size for row in rows]
    by_size = estimate(sizes, list(SIZES))[1] if any(sizes) else {}
    return by_team, by_size


def _learn_legs(
    legs: Sequence[tuple[str, float]],
    names: Iterable[str],
    level: float,
    campaign: dict[str, Estimate],
) -> dict[str, Estimate]:
    """Estimate the geometric mean of minutes driven over planned, by vehicle or team."""
    if not legs:
        return {}
    keys, names = [key for key, _ in legs], sorted(names)
    logs = np.array([log for _, log in legs])
    counts = np.array(_counts(keys, names), dtype=np.float64)
    averages = _sums(keys, names, logs) / np.maximum(counts, 1)
    average_of = dict(zip(names, averages, strict=True))
    squares = float(((logs - [average_of[key] for key in keys]) ** 2).sum())
    freedom = len(legs) - len(set(keys))
    variance = (squares + LEG_WEIGHT * LEG_VARIANCE) / (freedom + LEG_WEIGHT)
    model = Normal(averages, counts / variance)
    mean, rates = shrink(model, prior=0.0, prior_sd=LEG_SD, level=level)
    campaign["legs"] = Estimate(1.0, *mean.map(math.exp), math.exp(logs.mean()), len(legs))
    return {
        name: Estimate(
            1.0, *rate.map(math.exp), math.exp(average_of[name]) if count else None, int(count)
        )
        for name, rate, count in zip(names, rates, counts, strict=True)
    }


def _ratio(numbers: Floats, whole: Floats) -> list[float | None]:
    pairs = zip(numbers.tolist(), whole.tolist(), strict=True)
    return [number / of if of > 0 else None for number, of in pairs]


def _counts(keys: Sequence[str], names: Sequence[str]) -> list[int]:
    return [keys.count(name) for name in names]
