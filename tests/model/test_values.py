"""What numpy, pandas and people give is taken as Python's own values, or named."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.model.problem import Day, Place, Sleep, Team, Village, Window

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = Window(28_800, 72_000)


@given(number=st.integers(0, 10_000), kind=st.sampled_from([int, float, np.int64, np.float32]))
def test_a_whole_number_of_any_kind_is_taken_as_python_s(
    number: int, kind: Callable[[int], Any]
) -> None:
    village = Village("p", kind(number), closed_days=[kind(number)])  # type: ignore[arg-type]  # a list
    assert (village.households, village.closed_days) == (number, (number,))
    assert type(village.households) is type(village.closed_days[0]) is int


def test_columns_of_pandas_make_places_villages_and_days() -> None:
    table = pd.DataFrame(
        {
            "id": ["a"],
            "lat": np.array([50.5], dtype=np.float32),
            "doors": [12.0],
            "date": ["2027-05-03"],
        }
    ).astype({"date": "datetime64[s]"})
    row: Any = next(table.itertuples())
    place = Place(row.id, row.id, row.lat, 70)
    assert type(place.lat) is type(place.lon) is float
    assert Village(row.id, row.doors).households == 12
    day = Day(row.date, WORK)
    assert (day.date, type(day.date)) == (dt.date(2027, 5, 3), dt.date)


@pytest.mark.parametrize(
    ("kind", "values", "fault"),
    [
        (Village, ("p", 30.7), "households: 30.7 is not a whole number"),
        (Village, ("p", float("nan")), "households: nan is not a whole number"),
        (Village, ("p", "30"), "households: '30' is not a whole number"),
        (Village, ("p", True), "households: True is not a whole number"),
        (Village, ("p", None), "households: None is not a whole number"),
        (Village, ("p", 3, "2"), "weight: '2' is not a number"),
        (Village, (7, 3), "place: 7 is not a text"),
        (Place, ("a", None, 50, 70), "name: None is not a text"),
        (Place, ("a", "A", "50", 70), "lat: '50' is not a number"),
        (Sleep, ("a", 1.5), "teams_per_night: 1.5 is not a whole number"),
        (Team, ("a", "b", "b", None), "vehicle: None is not a text"),
        (Day, ("2027-05-03", WORK), "date: '2027-05-03' is not a date"),
        (Window, (0, 10.5), "end: 10.5 is not a whole number"),
    ],
)
def test_what_is_no_such_value_is_named(
    kind: Callable[..., object], values: tuple[object, ...], fault: str
) -> None:
    with pytest.raises(InputError) as refused:
        kind(*values)
    assert str(refused.value) == fault


def test_what_may_be_left_out_stays_none() -> None:
    team = Team("a", "b", "b", "car", households_per_hour_by_day=(None, np.float64(5)))
    assert (team.days, team.max_nights_away, team.households_per_hour) == (None, None, None)
    assert team.households_per_hour_by_day == (None, 5.0)
