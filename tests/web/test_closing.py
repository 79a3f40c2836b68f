"""The end of the week in a headless Chromium: sheets are printed, packs sealed, files removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan.workflow.draw import trace_map_data, write_handouts
from tests.helpers.campaign import Undertaking
from tests.helpers.office import running_office
from tests.web.test_browser import LATIN, WAIT, Window, focus_by_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

VILLAGES = ("Aq", "Bulaq", "Kemer", "Tasty", "Shet", "Aral", "Tuzaq")
# Names of files and of what the toy week is called, beside those of all pages.
OWN_LATIN = re.compile(rf"{LATIN.pattern}|\S+\.(age|json|office|work|index|osm)|\.\w+|Toy week")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campaign")
    outputs = made / "outputs"
    results = rp.run(Undertaking().write(made), outputs, rp.Options(iterations=2))
    problem, plan = results.prepared.problem, results.plan
    read = problem, plan, trace_map_data(results.prepared, plan)
    write_handouts(outputs / "handouts", read, lambda _: None, kinds=["sheets"])
    return made


@pytest.fixture(scope="module")
def window(browser: Browser, folder: Path) -> Iterator[Window]:
    with running_office(folder) as office:
        opened = Window(browser, office)
        opened.enter()
        yield opened
        assert opened.complaints == []
        # The browser's own viewer of documents is loaded from the browser.
        own = (f"{office.origin}/", "chrome-extension://", "chrome://", "blob:", "data:")
        assert [url for url in opened.requests if not url.startswith(own)] == []


def test_all_sheets_of_a_day_are_opened_by_one_key_in_a_tab_that_names_nobody(
    window: Window,
) -> None:
    page = window.page
    window.go("/handouts")
    assert window.faults() == []
    focus_by_keyboard(page, "a[href='/handouts/day/0']")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    tab = opened.value
    tab.wait_for_url("**/handouts/day/0")
    assert tab.evaluate("document.contentType") == "application/pdf"
    assert tab.title() in {"", "routeplan"}
    assert tab.evaluate("opener") is None
    assert page.url.endswith("/handouts")
    tab.close()


def test_packs_are_sealed_by_keyboard_and_the_passphrases_are_shown_once(
    window: Window, folder: Path
) -> None:
    page = window.page
    window.go("/handouts")
    page.locator("#expires").fill("2999-01-01")
    focus_by_keyboard(page, "#codes")
    page.keyboard.press("Space")
    focus_by_keyboard(page, "summary")
    page.keyboard.press("Enter")
    assert page.locator("#key0").is_visible()
    assert window.faults() == []
    focus_by_keyboard(page, "form[action='/handouts/packs'] button")
    page.keyboard.press("Enter")
    page.locator("#words-title").wait_for(timeout=WAIT)
    assert window.faults() == []
    focus_by_keyboard(page, "form[action='/handouts/words'] button")
    page.keyboard.press("Enter")
    words = page.locator(".words dd").inner_text().split(" ")
    assert len(words) == 5
    assert window.faults() == []
    assert words[0] not in page.url + page.title()
    page.locator("main a.button").click()
    page.locator("#packs-title").wait_for()
    assert page.locator("#words-title").count() == 0
    assert {path.name for path in folder.rglob("*.age")} == {"A_day1.age", "A_day2.age"}
    assert page.get_by_role("link", name="A_day1.age").count() == 1


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_pages_have_no_word_of_english_in_other_languages(window: Window, language: str) -> None:
    page = window.page
    for path in ("/handouts", "/lock"):
        window.go(path)
        page.locator(f"button[lang={language}]").click()
        page.locator(f"html[lang={language}]").wait_for()
        for each in page.locator("details").element_handles():
            each.evaluate("element => element.open = true")
        assert window.faults_in(language) == []
        text = page.locator("body").inner_text() + page.title()
        for name in VILLAGES:
            assert name not in page.title() + page.url
        assert re.findall("[A-Za-z]{2,}", OWN_LATIN.sub("", text)) == []
    page.locator("button[lang=en]").click()
    page.locator("html[lang=en]").wait_for()


def test_files_are_removed_by_keyboard_once_the_word_is_typed(window: Window, folder: Path) -> None:
    page = window.page
    window.go("/lock")
    focus_by_keyboard(page, "#word")
    page.keyboard.type("remove")
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="removed").wait_for()
    assert window.faults() == []
    assert not (folder / "outputs").exists()
    window.go("/")
    assert "There is no plan of this week yet." in page.locator("main").inner_text()
