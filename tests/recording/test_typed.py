"""Sheets are typed in line by line, without a terminal; each is recorded when it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.language import LANGUAGE_VARIABLE, LANGUAGES
from routeplan.recording import SheetEntry
from routeplan.tally import row_code, sheet_code
from tests.helpers.recording import PLANNED, counts

if TYPE_CHECKING:
    from routeplan.recording import VisitRow

FIRST = sheet_code(1)
WHOLE = (FIRST, "20 15 6 3 2", "20 15 6 2 2", "= 52 40 30 12 5 4", "18:30 190 22")


class Typist:
    """Types lines, and keeps what is said and recorded."""

    def __init__(self, *lines: str | None) -> None:
        self.recorded: list[VisitRow] = []
        self.entry = SheetEntry(PLANNED, self.record)
        self.said = [self.entry.greeting(), *map(self.entry.answer, lines)]

    def record(self, row: VisitRow) -> str:
        self.recorded.append(row)
        return f"recorded as entry {len(self.recorded)}"

    def type(self, line: str | None) -> str:
        self.said.append(self.entry.answer(line))
        return self.said[-1]


def test_a_sheet_is_its_code_its_lines_and_its_own_totals() -> None:
    typist = Typist(*WHOLE)
    (row,) = typist.recorded
    assert (row.sheet, counts(row)) == (1, (40, 30, 12, 5, 4))
    assert row.result.key == PLANNED.sheets[1].key
    assert row.result.come_back_after == 66_600
    assert (row.result.door_seconds, row.result.drive_seconds) == (11_400, 1_320)
    assert row.result.from_place == "base"
    assert typist.said[1].startswith("sheet 001: crew A, 2027-05-03, Ақбұлақ\n")
    assert typist.said[2] == "so far: reached 20, signed 15, not home 6, refused 3, come back 2"
    assert typist.said[3] == "so far: reached 40, signed 30, not home 12, refused 5, come back 4"
    assert typist.said[4].startswith("that is right: reached 40")
    assert typist.said[5].startswith("recorded as entry 1\ncode of the sheet")
    assert not typist.entry.finished


def test_every_complete_sheet_is_recorded_at_once() -> None:
    typist = Typist(*WHOLE, sheet_code(3), "5 5 0 0 0", "= 5 5 0 0 0", "")
    assert [row.sheet for row in typist.recorded] == [1, 3]
    assert typist.type("?").splitlines() == [
        (
            f"{FIRST} crew A, 2027-05-03, Ақбұлақ: "
            "reached 40, signed 30, not home 12, refused 5, come back 4"
        ),
        (
            f"{sheet_code(3)} crew A, 2027-05-04, Верхний Ключ: "
            "reached 5, signed 5, not home 0, refused 0, come back 0"
        ),
    ]


@pytest.mark.parametrize("end", ["", None])
def test_an_empty_line_or_ctrl_d_ends(end: str | None) -> None:
    typist = Typist(*WHOLE)
    assert typist.type(end) == "1 sheet is recorded"
    assert typist.entry.finished


def test_a_sheet_that_is_not_complete_is_not_recorded_and_that_is_said() -> None:
    typist = Typist(*WHOLE[:3])
    assert typist.type("").startswith("the sheet is not complete")
    assert not typist.entry.finished
    # Anything else goes on with it.
    typist.type("0 0 1 0 0")
    typist.type("")
    assert typist.type("").splitlines() == [
        "not recorded, since it is not complete: crew A, 2027-05-03, Ақбұлақ",
        "0 sheets are recorded",
    ]
    assert not typist.recorded


def test_ctrl_d_after_the_totals_records_the_sheet() -> None:
    typist = Typist(*WHOLE[:4], None)
    assert [counts(row) for row in typist.recorded] == [(40, 30, 12, 5, 4)]
    assert typist.entry.finished
    assert typist.said[-1].endswith("1 sheet is recorded")


def test_totals_that_differ_are_named_and_a_line_can_be_taken_back() -> None:
    typist = Typist(FIRST, "20 15 6 3 2", "20 14 5 2 2", "= 52 40 30 12 5 4")
    assert typist.said[-1].splitlines() == [
        "signed: the sheet says 30, its lines come to 29",
        "not home: the sheet says 12, its lines come to 11",
        "? shows the lines, < 3 takes one back; == takes the lines as they are",
    ]
    assert typist.type("?").splitlines() == [
        "crew A, 2027-05-03, Ақбұлақ",
        "1. 20 15 6 3 2",
        "2. 20 14 5 2 2",
        "so far: reached 40, signed 29, not home 11, refused 5, come back 4",
    ]
    assert typist.type("< 2").startswith("taken back: 20 14 5 2 2; so far: reached 20")
    typist.type("20 15 6 2 2")
    assert typist.type("= 40 30 12 5 4").startswith("that is right")
    typist.type("- - -")
    assert [counts(row) for row in typist.recorded] == [(40, 30, 12, 5, 4)]


def test_the_lines_may_count_where_the_sheet_was_added_up_wrongly() -> None:
    typist = Typist(FIRST, "20 15 6 3 2", "= 27 21 15 6 3 2", "==", "")
    assert [counts(row) for row in typist.recorded] == [(20, 15, 6, 3, 2)]


def test_the_last_line_is_taken_back_and_then_the_sheet() -> None:
    typist = Typist(FIRST, "20 15 6 3 2", "<")
    assert typist.said[-1].endswith(
        "so far: reached 0, signed 0, not home 0, refused 0, come back 0"
    )
    assert typist.type("<") == "the sheet is closed again, and nothing of it is recorded"
    typist.type(sheet_code(2))
    assert "sheet 002" in typist.said[-1]


def test_complete_totals_can_be_opened_again() -> None:
    typist = Typist(*WHOLE[:4], "<", "20 15 6 2 2", "==", "")
    assert [counts(row) for row in typist.recorded] == [(40, 30, 12, 5, 4)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["014-037-2"], "'014-037-2' has a slip in it"),
        (["7"], "'7' is not the code of a row"),
        ([sheet_code(8)], "the plan has no sheet 008"),
        ([row_code(1, 4)], "is the code of row 4, not of the sheet"),
        ([FIRST, "20 15 6 3"], "4 numbers instead of five; in this order: reached, signed"),
        ([FIRST, "20 15 6 3 x"], "'x' is not a whole number"),
        ([FIRST, "20 15 6 3 -2"], "-2 is below 0"),
        ([FIRST, "5 4 0 1 1"], "5 were reached, but 6 signed, refused or asked to come back"),
        ([FIRST, "60 4 0 1 1", "51 4 0 1 1"], "111 were reached, but Ақбұлақ has 110 households"),
        ([FIRST, "60 4 51 1 1"], "111 were reached or not home, but Ақбұлақ has 110 households"),
        ([FIRST, "= 1 1 0 0 0"], "no line is entered"),
        ([FIRST, "1 1 0 0 0", "= 2 1 1 0 0 0"], "the sheet says 2 doors in all, but those"),
        ([FIRST, "1 1 0 0 0", "< 2"], "'2' is no line of this sheet; its lines are 1 to 1"),
        ([FIRST, "1 1 0 0 0", "==", "18:00"], "says when to come back, but nobody asked for it"),
        ([FIRST, "1 1 0 0 0", "==", "- 1 2 3"], "more than three values"),
        ([FIRST, "1 0 0 0 1", "==", "late"], "'late' is no time of day"),
        (["?"], "nothing is entered"),
    ],
)
def test_what_cannot_be_is_said_at_once_and_not_taken(lines: list[str], said: str) -> None:
    typist = Typist(*lines)
    assert said in typist.said[-1]
    assert not typist.recorded
    assert not typist.entry.finished


def test_a_refused_line_changes_nothing() -> None:
    typist = Typist(FIRST, "20 15 6 3 2", "100 1 0 0 0", "20 15 6 2", "20 15 6 2 2", "==", "")
    assert [counts(row) for row in typist.recorded] == [(40, 30, 12, 5, 4)]


def test_a_sheet_that_cannot_be_recorded_is_left_out_with_the_reason() -> None:
    def refuse(_row: VisitRow) -> str:
        raise InputError("recorded with other numbers")

    entry = SheetEntry(PLANNED, refuse)
    said = [entry.answer(line) for line in (*WHOLE, "?", "")]
    assert said[4].startswith("recorded with other numbers\ncode of the sheet")
    assert said[5:] == ["nothing is entered", "0 sheets are recorded"]


def test_a_visit_that_was_not_planned_is_opened_by_its_names() -> None:
    typist = Typist("b; 4.5.2027; Арал")
    assert typist.said[-1].startswith("crew B, 2027-05-04, Арал\n")
    for line in ("3 2 1 0 0", "==", "- 20 15", ""):
        typist.type(line)
    (row,) = typist.recorded
    assert (row.sheet, row.source, counts(row)) == (None, "B, 2027-05-04, Арал", (3, 2, 1, 0, 0))
    assert (row.result.drive_seconds, row.result.from_place) == (900, None)


def test_all_unknown_names_of_a_visit_are_said_at_once() -> None:
    typist = Typist("C; 4.5.2028; Орал")
    assert typist.said[-1].splitlines() == [
        "there is no crew 'C'; known are 'A', 'B'",
        "2028-05-04 is no day of the plan; did you mean 2027-05-04?",
        "there is no village 'Орал'; did you mean 'Арал'?",
    ]


def test_one_visit_alone_is_typed_without_its_code() -> None:
    recorded: list[VisitRow] = []

    def record(row: VisitRow) -> str:
        recorded.append(row)
        return "corrected"

    entry = SheetEntry(PLANNED, record, visit=PLANNED.visit("B", PLANNED.sheets[1].date, "v5"))
    assert entry.greeting().startswith("crew B, 2027-05-03, Арал\n")
    assert entry.answer("<") == "no line is entered"
    entry.answer("3 2 1 0 0")
    entry.answer("==")
    assert entry.answer("") == "corrected"
    assert entry.finished
    assert [(row.sheet, counts(row)) for row in recorded] == [(None, (3, 2, 1, 0, 0))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dialogue_is_held_in_three_languages(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LANGUAGE_VARIABLE, language)
    typist = Typist(*WHOLE, "?", "")
    words = {"en": "reached 40", "ru": "застали 40", "kk": "кездестік 40"}
    assert words[language] in typist.said[4]
    assert all(typist.said)
    # Nothing is left with an empty field, or in braces.
    assert not any("{" in text or "}" in text for text in typist.said)


parts = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 5)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=50)
@given(parts)
def test_a_sheet_comes_to_the_sum_of_its_lines_however_it_is_parted(
    lines: list[tuple[int, int, int, int]],
) -> None:
    rows = [
        (signed + refused + again, signed, away, refused, again)
        for signed, refused, away, again in lines
    ]
    total = tuple(map(sum, zip(*rows, strict=True)))
    sheet = sheet_code(4)  # of a village with 200 households
    typed = [" ".join(map(str, row)) for row in rows]
    typist = Typist(sheet, *typed, f"= {' '.join(map(str, total))}", "")
    assert [counts(row) for row in typist.recorded] == [total]


odd_lines = st.one_of(
    st.text(max_size=20),
    st.sampled_from([FIRST, sheet_code(2), "1 1 0 0 0", "9 4 1 2 1", "=", "==", "= 1 1 0 0 0"]),
    st.sampled_from(["A; 2027-05-03; v1", "B; 2027-05-04; Арал", "A; v1", "A;;"]),
    st.sampled_from(["?", "<", "< 1", "", "-", "18:00 5 5", "9" * 5_000, "< " + "9" * 5_000]),
)


@settings(max_examples=50)
@given(st.lists(odd_lines, max_size=25))
def test_whatever_is_typed_is_answered_and_what_is_recorded_can_be_true(lines: list[str]) -> None:
    typist = Typist()
    for line in (*lines, None):
        if typist.entry.finished:
            break
        assert typist.type(line)
    assert typist.entry.finished
    for row in typist.recorded:
        assert row.result.knocked <= PLANNED.households[row.result.place]
        assert row.sheet is None or PLANNED.sheets[row.sheet].key == row.result.key
