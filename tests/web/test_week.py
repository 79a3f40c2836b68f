"""A whole week in the office: from a messy table to the plan of the next week."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeplan.web.folders import current_folder, read_plan_in
from routeplan.web.sheets import Plans
from tests.helpers.campaign import HOUSEHOLDS, Undertaking
from tests.helpers.ledger import entries_of
from tests.helpers.office import running_office
from tests.helpers.roads import VILLAGES
from tests.helpers.week import SECOND_TEAM
from tests.web.test_browser import WAIT, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from routeplan.web.sheets import Sheet

pytestmark = pytest.mark.browser

# As a clerk sends it: a title, other names of columns, a total, a name that fits two places.
MESSY = "Сведения о дворах на 1 апреля;;\r\n;;\r\n№;Населённый пункт;Кол-во дворов\r\n"

SHOTS = os.environ.get("ROUTEPLAN_SHOTS")
"""A folder for pictures of all screens, to be looked at; then all languages have their turn."""

LANGUAGES = ["kk"] if SHOTS is None else ["kk", "ru", "en"]


class Week:
    """The organizer, who goes from screen to screen."""

    def __init__(self, window: Window, folder: Path, language: str) -> None:
        self.window, self.page, self.folder = window, window.page, folder
        self._language, self._shots = language, 0

    def look(self) -> None:
        """See that the page speaks the language; check and take its picture where that is asked."""
        assert self.page.locator("html").get_attribute("lang") == self._language
        if SHOTS is None:
            return
        assert self.window.faults() == []
        self._shots += 1
        for width, height in ((1280, 720), (390, 844)):
            self.page.set_viewport_size({"width": width, "height": height})
            name = f"{self._language}-{self._shots:02}-{width}.png"
            self.page.screenshot(path=Path(SHOTS) / name, full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 720})

    def go(self, path: str) -> Page:
        """Open a screen, and look at it."""
        self.window.go(path)
        self.look()
        return self.page

    def wait(self, selector: str) -> None:
        """Wait for what is there once a job is done, and look at the page."""
        self.page.locator("#job").wait_for(state="detached", timeout=WAIT)
        self.page.locator(selector).first.wait_for(timeout=WAIT)
        self.look()

    def next_step(self) -> str:
        """Return where the first page leads."""
        self.go("/")
        return self.page.locator("a.main").get_attribute("href") or ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign without a table; its map has one name twice."""
    villages = 'table = "villages.csv"\nplaces = "places.csv"'
    Undertaking(villages=villages, more=SECOND_TEAM, last="2027-05-05").write(tmp_path)
    rows = [f"{spot.id},{spot.name},{spot.lat},{spot.lon}" for spot in VILLAGES]
    aral = next(spot for spot in VILLAGES if spot.id == "Aral")
    rows.append(f"other,{aral.name},{aral.lat + 0.01},{aral.lon}")
    (tmp_path / "places.csv").write_text("\n".join(["id,name,lat,lon", *rows]), encoding="utf-8")
    return tmp_path


def messy_table(folder: Path) -> Path:
    """Write a table as it comes, in the encoding of an old Windows."""
    names = {spot.id: spot.name for spot in VILLAGES}
    lines = [f"{n};{names[each]};{HOUSEHOLDS[each]}" for n, each in enumerate(HOUSEHOLDS, start=1)]
    path = folder.parent / "from the akimat.csv"
    text = MESSY + "\r\n".join([*lines, f";Итого;{sum(HOUSEHOLDS.values())}", ""])
    path.write_bytes(text.encode("cp1251"))
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_week_goes_from_a_messy_table_to_the_next_week(
    browser: Browser, folder: Path, language: str
) -> None:
    with running_office(folder, language) as office:
        window = Window(browser, office)
        window.enter()
        week = Week(window, folder, language)
        take_the_table(week)
        plan_and_move_a_stop(week)
        hand_out(week)
        enter_two_days(week)
        change_and_go_on(week)
        assert [each for each in window.complaints if "422" not in each] == []
        outside = [url for url in window.requests if not url.startswith(f"{office.origin}/")]
        assert outside == []


def take_the_table(week: Week) -> None:
    """Upload the table, and choose the place whose name is there twice."""
    page = week.go("/district")
    page.set_input_files("input[type=file]", messy_table(week.folder))
    page.locator("form[enctype] button").click()
    week.wait("a[href^='/district/']")
    page.locator("a[href^='/district/']").first.click()
    week.wait("#choice-1")
    page.locator("svg a[href='#choice-1']").click()
    page.locator("form[action^='/district/'] button").click()
    week.wait("#villages")
    assert page.locator("a[href^='/district/']").count() == 0
    week.go("/teams")


def plan_and_move_a_stop(week: Week) -> None:
    """Plan, move a stop to the other crew, and plan again around that."""
    assert week.next_step() == "/plan"
    page = week.go("/plan")
    page.fill("#seconds", "1")
    page.locator("form[action='/plan'] button").click()
    week.wait(".board")
    before = visits(week.folder)
    page.locator(".stops a").last.click()
    week.wait("#target")
    options = page.locator("#target optgroup").first.locator("option")
    there = options.last.get_attribute("value")
    page.locator("#target").select_option(there)
    page.locator("form:has(#target) button").click()
    page.wait_for_url("**/plan#*")
    week.look()
    page.fill("#again", "1")
    page.locator("form[action='/plan/again'] button").click()
    week.wait("form[action='/plan/undo']")
    assert visits(week.folder) != before
    week.go("/left-out")
    week.go("/what-if")


def hand_out(week: Week) -> None:
    """Make the handouts."""
    assert week.next_step() == "/handouts"
    page = week.go("/handouts")
    page.locator("form[action='/handouts'] button").click()
    week.wait(".files")
    assert list((week.folder / "outputs" / "handouts").rglob("*.pdf"))


def enter_two_days(week: Week) -> None:
    """Make the ledger, and enter the sheets of two days."""
    assert week.next_step() == "/results"
    page = week.go("/results")
    page.locator("form[action='/results/ledger'] button").first.click()
    week.wait("#sheet")
    dates = sorted({sheet.visit.date for sheet in all_sheets(week.folder)})
    due = [sheet for sheet in all_sheets(week.folder) if sheet.visit.date in dates[:2]]
    for sheet in due:
        enter(week, sheet)
    recorded = entries_of(week.folder / "campaign.sqlite")
    assert len(recorded) == len(due)
    assert all(entry.result.signed == 1 for entry in recorded)
    page = week.go("/evening")
    page.locator("main form button").click()
    week.wait("#teams-title")


def enter(week: Week, sheet: Sheet) -> None:
    """Enter a sheet of one line by its number."""
    page = week.page
    week.window.go("/results")
    page.fill("#sheet", sheet.code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{sheet.path}")
    for name in ("line1_reached", "line1_signed", "total_reached", "total_signed"):
        page.fill(f"#{name}", "1")
    page.locator("button[value=record]").click()
    page.wait_for_url("**/results")
    assert sheet.code in page.locator(".said").inner_text()


def change_and_go_on(week: Week) -> None:
    """Let a car drop out, see what changed, and plan the next week."""
    page = week.go("/changes")
    page.locator("#first").select_option(page.locator("#first option").last.get_attribute("value"))
    page.locator("#team1").select_option("out")
    page.locator("main details").last.locator("summary").click()
    page.fill("#seconds", "1")
    page.locator("main form[action='/changes'] button").click()
    week.wait("#changed-title")
    changed = current_folder(week.folder)
    assert changed is not None
    assert changed.name == "2027-05-05"
    page = week.go("/next-week")
    page.fill("#seconds", "1")
    page.locator("main form[action='/next-week'] button").click()
    week.wait("#made-title")
    found = current_folder(week.folder)
    assert found is not None
    problem, plan = read_plan_in(found)
    # Who has signed is not asked again, and weekdays stay.
    assert problem.days[0].date.isoformat() == "2027-05-10"
    assert sum(village.households for village in problem.villages) < sum(HOUSEHOLDS.values())
    assert plan.summary.households > 0
    week.go("/plan")
    week.go("/lock")


def visits(folder: Path) -> set[tuple[str, int, str]]:
    """Return team, day and place of all stops of the first plan."""
    _problem, plan = read_plan_in(folder / "outputs")
    return {(tour.team, tour.day, stop.place) for tour in plan.tours for stop in tour.stops}


def all_sheets(folder: Path) -> list[Sheet]:
    """Return the sheets of the first plan."""
    plans = Plans(folder)
    return [plans.sheet(0, visit) for visit in plans.planned(0).sheets.values()]
