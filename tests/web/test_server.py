"""The office begins, runs jobs and ends: by its lock, by Ctrl-C, unused, or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from routeplan.formats import plan_from_json, problem_from_json
from routeplan.isolation import isolated
from routeplan.ledger import open_ledger
from routeplan.web.jobs import State, _after
from tests.helpers import paths
from tests.helpers.campaign import Undertaking
from tests.helpers.office import SECONDS, RunningOffice, running_office
from tests.helpers.week import planned_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Undertaking().write(tmp_path)
    return tmp_path


def events_until_end(office: RunningOffice) -> str:
    """Follow a job to its end."""
    return office.get("/job").text


def test_a_plan_and_its_handouts_are_made_and_sent(folder: Path) -> None:
    with running_office(folder) as office:
        office.enter()
        assert "There is no plan" in office.get("/").text
        assert office.post("/plan", "seconds=1").headers["location"] == "/plan"
        assert "At work" in office.get("/plan").text
        followed = events_until_end(office)
        assert '"households": "' in followed
        assert followed.endswith("event: end\ndata:\n\n")
        page = office.get("/plan").text
        assert "households reached" in page
        assert "Kemer" in office.get("/left-out").text
        plan = plan_from_json((folder / "outputs" / "plan.json").read_bytes())
        problem_from_json((folder / "outputs" / "problem.json").read_bytes())
        assert str(plan.summary.households) in page
        drawn = office.get("/plan/map")
        assert drawn.text == (folder / "outputs" / "map.html").read_text(encoding="utf-8")
        assert "frame-ancestors 'self'; sandbox" in drawn.headers["content-security-policy"]
        office.post("/handouts")
        events_until_end(office)
        listed = office.get("/handouts").text
        assert "A, Mon 3 May" in listed
        one = office.get("/handouts/0")
        assert one.status == 200
        assert one.headers["content-disposition"].startswith("attachment;")
        assert "Open the handouts" in office.get("/").text
        # Names of villages are in pages alone.
        for path in ("/", "/plan", "/plan/stop/0", "/left-out", "/what-if", "/handouts", "/lock"):
            text = office.get(path).text
            title = text.partition("<title>")[2].partition("</title>")[0]
            links = [part.partition('"')[0] for part in text.split('href="')[1:]]
            for name in ("Aq", "Bulaq", "Kemer", "Toy"):
                assert not [each for each in (title, *links) if name in each]


def test_what_is_wrong_with_the_scenario_is_shown_with_its_place(folder: Path) -> None:
    with running_office(folder) as office:
        office.enter()
        (folder / "scenario.toml").write_text('format = "<b>"', encoding="utf-8")
        answer = office.get("/")
        assert answer.status == 422
        assert "scenario.toml" in answer.text
        assert "<b>" not in answer.text
        office.post("/plan", "seconds=1")
        events_until_end(office)
        assert "scenario.toml" in office.get("/plan").text


def test_a_plan_of_another_hand_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    folder = planned_folder(tmp_path)
    with running_office(folder) as office:
        office.enter()
        plan = folder / "outputs" / "plan.json"
        changed = plan.read_bytes() + b"\n"
        plan.write_bytes(changed)
        assert 'name="overwrite"' in office.get("/plan").text
        office.post("/plan", "seconds=1")
        events_until_end(office)
        assert plan.read_bytes() == changed
        office.post("/plan", "seconds=1&overwrite=yes")
        events_until_end(office)
        assert plan.read_bytes() != changed


def test_the_goal_and_how_far_it_is_come_from_the_ledger(folder: Path) -> None:
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    text += '\n[campaign]\nledger = "campaign.sqlite"\ngoal = 150\n'
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    with running_office(folder) as office:
        office.enter()
        assert "The goal is 150 households." in office.get("/").text
        planned_folder(folder)
        (folder / "scenario.toml").write_text(text, encoding="utf-8")
        assert "is not there yet" in office.get("/").text
        open_ledger(folder / "campaign.sqlite", create=True).close()
        page = office.get("/").text
        assert "0 of 150 households have signed" in page
        assert '<progress max="150" value="0"' in page


def test_locking_ends_the_office_and_its_cookie(folder: Path) -> None:
    with running_office(folder) as office:
        office.enter()
        answer = office.post("/lock")
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        assert office.get("/office.css").status == 200
        for path in ("/", "/plan", "/job", "/nothing", office.start_path):
            assert office.get(path).status == 403
        assert office.post("/plan", "seconds=1").status == 403
        assert office.process.wait(SECONDS) == 0
        with pytest.raises(OSError, match=r"refused|reset"):
            office.get("/")


def test_ctrl_c_ends_the_office_while_a_stream_of_events_is_open(folder: Path) -> None:
    with running_office(folder) as office:
        office.enter()
        office.post("/plan", "seconds=600")
        with closing(office.connect()) as connection, closing(office.connect()) as idle:
            idle.connect()
            connection.request("GET", "/job", headers={"Cookie": office.cookie})
            with connection.getresponse() as stream:
                assert stream.readline().startswith(b"data: ")
                assert office.end(signal.SIGINT) == 130
        assert office.errors().strip() == "routeplan: stopped"


def test_one_folder_has_one_office_and_a_dead_one_gives_way(tmp_path: Path) -> None:
    folder = planned_folder(tmp_path)
    with running_office(folder) as office:
        assert "has an open office already" in refusal(str(folder))
        office.enter()
        saved = (folder / "outputs" / "plan.json").read_bytes()
        office.end(signal.SIGKILL)
    with running_office(folder) as office:
        office.enter()
        assert "households reached" in office.get("/plan").text
        assert (folder / "outputs" / "plan.json").read_bytes() == saved


def test_a_search_that_is_stopped_before_it_has_begun_leaves_no_plan(folder: Path) -> None:
    with running_office(folder) as office:
        office.enter()
        office.post("/plan", "seconds=600")
        assert office.post("/job/stop").headers["location"] == "/plan"
        events_until_end(office)
        assert "stopped before there was anything to keep" in office.get("/plan").text
        assert not (folder / "outputs" / "plan.json").exists()


BROWSER = """\
import pathlib, sys, urllib.parse, urllib.request
page = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(sys.argv[1]).path))
assert page.stat().st_mode & 0o077 == 0
pathlib.Path(sys.argv[0]).with_suffix(".seen").write_text(f"{sys.argv[1]}\\n{page.read_text()}")
"""


def test_a_browser_is_led_to_the_link_by_a_private_file_that_goes_with_the_office(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path_factory.mktemp("bin") / "browser.py"
    script.write_text(BROWSER, encoding="utf-8")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {script} %s")
    with running_office(folder, browser=True) as office:
        seen = script.with_suffix(".seen")
        for _ in range(SECONDS * 10):
            if seen.exists() and office.start_link in seen.read_text(encoding="utf-8"):
                break
            time.sleep(0.1)
        address, page = seen.read_text(encoding="utf-8").split("\n")
        assert "token" not in address
        assert f'content="0; url={office.start_link}"' in page
        assert list(folder.glob(".routeplan-*.html"))
    assert not list(folder.glob(".routeplan-*.html"))


UNUSED = """\
import sys
from pathlib import Path
from routeplan.web.server import serve
serve(Path(sys.argv[1]), on_ready=lambda link: None, unused_seconds=0.2)
"""


def test_an_office_that_is_not_used_ends(folder: Path) -> None:
    command = [sys.executable, "-c", UNUSED, str(folder)]
    ended = subprocess.run(command, cwd=paths.ROOT, timeout=SECONDS, check=False)  # noqa: S603
    assert ended.returncode == 0


def refusal(*arguments: str) -> str:
    """Return what the command says before it ends with the code of wrong input."""
    command = [sys.executable, "-P", "-m", "routeplan", "office", "--no-browser", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
    ended = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env=environment, check=False
    )
    assert ended.returncode == 2
    return ended.stderr


def test_a_taken_port_and_a_folder_without_a_scenario_are_refused(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    assert "has no scenario.toml" in refusal(str(other))
    assert "is no port" in refusal(str(folder), "--port", "65536")
    Undertaking().write(other)
    with running_office(folder) as office:
        assert f"--port {office.port}" in refusal(str(other), "--port", str(office.port))


BINDING = """\
import socket, sys
from routeplan.isolation import isolated
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with isolated(listening=sys.argv[2] == "yes"), socket.socket(family) as one:
    try:
        one.bind((sys.argv[1], 0))
    except PermissionError as error:
        sys.exit(3)
    except OSError:
        sys.exit(4)
"""


@pytest.mark.parametrize(
    ("address", "listening", "code"),
    [("127.0.0.1", "yes", 0), ("127.0.0.1", "no", 3)]
    + [(each, "yes", 3) for each in ("0.0.0.0", "", "127.0.0.2", "::1", "::", "localhost")],  # noqa: S104  # refused
)
def test_the_office_may_bind_to_loopback_and_nothing_else(
    address: str, listening: str, code: int
) -> None:
    command = [sys.executable, "-c", BINDING, address, listening]
    ended = subprocess.run(command, cwd=paths.ROOT, check=False)  # noqa: S603
    assert ended.returncode == code


def test_what_listens_opens_no_connection(folder: Path) -> None:
    with running_office(folder) as office, isolated(listening=True), pytest.raises(PermissionError):
        office.connect().connect()


def test_a_worker_cannot_end_a_job_or_set_what_there_is_not() -> None:
    state = _after(State(), {"ended": True, "faults": ["<a>", 1], "other": 2, "households": 5})
    assert state == State(faults=("<a>", "1"), households=5)
