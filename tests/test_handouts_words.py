"""Texts and colours of the handouts."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.handouts import colours, words
from routeplan.plan import Reason


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (33_341, "09:15"),
        (86_399, "23:59"),
        (86_400, "00:00 +1"),
        (88_200, "00:30 +1"),
        (2 * 86_400 + 3_600, "01:00 +2"),
    ],
)
def test_a_time_is_shown_as_on_a_clock_and_says_how_many_midnights_have_passed(
    seconds: int, text: str
) -> None:
    assert words.clock(seconds) == text


def test_a_date_is_shown_with_its_weekday_in_whatever_locale() -> None:
    assert words.date_label(dt.date(2027, 5, 3)) == "Mon 3 May"
    assert words.date_label(dt.date(2028, 2, 29)) == "Tue 29 February"


def test_a_period_names_a_year_once_unless_it_ends_in_another() -> None:
    may = dt.date(2027, 5, 3)
    assert words.period_label(may, may) == "Mon 3 May 2027"
    assert words.period_label(may, dt.date(2027, 5, 7)) == "Mon 3 May – Fri 7 May 2027"
    across = words.period_label(dt.date(2026, 12, 31), dt.date(2027, 1, 2))
    assert across == "Thu 31 December 2026 – Sat 2 January 2027"


def test_every_reason_has_words_of_its_own() -> None:
    assert words.REASONS.keys() == set(Reason)
    assert len(set(words.REASONS.values())) == len(Reason)


@given(
    team=st.integers(0, 30),
    day_of=st.integers(1, 40).flatmap(
        lambda days: st.tuples(st.integers(0, days - 1), st.just(days))
    ),
)
def test_what_is_written_on_a_team_s_colour_can_always_be_read(
    team: int, day_of: tuple[int, int]
) -> None:
    shade = colours.shade_of_day(colours.team_colour(team), *day_of)
    assert colours.contrast(shade, colours.ink_on(shade)) >= 4.5


def test_contrast_is_21_for_black_on_white_and_1_for_a_colour_on_itself() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#0072b2", "#0072b2") == 1


def test_seven_teams_have_colours_of_their_own() -> None:
    assert len({colours.team_colour(team) for team in range(7)}) == 7
    assert colours.team_colour(7) == colours.team_colour(0)


def test_a_team_s_days_get_lighter_and_one_day_has_the_team_s_own_colour() -> None:
    shades = [colours.shade_of_day("#0072b2", day, 5) for day in range(5)]
    against_black = [colours.contrast(shade, "#000000") for shade in shades]
    assert all(dark < light for dark, light in itertools.pairwise(against_black))
    assert colours.shade_of_day("#0072b2", 0, 1) == "#0072b2"


def test_days_that_follow_one_another_have_other_dashes() -> None:
    assert colours.dash_of_day(0) == ""
    assert all(colours.dash_of_day(day) != colours.dash_of_day(day + 1) for day in range(12))
