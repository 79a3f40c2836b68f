"""Turn restrictions: which are read, whom they bind, and that every search holds to them."""

from __future__ import annotations

import datetime as dt
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeplan.errors import RoadError
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
    from_networkx,
    read_roads,
    read_speeds,
    report,
    snap,
    trace_legs,
    travel_times,
)
from routeplan.roads.graph import find_components
from routeplan.roads.travel import times_from_sources
from tests.helpers.paths import ALMATY, BAYREUTH, SHARED
from tests.helpers.roads import District, place
from tests.oracles.turns import EdgeSearch, read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads import Extract, RoadGraph

TABLE = read_speeds()
CAR = "car"
A, N, S, B = (
    place(*at) for at in (("A", -3000, 0), ("N", 0, 3000), ("S", 0, -2000), ("B", 2000, 0))
)
PLACES = (A, N, S, B)


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
# Relation, and the kilometres from A to N. Ways 1 to 4 meet at node 2, see `crossing`.
KINDS: list[tuple[str, tuple[int, str, int], dict[str, str], float]] = [
    ("no left turn", NO_LEFT, {"restriction": "no_left_turn"}, ROUND),
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
    ("a kind of relation", NO_LEFT, {"type": "restriction:motorcar", "restriction": "no_left_turn"}, ROUND),
    ("of lorries", NO_LEFT, {"type": "restriction:hgv", "restriction": "no_left_turn"}, LEFT),
    ("but buses", NO_LEFT, {"restriction": "no_left_turn", "except": "psv;bicycle"}, ROUND),
    ("but cars", NO_LEFT, {"restriction": "no_left_turn", "except": "psv;motorcar"}, LEFT),
    ("but motor vehicles", NO_LEFT, {"restriction": "no_left_turn", "except": "motor_vehicle"}, LEFT),
    ("cars freed", NO_LEFT, {"restriction": "no_left_turn", "restriction:motorcar": "none"}, LEFT),
    ("no kind", NO_LEFT, {"restriction": "maybe"}, LEFT),
    ("no tag", NO_LEFT, {}, LEFT),
    ("by hours", NO_LEFT, {"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, LEFT),
    ("once by hours", NO_LEFT, {"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "09:00"}, LEFT),
]  # fmt: skip


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


@pytest.mark.parametrize(
    ("tags", "days", "expected"),
    [
        ({"restriction:conditional": "no_left_turn @ (Nov-Mar)"}, ["2027-01-20"], ROUND),
        ({"restriction:conditional": "no_left_turn @ (Nov-Mar)"}, ["2027-07-20"], LEFT),
        ({"restriction:conditional": "no_left_turn @ (Nov-Mar)"}, ["2027-03-31", "2027-04-01"], ROUND),
        ({"restriction:conditional": "no_left_turn @ (Nov-Mar)"}, [], LEFT),
        ({"restriction:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-18"], ROUND),
        ({"restriction:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-19"], LEFT),
        ({"restriction:motorcar:conditional": "no_left_turn @ (Sa-Su)"}, ["2027-07-18"], ROUND),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (Jul)"}, ["2027-07-18"], LEFT),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (Jul)"}, ["2027-08-18"], ROUND),
        ({"restriction": "no_left_turn", "day_on": "Saturday", "day_off": "Sunday"}, ["2027-07-18"], ROUND),
        ({"restriction": "no_left_turn", "day_on": "Saturday", "day_off": "Sunday"}, ["2027-07-19"], LEFT),
    ],
)  # fmt: skip
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
    assert (found.restrictions, found.ignored_restrictions) == (1, 1)
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
    times = travel_times(graph, CAR, snapped(points))
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


# ---- Every search, against one over edges ----

TAGS: list[dict[str, str]] = [
    {"highway": "primary"},
    {"highway": "primary"},
    {"highway": "tertiary"},
    {"highway": "primary", "oneway": "yes"},
    {"highway": "path"},
]
ONE_KIND = TAGS[:2]
KINDS_DRAWN = ("no_left_turn", "no_u_turn", "only_straight_on", "no_entry", "only_u_turn")


def at_node(number: int) -> tuple[float, float]:
    """Return a point on a parabola: no road between two of them passes through a third."""
    return 700.0 * number, 110.0 * number * number


@st.composite
def restricted(draw: st.DrawFn, tags: Sequence[Mapping[str, str]] = TAGS) -> District:
    """Some nodes joined by short ways, no two alike, and restrictions where ways meet."""
    district = District()
    count = draw(st.integers(4, 7))
    for number in range(1, count + 1):
        district.node(number, *at_node(number))
    seen: set[frozenset[int]] = set()
    node = st.integers(1, count)
    for _ in range(draw(st.integers(4, 9))):
        way = draw(st.lists(node, min_size=2, max_size=3, unique=True))
        parts = {frozenset(pair) for pair in pairwise(way)}
        if seen.isdisjoint(parts):
            seen |= parts
            district.way(way, **draw(st.sampled_from(tags)))
    ways = st.sampled_from(district.ways)
    for _ in range(draw(st.integers(1, 7))):
        number, nodes, _ = draw(ways)
        first = [way for way, others, _ in district.ways if nodes[0] in others]
        last = [way for way, others, _ in district.ways if nodes[-1] in others]
        over = draw(st.sampled_from([f"n{nodes[0]}", f"w{number}"]))
        if over[0] == "n":
            last = first
        else:
            first, last = ([one for one in ends if one != number] for ends in (first, last))
        if first and last:
            turn = (draw(st.sampled_from(first)), over, draw(st.sampled_from(last)))
            district.restrict(*turn, restriction=draw(st.sampled_from(KINDS_DRAWN)))
    return district


def built(district: District) -> tuple[RoadGraph, EdgeSearch]:
    """Build the graph, and the search over its edges; without roads it is no example."""
    assume(district.ways and district.restrictions)
    with tempfile.TemporaryDirectory() as folder:
        path = district.write(Path(folder) / "district.osm")
        try:
            graph = build_graph(read_roads(path), TABLE)
        except RoadError:
            assume(condition=False)
            raise
        return graph, EdgeSearch(graph, CAR, read_rules(path))


def points_on(graph: RoadGraph, rng: np.random.Generator, count: int) -> list[RoadPoint]:
    """Return points of some edges: at their ends, and anywhere on them."""
    edges = rng.integers(0, graph.edge_count, count).tolist()
    sizes = np.diff(graph.offsets) - 1
    shares = rng.choice([0.0, 1.0, *rng.uniform(0, 1, 4)], count)
    return [
        RoadPoint(edge, float(sizes[edge] * share), 0.0, 0.0)
        for edge, share in zip(edges, shares.tolist(), strict=True)
    ]


def snapped(points: Sequence[RoadPoint]) -> list[Snap]:
    return [Snap(Place(str(n), str(n), 0, 0), 0.0, one) for n, one in enumerate(points)]


def assert_same(
    graph: RoadGraph, search: EdgeSearch, points: Sequence[RoadPoint], few: int
) -> None:
    """Compare the matrix from the first few points to all, and its legs, with the other search."""
    snaps = snapped(points)
    times = travel_times(graph, CAR, snaps)
    pairs = [(a, b) for a in range(few) for b in range(len(points)) if times.reachable[a, b]]
    legs = dict(zip(pairs, trace_legs(graph, CAR, snaps, pairs), strict=True))
    for start in range(few):
        expected = search.microseconds(points[start], list(points))
        for end, taken in enumerate(expected):
            if end != start:
                assert times.reachable[start, end] == np.isfinite(taken)
                if np.isfinite(taken):
                    assert times.seconds[start, end] == np.ceil(taken / 1e6)
                    assert legs[start, end].seconds == times.seconds[start, end]


@settings(max_examples=150, deadline=None)
@given(restricted(), st.integers(0, 2**32 - 1))
def test_times_and_legs_are_those_of_a_search_over_edges(district: District, seed: int) -> None:
    graph, search = built(district)
    assert_same(graph, search, points_on(graph, np.random.default_rng(seed), 8), 4)


@settings(max_examples=60, deadline=None)
@given(restricted(), st.integers(0, 2**32 - 1))
def test_roads_are_reached_when_a_search_over_edges_gets_there(
    district: District, seed: int
) -> None:
    graph, search = built(district)
    (start,) = points_on(graph, np.random.default_rng(seed), 1)
    found = times_from_sources(graph, CAR, snapped([start]))
    at_points = found.seconds[np.searchsorted(found.position, np.arange(len(graph.points)))]
    ends = np.column_stack((graph.offsets[:-1], graph.offsets[1:] - 1))
    at_nodes = np.full(graph.node_count, np.inf)
    np.minimum.at(at_nodes, graph.edge_nodes, at_points[ends])
    edge_of = np.repeat(np.arange(graph.edge_count), np.diff(graph.offsets))
    for point, edge in enumerate(edge_of.tolist()):
        along = float(point - graph.offsets[edge])
        (taken,) = search.microseconds(start, [RoadPoint(edge, along, 0.0, 0.0)])
        node = {0.0: 0, float(ends[edge, 1] - ends[edge, 0]): 1}.get(along)
        seconds = at_points[point] if node is None else at_nodes[graph.edge_nodes[edge, node]]
        assert seconds == pytest.approx(taken / 1e6, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(restricted())
def test_shortest_paths_in_networkx_hold_to_restrictions(district: District) -> None:
    graph, search = built(district)
    roads = graph.to_networkx(CAR)
    copies = {node: {node} for node in range(graph.node_count)}
    for node, data in roads.nodes(data=True):
        copies[data.get("copy_of", node)].add(node)
    sizes = np.diff(graph.offsets) - 1
    points = {
        node: RoadPoint(edge, float(side * sizes[edge]), 0.0, 0.0)
        for edge, nodes in enumerate(graph.edge_nodes.tolist())
        for side, node in enumerate(nodes)
    }
    for start, point in points.items():
        taken = nx.single_source_dijkstra_path_length(roads, start, weight="travel_time")
        expected = search.microseconds(point, [points[node] for node in points])
        for node, microseconds in zip(points, expected, strict=True):
            best = min((taken.get(one, np.inf) for one in copies[node]), default=np.inf)
            assert best == pytest.approx(microseconds / 1e6, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(restricted(ONE_KIND))
def test_a_graph_read_back_from_networkx_has_the_same_restrictions(district: District) -> None:
    graph, _ = built(district)
    back = build_graph(from_networkx(graph.to_networkx(CAR)), TABLE)
    places = [place(f"p{n}", *at_node(n)) for n in range(1, 5)]
    places += [place(f"m{n}", 700 * n + 350, 110 * (n * n + n) + 55) for n in range(1, 4)]
    one, other = (travel_times(each, CAR, snap(each, CAR, places)) for each in (graph, back))
    np.testing.assert_array_equal(one.reachable, other.reachable)
    assert np.abs(one.seconds - other.seconds).max() <= 1


@pytest.mark.parametrize(
    ("path", "read"), [(ALMATY, (87, 1)), (BAYREUTH, (38, 2))], ids=["almaty", "bayreuth"]
)
def test_on_real_extracts_times_and_legs_are_those_of_a_search_over_edges(
    path: Path, read: tuple[int, int]
) -> None:
    extract = read_roads(path)
    assert (len(extract.restrictions), extract.ignored_restrictions) == read
    graph = build_graph(extract, TABLE)
    search = EdgeSearch(graph, CAR, read_rules(path))
    assert search.forbidden
    assert_same(graph, search, points_on(graph, np.random.default_rng(7), 30), 3)
