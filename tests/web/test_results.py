"""Results in a headless Chromium: a sheet by keyboard alone, the evening, a change, next week."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.ledger import entries_of
from tests.helpers.office import RunningOffice, running_office
from tests.helpers.week import sheets_of, week_folder
from tests.web.test_browser import LATIN, WAIT, Window, focus_by_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATHS = ("/results", "/evening", "/changes", "/next-week")
# Names of the toy district's places and of the kind that its scenario gives.
NAMES = re.compile(r"\b(Toy|week|Aq|Bulaq|Kemer|Tasty|Shet|Aral|Tuzaq|base)\b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return week_folder(tmp_path_factory.mktemp("week") / "campaign")


@pytest.fixture(scope="module")
def window(browser: Browser, folder: Path) -> Iterator[Window]:
    with running_office(folder) as office:
        opened = Window(browser, office)
        opened.enter()
        yield opened
        # A browser says on its console that a form was not right yet.
        assert [each for each in opened.complaints if "422" not in each] == []
        outside = [url for url in opened.requests if not url.startswith(f"{office.origin}/")]
        assert outside == []


def type_row(page: Page, *numbers: int) -> None:
    """Type numbers, and go on with Enter after each."""
    for number in numbers:
        page.keyboard.type(str(number))
        page.keyboard.press("Enter")


def test_sheets_are_entered_by_keyboard_alone_and_wrong_totals_are_shown(
    window: Window, folder: Path
) -> None:
    page, sheet = window.page, sheets_of(folder)[0]
    window.go("/results")
    assert window.faults() == []
    # The box of the number has the focus.
    page.keyboard.type(sheet.code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{sheet.path}")
    assert window.faults() == []
    window.go(sheet.path)
    page.keyboard.type("x5")
    page.keyboard.press("Tab")
    type_row(page, 3, 1, 1, 0)
    type_row(page, 4, 2)
    assert page.locator("[data-total=reached]").inner_text() == "9"
    assert page.locator("[data-total=signed]").inner_text() == "5"
    focus_by_keyboard(page, "#total_reached")
    type_row(page, 8, 5, 1, 1, 0)
    focus_by_keyboard(page, "button[value=record]")
    page.keyboard.press("Enter")
    # What is wrong has the focus, and what was typed is there.
    page.locator("#total_reached[aria-invalid]").wait_for()
    assert page.evaluate("document.activeElement.id") == "total_reached"
    assert page.input_value("#line2_reached") == "4"
    assert entries_of(folder / "campaign.sqlite") == []
    assert window.faults() == []
    page.keyboard.press("Control+A")
    page.keyboard.type("9")
    focus_by_keyboard(page, "button[value=record]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/results")
    assert page.locator(".said").inner_text() == f"Recorded: {sheet.code} A, {sheet.village}"
    (entry,) = entries_of(folder / "campaign.sqlite")
    result = entry.result
    assert (result.reached, result.signed, result.not_home, result.refused) == (9, 5, 1, 1)


def test_a_recorded_sheet_is_corrected_with_a_reason(window: Window, folder: Path) -> None:
    page, sheet = window.page, sheets_of(folder)[0]
    window.go("/results")
    page.get_by_role("link", name=sheet.village).first.click()
    page.locator("summary").first.click()
    assert page.input_value("#line1_reached") == "9"
    assert window.faults() == []
    page.fill("#line1_reached", "10")
    page.fill("#total_reached", "10")
    page.fill("#why_correct", "misread")
    page.locator("button[value=correct]").click()
    page.wait_for_url("**/results")
    (entry,) = entries_of(folder / "campaign.sqlite")
    assert (entry.result.reached, entry.why) == (10, "misread")


def test_the_evening_a_car_that_is_out_and_the_next_week(window: Window, folder: Path) -> None:
    page = window.page
    window.go("/evening")
    page.locator("main form button").click()
    page.locator("#teams-title").wait_for(timeout=WAIT)
    assert window.faults() == []
    window.go("/changes")
    assert window.faults() == []
    page.locator("#team1").select_option("out")
    page.locator("summary").last.click()
    page.fill("#seconds", "1")
    page.locator("main form[action='/changes'] button").click()
    page.locator("#changed-title").wait_for(timeout=WAIT)
    assert "Whom to call" in page.locator("main").inner_text()
    assert window.faults() == []
    assert (folder / "outputs" / "2027-05-04" / "plan.json").exists()
    window.go("/next-week")
    assert window.faults() == []
    page.fill("#seconds", "1")
    page.locator("main form[action='/next-week'] button").click()
    page.locator("#made-title").wait_for(timeout=WAIT)
    assert window.faults() == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_pages_of_results_have_no_word_of_english_in_other_languages(
    window: Window, folder: Path, language: str
) -> None:
    page = window.page
    window.go("/")
    page.locator(f"button[lang={language}]").click()
    for path in (*PATHS, sheets_of(folder)[0].path, sheets_of(folder)[1].path):
        window.go(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        text = page.locator("body").inner_text() + page.title()
        named = page.locator("[aria-label]")
        text += " ".join(each.get_attribute("aria-label") or "" for each in named.all())
        text = NAMES.sub("", LATIN.sub("", text)).replace("misread", "")
        assert re.findall("[A-Za-z]{2,}", text) == [], path
        assert window.faults_in(language) == []
    page.locator("button[lang=en]").click()


def test_a_sheet_is_entered_without_scripts(browser: Browser, tmp_path: Path) -> None:
    folder = week_folder(tmp_path)
    with running_office(folder) as office:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(office.start_link)
        page.wait_for_selector("h1")
        sheet = sheets_of(folder)[1]
        enter_plainly(page, office, sheet.path)
        page.wait_for_url("**/results")
        assert len(entries_of(folder / "campaign.sqlite")) == 1


def enter_plainly(page: Page, office: RunningOffice, path: str) -> None:
    """Enter a sheet of one household."""
    page.goto(office.origin + path)
    for name in ("line1_reached", "total_reached"):
        page.fill(f"#{name}", "1")
    page.locator("button[value=record]").click()
