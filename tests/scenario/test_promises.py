"""Hours of rest, price of driving, paces by day, announced visits, districts of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.model.problem import Announced, District, Rules, Window
from routeplan.scenario import Campaign
from routeplan.workflow.checks import check_places
from routeplan.workflow.prepare import prepare
from tests.helpers.campaign import Undertaking
from tests.scenario.test_scenario import FULL, faults_of, folder, read

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.scenario import Scenario

__all__ = ["folder"]

PROMISES = """
[[announced]]
team = "A"
date = 2027-05-06
place = "v12"
bonus = 20

[[announced]]
team = "B"
day = 1
place = "v12"
bonus = 1.5

[[districts]]
id = "north"
places = ["v12", "v13"]
min_households = 60

[[districts]]
id = "South  district"
min_households = 0
"""
RULES = 'rest_minutes_per_day = 45\nrest_between = ["12:00", "15:00"]\ndrive_hour_worth = 0.5\n'
TEAM = "size = 2\nhouseholds_per_hour = 6\n"
BY_DAY = "size_by_day = [2, 3, 1, 2]\nhouseholds_per_hour_by_day = [6, 6, 6, 4.5]\n"


def promising(folder: Path) -> Scenario:
    rules = FULL.replace("rest_minutes_per_day = 45\n", RULES)
    return read(folder, rules.replace(TEAM, TEAM + BY_DAY) + PROMISES)


def test_a_scenario_says_when_rest_begins_and_what_driving_costs(folder: Path) -> None:
    rules = promising(folder).rules
    assert rules == Rules(23_400, 2700, rest_between=Window(43_200, 54_000), drive_hour_worth=0.5)


def test_a_pace_by_day_is_that_of_all_who_are_there(folder: Path) -> None:
    team, other = promising(folder).teams
    assert team.households_per_hour_by_day == (12, 18, 6, 9)
    assert (team.households_per_hour, other.households_per_hour_by_day) == (12, None)
    only_size = read(folder, FULL.replace(TEAM, f"{TEAM}size_by_day = [2, 3, 1, 2]\n"))
    assert only_size.teams[0].households_per_hour_by_day == (12, 18, 6, 12)


def test_announced_visits_are_named_by_date_or_day(folder: Path) -> None:
    scenario = promising(folder)
    assert scenario.announced == (Announced("A", 2, "v12", 20), Announced("B", 0, "v12", 1.5))
    assert scenario.districts == (
        District("north", ("v12", "v13"), 60),
        District("South  district", (), 0),
    )


def test_variants_drop_what_was_announced_for_those_that_they_lack(folder: Path) -> None:
    scenario = promising(folder)
    assert [a.team for a in scenario.with_crews(1).announced] == ["A"]
    assert [a.team for a in scenario.with_days(2).announced] == ["B"]
    assert scenario.with_crews(3).with_days(9).announced == scenario.announced


def test_every_fault_of_what_is_promised_is_named_at_once(folder: Path) -> None:
    rules = 'rest_between = ["12:00", "15:00"]\ndrive_hour_worth = -1\n'
    paces = "size_by_day = [2, 0]\nhouseholds_per_hour_by_day = [6, 6, 6, 0]\n"
    text = FULL.replace("rest_minutes_per_day = 45\n", rules).replace(TEAM, TEAM + paces)
    text += """
[[announced]]
team = "C"
day = 9
place = "v12"
bonus = -1
[[announced]]
team = "A"
date = 2027-05-05
day = 1
place = "v12"
bnus = 1
[[announced]]
team = "A"
date = 2027-05-05
place = "v12"
bonus = 1
[[announced]]
team = "B"
day = 2
place = "v12"
bonus = 1
[[announced]]
team = "B"
day = 2
place = "v12"
bonus = 2
[[districts]]
id = "north"
places = ["v1", "v2"]
min_households = -5
[[districts]]
id = "north"
places = ["v2"]
min_households = 5
[[districts]]
id = "east"
places = []
min_household = 1
"""
    found = [fault.removeprefix("scenario.toml: ") for fault in faults_of(folder, text)]
    assert sorted(found) == sorted(
        [
            "rules.drive_hour_worth: -1 is below 0",
            (
                "rules.rest_between: says when the rest begins, and none is asked for;"
                " add rest_minutes_per_day"
            ),
            "teams[0].size_by_day[1]: 0 is below 1",
            "teams[0].size_by_day: has 2 numbers, but there are 4 days",
            "teams[0].households_per_hour_by_day[3]: 0 is not above 0",
            "announced[0].bonus: -1 is below 0",
            "announced[0].day: there is no day 9; the days are 1 to 4",
            "announced[1].date: is given beside day; keep one of them",
            "announced[1].bonus: is missing",
            "announced[1].bnus: is not a known field; did you mean 'bonus'?",
            "announced[2].date: 2027-05-05 is none of the scenario's days",
            "districts[0].min_households: -5 is below 0",
            (
                "districts[2].places: is empty;"
                " leave it out to take the villages whose column district has this id"
            ),
            "districts[2].min_households: is missing",
            "districts[2].min_household: is not a known field; did you mean 'min_households'?",
            "districts[1].id: 'north' is already at districts[0]",
            "announced[0].team: no team has the id 'C'; known are 'A', 'B'",
            "districts[1].places[0]: 'v2' is already in districts[0].places[1]",
            "announced[4]: this visit is already announced in announced[3]",
        ]
    )


def test_hours_of_rest_that_end_before_they_begin_are_a_fault(folder: Path) -> None:
    rules = 'rest_minutes_per_day = 45\nrest_between = ["15:00", "12:00"]\n'
    (fault,) = faults_of(folder, FULL.replace("rest_minutes_per_day = 45\n", rules))
    assert fault.startswith("scenario.toml: rules.rest_between: ends at 12:00, before it starts")


def test_villages_of_what_is_promised_must_be_there(folder: Path) -> None:
    scenario = promising(folder)
    check_places(scenario, ["v12", "v13"], ["south district", ""])
    with pytest.raises(InputError) as caught:
        check_places(scenario, ["v12", "v14"], ["South distrct"])
    assert str(caught.value).splitlines() == [
        (
            "scenario.toml:97: districts[0].places[1]: no village has the id 'v13';"
            " did you mean 'v14'?"
        ),
        (
            "scenario.toml:101: districts[1].id: no village is in a district"
            " 'South  district', and no"
            " places are listed; did you mean 'South distrct'?"
        ),
    ]


def test_a_district_has_the_villages_whose_table_names_it(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    table = tmp_path / "villages.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    named = [f"{line},{'ҚАРАСУ' if n % 2 else ''}" for n, line in enumerate(lines[1:])]
    table.write_text("\n".join([f"{lines[0]},district", *named]), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    text += '[[districts]]\nid = "Қарасу"\nmin_households = 1\n'
    path.write_text(text, encoding="utf-8")
    (district,) = prepare(path).problem.districts
    assert district.places == tuple(line.partition(",")[0] for line in lines[2::2])
    path.write_text(text.replace("min_households = 1\n", "min_households = 9999\n"), "utf-8")
    with pytest.raises(InputError, match=r"districts\[0\]\.min_households: 9999 are more than"):
        prepare(path)


def test_a_scenario_names_its_campaign(folder: Path) -> None:
    assert read(folder, FULL).campaign == Campaign()
    table = '\n[campaign]\nledger = "campaign.sqlite"\ngoal = 12000\nchange_worth = 7.5\n'
    whole = Campaign(folder / "campaign.sqlite", 12_000, 7.5)
    assert read(folder, FULL + table).campaign == whole
    url = "postgresql://office/campaign"
    assert read(folder, f'{FULL}\n[campaign]\nledger = "{url}"\n').campaign.ledger == url


def test_every_fault_of_a_campaign_is_named(folder: Path) -> None:
    table = '\n[campaign]\nledger = "mysql://office"\ngoal = 0\nchange_worth = -1\ngaol = 3\n'
    found = " | ".join(faults_of(folder, FULL + table))
    assert "campaign.ledger: 'mysql://' is no ledger" in found
    assert "campaign.goal: 0 is below 1" in found
    assert "campaign.change_worth: -1 is below 0" in found
    assert "campaign.gaol: is not a known field" in found
    empty = " | ".join(faults_of(folder, f'{FULL}\n[campaign]\nledger = " "\n'))
    assert "campaign.ledger: is empty" in empty
