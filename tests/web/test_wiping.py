"""What the office removes, by raw HTTP; and what work does that outlives its office."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from routeplan import packs
from routeplan.cli import main
from routeplan.files import INDEX, write_whole
from routeplan.files.locks import is_locked, locked_file
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.ledger import open_ledger
from routeplan.workflow.outputs import scan_folder
from tests.helpers.campaign import Undertaking
from tests.helpers.office import SECONDS, RunningOffice, running_office
from tests.helpers.week import planned_folder

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = {"scenario.toml", "villages.csv", "district.osm"}
OF_OFFICE = {".routeplan.office", ".routeplan.work", INDEX}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Undertaking().write(tmp_path)
    return tmp_path


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path_factory.mktemp("own_cache")
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(own))
    return own


def plan(office: RunningOffice) -> None:
    office.post("/plan", "seconds=1")
    assert office.get("/job").text.endswith("event: end\ndata:\n\n")


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_everything_made_is_removed_and_the_office_goes_on_with_an_empty_campaign(
    folder: Path, cache: Path
) -> None:
    with running_office(folder) as office:
        office.enter()
        plan(office)
        office.post("/handouts")
        office.get("/job")
        (folder / "letter.txt").write_text("mine", encoding="utf-8")
        open_ledger(folder / "campaign.sqlite", create=True).close()
        secret = packs.make_identity().secret
        (folder / "key.txt").write_text(f"{secret}\n", encoding="utf-8")
        page = office.get("/lock").text
        for shown in ("outputs/plan.json", "letter.txt", "campaign.sqlite", "type the word"):
            assert shown in page
        assert "is not sealed: whoever gets this folder" in page
        assert "1 secret key of packs is in this folder" in page
        assert secret not in page
        answer = office.post("/lock/wipe", "word=+Remove+")
        assert (answer.status, answer.headers["location"]) == (303, "/lock")
        assert "files were removed" in office.get("/lock").text
        assert "files were removed" not in office.get("/lock").text
        kept = {"letter.txt", "campaign.sqlite", "key.txt"}
        assert files_in(folder) == INPUTS | OF_OFFICE | kept
        assert any(cache.iterdir())
        for path in ("/", "/plan", "/handouts", "/lock"):
            assert office.get(path).status == 200
        assert "There is no plan of this week yet." in office.get("/").text
        plan(office)
        assert "households reached" in office.get("/plan").text
        office.post("/lock/wipe", "word=remove&caches=yes")
        assert not list(cache.glob("*.cache"))


@pytest.mark.parametrize("word", ["", "removed", "удалить", "yes", "<b>"])
def test_without_the_word_nothing_is_removed(folder: Path, word: str) -> None:
    write_whole({folder / "codes.json": '{"format": "routeplan-codes"}'})
    with running_office(folder) as office:
        office.enter()
        answer = office.post("/lock/wipe", f"word={word}")
        assert answer.status == 422
        assert "nothing was removed" in answer.text
        assert "<b>" not in answer.text
        assert (folder / "codes.json").exists()


def test_what_was_changed_since_is_removed_only_where_that_is_ticked(tmp_path: Path) -> None:
    folder = planned_folder(tmp_path)
    changed = folder / "outputs" / "plan.json"
    with running_office(folder) as office:
        office.enter()
        changed.write_bytes(changed.read_bytes() + b"\n")
        assert "Also 1 file that was changed" in office.get("/lock").text
        office.post("/lock/wipe", "word=remove")
        assert changed.exists()
        assert not (folder / "outputs" / "map.html").exists()
        office.post("/lock/wipe", "word=remove&changed=yes")
        assert not changed.exists()


def test_the_scenario_stays_also_where_routeplan_wrote_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "-o", str(tmp_path), "--iterations", "2", "--no-bound", "-q"])
    assert ended.value.code == 0
    made = {path.name for path in scan_folder(tmp_path).made}
    assert {"scenario.toml", "villages.csv", "steppe.osm.pbf", "plan.json"} <= made
    with pytest.raises(SystemExit) as ended:
        main(["office", str(tmp_path), "--shortcut"])
    (launcher,) = tmp_path.glob("routeplan-office.*")
    assert launcher in scan_folder(tmp_path).made
    with running_office(tmp_path) as office:
        office.enter()
        assert "households reached" in office.get("/plan").text
        assert "what you have put in" in office.get("/lock").text
        office.post("/lock/wipe", "word=remove")
        assert "There is no plan" in office.get("/").text
        # With no plan beside it, it is the command line's to remove.
        assert {"scenario.toml", launcher.name} < files_in(tmp_path)
    with pytest.raises(SystemExit):
        main(["wipe", str(tmp_path), "--yes"])
    assert files_in(tmp_path) == set()


def test_the_command_line_leaves_the_lock_of_an_open_office_alone(folder: Path) -> None:
    write_whole({folder / "codes.json": '{"format": "routeplan-codes"}'})
    with running_office(folder):
        with pytest.raises(SystemExit) as ended:
            main(["wipe", str(folder), "--yes"])
        assert ended.value.code == 0
        assert files_in(folder) == INPUTS | {".routeplan.office", INDEX}
    with pytest.raises(SystemExit):
        main(["wipe", str(folder), "--yes"])
    assert files_in(folder) == INPUTS


def test_nothing_is_removed_while_a_job_runs(tmp_path: Path) -> None:
    folder = planned_folder(tmp_path)
    with running_office(folder) as office:
        office.enter()
        office.post("/plan", "seconds=600")
        page = office.get("/lock").text
        assert "Other work is going on" in page
        assert 'name="word"' not in page
        answer = office.post("/lock/wipe", "word=remove")
        assert (answer.status, "Other work is going on" in answer.text) == (422, True)
        assert (folder / "outputs" / "plan.json").exists()


def test_work_that_outlives_its_office_is_waited_for(folder: Path) -> None:
    work = folder / ".routeplan.work"
    with running_office(folder) as office:
        office.enter()
        with locked_file(work) as is_ours:
            assert is_ours
            for path in ("/", "/plan", "/lock"):
                assert "is still being saved" in office.get(path).text
            assert office.post("/lock/wipe", "word=remove").status == 422
            office.post("/plan", "seconds=1")
            wait_until(lambda: "waiting: earlier work" in office.get("/plan").text)
            assert not (folder / "outputs").exists()
            # Whoever does not want to wait stops it.
            office.post("/job/stop")
            office.get("/job")
            office.post("/plan", "seconds=1")
            wait_until(lambda: "waiting: earlier work" in office.get("/plan").text)
        office.get("/job")
        page = office.get("/plan").text
        assert "households reached" in page
        assert "is still being saved" not in page
        assert "Is everything in order?" in office.get("/lock").text


def test_a_new_office_does_not_mix_its_work_with_that_of_one_that_was_killed(
    tmp_path: Path,
) -> None:
    folder = planned_folder(tmp_path)
    work = folder / ".routeplan.work"
    with running_office(folder) as office:
        office.enter()
        office.post("/plan", "seconds=600")
        wait_until(lambda: is_locked(work))
        office.end(signal.SIGKILL)
    with running_office(folder) as office:
        office.enter()
        plan(office)
        made = (folder / "outputs" / name for name in ("problem.json", "plan.json"))
        problem, found = (path.read_bytes() for path in made)
        problem_from_json(problem)
        assert plan_from_json(found).problem_sha256 == problem_sha256(problem)
        assert "households reached" in office.get("/plan").text
        assert not is_locked(work)


def wait_until(holds: object) -> None:
    """Wait until something holds."""
    for _ in range(SECONDS * 10):
        if holds():  # type: ignore[operator]
            return
        time.sleep(0.1)
    pytest.fail("it never holds")
