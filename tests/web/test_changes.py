"""Changes of a plan by hand: edits that outlive the office, searches around them, and undo."""

from __future__ import annotations

import html
import json
import re
import signal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from routeplan.audit import audit_plan
from routeplan.errors import InputError, RouteplanError
from routeplan.files import is_signed
from routeplan.formats import plan_from_json, problem_from_json, problem_to_json
from routeplan.planner import Options, solve
from routeplan.web import changes
from routeplan.web.changes import MOST_STEPS, PlanEdits, keep_step, read_edits, undo, write_edits
from routeplan.workflow.board import BoardEdit
from routeplan.workflow.outputs import RUN, scan_folder
from routeplan.workflow.prepare import prepare
from routeplan.workflow.run import write_results
from tests.helpers.campaign import Undertaking
from tests.helpers.office import RunningOffice, running_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.model.plan import Plan

FIRST, SECOND = ("A", 0), ("A", 1)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a campaign's folder with a plan of two days."""
    folder = tmp_path_factory.mktemp("planned")
    path = Undertaking().write(folder)
    # Some villages are visited whole on one day, and some are left out.
    text = path.read_text(encoding="utf-8").replace('"12:00"', '"14:30"')
    path.write_text(text, encoding="utf-8")
    prepared = prepare(path)
    plan = solve(prepared.problem, Options(iterations=5))
    write_results(prepared, plan, folder / "outputs")
    return folder


@pytest.fixture
def folder(planned: Path, tmp_path: Path) -> Path:
    """Return a copy of it; its index comes along, so that the files are still signed."""
    for path in planned.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(planned)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def office(folder: Path) -> Iterator[RunningOffice]:
    with running_office(folder) as opened:
        opened.enter()
        yield opened


def plan_in(folder: Path) -> Plan:
    return plan_from_json((folder / "outputs" / "plan.json").read_bytes())


def a_move(plan: Plan) -> BoardEdit:
    """Return the move of a stop from one day to the other."""
    day, place = next(
        (tour.day, tour.stops[0].place)
        for tour in plan.tours
        if tour.stops and all(tour.stops[0].place not in t.places for t in plan.tours if t != tour)
    )
    return BoardEdit("move", place, "A", day, "A", 1 - day)


def form_of(edit: BoardEdit) -> str:
    values = {"kind": edit.kind, "subject": json.dumps(edit.stop)}
    return urlencode(values | ({"target": json.dumps(edit.target)} if edit.to_team else {}))


def text_of(office: RunningOffice, path: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", office.get(path).text)))


def test_edits_are_checked_at_once_and_are_there_again_after_a_kill(folder: Path) -> None:
    edit = a_move(plan_in(folder))
    with running_office(folder) as office:
        office.enter()
        answer = office.post("/plan/edit", form_of(edit))
        assert (answer.status, answer.headers["location"]) == (
            303,
            f"/plan#day-1-{edit.to_day + 1}",
        )
        assert "Undo the last change" in office.get("/plan").text
        office.end(signal.SIGKILL)
    assert read_edits(folder / "outputs").edits == (edit,)
    made = scan_folder(folder).made
    assert folder / "outputs" / "edits.json" in made
    with running_office(folder) as office:
        office.enter()
        assert "moves to A" in text_of(office, "/plan")
        office.post("/plan/undo")
        assert "moves to A" not in text_of(office, "/plan")
        assert read_edits(folder / "outputs").edits == ()


def test_a_search_keeps_the_edits_and_can_be_undone_with_them(
    office: RunningOffice, folder: Path
) -> None:
    before, edit = (folder / "outputs/plan.json").read_bytes(), a_move(plan_in(folder))
    office.post("/plan/edit", form_of(edit))
    assert office.post("/plan/again", "seconds=1").headers["location"] == "/plan"
    office.get("/job")
    plan = plan_in(folder)
    problem = problem_from_json((folder / "outputs/problem.json").read_bytes())
    assert audit_plan(problem, plan) == ()
    where = [(t.team, t.day) for t in plan.tours for s in t.stops if s.place == edit.place]
    assert where == [edit.target]
    assert plan.summary.upper_bound == plan_from_json(before).summary.upper_bound
    page = text_of(office, "/plan")
    assert "The last planning changed" in page
    assert "changed by the last planning" in page
    assert "your choice" in page
    # A search from nothing would lose what was chosen by hand: that must be said.
    assert 'name="overwrite"' in office.get("/plan").text
    kept = [path for path in folder.rglob("*") if path.is_file() and "earlier" in path.parts]
    assert {path.name for path in kept} >= {"plan.json", "edits.json", "map.html"}
    assert {path for path in kept if path.name != ".routeplan.index"} <= {*scan_folder(folder).made}
    office.post("/plan/undo")
    assert (folder / "outputs/plan.json").read_bytes() == before
    assert read_edits(folder / "outputs").edits == (edit,)
    assert 'name="overwrite"' not in office.get("/plan").text
    assert not (folder / "outputs/earlier").exists()


@pytest.mark.parametrize(
    "form",
    [
        "kind=move",
        "kind=move&subject=x&target=y",
        'kind=move&subject=["Aq","A",0]&target=["A",true]',
        'kind=move&subject=["Aq","A",0]&target=["B",1]',
        'kind=fly&subject=["Aq","A",0]&target=["A",1]',
        'kind=skip&subject=["nowhere","",-1]',
        'kind=keep&subject=["","A",9]',
        'kind=skip&subject={"a":1}',
    ],
)
def test_a_form_that_names_what_there_is_not_changes_nothing(
    form: str, planned: Path, shared: RunningOffice
) -> None:
    assert shared.post("/plan/edit", form).status == 422
    assert not (planned / "outputs" / "edits.json").exists()
    assert shared.get("/plan/edit").status == 405
    assert shared.get("/plan/stop/999").status == 404


@pytest.fixture(scope="module")
def shared(planned: Path) -> Iterator[RunningOffice]:
    """Return an office that no test changes anything in."""
    with running_office(planned) as opened:
        opened.enter()
        yield opened


def test_a_stop_has_a_page_that_says_into_which_days_it_fits(
    shared: RunningOffice, planned: Path
) -> None:
    page = text_of(shared, "/plan/stop/0")
    first = plan_in(planned).tours_of("A")[0].stops[0]
    problem = problem_from_json((planned / "outputs/problem.json").read_bytes())
    assert problem.place(first.place).name in page
    assert "as it is now" in page
    assert re.search("A, Tue 4 May – (fits|[0-9]+ minutes? too much)", page)
    title = shared.get("/plan/stop/0").text.partition("<title>")[2].partition("</title>")[0]
    assert "One stop" in title


def test_a_village_that_is_left_out_is_put_in_or_it_is_said_why_not(
    office: RunningOffice, folder: Path
) -> None:
    page = office.get("/left-out").text
    left = {each.place: each for each in plan_in(folder).left_out}
    assert "no road leads there" in page
    problem = problem_from_json((folder / "outputs/problem.json").read_bytes())
    numbers = {village.place: n for n, village in enumerate(problem.villages)}
    possible = {int(n) for n in re.findall(r'name="village" value="(\d+)"', page)}
    never = next(p for p, each in left.items() if each.reason.value == "unreachable")
    assert numbers[never] not in possible
    refused = office.post("/left-out", f"village={numbers[never]}")
    assert refused.status == 422
    assert "no day is possible" in refused.text
    assert office.post("/left-out", "village=x").status == 422
    for number in possible:
        answer = office.post("/left-out", f"village={number}")
        if answer.status == 303:
            break
    place = problem.villages[number].place
    (edit,) = read_edits(folder / "outputs").edits
    assert (edit.kind, edit.place) == ("visit", place)
    assert "is visited by A" in text_of(office, "/left-out")
    assert "put in by you" in text_of(office, "/plan")


def result_of(office: RunningOffice, form: str) -> str:
    assert office.post("/what-if", form).headers["location"] == "/what-if"
    office.get("/job")
    return text_of(office, "/what-if")


def test_variants_stand_side_by_side_and_the_plan_stays_as_it_is(
    shared: RunningOffice, planned: Path
) -> None:
    before = (planned / "outputs/plan.json").read_bytes()
    assert "Choose at least one" in shared.post("/what-if", "seconds=1").text
    page = result_of(shared, "seconds=1&list_roads=yes")
    assert "Roads of the plan:" in page
    forms = {"with_team": 1, "team": "A", "with_day": 1, "with_bed": 1, "bed": "Aq"}
    road = re.findall(r'<option value="([^"]+)"></option>', shared.get("/what-if").text)[0]
    forms |= {"with_road": 1, "road": f"{html.unescape(road)}, no such road"}
    page = result_of(shared, urlencode({"seconds": 1, **forms}))
    for title in ("The plan that is", "One more crew like A", "One more day", "One more bed in"):
        assert title in page
    assert re.search(r"surely more: at least \d+|not sure|not known", page)
    assert "no such road" in page
    assert (planned / "outputs/plan.json").read_bytes() == before


def test_edits_of_another_plan_and_too_many_are_none(folder: Path) -> None:
    outputs = folder / "outputs"
    edit = a_move(plan_in(folder))
    write_edits(outputs, PlanEdits((edit,)))
    plan = outputs / "plan.json"
    plan.write_bytes(plan.read_bytes() + b"\n")
    assert read_edits(outputs) == PlanEdits()
    with pytest.raises(InputError, match="are more than"):
        write_edits(outputs, PlanEdits((edit,) * 201))
    (outputs / "edits.json").write_text('{"format": "routeplan-edits"}', encoding="utf-8")
    with pytest.raises(InputError, match="version"):
        read_edits(outputs)


def test_several_searches_are_undone_one_after_the_other_but_not_any_number(folder: Path) -> None:
    outputs = folder / "outputs"
    contents = []
    for n in range(MOST_STEPS + 2):
        contents.append((outputs / "plan.json").read_bytes())
        changes.write_planned(outputs, contents[0].decode() + "\n" * (n + 1), PlanEdits())
    for content in reversed(contents[2:]):
        undo(outputs)
        assert (outputs / "plan.json").read_bytes() == content
    undo(outputs)
    assert (outputs / "plan.json").read_bytes() == contents[2]


def test_an_office_that_was_killed_between_two_files_loses_no_plan(folder: Path) -> None:
    outputs = folder / "outputs"
    before = (outputs / "plan.json").read_bytes()
    # Kept, but not replaced.
    keep_step(outputs)
    undo(outputs)
    assert (outputs / "plan.json").read_bytes() == before
    changes.write_planned(outputs, before.decode() + "\n", PlanEdits())
    undo(outputs)
    assert (outputs / "plan.json").read_bytes() == before
    assert is_signed(RUN, outputs / "plan.json")


def test_a_plan_for_other_villages_does_not_come_back(folder: Path) -> None:
    outputs = folder / "outputs"
    changes.write_planned(outputs, (outputs / "plan.json").read_text() + "\n", PlanEdits())
    problem = problem_from_json((outputs / "problem.json").read_bytes()).replace(name="other")
    (outputs / "problem.json").write_text(problem_to_json(problem), encoding="utf-8")
    with pytest.raises(RouteplanError, match="cannot come back"):
        undo(outputs)
