"""District and teams in a headless Chromium: by keyboard, in three languages, on a phone."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from routeplan.cli.demo import demo_folder
from tests.helpers.office import running_office
from tests.web.test_browser import LATIN, WAIT, Window, focus_by_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TWICE = "Мыңкөл"
OTHER = (48.5, 68.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, with a table without coordinates and one name that fits two places."""
    made = tmp_path_factory.mktemp("campaign")
    for name in ("steppe.osm.pbf", "villages.csv", "scenario.toml"):
        shutil.copy(demo_folder() / name, made)
    rows = list(csv.DictReader((made / "villages.csv").read_text("utf-8-sig").splitlines()))
    places = [f"{row['id']},{row['name']},{row['lat']},{row['lon']}" for row in rows]
    places += [f"other,{TWICE},{OTHER[0]},{OTHER[1]}"]
    (made / "places.csv").write_text("\n".join(["id,name,lat,lon", *places]), encoding="utf-8")
    table = [f"{row['name']};{row['households']}" for row in rows]
    (made / "villages.csv").write_text("\n".join(["село;дворы", *table, ""]), encoding="utf-8")
    text = (made / "scenario.toml").read_text(encoding="utf-8")
    text = text.replace("[villages]\n", '[villages]\nplaces = "places.csv"\n')
    (made / "scenario.toml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def window(browser: Browser, folder: Path) -> Iterator[Window]:
    with running_office(folder) as office:
        opened = Window(browser, office)
        opened.enter()
        yield opened
        # Of answers with faults the browser says that they are none with 200.
        assert [each for each in opened.complaints if "422" not in each] == []
        outside = [url for url in opened.requests if not url.startswith(f"{office.origin}/")]
        assert outside == []


def speak(page: Page, language: str) -> None:
    """Change the language of the pages."""
    page.locator(f"button[lang={language}]").click()
    page.locator(f"html[lang={language}]").wait_for()


def look(page: Page) -> None:
    page.locator("form[action='/district/look'] button").click()
    page.locator("#villages").wait_for(timeout=WAIT)


def english_in(window: Window, *, more: str = "") -> list[str]:
    """Return Latin words of the page."""
    page = window.page
    text = page.locator("main").inner_text() + page.title()
    named = page.locator("[aria-label]")
    text += " ".join(each.get_attribute("aria-label") or "" for each in named.all())
    return re.findall("[A-Za-z]{2,}", re.sub(more or "$^", "", LATIN.sub("", text)))


def test_a_place_is_chosen_on_the_map_by_keyboard_and_written_into_the_table(
    window: Window, folder: Path
) -> None:
    page = window.page
    window.go("/district")
    speak(page, "ru")
    look(page)
    assert window.faults() == []
    assert english_in(window, more="CSV|v[0-9]+") == []
    focus_by_keyboard(page, "a[href^='/district/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/district/3")
    assert window.faults() == []
    assert english_in(window) == []
    assert TWICE in page.locator("h1").inner_text()
    assert TWICE not in page.title() + unquote(page.url)
    focus_by_keyboard(page, "svg a[href='#choice-2']")
    page.keyboard.press("Enter")
    assert page.locator("#choice-2").is_checked()
    assert page.evaluate("document.activeElement.id") == "choice-2"
    fill = "getComputedStyle(document.querySelector('svg a[href=\"#choice-2\"] circle')).fill"
    assert page.evaluate(fill) != "rgb(255, 255, 255)"
    focus_by_keyboard(page, "form[action^='/district/'] button")
    page.keyboard.press("Enter")
    page.locator("#job, #villages").first.wait_for()
    page.locator("#villages tr", has_text=TWICE).wait_for(timeout=WAIT)
    table = (folder / "villages.csv").read_text(encoding="utf-8")
    assert re.search(rf"{TWICE};19;v02 ", table)
    assert "v02" in page.locator("#villages tr", has_text=TWICE).inner_text()
    speak(page, "en")
    assert page.locator("#waiting-title").count() == 0


def test_rows_are_filtered_as_one_types(window: Window) -> None:
    page = window.page
    window.go("/district")
    shown = page.locator("#villages tbody tr:visible")
    assert shown.count() == 60
    page.locator("#filter").fill("ҚҰМ 2")
    names = page.locator("#villages tbody tr:visible th").all_inner_texts()
    assert names
    assert all(name.startswith("Құм") for name in names)
    assert page.locator("[data-filter] [role=status]").inner_text() == f"{len(names)} / 60"
    page.locator("#filter").fill("")
    assert shown.count() == 60
    assert (
        page.evaluate("document.querySelectorAll('[style], style, script:not([src])').length") == 0
    )


def test_a_table_is_dropped_onto_its_field_and_its_faults_are_shown(
    window: Window, folder: Path, tmp_path: Path
) -> None:
    page = window.page
    before = (folder / "villages.csv").read_bytes()
    wrong = tmp_path / "мой файл.csv"
    wrong.write_text("село;широта;долгота;дворы\nА;48;67;3O\nБ;x;67;5\n", encoding="utf-8")
    window.go("/district")
    speak(page, "kk")
    drop = """(field) => {
      const files = new DataTransfer();
      files.items.add(new File([field.dataset.text], "../../мой.csv"));
      field.files = files.files;
    }"""
    page.locator("#table").evaluate("(field, text) => field.dataset.text = text", wrong.read_text())
    page.locator("#table").evaluate(drop)
    page.locator("form[enctype] button").click()
    page.locator("#faults-title").wait_for(timeout=WAIT)
    rows = page.locator(".fault tbody tr").all_inner_texts()
    assert [row.split("\t")[:2] for row in rows] == [["2", "дворы"], ["3", "широта"]]
    assert window.faults() == []
    assert english_in(window, more="3O|CSV") == []
    speak(page, "en")
    assert (folder / "villages.csv").read_bytes() == before


def test_a_form_with_faults_is_mended_by_keyboard_and_saved(window: Window, folder: Path) -> None:
    page = window.page
    before = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    window.go("/teams")
    page.locator("[id='teams[0].size']").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("три")
    page.keyboard.press("Enter")
    page.locator(".wrong").wait_for()
    page.locator("summary").first.click()
    assert window.faults() == []
    size = page.locator("[id='teams[0].size']")
    assert size.input_value() == "три"
    described = size.get_attribute("aria-describedby") or ""
    assert "whole number" in page.locator(f"[id='{described.strip()}']").inner_text()
    size.fill("4")
    page.locator("summary").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.type("10:00")
    page.keyboard.press("Tab")
    page.keyboard.type("18:00")
    page.keyboard.press("Enter")
    page.get_by_text("It is saved.").wait_for()
    after = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    assert after["teams"] == [before["teams"][0] | {"size": 4}, before["teams"][1]]
    assert after["days"]["special"][0]["work"] == ["10:00", "18:00"]
    assert (folder / "scenario.toml").read_text(encoding="utf-8").count("# people who knock") == 1


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_teams_have_no_word_of_english_in_other_languages(window: Window, language: str) -> None:
    window.go("/teams")
    speak(window.page, language)
    for summary in window.page.locator("summary").all():
        summary.click()
    # Of a file, as its name is written, and of the languages' own names.
    assert english_in(window, more=r"campaign\.sqlite") == []
    speak(window.page, "en")
    assert "Ойдан" not in window.page.title() + window.page.url


def test_a_team_is_added_and_removed(window: Window) -> None:
    page = window.page
    window.go("/teams")
    page.get_by_role("button", name="Add a team like this one").first.click()
    page.locator("#team-2").wait_for()
    assert page.url.endswith("#team-2")
    assert page.locator("[id='teams[2].size']").input_value() == "4"
    page.locator("#team-2 summary").click()
    page.get_by_role("button", name="Yes, remove team C").click()
    page.get_by_text("It is saved.").wait_for()
    assert page.locator("#team-2").count() == 0
