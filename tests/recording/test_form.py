"""A sheet in the fields of a form says what the same sheet says at the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.recording import SheetEntry, VisitRow
from routeplan.recording.counts import COUNTS
from routeplan.recording.form import AS_LINES, line_field, read_form, total_field
from routeplan.tally import sheet_code
from tests.helpers.recording import PLANNED, counts

VISIT = PLANNED.sheets[1]
LINES = ((20, 15, 6, 3, 2), (20, 15, 6, 2, 2))
TOTALS = (40, 30, 12, 5, 4)

line = st.tuples(*[st.integers(0, 20)] * 5)


def fields_of(
    lines: tuple[tuple[int, ...], ...], totals: tuple[int, ...], **more: str
) -> dict[str, str]:
    """Return the fields of a form; zeros are left empty, as on paper."""
    fields = dict(more)
    for number, numbers in enumerate(lines, start=1):
        named = zip(COUNTS, numbers, strict=True)
        fields |= {line_field(number, name): str(n) if n else "" for name, n in named}
    named = zip(COUNTS, totals, strict=True)
    return fields | {total_field(name): str(n) if n else "" for name, n in named}


def wrong_fields(fields: dict[str, str]) -> list[str]:
    """Return the fields that are at fault."""
    with pytest.raises(InputError) as caught:
        read_form(VISIT, PLANNED, fields)
    return [fault.where for fault in caught.value.faults]


def typed_at_the_prompt(
    lines: tuple[tuple[int, ...], ...], totals: tuple[int, ...]
) -> VisitRow | None:
    """Return what the prompt records, if it takes all of it."""
    recorded: list[VisitRow] = []

    def keep(row: VisitRow) -> str:
        recorded.append(row)
        return ""

    entry = SheetEntry(PLANNED, keep)
    entry.answer(sheet_code(1))
    said = [entry.answer(" ".join(map(str, numbers))) for numbers in lines]
    if not all(text.startswith("so far") for text in said):
        return None
    entry.answer("= " + " ".join(map(str, totals)))
    entry.answer("")
    return recorded[0] if recorded else None


def test_a_form_is_read_with_its_measures() -> None:
    more = {"come_back_after": "18:30", "door_minutes": "190", "drive_minutes": "22", "doors": "52"}
    row = read_form(VISIT, PLANNED, fields_of(LINES, TOTALS, **more))
    assert (row.sheet, counts(row), row.source) == (1, TOTALS, sheet_code(1))
    assert row.result.come_back_after == 66_600
    assert (row.result.door_seconds, row.result.drive_seconds) == (11_400, 1_320)


@given(st.lists(line, min_size=1, max_size=4).map(tuple), st.none() | line)
def test_form_and_prompt_take_and_refuse_the_same_sheets(
    lines: tuple[tuple[int, ...], ...], totals: tuple[int, ...] | None
) -> None:
    sums = tuple(map(sum, zip(*lines, strict=True)))
    stated = sums if totals is None else totals
    try:
        row = read_form(VISIT, PLANNED, fields_of(lines, stated))
    except InputError:
        row = None
    if any(sums) and any(stated):
        typed = typed_at_the_prompt(lines, stated)
        assert (row and row.result) == (typed and typed.result)
    else:
        # A form with nothing in it is refused, though a prompt takes lines of zeros.
        assert row is None


def test_each_fault_is_at_its_field() -> None:
    assert wrong_fields({}) == ["line1_reached"]
    assert wrong_fields(fields_of(LINES, TOTALS) | {"line2_signed": "x"}) == ["line2_signed"]
    assert wrong_fields(fields_of(((3, 4, 0, 0, 0),), (3, 4, 0, 0, 0)))[0] == "line1_reached"
    assert wrong_fields(fields_of(LINES, (40, 29, 12, 5, 4))) == ["total_signed"]
    assert wrong_fields(fields_of(LINES, (0,) * 5)) == ["total_reached"]
    assert wrong_fields(fields_of(LINES, TOTALS, doors="51")) == ["doors"]
    late = fields_of(((3, 2, 0, 0, 0),), (3, 2, 0, 0, 0), come_back_after="18:00")
    assert wrong_fields(late) == ["come_back_after"]
    assert wrong_fields(fields_of(LINES, TOTALS, door_minutes="long")) == ["door_minutes"]


def test_lines_are_taken_as_they_are_where_the_sheet_was_added_up_wrongly() -> None:
    fields = fields_of(LINES, (41, 30, 12, 5, 4)) | {AS_LINES: "yes"}
    assert counts(read_form(VISIT, PLANNED, fields)) == TOTALS
