"""Results, the evening, changes and the next week, by raw HTTP."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from routeplan.audit import audit_plan
from routeplan.ledger import open_ledger, restore
from routeplan.scenario import read_scenario
from routeplan.web.folders import changed_from, current_folder, plan_folders, read_plan_in
from routeplan.web.sheets import Plans
from tests.helpers.campaign import Undertaking
from tests.helpers.ledger import entries_of
from tests.helpers.office import RunningOffice, running_office
from tests.helpers.week import filled, sheets_of, week_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.web.sheets import Sheet


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return week_folder(tmp_path_factory.mktemp("week") / "campaign")


@pytest.fixture(scope="module")
def office(folder: Path) -> Iterator[RunningOffice]:
    with running_office(folder) as opened:
        opened.enter()
        yield opened


@pytest.fixture(scope="module")
def sheets(folder: Path) -> list[Sheet]:
    return sheets_of(folder)


def counts_of(folder: Path) -> list[tuple[int, int]]:
    found = entries_of(folder / "campaign.sqlite")
    return [(entry.result.reached, entry.result.signed) for entry in found]


def wait(office: RunningOffice) -> None:
    """Follow the job to its end, and see that it went well."""
    office.get("/job")


# ---- Sheets ----


def test_a_sheet_is_found_by_its_number_and_recorded_once(
    office: RunningOffice, folder: Path, sheets: list[Sheet]
) -> None:
    sheet = sheets[0]
    found = office.post("/results/find", urlencode({"sheet": sheet.code}))
    assert found.headers["location"] == sheet.path
    page = office.get(sheet.path).text
    assert sheet.village in page
    assert sheet.village not in page.partition("<title>")[2].partition("</title>")[0]
    assert "Recorded:" not in office.get("/results").text
    for said in ("Recorded:", "Was recorded before, and counts once:"):
        answer = office.post(sheet.path, filled(9, 4, 1, door_minutes="60"))
        assert (answer.status, answer.headers["location"]) == (303, "/results")
        assert counts_of(folder) == [(9, 4)]
        assert said in office.get("/results").text
    assert "9 reached, 4 signed" in office.get("/results").text


def test_other_numbers_for_a_recorded_sheet_are_refused_and_can_correct_it(
    office: RunningOffice, folder: Path, sheets: list[Sheet]
) -> None:
    path = sheets[0].path
    answer = office.post(path, filled(8, 4, 1))
    assert answer.status == 422
    assert "recorded already, with other numbers" in answer.text
    assert "What is recorded" in answer.text
    assert 'id="line1_reached" name="line1_reached"' in answer.text
    assert 'value="8"' in answer.text
    assert "say why" in office.post(path, filled(8, 4, 1, act="correct")).text
    number = office.post(path, filled(8, 4, 1, act="correct", why_correct="call +7 701 234 56 78"))
    assert "looks like a phone number" in number.text
    assert counts_of(folder) == [(9, 4)]
    office.post(path, filled(8, 4, 1, act="correct", why_correct="misread"))
    assert counts_of(folder) == [(8, 4)]
    assert "misread" in office.get(path).text


def test_what_is_wrong_is_beside_its_field_and_nothing_typed_is_lost(
    office: RunningOffice, folder: Path, sheets: list[Sheet]
) -> None:
    before = counts_of(folder)
    typed = {"act": "record", "line1_reached": "7", "line1_signed": "9", "line2_reached": "1"}
    typed |= {"total_reached": "8", "total_signed": "<i>", "door_minutes": "soon"}
    answer = office.post(sheets[1].path, urlencode(typed))
    assert answer.status == 422
    for name in ("line1_reached", "total_signed", "door_minutes"):
        assert f'aria-describedby="{name}-wrong"' in answer.text
    for value in ("7", "9", "8", "&lt;i&gt;", "soon"):
        assert f'value="{value}"' in answer.text
    assert "<i>" not in answer.text
    more = office.post(sheets[1].path, urlencode(typed | {"act": "more", "lines": "6"}))
    assert (more.status, "line12_reached" in more.text, 'value="soon"' in more.text) == (
        *(200, True),
        True,
    )
    wrong = office.post(sheets[1].path, filled(7, 3) + "&total_reached=8").text
    assert "the sheet says 8, its lines come to 7" in wrong
    assert 'name="as_lines"' in wrong
    assert counts_of(folder) == before


def test_a_sheet_is_withdrawn_with_a_reason_and_can_be_recorded_again(
    office: RunningOffice, folder: Path, sheets: list[Sheet]
) -> None:
    path = sheets[2].path
    office.post(path, filled(2, 1))
    assert (2, 1) in counts_of(folder)
    assert office.post(path, urlencode({"act": "withdraw"})).status == 422
    office.post(path, urlencode({"act": "withdraw", "why_withdraw": "the other crew's"}))
    assert (2, 1) not in counts_of(folder)
    office.post(path, filled(3, 1))
    assert (3, 1) in counts_of(folder)


def test_a_visit_that_was_not_planned_is_named_by_crew_day_and_village(
    office: RunningOffice, folder: Path, sheets: list[Sheet]
) -> None:
    planned = {sheet.visit.key for sheet in sheets}
    date = sheets[0].visit.date
    village = next(
        each for each in ("Kemer", "Tasty", "Aq", "Bulaq") if ("A", date, each) not in planned
    )
    fields = {"team": "A", "date": str(date), "village": village}
    path = office.post("/results/find", urlencode(fields)).headers["location"]
    assert village not in path
    office.post(path, filled(1, 1))
    assert "not planned" in office.get("/results").text
    assert (1, 1) in counts_of(folder)
    unknown = office.post("/results/find", urlencode(fields | {"village": "Nowhere"}))
    assert unknown.status == 422
    assert 'value="Nowhere"' in unknown.text


def test_addresses_of_no_sheet_show_no_page(office: RunningOffice) -> None:
    for path in ("/results/9/0/0/1", "/results/0/9/0/1", "/results/0/0/0/0", "/results/week/7"):
        assert office.get(path).status == 404
    assert office.post("/results/find", urlencode({"sheet": "001-000-1"})).status == 422


# ---- The ledger ----


def test_a_ledger_is_made_and_named_in_the_scenario_whose_notes_stay(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    text = f"# Of Aigul.\n{path.read_text(encoding='utf-8')}"
    path.write_text(text, encoding="utf-8")
    with running_office(tmp_path) as office:
        office.enter()
        assert "Make the ledger" in office.get("/results").text
        assert office.post("/results/ledger").headers["location"] == "/results"
        wait(office)
        assert "There is no plan" in office.get("/results").text
    assert path.read_text(encoding="utf-8").startswith(text)
    where = read_scenario(path).campaign.ledger
    assert where == tmp_path / "campaign.sqlite"
    with open_ledger(where) as ledger:
        assert len(ledger.villages()) == 7


def test_a_sealed_ledger_is_opened_by_its_passphrase_which_is_written_nowhere(
    folder: Path, sheets: list[Sheet], tmp_path: Path
) -> None:
    secret = "correct horse battery"  # noqa: S105  # of this test alone
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    restore(tmp_path / "campaign.sqlite", tmp_path / "campaign.age", passphrase=secret)
    scenario = tmp_path / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace("campaign.sqlite", "campaign.age")
    scenario.write_text(text, encoding="utf-8")
    with running_office(tmp_path) as office:
        office.enter()
        assert "The ledger is sealed" in office.get("/results").text
        assert office.get(sheets[1].path).status == 422
        wrong = office.post("/results/passphrase", urlencode({"passphrase": "no"}))
        assert (wrong.status, secret in wrong.text) == (422, False)
        office.post("/results/passphrase", urlencode({"passphrase": secret}))
        assert office.post(sheets[1].path, filled(4, 4)).status == 303
        # The worker opens it, too.
        office.post("/evening", urlencode({"date": str(sheets[1].visit.date)}))
        wait(office)
        assert "households that were reached" in office.get("/evening").text
        arguments = [path.read_bytes() for path in proc_arguments()]
        assert not any(secret.encode() in each for each in arguments)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes()


def proc_arguments() -> Iterator[Path]:
    """Yield where this system keeps the arguments and environments of our processes."""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                (process / name).read_bytes()
            except OSError:
                continue
            yield process / name


def test_of_a_ledger_on_a_server_the_pages_say_that_they_do_not_reach_it(tmp_path: Path) -> None:
    more = '\n[campaign]\nledger = "postgresql://office@example.org/campaign"\n'
    Undertaking(more=more).write(tmp_path)
    with running_office(tmp_path) as office:
        office.enter()
        for path in ("/results", "/evening", "/"):
            if path != "/":
                assert "Only the command line reaches it" in office.get(path).text
        assert "example.org" not in office.get("/results").text


# ---- From the evening to the next week ----


def test_a_week_goes_on_from_the_evening_over_a_change_to_the_next_week(tmp_path: Path) -> None:
    folder = week_folder(tmp_path)
    with running_office(folder) as office:
        office.enter()
        first = [each for each in sheets_of(folder) if each.visit.date.day == 3]
        for sheet in first:
            half = (sheet.planned or 0) // 2
            office.post(sheet.path, filled(half, half // 2, door_minutes="120"))
        assert len(entries_of(folder / "campaign.sqlite")) == len(first)
        office.post("/handouts")
        wait(office)
        assert "Review the evening" in office.get("/").text
        reviewed(office)
        changed(office, folder)
        later(office, folder)


def reviewed(office: RunningOffice) -> None:
    """Review the first evening."""
    office.post("/evening", urlencode({"date": "2027-05-03"}))
    wait(office)
    page = office.get("/evening").text
    assert "To be visited again" in page
    assert "Does planning anew pay?" in page
    assert "households an hour" in page
    assert "Enter the next sheets" in office.get("/").text


def changed(office: RunningOffice, folder: Path) -> None:
    """Crew B joins A from the second day on."""
    assert '<option value="2027-05-04" selected>' in office.get("/changes").text
    form = {"first": "2027-05-04", "team1": "join:A", "worth": "worth", "seconds": "1"}
    wrong = office.post("/changes", urlencode(form | {"pace1": "fast", "most": "-1"}))
    assert wrong.status == 422
    assert {f'value="{text}"' in wrong.text for text in ("fast", "-1")} == {True}
    office.post("/changes", urlencode(form | {"slept0": "Nowhere"}))
    wait(office)
    page = office.get("/changes").text
    assert "there is no place &#39;Nowhere&#39;" in page
    assert "--slept" not in page
    assert 'value="Nowhere"' in page
    office.post("/changes", urlencode(form))
    wait(office)
    page = office.get("/changes").text
    assert "What changed from Tue 4 May on" in page
    assert "Nobody comes" in page or "Another day or another crew" in page
    where = folder / "outputs" / "2027-05-04"
    assert current_folder(folder) == where
    assert changed_from(folder, where) == folder / "outputs"
    problem, plan = read_plan_in(where)
    assert audit_plan(problem, plan) == ()
    assert {tour.team for tour in plan.tours if tour.stops} == {"A"}
    assert "A/2027-05-04/A-2027-05-04_tally.pdf" in {
        path.relative_to(where / "handouts").as_posix() for path in where.rglob("*.pdf")
    }


def later(office: RunningOffice, folder: Path) -> None:
    """Plan the next week, make its handouts again, and take all of it back."""
    first = {path: path.read_bytes() for path in (folder / "outputs").glob("*.json")}
    page = office.get("/next-week").text
    assert "of this week are not recorded" in page or "is not recorded" in page
    office.post("/next-week", urlencode({"first": "2027-05-10", "seconds": "1"}))
    wait(office)
    assert "The week is planned" in office.get("/next-week").text
    where = folder / "outputs" / "2027-05-10"
    assert current_folder(folder) == where
    assert changed_from(folder, where) is None
    problem, plan = read_plan_in(where)
    assert audit_plan(problem, plan) == ()
    assert problem.days[0].date.isoformat() == "2027-05-10"
    office.post("/handouts")
    wait(office)
    listed = office.get("/handouts")
    assert "This did not work" not in listed.text
    assert "A, Mon 10 May" in listed.text
    assert len(Plans(folder).weeks()) == 2
    assert "Mon 3 May" in office.get("/results").text
    assert "signed" in office.get("/results/week/0").text
    # The first number is on paper of both weeks, and of the change; last Monday's is in already.
    code = next(each.code for each in sheets_of(folder) if each.visit.date.day == 3)
    asked = office.post("/results/find", urlencode({"sheet": code})).text
    assert "Which one is it?" in asked
    choices = asked.partition('class="choices"')[2].partition("</ul>")[0]
    assert "Mon 10 May" in choices
    assert "Mon 3 May" not in choices
    # From its first day on it is planned again, not changed.
    assert 'value="2027-05-10"' not in office.get("/changes").text
    # Made anew, the first plan would not hold.
    assert 'action="/plan"' not in office.get("/plan").text
    office.post("/plan", urlencode({"seconds": "1", "overwrite": "yes"}))
    wait(office)
    assert "A later plan holds" in office.get("/plan").text
    office.post("/next-week/back")
    office.post("/changes/back")
    assert [path.name for path in plan_folders(folder)] == ["outputs"]
    assert {path: path.read_bytes() for path in first} == first
    # The first plan stays, whatever is asked for.
    assert office.post("/changes/back").status == 422
