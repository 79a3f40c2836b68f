"""Whole campaigns, week after week, by four policies: crew-days until enough households signed.

Run as ``python -m tests.bench.season --seeds 10``, for a real district with ``--table``: a CSV with
lat, lon and population_2009. The policies are

========  =====================================================================================
loop      plan a week, work a day, record, learn, plan the days that are left, and so on
no learn  the same with what was assumed at first, whatever was recorded
routing   the loop by the engine ``routing``, home every night
habit     no plan: each crew goes to the largest village of which nobody takes care that day, from
          there to the nearest next one as long as the day lasts, and home in the evening
========  =====================================================================================

What is assumed is right on average: households an hour, the share that is at home, minutes of
driving on a dry day. Crews are alike, or their paces differ by a coefficient of variation. Villages
differ in who is at home, visits by chance; who was not found at home is found less often at the
next visit. It rains on a quarter of the days, when driving takes a third longer, and one crew-day
of fifty is lost to a breakdown. All policies meet the same weather, breakdowns, crews and villages.

Crews with a plan have their own sheets only: they go through their stops, leave each when its time
is over or all doors were knocked at, and where the day is not over go on to the nearest stop of
their own later days, as long as they get to where they sleep. Those without know what is left
everywhere, and their own pace. Plans count the households of a village that one round of knocking
is expected to find.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import functools
import math
import statistics
import zlib
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.ledger.learned import one_round
from routeplan.ledger.learning import apply, learn
from routeplan.model.problem import Place, Problem, Sleep, TravelTimes, Village
from routeplan.model.results import VisitResult
from routeplan.planner import Options
from routeplan.workflow.remaining import remaining_problem
from tests.bench.districts import KM_PER_DEGREE, make_district
from tests.bench.tables import cell, judged_plan, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from routeplan.model.plan import Tour
    from routeplan.model.problem import Day, Team

ENGINE = {"loop": "columns", "no learn": "columns", "routing": "routing"}
POLICIES = (*ENGINE, "habit")
CONTACT, SIGNING, HARDER = 0.6, 0.75, 0.9
"""Mean share at home, mean share that signs, and how much less often the others are found again."""
RAIN, IN_RAIN, BREAKDOWN = 0.25, 1.33, 0.02
MOST_WEEKS = 20
FEWEST, SHORTEST = 10, 1800
"""Of a visit by habit: unsigned households there, and seconds at its doors."""
DETOUR, KM_PER_HOUR, PEOPLE = 1.35, 50, 3.2
"""Of the roads between real villages; people in a household."""


@dataclass(frozen=True)
class Truth:
    """What really happens, the same whatever the policy."""

    seed: int
    spread: float

    def rng(self, *key: object) -> np.random.Generator:
        """Return random numbers that depend on the key alone."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(key).encode())])

    @functools.cache  # noqa: B019  # as long as the campaign
    def pace(self, team: str) -> float:
        """Return how much faster a crew is than assumed."""
        shape = self.spread**-2 if self.spread else math.inf
        return 1.0 if math.isinf(shape) else float(self.rng("pace", team).gamma(shape, 1 / shape))

    def contact(self, place: str) -> float:
        """Return the share that is at home at the first visit."""
        return float(self.rng("contact", place).beta(CONTACT * 15, (1 - CONTACT) * 15))

    def roads(self, date: dt.date) -> float:
        """Return how much longer drives take on a date."""
        rng = self.rng("roads", date)
        rain = IN_RAIN if rng.random() < RAIN else 1.0
        return rain * float(np.exp(rng.normal(0, 0.05)))

    def breaks_down(self, team: str, date: dt.date) -> bool:
        """Return whether a crew's day is lost."""
        return bool(self.rng("breakdown", team, date).random() < BREAKDOWN)


@dataclass
class Campaign:
    """A campaign as it goes on: by village what is left and how often it was gone round; visits."""

    assumed: Problem
    truth: Truth
    left: Counter[str] = field(default_factory=Counter)
    rounds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    results: list[VisitResult] = field(default_factory=list)
    signed: int = 0

    def __post_init__(self) -> None:
        self.left.update({v.place: v.households for v in self.assumed.villages})

    def drive(self, start: str, end: str, date: dt.date, team: str) -> int:
        """Return how long a drive really takes."""
        index = self.assumed.index
        planned = int(self.assumed.travel["car"].seconds[index[start], index[end]])
        noise = math.exp(self.truth.rng("leg", date, team, end).normal(0, 0.08))
        return round(planned * self.truth.roads(date) * noise)

    def visit(
        self, team: Team, date: dt.date, place: str, seconds: int, way: tuple[str, int]
    ) -> int:
        """Knock at doors for some time or until all were tried; return the seconds that it took."""
        rng = self.truth.rng("visit", team.id, date, place)
        share = self.truth.contact(place) * HARDER ** self.rounds[place]
        at_home = int(rng.binomial(self.left[place], share))
        per_hour = (team.households_per_hour or math.inf) * self.truth.pace(team.id)
        per_hour *= math.exp(rng.normal(0, 0.15))
        reached = max(0, min(at_home, int(seconds * per_hour / 3600)))
        took = min(seconds, math.ceil(reached * 3600 / per_hour))
        if reached < at_home:
            took = seconds
            not_home = round(reached * (1 - share) / share)
        else:
            not_home = self.left[place] - at_home
        signed = int(rng.binomial(reached, SIGNING))
        refused = int(rng.binomial(reached - signed, 0.6))
        self.results.append(
            VisitResult(
                *(team.id, date, place, reached, signed, refused, reached - signed - refused),
                not_home=min(not_home, self.left[place] - reached),
                door_seconds=max(0, took),
                drive_seconds=way[1],
                from_place=way[0],
            )
        )
        # Those that nobody has knocked at yet are found as often as ever.
        self.rounds[place] += self.results[-1].knocked / max(1, self.left[place])
        self.left[place] -= signed + refused
        self.signed += signed
        return max(0, took)


class Outcome(NamedTuple):
    """Crew-days until the goal, infinite where it was not reached, and the share signed by then."""

    crew_days: float
    weeks: int


def run(assumed: Problem, truth: Truth, policy: str, goal: int, iterations: int) -> Outcome:
    """Run a campaign until the goal is reached."""
    campaign, crew_days, crews = Campaign(assumed, truth), 0, len(assumed.teams)
    for week in range(MOST_WEEKS):
        shift = dt.timedelta(days=7 * week)
        days = tuple(replace(day, date=day.date + shift) for day in assumed.days)
        posed = assumed.replace(
            days=days,
            villages=tuple(replace(v, households=campaign.left[v.place]) for v in assumed.villages),
        )
        tours: tuple[Tour, ...] = ()
        for number, day in enumerate(days):
            before = campaign.signed
            if policy == "habit":
                _work_by_habit(campaign, day)
            else:
                options = Options(ENGINE[policy], iterations=iterations, bound=False, seed=week)
                tours = _planned(campaign, policy, posed, tours, number, options)
                for tour in tours:
                    if tour.day == number:
                        later = [t for t in tours if t.team == tour.team and t.day > number]
                        _work_by_plan(campaign, tour, later, day)
            if campaign.signed >= goal:
                share = (goal - before) / (campaign.signed - before)
                return Outcome(crew_days + crews * share, week + 1)
            crew_days += crews
    return Outcome(math.inf, MOST_WEEKS)


def _planned(
    campaign: Campaign,
    policy: str,
    posed: Problem,
    tours: tuple[Tour, ...],
    day: int,
    options: Options,
) -> tuple[Tour, ...]:
    """Return the tours of a week: those of the days before as they were, the others planned now."""
    problem = posed
    if policy != "no learn":
        assumed = campaign.assumed.replace(days=posed.days)
        learned = apply(assumed, learn(campaign.results, assumed))
        villages = tuple(
            replace(village, households=posed.village_at[village.place].households)
            for village in learned.villages
        )
        problem = learned.replace(villages=villages)
    problem = problem.replace(sleeps=() if policy == "routing" else problem.sleeps)
    past = tuple(tour for tour in tours if tour.day < day)
    results = [result for result in campaign.results if result.date >= posed.days[0].date]
    rest = remaining_problem(problem, past, results, day - 1)
    plan = judged_plan(one_round(rest), options)
    return (*past, *(tour for tour in plan.tours if tour.day >= day))


def _work_by_plan(campaign: Campaign, tour: Tour, later: list[Tour], day: Day) -> None:
    """Work a crew's day by its sheets."""
    problem, date = campaign.assumed, day.date
    team = problem.team_of[tour.team]
    if campaign.truth.breaks_down(team.id, date):
        return
    rest = problem.rules.rest_seconds_per_day
    most = problem.rules.max_drive_seconds_per_day or math.inf
    crew = Crew(team, min(tour.depart, day.doors.start), tour.start, 0, tour.end, rest)
    for stop in tour.stops:
        if crew.can(campaign, day, stop.place, most):
            crew.work(campaign, day, stop.place)
    spare = {stop.place for each in later for stop in each.stops}
    spare -= {stop.place for stop in tour.stops}
    while (chosen := crew.nearest(campaign, day, spare, most)) is not None:
        spare.remove(chosen)
        crew.work(campaign, day, chosen)


@dataclass
class Crew:
    """A crew that decides itself where to go next."""

    team: Team
    now: int
    here: str
    driven: int
    end: str
    rest: int = 0

    def can(self, campaign: Campaign, day: Day, place: str, most: float) -> bool:
        """Return whether there is time for a visit, as far as is known in the morning."""
        seconds, index = campaign.assumed.travel["car"].seconds, campaign.assumed.index
        there = int(seconds[index[self.here], index[place]])
        home = int(seconds[index[place], index[self.end]])
        begin = max(self.now + there, day.doors.start) + self.rest
        begin += campaign.assumed.village_at[place].setup_seconds
        is_near = self.driven + there + home <= most
        return is_near and begin + SHORTEST <= min(day.doors.end, day.work.end - home)

    def possible(
        self, campaign: Campaign, day: Day, places: Iterable[str], most: float
    ) -> list[str]:
        """Return where a visit pays."""
        return [
            place
            for place in places
            if campaign.left[place] >= FEWEST and self.can(campaign, day, place, most)
        ]

    def nearest(
        self, campaign: Campaign, day: Day, places: Iterable[str], most: float
    ) -> str | None:
        """Return the nearest place where a visit pays."""
        seconds, index = campaign.assumed.travel["car"].seconds, campaign.assumed.index
        return min(
            self.possible(campaign, day, places, most),
            key=lambda place: (seconds[index[self.here], index[place]], place),
            default=None,
        )

    def work(self, campaign: Campaign, day: Day, place: str) -> None:
        """Drive to a village and knock at its doors; a rest that is due is taken there."""
        way = self.here, campaign.drive(self.here, place, day.date, self.team.id)
        begin = max(self.now + way[1], day.doors.start)
        begin += campaign.assumed.village_at[place].setup_seconds
        home = campaign.drive(place, self.end, day.date, self.team.id)
        seconds = min(day.doors.end, day.work.end - home) - self.rest - begin
        took = campaign.visit(self.team, day.date, place, seconds, way) if seconds > 0 else 0
        self.now, self.here, self.rest = begin + took + self.rest, place, 0
        self.driven += way[1]


def _work_by_habit(campaign: Campaign, day: Day) -> None:
    """Work a day of all crews without a plan: the largest village first, then the nearest next."""
    rules, free = campaign.assumed.rules, {village.place for village in campaign.assumed.villages}
    most = rules.max_drive_seconds_per_day or math.inf
    for team in campaign.assumed.teams:
        if campaign.truth.breaks_down(team.id, day.date):
            continue
        rest = rules.rest_seconds_per_day
        crew = Crew(team, day.work.start, team.start, 0, team.end, rest)
        possible = crew.possible(campaign, day, free, most)
        chosen = max(possible, key=lambda place: (campaign.left[place], place), default=None)
        while chosen is not None:
            free.remove(chosen)
            crew.work(campaign, day, chosen)
            chosen = crew.nearest(campaign, day, free, most)


# ---- Districts ----


def real_district(table: Path, teams: int, beds: int) -> Problem:
    """Return the villages of a table around its largest place, which is the base and no village.

    Drives are straight lines times 1.35 at 50 km/h. Crews may sleep in the villages that are
    farthest from the base and from one another.
    """
    with table.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["lat"] and row["population_2009"]]
    rows.sort(key=lambda row: (-int(row["population_2009"]), row["name_ru"]))
    people = [int(row["population_2009"]) for row in rows]
    spots = np.array([[float(row["lat"]), float(row["lon"])] for row in rows])
    km = spots * KM_PER_DEGREE * [1.0, math.cos(math.radians(float(spots[:, 0].mean())))]
    apart = np.hypot(*(km[:, None] - km).T).T * DETOUR / KM_PER_HOUR * 3600
    seconds = np.ceil(apart).astype(np.int64)
    places = tuple(
        Place("base" if not n else f"v{n:03d}", row["name_ru"], *spots[n].tolist())
        for n, row in enumerate(rows)
    )
    hosts = [0]
    while len(hosts) <= beds:
        hosts.append(int(seconds[hosts].min(axis=0).argmax()))
    like = make_district(1, teams, 5, 0, seed=1)
    return like.replace(
        name=table.stem,
        places=places,
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=bool))},
        villages=tuple(
            Village(
                place.id,
                max(1, round(count / PEOPLE)),
                min_households=FEWEST,
                setup_seconds=600,
            )
            for place, count in zip(places[1:], people[1:], strict=True)
            if count
        ),
        sleeps=tuple(Sleep(places[n].id, 2) for n in hosts[1:]),
    )


def assumed_of(problem: Problem) -> Problem:
    """Return a district with the share that is at home."""
    villages = tuple(
        replace(village, max_share_per_visit=CONTACT, min_households=min(FEWEST, most))
        for village in problem.villages
        for most in [max(1, math.floor(CONTACT * village.households))]
    )
    return problem.replace(villages=villages)


# ---- The table ----


class Case(NamedTuple):
    """One campaign."""

    seed: int
    spread: float
    policy: str
    table: Path | None
    villages: int
    spacing: float
    teams: int
    share: float
    iterations: int


def outcome_of(case: Case) -> Outcome:
    """Run one campaign."""
    if case.table is None:
        beds = case.villages // 6
        shape = case.villages, case.teams, 5, beds
        problem = make_district(*shape, seed=case.seed, spacing=case.spacing)
    else:
        problem = real_district(case.table, case.teams, beds=8)
    assumed = assumed_of(problem)
    goal = math.ceil(case.share * sum(village.households for village in assumed.villages))
    return run(assumed, Truth(case.seed, case.spread), case.policy, goal, case.iterations)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--spread", type=float, nargs="+", default=[0.0, 0.35])
    parser.add_argument("--policies", nargs="+", default=POLICIES, choices=POLICIES)
    parser.add_argument("--table", type=Path, help="of a real district")
    parser.add_argument("--villages", type=int, default=100, help="of a made-up district")
    parser.add_argument("--spacing", type=float, default=25.0, help="km between its villages")
    parser.add_argument("--teams", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.35, help="of all households, to sign")
    parser.add_argument("--iterations", type=int, default=500, help="of each search")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    what = (asked.table, asked.villages, asked.spacing, asked.teams, asked.share, asked.iterations)
    with ProcessPoolExecutor(asked.workers) as pool:
        for spread in asked.spread:
            print(f"\ncrew-days to {asked.share:.0%} signed; pace of crews varies by {spread:g}")
            show(cell("seed", 8), *(cell(policy, 10) for policy in asked.policies))
            seeds = range(1, asked.seeds + 1)
            cases = [Case(s, spread, policy, *what) for s in seeds for policy in asked.policies]
            _rows(pool.map(outcome_of, cases), asked.policies, seeds)


def _rows(outcomes: Iterator[Outcome], policies: tuple[str, ...], seeds: range) -> None:
    by_policy: dict[str, list[float]] = {policy: [] for policy in policies}
    for seed in seeds:
        for policy in policies:
            by_policy[policy].append(next(outcomes).crew_days)
        show(cell(str(seed), 8), *(cell(days[-1], 10, 1) for days in by_policy.values()))
    show(cell("mean", 8), *(cell(statistics.mean(d), 10, 1) for d in by_policy.values()))
    for line in _comparisons(by_policy):
        show(line)


def _comparisons(by_policy: Mapping[str, list[float]]) -> Iterator[str]:
    """Yield how many crew-days fewer the loop needs than each other policy, summed and at worst."""
    for policy, values in by_policy.items():
        if policy != "loop" and "loop" in by_policy:
            pairs = list(zip(by_policy["loop"], values, strict=True))
            fewer = 100 * (1 - sum(own for own, _ in pairs) / sum(other for _, other in pairs))
            each = [100 * (1 - own / other) for own, other in pairs]
            yield (
                f"the loop needs {fewer:.1f} % fewer crew-days than {policy} "
                f"(by seed {min(each):.1f} to {max(each):.1f} %)"
            )


if __name__ == "__main__":
    main()
