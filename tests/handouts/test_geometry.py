"""Lines on the map."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from routeplan.handouts.geometry import Bounds, Points, simplify_line, simplify_lines
from routeplan.handouts.map import encode_lines

BOX = Bounds(42.0, 78.0, 44.0, 80.0)

COORDINATES = st.tuples(
    st.floats(-90, 90).map(lambda lat: round(lat, 5)),
    st.floats(-180, 180).map(lambda lon: round(lon, 5)),
)


def unpacked(packed: dict[str, object]) -> list[Points]:
    """Read packed lines digit by digit, as the page does."""
    counts, steps = packed["counts"], packed["steps"]
    assert isinstance(counts, list)
    assert isinstance(steps, str)
    numbers, value, shift = [], 0, 0
    for digit in (ord(letter) - 63 for letter in steps):
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    points = np.array(numbers).reshape(-1, 2).cumsum(axis=0) / 1e5
    ends = np.cumsum(counts)
    return [
        tuple((lat, lon) for lat, lon in points[end - count : end].tolist())
        for count, end in zip(counts, ends, strict=True)
    ]


@given(st.lists(st.lists(COORDINATES, min_size=1, max_size=6).map(tuple), max_size=5))
def test_packed_lines_read_back_equal(lines: list[Points]) -> None:
    assert unpacked(encode_lines(lines)) == lines


def test_packing_gives_the_text_that_the_format_s_description_works_out_by_hand() -> None:
    line = ((38.5, -120.2), (40.7, -120.95), (43.252, -126.453))
    assert encode_lines([line]) == {"counts": [3], "steps": "_p~iF~ps|U_ulLnnqC_mqNvxq`@"}


def test_a_line_is_drawn_once_however_often_and_in_whichever_direction_it_is_given() -> None:
    line = np.array([[43.0, 79.0], [43.1, 79.2], [43.0, 79.3]])
    assert simplify_lines([line, line, line[::-1]], 10.0, BOX) == simplify_lines([line], 10.0, BOX)
    assert len(simplify_lines([line], 10.0, BOX)) == 1


def test_pieces_that_continue_one_another_become_one_line() -> None:
    line = np.array([[43.0, 79.0], [43.1, 79.2], [43.0, 79.3], [43.3, 79.4]])
    whole = simplify_lines([line], 10.0, BOX)
    assert simplify_lines([line[2:], line[:2], line[1:3]], 10.0, BOX) == whole
    assert len(whole[0]) == 4


def test_what_lies_outside_the_box_is_cut_off() -> None:
    line = np.array([[43.0, 79.0], [43.0, 81.0]])
    (cut,) = simplify_lines([line], 10.0, BOX)
    assert sorted(cut) == [(43.0, 79.0), (43.0, 80.0)]
    assert simplify_lines([np.array([[50.0, 79.0], [51.0, 79.0]])], 10.0, BOX) == ()
    assert simplify_lines([], 10.0, BOX) == ()


@pytest.mark.parametrize("metres", [10, 100, 1_000])
@pytest.mark.parametrize("seed", range(5))
def test_no_simplified_line_strays_farther_than_the_tolerance(seed: int, metres: int) -> None:
    turns = np.random.default_rng(seed).normal(0, 0.001, (400, 2)).cumsum(axis=0)
    line = np.array([43.0, 79.0]) + turns
    (drawn,) = simplify_lines([line], metres, BOX)
    scale = np.array([111_195.0, 111_195.0 * np.cos(np.radians(43.0))])
    strayed = shapely.hausdorff_distance(
        shapely.LineString(line * scale), shapely.LineString(np.array(drawn) * scale)
    )
    # Rounding to five decimals moves a point by up to 0.7 m more.
    assert strayed <= metres + 0.8
    assert len(drawn) < len(line)


def test_a_leg_keeps_its_direction_its_ends_and_its_corners() -> None:
    leg = np.array([[43.2, 79.0], [43.15, 79.0], [43.1, 79.0], [43.1, 79.2]])
    assert simplify_line(leg, 8.0) == ((43.2, 79.0), (43.1, 79.0), (43.1, 79.2))
    assert simplify_line(leg[::-1], 8.0) == ((43.1, 79.2), (43.1, 79.0), (43.2, 79.0))
