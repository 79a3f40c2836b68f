"""More or fewer days and quicker teams, where the pace differs by day."""

from __future__ import annotations

import pytest

from routeplan.model.problem import Team
from routeplan.model.variants import limit_days, scale_pace

TEAM = Team("A", "a", "a", "car", 5.0, (0, 2), None, (20.0, None, 30.0))


@pytest.mark.parametrize(
    ("count", "days", "paces"),
    [
        (1, (0,), (20.0,)),
        (3, (0, 2), (20.0, None, 30.0)),
        (5, (0, 2), (20.0, None, 30.0, 30.0, 30.0)),
    ],
)
def test_the_pace_of_added_days_is_the_last_one(
    count: int, days: tuple[int, ...], paces: tuple[float | None, ...]
) -> None:
    limited = limit_days(TEAM, count)
    assert (limited.days, limited.households_per_hour_by_day) == (days, paces)


def test_a_team_without_lists_works_on_any_number_of_days() -> None:
    team = Team("A", "a", "a", "car")
    assert limit_days(team, 2) == team


def test_every_pace_is_scaled() -> None:
    quick = scale_pace(TEAM, 2.0)
    assert quick.households_per_hour == 10.0
    assert quick.households_per_hour_by_day == (40.0, None, 60.0)
    assert scale_pace(Team("A", "a", "a", "car"), 2.0).households_per_hour is None
