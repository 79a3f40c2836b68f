"""The review of a day, and the command that shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan import cli
from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.formats import plan_to_json, problem_sha256, problem_to_json
from routeplan.model.results import VisitResult
from routeplan.planner import Options, solve
from routeplan.workflow.evening import review
from routeplan.workflow.remaining import remaining_problem
from tests.bench.districts import make_district
from tests.helpers.ledger import new_ledger
from tests.helpers.small_problems import new_problem
from tests.helpers.toy import full_toy_problem, toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

SEARCH = Options(iterations=20, bound=False)


class Week(NamedTuple):
    """A problem with a plan."""

    problem: Problem
    plan: Plan


@pytest.fixture(scope="module")
def week() -> Week:
    problem = make_district(25, 2, 4, 5, seed=3)
    return Week(problem, solve(problem, Options(iterations=60, bound=False)))


def as_planned(
    week: Week, days: Iterable[int], *, share: float = 1.0, slower: float = 1.0
) -> list[VisitResult]:
    """Return results of all visits of some days: so many of the households, so much slower."""
    problem, plan = week
    results = []
    for tour in plan.tours:
        here = tour.start
        for stop in tour.stops if tour.day in days else ():
            reached = round(stop.households * share)
            travel = problem.travel[problem.team_of[tour.team].vehicle]
            leg = problem.index[here], problem.index[stop.place]
            doors = stop.end - stop.start - problem.village_at[stop.place].setup_seconds
            results.append(
                VisitResult(
                    *(tour.team, problem.days[tour.day].date, stop.place, reached, reached),
                    not_home=stop.households - reached,
                    door_seconds=round(doors * share * slower),
                    drive_seconds=int(travel.seconds[leg]),
                    from_place=here,
                )
            )
            here = stop.place
    return results


def test_a_day_that_went_as_planned_misses_nothing_and_loses_nothing() -> None:
    week = Week(toy_problem(), toy_plan())
    found = review(*week, as_planned(week, [0]), 0)
    assert [(t.team, t.stops, t.visits, t.planned, t.reached) for t in found.teams] == [
        ("A", 2, 2, 70, 70),
        ("B", 2, 2, 66, 66),
    ]
    assert found.missed == ()
    assert found.teams[0].planned_drive_seconds == found.teams[0].drive_seconds == 2400
    assert found.replanning is None
    # On the next day A alone works: all of its stops fit.
    assert [(t.team, t.day, t.planned, t.lost) for t in found.tomorrow] == [("A", 1, 60, 0)]


def test_villages_count_what_all_teams_brought_and_what_is_left() -> None:
    problem, plan = toy_problem(), toy_plan()
    date = problem.days[0].date
    results = [
        VisitResult("A", date, "mill", 40, 20, 5, 10, 7),
        VisitResult("B", date, "mill", 36, 30, 1),
        VisitResult("B", date, "dell", 4, 4),
    ]
    rows = {row.place: row for row in review(problem, plan, results, 0).villages}
    mill = rows["mill"]
    assert (mill.teams, mill.planned, mill.reached, mill.signed) == (("A", "B"), 76, 76, 50)
    assert (mill.refused, mill.come_back, mill.not_home, mill.left) == (6, 10, 7, 44)
    assert rows["north"].reached == 0
    # Visited, though nobody planned it.
    assert (rows["dell"].planned, rows["dell"].left) == (0, 46)
    assert list(rows) == ["mill", "north", "ford", "dell"]


def test_the_mop_up_list_names_what_was_not_visited_first() -> None:
    problem, plan = toy_problem(), toy_plan()
    date = problem.days[0].date
    results = [
        VisitResult("A", date, "mill", 30, 10),
        VisitResult("A", date, "north", 30, 30),
        VisitResult("B", date, "mill", 36, 0, 4),
    ]
    missed = review(problem, plan, results, 0).missed
    assert [(each.place, each.visited, each.missing) for each in missed] == [
        ("ford", False, 30),
        ("mill", True, 10),
    ]
    mill = missed[1]
    # 20 on day 2 and 4 on day 3 are planned there beside.
    assert (mill.teams, mill.days, mill.planned, mill.later) == (("A", "B"), (0,), 76, 24)


def test_no_more_is_missing_than_is_left() -> None:
    problem, plan = toy_problem(), toy_plan()
    results = [VisitResult("B", problem.days[0].date, "ford", 28, 20, 8)]
    missed = {each.place: each for each in review(problem, plan, results, 0).missed}
    assert missed["ford"].missing == 2


def test_slow_crews_lose_households_tomorrow_and_quick_ones_gain(week: Week) -> None:
    day = 1
    slow = review(*week, as_planned(week, range(day + 1), slower=2.0), day)
    same = review(*week, as_planned(week, range(day + 1)), day)
    quick = review(*week, as_planned(week, range(day + 1), slower=0.5), day)
    lost = [sum(tour.lost for tour in each.tomorrow) for each in (quick, same, slow)]
    assert lost == sorted(lost)
    assert lost[0] == 0
    assert lost[2] > 20
    assert {tour.day for tour in slow.tomorrow} == {day + 1}
    for tour in slow.tomorrow:
        assert sum(fits for _, _, fits in tour.stops) == tour.planned - tour.lost + tour.gained


def test_planning_anew_is_never_worse_than_the_plan_that_is_kept(week: Week) -> None:
    results = as_planned(week, [0, 1], slower=1.8)[:-3]
    found = review(*week, results, 1, options=SEARCH).replanning
    assert found is not None
    assert found.plan is not None
    assert found.gain >= 0
    assert found.replanned == sum(tour.households for tour in found.plan.tours)
    assert {tour.day for tour in found.plan.tours} == {2, 3}
    assert [t.start for t in found.plan.tours if t.day == 2] == [
        tour.end for tour in week.plan.tours if tour.day == 1
    ]


def test_after_the_last_day_nothing_is_left_to_plan(week: Week) -> None:
    found = review(*week, as_planned(week, range(4)), 3, options=SEARCH)
    assert (found.tomorrow, found.replanning) == ((), None)


def test_results_after_the_day_do_not_count(week: Week) -> None:
    first = as_planned(week, [0])
    assert review(*week, as_planned(week, range(3)), 0) == review(*week, first, 0)


def test_there_is_no_review_of_a_day_that_is_not_in_the_plan(week: Week) -> None:
    with pytest.raises(InputError, match="there is no day 5"):
        review(*week, [], 4)


def test_a_team_that_is_away_may_spend_so_many_nights_less_in_a_row() -> None:
    problem, plan = toy_problem(), toy_plan()
    rest = remaining_problem(problem, plan.tours, [], 1)
    assert {team.id: (team.start, team.days, team.max_nights_away) for team in rest.teams} == {
        "A": ("dell", (2,), 1),
        "B": ("base", (2,), 1),
    }


def test_what_is_required_or_must_be_reached_counts_what_was_done() -> None:
    problem = full_toy_problem()
    results = [
        VisitResult("A", problem.days[0].date, "hill", 5, 5),
        VisitResult("A", problem.days[0].date, "mill", 80, 50, 30),
    ]
    rest = remaining_problem(problem, (), results, 0)
    assert not rest.village_at["hill"].required
    assert rest.village_at["hill"].households == 20
    assert rest.village_at["hill"].closed_days == (0,)
    # 190 in the east, of which 80 were reached; 60 + 20 + 30 are left.
    assert [district.min_households for district in rest.districts] == [110, 60]


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.data())
def test_whatever_happened_the_rest_of_the_plan_keeps_every_rule(
    seed: int, data: st.DataObject
) -> None:
    problem = new_problem(seed)
    plan = solved(problem)
    if plan is None:
        return
    day = data.draw(st.integers(0, len(problem.days) - 1))
    places = st.sampled_from([village.place for village in problem.villages])
    visits = data.draw(
        st.lists(st.tuples(places, st.integers(0, 4), st.integers(0, 4), st.integers(1, 9000)))
    )
    date, team = problem.days[day].date, problem.teams[0].id
    results = [
        VisitResult(team, date, place, signed + more, signed, not_home=more, door_seconds=seconds)
        for place, signed, more, seconds in visits
    ]
    found = review(problem, plan, results, day, options=Options(iterations=1, bound=False))
    assert all(tour.lost >= 0 and tour.gained >= 0 for tour in found.tomorrow)
    assert all(0 < each.missing <= each.planned for each in found.missed)
    if found.replanning is not None and found.replanning.plan is not None:
        again = remaining_after(problem, plan, results, day)
        assert audit_plan(again, found.replanning.plan) == ()


def solved(problem: Problem) -> Plan | None:
    try:
        return solve(problem, Options(iterations=3, bound=False))
    except Exception:  # noqa: BLE001  # what cannot be planned has no evening
        return None


def remaining_after(problem: Problem, plan: Plan, results: list[VisitResult], day: int) -> Problem:
    from routeplan.ledger.learning import apply, learn  # noqa: PLC0415

    learned = apply(problem, learn(results, problem))
    return remaining_problem(learned, plan.tours, results, day)


# ---- The command ----


@pytest.fixture
def folder(tmp_path: Path, week: Week, monkeypatch: pytest.MonkeyPatch) -> Path:
    problem = week.problem.replace(
        places=tuple(
            replace(place, name=f"Aul {n}") if n == 1 else place
            for n, place in enumerate(week.problem.places)
        )
    )
    text = problem_to_json(problem)
    plan = week.plan.replace(problem_sha256=problem_sha256(text))
    (tmp_path / "problem.json").write_text(text, encoding="utf-8")
    (tmp_path / "plan.json").write_text(plan_to_json(plan), encoding="utf-8")
    results = as_planned(Week(problem, plan), [0, 1], share=0.8, slower=1.5)[:-2]
    new_ledger(tmp_path / "campaign.sqlite", problem, results)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        cli.main([*map(str, arguments), "--ledger", "campaign.sqlite", "--quiet"])
    answer = capsys.readouterr()
    return int(caught.value.code or 0), answer.out, answer.err


def test_the_command_answers_in_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("evening", folder, "--day", "2", "--json", "--iterations", "5", "--no-bound")
    code, out, err = run(capsys, *line)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["day"] == 1
    assert answer["date"] == "2027-05-04"
    assert [team["team"] for team in answer["teams"]] == ["t0", "t1"]
    assert set(answer["replanning"]) == {"kept", "replanned", "gain", "trouble"}
    assert not [each for each in answer["missed"] if each["missing"] <= 0]


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_command_shows_tables(
    folder: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    line = ("evening", folder / "plan.json", "--day", "2027-05-04", "--language", language)
    code, out, err = run(capsys, *line, "--no-search")
    assert (code, err) == (0, "")
    assert "t0" in out
    assert "{" not in out


def test_the_command_refuses_a_day_that_is_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "evening", folder, "--day", "5")
    assert (code, out) == (2, "")
    assert "there is no day 5" in err
    assert "the days are 1 to 4" in err
