"""``routeplan record``: files and typed sheets go into the ledger, once, and can be corrected."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from routeplan.cli import main
from routeplan.cli.language import translate_click
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import LANGUAGES
from routeplan.ledger import open_ledger
from routeplan.tally import sheet_code
from tests.helpers.ledger import entries_of, new_ledger
from tests.helpers.recording import (
    FILLED,
    GOOD,
    HEADER,
    PLAN,
    PROBLEM,
    filled_workbook,
)
from tests.helpers.villages import csv_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.ledger import Entry, LedgerPlan

BAD = (sheet_code(2)[:-1] + "x", 1, 1, 0, 0, 0)
SECOND = (sheet_code(3), 20, 20, 0, 0, 0)


class Answer(NamedTuple):
    code: int
    out: str
    err: str


CTRL_C = "\x03"


class Keyboard(io.StringIO):
    """Lines that are typed, of which the last may be Ctrl-C."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # typeshed: of bytes
        line = super().readline(size)
        if line == CTRL_C:
            raise KeyboardInterrupt
        return line


class Office:
    """A folder with a plan and a ledger, and whoever types."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.folder, self._capsys, self._patch = folder, capsys, patch
        self._ledger = new_ledger(folder / "campaign.sqlite", PROBLEM)
        (folder / "problem.json").write_text(problem_to_json(PROBLEM), encoding="utf-8")
        (folder / "plan.json").write_text(plan_to_json(PLAN), encoding="utf-8")

    def entries(self) -> list[Entry]:
        return entries_of(self._ledger)

    def plans(self) -> list[LedgerPlan]:
        with open_ledger(self._ledger) as ledger:
            return ledger.plans()

    def record(self, *arguments: object, typed: str = "") -> Answer:
        self._patch.setattr("sys.stdin", Keyboard(typed))
        paths = [str(self.folder / "plan.json"), "--ledger", "campaign.sqlite"]
        with pytest.raises(SystemExit) as ended:
            main(["record", *paths, *map(str, arguments), "--quiet"])
        code = ended.value.code
        assert isinstance(code, int)
        return Answer(code, *self._capsys.readouterr())

    def file(self, *rows: Sequence[object], name: str = "results.csv") -> Path:
        path = self.folder / name
        path.write_bytes(csv_bytes(rows))
        return path

    def counts(self) -> list[tuple[int | None, int, int]]:
        return [(e.sheet, e.result.reached, e.result.signed) for e in self.entries()]


@pytest.fixture
def office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Office:
    monkeypatch.chdir(tmp_path)
    return Office(tmp_path, capsys, monkeypatch)


def test_a_table_is_recorded_under_its_plan(office: Office) -> None:
    answer = office.record(office.file(HEADER, GOOD, SECOND), "--by", "office")
    assert answer == (0, "2 visits are recorded\n", "")
    assert office.counts() == [(1, 40, 30), (3, 20, 20)]
    assert {(e.plan, e.by, e.source) for e in office.entries()} == {(1, "office", "results.csv")}


def test_a_workbook_is_recorded(office: Office) -> None:
    path = office.folder / "week1.xlsx"
    path.write_bytes(filled_workbook(FILLED))
    assert office.record(path).out == "2 visits are recorded\n"
    assert office.counts() == [(1, 40, 30), (3, 20, 20)]


def test_the_same_sheet_again_is_counted_once_and_said(office: Office) -> None:
    office.record(office.file(HEADER, GOOD))
    answer = office.record(office.file(HEADER, GOOD, SECOND))
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "1 visit is recorded",
        "1 visit was recorded before, and is counted once: results.csv:2",
    ]
    assert office.counts() == [(1, 40, 30), (3, 20, 20)]


def test_nothing_is_recorded_of_a_file_with_a_fault(office: Office) -> None:
    answer = office.record(office.file(HEADER, GOOD, BAD, (sheet_code(4), 1, 2, 0, 0, 0)))
    assert answer.code == 2
    assert office.counts() == []
    # Nor is the plan, before its first results.
    assert not office.plans()
    assert "results.csv:3 code: " in answer.err
    assert "results.csv:4 reached: 1 were reached, but 2 signed" in answer.err
    assert "nothing is recorded; 1 row has no fault; --keep-good records them" in answer.err


def test_the_good_rows_are_recorded_on_request(office: Office) -> None:
    answer = office.record(office.file(HEADER, GOOD, BAD), "--keep-good")
    assert answer.code == 2
    first, second = answer.out.splitlines()
    assert first == "1 visit is recorded"
    assert second.startswith("not recorded: results.csv:3 code: ")
    assert office.counts() == [(1, 40, 30)]


def test_a_visit_with_other_numbers_is_a_fault_until_its_entry_is_corrected(office: Office) -> None:
    office.record(office.file(HEADER, GOOD))
    changed = office.file(HEADER, (sheet_code(1), 41, 31, 12, 5, 4))
    answer = office.record(changed)
    assert answer.code == 2
    assert (
        "results.csv:2: crew A, 2027-05-03, Ақбұлақ is recorded with other numbers: "
        "reached 40, signed 30, not home 12, refused 5, come back 4 (entry 1); "
        "to correct it: --correct 1" in answer.err
    )
    answer = office.record(changed, "--correct", 1, "--why", "counted again")
    assert (answer.code, answer.out.splitlines()[1]) == (0, "1 entry is corrected")
    assert office.counts() == [(1, 41, 31)]
    (entry,) = office.entries()
    assert (entry.corrects, entry.why) == (1, "counted again")


def test_a_correction_without_its_row_is_a_fault(office: Office) -> None:
    office.record(office.file(HEADER, GOOD))
    answer = office.record(office.file(HEADER, SECOND), "--correct", 1)
    assert answer.code == 2
    assert "entry 1: no row is of crew A, 2027-05-03, Ақбұлақ" in answer.err
    answer = office.record("--correct", 7, "--correct", 8)
    assert "--correct: no entry of this plan's days has the number 7" in answer.err
    assert "has the number 8" in answer.err


TYPED = "\n".join([sheet_code(1), "20 15 6 3 2", "20 15 6 2 2", "= 40 30 12 5 4", "18:30 190 22"])


def test_sheets_are_typed_and_each_is_recorded(office: Office) -> None:
    more = f"{TYPED}\n{sheet_code(3)}\n20 20 0 0 0\n==\n\n"
    answer = office.record(typed=more)
    assert answer.code == 0
    assert "recorded as entry 1" in answer.out
    assert answer.out.endswith("2 sheets are recorded\n")
    assert office.counts() == [(1, 40, 30), (3, 20, 20)]
    assert {e.source for e in office.entries()} == {"typed"}


def test_a_sheet_in_a_file_and_typed_is_counted_once(office: Office) -> None:
    office.record(office.file(HEADER, GOOD))
    times_left_out = TYPED.replace("18:30 190 22", "-")
    answer = office.record(typed=f"{times_left_out}\n")
    assert "was recorded before with the same numbers, and is counted once" in answer.out
    other = office.record(typed=f"{sheet_code(1)}\n1 1 0 0 0\n==\n\n\n")
    assert "is recorded with other numbers" in other.out
    assert "to correct it: --correct 1" in other.out
    assert office.counts() == [(1, 40, 30)]


def test_what_was_typed_before_ctrl_c_is_recorded(office: Office) -> None:
    typed = f"{TYPED}\n{sheet_code(3)}\n20 20 0 0 0\n{CTRL_C}"
    assert office.record(typed=typed).code == 130
    assert office.counts() == [(1, 40, 30)]


def test_times_that_were_not_recorded_are_added_by_a_correction(office: Office) -> None:
    office.record(office.file(HEADER, GOOD))
    timed = office.file((*HEADER, "door_minutes"), (*GOOD, 90))
    answer = office.record(timed)
    assert "is recorded with other times (entry 1); to correct it: --correct 1" in answer.err
    assert office.record(timed, "--correct", 1).code == 0
    assert [e.result.door_seconds for e in office.entries()] == [5400]


def test_an_entry_is_corrected_by_typing_its_sheet_again(office: Office) -> None:
    office.record(office.file(HEADER, GOOD, SECOND))
    answer = office.record("--correct", 2, typed="21 20 0 0 0\n==\n\n")
    assert answer.code == 0
    assert answer.out.startswith("sheet 003: crew A, 2027-05-04, Верхний Ключ\n")
    assert answer.out.endswith("entry 2 is corrected\n")
    assert office.counts() == [(1, 40, 30), (3, 21, 20)]


def test_no_sheet_that_is_typed_brings_more_answers_than_a_village_has(office: Office) -> None:
    """Both visits to Ақбұлақ are within its 110 households, but not together."""
    office.record(office.file(HEADER, (sheet_code(1), 70, 70, 0, 0, 0)))
    answer = office.record(typed=f"{sheet_code(7)}\n41 41 0 0 0\n==\n\n\n")
    assert "111 households of Ақбұлақ signed or refused in all, but it has 110" in answer.out
    office.record(typed=f"{sheet_code(7)}\n40 40 0 0 0\n==\n\n\n")
    answer = office.record("--correct", 2, typed="41 41 0 0 0\n==\n\n")
    assert "111 households of Ақбұлақ signed or refused in all, but it has 110" in answer.out
    assert office.counts() == [(1, 70, 70), (7, 40, 40)]


def test_an_entry_is_withdrawn(office: Office) -> None:
    office.record(office.file(HEADER, GOOD, SECOND))
    assert office.record("--withdraw", 1).out == "1 entry is withdrawn\n"
    assert office.counts() == [(3, 20, 20)]
    answer = office.record("--withdraw", 2, "--correct", 2)
    assert answer.code == 2
    assert "cannot be combined" in answer.err


@pytest.mark.parametrize("what", ["акбулак", "v1", sheet_code(1), "1", "001"])
def test_what_is_recorded_is_looked_up_by_village_and_by_sheet(office: Office, what: str) -> None:
    office.record(office.file(HEADER, GOOD, SECOND))
    answer = office.record("--look", what, "--json")
    (entry,) = json.loads(answer.out)["entries"]
    assert (entry["entry"], entry["sheet"], entry["place"]) == (1, 1, "v1")
    assert [entry[name] for name in HEADER[1:]] == list(GOOD[1:])
    (found,) = (each for each in office.entries() if each.sheet == 1)
    assert office.record("--look", what, "--by", "office").out == (
        "entry 1: sheet 001: crew A, 2027-05-03, Ақбұлақ; reached 40, signed 30, not home 12, "
        f"refused 5, come back 4; recorded {found.when.astimezone():%Y-%m-%d %H:%M}\n"
    )


def test_a_look_at_nothing_says_so_and_an_unknown_village_is_named(office: Office) -> None:
    assert office.record("--look", "Арал").out == "nothing is recorded\n"
    answer = office.record("--look", "Орал")
    assert answer.code == 2
    assert "there is no village 'Орал'; did you mean 'Арал'?" in answer.err


def test_answers_for_machines_name_rows_and_faults(office: Office) -> None:
    office.record(office.file(HEADER, SECOND))
    answer = office.record(office.file(HEADER, GOOD, SECOND, BAD), "--keep-good", "--json")
    values = json.loads(answer.out)
    assert (values["added"], values["same"], values["corrected"]) == ([2], ["results.csv:3"], [])
    assert [fault["where"] for fault in values["faults"]] == ["results.csv:4 code"]


def test_persons_data_is_kept_out_of_reasons(office: Office) -> None:
    answer = office.record("--why", "+7 701 123 45 67", "--look", "v1")
    assert answer.code == 2
    assert "--why: looks like a phone number" in answer.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_speaks_three_languages(office: Office, language: str) -> None:
    path = office.file(HEADER, GOOD, BAD)
    for arguments in ([path], [path, "--keep-good"], ["--look", "v1"]):
        answer = office.record(*arguments, "--language", language)
        assert "{" not in answer.out + answer.err
    assert office.counts() == [(1, 40, 30)]
    # click keeps the language of the last command, and other tests read its texts.
    translate_click()
