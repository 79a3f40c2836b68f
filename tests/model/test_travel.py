"""Travel times out of the matrices that routing engines and tables give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from routeplan.errors import InputError
from routeplan.model.travel import LARGEST, TravelTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAN, INF = math.nan, math.inf
SQUARE = st.integers(1, 5).map(lambda n: (n, n))
SECONDS = st.one_of(st.floats(0, 1e6), st.sampled_from([NAN, INF]))


def faults_of(*matrices: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        TravelTimes.from_arrays(*matrices)
    return list(map(str, caught.value.faults))


@pytest.mark.parametrize("none", [NAN, None, INF])
def test_what_is_missing_or_endless_is_no_way(none: float | None) -> None:
    times = TravelTimes.from_arrays([[0, none], [5, 0]])
    assert times.reachable.tolist() == [[True, False], [True, True]]
    assert times.seconds.tolist() == [[0, 0], [5, 0]]
    assert times.metres is None


def test_a_place_reaches_itself_where_its_own_cell_is_missing() -> None:
    assert TravelTimes.from_arrays([[None, 5], [5, NAN]]) == TravelTimes.from_rows([[0, 5], [5, 0]])


def test_seconds_are_rounded_up_but_for_the_noise_of_floats_and_metres_to_the_nearest() -> None:
    seconds = [[0, 60.1, 60 + 1e-9], [59.999, 0, 1e-9], [1, 1, 0]]
    metres = [[0, 99.4, 99.6], [100, 0, 0.2], [1, 1, 0]]
    times = TravelTimes.from_arrays(seconds, metres)
    assert times.seconds.tolist() == [[0, 61, 60], [60, 0, 0], [1, 1, 0]]
    assert times.metres is not None
    assert times.metres.tolist() == [[0, 99, 100], [100, 0, 0], [1, 1, 0]]


@given(arrays(np.float64, SQUARE, elements=SECONDS))
def test_times_never_get_shorter_nor_longer_by_more_than_a_second(given: NDArray[Any]) -> None:
    np.fill_diagonal(given, 0)
    times = TravelTimes.from_arrays(given)
    known = np.isfinite(given)
    assert (times.reachable == known).all()
    assert (times.seconds[known] >= given[known] - 1e-6).all()
    assert (times.seconds[known] < given[known] + 1).all()


@given(arrays(np.float64, SQUARE, elements=SECONDS))
def test_arrays_lists_frames_and_masked_arrays_give_the_same(given: NDArray[Any]) -> None:
    np.fill_diagonal(given, 0)
    times = TravelTimes.from_arrays(given)
    missing = np.isfinite(given)
    lists = [[cell if math.isfinite(cell) else None for cell in row] for row in given.tolist()]
    ids = [f"v{n}" for n in range(len(given))]
    others = (lists, pd.DataFrame(given, ids, ids), np.ma.masked_array(given, ~missing))
    assert all(TravelTimes.from_arrays(other) == times for other in others)


def test_whole_numbers_are_taken_as_they_are_in_any_type() -> None:
    rows = [[0, 1260], [1290, 0]]
    expected = TravelTimes.from_rows(rows, rows)
    for kind in (np.int32, np.uint16, np.float32, object):
        assert TravelTimes.from_arrays(np.array(rows, kind), np.array(rows, kind)) == expected
    nullable = pd.DataFrame([[0, None], [1290, 0]], dtype="Int64")
    assert TravelTimes.from_arrays(nullable) == TravelTimes.from_rows([[0, None], [1290, 0]])


def test_every_fault_of_both_matrices_is_named_at_once() -> None:
    seconds = [[0, -1.5, "an hour"], [1, 2.5, 3], [None, 3e9, 0]]
    metres = [[0, 5, 7], [None, 0, True], [-INF, 1, 0]]
    assert faults_of(seconds, metres) == [
        "seconds[0][2]: 'an hour' is not a number",
        "seconds[0][1]: -1.5 is below 0",
        f"seconds[2][1]: 3000000000 is above {LARGEST}, the largest number that is taken",
        "seconds[1][1]: 2.5 is not 0, as the way from a place to itself is",
        "metres[1][2]: True is not a number",
        "metres[2][0]: -inf is below 0",
        "metres[1][0]: there is a way for seconds or for metres, but not for both",
        "metres[2][0]: there is a way for seconds or for metres, but not for both",
    ]


def test_more_than_a_handful_of_faults_of_a_kind_are_counted() -> None:
    named = faults_of(-np.ones((4, 4)) + np.eye(4))
    assert named[:5] == [
        f"seconds[{r}][{c}]: -1 is below 0" for r, c in ((0, 1), (0, 2), (0, 3), (1, 0), (1, 2))
    ]
    assert named[5:] == ["seconds: has 7 more faults like these"]


@pytest.mark.parametrize("wrong", [[[0, 1], [1]], np.zeros((2, 3)), np.zeros(4), [], 5])
def test_a_matrix_that_is_not_square_is_refused_by_its_shape(wrong: Any) -> None:
    (fault,) = faults_of(wrong)
    assert fault.startswith("seconds: has shape ")
    assert fault.endswith("expected as many rows as columns")


def test_matrices_of_two_sizes_are_refused() -> None:
    assert faults_of(np.zeros((2, 2)), np.zeros((3, 3))) == [
        "metres: has shape (3, 3), seconds (2, 2)"
    ]


@pytest.mark.parametrize("wrong", [np.array([["1"]]), np.array([[True]])])
def test_arrays_of_no_numbers_are_refused_by_their_type(wrong: Any) -> None:
    (fault,) = faults_of(wrong)
    assert fault == f"seconds: holds {wrong.dtype.name}, expected numbers"


def test_a_frame_whose_columns_are_in_another_order_than_its_rows_is_refused() -> None:
    frame = pd.DataFrame([[0, 1], [0, 2]], index=["b", "a"], columns=["b", "a"])[["a", "b"]]
    assert faults_of(frame)[0] == (
        "seconds: has rows and columns in different orders; "
        "write frame.loc[ids, ids], with the ids in the order of the places"
    )
    # A table without ids in its index has its rows in the order that it says it has.
    plain = pd.DataFrame([[0, 1], [2, 0]], columns=["a", "b"])
    assert TravelTimes.from_arrays(plain) == TravelTimes.from_rows([[0, 1], [2, 0]])


def test_travel_times_show_themselves_in_one_line() -> None:
    times = TravelTimes.from_arrays([[0, 5, None], [5, 0, 5], [5, 5, 0]])
    assert repr(times) == "<TravelTimes: 3 places, a way for 5 of 6 pairs, no distances>"
