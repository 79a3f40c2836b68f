"""The notebook, run whole by its own kernel; and a map as a notebook shows it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from routeplan import MapPage, audit_plan, plan_from_json, problem_from_json
from routeplan.handouts import build_view, render_map
from tests.handouts_helpers import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Frame, Page

    from routeplan.plan import Plan
    from routeplan.problem import Problem

FILE = Path(__file__).parents[1] / "notebooks" / "compare_scenarios.ipynb"
NAMES = ("home every night", "nights out")

# The kernel is a process of its own: what blocks the network for tests must be set there again.
NO_NETWORK = """\
import pytest_socket
pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
"""
TELL = """\
import json
print(json.dumps([
    [name, rp.problem_to_json(prepared[name].problem), rp.plan_to_json(plan)]
    for name, plan in plans.items()
]))
"""


def read() -> Any:
    return nbformat.read(FILE, as_version=4)  # type: ignore[no-untyped-call]


def with_seconds(source: str, seconds: int) -> str:
    text, count = re.subn(r"^SECONDS = \d+", f"SECONDS = {seconds}", source, flags=re.MULTILINE)
    assert count == 1
    return text


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook after a run with less time, and one more cell that prints its plans."""
    notebook = read()
    parameters = next(c for c in notebook.cells if c.metadata.get("tags") == ["parameters"])
    parameters.source = with_seconds(parameters.source, 2)
    new_cell: Any = nbformat.v4.new_code_cell
    notebook.cells.insert(0, new_cell(NO_NETWORK))
    notebook.cells.append(new_cell(TELL))
    resources = {"metadata": {"path": str(FILE.parent)}}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        NotebookClient(notebook, timeout=120, resources=resources).execute()
    return notebook


@pytest.fixture(scope="module")
def shown(ran: Any) -> list[str]:
    """All that the notebook shows as HTML, in its order."""
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


@pytest.fixture(scope="module")
def planned(ran: Any) -> dict[str, tuple[Problem, Plan]]:
    told = json.loads(ran.cells[-1].outputs[0].text)
    return {name: (problem_from_json(p), plan_from_json(plan)) for name, p, plan in told}


class Table(HTMLParser):
    """The cells of an HTML table, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._in_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data.strip()


def table(shown: list[str], words: str) -> list[list[str]]:
    return Table(next(html for html in shown if "<table" in html and words in html)).rows


def test_it_runs_whole_and_without_a_warning(ran: Any) -> None:
    code = [cell for cell in ran.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)]
    outputs = [output for cell in code for output in cell.outputs]
    assert [out.text for out in outputs[:-1] if out.output_type == "stream"] == []


def test_its_plans_keep_every_rule_and_only_one_of_them_may_sleep_out(
    planned: dict[str, tuple[Problem, Plan]],
) -> None:
    assert tuple(planned) == NAMES
    for problem, plan in planned.values():
        assert audit_plan(problem, plan) == ()
    home, out = (problem for problem, _ in planned.values())
    assert {team.max_nights_away for team in home.teams} == {0}
    assert home.replace(teams=out.teams) == out
    assert home.teams != out.teams


def test_its_table_has_the_figures_of_the_plans(
    shown: list[str], planned: dict[str, tuple[Problem, Plan]]
) -> None:
    heads, _, *rows = table(shown, "per crew-day")
    assert [row[0] for row in rows] == list(NAMES)
    for row, (problem, plan) in zip(rows, planned.values(), strict=True):
        figures = dict(zip(heads[1:], map(float, row[1:]), strict=True))
        reached = sum(stop.households for tour in plan.tours for stop in tour.stops)
        everybody = sum(village.households for village in problem.villages)
        seconds = sum(tour.drive_seconds for tour in plan.tours)
        away = [tour for tour in plan.tours if tour.end != problem.team_of[tour.team].end]
        assert reached > 0
        assert figures == {
            "households reached": reached,
            "crew-days": len(problem.teams) * len(problem.days),
            "households per crew-day": pytest.approx(reached / len(plan.tours), abs=0.05),
            "hours of driving": pytest.approx(seconds / 3600, abs=0.05),
            "evenings away from base": len(away),
            "weighted households": pytest.approx(plan.summary.weighted),
            "households left out": everybody - reached,
        }


def test_its_days_add_up_to_the_households_of_each_plan(
    shown: list[str], planned: dict[str, tuple[Problem, Plan]]
) -> None:
    _, crews, *rows = table(shown, "Mon 03 May")
    assert crews[1:] == ["crew A", "crew B"] * 2
    figures = [[int(cell) for cell in row[1:]] for row in rows]
    sums = [sum(sum(row[n : n + 2]) for row in figures) for n in (0, 2)]
    assert sums == [plan.summary.households for _, plan in planned.values()]


def test_its_words_name_the_figures_of_this_run(
    ran: Any, planned: dict[str, tuple[Problem, Plan]]
) -> None:
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    texts = [out.data["text/markdown"] for out in outputs if "text/markdown" in out.get("data", {})]
    home, out = (plan.summary for _, plan in planned.values())
    assert f"{out.households} against {home.households}," in texts[-1]
    assert f"{out.weighted:g} against {home.weighted:g}." in texts[-1]
    more = out.households - home.households
    words = f"{abs(more)} {'more' if more > 0 else 'fewer'} households" if more else "just as many"
    assert f"**{words}" in texts[-1]


def test_it_shows_both_maps(shown: list[str], planned: dict[str, tuple[Problem, Plan]]) -> None:
    maps = [html for html in shown if html.startswith("<iframe")]
    assert len(maps) == 2
    for html, (problem, plan) in zip(maps, planned.values(), strict=True):
        assert html.count("<") == 2, "the page inside is escaped whole"
        for stop in (stop for tour in plan.tours for stop in tour.stops):
            assert problem.places[problem.index[stop.place]].name in html


def test_it_is_kept_without_outputs_or_traces_of_a_machine() -> None:
    notebook = read()
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook.metadata == {"kernelspec": kernel}
    for cell in notebook.cells:
        assert cell.metadata in ({}, {"tags": ["parameters"]})
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_it_says_first_of_all_that_the_district_is_fictional() -> None:
    assert "district is fictional" in read().cells[0].source


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that shows the toy's map as a notebook does, not yet to be seen."""
    view = build_view(toy_problem(), toy_plan(), lines=toy_lines(), roads=toy_roads(), title="Toy")
    output = MapPage(render_map(view))._repr_html_()
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_content(f'<!DOCTYPE html><body><div id="out" style="display:none">{output}</div>')
    yield page
    page.close()
    assert complaints == []


def show(page: Page) -> Frame:
    """Show the map, and wait until its frame has got its size."""
    frame = page.frames[1]
    assert frame.evaluate("innerWidth") == 0
    page.evaluate("document.getElementById('out').style.display = 'block'")
    frame.locator(".stop").last.click(trial=True)
    return frame


@pytest.mark.browser
def test_a_map_in_a_frame_that_is_shown_late_shows_the_whole_plan(page: Page) -> None:
    frame = show(page)
    size = frame.evaluate("map_district.getSize()")
    assert size["x"] > 400
    points = frame.locator(".stop").evaluate_all(
        """all => all.map((one) => {
            const inside = map_district.getContainer().getBoundingClientRect();
            const box = one.getBoundingClientRect();
            return [box.x - inside.x, box.y - inside.y];
        })"""
    )
    assert len(points) == 7
    assert all(0 < x < size["x"] and 0 < y < size["y"] for x, y in points)
    across = max(x for x, _ in points) - min(x for x, _ in points)
    assert across > size["x"] / 3, "as large as fits"


@pytest.mark.browser
def test_a_map_in_a_frame_answers_clicks_and_cannot_reach_the_page_around_it(page: Page) -> None:
    frame = show(page)
    frame.locator(".stop").last.click()
    frame.locator(".leaflet-popup-content").wait_for()
    assert frame.evaluate("origin") == "null"
    reach = "() => { try { return parent.document.title } catch (error) { return error.name } }"
    assert frame.evaluate(reach) == "SecurityError"
