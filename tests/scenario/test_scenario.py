"""A scenario file becomes days, teams and rules, and all its faults are named at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.model.problem import Day, Place, Rules, Sleep, Team, Village, Window
from routeplan.scenario import Roads, Scenario, VillageSource, read_scenario
from routeplan.workflow.checks import check_places, check_vehicles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEAD = """\
format = "routeplan-scenario"
version = 1
"""
PARTS = {
    "roads": '[roads]\nfile = "steppe.osm.pbf"\n',
    "villages": '[villages]\ntable = "villages.csv"\n',
    "days": '[days]\nfirst = 2027-05-03\nlast = 2027-05-05\nwork = ["08:00", "21:00"]\n',
    "teams": (
        '[[teams]]\nid = "A"\nbase = "base"\nvehicle = "car"\nsize = 2\nhouseholds_per_hour = 6\n'
    ),
}
FULL = """\
format = "routeplan-scenario"
version = 1
name = "Steppe week 1"

[roads]
file = "steppe.osm.pbf"
speeds = "speeds.toml"
snap_limit_metres = 1500

[villages]
table = "villages.csv"
people_per_household = 3.5

[villages.defaults]
min_households = 5
setup_minutes = 10
weight = 2
partial = true
pace = 0.9
max_share_per_visit = 0.7
knock = ["10:00", "19:00"]

[[places]]
id = "base"
name = "Қарасу"
lat = 43.02
lon = 79.21

[[places]]
id = "host"
lat = 43
lon = 80

[days]
first = 2027-05-03
last = "2027-05-07"
skip = [2027-05-05]
work = ["08:00", "25:30"]
knock = [10:00:00, 20:00:00]
[[days.special]]
date = 2027-05-07
work = ["08:00", "18:00"]
[[days.special]]
date = "2027-05-06"
knock = ["12:00", "13:00"]

[rules]
max_drive_hours_per_day = 6.5
rest_minutes_per_day = 45

[[teams]]
id = "A"
base = "base"
vehicle = "car"
size = 2
households_per_hour = 6

[[teams]]
id = "B"
base = "base"
end = "host"
vehicle = "four_wheel_drive"
size = 3
households_per_hour = 5.5
days = ["2027-05-06", 2027-05-03]
max_nights_away = 2

[nights]
max_nights_away = 3
[[nights.places]]
place = "v12"
[[nights.places]]
place = "host"
teams = 2

[handouts]
language = "kk"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("steppe.osm.pbf", "villages.csv", "speeds.toml"):
        (tmp_path / name).touch()
    return tmp_path


def read(folder: Path, text: str) -> Scenario:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def faults_of(folder: Path, text: str) -> list[str]:
    """Return the faults of a scenario without their lines."""
    return [re.sub(r"^(\w+\.toml):[0-9]+: ", r"\1: ", fault) for fault in lines_of(folder, text)]


def lines_of(folder: Path, text: str) -> list[str]:
    """Return the faults of a scenario with their lines."""
    with pytest.raises(InputError) as caught:
        read(folder, text)
    return [str(fault) for fault in caught.value.faults]


def with_part(**changed: str) -> str:
    """Write the smallest sound scenario, with some of its sections in other words."""
    return HEAD + "".join((PARTS | changed).values())


def with_line(part: str, line: str) -> str:
    """Write the smallest sound scenario, with a line set in one of its sections."""
    name = line.partition(" =")[0]
    kept = [old for old in PARTS[part].splitlines() if not old.startswith(f"{name} =")]
    return with_part(**{part: "\n".join([*kept, line, ""])})


def test_a_scenario_with_every_field_is_read_in_whole_seconds_and_days(folder: Path) -> None:
    hours, doors = Window(28800, 91800), Window(36000, 72000)
    assert read(folder, FULL) == Scenario(
        name="Steppe week 1",
        source="scenario.toml",
        roads=Roads(folder / "steppe.osm.pbf", folder / "speeds.toml", 1500.0),
        villages=VillageSource(
            table=folder / "villages.csv",
            people_per_household=3.5,
            defaults=Village(
                place="",
                households=0,
                weight=2.0,
                partial=True,
                min_households=5,
                setup_seconds=600,
                pace=0.9,
                max_share_per_visit=0.7,
                knock=Window(36000, 68400),
            ),
        ),
        places=(Place("base", "Қарасу", 43.02, 79.21), Place("host", "host", 43.0, 80.0)),
        days=(
            Day(dt.date(2027, 5, 3), hours, doors),
            Day(dt.date(2027, 5, 4), hours, doors),
            Day(dt.date(2027, 5, 6), hours, Window(43200, 46800)),
            Day(dt.date(2027, 5, 7), Window(28800, 64800), doors),
        ),
        teams=(
            Team("A", "base", "base", "car", 12.0),
            Team("B", "base", "host", "four_wheel_drive", 16.5, (0, 2), 2),
        ),
        rules=Rules(23400, 2700),
        sleeps=(Sleep("v12", 1), Sleep("host", 2)),
        max_nights_away=3,
        language="kk",
    )


def test_a_scenario_needs_little(folder: Path) -> None:
    scenario = read(folder, with_part())
    assert scenario.name == "scenario"
    assert scenario.roads.snap_limit_metres == 2000
    assert scenario.villages == VillageSource(table=folder / "villages.csv")
    assert scenario.rules == Rules(None, 0)
    assert (scenario.places, scenario.sleeps, scenario.max_nights_away) == ((), (), None)
    assert scenario.dates == tuple(dt.date(2027, 5, day) for day in (3, 4, 5))


def test_villages_may_be_places_of_the_map(folder: Path) -> None:
    text = with_part(villages="[villages]\nosm = true\npeople_per_household = 4\n")
    villages = read(folder, text).villages
    assert villages.table is None
    assert villages.kinds == ("town", "village", "hamlet", "isolated_dwelling")
    chosen = with_part(
        villages='[villages]\nosm = true\nkinds = ["city"]\npeople_per_household = 4\n'
    )
    assert read(folder, chosen).villages.kinds == ("city",)


def test_dates_may_be_listed_one_by_one(folder: Path) -> None:
    text = with_part(days='[days]\ndates = [2027-05-03, "2027-05-05"]\nwork = ["08:00", "21:00"]\n')
    assert read(folder, text).dates == (dt.date(2027, 5, 3), dt.date(2027, 5, 5))


def test_a_file_that_notepad_saved_with_a_byte_order_mark_is_read(folder: Path) -> None:
    assert read(folder, "\ufeff" + with_part()).name == "scenario"


def test_teams_without_a_limit_of_nights_have_the_common_one(folder: Path) -> None:
    scenario = read(folder, FULL)
    assert [team.max_nights_away for team in scenario.effective_teams] == [3, 2]
    home = scenario.replace(home_every_night=True)
    assert [team.max_nights_away for team in home.effective_teams] == [0, 0]
    assert [
        crew.max_nights_away for crew in home.replace(home_every_night=False).effective_teams
    ] == [3, 2]


def test_every_fault_of_a_scenario_is_named_at_once(folder: Path) -> None:
    text = """\
format = "routeplan-scenario"
version = 1
nmae = "x"
[roads]
file = "stepe.osm.pbf"
snap_limit_metres = 0
[villages]
table = "villages.csv"
osm = true
[villages.defaults]
wieght = 2
pace = 0
[[places]]
id = "base"
lat = 79.21
lon = "43.02"
[[places]]
id = "base"
lat = 143.02
lon = 79
[days]
first = 2027-05-07
last = 2027-05-03
work = ["21:00", "08:00"]
knock = ["ten", "20:00"]
[rules]
max_drive_hours_per_day = -6
rest_minutes = 45
[[teams]]
id = "A"
base = "base"
vehicle = 4
size = 0
households_per_hour = "6O"
[[teams]]
id = "A"
base = "base"
vehicle = "car"
size = 2
[nights]
max_nights_away = -1
[[nights.places]]
place = "v12"
teams = 0
"""
    places = [fault.removeprefix("scenario.toml: ") for fault in faults_of(folder, text)]
    assert sorted(places) == sorted(
        [
            "nmae: is not a known field; did you mean 'name'?",
            "roads.snap_limit_metres: 0 is not above 0",
            "roads.file: there is no file 'stepe.osm.pbf'; did you mean 'steppe.osm.pbf'?",
            (
                "villages.osm: is given beside a table;"
                " keep one of them: villages that are in both would count twice"
            ),
            "villages.defaults.pace: 0 is not above 0",
            "villages.defaults.wieght: is not a known field; did you mean 'weight'?",
            "places[0].lon: expected a number, got the text '43.02'; did you mean 43.02?",
            "places[1].lat: 143.02 is not a latitude (-90 to 90); are lat and lon swapped?",
            "places[1].id: 'base' is already at places[0]",
            "days.last: 2027-05-03 comes before the first day, 2027-05-07",
            (
                "days.work: ends at 08:00, before it starts at 21:00;"
                ' an end after midnight is written as "25:30"'
            ),
            "days.knock[0]: 'ten' is no time of day; write it as \"08:00\"",
            "rules.max_drive_hours_per_day: -6 is below 0",
            "rules.rest_minutes: is not a known field; did you mean 'rest_minutes_per_day'?",
            "teams[0].size: 0 is below 1",
            "teams[0].households_per_hour: expected a number, got the text '6O'; did you mean 60?",
            "teams[0].vehicle: expected a text, got the number 4",
            "teams[1].households_per_hour: is missing",
            "teams[1].id: 'A' is already at teams[0]",
            "nights.max_nights_away: -1 is below 0",
            "nights.places[0].teams: 0 is below 1",
        ]
    )


@pytest.mark.parametrize(
    ("part", "line", "fault"),
    [
        ("roads", "file = 5", "roads.file: expected a text, got the number 5"),
        (
            "roads",
            'file = "maps/none.osm"',
            (
                "roads.file: there is no file 'maps/none.osm';"
                " paths count from the scenario's folder"
            ),
        ),
        ("roads", 'file = "."', "roads.file: '.' is a folder; name a file in it"),
        ("roads", 'speeds = "speed.toml"', ("roads.speeds: there is no file 'speed.toml';"
         " did you mean 'speeds.toml'?")),
        ("roads", "snap_limit_metres = -1", "roads.snap_limit_metres: -1 is not above 0"),
        ("roads", "snap_limit_metres = inf", ("roads.snap_limit_metres: expected a number,"
         " got the number inf")),
        ("villages", "people_per_household = 0", "villages.people_per_household: 0 is not above 0"),
        ("villages", 'kinds = ["village"]', ("villages.kinds: is about places of the map;"
         " write osm = true, or leave it out")),
        ("days", "first = 2027-05-06", ("days.last: 2027-05-05 comes before the first day,"
         " 2027-05-06")),
        ("days", "last = 2207-05-05", ("days.last: 65746 days are more than a year;"
         " is the year right?")),
        ("days", 'first = "03.05.2027"', ("days.first: expected a date such as '2027-05-03',"
         " got the text '03.05.2027'; did you mean 2027-05-03?")),
        ("days", 'first = "2027-02-30"', ("days.first: expected a date such as"
         " '2027-05-03', got the text '2027-02-30'")),
        ("days", "first = 2027-05-03 08:00:00", ("days.first: expected a date such as"
         " '2027-05-03', got 2027-05-03 08:00:00")),
        ("days", "skip = [2027-05-09]", ("days.skip[0]: 2027-05-09 does not lie between 2027-05-03"
         " and 2027-05-05")),
        ("days", "skip = [2027-05-03, 2027-05-04, 2027-05-05]", "days.skip: leaves no day"),
        ("days", "skip = 2027-05-03", ("days.skip: expected a list of dates;"
         " write them as [2027-05-03, 2027-05-05]")),
        ("days", 'work = ["21:00", "08:00"]', ("days.work: ends at 08:00, before it starts at"
         ' 21:00; an end after midnight is written as "25:30"')),
        ("days", 'work = ["08:00"]', ("days.work: expected two times of day;"
         ' write them as ["08:00", "21:00"]')),
        ("days", 'work = ["08:00", "48:00"]', ("days.work[1]: '48:00' is no time of day;"
         ' write it as "08:00"')),
        ("days", 'knock = ["22:00", "23:00"]', "days.knock: lies outside the working hours"),
        ("days", "special = [{date = 2027-05-09}]", ("days.special[0].date: 2027-05-09 is none of"
         " the days")),
        ("days", "special = [{date = 2027-05-03}, {date = 2027-05-03}]",
         "days.special[1].date: 2027-05-03 is there twice"),
        ("days", 'special = [{date = 2027-05-03, knock = ["06:00", "07:00"]}]',
         "days.special[0].knock: lies outside the working hours"),
        ("teams", "size = 1.5", "teams[0].size: expected a whole number, got the number 1.5"),
        ("teams", "households_per_hour = 0", "teams[0].households_per_hour: 0 is not above 0"),
        ("teams", 'id = ""', "teams[0].id: is empty"),
        ("teams", "days = [2027-05-04, 2027-06-04]", ("teams[0].days[1]: 2027-06-04 is none of the"
         " scenario's days")),
        ("teams", "days = [2027-05-04, 2027-05-04]", "teams[0].days[1]: 2027-05-04 is there twice"),
        ("teams", "max_nights_away = -1", "teams[0].max_nights_away: -1 is below 0"),
        ("teams", "housholds_per_hour = 6", ("teams[0].housholds_per_hour: is not a known field;"
         " did you mean 'households_per_hour'?")),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_with_what_to_do(
    folder: Path, part: str, line: str, fault: str
) -> None:
    assert faults_of(folder, with_line(part, line)) == [f"scenario.toml: {fault}"]


@pytest.mark.parametrize(
    ("part", "section", "fault"),
    [
        ("villages", "[villages]\n", ("villages.table: is missing;"
         " name a table, or write osm = true")),
        ("villages", "[villages]\nosm = true\n", ("villages.people_per_household: is missing;"
         " the map has numbers of people, not of households")),
        ("villages", '[villages]\nosm = true\npeople_per_household = 3\nkinds = ["vilage"]\n',
         "villages.kinds[0]: 'vilage' is not known; did you mean 'village'?"),
        ("villages", "[villages]\nosm = true\npeople_per_household = 3\nkinds = []\n",
         ("villages.kinds: expected a list;"
         " choose from city, town, village, hamlet, isolated_dwelling")),
        ("villages", PARTS["villages"] + "[villages.defaults]\nmax_share_per_visit = 1.5\n",
         "villages.defaults.max_share_per_visit: 1.5 is not above 0 and at most 1"),
        ("villages", PARTS["villages"] + "[villages.defaults]\nsetup_minutes = -1\n",
         "villages.defaults.setup_minutes: -1 is below 0"),
        ("days", '[days]\ndates = [2027-05-05, 2027-05-03]\nwork = ["08:00", "21:00"]\n',
         "days.dates[1]: 2027-05-03 comes before 2027-05-05; put them in order"),
        ("days", '[days]\ndates = [2027-05-05, 2027-05-05]\nwork = ["08:00", "21:00"]\n',
         "days.dates[1]: 2027-05-05 is there twice"),
        ("days", '[days]\ndates = []\nwork = ["08:00", "21:00"]\n',
         "days.dates: is empty; at least one is needed"),
        ("days", PARTS["days"] + "dates = [2027-05-03]\n",
         "days.first: is given beside dates; keep either dates, or first and last"),
        ("teams", "teams = []\n", "teams: is empty; at least one is needed"),
        ("handouts", '[handouts]\nlanguage = "kz"\n',
         "handouts.language: 'kz' is not known; choose from en, kk, ru"),
        ("handouts", "[handouts]\nlanguage = 7\n",
         "handouts.language: expected a text, got the number 7"),
        ("handouts", '[handouts]\nlangauge = "kk"\n',
         "handouts.langauge: is not a known field; did you mean 'language'?"),
    ],
)  # fmt: skip
def test_a_bad_section_is_named_with_what_to_do(
    folder: Path, part: str, section: str, fault: str
) -> None:
    sections = {part: section, **{name: text for name, text in PARTS.items() if name != part}}
    assert faults_of(folder, HEAD + "".join(sections.values()))[0] == f"scenario.toml: {fault}"


def test_missing_sections_are_all_named(folder: Path) -> None:
    assert faults_of(folder, HEAD) == [
        f"scenario.toml: {name}: is missing" for name in ("roads", "villages", "days", "teams")
    ]


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        (
            "\nname = steppe\n",
            "scenario.toml:2",
            '; put texts into quotation marks: name = "steppe"',
        ),
        (
            'file = "C:\\data"\n',
            "scenario.toml:1",
            '; write / instead of \\ in paths: file = "C:/data"',
        ),
        (
            "work = [08:00, 21:00]\n",
            "scenario.toml:1",
            '; put times into quotation marks: work = ["08:00", "21:00"]',
        ),
        ("a = 1\na = 2\n", "scenario.toml:2", "; its name is there already: keep one of them"),
        ('x = """', "scenario.toml:1", ""),
    ],
)
def test_a_broken_toml_is_named_with_its_line_and_what_to_do(
    folder: Path, text: str, place: str, hint: str
) -> None:
    fault = lines_of(folder, text)[0]
    assert fault.startswith(f"{place}: is not valid TOML")
    assert fault.endswith(hint)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "version = 1\n",
            'format: is missing; expected is the line format = "routeplan-scenario"',
        ),
        (HEAD.replace("1", "2"), "version: 2 is not known; expected is the line version = 1"),
        (HEAD.replace("1", "true"), "version: True is not known; expected is the line version = 1"),
        (
            HEAD.replace("scenario", "problem"),
            (
                "format: 'routeplan-problem' is not known;"
                ' expected is the line format = "routeplan-scenario"'
            ),
        ),
    ],
)
def test_another_kind_or_version_is_the_only_fault(folder: Path, text: str, fault: str) -> None:
    assert faults_of(folder, text) == [f"scenario.toml: {fault}"]


def test_a_file_in_another_encoding_is_a_fault(folder: Path) -> None:
    path = folder / "scenario.toml"
    path.write_bytes("name = 'Степь'".encode("cp1251"))
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    assert str(caught.value.faults[0]) == (
        "scenario.toml:1: is not in UTF-8; as Windows-1251 or KZ-1048, the line is"
        " \"name = 'Степь'\"; save it in the encoding UTF-8"
    )


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^scenario\.toml: cannot be read: no such file"):
        read_scenario(tmp_path / "scenario.toml")


def test_bases_and_overnight_places_must_be_places_or_villages(folder: Path) -> None:
    scenario = read(folder, FULL)
    check_places(scenario, ["v12"])
    moved = scenario.replace(teams=(Team("A", "bse", "bse", "car"), Team("B", "base", "v9", "car")))
    with pytest.raises(InputError) as caught:
        check_places(moved, ["host", "v9x"])
    assert str(caught.value).splitlines() == [
        (
            "scenario.toml: places[1].id: 'host' is the id of a village too;"
            " name the village itself as base, or choose another id"
        ),
        (
            "scenario.toml: teams[0].base: no place and no village has the id 'bse';"
            " did you mean 'base'?"
        ),
        (
            "scenario.toml: teams[1].end: no place and no village has the id 'v9';"
            " did you mean 'v9x'?"
        ),
        (
            "scenario.toml: nights.places[0].place: no place and no village has the id 'v12';"
            " known are 'base', 'host', 'v9x'"
        ),
    ]


def test_vehicles_must_have_speeds(folder: Path) -> None:
    scenario = read(folder, FULL)
    check_vehicles(scenario, ["car", "four_wheel_drive"])
    with pytest.raises(InputError) as caught:
        check_vehicles(scenario, ["car", "4wd"])
    assert str(caught.value) == (
        "scenario.toml:62: teams[1].vehicle: no speeds are known for 'four_wheel_drive';"
        " known are '4wd', 'car'"
    )


def test_a_variant_in_an_unknown_language_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="choose from en, kk, ru"):
        read(folder, with_part()).replace(language="kz")


def test_a_variant_with_an_id_twice_or_no_day_is_refused(folder: Path) -> None:
    scenario = read(folder, FULL)
    team = scenario.teams[0]
    with pytest.raises(InputError) as caught:
        scenario.replace(teams=(team, team), days=())
    assert [str(fault) for fault in caught.value.faults] == [
        "days: is empty; at least one is needed",
        "teams[1].id: 'A' is already at teams[0]",
    ]


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    first=st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    kept=st.lists(st.booleans(), min_size=1, max_size=40).filter(any),
    minutes=st.tuples(st.integers(0, 2879), st.integers(0, 2879)).map(sorted),
)
def test_dates_less_the_skipped_ones_are_the_days_and_each_has_the_hours(
    folder: Path, first: dt.date, kept: list[bool], minutes: Sequence[int]
) -> None:
    dates = [first + dt.timedelta(days=n) for n in range(len(kept))]
    skipped = ", ".join(str(date) for date, keep in zip(dates, kept, strict=True) if not keep)
    hours = ", ".join(f'"{time // 60:02}:{time % 60:02}"' for time in minutes)
    section = f"[days]\nfirst = {first}\nlast = {dates[-1]}\nskip = [{skipped}]\nwork = [{hours}]\n"
    scenario = read(folder, with_part(days=section))
    window = Window(minutes[0] * 60, minutes[1] * 60)
    assert scenario.days == tuple(
        Day(date, window) for date, keep in zip(dates, kept, strict=True) if keep
    )


def test_each_fault_has_its_line_and_they_come_in_their_order(folder: Path) -> None:
    text = """\
format = "routeplan-scenario"
version = 1
[roads]
file = "steppe.osm.pbf"
[villages]
table = "villages.csv"
[days]
dates = [
  2027-05-03,  # Monday
  2027-05-03,
]
work = ["08:00", "21:00"]
special = [{date = 2027-05-03},
  {date = 2027-05-03}]
[[teams]]
id = "A"
base = "base"
vehicle = "car"
size = 2
households_per_hour = 6
[[teams]]
id = "B"
base = "base"
vehicle = "car"
size = 0
[[nights.places]]
place = "v12"
teams = 0
"""
    where = [fault.split(": ")[:2] for fault in lines_of(folder, text)]
    assert where == [
        ["scenario.toml:10", "days.dates[1]"],
        ["scenario.toml:14", "days.special[1].date"],
        ["scenario.toml:21", "teams[1].households_per_hour"],
        ["scenario.toml:25", "teams[1].size"],
        ["scenario.toml:28", "nights.places[0].teams"],
    ]


@pytest.mark.parametrize(
    ("part", "line", "right"),
    [
        ("days", "first = 03.05.2027", "write dates as year-month-day: first = 2027-05-03"),
        ("days", "first = 3/5/2027", "write dates as year-month-day: first = 2027-05-03"),
        ("days", "first = 2027.5.3", "write dates as year-month-day: first = 2027-05-03"),
        (
            "days",
            "skip = [04.05.2027]",
            "write dates as year-month-day: skip = [2027-05-04]",
        ),
        ("days", "work = [8:00, 21:00]", ("put times into quotation marks: work ="
         ' ["08:00", "21:00"]')),
        ("teams", "households_per_hour = 3,5", ("write decimals with a point: households_per_hour"
         " = 3.5")),
        ("roads", "snap_limit_metres = 1 500", ("write numbers without spaces: snap_limit_metres"
         " = 1500")),
        ("teams", "id = Ойдан 1", 'put texts into quotation marks: id = "Ойдан 1"'),
        ("teams", "id = «A»", 'use straight quotation marks: id = "A"'),
        ("teams", 'id: "A"', 'write = after the name: id = "A"'),
    ],
)  # fmt: skip
def test_a_line_written_as_in_a_text_says_what_to_write_and_hides_no_other_fault(
    folder: Path, part: str, line: str, right: str
) -> None:
    text = with_line(part, line)
    if ":" in line.partition("=")[0]:
        text = text.replace('id = "A"\n', "", 1)
    number = text.split("\n").index(line) + 1
    faults = lines_of(folder, text + "max_nights_away = -1\n[villages.extra]\n")
    assert len(faults) == 3
    (broken,) = (fault for fault in faults if "is not valid TOML" in fault)
    assert broken.startswith(f"scenario.toml:{number}: ")
    assert broken.endswith(right)


@pytest.mark.parametrize("encoding", ["cp1251", "kz1048"])
def test_a_file_in_an_old_encoding_names_the_line_and_its_other_faults_too(
    folder: Path, encoding: str
) -> None:
    text = with_line("teams", "size = 0").replace("[days]", '[[places]]\nid = "Акжар"\n[days]')
    number = text.split("\n").index('id = "Акжар"') + 1
    path = folder / "scenario.toml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    faults = list(map(str, caught.value.faults))
    assert any("places[0].lat: is missing" in fault for fault in faults)
    assert any("teams[0].size: 0 is below 1" in fault for fault in faults)
    (named,) = (fault for fault in faults if "is not in UTF-8" in fault)
    assert named.startswith(f"scenario.toml:{number}: ")
    assert "Акжар" in named
    assert named.endswith("save it in the encoding UTF-8")


def test_a_variant_with_other_lists_has_no_lines_of_the_file(folder: Path) -> None:
    scenario = read(folder, FULL)
    assert scenario.lines["teams[1].vehicle"] > 1
    assert not scenario.with_crews(1).lines
    assert scenario.replace(language="ru").lines == scenario.lines
