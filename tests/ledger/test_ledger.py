"""What is recorded is there, counted once, corrected by rows, and the same on both databases."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from routeplan.errors import InputError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.ledger import (
    LedgerVillage,
    RecordedVisit,
    Remaining,
    RoadReport,
    open_ledger,
    restore,
)
from routeplan.ledger.schema import METADATA
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_plan, toy_problem
from tests.ledger.campaign import MONDAY, VILLAGES, answers, new_ledger, recorded, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.ledger import Ledger
    from tests.helpers.postgresql import Server

EVENING = 18 * 3600


@pytest.fixture
def ledger(where: Path | str) -> Iterator[Ledger]:
    with new_ledger(where, recorder="Aigul") as made:
        yield made


def test_visits_are_read_back_as_they_were_recorded(ledger: Ledger, where: Path | str) -> None:
    first = visit(refused=1, come_back=2, not_home=3, come_back_after=EVENING, door_seconds=3600)
    second = visit("v02", 1, "Б", drive_seconds=900, from_place="v01")
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    done = ledger.record([RecordedVisit(first, sheet=14), RecordedVisit(second)], source="week1")
    assert (done.added, done.same, done.conflicting) == ((1, 2), (), ())
    ledger.close()
    with open_ledger(where) as again:
        entries = again.entries()
    assert [entry.result for entry in entries] == [first, second]
    assert [(e.id, e.sheet, e.plan, e.by, e.source) for e in entries] == [
        (1, 14, None, "Aigul", "week1"),
        (2, None, None, "Aigul", "week1"),
    ]
    assert all(before <= entry.when <= dt.datetime.now(dt.UTC) for entry in entries)


def test_nobody_is_named_unless_the_caller_does(where: Path | str) -> None:
    with new_ledger(where) as ledger:
        ledger.record(recorded(visit()), source="")
        assert [entry.by for entry in ledger.entries()] == [""]


def test_entries_are_chosen_by_date_team_and_place(ledger: Ledger) -> None:
    visits = [visit(day=day, team=team) for day in range(4) for team in "AB"]
    ledger.record(recorded(*visits, visit("v02", 2)), source="x")
    tuesday, wednesday = MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=2)
    assert ledger.results(tuesday, wednesday) == [
        *(visit(day=1), visit(day=1, team="B"), visit(day=2), visit("v02", 2)),
        visit(day=2, team="B"),
    ]
    assert ledger.results(last=MONDAY) == visits[:2]
    assert [entry.result for entry in ledger.entries(place="v02")] == [visit("v02", 2)]
    assert len(ledger.entries(wednesday, team="B")) == 2


def test_the_same_visit_again_is_counted_once(ledger: Ledger) -> None:
    full = visit(door_seconds=3600)
    ledger.record(recorded(full), source="a")
    again = ledger.record(recorded(full, visit(), visit(day=1), visit(day=1)), source="b")
    assert (again.added, again.same, again.conflicting) == ((2,), (1, 1, 2), ())
    assert ledger.remaining()["v01"].signed == 12


@pytest.mark.parametrize("changed", [{"signed": 7}, {"not_home": 1}, {"door_seconds": 60}])
def test_other_counts_of_a_visit_are_a_conflict_and_the_rest_is_recorded(
    ledger: Ledger, changed: dict[str, Any]
) -> None:
    ledger.record(recorded(visit()), source="a")
    done = ledger.record(recorded(visit(**changed), visit("v02")), source="b")
    assert done.added == (2,)
    (conflict,) = done.conflicting
    assert conflict.visit.result == visit(**changed)
    assert conflict.entry == ledger.entries(place="v01")[0]
    assert ledger.results() == [visit(), visit("v02")]


def test_wrong_visits_are_named_all_at_once_and_none_is_recorded(ledger: Ledger) -> None:
    wrong = [visit("v1"), visit("nowhere", team=" "), visit(day=2, from_place="a\0b")]
    with pytest.raises(InputError) as caught:
        ledger.record([*recorded(*wrong), *recorded(visit(), plan=7)], source="x")
    text = str(caught.value)
    for part in ("no village has the id 'v1'", "did you mean", "names no team", "no plan 7"):
        assert part in text
    with pytest.raises(InputError, match="cannot be stored"):
        ledger.record(recorded(visit(), wrong[2]), source="x")
    with pytest.raises(InputError, match="is too large"):
        ledger.record(recorded(visit(), visit(day=1, not_home=2**31)), source="x")
    assert ledger.entries() == []
    assert ledger.record(recorded(visit()), source="x").added == (1,)


def test_a_correction_is_a_row_that_names_the_old(ledger: Ledger) -> None:
    ledger.record(recorded(visit(), sheet=3), source="a")
    assert ledger.correct(1, visit(signed=5), why="misread") == 2
    assert ledger.correct(2, visit("v02", 1), why="wrong sheet") == 3
    (entry,) = ledger.entries()
    assert (entry.id, entry.corrects, entry.why, entry.sheet) == (3, 2, "wrong sheet", 3)
    for number in (1, 2, 3):
        assert [old.id for old in ledger.history(number)] == [1, 2, 3]
    left = ledger.remaining()
    assert (left["v01"].signed, left["v02"].signed) == (0, 6)


def test_a_withdrawn_visit_counts_no_more_and_can_be_recorded_again(ledger: Ledger) -> None:
    ledger.record(recorded(visit()), source="a")
    assert ledger.correct(1, None, why="of last week") == 2
    assert ledger.entries() == []
    assert ledger.remaining()["v01"].unsigned == 50
    assert [entry.withdrawn for entry in ledger.history(1)] == [False, True]
    assert ledger.record(recorded(visit()), source="a").added == (3,)


def test_what_cannot_be_corrected_is_refused_with_the_reason(ledger: Ledger) -> None:
    ledger.record(recorded(visit(), visit(day=1), visit(day=2)), source="a")
    ledger.correct(1, visit(signed=1), why="")
    gone = ledger.correct(3, None, why="")
    for number, result, reason in (
        (1, visit(signed=2), "entry 1 was replaced by entry 4"),
        (gone, visit(signed=2), "entry 5 withdraws a visit"),
        (99, None, "there is no entry 99"),
        (2, visit(), "is recorded already, as entry 4"),
        (2, visit("v9"), "no village has the id 'v9'"),
    ):
        with pytest.raises(InputError, match=reason):
            ledger.correct(number, result, why="")
    assert ledger.correct(2, visit(day=1), why="") == 2
    assert [entry.id for entry in ledger.entries()] == [4, 2]


def test_a_village_that_is_added_again_is_corrected(ledger: Ledger) -> None:
    other = dataclasses.replace(VILLAGES[0], unsigned=45)
    ledger.add_villages([other, VILLAGES[1], LedgerVillage("v04", "Aral", 43, 79, 5, 5)])
    assert ledger.villages() == [
        *(other, *VILLAGES[1:]),
        LedgerVillage("v04", "Aral", 43, 79, 5, 5),
    ]
    assert ledger.remaining()["v01"].unsigned == 45


def test_wrong_villages_are_named_all_at_once(ledger: Ledger) -> None:
    wrong = [
        LedgerVillage("w1", "a", 143, 79, 5, 5),
        LedgerVillage("w2", "b", 43, float("nan"), 5, 6),
        *VILLAGES[:1] * 2,
    ]
    with pytest.raises(InputError) as caught:
        ledger.add_villages(wrong)
    assert len(caught.value.faults) == 4
    assert ledger.villages() == VILLAGES


def test_what_remains_counts_signed_refused_and_evenings(ledger: Ledger) -> None:
    ledger.record(
        recorded(
            visit(signed=3, refused=2, come_back=4, not_home=5, come_back_after=EVENING),
            visit(team="B", signed=1, come_back=2, come_back_after=EVENING - 1),
            visit("v03", signed=2),
        ),
        source="x",
    )
    assert ledger.remaining() == {
        "v01": Remaining(60, 44, 4, 2, 6, 5, 4),
        "v02": Remaining(40, 40, 0, 0, 0, 0, 0),
        "v03": Remaining(9, 0, 2, 0, 0, 0, 0),
    }
    ledger.record(recorded(visit(day=1, reached=3, signed=3, not_home=1)), source="x")
    assert ledger.remaining()["v01"] == Remaining(60, 41, 7, 2, 3, 2, 3)


def test_a_plan_is_kept_as_it_was_announced(ledger: Ledger) -> None:
    problem, plan = toy_problem(), toy_plan()
    assert ledger.add_plan(problem, plan, name="week 1") == 1
    assert ledger.add_plan(problem, plan, name="again") == 1
    assert ledger.add_plan(full_toy_problem(), full_toy_plan(), name="week 2") == 2
    first, second = ledger.plans()
    assert (first.problem, first.plan, second.plan) == (problem, plan, full_toy_plan())
    assert first.problem_sha256 == problem_sha256(problem_to_json(problem))
    assert (first.name, first.first, first.last, first.by) == (
        *("week 1", problem.days[0].date, problem.days[-1].date),
        "Aigul",
    )
    # Its villages can be recorded now.
    assert ledger.remaining()["mill"].unsigned == 100
    assert ledger.record(recorded(visit("mill"), plan=2), source="x").added == (1,)


def test_a_plan_for_another_problem_is_refused(ledger: Ledger) -> None:
    problem = toy_problem()
    other = problem.replace(teams=problem.teams[:1])
    with pytest.raises(InputError, match="no team has the id 'B'"):
        ledger.add_plan(other, toy_plan(), name="x")
    assert (ledger.plans(), ledger.villages()) == ([], VILLAGES)


def test_reported_drives_are_counted_once_and_can_be_corrected(ledger: Ledger) -> None:
    report = RoadReport("base", "v01", 1500, "car", MONDAY)
    other = RoadReport("v01", "v02", 900, "car", MONDAY)
    assert [ledger.add_road_report(each) for each in (report, other, report)] == [1, 2, 1]
    shorter = dataclasses.replace(report, seconds=1400)
    assert ledger.correct_road_report(1, shorter, why="wrong watch") == 3
    assert ledger.correct_road_report(2, None, why="with a stop") == 4
    assert [(each.id, each.values) for each in ledger.road_reports()] == [(3, shorter.values)]
    with pytest.raises(InputError, match="was replaced by"):
        ledger.correct_road_report(1, None, why="")


@pytest.mark.parametrize("table", METADATA.tables)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = 9", "DELETE FROM {}"])
def test_no_row_is_ever_changed_or_removed(ledger: Ledger, table: str, change: str) -> None:
    ledger.add_plan(toy_problem(), toy_plan(), name="x")
    ledger.record(recorded(visit()), source="x")
    ledger.add_road_report(RoadReport("base", "v01", 1500, "car", MONDAY))
    before = answers(ledger)
    with (
        pytest.raises(DBAPIError, match="only added"),
        ledger._storage._engine.begin() as connection,
    ):
        connection.execute(sa.text(change.format(table)))
    assert answers(ledger) == before


def filled(where: Path | str) -> dict[str, Any]:
    """Make a ledger with rows of every kind; return its answers."""
    with new_ledger(where, recorder="Aigul") as ledger:
        ledger.add_plan(toy_problem(), toy_plan(), name="week 1")
        ledger.add_villages([dataclasses.replace(VILLAGES[0], unsigned=45)])
        ledger.record(recorded(visit(), visit("v02", 1), plan=1), source="x")
        ledger.correct(1, visit(not_home=4), why="misread")
        ledger.correct(2, None, why="twice")
        ledger.add_road_report(RoadReport("base", "v01", 1500, "car", MONDAY))
        return answers(ledger)


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_backup_can_be_restored_into_either_database(
    where: Path | str, into: str, tmp_path: Path, server: Server
) -> None:
    before = filled(where)
    backup = tmp_path / "backup.sqlite"
    with open_ledger(where) as ledger:
        ledger.backup(backup)
        ledger.record(recorded(visit(day=6)), source="later")
    target = tmp_path / "restored.sqlite" if into == "sqlite" else server.new_schema()
    restore(backup, target)
    with open_ledger(target) as ledger:
        assert answers(ledger) == before
        # It goes on where the backup ended.
        assert ledger.record(recorded(visit(day=5)), source="x").added == (5,)
    with open_ledger(backup) as ledger:
        assert answers(ledger) == before


def test_nothing_is_written_over_a_ledger_or_a_backup(where: Path | str, tmp_path: Path) -> None:
    before = filled(where)
    backup = tmp_path / "backup.sqlite"
    with open_ledger(where) as ledger:
        ledger.backup(backup)
        with pytest.raises(InputError, match="is there already"):
            ledger.backup(backup)
    with pytest.raises(InputError, match="is there already"):
        open_ledger(where, create=True)
    with pytest.raises(InputError, match="is there already"):
        restore(backup, where)
    with open_ledger(where) as ledger:
        assert answers(ledger) == before


def test_both_databases_answer_the_same(tmp_path: Path, server: Server) -> None:
    on_file, on_server = filled(tmp_path / "a.sqlite"), filled(server.new_schema())
    for found in (on_file, on_server):
        for plan in found["plans"]:
            plan.pop("when")
        for entry in (*found["entries"], *chain.from_iterable(found["history"])):
            object.__setattr__(entry, "when", MONDAY)
    assert on_file == on_server
