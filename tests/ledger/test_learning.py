"""What is learned of simulated campaigns whose truth is known, and what never happens."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.ledger.learned import one_round
from routeplan.ledger.learning import SIZES, Learned, apply, learn, size_class
from routeplan.ledger.shrinkage import BetaBinomial, GammaPoisson, Normal, dispersion, shrink
from routeplan.model.results import VisitResult
from routeplan.scenario.model import Scenario
from routeplan.scenario.sources import Roads, VillageSource
from tests.bench.districts import make_district
from tests.helpers.toy import full_toy_problem, toy_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.ledger.shrinkage import Model
    from routeplan.model.problem import Problem

DATE = dt.date(2027, 5, 3)


class Truth(NamedTuple):
    """Factors of paces and legs and rates of contact and signing by team."""

    pace: NDArray[np.float64]
    contact: NDArray[np.float64]
    signing: NDArray[np.float64]
    legs: NDArray[np.float64]


def campaign(
    problem: Problem, seed: int, visits: int, spread: float = 0.25
) -> tuple[Truth, list[VisitResult]]:
    """Draw teams, and the results of so many visits of each on average, more of the first."""
    rng = np.random.default_rng(seed)
    count = len(problem.teams)
    truth = Truth(
        0.85 * rng.gamma(spread**-2, spread**2, count),
        rng.beta(0.6 * 20, 0.4 * 20, count),
        rng.beta(0.7 * 20, 0.3 * 20, count),
        np.exp(rng.normal(0.1, 0.15, count)),
    )
    results = []
    for n, team in enumerate(problem.teams):
        places = ["base", *(village.place for village in problem.villages)]
        for k in range(1 + 2 * visits * n // max(1, count - 1)):
            start, place = rng.choice(places, 2, replace=False)
            hours = rng.uniform(0.5, 2.5)
            reached = int(rng.poisson(truth.pace[n] * (team.households_per_hour or 1) * hours))
            not_home = int(rng.negative_binomial(max(reached, 1), truth.contact[n]))
            planned = int(problem.travel["car"].seconds[problem.index[start], problem.index[place]])
            if place == "base":
                continue
            results.append(
                VisitResult(
                    *(team.id, DATE + dt.timedelta(days=k), str(place), reached),
                    signed=int(rng.binomial(reached, truth.signing[n])),
                    not_home=not_home,
                    door_seconds=round(hours * 3600),
                    drive_seconds=round(planned * truth.legs[n] * math.exp(rng.normal(0, 0.15))),
                    from_place=str(start),
                )
            )
    return truth, results


@pytest.fixture(scope="module")
def problem() -> Problem:
    return make_district(20, 5, 5, 4, seed=1)


def test_intervals_of_80_percent_cover_80_percent_of_the_truth(problem: Problem) -> None:
    hits: dict[str, list[bool]] = {"pace": [], "contact": [], "signing": [], "legs": []}
    for seed in range(30):
        truth, results = campaign(problem, seed, visits=5)
        learned = learn(results, problem)
        for n, team in enumerate(problem.teams):
            found = {
                "pace": (learned.pace[team.id], 20 * truth.pace[n]),
                "contact": (learned.contact[team.id], truth.contact[n]),
                "signing": (learned.signing[team.id], truth.signing[n]),
                "legs": (learned.legs_by_team[team.id], truth.legs[n]),
            }
            for name, (estimate, true) in found.items():
                hits[name].append(estimate.low <= true <= estimate.high)
    shares = {name: sum(each) / len(each) for name, each in hits.items()}
    # Three standard errors of 150 intervals are 10 %.
    assert all(0.7 < share < 0.9 for share in shares.values()), shares


def test_shrinkage_errs_less_than_raw_means_and_than_no_learning(problem: Problem) -> None:
    errors: dict[str, list[float]] = {"shrunk": [], "raw": [], "assumed": []}
    for seed in range(100, 120):
        truth, results = campaign(problem, seed, visits=1)
        learned = learn(results, problem)
        for n, team in enumerate(problem.teams):
            estimate, true = learned.pace[team.id], 20 * truth.pace[n]
            assert estimate.before == 20
            raw = 20.0 if estimate.observed is None else estimate.observed
            found = {"shrunk": estimate.after, "raw": raw, "assumed": 20.0}
            for name, value in found.items():
                errors[name].append((value - true) ** 2)
    shrunk, raw, assumed = (float(np.mean(errors[name])) for name in ("shrunk", "raw", "assumed"))
    assert shrunk < 0.9 * raw
    assert shrunk < 0.5 * assumed


def test_a_team_without_visits_gets_the_mean_of_the_campaign_and_a_wide_interval(
    problem: Problem,
) -> None:
    _truth, results = campaign(problem, 1, visits=6)
    without = [result for result in results if result.team != "t4"]
    learned = learn(without, problem)
    last, mean = learned.pace["t4"], 20 * learned.campaign["pace"].after
    assert last.observations == 0
    assert last.observed is None
    assert last.after == pytest.approx(mean, rel=0.02)
    assert last.high - last.low > learned.pace["t3"].high - learned.pace["t3"].low


def test_the_intervals_narrow_as_visits_come_in(problem: Problem) -> None:
    widths = []
    for visits in (2, 8, 32):
        found = learn(campaign(problem, 3, visits)[1], problem).pace["t3"]
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_paces_by_size_are_learned_where_they_differ(problem: Problem) -> None:
    rng = np.random.default_rng(1)
    slow = {"1-29": 0.8, "30-99": 1.1}
    results = []
    for k, village in enumerate(problem.villages * 4):
        factor = slow.get(size_class(village.households), 1.0)
        team = problem.teams[k % 5].id
        reached = int(rng.poisson(20 * factor * 2))
        date = DATE + dt.timedelta(days=k)
        results.append(VisitResult(team, date, village.place, reached, 0, door_seconds=7200))
    learned = learn(results, problem)
    factors = {name: learned.pace_by_size[name].after for name in slow}
    assert factors["30-99"] / factors["1-29"] == pytest.approx(1.1 / 0.8, rel=0.08)
    after = {v.place: v.pace for v in apply(problem, learned).villages}
    small = next(v.place for v in problem.villages if v.households < 30)
    assert after[small] == pytest.approx(factors["1-29"], abs=0.001)


# ---- The models ----


def test_the_grid_agrees_with_a_plain_sum_over_a_finer_one() -> None:
    counts, exposures, prior_sd, scale = [30, 12, 0], [20.0, 15.0, 0.0], 0.5, 0.3
    total, sums = 0.0, [0.0, 0.0, 0.0]
    for log_mean in np.arange(-1.2, 1.6, 0.01):
        for spread in np.arange(0.02, 0.95, 0.01):
            shape, mean = spread**-2, math.exp(log_mean)
            log_weight = -((log_mean / prior_sd) ** 2) / 2 - (spread / scale) ** 2 / 2
            for count, exposure in zip(counts, exposures, strict=True):
                log_weight += math.lgamma(shape + count) - math.lgamma(shape)
                log_weight += shape * math.log(shape / mean)
                log_weight -= (shape + count) * math.log(shape / mean + exposure)
            weight = math.exp(log_weight)
            total += weight
            for n, (count, exposure) in enumerate(zip(counts, exposures, strict=True)):
                sums[n] += weight * (shape + count) / (shape / mean + exposure)
    model = GammaPoisson(np.array(counts, dtype=float), np.array(exposures))
    _mean, rates = shrink(model, prior=1.0, prior_sd=prior_sd, level=0.8)
    for rate, expected in zip(rates, sums, strict=True):
        assert rate.mean == pytest.approx(expected / total, rel=0.01)
        assert rate.low < rate.mean < rate.high


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=5),
    st.floats(0.1, 0.9),
    st.floats(0.5, 0.95),
)
def test_estimates_lie_inside_their_intervals_and_those_inside_the_possible(
    pairs: list[tuple[int, int]], prior: float, level: float
) -> None:
    some, others = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    models: dict[Model, tuple[float, float]] = {
        GammaPoisson(some, others / 10): (0.0, math.inf),
        BetaBinomial(some, some + others): (0.0, 1.0),
        Normal(some / 500, others / 10): (-math.inf, math.inf),
    }
    for model, (least, most) in models.items():
        mean, rates = shrink(model, prior=prior, prior_sd=0.5, level=level)
        for rate in (mean, *rates):
            assert least <= rate.low <= rate.high <= most
            assert least < rate.mean < most
        wide = shrink(model, prior=prior, prior_sd=0.5, level=0.99)[1]
        for rate, wider in zip(rates, wide, strict=True):
            assert wider.low <= rate.low + 1e-6
            assert wider.high >= rate.high - 1e-6


def test_much_data_outweighs_every_prior() -> None:
    counts, exposures = np.array([5e5, 2e6]), np.array([1e6, 1e6])
    _mean, rates = shrink(GammaPoisson(counts, exposures), prior=1.0, prior_sd=0.5, level=0.8)
    assert [rate.mean for rate in rates] == pytest.approx([0.5, 2.0], rel=0.01)


def test_dispersion_is_1_for_counts_of_chance_and_more_where_visits_differ_more() -> None:
    rng = np.random.default_rng(1)
    expected = np.full(2000, 30.0)
    assert dispersion(expected, expected, rng.poisson(expected).astype(float), 1) < 1.1
    noisy = rng.poisson(expected * rng.gamma(10, 0.1, 2000)).astype(float)
    # The variance of such counts is 30 + 900 / 10.
    assert dispersion(expected, expected, noisy, 1) == pytest.approx(4.0, rel=0.15)
    assert dispersion(np.zeros(0), np.zeros(0), np.zeros(0), 0) == 1


# ---- Limits and the next problem ----

RESULTS = st.lists(
    st.builds(
        lambda team, place, date, counts, seconds: VisitResult(
            *(team, DATE + dt.timedelta(days=date), place, sum(counts[:2]), counts[0]),
            not_home=counts[2],
            door_seconds=seconds[0],
            drive_seconds=seconds[1],
            from_place=None if seconds[1] is None else "base",
        ),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["north", "mill", "ford", "dell", "hill", "isle", "unknown"]),
        st.integers(0, 9),
        st.tuples(*[st.integers(0, 300)] * 3),
        st.tuples(*[st.none() | st.integers(0, 40_000)] * 2),
    ),
    max_size=8,
)


@settings(max_examples=20)
@given(RESULTS)
def test_whatever_was_recorded_the_next_problem_is_a_sound_one(results: list[VisitResult]) -> None:
    problem = full_toy_problem()
    learned = learn(results, problem)
    after = apply(problem, learned)
    for old, new in zip(problem.villages, after.villages, strict=True):
        assert (old.partial, old.households) == (new.partial, new.households)
        assert new.min_households <= old.min_households
    assert (
        after.replace(teams=problem.teams, villages=problem.villages, travel=problem.travel)
        == problem
    )
    for estimates in (learned.pace, learned.contact, learned.signing, learned.legs):
        for estimate in estimates.values():
            assert estimate.low <= estimate.after <= estimate.high
    assert learn(list(reversed(results)), problem).pace == learned.pace


def test_without_data_nothing_is_changed(problem: Problem) -> None:
    learned = learn([], problem)
    assert learned == Learned()
    assert apply(problem, learned) == problem
    blank = VisitResult("t0", DATE, "v0001", 0, 0)
    assert apply(problem, learn([blank], problem)) == problem


def test_results_of_unknown_teams_and_absurd_drives_count_as_unused() -> None:
    problem = toy_problem()
    results = [
        VisitResult("Z", DATE, "north", 9, 3, door_seconds=3600),
        VisitResult("A", DATE, "north", 9, 3, drive_seconds=20 * 3600, from_place="base"),
        VisitResult("A", DATE, "mill", 9, 3, drive_seconds=600, from_place="north"),
    ]
    learned = learn(results, problem)
    assert learned.unused == 2
    assert learned.legs["car"].observations == 1


def test_what_is_learned_goes_into_teams_villages_and_drives() -> None:
    problem = toy_problem()
    results = [
        VisitResult(
            *("A", DATE + dt.timedelta(days=k), "mill", 40, 20),
            not_home=40,
            door_seconds=4 * 3600,
            drive_seconds=int(1800 * 1.5),
            from_place="base",
        )
        for k in range(20)
    ]
    learned = learn(results, problem)
    after = apply(problem, learned)
    assert after.team_of["A"].households_per_hour == pytest.approx(10, rel=0.1)
    # B was not seen: it is between what was assumed and as slow as A.
    assert 15 < (after.team_of["B"].households_per_hour or 0) < 22
    assert after.village_at["mill"].max_share_per_visit == pytest.approx(0.54, abs=0.06)
    assert after.village_at["ford"].max_share_per_visit == 1
    pair = problem.index["base"], problem.index["mill"]
    assert int(after.travel["car"].seconds[pair]) == pytest.approx(2700, rel=0.03)
    assert (after.travel["car"].reachable == problem.travel["car"].reachable).all()


def test_paces_by_day_are_all_scaled() -> None:
    problem = full_toy_problem()
    results = [
        VisitResult("B", problem.days[2].date, "mill", 36, 0, door_seconds=2 * 3600),
    ] * 10
    learned = learn(results, problem)
    after = apply(problem, learned).team_of["B"].households_per_hour_by_day
    assert after is not None
    assert learned.pace["B"].before == 33
    # Half of the 36 that are assumed on that day.
    assert after[1] is None
    assert [after[0], after[2]] == [pytest.approx(15, abs=1.5), pytest.approx(18, abs=1.5)]


def test_the_least_number_of_a_visit_stays_within_what_one_can_reach() -> None:
    problem = toy_problem()
    villages = tuple(
        replace(village, min_households=100) if village.place == "mill" else village
        for village in problem.villages
    )
    results = [
        VisitResult("A", DATE + dt.timedelta(days=k), "mill", 30, 0, not_home=70) for k in range(9)
    ]
    assumed = problem.replace(villages=villages)
    mill = apply(assumed, learn(results, assumed)).village_at["mill"]
    assert 1 <= mill.min_households <= math.ceil(mill.max_share_per_visit * mill.households) < 100


def test_classes_of_villages_are_by_the_largest_least_number() -> None:
    assert [size_class(n) for n in (0, 1, 29, 30, 99, 100, 300)] == [
        *(["1-29"] * 3),
        *(["30-99"] * 2),
        "100-299",
        "300+",
    ]
    assert list(SIZES.values()) == sorted(SIZES.values())


def test_one_round_counts_the_households_that_it_is_expected_to_find() -> None:
    problem = full_toy_problem()
    counted = one_round(problem)
    assert counted.village_at["north"].households == 30
    assert counted.village_at["mill"] == problem.village_at["mill"]
    assert {village.max_share_per_visit for village in counted.villages} == {1.0}
    # 30 in north, 100 in mill and 30 in ford are no fewer than any floor may be.
    assert counted.districts[0].min_households == 160
    assert one_round(counted) == counted


def test_a_scenario_gets_the_paces_of_its_teams_and_nothing_else() -> None:
    problem = toy_problem()
    scenario = Scenario(
        roads=Roads(Path("roads.osm.pbf")),
        villages=VillageSource(),
        places=(),
        days=problem.days,
        teams=problem.teams,
    )
    results = [
        VisitResult("A", DATE + dt.timedelta(days=k), "mill", 30, 3, door_seconds=3600)
        for k in range(9)
    ]
    learned = learn(results, scenario)
    assert learned.legs == learned.contact_by_size == {}
    after = apply(scenario, learned)
    assert after.teams[0].households_per_hour == pytest.approx(29, abs=1.5)
    assert after.replace(teams=scenario.teams) == scenario
    # Villages are classed where their households are known from elsewhere.
    assert learn(results, scenario, households={"mill": 100}).contact_by_size != {}
