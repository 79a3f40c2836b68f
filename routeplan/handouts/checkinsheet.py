"""The sheet of the one who stays at the base: when to hear from whom, and when to worry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from routeplan.handouts import words
from routeplan.handouts.pdf import (
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    LEADING,
    Sheet,
    fitted,
    grid,
    text,
)
from routeplan.handouts.safety import check_ins
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.platypus import Table

    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.safety import CheckIn
    from routeplan.handouts.sheet_day import Day

__all__ = ["check_in_sheet"]

# Letters of the times, in points: as large as one page for all allows.
LARGEST, SMALLEST = 11.0, 7.5
TITLE_HEIGHT = 10 * mm
PADDING_UP, PADDING_DOWN, PADDING_ACROSS = 0.8 * mm, 1.2 * mm, 1.2 * mm


def check_in_sheet(days: Sequence[Day]) -> Sheet:
    """Return the sheet of one day for all crews that are out on it."""
    day = days[0]
    _ = translation(day.language).gettext
    kind = _("Check-in sheet")
    title = f"{kind} · {day.date}"
    return Sheet(title, f"{title} · {day.whole.title}", day.language, lambda: _story(days))


def _story(days: Sequence[Day]) -> Iterator[Flowable]:
    day = days[0]
    _ = translation(day.language).gettext
    above = [
        fitted(_("Check-in sheet"), CONTENT_WIDTH, largest=22, smallest=14),
        text(f"{day.date} · {day.whole.title}", 12),
        Spacer(0, 3 * mm),
        _crews(days),
        Spacer(0, 4 * mm),
    ]
    below = [Spacer(0, 4 * mm), _steps(day)]
    points = [point for each in days for point in check_ins(each.problem, each.tour)]
    points.sort(key=lambda point: (point.expected, point.team))
    taken = sum(part.wrap(CONTENT_WIDTH, CONTENT_HEIGHT)[1] for part in above + below)
    row = (CONTENT_HEIGHT - taken - TITLE_HEIGHT) / max(len(points), 1)
    size = (row - PADDING_UP - PADDING_DOWN) / LEADING - 1
    yield from above
    yield _times(day, points, min(max(size, SMALLEST), LARGEST))
    yield from below


def _crews(days: Sequence[Day]) -> Table:
    _ = translation(days[0].language).gettext
    titles = (_("Crew"), _("Vehicle"), _("Night in"), _("Doors"), _("Phone, by hand"))
    shares = (0.12, 0.2, 0.28, 0.1, 0.3)
    rows: list[list[Cell]] = [
        [
            _crew(day.tour.team, shares[0], LARGEST),
            text(day.vehicle, 9),
            text(day.view.end, 10),
            text(str(day.view.households), 10),
            "",
        ]
        for day in days
    ]
    return _ruled([[text(title, 8) for title in titles], *rows], shares)


def _times(day: Day, points: Sequence[CheckIn], size: float) -> Table:
    _ = translation(day.language).gettext
    titles = (
        _("Expected"),
        _("Crew"),
        _("Where"),
        _("Ask from"),
        _("Alarm from"),
        _("Heard at"),
        _("Tick"),
    )
    shares = (0.13, 0.1, 0.33, 0.11, 0.12, 0.13, 0.08)
    rows: list[list[Cell]] = [
        [
            text(words.clock(point.expected), size + 1, bold=True),
            _crew(point.team, shares[1], size),
            text(_where(day, point), size),
            text(words.clock(point.overdue), size),
            text(words.clock(point.alarm), size),
            "",
            "",
        ]
        for point in points
    ]
    return _ruled([[text(title, 8) for title in titles], *rows], shares)


def _crew(team: str, share: float, size: float) -> Flowable:
    return fitted(team, share * CONTENT_WIDTH - 2 * PADDING_ACROSS, largest=size, smallest=6)


def _where(day: Day, point: CheckIn) -> str:
    _ = translation(day.language).gettext
    name = day.problem.place(point.place).name
    if point.stop == 0:
        return _("leaves {place}").format(place=name)
    if point.stop is None:
        return _("ends the day in {place}").format(place=name)
    return f"{point.stop}. {name}"


def _steps(day: Day) -> Table:
    _ = translation(day.language).gettext
    lines = [
        _("Crews report when they leave, when they reach each stop, and at the end of the day."),
        _("Nothing heard by “ask from”: call the crew, then whoever can be reached at its stops."),
        _(
            "Nothing by “alarm from”: send the nearest crew along the way from the last place "
            "that it reported from, by daylight and two together; emergency call 112."
        ),
        _("Write down only times: no names, nothing of what was said at the doors."),
    ]
    return grid(
        [[[text(line, 9.5) for line in lines]]],
        [CONTENT_WIDTH],
        ("BOX", (0, 0), (-1, -1), 1.2, INK),
        *[(f"{side}PADDING", (0, 0), (-1, -1), 2.2 * mm) for side in ("LEFT", "RIGHT")],
        *[(f"{side}PADDING", (0, 0), (-1, -1), 1.6 * mm) for side in ("TOP", "BOTTOM")],
    )


def _ruled(rows: Sequence[Sequence[Cell]], shares: Sequence[float]) -> Table:
    return grid(
        rows,
        [share * CONTENT_WIDTH for share in shares],
        ("GRID", (0, 0), (-1, -1), 0.6, INK),
        ("LINEBELOW", (0, 0), (-1, 0), 1.2, INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING_ACROSS),
        ("TOPPADDING", (0, 0), (-1, -1), PADDING_UP),
        ("BOTTOMPADDING", (0, 0), (-1, -1), PADDING_DOWN),
        heading=1,
    )
