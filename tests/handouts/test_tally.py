"""Rows of tally sheets: their order, their codes, and slips in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.tally import Outcome, read_code, row_code, sheet_code, tally_rows
from tests.helpers.handouts import toy_plan, toy_problem

numbers = st.integers(0, 999)


def test_sheets_follow_crews_days_and_stops_whatever_the_order_of_the_plan() -> None:
    plan = toy_plan()
    sheets = tally_rows(toy_problem(), plan)
    assert [(s.number, s.team, s.day, s.stop, s.place) for s in sheets] == [
        (1, "A", 0, 1, "v1"),
        (2, "A", 0, 2, "v2"),
        (3, "A", 1, 1, "v2"),
        (4, "A", 1, 2, "v4"),
        (5, "B", 0, 1, "v3"),
        (6, "B", 0, 2, "v4"),
        (7, "B", 1, 1, "v1"),
    ]
    assert tally_rows(toy_problem(), plan.replace(tours=plan.tours[::-1])) == sheets


def test_a_sheet_has_a_row_for_each_door_and_a_fifth_more() -> None:
    sheets = tally_rows(toy_problem(), toy_plan())
    assert [(s.planned, s.spare) for s in sheets[:3]] == [(60, 12), (100, 20), (30, 6)]
    assert len(sheets[0].codes) == 72
    codes = [code for sheet in sheets for code in sheet.codes]
    assert len(set(codes)) == len(codes) == sum(s.planned + s.spare for s in sheets)


def test_the_columns_are_in_the_order_of_the_entry_form() -> None:
    assert list(Outcome) == ["reached", "signed", "not_home", "refused", "come_back"]


@given(st.integers(0, 9_999), st.integers(0, 9_999))
def test_a_code_reads_back_as_its_sheet_and_row(sheet: int, row: int) -> None:
    code = row_code(sheet, row)
    assert read_code(code) == read_code(code.replace("-", " ")) == (sheet, row)
    assert sheet_code(sheet) == row_code(sheet, 0)


@given(numbers, numbers, st.integers(0, 6), st.integers(0, 9))
def test_every_wrong_digit_is_detected(sheet: int, row: int, place: int, digit: int) -> None:
    right = row_code(sheet, row).replace("-", "")
    wrong = f"{right[:place]}{digit}{right[place + 1 :]}"
    if wrong == right:
        assert read_code(wrong) == (sheet, row)
    else:
        with pytest.raises(InputError, match="slip"):
            read_code(wrong)


@given(numbers, numbers, st.integers(0, 5))
def test_every_two_neighbours_that_are_swapped_are_detected(
    sheet: int, row: int, place: int
) -> None:
    right = row_code(sheet, row).replace("-", "")
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if wrong != right:
        with pytest.raises(InputError, match="slip"):
            read_code(wrong)


@pytest.mark.parametrize("text", ["", "14-37-1", "014-037", "01403712", "014-037-x", "०१४-०३७-१"])
def test_what_is_no_code_is_refused_with_how_one_looks(text: str) -> None:
    with pytest.raises(InputError, match="014-037-1"):
        read_code(text)
