"""Texts and colours of the handouts."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.handouts import labels
from routeplan.handouts import map_view as colours
from routeplan.language import LANGUAGES, Language
from routeplan.model.plan import Reason, Requirement, RequirementKind
from tests.helpers.handouts import toy_problem


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
    assert labels.time_label(seconds) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_of_its_own_in_every_language(language: Language) -> None:
    texts = {labels.reason_label(reason, language) for reason in Reason}
    assert len(texts) == len(Reason)
    if language != "en":
        assert not any(re.search("[a-z]", text) for text in texts)


def households(number: int, kind: str, **fields: Any) -> Requirement:
    return Requirement(RequirementKind(kind), households=number, **fields)


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (
            households(1, "minutes", minutes=75, team="A", day=0),
            "75 min more for crew A on Mon 3 May: 1 household",
        ),
        (households(44, "crew_day", place="base"), "one more crew-day from Қарасу: 44 households"),
        (households(2, "night", place="v5"), "a night more in Арал: 2 households"),
        (households(17, "lower_minimum"), "a least number of 17 a visit, or a larger share"),
        (
            households(3, "detour", minutes=90, team="A", day=0),
            "90 min more driving cost more than 3 households are worth",
        ),
    ],
)
def test_what_it_would_take_is_said_in_a_line(requirement: Requirement, text: str) -> None:
    assert labels.requirement_label(requirement, toy_problem(), "en") == text


def test_households_are_counted_as_the_language_counts() -> None:
    required = [households(number, "crew_day", place="base") for number in (1, 2, 5)]
    texts = [labels.requirement_label(each, toy_problem(), "ru") for each in required]
    assert [text.rpartition(" ")[2] for text in texts] == ["двор", "двора", "дворов"]


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
