"""The day sheet: when a team leaves, its stops and legs, where it sleeps, what to do if late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from routeplan.handouts import labels
from routeplan.handouts.day_map import DayMap, Mark, draw_disc, draw_house
from routeplan.handouts.geometry import Bounds
from routeplan.handouts.pdf import (
    BOX,
    BOXED,
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    PAPER,
    SMALL_PRINT,
    QrCode,
    fitted,
    grid,
    padding,
    text,
    total_height,
)
from routeplan.handouts.sheet_day import check_ins, drive_seconds, refuge_of
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reportlab.platypus import Paragraph, Table

    from routeplan.handouts.map_view import LegView, StopView
    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.sheet_day import Refuge, SheetDay
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

# A map takes the space that is left on the first page, within limits; a day of two pages has one of
# the usual height.
SMALLEST_MAP, LARGEST_MAP, USUAL_MAP = 52 * mm, 115 * mm, 74 * mm
CODE_SIDE = 25 * mm
SYMBOL_WIDTH = 13 * mm
MOST_LEG_LINES = 12
# How far from the day's legs closed roads are listed.
NEAR_SHARE, NEAR_METRES = 0.1, 5_000.0
BLANK = "________"
SHORT_TEAM = 3


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do from one stop; None where there is no way.

    Parameters
    ----------
    leave_by
        The latest time at which to leave for the day's end, to be there within the working hours.
    refuge
        The overnight place or base that is nearest by time, whoever is to sleep there.
    """

    leave_by: int | None
    refuge: Refuge | None


def draw_day_sheet(day: SheetDay) -> bytes:
    """Return the PDF of one team's day."""
    return day.make_pdf(_flowables(day), day.heading)


def _flowables(day: SheetDay) -> Iterator[Flowable]:
    above = [_head(day), Spacer(0, 3 * mm), _summary(day), Spacer(0, 3 * mm), *_not_kept(day)]
    below = [Spacer(0, 2 * mm), *_entries(day), Spacer(0, 4 * mm), _emergency(day)]
    below += _closed_roads(day)
    space = CONTENT_HEIGHT - total_height([*above, *below])
    height = min(space, LARGEST_MAP) if space >= SMALLEST_MAP else USUAL_MAP
    yield from above
    yield _day_map(day, height)
    yield from below


def _entries(day: SheetDay) -> Iterator[Flowable]:
    """Yield the stops, and the place where the day ends if it is none of them."""
    legs = day.legs_before()
    for stop, fallback in zip(
        day.view.stops, fallbacks(day.problem, day.tour, day.refuges), strict=True
    ):
        yield from _stop(day, stop, fallback, _leg(day, next(legs)))
    if last := next(legs):
        yield from _end(day, _leg(day, last))


def _head(day: SheetDay) -> Table:
    _ = translation(day.language).gettext
    days = len(day.problem.days)
    # A day that is cut out of a plan does not know its number.
    number = _("Day {number} of {days}").format(number=day.tour.day + 1, days=days)
    about = [*([number] if days > 1 else []), day.vehicle, day.whole.title]
    side = (22 if len(day.tour.team) <= SHORT_TEAM else 46) * mm
    team = fitted(
        day.tour.team, side - 3 * mm, largest=44, smallest=11, align="centre", colour=PAPER
    )
    label = text(_("Crew"), 9, align="centre", colour=PAPER)
    beside = [
        fitted(day.date, CONTENT_WIDTH - side - 4 * mm, largest=26, smallest=14, colour=INK),
        Spacer(0, 1.5 * mm),
        text(" · ".join(about), 10.5),
    ]
    return grid(
        [[[label, team], beside]],
        [side, CONTENT_WIDTH - side],
        ("BACKGROUND", (0, 0), (0, 0), INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (1, 0), (1, 0), 4 * mm),
        ("LEFTPADDING", (0, 0), (0, 0), 1.5 * mm),
        ("RIGHTPADDING", (0, 0), (0, 0), 1.5 * mm),
        ("BOTTOMPADDING", (0, 0), (0, 0), 2 * mm),
        ("TOPPADDING", (0, 0), (0, 0), 1 * mm),
    )


def _summary(day: SheetDay) -> Table | Paragraph:
    """Write the figures of the day in large letters."""
    _, ngettext = translation(day.language).gettext, translation(day.language).ngettext
    view = day.view
    if day.stays:
        return fitted(
            _("No visits and no drive on this day. The crew stays in {place}.").format(
                place=view.end
            ),
            CONTENT_WIDTH,
            largest=16,
            smallest=13,
        )
    villages = ngettext("in {n} village", "in {n} villages", len(view.stops))
    ends = _("Night in") if view.sleeps_in else _("The day ends in")
    cells = [
        _start(day),
        (_("Doors to knock"), str(view.households), villages.format(n=len(view.stops))),
        (
            _("On the road"),
            day.minutes_label(view.minutes) if view.km is None else day.km_label(view.km),
            "" if view.km is None else day.minutes_label(view.minutes),
        ),
        (ends, view.end, _night_times(day)),
    ]
    widths = [0.21 * CONTENT_WIDTH] * 3 + [0.37 * CONTENT_WIDTH]
    row = [
        [
            text(label, 8.5, colour=SMALL_PRINT),
            fitted(value, width - 5 * mm, largest=20, smallest=12),
            text(below, 9.5),
        ]
        for (label, value, below), width in zip(cells, widths, strict=True)
    ]
    return grid([row], widths, *BOXED, *padding(2.2 * mm, 1.6 * mm))


def _start(day: SheetDay) -> tuple[str, str, str]:
    """Return when the day begins: with a drive, or at the doors of the place of the night."""
    _ = translation(day.language).gettext
    view = day.view
    if not view.work_starts:
        return _("Leave"), view.depart, _("from {place}").format(place=view.start)
    where = _("in {place}") if not view.leaves else _("in {place}; drive off at {time}")
    return _("Work starts"), view.work_starts, where.format(place=view.start, time=view.leaves)


def _not_kept(day: SheetDay) -> Iterator[Flowable]:
    """Yield which villages expect the team today and are not visited."""
    if day.view.not_kept:
        _ = translation(day.language).gettext
        line = _("Announced for today, but not in the plan: {villages}. Let them know.")
        yield text(line.format(villages=", ".join(day.view.not_kept)), 11, bold=True)
        yield Spacer(0, 3 * mm)


def _night_times(day: SheetDay) -> str:
    _ = translation(day.language).gettext
    latest = labels.time_label(day.problem.days[day.tour.day].work.end)
    return _("arrive {time}, {latest} at the latest").format(time=day.view.arrive, latest=latest)


def _day_map(day: SheetDay, height: float) -> DayMap:
    tour, view = day.tour, day.view
    numbers, ends = {stop.place: str(stop.number) for stop in view.stops}, (tour.start, tour.end)
    shown = dict.fromkeys([*ends, *numbers])
    marks = [
        Mark(place.lat, place.lon, place.name, numbers.get(place.id, ""), place.id in ends)
        for place in map(day.problem.place, shown)
    ]
    around = [
        Mark(village.lat, village.lon, village.name)
        for village in day.whole.villages
        if village.place not in shown
    ]
    return DayMap(day, marks, around, height)


def _leg(day: SheetDay, leg: LegView | None) -> list[Flowable]:
    """Write how far the next place is, how the road is, and leave a blank for the time it took."""
    if leg is None:
        return []
    _ = translation(day.language).gettext
    length = day.length_label(leg.km, leg.minutes)
    way = _("Drive {length} from {place}").format(length=length, place=leg.start)
    took = _("it took {blank} min").format(blank=BLANK)
    width = CONTENT_WIDTH - SYMBOL_WIDTH
    row = [text(way, 10, bold=True), text(took, 9, align="right")]
    lines = grid([row], [0.72 * width, 0.28 * width], ("VALIGN", (0, 0), (-1, -1), "MIDDLE"))
    states = {"paved": _("{km} paved"), "unpaved": _("{km} unpaved"), "track": _("{km} of track")}
    remarks = list(leg.road_notes)
    if any(state != "paved" for state, _km in leg.states):
        parts = (states[state].format(km=day.km_label(km)) for state, km in leg.states)
        remarks.insert(0, ", ".join(parts))
    if not leg.traced:
        remarks.append(_("This road is not on the map; the dotted line only points the way."))
    return [lines, *(text(remark, 9) for remark in remarks)]


def fallbacks(
    problem: Problem, tour: Tour, refuges: Mapping[str, Refuge | None] | None = None
) -> tuple[Fallback, ...]:
    """Return what to do from each stop of a tour; `refuges` of stops may be known already."""
    latest = problem.days[tour.day].work.end
    known = refuges or {}
    found = []
    for stop in tour.stops:
        drive = drive_seconds(problem, tour.team, stop.place, tour.end)
        leave_by = None if drive is None else latest - drive
        if stop.place in known:
            refuge = known[stop.place]
        else:
            refuge = refuge_of(problem, tour.team, stop.place)
        found.append(Fallback(leave_by, refuge))
    return tuple(found)


def _stop(day: SheetDay, stop: StopView, fallback: Fallback, leg: list[Flowable]) -> list[Flowable]:
    _ = translation(day.language).gettext
    width = CONTENT_WIDTH - SYMBOL_WIDTH - CODE_SIDE
    rests = ", ".join(f"{rest.start}–{rest.end}" for rest in stop.rests)
    rest_name = next((rest.name for rest in stop.rests if rest.name), _("Rest"))
    cells = [
        (_("Arrive"), stop.arrive),
        (_("Knock from, to"), f"{stop.start}–{stop.end}"),
        (_("Doors"), str(stop.households)),
        *([(rest_name, rests)] if rests else []),
    ]
    shares = (0.17, 0.32, 0.15, 0.36)[: len(cells)]
    row = [
        [
            text(label, 7.5, colour=SMALL_PRINT),
            fitted(value, share * width - 1 * mm, largest=13, smallest=8),
        ]
        for (label, value), share in zip(cells, shares, strict=True)
    ]
    lines: list[Flowable] = [
        fitted(stop.name, width - 2 * mm, largest=16, smallest=12),
        grid([row], [share * width for share in shares]),
        text(_fallback(day, stop, fallback), 9),
    ]
    if stop.visits > 1:
        again = _("Visit {visit} of {visits} to this village")
        lines.insert(1, text(again.format(visit=stop.visit, visits=stop.visits), 9))
    if stop.announced:
        lines.insert(1, text(_("This visit was announced for today."), 9, bold=True))
    lines += [text(line, 9, bold=True) for line in stop.sharing]
    code = labels.geo_uri(stop.lat, stop.lon, f"{stop.number} {stop.name}")
    return _entry(leg, str(stop.number), lines, code)


def _fallback(day: SheetDay, stop: StopView, fallback: Fallback) -> str:
    _ = translation(day.language).gettext
    parts = []
    if stop.place == day.tour.end:
        nights = day.view.sleeps_in and day.tour.stops[-1].place == stop.place
        parts.append(_("The night is here.") if nights else _("The day ends here."))
    elif fallback.leave_by is not None:
        leave = _("Leave for {place} by {time} at the latest.")
        parts.append(leave.format(place=day.view.end, time=labels.time_label(fallback.leave_by)))
    refuge = fallback.refuge
    if refuge is None:
        parts.append(_("No way to any sleeping place is known."))
    elif refuge.place == stop.place:
        parts.append(_("In an emergency: stay here, there are beds."))
    else:
        km = None if refuge.metres is None else refuge.metres / 1000
        length = day.length_label(km, -(-refuge.seconds // 60))
        nearest = _("In an emergency: {place}, {length}.")
        parts.append(nearest.format(place=refuge.name, length=length))
    return " ".join(parts)


def _end(day: SheetDay, leg: list[Flowable]) -> list[Flowable]:
    _ = translation(day.language).gettext
    place = day.problem.place(day.tour.end)
    width = CONTENT_WIDTH - SYMBOL_WIDTH - CODE_SIDE
    ends = _("Night in") if day.view.sleeps_in else _("The day ends in")
    lines = [
        text(ends, 9, colour=SMALL_PRINT),
        fitted(place.name, width - 2 * mm, largest=16, smallest=12),
        text(_night_times(day), 10),
    ]
    return _entry(leg, "", lines, labels.geo_uri(place.lat, place.lon, place.name))


def _entry(
    leg: list[Flowable], number: str, lines: Sequence[Flowable], code: str
) -> list[Flowable]:
    """Return a leg and the place that it leads to, on one page unless the leg has many lines."""
    apart = len(leg) > MOST_LEG_LINES
    rows: list[list[Cell]] = [["", leg, ""]] if leg and not apart else []
    rows.append([_Symbol(number), lines, QrCode(code, CODE_SIDE)])
    last = len(rows) - 1
    entry = grid(
        rows,
        [SYMBOL_WIDTH, CONTENT_WIDTH - SYMBOL_WIDTH - CODE_SIDE, CODE_SIDE],
        *([("SPAN", (1, 0), (2, 0))] if last else []),
        ("NOSPLIT", (0, 0), (-1, -1)),
        ("LINEABOVE", (0, last), (-1, last), 0.6, INK),
        ("TOPPADDING", (0, 0), (-1, 0), 1.2 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 1 * mm),
        ("TOPPADDING", (0, last), (1, last), 1.2 * mm),
    )
    return [*(leg if apart else []), entry]


def _emergency(day: SheetDay) -> Table:
    _ = translation(day.language).gettext
    lines = [
        _(
            "Late: leave each village by the time that is given there, and drive to the night's "
            "place. Doors that are left can wait."
        ),
        _(
            "Road closed or washed out: do not try it. Turn round, tell the base, go on to the "
            "next stop by a road that you know, or to the place for emergencies."
        ),
        _("Car stuck: stay with it, and tell the base. Emergency call: 112."),
    ]
    if points := check_ins(day.problem, day.tour):
        times = ", ".join(
            f"{labels.time_label(point.expected)} "
            f"({point.stop or day.problem.place(point.place).name})"
            for point in points
        )
        lines.append(_("Check in with the base: {times}.").format(times=times))
    lines.append(_("Phone of the base, by hand: {blank}").format(blank=3 * BLANK))
    cell = [text(_("If something goes wrong"), 11, bold=True), *(text(x, 9.5) for x in lines)]
    return grid([[cell]], [CONTENT_WIDTH], BOX, *padding(2.5 * mm, 2 * mm))


def _closed_roads(day: SheetDay) -> Iterator[Flowable]:
    """Yield the closed roads near the day's legs, and why nobody should try them."""
    _ = translation(day.language).gettext
    points = [point for leg in day.view.legs for point in leg.points]
    if not points:
        return
    near = Bounds.of_points(np.array(points)).buffered(share=NEAR_SHARE, metres=NEAR_METRES)
    own = day.problem.team_of[day.tour.team].vehicle
    roads = [
        road
        for road in day.whole.closed_roads
        if road.vehicle in {"", own} and any(map(near.contains_any, road.lines))
    ]
    if roads:
        yield Spacer(0, 3 * mm)
        yield text(_("Roads not taken, and why"), 11, bold=True)
        for road in roads:
            yield text("; ".join([f"{road.name}: {road.reason}", *road.villages]), 9.5)


class _Symbol(Flowable):
    """The symbol of a stop or of the place where the day ends, as on the map."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.width, self.height = SYMBOL_WIDTH - 2 * mm, 11 * mm
        self._number = number

    def draw(self) -> None:
        """Draw it."""
        x, y, radius = 5 * mm, self.height - 5.5 * mm, 4.6 * mm
        if self._number:
            draw_disc(self.canv, x, y, radius, self._number)
        else:
            draw_house(self.canv, x, y, 0.8 * radius)
