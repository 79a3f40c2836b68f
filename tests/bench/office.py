"""How fast the office opens, what a kill costs, and how it serves a large plan.

``python -m tests.bench.office [KILLS]`` prints five tables. Kills are at random moments of a
search on the demo; after each, the next office must show a plan of its problem, or the
one of before. As many are at random moments of entering sheets: what a page said is recorded must
be in the ledger with the same counts.
The last table is of Chromium, with a plan of 1,000 villages, 20 teams and 10 days.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from routeplan.cli.demo import demo_folder
from routeplan.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_sha256,
    problem_to_json,
)
from routeplan.ledger import open_ledger
from routeplan.planner import Options, solve
from tests.bench.large import make_large
from tests.helpers.campaign import Undertaking
from tests.helpers.ledger import entries_of
from tests.helpers.office import RunningOffice, running_office
from tests.helpers.week import filled, sheets_of, week_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

    from routeplan.web.sheets import Sheet

KILLS = 30
LONGEST_SECONDS = 6.0
LONGEST_ENTRY_SECONDS = 3.0
SEE_OTHER = 303
"""The answer to a sheet that is recorded: its page then says so."""

SCROLLING = """async () => {
  const box = document.querySelector(".scroll"), gaps = [];
  let last = performance.now();
  for (let n = 0; n < 60; n++) {
    box.scrollTop += 60;
    box.scrollLeft += 20;
    await new Promise(requestAnimationFrame);
    gaps.push(Math.round(performance.now() - last));
    last = performance.now();
  }
  gaps.sort((a, b) => a - b);
  return [gaps[30], gaps[57], gaps[59]];
}"""
# The longest wait until a frame is there.
FILTERING = """async () => {
  const input = document.getElementById("filter"), longest = [];
  for (const text of ["v", "v0", "v00", "v001", ""]) {
    let last = performance.now(), most = 0;
    input.value = text;
    input.dispatchEvent(new Event("input"));
    for (let n = 0; n < 9; n++) {
      await new Promise(requestAnimationFrame);
      most = Math.max(most, performance.now() - last);
      last = performance.now();
    }
    longest.push(Math.round(most));
  }
  return longest;
}"""


def main(kills: int) -> None:
    """Measure all three."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("steppe.osm.pbf", "villages.csv", "scenario.toml"):
            shutil.copy(demo_folder() / each, folder)
        measure_opening(folder)
        measure_kills(folder, kills)
    with tempfile.TemporaryDirectory() as name:
        measure_killed_sheets(week_folder(Path(name)), kills)
    with tempfile.TemporaryDirectory() as name:
        measure_large(Path(name))


def measure_opening(folder: Path) -> None:
    """Print how long it takes from the command to the first page, five times."""
    print("seconds from the command to the first page")
    for _ in range(5):
        began = time.monotonic()
        with running_office(folder) as office:
            office.enter()
            office.get("/")
            print(f"  {time.monotonic() - began:.2f}")


def measure_kills(folder: Path, kills: int) -> None:
    """Kill offices while they search; print how many plans were shown, changed or lost."""
    rng, shown, changed, lost, before = random.Random(1), 0, 0, 0, b""
    plan_file, problem_file = folder / "outputs/plan.json", folder / "outputs/problem.json"
    for _ in range(kills):
        with running_office(folder) as office:
            office.enter()
            page = office.get("/plan")
            shown += "households reached" in page.text
            lost += page.status != 200 or (bool(before) and "households reached" not in page.text)
            office.post("/plan", "seconds=2")
            time.sleep(rng.uniform(0, LONGEST_SECONDS))
            office.end(signal.SIGKILL)
        if plan_file.exists():
            after = plan_file.read_bytes()
            plan = plan_from_json(after)
            lost += plan.problem_sha256 != problem_sha256(problem_file.read_bytes())
            changed, before = changed + (after != before), after
    print(f"{kills} kills: a plan was shown {shown} times, changed {changed} times, lost {lost}")


def measure_killed_sheets(folder: Path, kills: int) -> None:
    """Kill offices while sheets are entered; print how many were said to be recorded, and lost."""
    rng, said, lost, wrong = random.Random(2), 0, 0, 0
    where, sheets = folder / "campaign.sqlite", sheets_of(folder)
    for _ in range(kills):
        with running_office(folder) as office:
            office.enter()
            office.get("/results")
            killer = threading.Timer(rng.uniform(0, LONGEST_ENTRY_SECONDS), office.process.kill)
            killer.start()
            confirmed = dict(_entered(office, sheets, rng))
            killer.join()
            office.process.wait()
        found = {entry.result.key: entry.result for entry in entries_of(where)}
        said += len(confirmed)
        for key, reached in confirmed.items():
            lost += key not in found
            wrong += key in found and found[key].reached != reached
        with contextlib.closing(sqlite3.connect(where)) as file:
            wrong += file.execute("PRAGMA integrity_check").fetchone() != ("ok",)
        _withdraw(where)
    print(f"{kills} kills: {said} sheets were said to be recorded, {lost} lost, {wrong} wrong")


def _entered(
    office: RunningOffice, sheets: Sequence[Sheet], rng: random.Random
) -> Iterator[tuple[tuple[str, dt.date, str], int]]:
    """Enter sheets until the office is gone; yield those that were answered as recorded."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        for sheet in sheets:
            reached = rng.randint(1, sheet.planned or 1)
            if office.post(sheet.path, filled(reached, 1)).status == SEE_OTHER:
                yield sheet.visit.key, reached


def _withdraw(where: Path) -> None:
    with open_ledger(where) as ledger:
        for entry in ledger.entries():
            ledger.correct(entry.id, None, why="the next round")


def measure_large(folder: Path) -> None:
    """Print how long pages of a plan for 1,000 villages take."""
    Undertaking().write(folder)
    problem = make_large(1000, 20, 10)
    plan = solve(problem, Options(iterations=1, bound=False))
    outputs = folder / "outputs"
    outputs.mkdir()
    text = problem_to_json(problem)
    (outputs / "problem.json").write_text(text, encoding="utf-8")
    (outputs / "plan.json").write_text(plan_to_json(plan), encoding="utf-8")
    assert problem_from_json(text.encode()).places
    print("seconds for pages of 1,000 villages, first and again")
    with running_office(folder) as office:
        office.enter()
        for path in ("/plan", "/plan", "/plan/stop/9", "/left-out", "/what-if", "/", "/handouts"):
            began = time.monotonic()
            answer = office.get(path)
            took = time.monotonic() - began
            print(f"  {path:12} {answer.status} {len(answer.text):9,} bytes {took:.2f}")
    with running_office(folder) as office:
        measure_browser(office)


def measure_browser(office: RunningOffice) -> None:
    """Print how long the board and what is left out take to scroll, to filter and to change."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 720})
        page.goto(office.start_link)
        page.wait_for_selector("h1")
        print("milliseconds in Chromium: median, 95 % and worst of 60 frames of scrolling")
        for address in ("/plan", "/left-out"):
            page.goto(office.origin + address)
            print(f"  {address:12} {page.evaluate(SCROLLING)}")
        print(f"  filtering by v, v0, v00, v001 and nothing: {page.evaluate(FILTERING)}")
        for name, ask in (("put a village in", put_in), ("move a stop", move)):
            began = time.monotonic()
            ask(page, office)
            print(f"  {name}: {1000 * (time.monotonic() - began):.0f}")
        chromium.close()


def put_in(page: Page, office: RunningOffice) -> None:
    """Put a village in, and see the day that it gets."""
    page.goto(f"{office.origin}/left-out")
    page.locator("button[name=village]").first.click()
    page.wait_for_url("**/plan#day*")


def move(page: Page, office: RunningOffice) -> None:
    """Move a stop to the first day of the second team, and see it there."""
    page.goto(f"{office.origin}/plan")
    values = page.evaluate(
        "[document.querySelector('.stops a').dataset.subject,"
        " document.getElementById('day-2-1').dataset.target]"
    )
    page.evaluate(
        "([subject, target]) => { const form = document.getElementById('move');"
        " form.elements.subject.value = subject; form.elements.target.value = target;"
        " form.submit(); }",
        values,
    )
    page.wait_for_url("**/plan#day-2-1")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
