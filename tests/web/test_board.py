"""The board, what is left out and what-ifs in a headless Chromium, as an organizer uses them."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from routeplan.cli.demo import demo_folder
from routeplan.formats import plan_from_json
from routeplan.planner import Options
from routeplan.web.changes import read_edits
from routeplan.workflow.prepare import plan_tours, prepare
from routeplan.workflow.run import write_results
from tests.helpers.office import running_office
from tests.web.test_browser import LATIN, WAIT, Window, focus_by_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from routeplan.model.plan import Plan

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 1500}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campaign")
    for name in ("steppe.osm.pbf", "villages.csv", "scenario.toml"):
        shutil.copy(demo_folder() / name, made)
    prepared = prepare(made / "scenario.toml")
    write_results(prepared, plan_tours(prepared, Options(iterations=3)), made / "outputs")
    return made


@pytest.fixture(scope="module")
def window(browser: Browser, folder: Path) -> Iterator[Window]:
    with running_office(folder) as office:
        opened = Window(browser, office)
        opened.enter()
        yield opened
        assert opened.complaints == []
        outside = [url for url in opened.requests if not url.startswith(f"{office.origin}/")]
        assert outside == []


def plan_in(folder: Path) -> Plan:
    return plan_from_json((folder / "outputs" / "plan.json").read_bytes())


def stop_of(window: Window, name: str) -> Locator:
    return window.page.locator(".stops a").filter(has=window.page.locator(f"b:text-is('{name}')"))


def test_a_stop_is_dragged_to_another_day_and_what_that_breaks_is_said(
    window: Window, folder: Path
) -> None:
    page = window.page
    window.go("/plan")
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    stop, day = page.locator("#day-1-1 .stops a").first, page.locator("#day-2-2")
    name = stop.locator("b").inner_text()
    assert "moved here" not in day.inner_text()
    stop.drag_to(day)
    page.wait_for_url("**/plan#day-2-2")
    text = page.locator("#day-2-2").inner_text()
    assert name in text
    assert "moved here" in text
    # The days of a plan are full: one stop more is too much, and it is said by how much.
    assert re.search(r"the working day is \d+ minutes? too short", text)
    assert name not in page.locator("#day-1-1").inner_text()
    (edit,) = read_edits(folder / "outputs").edits
    assert (edit.kind, edit.team, edit.day, edit.to_team, edit.to_day) == ("move", "A", 0, "B", 1)
    assert window.faults() == []


def test_a_stop_is_moved_by_keyboard_alone(window: Window, folder: Path) -> None:
    page = window.page
    window.go("/plan")
    focus_by_keyboard(page, "#day-1-2 .stops a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan/stop/*")
    assert window.faults() == []
    assert not re.search("[^/0-9a-z.:-]", page.url)
    focus_by_keyboard(page, "#target")
    page.keyboard.type("B, Wed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan#day-2-3")
    assert "moved here" in page.locator("#day-2-3").inner_text()
    # The edit of before is still there.
    assert len(read_edits(folder / "outputs").edits) == 2
    assert page.locator(".edits li").count() == 2


def test_the_last_edit_is_undone_and_one_of_them_taken_back(window: Window, folder: Path) -> None:
    page = window.page
    window.go("/plan")
    page.get_by_role("button", name="Undo the last change").click()
    page.wait_for_url("**/plan#board-title")
    assert page.locator(".edits li").count() == 1
    page.get_by_role("button", name="Take back").click()
    page.locator(".edits").wait_for(state="detached")
    # Taking back can be undone, too.
    page.get_by_role("button", name="Undo the last change").click()
    page.locator(".edits li").wait_for()
    assert len(read_edits(folder / "outputs").edits) == 1


def test_planning_again_keeps_the_edits_shows_what_changed_and_is_undone(
    window: Window, folder: Path
) -> None:
    page = window.page
    before = plan_in(folder)
    window.go("/plan")
    page.fill("#again", "2")
    page.keyboard.press("Enter")
    page.locator("#job").wait_for()
    assert window.faults() == []
    page.get_by_text("The last planning changed").wait_for(timeout=WAIT)
    assert "your choice" in page.locator("#day-2-2").inner_text()
    changed = page.locator("td").filter(has_text="changed by the last planning")
    assert changed.count() >= 2
    assert window.faults() == []
    after = plan_in(folder)
    same = [day for day in before.tours if day in after.tours]
    assert len(same) + changed.count() >= len(before.tours)
    page.get_by_role("button", name="Back to the plan before").click()
    page.wait_for_url("**/plan#board-title")
    assert plan_in(folder) == before
    page.get_by_role("button", name="Undo the last change").click()
    page.locator(".edits").wait_for(state="detached")


def test_what_is_left_out_is_filtered_and_put_in(window: Window, folder: Path) -> None:
    page = window.page
    window.go("/left-out")
    assert window.faults() == []
    rows = page.locator("#left tbody tr")
    assert rows.count() == len(plan_in(folder).left_out)
    name = rows.filter(has=page.locator("button")).first.locator("th").inner_text()
    page.get_by_label("Show only rows with").fill(name.upper())
    assert [each.locator("th").inner_text() for each in rows.all() if each.is_visible()] == [name]
    assert page.locator("[role=status]").inner_text() == f"1 / {rows.count()}"
    page.get_by_role("button", name=f"Put it in {name}").click()
    page.wait_for_url("**/plan#day-*")
    assert "put in by you" in stop_of(window, name).inner_text()
    window.go("/left-out")
    assert "is visited by" in rows.filter(has_text=name).first.inner_text()


def test_variants_are_searched_side_by_side_and_stopping_keeps_what_is_done(window: Window) -> None:
    page = window.page
    window.go("/what-if")
    assert window.faults() == []
    page.get_by_label("One more crew").check()
    page.get_by_label("One more day").check()
    page.fill("#seconds", "2")
    page.keyboard.press("Enter")
    page.locator("[data-live=step]").filter(has_text="variant 3 of 3").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Stop and keep what is done").click()
    page.locator("#rows-title").wait_for(timeout=WAIT)
    table = page.locator("table").inner_text()
    assert "One more crew like A" in table
    # A third crew reaches far more than any search could.
    assert re.search(r"surely more: at least \d+", table)
    assert window.faults() == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_of_a_stop_has_no_word_of_english_in_other_languages(
    window: Window, language: str
) -> None:
    page = window.page
    window.go("/plan")
    page.locator(f"button[lang={language}]").click()
    page.locator(f"html[lang={language}]").wait_for()
    for path in ("/plan", "/plan/stop/0", "/left-out", "/what-if"):
        window.go(path)
        text = page.locator("body").inner_text() + page.title()
        # Numbers of roads are as they are on the signs.
        text = re.sub(r"\bOY-\d+", "", LATIN.sub("", text))
        assert re.findall("[A-Za-z]{2,}", text) == []
        assert window.faults_in(language) == []
    page.locator("button[lang=en]").click()
