"""The report of a plan: whole in itself, the same each time, and true to its files."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from routeplan.analysis.report import InputFile, draw_report, files_of
from routeplan.analysis.uncertainty import Trials
from routeplan.cli import main
from routeplan.errors import InputError
from routeplan.formats import plan_from_json, plan_to_json, problem_from_json
from routeplan.handouts import MapData
from routeplan.handouts.labels import reason_label
from routeplan.language import LANGUAGE_VARIABLE, LANGUAGES, Language
from routeplan.scenario import read_scenario
from tests.helpers.campaign import Undertaking
from tests.helpers.handouts import toy_problem as problem_of_other_places
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

PROBLEM, PLAN = toy_problem(), toy_plan()


def run(*arguments: object) -> None:
    """Run a command that must succeed."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments), "-q"])
    assert ended.value.code == 0


def report_of(folder: Path, *options: str, language: str = "en") -> str:
    """Plan an undertaking in a folder, and return its report."""
    scenario = Undertaking().write(folder)
    outputs = folder / "outputs"
    search = ("--iterations", "30", "--seed", "7", "--no-bound")
    run("run", scenario, "-o", outputs, *search)
    page = folder / "report.html"
    run("report", scenario, outputs / "plan.json", "-o", page, "--language", language, *options)
    return page.read_text(encoding="utf-8")


def test_the_commands_of_a_report_make_the_same_plan_again(tmp_path: Path) -> None:
    text = report_of(tmp_path, "--draws", "10")
    (command,) = re.findall(r"<code>routeplan run scenario.toml (.*?)</code>", text)
    assert "finds the same" not in text
    again = command.replace("outputs", str(tmp_path / "again")).split()
    run("run", tmp_path / "scenario.toml", *again, "--no-bound")
    plans = [
        plan_from_json((tmp_path / name / "plan.json").read_bytes())
        for name in ("outputs", "again")
    ]
    assert plans[0].tours == plans[1].tours


def test_every_file_that_a_scenario_names_is_in_its_report_with_its_hash(tmp_path: Path) -> None:
    text = report_of(tmp_path, "--draws", "0")
    files = [tmp_path / "scenario.toml", *files_of(read_scenario(tmp_path / "scenario.toml"))]
    assert {path.name for path in files} == {"scenario.toml", "district.osm", "villages.csv"}
    for path in files:
        assert f"<td>{path.name}</td>" in text
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text
        assert InputFile.read(path).size == path.stat().st_size
    problem = (tmp_path / "outputs" / "problem.json").read_bytes()
    assert hashlib.sha256(problem).hexdigest() in text
    assert str(tmp_path) not in text
    assert "What a week may bring" not in text


def test_the_same_plan_gives_the_same_bytes() -> None:
    first, second = (draw_report(PROBLEM, PLAN, trials=Trials(count=5)).html for _ in range(2))
    assert first == second
    assert "none is broken" in first


def test_a_plan_that_breaks_a_rule_is_reported_as_such() -> None:
    broken = PLAN.replace(tours=PLAN.tours[1:])
    text = draw_report(PROBLEM, broken).html
    assert "none is broken" not in text
    assert "The plan breaks rules of its problem:" in text


def test_a_plan_of_another_problem_is_refused() -> None:
    with pytest.raises(InputError):
        draw_report(problem_of_other_places(), PLAN)


def test_names_of_villages_are_text_and_nothing_else() -> None:
    places = tuple(p.__class__(p.id, "<b>$x$</b>", p.lat, p.lon) for p in PROBLEM.places)
    problem = PROBLEM.replace(places=places, name="<i>week</i>")
    text = draw_report(problem, PLAN, MapData("ru")).html
    assert "<b>" not in text
    assert "<i>" not in text


@pytest.mark.browser
def test_a_report_loads_nothing_and_shows_its_map(browser: Browser, tmp_path: Path) -> None:
    report_of(tmp_path, "--draws", "10")
    page = browser.new_context().new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    (frame,) = page.frames[1:]
    frame.locator(".stop").first.wait_for()
    assert page.locator("figure svg").count() == 2
    assert {url.partition(":")[0] for url in asked} <= {"file", "about", "data", "blob"}
    assert [url for url in asked if url.startswith("file")] == [asked[0]]
    assert complaints == []


def test_a_report_of_a_plan_alone_repeats_the_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_of(tmp_path)
    plan = tmp_path / "outputs" / "plan.json"
    page = tmp_path / "alone.html"
    capsys.readouterr()
    run("report", plan, "-o", page, "--json")
    assert json.loads(capsys.readouterr().out)["files"]["report"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "routeplan solve problem.json" in text
    problem = problem_from_json((tmp_path / "outputs" / "problem.json").read_bytes())
    assert plan_to_json(plan_from_json(plan.read_bytes()))
    assert all(problem.place(v.place).name in text for v in problem.villages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_a_village_is_left_out_is_said_in_words_and_not_in_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv(LANGUAGE_VARIABLE, language)
    draw_report(PROBLEM, PLAN).save(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert PLAN.left_out
    for left in PLAN.left_out:
        assert f"<td>{reason_label(left.reason, language)}</td>" in text
        assert f"<td>{left.reason.value}</td>" not in text
