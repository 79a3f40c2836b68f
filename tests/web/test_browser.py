"""The office in a headless Chromium, with everything that it asks for recorded."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from routeplan.cli.demo import demo_folder
from routeplan.formats import plan_from_json
from routeplan.model.plan import StoppedBy
from tests.helpers.campaign import Undertaking
from tests.helpers.office import RunningOffice, running_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
PATHS = ("/", "/plan", "/left-out", "/what-if", "/handouts", "/lock")
WAIT = 90_000
# Names of the program, of other languages, files, commands and keys; and what the demo is called.
LATIN = re.compile(
    r"routeplan|Python|Linux|osmnx|matplotlib|English|Excel|Ctrl-C|scenario\.toml|\S*/\S*|\S+\.(pdf|html|gpx|kml|"
    r"xlsx|gpkg|csv)|fictional district|week 1|\b[AB]\b"
)


class Window:
    """A window of a browser, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, office: RunningOffice) -> None:
        self.office = office
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context = browser.new_context(viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
        self.page: Page = context.new_page()
        context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def enter(self) -> None:
        """Open the start link."""
        self.page.goto(self.office.start_link)
        self.page.wait_for_selector("h1")

    def go(self, path: str) -> None:
        """Open a page of the office."""
        self.page.goto(self.office.origin + path)

    def faults(self) -> list[str]:
        """Return what axe-core finds serious, and widths of the page beyond its window."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        found = axe.Axe().run(self.page).response["violations"]
        serious = [each["id"] for each in found if each["impact"] in {"serious", "critical"}]
        return serious + self.too_wide()

    def too_wide(self) -> list[str]:
        """Return widths of the page beyond its window."""
        wide = []
        for size in (WIDE, PHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            width = self.page.evaluate("document.documentElement.scrollWidth")
            wide += [f"{width} pixels wide"] if width > size["width"] else []
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        return wide

    def faults_in(self, language: str) -> list[str]:
        """Return the faults of a page in another language.

        The elements are the same in all: axe-core looks at them in one. Widths differ in each.
        """
        return self.faults() if language == "kk" else self.too_wide()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campaign")
    for name in ("steppe.osm.pbf", "villages.csv", "scenario.toml"):
        shutil.copy(demo_folder() / name, made)
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
        assert len(opened.requests) > 20


def focus_by_keyboard(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, and see that the focus can be seen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            style = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(style) == "solid"
            return
    pytest.fail(f"{selector} is not reached by the keyboard")


def test_a_search_is_begun_followed_and_stopped_by_keyboard_and_keeps_the_best(
    window: Window, folder: Path
) -> None:
    page = window.page
    assert window.faults() == []
    focus_by_keyboard(page, "a.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan")
    assert window.faults() == []
    focus_by_keyboard(page, "#seconds")
    page.keyboard.press("Control+A")
    page.keyboard.type("600")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("[data-live=gap]").filter(has_text="%").wait_for(timeout=WAIT)
    reached = int(page.locator("[data-live=households]").inner_text())
    assert reached > 0
    assert window.faults() == []
    focus_by_keyboard(page, "#job button")
    page.keyboard.press("Enter")
    page.locator("iframe.map").wait_for(timeout=WAIT)
    plan = plan_from_json((folder / "outputs" / "plan.json").read_bytes())
    assert plan.run.stopped_by is StoppedBy.INTERRUPT
    assert plan.summary.households >= reached * 0.9
    assert f"{plan.summary.households} of " in page.locator("main").inner_text()


def test_the_map_is_drawn_in_its_frame_and_reaches_nothing_of_the_office(window: Window) -> None:
    window.go("/plan")
    (frame,) = window.page.frames[1:]
    frame.locator(".stop").first.wait_for(timeout=WAIT)
    assert frame.evaluate("origin") == "null"
    assert window.page.locator(".board td").count() == 10
    assert window.faults() == []
    complaints = list(window.complaints)
    for script in ("parent.document.title", "document.cookie", "localStorage.length"):
        with pytest.raises(Exception, match="SecurityError"):
            frame.evaluate(script)
    ask = "fetch({url!r}).then(() => 'read', () => 'refused')"
    assert frame.evaluate(ask.format(url=f"{window.office.origin}/lock")) == "refused"
    window.complaints[:] = complaints


def test_handouts_are_made_and_saved(window: Window) -> None:
    page = window.page
    window.go("/handouts")
    page.get_by_role("button", name="Make", exact=True).click()
    page.locator(".files").first.wait_for(timeout=WAIT)
    assert window.faults() == []
    with page.expect_download() as saved:
        page.get_by_role("link", name="A-2027-05-03.pdf", exact=True).click()
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_pages_have_no_word_of_english_in_other_languages(window: Window, language: str) -> None:
    page = window.page
    for path in PATHS:
        window.go(path)
        page.locator(f"button[lang={language}]").click()
        page.locator(f"html[lang={language}]").wait_for()
        assert page.url == window.office.origin + path
        text = page.locator("body").inner_text() + page.title()
        named = page.locator("[aria-label]")
        text += " ".join(each.get_attribute("aria-label") or "" for each in named.all())
        assert re.findall("[A-Za-z]{2,}", LATIN.sub("", text)) == []
        assert window.faults_in(language) == []
    page.locator("button[lang=en]").click()


def test_nothing_is_kept_by_the_browser(window: Window) -> None:
    window.go("/plan")
    assert window.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert window.page.evaluate("document.cookie") == ""
    assert window.page.evaluate("caches.keys()") == []


STRANGER = """<!DOCTYPE html><title>stranger</title>
<form id="form" method="post" action="{office}/lock" target="frame"></form>
<iframe name="frame"></iframe><iframe src="{office}/plan"></iframe>
<img src="{office}/office.svg"><script src="{office}/office.js"></script>
<script>
const outcomes = [];
const note = (name) => (value) => outcomes.push(name + ": " + value);
const options = {{ method: "POST", mode: "no-cors", credentials: "include" }};
const form = new URLSearchParams({{ seconds: "1", language: "ru" }});
async function attack() {{
  document.getElementById("form").submit();
  for (const path of ["/lock", "/plan", "/language", "/job/stop", "/handouts"])
    await fetch("{office}" + path, {{ ...options, body: form }}).catch(() => 0);
  for (const path of ["/", "/plan", "/job", "/start"])
    await fetch("{office}" + path, {{ credentials: "include" }}).then(note(path), () => 0);
  await new Promise((done) => {{
    const events = new EventSource("{office}/job", {{ withCredentials: true }});
    events.onmessage = () => done(note("event")(1));
    events.onerror = () => done(events.close());
  }});
  return outcomes;
}}
</script>
"""


@contextmanager
def stranger(office: RunningOffice) -> Iterator[str]:
    """Serve a page on another port of this machine, which gets the same cookies."""
    page = STRANGER.format(office=office.origin).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_of_a_stranger_in_the_same_browser_can_do_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    Undertaking().write(tmp_path)
    with running_office(tmp_path) as office, stranger(office) as address:
        window = Window(browser, office)
        window.enter()
        other = window.page.context.new_page()
        statuses: dict[str, set[int]] = {}
        blocked: set[str] = set()
        cookies: list[str] = []

        def note(response: Any) -> None:
            path = response.url.removeprefix(office.origin)
            statuses.setdefault(path, set()).add(response.status)
            cookies.append(response.request.all_headers().get("cookie", ""))

        other.on("response", lambda response: None if address in response.url else note(response))
        # Of some answers the browser says no more than that it does not show them.
        other.on("requestfailed", lambda request: blocked.add(request.url[len(office.origin) :]))
        other.goto(address)
        assert other.evaluate("attack()") == []
        other.wait_for_load_state("networkidle")
        assert {status for each in statuses.values() for status in each} == {403}
        assert {"/lock", "/plan", "/language", "/job/stop", "/handouts", "/"} <= {
            *statuses,
            *blocked,
        }
        # The cookie was there: what refuses is the origin.
        assert any(f"routeplan-{office.port}=" in each for each in cookies)
        window.go("/plan")
        assert window.page.locator("html[lang=en] #seconds").count() == 1
        assert not (tmp_path / "outputs").exists()
