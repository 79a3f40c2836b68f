"""Whatever is recorded, corrected and withdrawn, a ledger answers as plain lists do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.ledger import Ledger
from routeplan.ledger.entries import VillageDay, pending_households
from routeplan.ledger.storage import Memory
from tests.ledger.campaign import VILLAGES, new_ledger, recorded, visit
from tests.oracles.ledger import EVENING, PlainLedger

if TYPE_CHECKING:
    from routeplan.model.results import VisitResult
    from tests.helpers.postgresql import Server

COUNTS = st.integers(0, 4)


@st.composite
def visits(draw: st.DrawFn) -> VisitResult:
    signed, refused, come_back, more = (draw(COUNTS) for _ in range(4))
    return visit(
        draw(st.sampled_from(["v01", "v01", "v02", "v03"])),
        draw(st.integers(0, 2)),
        draw(st.sampled_from("AB")),
        reached=signed + refused + come_back + more,
        signed=signed,
        refused=refused,
        come_back=come_back,
        not_home=draw(COUNTS),
        come_back_after=draw(st.sampled_from([None, EVENING - 1, EVENING])) if come_back else None,
    )


RECORD = st.tuples(st.just("record"), st.lists(visits(), max_size=3))
CORRECT = st.tuples(st.just("correct"), st.integers(1, 8), visits() | st.none())
STEPS = st.lists(RECORD | CORRECT, max_size=8)


def check(ledger: Ledger, steps: list[tuple[object, ...]]) -> None:
    model = PlainLedger(VILLAGES)
    for step in steps:
        if step[0] == "record":
            done = ledger.record(recorded(*step[1]), source="x")  # type: ignore[misc]
            found = list(done.added), list(done.same), len(done.conflicting)
            assert found == model.record(step[1])  # type: ignore[arg-type]
            continue
        wanted = model.correct(step[1], step[2])  # type: ignore[arg-type]
        if wanted is None:
            with pytest.raises(InputError):
                ledger.correct(step[1], step[2], why="x")  # type: ignore[arg-type]
        else:
            assert ledger.correct(step[1], step[2], why="x") == wanted  # type: ignore[arg-type]
    assert ledger.remaining() == model.remaining()
    current = {n: row for n, row in enumerate(model.rows, start=1) if row is not None}
    assert {entry.id: entry.result for entry in ledger.entries()} == current


@given(STEPS)
def test_sqlite_answers_as_plain_lists_do(steps: list[tuple[object, ...]]) -> None:
    with Ledger(Memory("in memory"), "") as ledger:
        ledger.add_villages(VILLAGES)
        check(ledger, steps)


@given(steps=STEPS)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_a_server_answers_as_plain_lists_do(
    server: Server, steps: list[tuple[object, ...]]
) -> None:
    with new_ledger(server.new_schema()) as ledger:
        check(ledger, steps)


@given(st.lists(st.builds(VillageDay, *[COUNTS] * 6), max_size=6))
def test_never_more_evening_visits_are_pending_than_visits(days: list[VillageDay]) -> None:
    sound = [day for day in days if day.evening <= day.come_back]
    come_back, evening, not_home = pending_households(sound)
    assert 0 <= evening <= come_back <= sum(day.come_back for day in sound)
    assert 0 <= not_home <= sum(day.not_home for day in sound)
