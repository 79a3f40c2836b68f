"""What differs between two plans: by hand, with the sheets that are to be made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeplan.language import LANGUAGES, Language, date_label
from routeplan.model.plan import LeftOut, Reason, Stop, Tour
from routeplan.model.results import VisitResult
from routeplan.workflow.difference import (
    Cause,
    Change,
    PlannedVisit,
    VisitChange,
    change_text,
    compare_from,
    earlier_tours,
)
from routeplan.workflow.draw import changed_sheets
from tests.helpers.toy import toy_plan, toy_problem

PROBLEM, PLAN = toy_problem(), toy_plan()
STOPS = [
    (tour.team, tour.day, stop.place, stop.households) for tour in PLAN.tours for stop in tour.stops
]


def without(team: str, day: int, place: str) -> tuple[Tour, ...]:
    """Return the tours without one stop."""
    return tuple(
        replace(tour, stops=tuple(stop for stop in tour.stops if stop.place != place))
        if (tour.team, tour.day) == (team, day)
        else tour
        for tour in PLAN.tours
    )


def test_a_plan_does_not_differ_from_itself() -> None:
    found = compare_from(0, (PROBLEM, PLAN), (PROBLEM, PLAN))
    assert len(found.visits) == len(STOPS)
    assert {visit.change for visit in found.visits} == {Change.KEPT}
    assert found.before == found.after
    assert (found.team_days, found.recounted) == ((), ())
    assert changed_sheets((PROBLEM, PLAN), (PROBLEM, PLAN), 0) == ()


def test_days_before_the_first_open_one_do_not_count() -> None:
    last = len(PROBLEM.days) - 1
    found = compare_from(last, (PROBLEM, PLAN), (PROBLEM, PLAN))
    assert len(found.visits) == sum(day == last for _, day, *_ in STOPS)


@pytest.mark.parametrize("reason", [Reason.SEARCH, Reason.UNREACHABLE])
def test_a_stop_that_is_gone_is_dropped_and_says_why(reason: Reason) -> None:
    team, day, place, households = STOPS[0]
    left = (LeftOut(place, households, reason),)
    new = PLAN.replace(tours=without(team, day, place), left_out=left)
    found = compare_from(0, (PROBLEM, PLAN), (PROBLEM, new))
    cause = Cause.BETTER if reason is Reason.SEARCH else Cause.OUT_OF_REACH
    (gone,) = found.of(Change.DROPPED)
    assert gone == VisitChange(place, PlannedVisit(team, day, households), None, cause)
    assert found.team_days == ((team, day),)
    idle = PROBLEM.replace(
        teams=tuple(replace(t, days=()) if t.id == team else t for t in PROBLEM.teams)
    )
    assert compare_from(0, (PROBLEM, PLAN), (idle, new)).of(Change.DROPPED)[0].cause == "team_out"
    empty = PROBLEM.replace(
        villages=tuple(
            replace(v, households=0, required=False) if v.place == place else v
            for v in PROBLEM.villages
        ),
        districts=(),
    )
    (gone,) = compare_from(0, (PROBLEM, PLAN), (empty, new)).of(Change.DROPPED)
    assert gone.cause == "nobody_left"


def test_a_village_that_gets_its_visit_otherwise_is_moved_and_not_dropped_and_new() -> None:
    team, day, place, households = STOPS[0]
    stop = Stop(place, 36_000, 36_000, 40_000, households + 1)
    visiting = {(each, on) for each, on, visited, _ in STOPS if visited == place}
    other = next(t for t in PLAN.tours if (t.team, t.day) not in visiting)
    tours = tuple(
        replace(tour, stops=(*tour.stops, stop))
        if (tour.team, tour.day) == (other.team, other.day)
        else tour
        for tour in without(team, day, place)
    )
    found = compare_from(0, (PROBLEM, PLAN), (PROBLEM, PLAN.replace(tours=tours)))
    (moved,) = found.of(Change.MOVED)
    assert moved.before == PlannedVisit(team, day, households)
    assert moved.after == PlannedVisit(other.team, other.day, households + 1)
    assert moved.cause is Cause.BETTER
    assert not found.of(Change.DROPPED)
    assert not found.of(Change.NEW)


def test_sheets_change_with_times_and_households_but_not_with_other_days() -> None:
    team, day, place, _ = STOPS[0]
    tours = tuple(
        replace(
            tour,
            stops=tuple(replace(s, end=s.end + 60) if s.place == place else s for s in tour.stops),
        )
        if (tour.team, tour.day) == (team, day)
        else tour
        for tour in PLAN.tours
    )
    assert (team, day) in changed_sheets((PROBLEM, PLAN), (PROBLEM, PLAN.replace(tours=tours)), 0)
    fewer = PROBLEM.replace(
        villages=tuple(
            replace(v, households=v.households - 1) if v.place == place else v
            for v in PROBLEM.villages
        )
    )
    visiting = {(t, d) for t, d, visited, _ in STOPS if visited == place}
    assert set(changed_sheets((PROBLEM, PLAN), (fewer, PLAN), 0)) == visiting
    last = max(d for _, d in visiting)
    assert changed_sheets((PROBLEM, PLAN), (fewer, PLAN), last + 1) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moved_stop_names_its_team_and_day_in_a_language(language: Language) -> None:
    visit = VisitChange(STOPS[0][2], PlannedVisit("A", 0, 5), PlannedVisit("B", 1, 5))
    date = date_label(PROBLEM.days[1].date, language)
    assert change_text(visit, PROBLEM, language).endswith(f"B, {date}")


def test_past_days_are_shown_as_they_happened_with_visits_that_were_not_planned() -> None:
    team, _, place, _ = next(stop for stop in STOPS if stop[1] == 0)
    date = PROBLEM.days[0].date
    results = [
        VisitResult(team, date, place, reached=7, signed=4),
        VisitResult(team, date, "hill", reached=2, signed=0),
        VisitResult(team, date, "gone", reached=2, signed=0),
    ]
    difference = compare_from(1, (PROBLEM, PLAN), (PROBLEM, PLAN))
    past = earlier_tours((PROBLEM, PLAN), difference, results, "en")
    own = next(tour for tour in past if tour.team == team)
    texts = dict(own.stops)
    assert "reached: 7, signed: 4" in texts[place]
    assert "reached: 2, signed: 0" in texts["hill"]
    assert "gone" not in texts
    unknown = earlier_tours((PROBLEM, PLAN), difference, [], "en")
    assert all("no result is recorded" in text for tour in unknown for _, text in tour.stops)
    planned = earlier_tours((PROBLEM, PLAN), difference, None, "en")
    assert all(text.startswith("planned: ") for tour in planned for _, text in tour.stops)
