"""What is sketched of a district."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routeplan.web.district_map import WIDTH, kilometres, sketch_district

lats, lons = st.floats(47, 49), st.floats(66, 69)
villages = st.builds(
    lambda name, households, lat, lon: ["2", name, households, "", "", lat, lon, ""],
    st.text("абв", min_size=1, max_size=12),
    st.integers(0, 500),
    lats,
    lons,
)


@given(st.lists(villages, min_size=1, max_size=30), st.lists(st.tuples(lats, lons), max_size=5))
def test_all_that_is_asked_for_lies_in_the_sketch(
    found: list[list[object]], positions: list[tuple[float, float]]
) -> None:
    candidates = [{"lat": lat, "lon": lon, "name": "x"} for lat, lon in positions]
    sketch = sketch_district({"villages": found, "bases": [["База", 48.0, 67.0]]}, candidates)
    assert sketch is not None
    if not candidates:
        assert len(sketch.dots) == len(found) + 1
    assert len(sketch.candidates) == len(candidates)
    for dot in (*sketch.dots, *sketch.candidates):
        assert 0 <= dot.x <= WIDTH
        assert 0 <= dot.y <= sketch.height
    boxes = [(name.x, name.y, name.x + 9.6 * len(name.text)) for name in sketch.names]
    for n, one in enumerate(boxes):
        assert one[2] <= WIDTH
        for other in boxes[:n]:
            same_line = abs(one[1] - other[1]) < 18
            assert not (same_line and one[0] < other[2] and other[0] < one[2])


def test_nothing_found_is_no_sketch_and_north_is_up() -> None:
    assert sketch_district({}) is None
    south, north = (
        ["2", name, 5, "", "", lat, 67.0, ""] for name, lat in (("а", 48.0), ("б", 48.5))
    )
    sketch = sketch_district({"villages": [south, north]})
    assert sketch is not None
    below, above = sketch.dots
    assert above.y < below.y


def test_kilometres_are_those_on_the_ground() -> None:
    assert abs(kilometres((48.0, 67.0), (49.0, 67.0)) - 111.2) < 1
    assert abs(kilometres((48.0, 67.0), (48.0, 68.0)) - 74.6) < 1
