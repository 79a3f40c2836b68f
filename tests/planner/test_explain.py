"""Explanations: why a village is left out, what it would take, and what forcing it in costs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings

from routeplan import cli
from routeplan.audit import audit_plan
from routeplan.errors import AuditError, InputError, PlanError
from routeplan.formats import plan_from_json, plan_to_json, problem_to_json
from routeplan.model.plan import Plan, Reason, RequirementKind, StoppedBy
from routeplan.model.problem import Problem, Rules, Village, Window
from routeplan.planner import ENGINES, Options, explain, find_village, solve
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.ortools_routing.model import solve_task
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_plan, toy_problem
from tests.planner.test_reasons import line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.planner.ortools_routing.task import RoutingResult, RoutingTask

PROBLEM, PLAN = toy_problem(), toy_plan()
every_engine = pytest.mark.parametrize("engine", sorted(ENGINES))


@pytest.fixture(autouse=True, scope="module")
def in_this_process() -> Iterator[None]:
    """A process for each search would be too slow."""

    def answers(task: RoutingTask) -> Iterator[RoutingResult]:
        found: list[RoutingResult] = []
        solve_task(task, found.append)
        yield found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "routing_results", answers)
        yield


def brief(engine: str, iterations: int = 20) -> Options:
    return Options(engine=engine, iterations=iterations)


def judged(problem: Problem, plan: Plan) -> Plan:
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))
    return plan


@pytest.fixture(scope="module")
def rivals() -> Problem:
    """Two villages of a day each, at the same distance either way: only one is reached."""
    villages = (Village("east", 180), Village("west", 150, min_households=100))
    return line(*villages, minutes={"east": 30, "west": -30})


@pytest.fixture(scope="module")
def rivals_plan(rivals: Problem) -> Plan:
    return judged(rivals, solve(rivals, brief("routing")))


def test_the_price_of_a_village_is_what_is_lost_elsewhere(
    rivals: Problem, rivals_plan: Plan
) -> None:
    found = explain(rivals, rivals_plan, "west", brief("routing"))
    assert (found.place, found.households, found.reached, found.visits) == ("west", 150, 0, ())
    assert found.reason is Reason.NO_TIME
    assert [each.kind for each in found.requirements] == [RequirementKind.CREW_DAY]
    assert found.forced is not None
    judged(rivals, found.forced.plan)
    # With one hour more on the road, 160 households fit into the day in all.
    assert found.forced.reached >= 100
    assert (
        found.forced.elsewhere == found.forced.plan.summary.households - found.forced.reached - 180
    )
    assert found.forced.weighted == found.forced.plan.summary.weighted - 180.0 < 0
    assert found.conclusion.startswith(
        f"forcing it in reaches {found.forced.reached} more there and"
    )
    assert f"costs {-found.forced.elsewhere} elsewhere" in found.conclusion


@every_engine
def test_what_is_visited_in_part_is_reached_as_far_as_can_be(engine: str) -> None:
    """All day is spent in the dearer village's neighbour only as long as that is not forced."""
    villages = (Village("east", 100, weight=2.0), Village("far", 120))
    problem = line(*villages, minutes={"east": 30, "far": 40})
    plan = judged(problem, solve(problem, brief(engine)))
    found = explain(problem, plan, "far", brief(engine, 60))
    assert 0 < found.reached < 120
    assert found.visits == (("A", 0, found.reached),)
    assert found.forced is not None
    assert found.forced.reached == 120
    assert found.forced.elsewhere < 0
    # The search knew of another weight; what is told is in those of the problem.
    stops = [stop for tour in found.forced.plan.tours for stop in tour.stops]
    east = sum(stop.households for stop in stops if stop.place == "east")
    assert found.forced.weighted == (2.0 * east + 120) - plan.summary.weighted
    assert found.forced.elsewhere == east - 100


@every_engine
def test_a_village_that_could_fit_is_said_to_have_been_missed(engine: str) -> None:
    """The plan by hand leaves ten households of dell, though the team has the time."""
    found = explain(PROBLEM, PLAN, "dell", brief(engine))
    assert (found.reached, found.reason) == (40, Reason.SEARCH)
    assert [each.kind for each in found.requirements] == [RequirementKind.SEARCH]
    assert found.conclusion.startswith("it could fit: the search missed it (10 more there")
    assert found.forced is not None
    assert found.forced.weighted >= 10


@every_engine
@pytest.mark.parametrize(
    ("village", "reason", "conclusion"),
    [
        ("mill", None, "all of its households are reached"),
        ("Mill", None, "all of its households are reached"),
        ("isle", Reason.UNREACHABLE, "no plan can reach it"),
    ],
)
def test_what_no_search_can_change_is_answered_at_once(
    engine: str, village: str, reason: Reason | None, conclusion: str
) -> None:
    found = explain(PROBLEM, PLAN, village, brief(engine))
    assert (found.reason, found.conclusion, found.forced) == (reason, conclusion, None)


def test_a_village_without_households_has_none_to_reach() -> None:
    villages = tuple(replace(v, households=0) if v.place == "isle" else v for v in PROBLEM.villages)
    plan = PLAN.replace(left_out=PLAN.left_out[:1])
    found = explain(PROBLEM.replace(villages=villages), plan, "isle", brief("routing"))
    assert found.conclusion == "it has no households that are still to be reached"


def test_where_no_search_found_a_way_that_is_what_is_said(rivals: Problem) -> None:
    """The only way to visit it is a night away that the search has no step to find."""
    plan = judged(rivals, solve(rivals, brief("routing")))
    with pytest.MonkeyPatch.context() as patch:

        def fails(*_: object, **__: object) -> Plan:
            raise PlanError("west: is required but not visited")

        patch.setattr(sys.modules[explain.__module__], "solve", fails)
        found = explain(rivals, plan, "west", brief("routing"))
    assert found.forced is None
    assert found.conclusion == "no plan that visits it was found: give the search more time"


def test_a_strange_village_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"there is no village 'dele'; did you mean 'dell'\?"):
        explain(PROBLEM, PLAN, "dele")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Байсерке", "Байсерке (Дмитриевка)"),
        ("дмитриевка", "Байсерке (Дмитриевка)"),
        ("Байсерке", "Дмитриевка / Байсерке"),
        ("жанаталап", "Жана-Талап"),
        ("казцик", "Каз ЦИК"),
        ("Каз-Цик", "Каз ЦИК"),
    ],
)
def test_a_village_is_found_by_one_of_its_names_and_without_hyphens(text: str, name: str) -> None:
    places = tuple(replace(p, name=name) if p.id == "dell" else p for p in PROBLEM.places)
    assert find_village(PROBLEM.replace(places=places), text) == "dell"


def test_the_whole_name_comes_before_a_part_of_another() -> None:
    names = {"north": "Байсерке", "dell": "Байсерке (Дмитриевка)"}
    places = tuple(replace(p, name=names.get(p.id, p.name)) for p in PROBLEM.places)
    assert find_village(PROBLEM.replace(places=places), "байсерке") == "north"


def test_a_name_of_several_villages_is_refused_with_their_ids() -> None:
    places = tuple(
        replace(p, name="Aqbulaq") if p.id in {"north", "dell"} else p for p in PROBLEM.places
    )
    with pytest.raises(InputError, match=r"2 villages are called 'Aqbulaq'; .*'north', 'dell'"):
        explain(PROBLEM.replace(places=places), PLAN, "Aqbulaq")


def test_a_plan_that_breaks_a_rule_is_not_explained() -> None:
    shorter = PROBLEM.replace(
        days=tuple(replace(d, work=Window(28800, 45000)) for d in PROBLEM.days)
    )
    with pytest.raises(AuditError, match="plan: work_hours"):
        explain(shorter, PLAN, "dell")


def test_ctrl_c_keeps_what_was_found_until_then(
    rivals: Problem, rivals_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: RoutingTask) -> Iterator[RoutingResult]:
        raise KeyboardInterrupt

    monkeypatch.setattr(routing, "routing_results", stopped)
    found = explain(rivals, rivals_plan, "west", brief("routing"))
    assert found.forced is not None
    assert found.forced.stopped_by is StoppedBy.INTERRUPT
    assert judged(rivals, found.forced.plan).summary.households >= 100


@every_engine
def test_what_changes_nothing_in_all_was_not_missed(engine: str) -> None:
    """Either village fills the day, and both bring the same."""
    villages = (Village("east", 180, partial=False), Village("west", 180, partial=False))
    problem = line(*villages, minutes={"east": 30, "west": -30})
    plan = judged(problem, solve(problem, brief(engine)))
    (left,) = plan.left_out
    found = explain(problem, plan, left.place, brief(engine))
    assert found.reason is Reason.NO_TIME
    assert found.forced is not None
    assert found.forced.objective == 0
    assert found.conclusion == (
        "it could be reached instead of others of the same worth (180 more there, -180 elsewhere)"
    )


def test_driving_counts_in_what_forcing_a_village_in_costs() -> None:
    """Ten households are reached in addition, for two hours of driving that cost 12."""
    problem = line(
        *(Village("east", 100), Village("west", 10)),
        minutes={"east": 30, "west": -60},
        rules=Rules(drive_hour_worth=6.0),
    )
    plan = judged(problem, solve(problem, brief("columns")))
    found = explain(problem, plan, "west", brief("columns"))
    assert [each.kind for each in found.requirements] == [RequirementKind.DETOUR]
    assert found.forced is not None
    assert (found.forced.weighted, found.forced.objective) == (10.0, -2.0)
    assert found.conclusion == (
        "forcing it in reaches 10 more there and costs none elsewhere, but more driving than that "
        "is worth (-2.0 in all)"
    )


def test_no_search_is_made_where_rules_allow_no_visit() -> None:
    problem = line(
        *(Village("east", 24, min_households=20, max_share_per_visit=0.7), Village("west", 10)),
        minutes={"east": 30, "west": -60},
    )
    plan = judged(problem, solve(problem, brief("columns")))
    found = explain(problem, plan, "east", brief("columns"))
    assert (found.reason, found.forced) == (Reason.BELOW_MINIMUM, None)
    assert found.conclusion == "no plan can reach it"


@every_engine
@settings(max_examples=25)
@given(problem=problems())
def test_every_village_of_every_problem_has_an_explanation(engine: str, problem: Problem) -> None:
    try:
        plan = judged(problem, solve(problem, brief(engine, 3)))
    except PlanError:
        assume(False)  # noqa: FBT003
    reasons = {left.place: left.reason for left in plan.left_out}
    for village in problem.villages:
        found = explain(problem, plan, village.place, brief(engine, 3))
        assert found.reason is reasons.get(village.place)
        assert found.households - found.reached == sum(
            left.households for left in plan.left_out if left.place == village.place
        )
        if found.forced is not None and not found.visits:
            forced = replace(village, required=True)
            others = tuple(forced if v is village else v for v in problem.villages)
            judged(problem.replace(villages=others), found.forced.plan)


# ---- On the command line ----


def test_the_command_tells_people_and_machines_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rivals: Problem, rivals_plan: Plan
) -> None:
    asked = written(tmp_path, rivals, rivals_plan)
    assert ended([*asked, "West"]) == 0
    text = capsys.readouterr().out
    assert "West: 0 of 150 households reached" in text
    assert "why not more: no_time, all crew-days are full; one more crew-day" in text
    assert ended([*asked, "west", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["conclusion"] in text
    assert values["requirements"][0]["kind"] == "crew_day"
    assert f"would reach {values['requirements'][0]['households']}" in text
    figures = {"reached", "elsewhere", "weighted", "objective", "stopped_by"}
    assert values["forced"].keys() == figures


def test_the_command_refuses_a_plan_for_another_problem_and_strange_villages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rivals: Problem, rivals_plan: Plan
) -> None:
    asked = written(tmp_path, rivals, rivals_plan)
    assert ended([*asked, "wets"]) == 2
    assert "there is no village 'wets'; did you mean 'west'?" in capsys.readouterr().err
    asked = written(tmp_path, rivals.replace(name="another"), rivals_plan)
    assert ended([*asked, "west"]) == 2
    assert "was not made for the problem in" in capsys.readouterr().err


def test_solve_takes_a_start_plan_and_pins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, problem, plan, *search = written(tmp_path, PROBLEM, PLAN)
    made = tmp_path / "made.json"
    asked = ["solve", problem, "-o", str(made), "--start", plan, *search, "-q"]
    pinned = ["--pin", "A:1", "--pin", "B:2027-05-03", "--pin-village", "Hill:3", "--skip-village"]
    assert ended([*asked, *pinned, "isle"]) == 0
    found = judged(PROBLEM, plan_from_json(made.read_bytes()))
    stops = {(t.team, t.day): [(s.place, s.households) for s in t.stops] for t in found.tours}
    assert stops["A", 0] == [("mill", 40), ("north", 30)]
    assert stops["B", 0] == [("ford", 30), ("mill", 36)]
    assert {t.day for t in found.tours for s in t.stops if s.place == "hill"} == {2}
    assert ended([*asked, "--pin", "C:1", "--pin", "A:x", "--skip-village", "ile"]) == 2
    said = capsys.readouterr().err
    for words in ("pin C:1: there is no team", "pin A:x: there is no day", "skip-village ile:"):
        assert words in said
    assert ended(["solve", problem, "-o", plan, "--start", plan, *search]) == 2
    assert "would be overwritten" in capsys.readouterr().err


def written(folder: Path, problem: Problem, plan: Plan) -> list[str]:
    """Write both files, and return the words to explain a village of them."""
    (folder / "problem.json").write_text(problem_to_json(problem), encoding="utf-8")
    (folder / "plan.json").write_text(plan_to_json(plan), encoding="utf-8")
    files = [str(folder / name) for name in ("problem.json", "plan.json")]
    return ["explain", *files, "--iterations", "20"]


def ended(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code
