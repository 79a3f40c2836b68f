"""The sheets of a plan: for each team and day a day sheet and tally sheets, for each day check-ins.

One PDF each, named by team, number of the day and date: ``A_day1_2027-05-03.pdf``. A tally sheet
has a row for each door to tick, with the code by which it is typed in.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, PageBreak, Spacer

from routeplan.errors import Faults, nearest
from routeplan.handouts import labels
from routeplan.handouts.day_sheet import draw_day_sheet
from routeplan.handouts.fonts import BOLD
from routeplan.handouts.pdf import (
    BOX,
    BOXED,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    LEADING,
    SMALL_PRINT,
    fitted,
    grid,
    padding,
    text,
    total_height,
)
from routeplan.handouts.sheet_day import SheetDay, check_ins
from routeplan.handouts.view_builder import tours_with_views
from routeplan.language import gettext, translation
from routeplan.tally import sheet_code, tally_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.platypus import Table

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.sheet_day import CheckIn
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.tally import TallySheet

CHECK_IN = "check-in"
LONGEST_TEAM = 30

# Sizes of the times of a check-in sheet, in points: as large as one page for all allows.
LARGEST, SMALLEST = 11.0, 7.5
TITLE_HEIGHT = 10 * mm
PADDING_UP, PADDING_DOWN, PADDING_ACROSS = 0.8 * mm, 1.2 * mm, 1.2 * mm

# Of tally sheets.
ROW_HEIGHT, GAP, COLUMNS_ON_PAGE, TITLE_SIZE = 7.2 * mm, 6 * mm, 2, 7.0
SPARE = Color(0.9, 0.9, 0.9)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sheets are rendered: of one team, of one day by its index, or of all where None."""

    team: str | None = None
    day: int | None = None

    def check(self, problem: Problem, plan: Plan) -> None:
        """Raise InputError for a team, a day or a team's day that the plan does not have."""
        faults = Faults()
        if self.team is not None and self.team not in problem.team_of:
            hint = nearest(self.team, problem.team_of)
            faults.add("crew", gettext("no crew has the id {id!r}", id=self.team), hint)
        if self.day is not None and not 0 <= self.day < len(problem.days):
            message = gettext("there is no day {day}", day=self.day + 1)
            faults.add("day", message, problem.days_hint)
        faults.raise_any()
        if not any(self.includes(tour.team, tour.day) for tour in plan.tours):
            message = gettext("no crew has a tour on that day")
            faults.add("", message, gettext("choose another day or crew"))
        faults.raise_any()

    def includes(self, team: str, day: int) -> bool:
        """Return whether a team's day is selected."""
        return self.team in {None, team} and self.day in {None, day}


def render_sheets(
    problem: Problem,
    plan: Plan,
    view: MapView,
    *,
    selection: Selection | None = None,
    tallies: Sequence[TallySheet] | None = None,
) -> dict[str, bytes]:
    """Return the PDFs of a plan by the names of their files: by team and day, check-ins last.

    They are in the language of the view; all of them unless some are selected. Check-ins are of all
    teams, and are not made for one. `tallies` are those of a whole plan (`tally_rows`), where this
    one is cut out of it: rows keep the codes that whoever types them in has.

    Raises InputError where the plan has no such team or day.
    """
    selection = selection or Selection()
    selection.check(problem, plan)
    tallies = tally_rows(problem, plan) if tallies is None else tallies
    names: dict[str, str] = {}
    for team in problem.teams:
        taken = [f"{name}.pdf" for name in (CHECK_IN, *names.values())]
        names[team.id] = labels.safe_filename(team.id[:LONGEST_TEAM], taken=taken)
    files: dict[str, bytes] = {}
    for day in _sheet_days(problem, plan, view, selection):
        name = f"{names[day.tour.team]}_{_day_name(problem, day.tour.day)}"
        files[f"{name}.pdf"] = draw_day_sheet(day)
        own = [each for each in tallies if (each.team, each.day) == (day.tour.team, day.tour.day)]
        if own:
            files[f"{name}_tally.pdf"] = draw_tally_sheet(day, own)
    if selection.team is None:
        files |= render_check_ins(problem, plan, view, day=selection.day)
    return files


def render_check_ins(
    problem: Problem, plan: Plan, view: MapView, *, day: int | None = None
) -> dict[str, bytes]:
    """Render the check-in sheets of all teams, of one day by its index or of all."""
    by_day: dict[int, list[SheetDay]] = {}
    for each in _sheet_days(problem, plan, view, Selection(day=day)):
        by_day.setdefault(each.tour.day, []).append(each)
    return {
        f"{CHECK_IN}_{_day_name(problem, index)}.pdf": draw_check_in_sheet(days)
        for index, days in sorted(by_day.items())
    }


def _sheet_days(
    problem: Problem, plan: Plan, view: MapView, selection: Selection
) -> Iterator[SheetDay]:
    for tour, tour_view in tours_with_views(problem, plan, view):
        if selection.includes(tour.team, tour.day):
            yield SheetDay(problem, tour, tour_view, view)


def _day_name(problem: Problem, day: int) -> str:
    return f"day{day + 1}_{problem.days[day].date}"


def draw_check_in_sheet(days: Sequence[SheetDay]) -> bytes:
    """Return the PDF of a day of all teams for those at the base: when to hear from which."""
    title = translation(days[0].language).gettext("Check-in sheet")
    return days[0].make_pdf(_check_in_flowables(days), f"{title} · {days[0].date}")


def _check_in_flowables(days: Sequence[SheetDay]) -> Iterator[Flowable]:
    day = days[0]
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
    steps = [[[text(line, 9.5) for line in lines]]]
    above = [
        fitted(_("Check-in sheet"), CONTENT_WIDTH, largest=22, smallest=14),
        text(f"{day.date} · {day.whole.title}", 12),
        Spacer(0, 3 * mm),
        _teams_table(days),
        Spacer(0, 4 * mm),
    ]
    below = [
        Spacer(0, 4 * mm),
        grid(steps, [CONTENT_WIDTH], BOX, *padding(2.2 * mm, 1.6 * mm)),
    ]
    points = [point for each in days for point in check_ins(each.problem, each.tour)]
    points.sort(key=lambda point: (point.expected, point.team))
    space = CONTENT_HEIGHT - total_height([*above, *below]) - TITLE_HEIGHT
    size = (space / max(len(points), 1) - PADDING_UP - PADDING_DOWN) / LEADING - 1
    yield from above
    yield _times_table(day, points, min(max(size, SMALLEST), LARGEST))
    yield from below


def _teams_table(days: Sequence[SheetDay]) -> Table:
    _ = translation(days[0].language).gettext
    titles = (_("Crew"), _("Vehicle"), _("Night in"), _("Doors"), _("Phone, by hand"))
    shares = (0.12, 0.2, 0.28, 0.1, 0.3)
    rows: list[list[Cell]] = [
        [
            _team(day.tour.team, shares[0], LARGEST),
            text(day.vehicle, 9),
            text(day.view.end, 10),
            text(str(day.view.households), 10),
            "",
        ]
        for day in days
    ]
    return _ruled(titles, rows, shares)


def _times_table(day: SheetDay, points: Sequence[CheckIn], size: float) -> Table:
    _ = translation(day.language).gettext
    titles = (
        *(_("Expected"), _("Crew"), _("Where"), _("Ask from"), _("Alarm from")),
        *(_("Heard at"), _("Tick")),
    )
    shares = (0.13, 0.1, 0.33, 0.11, 0.12, 0.13, 0.08)
    forms = {0: _("leaves {place}"), None: _("ends the day in {place}")}
    rows: list[list[Cell]] = [
        [
            text(labels.time_label(point.expected), size + 1, bold=True),
            _team(point.team, shares[1], size),
            text(
                forms.get(point.stop, "{stop}. {place}").format(
                    stop=point.stop, place=day.problem.place(point.place).name
                ),
                size,
            ),
            text(labels.time_label(point.overdue), size),
            text(labels.time_label(point.alarm), size),
            "",
            "",
        ]
        for point in points
    ]
    return _ruled(titles, rows, shares)


def _team(team: str, share: float, size: float) -> Flowable:
    return fitted(team, share * CONTENT_WIDTH - 2 * PADDING_ACROSS, largest=size, smallest=6)


def _ruled(titles: Sequence[str], rows: Sequence[Sequence[Cell]], shares: Sequence[float]) -> Table:
    return grid(
        [[text(title, 8) for title in titles], *rows],
        [share * CONTENT_WIDTH for share in shares],
        ("GRID", (0, 0), (-1, -1), 0.6, INK),
        ("LINEBELOW", (0, 0), (-1, 0), 1.2, INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING_ACROSS),
        ("TOPPADDING", (0, 0), (-1, -1), PADDING_UP),
        ("BOTTOMPADDING", (0, 0), (-1, -1), PADDING_DOWN),
        heading=1,
    )


def draw_tally_sheet(day: SheetDay, sheets: Sequence[TallySheet]) -> bytes:
    """Return the PDF of one day's tally sheets, each village on pages of its own."""
    title = translation(day.language).gettext("Tally sheet")
    pages = (
        flowable
        for sheet in sheets
        for flowable in itertools.chain(
            [] if sheet is sheets[0] else [PageBreak()], _tally_pages(day, sheet)
        )
    )
    return day.make_pdf(pages, f"{title} · {day.heading}")


def _tally_pages(day: SheetDay, sheet: TallySheet) -> Iterator[Flowable]:
    """Yield the pages of one village, each with as many rows as fit, the left column first."""
    _ = translation(day.language).gettext
    rows = list(enumerate(sheet.codes, start=1))
    width = (CONTENT_WIDTH - GAP) / COLUMNS_ON_PAGE
    # Boxes for the totals, which are typed in first.
    titles = [_("doors in all"), *labels.outcome_labels(day.language).values()]
    cells = [[text(title, 8, align="centre"), Spacer(0, 8 * mm)] for title in titles]
    widths = [CONTENT_WIDTH / len(titles)] * len(titles)
    boxes = grid([cells], widths, *BOXED, ("TOPPADDING", (0, 0), (-1, -1), 1 * mm))
    totals = [Spacer(0, 3 * mm), boxes]
    head = list(_tally_head(day, sheet))
    while rows:
        fixed = [*head, *totals, _tally_table(day, sheet, [], width)]
        most = int((CONTENT_HEIGHT - total_height(fixed)) // ROW_HEIGHT)
        columns = [rows[:most], rows[most : COLUMNS_ON_PAGE * most]]
        rows = rows[COLUMNS_ON_PAGE * most :]
        tables = [_tally_table(day, sheet, column, width) if column else "" for column in columns]
        yield from head
        yield grid([[tables[0], "", tables[1]]], [width, GAP, width])
        yield from [PageBreak()] if rows else totals
        name = day.view.stops[sheet.stop - 1].name
        again = f"{name} · {_('Sheet')} {sheet.number:03}"
        head = [text(again, 11, bold=True), Spacer(0, 2 * mm)]


def _tally_head(day: SheetDay, sheet: TallySheet) -> Iterator[Flowable]:
    _, ngettext = translation(day.language).gettext, translation(day.language).ngettext
    stop = day.view.stops[sheet.stop - 1]
    planned = ngettext("{n} door planned", "{n} doors planned", sheet.planned)
    aside = 34 * mm
    inner = CONTENT_WIDTH - aside - 4 * mm
    hours = stop.hours or f"{stop.start}–{stop.end}"
    village = [
        fitted(stop.name, inner, largest=22, smallest=13),
        text(f"{day.heading} · {hours} · {planned.format(n=sheet.planned)}", 10),
    ]
    code = [
        text(_("Sheet"), 8.5, align="centre"),
        fitted(f"{sheet.number:03}", aside - 4 * mm, largest=22, smallest=10, align="centre"),
        text(sheet_code(sheet.number), 8.5, align="centre"),
    ]
    yield grid(
        [[village, code]],
        [CONTENT_WIDTH - aside, aside],
        ("BOX", (1, 0), (1, 0), 1.2, INK),
        ("BOTTOMPADDING", (1, 0), (1, 0), 1.5 * mm),
    )
    yield Spacer(0, 2 * mm)
    rule = _(
        "One row for each door, in the order in which you knock. Ticks only: no names, no "
        "addresses, nothing that tells whose door it was. Grey rows are spare."
    )
    yield text(rule, 9)
    yield Spacer(0, 2 * mm)


def _tally_table(
    day: SheetDay, sheet: TallySheet, rows: Sequence[tuple[int, str]], width: float
) -> Table:
    outcomes = labels.outcome_labels(day.language).values()
    first, code = 9 * mm, 17 * mm
    tick = (width - first - code) / len(outcomes)
    words = [word for label in outcomes for word in label.split()]
    widest = max(stringWidth(word, BOLD, TITLE_SIZE) for word in words)
    size = TITLE_SIZE * min(1.0, 0.97 * tick / widest)
    _ = translation(day.language).gettext
    titles: list[Cell] = [
        text(_("Row"), 7.5, align="centre"),
        text(_("Code"), 7.5, align="centre"),
        *(text(label, size, bold=True, align="centre") for label in outcomes),
    ]
    lines: list[list[Cell]] = [
        [
            text(str(number), 12, bold=True, align="centre"),
            text(row_code, 8, align="centre", colour=SMALL_PRINT),
            *([""] * len(outcomes)),
        ]
        for number, row_code in rows
    ]
    shades = [
        ("BACKGROUND", (0, n), (-1, n), SPARE)
        for n, (number, _code) in enumerate(rows, start=1)
        if number > sheet.planned
    ]
    return grid(
        [titles, *lines],
        [first, code, *([tick] * len(outcomes))],
        ("GRID", (0, 1), (-1, -1), 0.6, INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        *shades,
        height=ROW_HEIGHT,
    )
