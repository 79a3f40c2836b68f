"""The command `replan`: its files, its answers, and what it refuses."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from routeplan import cli
from routeplan.audit import audit_plan
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.language import LANGUAGES, date_label
from routeplan.model.results import VisitResult
from tests.helpers.campaign import Undertaking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

SEARCH = ("--iterations", "20", "-q")
TEAM_B = """
[[teams]]
id = "B"
base = "base"
vehicle = "car"
size = 2
households_per_hour = 5
"""


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a scenario and, in ``week1``, of its plan for three days."""
    folder = tmp_path_factory.mktemp("week")
    path = Undertaking(last="2027-05-05", more=TEAM_B).write(folder)
    assert call("run", path, "-o", folder / "week1", *SEARCH) == 0
    return folder


def read(folder: Path) -> tuple[Problem, Plan]:
    data = (folder / "problem.json").read_bytes()
    problem, plan = problem_from_json(data), plan_from_json((folder / "plan.json").read_bytes())
    assert plan.problem_sha256 == problem_sha256(data)
    return problem, plan


def answer(
    capsys: pytest.CaptureFixture[str], week: Path, out: Path, *more: object
) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    plan = week / "week1" / "plan.json"
    code = call("replan", plan, "--from", 2, "-o", out, "--json", *SEARCH, *more)
    shown, err = capsys.readouterr()
    return code, json.loads(shown) if shown else {}, err


def test_a_broken_car_leaves_a_plan_that_the_audit_accepts_beside_that_of_before(
    week: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in (week / "week1").iterdir()}
    code, values, _ = answer(capsys, week, tmp_path / "out", "--join", "B:A", "--handouts")
    assert code == 0
    problem, plan = read(tmp_path / "out")
    assert audit_plan(problem, plan) == ()
    assert {tour.team for tour in plan.tours} == {"A"}
    assert problem.team_of["A"].households_per_hour_by_day == (10, 20, 20)
    assert {file: file.read_bytes() for file in (week / "week1").iterdir()} == before
    _, old = read(week / "week1")
    lost = [
        visit for visit in values["visits"] if visit["before"] and visit["before"]["team"] == "B"
    ]
    assert len(lost) == sum(len(t.stops) for t in old.tours if t.team == "B" and t.day > 0)
    assert {visit["cause"] for visit in lost} == {"team_out"}
    assert values["change_worth"] == values["bonus"] == 20
    # Sheets of the days that change, and of no other.
    made = {path.parent.name for path in (tmp_path / "out/handouts").rglob("*_tally.pdf")}
    days = {str(problem.days[int(each.partition(":")[2]) - 1].date) for each in values["sheets"]}
    assert made == days
    assert days
    handouts = tmp_path / "out" / "handouts"
    assert {path.stem.rpartition("_")[2] for path in handouts.glob("check-in_*.pdf")} == days
    # A crew learns nothing of what was planned for others.
    own_maps = [path.read_text(encoding="utf-8") for path in handouts.glob("*/*/*.html")]
    assert own_maps
    assert all('"earlier":[]' in page for page in own_maps)


def test_the_map_shows_what_was_planned_before_in_the_language_of_the_handouts(
    week: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy = week / "scenario.toml"
    code, _, _ = answer(capsys, week, tmp_path, "--without", "B", "--scenario", toy)
    assert code == 0
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', page, re.DOTALL)
    assert found
    earlier = json.loads(found[1])["earlier"]
    titles = [tour["title"] for tour in earlier]
    assert any(title.startswith("Done: A, Mon 3 May") for title in titles)
    assert any(title.startswith("Planned before: B, ") for title in titles)
    texts = [stop["text"] for tour in earlier for stop in tour["stops"]]
    assert any(text.endswith("its crew does not work then") for text in texts)


def test_a_closed_road_changes_the_travel_times(
    week: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "--scenario", week / "scenario.toml", "--close-road"
    code, _, err = answer(capsys, week, tmp_path, *more, "no such road")
    assert code == 2
    assert "--close-road no such road: concerns no road of this map" in err
    code, _, err = answer(capsys, week, tmp_path, *more, "way:3", "--without", "B")
    assert code == 0, err
    problem, plan = read(tmp_path)
    was, _ = read(week / "week1")
    assert problem.travel["car"] != was.travel["car"]
    assert audit_plan(problem, plan) == ()


def ledger(monkeypatch: pytest.MonkeyPatch, results: list[VisitResult]) -> list[dict[str, Any]]:
    """Put some results where a ledger is opened; return how it was called."""
    asked: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def open_ledger(where: object, **more: object) -> Iterator[object]:
        def given(first: dt.date, last: dt.date) -> list[VisitResult]:
            asked.append({"where": where, "first": first, "last": last, **more})
            return results

        yield SimpleNamespace(results=given)

    fake = SimpleNamespace(open_ledger=open_ledger)
    monkeypatch.setitem(sys.modules, "routeplan.ledger", fake)
    return asked


def test_what_is_recorded_counts_instead_of_what_was_planned(
    week: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, plan = read(week / "week1")
    first = next(tour for tour in plan.tours if tour.day == 0 and tour.stops)
    place = first.stops[0].place
    result = VisitResult(first.team, old.days[0].date, place, reached=6, signed=3, refused=1)
    asked = ledger(monkeypatch, [result])
    where = str(tmp_path / "campaign.sqlite")
    code, _, err = answer(capsys, week, tmp_path / "out", "--ledger", where)
    assert code == 0, err
    assert asked == [
        {
            "where": where,
            "first": dt.date(2027, 5, 3),
            "last": dt.date(2027, 5, 5),
            "passphrase": None,
        }
    ]
    problem, _ = read(tmp_path / "out")
    left = {village.place: village.households for village in problem.villages}
    was = {village.place: village.households for village in old.villages}
    assert {name: was[name] - left[name] for name in was if was[name] != left[name]} == {place: 4}
    page = (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
    assert "reached: 6, signed: 3" in page


def test_the_scenario_names_the_ledger_and_the_worth_of_a_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = '\n[campaign]\nledger = "campaign.sqlite"\nchange_worth = 7\n'
    path = Undertaking(more=campaign).write(tmp_path)
    assert call("run", path, "-o", tmp_path / "week1", *SEARCH) == 0
    asked = ledger(monkeypatch, [])
    code, values, _ = answer(capsys, tmp_path, tmp_path / "out", "--scenario", path)
    assert code == 0
    assert values["change_worth"] == 7
    assert asked[0]["where"] == tmp_path / "campaign.sqlite"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--join", "A"), "--join: 'A' is not like B:A, or B:A:25"),
        (("--join", "B:A:0"), "--join: 'B:A:0' is not like B:A, or B:A:25"),
        (("--team", "C:D"), "--team: 'C:D' is not a new name and a team, like C:A"),
        (("--slept", "A:nowhere"), "--slept: there is no place 'nowhere'"),
        (("--without", "C"), "--without: there is no team 'C'"),
        (("--close-road", "A-1"), "--close-road: needs the roads"),
        (("--change-worth", "-1"), "--change-worth: -1 is below 0"),
        (("--most-changes", "-1"), "--most-changes: -1 is below 0"),
        (("--from", "9"), "--from: there is no day 9"),
        (("--from", "soon"), "--from: 'soon' is no day"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    week: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, str],
    message: str,
) -> None:
    code, _, err = answer(capsys, week, tmp_path / "out", *more)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


def test_the_plan_of_before_is_never_overwritten(
    week: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (week / "week1" / "plan.json").read_bytes()
    code, _, err = answer(capsys, week, week / "week1", "--overwrite")
    assert (code, "is read by this command" in err) == (2, True)
    assert (week / "week1" / "plan.json").read_bytes() == before
    # What was made again may be made again, but nothing that another command wrote.
    assert answer(capsys, week, tmp_path)[0] == answer(capsys, week, tmp_path)[0] == 0
    (tmp_path / "plan.json").write_bytes(before)
    assert answer(capsys, week, tmp_path)[0] == 2
    assert answer(capsys, week, tmp_path, "--overwrite")[0] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_what_changes_with_dates_in_their_language(
    week: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    capsys.readouterr()
    arguments = "replan", week / "week1" / "plan.json", "--from", 2, "-o", tmp_path
    more = "--without", "B", "--most-changes", 0, "--language", language
    assert call(*arguments, *more, *SEARCH) == 0
    shown = capsys.readouterr().out
    _, plan = read(week / "week1")
    lost = [tour for tour in plan.tours if tour.team == "B" and tour.day > 0 and tour.stops]
    problem, _ = read(tmp_path)
    assert lost
    for tour in lost:
        assert f"B, {date_label(problem.days[tour.day].date, language)}" in shown
