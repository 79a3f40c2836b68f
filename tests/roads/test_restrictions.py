"""Turn restrictions: which are read, whom they bind, where and when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from routeplan.model.problem import Place
from routeplan.roads import (
    Conditions,
    DayState,
    Effect,
    Override,
    RoadPoint,
    Snap,
    bounding_box,
    build_graph,
    read_roads,
    read_speeds,
    report,
    snap,
    trace_legs,
    travel_times,
)
from routeplan.roads.graph import find_components
from tests.helpers.paths import SHARED
from tests.helpers.roads import District, place

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.roads import Extract, RoadGraph

TABLE = read_speeds()
CAR = "car"
A, N, S, B = (
    place(*at) for at in (("A", -3000, 0), ("N", 0, 3000), ("S", 0, -2000), ("B", 2000, 0))
)


def crossing() -> District:
    """Four roads that cross, and a way round from the south to the north.

    ::

              N 4
                |   way 2
        A 1 --- 2 --- 3 B        way 1 from A, way 4 to B
                |   way 3          way 5 from S by the east and B to N
              S 5
    """
    district = District()
    for number, east, north in (
        *((1, -3000, 0), (2, 0, 0), (3, 2000, 0), (4, 0, 3000), (5, 0, -2000)),
        *((6, 4000, -2000), (7, 4000, 3000)),
    ):
        district.node(number, east, north)
    for nodes in ([1, 2], [2, 4], [5, 2], [2, 3], [5, 6, 3, 7, 4]):
        district.way(nodes, highway="tertiary")
    return district


def extract_of(district: District, folder: Path) -> Extract:
    return read_roads(district.write(folder / "district.osm"))


def km(graph: RoadGraph, start: Place, end: Place, vehicle: str = CAR) -> float:
    """Return the length of a drive, the matrix and the traced leg agreeing."""
    snaps = snap(graph, vehicle, [start, end])
    times = travel_times(graph, vehicle, snaps)
    (leg,) = trace_legs(graph, vehicle, snaps, [(0, 1)])
    assert times.metres is not None
    assert (leg.seconds, leg.metres) == (times.seconds[0, 1], times.metres[0, 1])
    return float(times.metres[0, 1]) / 1000


@pytest.mark.parametrize("name", ["no_left_turn", "only_straight_on"])
def test_complaints_of_others_about_a_turn_are_none_here(name: str) -> None:
    file = SHARED / "field" / f"{name}.osm"
    if not file.exists():
        pytest.skip("needs ../shared")
    graph = build_graph(read_roads(file), TABLE)
    places = [Place("A", "A", 50.0, 69.9300453), Place("N", "N", 50.0719456, 70.0)]
    times = travel_times(graph, CAR, snap(graph, CAR, places))
    assert (times.seconds[0, 1], times.seconds[1, 0]) == (1260, 780)


# ---- Which restrictions are read, and whom they bind ----

# From A to N one turns left: 6 km. Else one goes on to B and turns round there: 4 km more.
NO_LEFT = (1, "n2", 2)
LEFT, ROUND = 6.0, 10.0
BASE = {"restriction": "no_left_turn"}
# Relation, and the kilometres from A to N. Ways 1 to 4 meet at node 2, see `crossing`.
KINDS: list[tuple[str, tuple[int, str, int], dict[str, str], float]] = [
    ("no left turn", NO_LEFT, BASE, ROUND),
    ("no entry", NO_LEFT, {"restriction": "no_entry"}, ROUND),
    ("no exit", NO_LEFT, {"restriction": "no_exit"}, ROUND),
    ("only straight on", (1, "n2", 4), {"restriction": "only_straight_on"}, ROUND),
    ("only left", NO_LEFT, {"restriction": "only_left_turn"}, LEFT),
    ("another turn", (1, "n2", 3), {"restriction": "no_right_turn"}, LEFT),
    ("the turn back", (2, "n2", 1), {"restriction": "no_right_turn"}, LEFT),
    ("turning round", (1, "n2", 1), {"restriction": "no_u_turn"}, LEFT),
    ("cars", NO_LEFT, {"restriction:motorcar": "no_left_turn"}, ROUND),
    ("motor vehicles", NO_LEFT, {"restriction:motor_vehicle": "no_left_turn"}, ROUND),
    ("lorries", NO_LEFT, {"restriction:hgv": "no_left_turn"}, LEFT),
    ("a kind of relation", NO_LEFT, BASE | {"type": "restriction:motorcar"}, ROUND),
    ("of lorries", NO_LEFT, BASE | {"type": "restriction:hgv"}, LEFT),
    ("but buses", NO_LEFT, BASE | {"except": "psv;bicycle"}, ROUND),
    ("but cars", NO_LEFT, BASE | {"except": "psv;motorcar"}, LEFT),
    ("but motor vehicles", NO_LEFT, BASE | {"except": "motor_vehicle"}, LEFT),
    ("cars freed", NO_LEFT, BASE | {"restriction:motorcar": "none"}, LEFT),
    ("no kind", NO_LEFT, {"restriction": "maybe"}, LEFT),
    ("no tag", NO_LEFT, {}, LEFT),
    ("by hours", NO_LEFT, {"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, LEFT),
    ("once by hours", NO_LEFT, BASE | {"hour_on": "07:00", "hour_off": "09:00"}, LEFT),
]


@pytest.mark.parametrize(
    ("turn", "tags", "expected"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS]
)
def test_a_restriction_binds_whom_it_names(
    turn: tuple[int, str, int], tags: dict[str, str], expected: float, tmp_path: Path
) -> None:
    district = crossing()
    district.restrict(*turn)
    district.restrictions[-1][1].update(tags)
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N) == pytest.approx(expected, abs=0.1)
    # Whoever comes from elsewhere may turn.
    assert km(graph, S, N) == pytest.approx(5, abs=0.1)


def test_a_vehicle_is_also_of_the_kind_that_its_own_name_names(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction__minibus="no_left_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N, "minibus") == pytest.approx(ROUND, abs=0.1)
    assert km(graph, A, N) == pytest.approx(LEFT, abs=0.1)
    district.restrictions[-1][1].clear()
    tags = {"type": "restriction", "restriction": "no_left_turn", "except": "minibus"}
    district.restrictions[-1][1].update(tags)
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N, "minibus") == pytest.approx(LEFT, abs=0.1)
    assert km(graph, A, N) == pytest.approx(ROUND, abs=0.1)


WEEKEND = {"day_on": "Saturday", "day_off": "Sunday"}
IN_WINTER = {"restriction:conditional": "no_left_turn @ (Nov-Mar)"}
NOT_IN_JULY = BASE | {"restriction:conditional": "none @ (Jul)"}


@pytest.mark.parametrize(
    ("tags", "days", "expected"),
    [
        (IN_WINTER, ["2027-01-20"], ROUND),
        (IN_WINTER, ["2027-07-20"], LEFT),
        (IN_WINTER, ["2027-03-31", "2027-04-01"], ROUND),
        (IN_WINTER, [], LEFT),
        ({"restriction:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-18"], ROUND),
        ({"restriction:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-19"], LEFT),
        ({"restriction:motorcar:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-18"], ROUND),
        (NOT_IN_JULY, ["2027-07-18"], LEFT),
        (NOT_IN_JULY, ["2027-08-18"], ROUND),
        (BASE | WEEKEND, ["2027-07-18"], ROUND),
        (BASE | WEEKEND, ["2027-07-19"], LEFT),
    ],
)
def test_a_conditional_restriction_binds_on_the_days_that_it_names(
    tags: dict[str, str], days: list[str], expected: float, tmp_path: Path
) -> None:
    district = crossing()
    district.restrict(*NO_LEFT)
    district.restrictions[-1][1].update(tags)
    states = tuple(DayState(dt.date.fromisoformat(day), "") for day in days) or (DayState(),)
    graph = build_graph(extract_of(district, tmp_path), TABLE, Conditions(states))
    assert km(graph, A, N) == pytest.approx(expected, abs=0.1)
    on_a_dry_day = ROUND if "restriction" in tags and "day_on" not in tags else LEFT
    assert km(graph.on_a_dry_day(), A, N) == pytest.approx(on_a_dry_day, abs=0.1)


def test_several_roads_may_be_entered_from_or_left_by_none(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction="no_entry")
    district.restrictions[-1][0].append(("w", 3, "from"))
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N) == pytest.approx(ROUND, abs=0.1)
    assert km(graph, S, N) == pytest.approx(9, abs=0.1)
    district.restrictions[-1][1]["restriction"] = "no_left_turn"
    extract = extract_of(district, tmp_path)
    assert (extract.restrictions, extract.ignored_restrictions) == ((), 1)


def parallel() -> District:
    """A dual carriageway from west to east and back, and a link between the two.

    ::

        A 1 --way 1--> 2 --way 2--> 3        (a way round joins 3 to 6)
                       | way 3
        4 <--way 5---- 5 <--way 4-- 6
    """
    district = District()
    for number, east, north in (
        *((1, -3000, 0), (2, 0, 0), (3, 3000, 0)),
        *((4, -3000, -100), (5, 0, -100), (6, 3000, -100)),
    ):
        district.node(number, east, north)
    for nodes in ([1, 2], [2, 3]):
        district.way(nodes, highway="primary", oneway="yes")
    district.way([2, 5], highway="primary")
    for nodes in ([6, 5], [5, 4]):
        district.way(nodes, highway="primary", oneway="yes")
    district.way([3, 6], highway="primary")
    district.way([4, 1], highway="primary")
    return district


WEST, BACK = place("west", -1500, 0), place("back", -1500, -100)


@pytest.mark.parametrize(
    ("turn", "kind", "expected"),
    [
        ((1, "w3", 5), "no_u_turn", 9.1),
        ((1, "w3", 4), "only_left_turn", 3.1),  # way 4 leads here, not from here: ignored
        ((1, "w3", 5), "only_u_turn", 3.1),
        ((2, "w3", 5), "no_u_turn", 3.1),
        ((1, "w2 w6 w4", 5), "no_straight_on", 3.1),
        ((1, "w4 w2 w6", 3), "no_u_turn", 3.1),
        ((1, "n2", 2), "only_straight_on", 9.1),
    ],
)
def test_a_restriction_may_lead_over_ways(
    turn: tuple[int, str, int], kind: str, expected: float, tmp_path: Path
) -> None:
    district = parallel()
    district.restrict(*turn, restriction=kind)
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, WEST, BACK) == pytest.approx(expected, abs=0.1)


def test_who_begins_on_the_way_between_is_free(tmp_path: Path) -> None:
    district = parallel()
    district.restrict(1, "w3", 5, restriction="no_u_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    between = place("between", 0, -50)
    assert km(graph, between, BACK) == pytest.approx(1.55, abs=0.05)
    assert km(graph, WEST, between) == pytest.approx(1.55, abs=0.05)
    # And who stops there gives nobody else a way through.
    snaps = snap(graph, CAR, [WEST, between, BACK])
    assert travel_times(graph, CAR, snaps).seconds[0, 2] > 300


def test_at_a_node_with_several_restrictions_each_holds(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    district.restrict(3, "n2", 2, restriction="no_straight_on")
    district.restrict(1, "n2", 3, restriction="no_right_turn")
    district.restrict(4, "n2", 2, restriction="only_right_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N) == pytest.approx(ROUND, abs=0.1)
    assert km(graph, S, N) == pytest.approx(9, abs=0.1)
    assert km(graph, B, N) == pytest.approx(5, abs=0.1)
    # From B one may only go to the north: the way to the south is that by the east.
    assert km(graph, A, S) == pytest.approx(11.8, abs=0.1)
    # From the node itself every road may be taken.
    assert km(graph, place("middle", 0, 0), N) == pytest.approx(3, abs=0.1)
    assert km(graph, A, place("middle", 0, 0)) == pytest.approx(3, abs=0.1)


def test_a_place_on_the_way_is_no_place_to_turn_round_for_others(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    village = place("village", 1000, 0)
    alone = travel_times(graph, CAR, snap(graph, CAR, [A, N]))
    times = travel_times(graph, CAR, snap(graph, CAR, [A, N, village]))
    assert times.seconds[0, 1] == alone.seconds[0, 1]
    # But who stops there may leave it in either direction.
    assert times.metres is not None
    assert times.metres[2, 1] == pytest.approx(4000, abs=50)


UNCLEAR: list[tuple[str, list[tuple[str, int, str]]]] = [
    ("no from", [("n", 2, "via"), ("w", 2, "to")]),
    ("no to", [("w", 1, "from"), ("n", 2, "via")]),
    ("no via", [("w", 1, "from"), ("w", 2, "to")]),
    ("no such way", [("w", 1, "from"), ("n", 2, "via"), ("w", 99, "to")]),
    ("no such node", [("w", 1, "from"), ("n", 99, "via"), ("w", 2, "to")]),
    ("node elsewhere", [("w", 1, "from"), ("n", 3, "via"), ("w", 2, "to")]),
    ("two nodes", [("w", 1, "from"), ("n", 2, "via"), ("n", 3, "via"), ("w", 2, "to")]),
    ("node and way", [("w", 1, "from"), ("n", 2, "via"), ("w", 4, "via"), ("w", 2, "to")]),
    ("way elsewhere", [("w", 1, "from"), ("w", 5, "via"), ("w", 2, "to")]),
    ("from a node", [("n", 1, "from"), ("n", 2, "via"), ("w", 2, "to")]),
    ("from both sides", [("w", 5, "from"), ("n", 3, "via"), ("w", 4, "to")]),
    ("to both sides", [("w", 4, "from"), ("n", 3, "via"), ("w", 5, "to")]),
]


@pytest.mark.parametrize("members", [row[1] for row in UNCLEAR], ids=[row[0] for row in UNCLEAR])
def test_a_restriction_that_makes_no_sense_is_ignored_and_counted(
    members: list[tuple[str, int, str]], tmp_path: Path
) -> None:
    district = crossing()
    district.restrictions.append((members, {"type": "restriction", "restriction": "no_left_turn"}))
    district.restrict(*NO_LEFT, restriction__hgv__conditional="no_left_turn @ (07:00-09:00)")
    extract = extract_of(district, tmp_path)
    graph = build_graph(extract, TABLE)
    found = report(extract, graph)
    assert (found.restrictions, found.ignored_restrictions) == (2, 1)
    assert [km(graph, A, N), km(graph, B, N)] == pytest.approx([6, 5], abs=0.1)


def test_a_restriction_by_hours_is_ignored_and_counted(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction__conditional="no_left_turn @ (07:00-09:00)")
    extract = extract_of(district, tmp_path)
    found = report(extract, build_graph(extract, TABLE))
    assert (found.restrictions, found.ignored_restrictions) == (1, 1)


def test_a_one_way_road_through_the_node_has_but_one_side_to_come_from(tmp_path: Path) -> None:
    district = crossing()
    district.ways[0] = (1, [1, 2, 3], {"highway": "tertiary", "oneway": "yes"})
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    assert extract_of(district, tmp_path).restrictions[0].paths == ((1, 2, 4),)


def test_turning_round_on_a_road_through_the_node_is_forbidden_on_both_sides(
    tmp_path: Path,
) -> None:
    district = crossing()
    district.restrict(5, "n3", 5, restriction="no_u_turn")
    extract = extract_of(district, tmp_path)
    assert extract.restrictions[0].paths == ((6, 3, 6), (7, 3, 7))


def test_a_restriction_of_a_way_cut_at_the_edge_of_the_file_holds_where_it_can(
    tmp_path: Path,
) -> None:
    district = crossing()
    # Node 99 is outside: behind A it does not matter, before the node it does.
    district.ways[0] = (1, [99, 1, 2], {"highway": "tertiary"})
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N) == pytest.approx(ROUND, abs=0.1)
    district.ways[0] = (1, [1, 99, 2], {"highway": "tertiary"})
    assert extract_of(district, tmp_path).ignored_restrictions == 1


def test_a_restriction_far_from_the_region_is_neither_kept_nor_counted(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    for number, east in ((11, 90_000), (12, 91_000), (13, 92_000)):
        district.node(number, east, 0)
    district.way([11, 12], highway="tertiary")
    district.way([12, 13], highway="tertiary")
    district.restrict(6, "n12", 7, restriction="no_straight_on")
    path = district.write(tmp_path / "district.osm")
    lat, lon = A.lat, A.lon
    around = bounding_box(south=lat, west=lon, north=lat, east=lon, margin_metres=9000)
    extract = read_roads(path, around)
    found = report(extract, build_graph(extract, TABLE))
    assert (found.restrictions, found.ignored_restrictions) == (1, 0)


def test_a_turn_to_a_road_that_is_closed_is_demanded_of_nobody(tmp_path: Path) -> None:
    district = crossing()
    district.ways[3] = (4, [2, 3], {"highway": "tertiary", "motor_vehicle": "no"})
    district.restrict(1, "n2", 4, restriction="only_straight_on")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    assert km(graph, A, N) == pytest.approx(LEFT, abs=0.1)


def test_where_two_roads_meet_a_turn_is_forbidden_to_pass(tmp_path: Path) -> None:
    district = District()
    for number, east in enumerate((-2000, 0, 2000), start=1):
        district.node(number, east, 0)
    district.way([1, 2], highway="tertiary")
    district.way([2, 3], highway="tertiary")
    district.restrict(1, "n2", 2, restriction="no_straight_on")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    points = [RoadPoint(edge, 0.5, 0.0, 0.0) for edge in (0, 1)]
    snaps = [Snap(A, 0.0, point) for point in points]
    times = travel_times(graph, CAR, snaps)
    assert times.reachable.tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("barrier", [{"barrier": "gate"}, {"ford": "yes"}])
def test_a_barrier_at_the_node_changes_nothing_about_the_turn(
    barrier: dict[str, str], tmp_path: Path
) -> None:
    district = crossing()
    district.node(2, 0, 0, **barrier)
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    district.restrict(3, "n2", 4, restriction="only_right_turn")
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    four = "four_wheel_drive"
    assert km(graph, A, N, four) == pytest.approx(ROUND, abs=0.1)
    assert km(graph, S, N, four) == pytest.approx(9, abs=0.1)
    assert km(graph, B, N, four) == pytest.approx(5, abs=0.1)


def test_a_place_that_restrictions_shut_in_is_a_trap(tmp_path: Path) -> None:
    district = crossing()
    district.ways[4] = (5, [5, 6], {"highway": "tertiary"})
    for way in (2, 3, 4):
        kind = {2: "no_right_turn", 3: "no_left_turn", 4: "no_straight_on"}[way]
        district.restrict(1, "n2", way, restriction=kind)
    graph = build_graph(extract_of(district, tmp_path), TABLE)
    (found,) = snap(graph, CAR, [A])
    assert found.failure is not None
    assert find_components(graph, CAR).reached.all()


def test_an_override_that_closes_a_road_frees_from_the_turn_to_it(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(1, "n2", 4, restriction="only_straight_on")
    closed = Override(effect=Effect.CLOSE, note="flood", source="roads.toml", ways=(4,))
    extract = extract_of(district, tmp_path)
    graph = build_graph(extract, TABLE, Conditions(overrides=(closed,)))
    assert km(graph, A, N) == pytest.approx(LEFT, abs=0.1)
    assert km(graph.on_a_dry_day(), A, N) == pytest.approx(ROUND, abs=0.1)


def test_a_file_of_each_format_has_its_restrictions(tmp_path: Path) -> None:
    district = crossing()
    district.restrict(*NO_LEFT, restriction="no_left_turn")
    extracts = [read_roads(district.write(tmp_path / f"d{end}")) for end in (".osm", ".osm.pbf")]
    assert extracts[0].restrictions == extracts[1].restrictions != ()
