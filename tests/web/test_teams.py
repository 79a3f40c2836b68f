"""The form of teams, days and nights writes what was typed into the scenario, and nothing else."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from routeplan.scenario import read_scenario
from routeplan.scenario.editing import ScenarioText
from routeplan.web.scenario_form import FIELDS, Form, Places
from tests.helpers.campaign import Undertaking
from tests.helpers.office import RunningOffice, running_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = """
max_nights_away = 1 # of A

# About the nights.
[nights]
[[nights.places]]
place = "Bulaq"   # the school
teams = 2

[[days.special]]
date = 2027-05-04
work = ["09:00", "20:00"]

[campaign]
goal = 1000 # all
change_worth = 5.5

[[districts]]
id = "north"
places = ["Aq"]
min_households = 3 # kept
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    folder = tmp_path_factory.mktemp("campaign")
    Undertaking(more=OWN, last="2027-05-05").write(folder)
    with running_office(folder) as opened:
        opened.enter()
        yield opened


@pytest.fixture
def scenario(office: RunningOffice) -> Path:
    return Undertaking(more=OWN, last="2027-05-05").write(office.folder)


class Sent(HTMLParser):
    """The fields of the form as a browser sends them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select = ""
        self.feed(page.partition('action="/teams"')[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = own["name"]
        elif tag == "option" and self._select and "selected" in own:
            self.fields.append((self._select, own["value"]))
        elif tag == "input" and (own["type"] != "checkbox" or "checked" in own):
            self.fields.append((own["name"], own["value"]))

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select


def fields_of(office: RunningOffice) -> list[tuple[str, str]]:
    return Sent(office.get("/teams").text).fields


def save(office: RunningOffice, *changes: tuple[str, str], less: tuple[str, str] = ("", "")) -> str:
    """Send the form with some fields changed or added; return the page, empty where it is saved."""
    names = {name for name, _ in changes} - {"day"}
    kept = [pair for pair in fields_of(office) if pair[0] not in names and pair != less]
    answer = office.post("/teams", urlencode([*kept, *changes]))
    assert answer.status in {303, 409, 422}
    return "" if answer.status == 303 else answer.text


def test_a_form_that_is_sent_unchanged_changes_no_byte(
    office: RunningOffice, scenario: Path
) -> None:
    before = scenario.read_bytes()
    fields = dict(fields_of(office))
    assert fields["teams[0].base"] == "base"
    assert fields["nights.places[0].place"] == "Bulaq"
    assert fields["special.2027-05-04.work[0]"] == "09:00"
    assert save(office) == ""
    assert scenario.read_bytes() == before
    assert "It is saved" in office.get("/teams?saved").text


def test_what_is_typed_is_written_and_all_else_stays(office: RunningOffice, scenario: Path) -> None:
    before = scenario.read_text(encoding="utf-8")
    changes = (
        ("name", 'Вторая "неделя"'),
        ("days.last", "2027-05-06"),
        ("days.work[0]", "8.30"),
        ("rules.max_drive_hours_per_day", "6,5"),
        ("campaign.goal", "12 000"),
        ("teams[0].size", "3"),
        ("teams[0].max_nights_away", ""),
        ("nights.places[new].place", "Kemer"),
        ("nights.home_every_night", "yes"),
        ("special.2027-05-03.knock[0]", "11:00"),
        ("special.2027-05-03.knock[1]", "12:00"),
        ("handouts.language", "kk"),
    )
    assert save(office, *changes, less=("day", "2027-05-05")) == ""
    after = scenario.read_text(encoding="utf-8")
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert gone == [
        'name = "Toy week"',
        "last = 2027-05-05",
        'work = ["08:00", "21:00"]',
        "size = 2",
        "max_nights_away = 1 # of A",
        "goal = 1000 # all",
    ]
    assert "goal = 12000 # all" in after
    values = tomllib.loads(after)
    assert values["days"]["skip"] == [dt.date(2027, 5, 5)]
    assert values["rules"] == {"max_drive_hours_per_day": 6.5}
    assert [each["place"] for each in values["nights"]["places"]] == ["Bulaq", "Kemer"]
    read = read_scenario(scenario)
    assert read.language == "kk"
    assert read.home_every_night
    assert len(read.days) == 3


def test_teams_are_added_like_one_another_and_removed(
    office: RunningOffice, scenario: Path
) -> None:
    before = scenario.read_text(encoding="utf-8")
    assert save(office, ("add", "0")) == ""
    assert save(office, ("teams[1].size", "5"), ("teams[1].days", "2027-05-04")) == ""
    read = read_scenario(scenario)
    assert [(team.id, team.max_nights_away) for team in read.teams] == [("A", 1), ("B", 1)]
    assert read.teams[1].days == (1,)
    assert "Remove this team" in office.get("/teams").text
    assert save(office, ("remove", "1")) == ""
    assert scenario.read_text(encoding="utf-8").split() == before.split()
    assert save(office, ("remove", "0")) != ""


def test_faults_are_beside_their_fields_with_what_was_typed_and_nothing_is_written(
    office: RunningOffice, scenario: Path
) -> None:
    before = scenario.read_bytes()
    wrong = {
        "days.first": "2027-05-09",
        "days.work[1]": "25 o'clock",
        "teams[0].size": "<i>",
        "teams[0].base": "Kemr",
        "campaign.goal": "-1",
        "special.2027-05-04.work[0]": "23:00",
        "nights.places[new].place": "Nowhere",
    }
    page = save(office, *wrong.items())
    for name, typed in wrong.items():
        shown = typed.replace("<i>", "&lt;i&gt;").replace("'", "&#39;")
        assert f'name="{name}" value="{shown}"' in page
        field = name.removesuffix("[0]").removesuffix("[1]")
        assert f'id="{field}-wrong-1"' in page or name == "days.first"
    assert 'id="days.last-wrong-1"' in page
    assert "did you mean &#39;Kemer&#39;?" in page
    assert "<i>" not in page
    assert scenario.read_bytes() == before


def test_a_vehicle_and_a_place_that_are_not_there_are_named_also_alone(
    office: RunningOffice, scenario: Path
) -> None:
    before = scenario.read_bytes()
    for name, typed in (("teams[0].vehicle", "plane"), ("teams[0].base", "Nowhere")):
        assert f'id="{name}-wrong-1"' in save(office, (name, typed))
    assert scenario.read_bytes() == before


def test_what_was_changed_meanwhile_is_not_overwritten(
    office: RunningOffice, scenario: Path
) -> None:
    fields = [(name, "new" if name == "name" else value) for name, value in fields_of(office)]
    changed = scenario.read_bytes() + b"# by hand\n"
    scenario.write_bytes(changed)
    answer = office.post("/teams", urlencode(fields))
    assert answer.status == 409
    assert "Toy week" in answer.text
    assert scenario.read_bytes() == changed


def test_faults_of_the_file_are_shown_in_its_form(office: RunningOffice, scenario: Path) -> None:
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("size = 2", "size = 0"), encoding="utf-8")
    assert 'id="teams[0].size-wrong-1"' in office.get("/teams").text
    for broken in ("teams = 3", "days = 1", 'name = "x', "teams = [1]", "[[days]]"):
        scenario.write_text(f'format = "routeplan-scenario"\nversion = 1\n{broken}\n', "utf-8")
        for path in ("/teams", "/district"):
            answer = office.get(path)
            assert answer.status == 200
            assert re.search(r"scenario\.toml(:\d+)?: ", answer.text)


def test_a_ledger_on_a_server_is_not_shown_and_stays(office: RunningOffice, scenario: Path) -> None:
    text = scenario.read_text(encoding="utf-8")
    url = 'ledger = "postgresql://u:secret@h/d"\n'
    scenario.write_text(text.replace("goal = 1000", f"{url}goal = 1000"), encoding="utf-8")
    assert "secret" not in office.get("/teams").text
    assert save(office, ("campaign.goal", "5")) == ""
    assert url in scenario.read_text(encoding="utf-8")


def test_listed_dates_are_edited_as_a_list() -> None:
    document = ScenarioText("[days]\ndates = [2027-05-03, 2027-05-05] # two\n")
    form = Form(document, Places([]), {"days.dates": ["03.05.2027, 06.05.2027"]})
    assert form.shown("days.dates", FIELDS["days.dates"]) == "03.05.2027, 05.05.2027"
    form.apply()
    assert document.text == "[days]\ndates = [2027-05-03, 2027-05-06] # two\n"


def test_places_of_one_name_are_told_apart() -> None:
    places = Places([("base", "Ойдан"), ("v1", "Ойдан"), ("v2", "Аққөл")])
    assert [places.label(each) for each in ("base", "v2", "x")] == ["Ойдан (base)", "Аққөл", "x"]
    assert [places.id_of(places.label(each)) for each in ("base", "v1", "v2")] == [
        *("base", "v1", "v2")
    ]
    assert places.id_of("v1") == "v1"
