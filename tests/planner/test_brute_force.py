"""The brute force that engines are checked against: right by hand, and on tiny problems.

That plans which pass the audit reach its optimum is tested where engines are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

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
from tests.helpers.small_problems import TINY, new_problem, small_problem, with_version_2
from tests.oracles.brute_force import best_answer, best_weighted
from tests.oracles.naive_plans import naive_best
from tests.oracles.optima import NEW_SEEDS, SEEDS, optimum, optimum_of_new

HOUR = 3600


def far_village(village: Village, teams: int = 1, days: int = 1, hours: int = 8) -> Problem:
    """A village three hours from base, where a door takes an hour."""
    rows: list[list[int | None]] = [[0, 3 * HOUR], [3 * HOUR, 0]]
    date = dt.date(2027, 5, 3)
    work = Window(8 * HOUR, (8 + hours) * HOUR)
    return Problem(
        places=(Place("base", "Base", 43, 77), Place("far", "Far", 43, 78)),
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(village,),
        teams=tuple(Team(f"t{n}", "base", "base", "car", 1.0) for n in range(teams)),
        days=tuple(Day(date + dt.timedelta(days=n), work) for n in range(days)),
    )


FAR = Village("far", 30)


def working_days(problem: Problem) -> int:
    return sum(len(problem.working_days(team)) for team in problem.teams)


@pytest.mark.parametrize(
    ("seconds", "weighted"), [(0, 3.4), (1, 1.7), (HOUR, 1.7), (HOUR + 1, None)]
)
def test_setup_and_rest_take_service_time_to_the_second(
    seconds: int, weighted: float | None
) -> None:
    """Two hours are left at the village: two doors, one with a second less, none beyond an hour."""
    lasting = far_village(replace(FAR, weight=1.7, setup_seconds=seconds, required=True))
    resting = far_village(replace(FAR, weight=1.7, required=True)).replace(
        rules=Rules(rest_seconds_per_day=seconds)
    )
    assert best_weighted(lasting) == weighted
    assert best_weighted(resting) == weighted


def test_households_and_shares_are_those_of_the_decimals_as_written() -> None:
    """At 1.1 times 2 an hour, 11 doors take 5 hours; a tenth of 30 households is 3."""
    village = replace(FAR, pace=1.1)
    problem = far_village(village, hours=11)
    problem = problem.replace(teams=(replace(problem.teams[0], households_per_hour=2.0),))
    assert best_weighted(problem) == 11
    shared = replace(village, max_share_per_visit=0.1)
    assert best_weighted(problem.replace(villages=(shared,))) == 3


@pytest.mark.parametrize(
    ("fewest", "days", "weighted"), [(1, 1, 5), (2, 1, 5), (3, 1, 4), (3, 2, 5), (5, 2, 0)]
)
def test_a_minimum_yields_to_what_earlier_days_left_but_not_to_the_same_day(
    fewest: int, days: int, weighted: float
) -> None:
    """Two teams, four doors a day each, five households: the fifth may have to wait a day."""
    village = Village("far", 5, min_households=fewest)
    assert best_weighted(far_village(village, teams=2, days=days, hours=10)) == weighted


@pytest.mark.parametrize(
    ("beds", "away", "dates", "weighted"),
    [
        (2, None, (0, 1), 20),
        (1, None, (0, 1), 14),
        (0, None, (0, 1), 8),
        (2, 0, (0, 1), 8),
        (2, 2, (0, 2), 20),
        (2, 2, (0, 3), 8),
    ],
)
def test_nights_out_are_as_many_as_beds_and_nights_away_allow(
    beds: int, away: int | None, dates: tuple[int, int], weighted: float
) -> None:
    """A team reaches 2 + 2 from home, 5 + 5 with the night between at the village."""
    problem = far_village(Village("far", 30), teams=2, days=2)
    first = problem.days[0]
    problem = problem.replace(
        sleeps=(Sleep("far", beds),),
        teams=tuple(replace(team, max_nights_away=away) for team in problem.teams),
        days=tuple(replace(first, date=first.date + dt.timedelta(days=n)) for n in dates),
    )
    assert best_weighted(problem) == weighted


def test_a_team_off_work_stays_in_its_bed() -> None:
    """Off between two of its days, t0 has the one bed both nights, or t1 has it for one."""
    problem = far_village(Village("far", 30), teams=2, days=3).replace(sleeps=(Sleep("far", 1),))
    off, on = problem.teams
    problem = problem.replace(teams=(replace(off, days=(0, 2)), replace(on, days=(1, 2))))
    # One team sleeps out and reaches 5 + 5, the other drives home each night.
    assert best_weighted(problem) == 14
    early = problem.replace(teams=(replace(off, days=(0, 1)), replace(on, days=(1, 2))))
    assert best_weighted(early) == 20


def test_a_way_may_lead_through_a_village_by_a_visit_there() -> None:
    """There is no way from base to end but by the village, and nobody stops there for nothing."""
    rows: list[list[int | None]] = [[0, HOUR, None], [None, 0, HOUR], [None, None, 0]]
    problem = far_village(replace(FAR, households=1), hours=3)
    problem = problem.replace(
        places=(*problem.places, Place("end", "End", 43, 79)),
        travel={"car": TravelTimes.from_rows(rows)},
        teams=(replace(problem.teams[0], end="end"),),
    )
    assert best_weighted(problem) == 1
    short = problem.replace(days=(Day(problem.days[0].date, Window(0, 3 * HOUR - 1)),))
    assert best_weighted(short) is None
    # A visit of no households is one where the village has none, or no minimum.
    for village in (Village("far", 0), replace(FAR, min_households=0)):
        assert best_weighted(short.replace(villages=(village,))) == 0


def test_a_required_village_is_visited_even_where_that_costs_households() -> None:
    """The near village is worth more, but the far one takes the day."""
    rows: list[list[int | None]] = [[0, 3 * HOUR, 0], [3 * HOUR, 0, None], [0, None, 0]]
    problem = far_village(FAR)
    problem = problem.replace(
        places=(*problem.places, Place("near", "Near", 43, 77)),
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(replace(FAR, min_households=2), Village("near", 9)),
    )
    assert best_weighted(problem) == 8
    required = replace(problem.villages[0], required=True)
    assert best_weighted(problem.replace(villages=(required, problem.villages[1]))) == 2
    closed = replace(required, closed_days=(0,))
    assert best_weighted(problem.replace(villages=(closed, problem.villages[1]))) is None


# Without those of more than two days of teams, which take many seconds.
TINY_SEEDS = [n for n in range(80) if working_days(small_problem(n, TINY)) <= 2]


@pytest.mark.parametrize("seed", TINY_SEEDS[::2])
def test_the_optimum_of_a_tiny_problem_is_that_of_all_plans_that_pass_the_audit(seed: int) -> None:
    problem = small_problem(seed, TINY)
    assert best_weighted(problem) == naive_best(problem)


@pytest.mark.parametrize("seed", TINY_SEEDS[1::2])
def test_so_is_that_of_a_tiny_problem_with_rules_of_version_2(seed: int) -> None:
    """Rest within hours, prices of driving, paces by day, announced visits and floors."""
    problem = with_version_2(small_problem(seed, TINY), seed)
    found, best = naive_best(problem), best_weighted(problem)
    assert (found is None) == (best is None)
    if found is not None:
        assert found == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS[1::25])
def test_recorded_optima_are_those_of_brute_force(seed: int) -> None:
    assert best_answer(small_problem(seed)) == optimum(seed)


@pytest.mark.parametrize("seed", NEW_SEEDS[::9])
def test_so_are_recorded_optima_with_rules_of_version_2(seed: int) -> None:
    assert best_answer(new_problem(seed)) == optimum_of_new(seed)
