"""The sheets of a plan: for each team and day a day sheet and tally sheets, for each day check-ins.

One PDF each, named by team, number of the day and date: ``A_day1_2027-05-03.pdf``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from routeplan.errors import Faults, nearest
from routeplan.handouts import labels
from routeplan.handouts.day_sheet import draw_day_sheet
from routeplan.handouts.pdf import (
    BOX,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    LEADING,
    fitted,
    grid,
    padding,
    text,
    total_height,
)
from routeplan.handouts.sheet_day import SheetDay, check_ins
from routeplan.handouts.tally_sheet import draw_tally_sheet
from routeplan.handouts.view_builder import tours_with_views
from routeplan.language import translation
from routeplan.tally import tally_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.platypus import Table

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.sheet_day import CheckIn
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.tally import TallySheet

__all__ = ["Selection", "draw_check_in_sheet", "render_check_ins", "render_sheets"]

CHECK_IN = "check-in"
LONGEST_TEAM = 30

# Sizes of the times of a check-in sheet, in points: as large as one page for all allows.
LARGEST, SMALLEST = 11.0, 7.5
TITLE_HEIGHT = 10 * mm
PADDING_UP, PADDING_DOWN, PADDING_ACROSS = 0.8 * mm, 1.2 * mm, 1.2 * mm


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sheets are made: of one team, of one day by its index, or of all where None."""

    team: str | None = None
    day: int | None = None

    def check(self, problem: Problem, plan: Plan) -> None:
        """Refuse a team, a day or a team's day that the plan does not have.

        Raises
        ------
        InputError
            Where there is none, with those that there are.
        """
        faults = Faults()
        if self.team is not None and self.team not in problem.team_of:
            hint = nearest(self.team, problem.team_of)
            faults.add("crew", f"no crew has the id {self.team!r}", hint)
        if self.day is not None and not 0 <= self.day < len(problem.days):
            hint = f"the days are 1 to {len(problem.days)}"
            faults.add("day", f"there is no day {self.day + 1}", hint)
        faults.raise_any()
        if not any(self.includes(tour.team, tour.day) for tour in plan.tours):
            faults.add("", "no crew has a tour on that day", "choose another day or crew")
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
    """Render the sheets of a plan.

    Parameters
    ----------
    problem, plan, view
        A plan for that problem, and the view of both, in whose language all is written.
    selection
        Which of them; all where left out. Check-ins are of all teams, and are not made for one.
    tallies
        As `tally_rows` gives them for a whole plan, where this one is cut out of it: rows keep
        the codes that whoever types them in has.

    Returns
    -------
    dict
        What each PDF holds, by the name of its file: by team and day, the check-ins last.

    Raises
    ------
    InputError
        Where the plan has no such team or day.
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
    """Return the PDF for those at the base: when to hear from which team, and when to worry.

    Parameters
    ----------
    days
        Of all teams on one day.
    """
    day = days[0]
    kind = translation(day.language).gettext("Check-in sheet")
    return day.make_pdf(_check_in_flowables(days), f"{kind} · {day.date}")


def _check_in_flowables(days: Sequence[SheetDay]) -> Iterator[Flowable]:
    day = days[0]
    _ = translation(day.language).gettext
    above = [
        fitted(_("Check-in sheet"), CONTENT_WIDTH, largest=22, smallest=14),
        text(f"{day.date} · {day.whole.title}", 12),
        Spacer(0, 3 * mm),
        _teams_table(days),
        Spacer(0, 4 * mm),
    ]
    below = [Spacer(0, 4 * mm), _steps(day)]
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
    rows: list[list[Cell]] = [
        [
            text(labels.time_label(point.expected), size + 1, bold=True),
            _team(point.team, shares[1], size),
            text(_where(day, point), size),
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


def _where(day: SheetDay, point: CheckIn) -> str:
    _ = translation(day.language).gettext
    name = day.problem.place(point.place).name
    if point.stop == 0:
        return _("leaves {place}").format(place=name)
    if point.stop is None:
        return _("ends the day in {place}").format(place=name)
    return f"{point.stop}. {name}"


def _steps(day: SheetDay) -> Table:
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
    cell = [text(line, 9.5) for line in lines]
    return grid([[cell]], [CONTENT_WIDTH], BOX, *padding(2.2 * mm, 1.6 * mm))


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
