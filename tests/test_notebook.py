"""The notebooks, each run whole by its own kernel; and a map as a notebook shows it."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient

from routeplan import (
    MapPage,
    Trials,
    Uncertainty,
    audit_plan,
    plan_from_json,
    problem_from_json,
    simulate,
)
from routeplan.handouts import MapData, build_view, render_map
from tests.helpers import paths
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Frame, Page

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

FOLDER = paths.ROOT / "notebooks"
FIRST, COMPARE, MORE, PROOF, CAMPAIGN, UNCERTAIN = (
    "01_first_plan",
    "02_compare_scenarios",
    "03_what_one_more_brings",
    "04_reading_the_proof",
    "05_a_campaign",
    "06_uncertainty",
)
# As short as lets each of them say what it is about.
SECONDS = {FIRST: 1, COMPARE: 1, MORE: 0.5, PROOF: 3, CAMPAIGN: 1, UNCERTAIN: 0.5}
NAMES = ("home every night", "three crews, home", "nights out")
WEEKS = ("week 1", "from day 4", "week 2")

# The kernel is a process of its own: what blocks the network for tests must be set there again.
NO_NETWORK = """\
import pytest_socket
pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
"""
TELL = """\
import json
cases = locals().get("plans") or {"": locals().get("plan")}
posed = locals().get("problems") or {"": problem}
print(json.dumps([
    [name, rp.problem_to_json(posed[name]), rp.plan_to_json(plan)]
    for name, plan in cases.items() if plan is not None
]))
"""


class Ran(NamedTuple):
    """A notebook after its run."""

    cells: list[Any]
    planned: dict[str, tuple[Problem, Plan]]

    @property
    def outputs(self) -> list[Any]:
        return [output for cell in self.cells for output in cell.get("outputs", ())]

    def shown(self, kind: str) -> list[Any]:
        """All that is shown of a kind, in its order."""
        return [out.data[kind] for out in self.outputs if kind in out.get("data", {})]


def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]


def with_seconds(source: str, seconds: float) -> str:
    text, count = re.subn(r"^SECONDS = \d+", f"SECONDS = {seconds}", source, flags=re.MULTILINE)
    assert count == 1
    return text


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """Runs a notebook, once, with less time, and one more cell that prints its plans."""

    @cache
    def run(name: str) -> Ran:
        notebook = read(name)
        parameters = next(c for c in notebook.cells if c.metadata.get("tags") == ["parameters"])
        parameters.source = with_seconds(parameters.source, SECONDS[name])
        new_cell: Any = nbformat.v4.new_code_cell
        notebook.cells.insert(0, new_cell(NO_NETWORK))
        notebook.cells.append(new_cell(TELL))
        resources = {"metadata": {"path": str(FOLDER)}}
        with pytest.MonkeyPatch.context() as patch:
            for folder in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
                patch.setenv(folder, str(tmp_path_factory.mktemp(folder.lower())))
            NotebookClient(notebook, timeout=120, resources=resources).execute()
        reported = json.loads(notebook.cells.pop().outputs[0].text)
        planned = {key: (problem_from_json(p), plan_from_json(plan)) for key, p, plan in reported}
        return Ran(notebook.cells, planned)

    return run


every_notebook = pytest.mark.parametrize("name", [*SECONDS])


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


def table(ran: Ran, words: str) -> list[list[str]]:
    shown = ran.shown("text/html")
    return Table(next(html for html in shown if "<table" in html and words in html)).rows


def test_there_are_these_notebooks_and_no_others() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == [*SECONDS]


@every_notebook
def test_a_notebook_runs_whole_and_says_nothing_that_it_was_not_asked(
    ran: Callable[[str], Ran], name: str
) -> None:
    code = [cell for cell in ran(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)]
    streams = [out for out in ran(name).outputs if out.output_type == "stream"]
    assert [out for out in streams if out.name == "stderr"] == []
    printing = [cell for cell in code if "print(" in cell.source]
    assert len(streams) == len(printing)
    # A figure that does not show itself is told by its name.
    assert not [
        text
        for text in ran(name).shown("text/plain")
        if text.startswith("<Figure") and not ran(name).shown("image/png")
    ]


@every_notebook
def test_the_plans_of_a_notebook_keep_every_rule(ran: Callable[[str], Ran], name: str) -> None:
    planned = ran(name).planned
    assert set(planned) == {COMPARE: set(NAMES), MORE: set(), CAMPAIGN: set(WEEKS)}.get(name, {""})
    for problem, plan in planned.values():
        assert audit_plan(problem, plan) == ()


@every_notebook
def test_a_notebook_is_kept_without_outputs_or_traces_of_a_machine(name: str) -> None:
    notebook = read(name)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook.metadata == {"kernelspec": kernel}
    for cell in notebook.cells:
        assert cell.metadata in ({}, {"tags": ["parameters"]})
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@every_notebook
def test_a_notebook_says_first_of_all_that_the_district_is_fictional(name: str) -> None:
    first = read(name).cells[0].source
    assert "district is fictional" in first
    assert f"notebooks/{name}.ipynb" in first


# ---- What each of them says ----


def test_the_first_plan_is_shown_as_tables_that_add_up_and_as_a_map(
    ran: Callable[[str], Ran],
) -> None:
    done = ran(FIRST)
    ((problem, plan),) = done.planned.values()
    rows = table(done, "drive_hours")
    heads, tours = rows[0], rows[1:11]
    at = heads.index("households")
    assert sum(int(row[at]) for row in tours) == plan.summary.households
    total = sum(village.households for village in problem.villages)
    words = done.shown("text/markdown")[-1]
    assert f"{plan.summary.households} of {total} households are reached" in words
    (page,) = [html for html in done.shown("text/html") if html.startswith("<iframe")]
    assert page.count("<") == 2, "the page inside is escaped whole"


def test_the_comparison_has_the_figures_of_its_plans(ran: Callable[[str], Ran]) -> None:
    done = ran(COMPARE)
    heads, *rows = table(done, "per_crew_day")
    assert heads[1:] == list(NAMES)
    figures = {row[0]: dict(zip(NAMES, map(float, row[1:]), strict=True)) for row in rows}
    for name, (problem, plan) in done.planned.items():
        reached = sum(stop.households for tour in plan.tours for stop in tour.stops)
        everybody = sum(village.households for village in problem.villages)
        away = [tour for tour in plan.tours if tour.end != problem.team_of[tour.team].end]
        seconds = sum(tour.drive_seconds for tour in plan.tours)
        assert reached > 0
        assert figures["households"][name] == reached
        assert figures["crew_days"][name] == len(problem.teams) * len(problem.days)
        assert figures["drive_hours"][name] == pytest.approx(seconds / 3600, abs=0.05)
        assert figures["evenings_away"][name] == len(away)
        assert figures["left_out"][name] == everybody - reached


def test_only_one_of_the_compared_scenarios_lets_crews_sleep_out(
    ran: Callable[[str], Ran],
) -> None:
    home, three, out = (problem for problem, _ in ran(COMPARE).planned.values())
    assert {team.max_nights_away for team in (*home.teams, *three.teams)} == {0}
    assert {team.max_nights_away for team in out.teams} == {None}
    assert (len(home.teams), len(three.teams), len(out.teams)) == (2, 3, 2)
    assert home.replace(teams=out.teams) == out


def test_the_comparison_s_words_name_the_figures_of_this_run(ran: Callable[[str], Ran]) -> None:
    words = ran(COMPARE).shown("text/markdown")[-1]
    home, _, out = (plan.summary for _, plan in ran(COMPARE).planned.values())
    assert f"{out.households} against {home.households}," in words
    assert f"{out.weighted:g} against {home.weighted:g}." in words
    more = out.households - home.households
    said = f"{abs(more)} {'more' if more > 0 else 'fewer'} households" if more else "just as many"
    assert f"**{said}" in words


def test_the_comparison_shows_two_figures_and_two_maps_side_by_side(
    ran: Callable[[str], Ran],
) -> None:
    done = ran(COMPARE)
    assert len(done.shown("image/png")) == 2
    maps = [html for html in done.shown("text/html") if html.startswith("<iframe")]
    (html,) = maps
    for name in (NAMES[0], NAMES[2]):
        assert name in html
        problem, plan = done.planned[name]
        for stop in (stop for tour in plan.tours for stop in tour.stops):
            assert problem.place(stop.place).name in html


def test_one_more_is_told_with_what_is_proven_of_it(ran: Callable[[str], Ran]) -> None:
    done = ran(MORE)
    heads, *rows = table(done, "least")
    steps = [dict(zip(heads[1:], row[1:], strict=True)) for row in rows]
    assert len(steps) == 7
    for step in steps:
        assert 0 <= float(step["least"]) <= float(step["most"])
        assert 0 <= float(step["found"]) <= float(step["most"])
    sure = sum(float(step["least"]) > 0 for step in steps)
    said = done.shown("text/markdown")
    assert f"Of 7 steps, **{sure} are proven" in said[0]
    hosts = table(done, "saves_hours")
    assert len(hosts) == 1 + 2
    assert len(done.shown("image/png")) == 2


def test_the_proof_lies_above_the_plan_and_the_boast_is_caught(ran: Callable[[str], Ran]) -> None:
    done = ran(PROOF)
    ((_, plan),) = done.planned.values()
    assert plan.summary.upper_bound is not None
    assert plan.summary.weighted <= plan.summary.upper_bound
    words = done.shown("text/markdown")[0]
    assert f"**{plan.summary.weighted:g}** weighted" in words
    assert f"more than **{plan.summary.upper_bound:g}**" in words
    (caught,) = [out.text for out in done.outputs if out.output_type == "stream"]
    assert "visit_length" in caught
    assert "households" in caught
    assert len(done.shown("image/png")) == 1


def test_uncertainty_is_told_in_the_figures_of_the_simulation(ran: Callable[[str], Ran]) -> None:
    done = ran(UNCERTAIN)
    ((problem, plan),) = done.planned.values()
    found = simulate(problem, plan, Trials(Uncertainty(), 1000, seed=1))
    week, words = found.summary(), " ".join(done.shown("text/markdown")[0].split())
    assert f"**{plan.summary.households} households are planned" in words
    assert f"{week['households']:.0f} are reached on average**" in words
    assert f"between {week['low']:g} and {week['high']:g}" in words
    heads, *rows = table(done, "in_time_low")
    by_day = found.by_day()
    assert [float(row[heads.index("in_time")]) for row in rows] == [*by_day["in_time"].round(2)]
    assert len(done.shown("image/png")) == 2


def number_in(words: str, pattern: str) -> float:
    found = re.search(pattern, words)
    assert found is not None
    return float(found[1])


def test_the_robust_plan_is_compared_over_draws_that_did_not_choose_it(
    ran: Callable[[str], Ran],
) -> None:
    done = ran(UNCERTAIN)
    ((problem, plan),) = done.planned.values()
    heads, nominal, robust = table(done, "all_in_time")
    fresh = simulate(problem, plan, Trials(Uncertainty(), 1000, seed=2)).summary()
    reached = heads.index("households")
    assert float(nominal[reached]) == fresh["households"]
    more = float(robust[reached]) - float(nominal[reached])
    words = " ".join(done.shown("text/markdown")[1].split())
    number = number_in(words, r"reach \*\*([\d.]+) households")
    assert number == pytest.approx(abs(more), abs=0.11)
    error = number_in(words, r"give or take ([\d.]+)")
    if abs(number - error) > 0.1:
        assert ("**sure**" in words) == (number > error)


def test_ranges_of_seeds_that_overlap_are_no_finding(ran: Callable[[str], Ran]) -> None:
    done = ran(UNCERTAIN)
    rows = table(done, "home every night")[2:]
    (_, low, high), *others = [(name, float(low), float(high)) for name, low, high in rows]
    words = done.shown("text/markdown")[-1]
    assert len(others) == 2
    for name, lowest, highest in others:
        (line,) = [line for line in words.splitlines() if f"**{name}**" in line]
        assert line.endswith("; a finding.") == (highest < low or lowest > high)


# ---- A map in a notebook ----


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that shows the toy's map as a notebook does, not yet to be seen."""
    view = build_view(toy_problem(), toy_plan(), MapData(lines=toy_lines(), roads=toy_roads()))
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


def test_a_campaign_goes_on_without_a_car_and_learns_the_crews_paces(
    ran: Callable[[str], Ran],
) -> None:
    done = ran(CAMPAIGN)
    problem, plan = done.planned["from day 4"]
    assert {tour.team for tour in plan.tours if tour.stops} == {"A"}
    assert all(tour.day >= 3 for tour in plan.tours if tour.stops)
    heads, *learned = table(done, "at least")
    paces = {row[1]: row for row in learned if row[1].startswith("pace of")}
    for row in paces.values():
        assumed, after = (float(row[heads.index(name)]) for name in ("assumed", "learned"))
        assert 0.7 * assumed < after < assumed, "slower than assumed, as those who joined are told"
    assert [team.households_per_hour for team in problem.teams] == [15.0, 15.0]
