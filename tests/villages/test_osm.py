"""Places of the map become villages where it has their population."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.model.problem import Place, Village
from routeplan.model.road_notes import OsmPlace
from routeplan.villages import VillageRow, from_osm_places

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class MapPlace(OsmPlace):
    kind: str = "village"
    name: str = "Aqbulaq"
    names: Mapping[str, str] = field(default_factory=dict)
    lat: float = 43.0
    lon: float = 79.0
    population: int | None = 41


def test_places_of_the_wanted_kinds_become_villages_in_their_order() -> None:
    places = [MapPlace("n2"), MapPlace("n1", kind="hamlet"), MapPlace("n3", kind="suburb")]
    villages = from_osm_places(places, {"village", "hamlet"}, people_per_household=4)
    assert villages.rows == (
        VillageRow(Place("n2", "Aqbulaq", 43.0, 79.0), 11, source="OSM n2"),
        VillageRow(Place("n1", "Aqbulaq", 43.0, 79.0), 11, source="OSM n1"),
    )


def test_places_without_population_are_listed_and_not_guessed() -> None:
    unknown, empty = MapPlace("n1", population=None), MapPlace("n2", population=0)
    villages = from_osm_places([unknown, empty], {"village"}, people_per_household=4)
    assert villages.without_population == (unknown,)
    assert [(row.id, row.households) for row in villages.rows] == [("n2", 0)]


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_as_many_people_as_fill_whole_households_make_no_household_more(
    households: int, tenths: int
) -> None:
    place = MapPlace("n1", population=households * tenths)
    villages = from_osm_places([place], {"village"}, people_per_household=tenths / 10)
    assert villages.rows[0].households == households * 10


def test_a_place_without_a_name_is_called_by_its_id() -> None:
    villages = from_osm_places([MapPlace("n1", name="")], {"village"}, people_per_household=4)
    assert villages.rows[0].name == "n1"


def test_villages_of_the_map_get_the_default_options() -> None:
    defaults = Village("", 0, weight=2.0, min_households=5, setup_seconds=600, pace=0.9)
    villages = from_osm_places([MapPlace("n1")], {"village"}, defaults, people_per_household=4)
    assert villages.rows[0].village() == Village(
        "n1", 11, 2.0, min_households=5, setup_seconds=600, pace=0.9
    )


def test_a_place_that_is_there_twice_counts_once_and_two_of_one_number_are_a_fault() -> None:
    twice = [MapPlace("n1"), MapPlace("n1")]
    assert len(from_osm_places(twice, {"village"}, people_per_household=4).rows) == 1
    with pytest.raises(InputError, match=r"^OSM n1: is there twice; the file has two places"):
        from_osm_places(
            [MapPlace("n1"), MapPlace("n1", lat=44.0)], {"village"}, people_per_household=4
        )


def test_a_household_of_no_people_is_a_fault() -> None:
    with pytest.raises(InputError, match=r"^people_per_household: 0 is not above 0$"):
        from_osm_places([], {"village"}, people_per_household=0)
