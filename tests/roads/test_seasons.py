"""Roads by vehicle, settlement, season and date: what the days of a plan make of them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.roads import (
    Conditions,
    DayState,
    build_graph,
    conditions_on,
    read_roads,
    read_speeds,
    snap,
    travel_times,
    validate_conditions,
)
from routeplan.roads.conditions import SpeedModel
from routeplan.roads.edge_speed import calendar_at
from routeplan.roads.tags import condition_holds, tags_on, unread_conditions
from tests.helpers.roads import District, open_profile, place

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.roads.edge_speed import EdgeSpeed, SpeedProfile

TABLE = read_speeds()
CAR, FOUR, MINIBUS = range(3)
MAY, APRIL, JANUARY = dt.date(2027, 5, 3), dt.date(2027, 4, 12), dt.date(2027, 1, 11)
DATES = st.dates(dt.date(2024, 1, 1), dt.date(2031, 12, 31))
SURFACES = sorted(TABLE.kmh["surface"])
TAGS = st.fixed_dictionaries(
    {"highway": st.sampled_from(sorted(TABLE.kmh["highway"]))},
    optional={
        "surface": st.sampled_from(SURFACES),
        "tracktype": st.sampled_from(sorted(TABLE.kmh["tracktype"])),
        "smoothness": st.sampled_from(sorted(TABLE.kmh["smoothness"])),
        "maxspeed": st.sampled_from(["40", "90", "KZ:urban"]),
        "ford": st.sampled_from(["yes", "no"]),
        "seasonal": st.sampled_from(["yes", "winter", "summer"]),
        "winter_road": st.just("yes"),
        "motor_vehicle:conditional": st.sampled_from(["no @ (Mar 15-Apr 20)", "no @ wet"]),
    },
)


def profile_on(date: dt.date, tags: dict[str, str], *, inside: bool = False) -> SpeedProfile:
    profile = SpeedModel(TABLE, conditions_on([date], TABLE, lat=48.5)).way(
        tags, inside_settlement=inside
    )
    assert profile is not None
    return profile


def speed(date: dt.date, tags: dict[str, str], vehicle: int = CAR) -> EdgeSpeed:
    return profile_on(date, tags).speeds[vehicle][0]


# ---- Calendars ----


@given(date=DATES, lat=st.floats(40, 56))
def test_every_date_of_every_year_has_a_season_in_every_region(date: dt.date, lat: float) -> None:
    calendar = calendar_at(TABLE.calendars, lat)
    assert calendar is not None
    season = calendar.season_on(date)
    assert season in TABLE.seasons
    # It began on this day, or it is the one of the day before.
    begins = {day for day, _ in calendar.begins}
    yesterday = calendar.season_on(date - dt.timedelta(days=1))
    assert season == yesterday or (date.month, date.day) in begins


def test_the_thaw_comes_to_the_south_before_the_north() -> None:
    thaws = [first_thaw(lat) for lat in (43.2, 48.5, 53.0)]
    assert thaws == sorted(thaws)
    assert len(set(thaws)) == 3


def first_thaw(lat: float) -> dt.date:
    calendar = calendar_at(TABLE.calendars, lat)
    assert calendar is not None
    days = (dt.date(2027, 1, 1) + dt.timedelta(days=n) for n in range(365))
    return next(date for date in days if calendar.season_on(date) == "thaw")


# ---- Seasons ----


def test_the_thaw_closes_dirt_to_a_car_and_slows_gravel() -> None:
    assert speed(MAY, {"highway": "track", "surface": "dirt"}).passes
    closed = speed(APRIL, {"highway": "track", "surface": "dirt"})
    assert (closed.passes, closed.reason) == (False, "surface=dirt in thaw: does not pass")
    assert closed.limiting_factor is not None
    assert (closed.limiting_factor.code, closed.limiting_factor.detail) == ("season", "thaw")
    slowed = speed(APRIL, {"highway": "tertiary", "surface": "gravel"})
    assert slowed.reason == "surface=gravel in thaw: 35 km/h"
    assert speed(APRIL, {"highway": "track", "surface": "dirt"}, vehicle=FOUR).kmh == 12
    assert not speed(APRIL, {"highway": "track", "surface": "dirt"}, vehicle=MINIBUS).passes
    assert speed(APRIL, {"highway": "primary", "surface": "asphalt"}).kmh == 80


def test_a_winter_road_is_open_in_winter_only_and_mud_freezes() -> None:
    road = {"highway": "track", "winter_road": "yes", "surface": "mud"}
    assert speed(JANUARY, road).kmh == 20
    assert not profile_on(JANUARY, road).dry_speeds[CAR][0].passes
    for date in (MAY, APRIL):
        limiting_factor = speed(date, road, vehicle=FOUR).limiting_factor
        assert limiting_factor is not None
        assert (limiting_factor.code, limiting_factor.detail) == ("winter_road", "winter_road=yes")


@pytest.mark.parametrize(
    ("seasonal", "open_dates"),
    [
        ("winter", {JANUARY}),
        ("summer", {MAY}),
        ("yes", {MAY, JANUARY}),
        ("no", {MAY, APRIL, JANUARY}),
        ("winter;summer", {MAY, JANUARY}),
        ("harvest", {MAY, APRIL, JANUARY}),
    ],
)
def test_seasonal_roads_are_open_in_their_seasons(seasonal: str, open_dates: set[dt.date]) -> None:
    found = {
        date
        for date in (MAY, APRIL, JANUARY)
        if speed(date, {"highway": "track", "surface": "gravel", "seasonal": seasonal}).passes
    }
    assert found == open_dates


def test_a_ford_is_closed_to_all_in_the_thaw() -> None:
    assert speed(MAY, {"highway": "track", "ford": "yes"}, vehicle=FOUR).passes
    assert not speed(APRIL, {"highway": "track", "ford": "yes"}, vehicle=FOUR).passes
    for date, passes in ((MAY, True), (APRIL, False)):
        node = SpeedModel(TABLE, conditions_on([date], TABLE, lat=48.5)).node({"ford": "yes"})
        assert node is not None
        assert node.speeds[FOUR][0].passes is passes
        assert node.dry_speeds[FOUR][0].passes


def test_without_dates_no_season_applies() -> None:
    profile = SpeedModel(TABLE, Conditions()).way({"highway": "track", "winter_road": "yes"})
    assert profile == open_profile({"highway": "track"}, TABLE)


def test_a_named_season_replaces_that_of_the_dates() -> None:
    conditions = conditions_on([MAY], TABLE, lat=48.5, season="thaw")
    profile = SpeedModel(TABLE, conditions).way({"highway": "track"})
    assert profile is not None
    assert not profile.speeds[CAR][0].passes
    with pytest.raises(InputError, match="no season 'taw'; did you mean 'thaw'"):
        validate_conditions(TABLE, "taw", ())


@given(tags=TAGS, dates=st.lists(DATES, min_size=1, max_size=4), inside=st.booleans())
def test_a_plan_takes_each_road_as_on_the_worst_of_its_days(
    tags: dict[str, str], dates: list[dt.date], *, inside: bool
) -> None:
    def speeds(*some: dt.date) -> list[float]:
        profile = SpeedModel(TABLE, conditions_on(some, TABLE, lat=48.5)).way(
            tags, inside_settlement=inside
        )
        if profile is None:
            return [0.0] * 2 * len(TABLE.vehicles)
        return [one.kmh for pair in profile.speeds for one in pair]

    each = [speeds(date) for date in dates]
    together = speeds(*dates)
    assert together == [min(column) for column in zip(*each, strict=True)]


@given(
    tags=TAGS,
    date=DATES,
    vehicle=st.sampled_from([CAR, FOUR, MINIBUS]),
    surfaces=st.tuples(st.sampled_from(SURFACES), st.sampled_from(SURFACES)),
)
def test_a_slower_surface_never_gives_a_faster_road(
    tags: dict[str, str], date: dt.date, vehicle: int, surfaces: tuple[str, str]
) -> None:
    conditions = conditions_on([date], TABLE, lat=48.5)
    (day,) = conditions.days
    rows = TABLE.in_season(day.season).kmh["surface"]
    slower, faster = sorted(surfaces, key=lambda surface: rows[surface][vehicle])
    model = SpeedModel(TABLE, conditions)
    slow, fast = (model.way({**tags, "surface": surface}) for surface in (slower, faster))
    if slow is not None and fast is not None:
        for one, other in zip(slow.speeds[vehicle], fast.speeds[vehicle], strict=True):
            assert one.kmh <= other.kmh


@given(tags=TAGS, surface=st.sampled_from(SURFACES), kmh=st.floats(0, 60))
def test_a_row_that_is_lowered_makes_no_road_faster(
    tags: dict[str, str], surface: str, kmh: float
) -> None:
    row = tuple(min(speed, kmh) for speed in TABLE.kmh["surface"][surface])
    lowered = replace(TABLE, kmh={**TABLE.kmh, "surface": {**TABLE.kmh["surface"], surface: row}})
    before, after = (SpeedModel(table, Conditions()).way(tags) for table in (TABLE, lowered))
    if after is not None:
        assert before is not None
        pairs = zip(before.speeds, after.speeds, strict=True)
        assert all(b.kmh >= a.kmh for bs, as_ in pairs for b, a in zip(bs, as_, strict=True))


# ---- Settlements ----


def test_a_road_is_slow_inside_a_settlement_unless_its_own_limit_passes_it_by() -> None:
    inside = profile_on(MAY, {"highway": "primary"}, inside=True).speeds[CAR][0]
    assert inside.reason == "inside a settlement: 50 km/h"
    bypass = profile_on(MAY, {"highway": "primary", "maxspeed": "90"}, inside=True).speeds[CAR][0]
    assert bypass.kmh == 80
    zone = profile_on(MAY, {"highway": "primary", "zone:traffic": "KZ:urban"}).speeds[CAR][0]
    assert zone.kmh == 60


def test_the_season_slows_the_streets_of_a_village_and_closes_none() -> None:
    street = {"highway": "residential", "surface": "ground"}
    assert not profile_on(APRIL, street).speeds[CAR][0].passes
    kept = profile_on(APRIL, street, inside=True).speeds[CAR][0]
    assert (kept.kmh, kept.reason) == (10, "a street in thaw: 10 km/h")


def test_settlements_lie_around_their_places(tmp_path: Path) -> None:
    district = District()
    for number, east in enumerate(range(-2000, 2001, 250), start=1):
        district.node(number, east, 0)
    district.way([*range(1, 18)], highway="primary")
    district.node(100, 0, 50, place="village", name="Aq")
    path = district.write(tmp_path / "district.osm")
    graph = build_graph(read_roads(path), TABLE)
    ends = [place("a", -2000, 0), place("b", 2000, 0)]
    times = travel_times(graph, "car", snap(graph, "car", ends))
    # 500 m to each side of the village at 50 km/h, the other 3 km at 80.
    assert int(times.seconds[0, 1]) == pytest.approx(3000 / 80 * 3.6 + 1000 / 50 * 3.6, abs=1)


# ---- Conditions by date ----


@pytest.mark.parametrize(
    ("condition", "date", "expected"),
    [
        ("mar 15-apr 20", APRIL, True),
        ("mar 15-apr 20", MAY, False),
        ("nov-mar", JANUARY, True),
        ("nov-mar", APRIL, False),
        ("apr", APRIL, True),
        ("apr 1-12", APRIL, True),
        ("apr 12", APRIL, True),
        ("apr 13", APRIL, False),
        ("april-may", MAY, True),
        ("2026 nov 1-2027 feb 1", JANUARY, True),
        ("2025 nov 1-2026 feb 1", JANUARY, False),
        ("mo-we", MAY, True),
        ("sa,su", MAY, False),
        ("fr-mo", MAY, True),
        ("jan, may", MAY, True),
        ("wet", MAY, True),
        ("22:00-06:00", MAY, None),
        ("weight>5", MAY, None),
        ("mar 15-mai 20", MAY, None),
        ("", MAY, None),
    ],
)
def test_conditions_are_read_by_date(condition: str, date: dt.date, *, expected: bool) -> None:
    assert condition_holds(condition, date, {"wet": True}) is expected


def test_the_last_clause_that_holds_decides() -> None:
    tags = {"motor_vehicle": "yes", "motor_vehicle:conditional": "no @ (Mar-Jun); yes @ (May)"}
    assert tags_on(tags, APRIL, {})[0]["motor_vehicle"] == "no"
    assert tags_on(tags, MAY, {})[0]["motor_vehicle"] == "yes"
    assert tags_on(tags, JANUARY, {})[1] == {}


def test_a_rule_by_date_closes_opens_and_limits_roads() -> None:
    rule = {"highway": "track", "motor_vehicle:conditional": "no @ (Mar 15-Apr 20)"}
    closed = speed(APRIL, rule, vehicle=FOUR)
    assert not closed.passes
    assert closed.limiting_factor is not None
    assert closed.limiting_factor.code == "conditional"
    assert "Mar 15-Apr 20" in closed.reason
    assert speed(MAY, rule).passes
    opened = {"highway": "service", "access": "no", "access:conditional": "yes @ (May)"}
    assert profile_on(MAY, opened).speeds[CAR][0].passes
    limited = {"highway": "primary", "maxspeed:conditional": "40 @ (Apr)"}
    assert speed(APRIL, limited).kmh == 40
    assert speed(MAY, limited).kmh == 80


def test_conditions_that_no_date_decides_are_named() -> None:
    tags = {
        "access:conditional": "no @ (22:00-06:00)",
        "motorcar:conditional": "no @ (Nov-Mar AND wet)",
        "oneway:conditional": "yes @ (07:00-09:00)",
        "maxspeed:conditional": "slow",
    }
    assert unread_conditions(tags, {"wet"}) == [
        *("access:conditional=no @ (22:00-06:00)", "oneway:conditional=yes @ (07:00-09:00)"),
        "maxspeed:conditional=slow",
    ]


@given(st.text(max_size=30), DATES)
def test_no_text_of_a_condition_is_too_strange(text: str, date: dt.date) -> None:
    tags_on({"access:conditional": text}, date, {})
    unread_conditions({"access:conditional": text}, set())


# ---- The table ----


def test_every_fault_of_the_seasons_is_named_at_once(tmp_path: Path) -> None:
    text = (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")
    changes = {
        'begins   = { thaw = "03-20", dry = "04-26"': 'begins = { thaww = "03-20", dry = "04-31"',
        "from_lat = 0\n": "from_lat = 50.5\n",
        "[season.thaw.ford]": "[season.thaw.frod]",
        "grade2 = { car = 25, four_wheel_drive = 30, minibus = 20 }": "grade9 = 25",
        "[settlement]\nkmh = { car = 50,": "[settlement]\nkmh = { car = 0,",
        "[learned]\n": '[learned]\ntrack."dust" = 0.8\n',
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_speeds(path)
    found = "\n".join(map(str, caught.value.faults))
    for words in (
        "calendar.middle.begins.thaww: is no season of this table; did you mean 'thaw'?",
        "calendar.middle.begins.dry: '04-31' is no day of the year",
        "calendar.south: begins at 50.5 degrees as another does",
        "season.thaw.frod: is not a known field; did you mean 'ford'?",
        "season.thaw.tracktype: 'grade9' is in no row of its table; did you mean",
        "settlement.kmh: must be above 0",
        "learned: 'dust' is in no row of its table",
    ):
        assert words in found, found


def test_a_table_without_ferries_and_other_tags_is_read_as_before(tmp_path: Path) -> None:
    text = (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")
    sections = re.split(r"\n(?=\[)", text)
    kept = [one for one in sections if not re.match(r"\[(.*\.)?(attribute|ferry)\]", one)]
    assert len(kept) == len(sections) - 5
    path = tmp_path / "old.toml"
    path.write_text("\n".join(kept), encoding="utf-8")
    model = SpeedModel(read_speeds(path), conditions_on([MAY], TABLE, lat=48.5))
    assert model.way({"route": "ferry", "motor_vehicle": "yes"}) is None
    road = model.way({"highway": "track", "4wd_only": "yes"})
    assert road is not None
    assert road.speeds[CAR][0].passes


def test_a_tag_that_is_not_read_is_no_row_of_the_table(tmp_path: Path) -> None:
    text = (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('"abandoned=yes"', '"abandonned=yes"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"abandonned.*did you mean 'abandoned'"):
        read_speeds(path)


def test_a_table_without_seasons_is_read_as_before(tmp_path: Path) -> None:
    text = (resources.files("routeplan.roads") / "speeds.toml").read_text(encoding="utf-8")
    path = tmp_path / "old.toml"
    path.write_text(text.partition("# Inside settlements")[0], encoding="utf-8")
    table = read_speeds(path)
    assert (table.seasons, table.calendars, table.settlement) == ({}, (), None)
    conditions = conditions_on([APRIL], table, lat=48.5)
    assert conditions.days == (DayState(APRIL, ""),)
    profile = SpeedModel(table, conditions).way({"highway": "track", "winter_road": "yes"})
    assert profile is not None
    assert profile.speeds[CAR][0].passes
