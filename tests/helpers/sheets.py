"""Sheets looked at as their readers do: rendered, read, and scanned; and days hard to print."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pypdfium2
import zxingcpp

from routeplan.handouts import MapData, Selection, build_view, render_sheets
from routeplan.handouts.sheet_day import SheetDay
from routeplan.model.plan import Plan, Run, Stop, StoppedBy, Summary, Tour
from routeplan.model.problem import Day, Place, Problem, Team, TravelTimes, Village, Window
from tests.helpers.handouts import toy_roads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.handouts.map_view import ClosedRoadView
    from routeplan.language import Language

POINTS_PER_MM = 72 / 25.4


class Page(NamedTuple):
    """One page: what stands on it, without blanks, where, and how it looks."""

    text: str
    boxes: NDArray[np.float64]
    image: NDArray[np.uint8]
    codes: tuple[str, ...]


def pages(pdf: bytes, *, scale: float = 2.5) -> list[Page]:
    """Render a PDF, read it, and scan the codes on it, which wants a scale of 2 or more."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [_page(page, scale) for page in document]


def _page(page: pypdfium2.PdfPage, scale: float) -> Page:
    image = page.render(scale=scale).to_numpy()
    letters = page.get_textpage()
    raw = letters.get_text_range()
    count = letters.count_chars()
    boxes = np.array([letters.get_charbox(n) for n in range(count)]).reshape(-1, 4)
    codes = tuple(code.text for code in zxingcpp.read_barcodes(image))
    return Page("".join(raw.split()), boxes, image, codes)


def packed(text: str) -> str:
    """Return a text without blanks, as `Page` has it."""
    return "".join(text.split())


def drawn(
    problem: Problem,
    plan: Plan,
    language: Language = "en",
    *,
    data: MapData | None = None,
    selection: Selection | None = None,
    closed: tuple[ClosedRoadView, ...] = (),
) -> dict[str, bytes]:
    """Render the sheets of a plan, with the toy's roads under it."""
    view = build_view(problem, plan, replace(data or MapData(language), roads=toy_roads()))
    return render_sheets(problem, plan, replace(view, closed_roads=closed), selection=selection)


def days_of(problem: Problem, plan: Plan, language: Language) -> list[SheetDay]:
    """Return the days of a plan as the sheets take them."""
    view = build_view(problem, plan, MapData(language))
    return [
        SheetDay(problem, tour, seen, view)
        for tour, seen in zip(plan.tours, view.tours, strict=True)
    ]


def long_day(names: list[str], *, doors: int = 4) -> tuple[Problem, Plan]:
    """Return a day on which one crew goes round all villages of these names, on a circle."""
    turns = np.linspace(0, 6, len(names) + 1)
    places = [
        Place("base", "Қарасу", 43.0, 79.0),
        *(
            Place(f"v{n}", name, 43.0 + 0.2 * np.sin(turn), 79.3 - 0.3 * np.cos(turn))
            for n, (name, turn) in enumerate(zip(names, turns[1:], strict=True))
        ),
    ]
    size = len(places)
    seconds = [[0 if a == b else 600 for b in range(size)] for a in range(size)]
    visit = 60 * doors
    stops = [
        Stop(f"v{n}", 30_000 + n * (visit + 600), 30_000 + n * (visit + 600), 0, doors)
        for n in range(len(names))
    ]
    stops = [Stop(s.place, s.arrive, s.start, s.start + visit, s.households) for s in stops]
    end = stops[-1].end + 600
    tour = Tour("A", 0, "base", "base", 29_400, end, 600 * size, stops=tuple(stops))
    problem = Problem(
        places=tuple(places),
        travel={"car": TravelTimes.from_rows(seconds)},
        villages=tuple(Village(f"v{n}", doors) for n in range(len(names))),
        teams=(Team("A", "base", "base", "car", 60.0),),
        days=(Day(dt.date(2027, 5, 3), Window(28_800, 90_000)),),
        name="toy",
    )
    total = doors * len(names)
    summary = Summary(total, float(total), None, tour.drive_seconds)
    run = Run("by hand", 0, 0.0, 0, StoppedBy.ITERATIONS, "0")
    return problem, Plan("0" * 64, (tour,), (), summary, run)
