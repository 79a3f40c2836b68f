"""The map of a day sheet: every number is seen, and nothing runs into the credit."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from routeplan.handouts.day_map import NAME_SIZE, SYMBOL, DayMap
from routeplan.handouts.fonts import BOLD
from tests.helpers.sheets import drawn, long_day

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

CREDIT = "© OpenStreetMap contributors"


def close_together(problem: Problem, positions: list[tuple[float, float]]) -> Problem:
    """Return a problem whose villages stand at these positions."""
    base, *others = problem.places
    moved = [replace(p, lat=lat, lon=lon) for p, (lat, lon) in zip(others, positions, strict=True)]
    return problem.replace(places=(base, *moved))


def discs(
    problem: Problem, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[float, float]]:
    """Return where the map has each number."""
    found = {}

    def record(_canvas: object, x: float, y: float, _radius: float, number: str) -> None:
        found[number] = (x, y)

    monkeypatch.setattr("routeplan.handouts.day_map.draw_disc", record)
    drawn(problem, plan)
    return found


@pytest.mark.parametrize("apart", [0.0, 1e-5, 0.002])
def test_numbers_of_stops_close_together_do_not_cover_each_other(
    apart: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, plan = long_day(["Арал", "Бұлақ", "Жана-Талап", "Каз ЦИК"])
    positions = [(43.1, 79.2), (43.0, 79.3), (42.9, 79.4), (42.9 + apart, 79.4)]
    found = discs(close_together(problem, positions), plan, monkeypatch)
    assert sorted(found) == ["1", "2", "3", "4"]
    for one, other in itertools.combinations(found.values(), 2):
        assert math.dist(one, other) > 2 * SYMBOL


def test_no_name_runs_into_the_credit(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, plan = long_day(["Қызылжұлдыз орман шаруашылығы"] * 6)
    # All around the corner of the credit.
    positions = [(42.8, 79.4 + 0.02 * n) for n in range(3)] + [
        (42.8 + 0.02 * n, 79.46) for n in range(3)
    ]
    written: list[tuple[str, float, float]] = []
    monkeypatch.setattr(
        DayMap, "_write", lambda _map, name, x, y, _font: written.append((name, x, y))
    )
    drawn(close_together(problem, positions), plan)
    (_, left, bottom), *_rest = [each for each in written if each[0] == CREDIT]
    names = [
        (x + stringWidth(name, BOLD, NAME_SIZE), y)
        for name, x, y in written
        if name.startswith("Қызыл")
    ]
    assert names
    assert all(y > bottom + 6 or right < left for right, y in names)
