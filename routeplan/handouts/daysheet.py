"""A crew's day on paper: when to leave, where to, how long, where to sleep, and what if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from routeplan.handouts import words
from routeplan.handouts.daymap import DayMap, Mark, Sketch, draw_disc, draw_house
from routeplan.handouts.geometry import Bounds
from routeplan.handouts.pdf import (
    CONTENT_HEIGHT,
    CONTENT_WIDTH,
    INK,
    PAPER,
    SMALL_PRINT,
    Sheet,
    fitted,
    grid,
    text,
)
from routeplan.handouts.qr import QrCode, geo_uri
from routeplan.handouts.safety import check_ins, fallbacks
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reportlab.platypus import Paragraph, Table

    from routeplan.handouts.map_view import LegView, StopView
    from routeplan.handouts.pdf import Cell
    from routeplan.handouts.safety import Fallback
    from routeplan.handouts.sheet_day import Day

__all__ = ["day_sheet"]

# A map takes the room that is left on the first page, within limits; a day of two pages has one
# of this height.
SMALLEST_MAP, LARGEST_MAP, USUAL_MAP = 52 * mm, 115 * mm, 74 * mm
CODE_SIDE = 25 * mm
SIGN_WIDTH = 13 * mm
MOST_TOGETHER = 12
# How far about the day's way roads that are not taken are told of.
NEAR_SHARE, NEAR_METRES = 0.1, 5_000.0
BLANK = "________"
SHORT_CREW = 3


def day_sheet(day: Day) -> Sheet:
    """Return the sheet of one day."""
    foot = f"{day.heading} · {day.whole.title}"
    return Sheet(day.heading, foot, day.language, lambda: _story(day))


def _story(day: Day) -> Iterator[Flowable]:
    first = [_head(day), Spacer(0, 3 * mm), _summary(day), Spacer(0, 3 * mm)]
    then = [Spacer(0, 2 * mm), *_entries(day), Spacer(0, 4 * mm), _trouble(day)]
    then += _not_taken(day)
    room = CONTENT_HEIGHT - sum(
        part.wrap(CONTENT_WIDTH, CONTENT_HEIGHT)[1] for part in first + then
    )
    height = min(room, LARGEST_MAP) if room >= SMALLEST_MAP else USUAL_MAP
    yield from first
    yield DayMap(_sketch(day), CONTENT_WIDTH, height)
    yield from then


def _entries(day: Day) -> Iterator[Flowable]:
    """Yield the stops, and the night's place where it is none of them."""
    legs = day.legs_before()
    for stop, fallback in zip(day.view.stops, fallbacks(day.problem, day.tour), strict=True):
        yield from _stop(day, stop, fallback, _leg(day, next(legs)))
    last = next(legs)
    if last is not None:
        yield from _end(day, _leg(day, last))


def _head(day: Day) -> Table:
    _ = translation(day.language).gettext
    days = len(day.problem.days)
    # Of a day that was cut out of a plan it is not known which one it was.
    number = _("Day {number} of {days}").format(number=day.tour.day + 1, days=days)
    about = [*([number] if days > 1 else []), day.vehicle, day.whole.title]
    side = (22 if len(day.tour.team) <= SHORT_CREW else 46) * mm
    crew = fitted(
        day.tour.team, side - 3 * mm, largest=44, smallest=11, align="centre", colour=PAPER
    )
    label = text(_("Crew"), 9, align="centre", colour=PAPER)
    beside = [
        fitted(day.date, CONTENT_WIDTH - side - 4 * mm, largest=26, smallest=14, colour=INK),
        Spacer(0, 1.5 * mm),
        text(" · ".join(about), 10.5),
    ]
    return grid(
        [[[label, crew], beside]],
        [side, CONTENT_WIDTH - side],
        ("BACKGROUND", (0, 0), (0, 0), INK),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (1, 0), (1, 0), 4 * mm),
        ("LEFTPADDING", (0, 0), (0, 0), 1.5 * mm),
        ("RIGHTPADDING", (0, 0), (0, 0), 1.5 * mm),
        ("BOTTOMPADDING", (0, 0), (0, 0), 2 * mm),
        ("TOPPADDING", (0, 0), (0, 0), 1 * mm),
    )


def _summary(day: Day) -> Table | Paragraph:
    """Say in large letters what must be known at seven in the morning."""
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
        (_("Leave"), view.depart, _("from {place}").format(place=view.start)),
        (_("Doors to knock"), str(view.households), villages.format(n=len(view.stops))),
        (
            _("Drive"),
            day.minutes_label(view.minutes) if view.km is None else day.km_label(view.km),
            "" if view.km is None else day.minutes_label(view.minutes),
        ),
        (ends, view.end, _night_times(day)),
    ]
    widths = [0.21 * CONTENT_WIDTH] * 3 + [0.37 * CONTENT_WIDTH]
    row = [_cell(*cell, width) for cell, width in zip(cells, widths, strict=True)]
    return grid(
        [row],
        widths,
        ("BOX", (0, 0), (-1, -1), 1.2, INK),
        ("INNERGRID", (0, 0), (-1, -1), 0.6, INK),
        *_padded(2.2 * mm, 1.6 * mm),
    )


def _cell(label: str, value: str, below: str, width: float) -> list[Flowable]:
    inner = width - 5 * mm
    return [
        text(label, 8.5, colour=SMALL_PRINT),
        fitted(value, inner, largest=20, smallest=12),
        text(below, 9.5),
    ]


def _night_times(day: Day) -> str:
    _ = translation(day.language).gettext
    latest = words.clock(day.problem.days[day.tour.day].work.end)
    return _("arrive {time}, {latest} at the latest").format(time=day.view.arrive, latest=latest)


def _sketch(day: Day) -> Sketch:
    tour, view = day.tour, day.view
    numbers = {stop.place: str(stop.number) for stop in view.stops}
    shown = dict.fromkeys([tour.start, tour.end, *numbers])
    marks = tuple(
        Mark(*day.point(place), numbers.get(place, ""), place in {tour.start, tour.end})
        for place in shown
    )
    around = tuple(
        Mark(village.lat, village.lon, village.name)
        for village in day.whole.villages
        if village.place not in shown
    )
    return Sketch(view.legs, marks, around, day.whole.roads, day.language)


def _leg(day: Day, leg: LegView | None) -> list[Flowable]:
    """Say how far it is to the next place, how the road is, and leave room for how it was."""
    if leg is None:
        return []
    _ = translation(day.language).gettext
    length = day.length_label(leg.km, leg.minutes)
    way = _("Drive {length} from {place}").format(length=length, place=leg.start)
    took = _("it took {blank} min").format(blank=BLANK)
    width = CONTENT_WIDTH - SIGN_WIDTH
    row = [text(way, 10, bold=True), text(took, 9, align="right")]
    lines = grid([row], [0.72 * width, 0.28 * width], ("VALIGN", (0, 0), (-1, -1), "MIDDLE"))
    remarks = [_road(day, leg), *leg.road_notes]
    if not leg.traced:
        remarks.append(_("This road is not on the map; the dotted line only points the way."))
    return [lines, *(text(remark, 9) for remark in remarks if remark)]


def _road(day: Day, leg: LegView) -> str:
    """Return what the road is like, where it is not all asphalt."""
    _ = translation(day.language).gettext
    states = {"paved": _("{km} paved"), "unpaved": _("{km} unpaved"), "track": _("{km} of track")}
    if all(state == "paved" for state, _km in leg.states):
        return ""
    return ", ".join(states[state].format(km=day.km_label(km)) for state, km in leg.states)


def _stop(day: Day, stop: StopView, fallback: Fallback, leg: list[Flowable]) -> list[Flowable]:
    _ = translation(day.language).gettext
    width = CONTENT_WIDTH - SIGN_WIDTH - CODE_SIDE
    rests = ", ".join(f"{rest.start}–{rest.end}" for rest in stop.rests)
    cells = [
        (_("Arrive"), stop.arrive),
        (_("Knock from, to"), f"{stop.start}–{stop.end}"),
        (_("Doors"), str(stop.households)),
        *([(_("Rest"), rests)] if rests else []),
    ]
    lines: list[Flowable] = [
        fitted(stop.name, width - 2 * mm, largest=16, smallest=12),
        _figures(cells, width),
        text(_fallback(day, stop, fallback), 9),
    ]
    if stop.visits > 1:
        again = _("Visit {visit} of {visits} to this village")
        lines.insert(1, text(again.format(visit=stop.visit, visits=stop.visits), 9))
    code = geo_uri(stop.lat, stop.lon, f"{stop.number} {stop.name}")
    return _entry(leg, _Sign(str(stop.number)), lines, code)


def _figures(cells: Sequence[tuple[str, str]], width: float) -> Table:
    shares = (0.17, 0.32, 0.15, 0.36)[: len(cells)]
    row = [
        [
            text(label, 7.5, colour=SMALL_PRINT),
            fitted(value, share * width - 1 * mm, largest=13, smallest=8),
        ]
        for (label, value), share in zip(cells, shares, strict=True)
    ]
    return grid([row], [share * width for share in shares])


def _fallback(day: Day, stop: StopView, fallback: Fallback) -> str:
    _ = translation(day.language).gettext
    parts = []
    if stop.place == day.tour.end:
        nights = day.view.sleeps_in and day.tour.stops[-1].place == stop.place
        parts.append(_("The night is here.") if nights else _("The day ends here."))
    elif fallback.leave_by is not None:
        leave = _("Leave for {place} by {time} at the latest.")
        parts.append(leave.format(place=day.view.end, time=words.clock(fallback.leave_by)))
    refuge = fallback.refuge
    if refuge is None:
        parts.append(_("No way to any sleeping place is known."))
    elif refuge.place == stop.place:
        parts.append(_("In an emergency: stay here, there are beds."))
    else:
        km = None if refuge.metres is None else refuge.metres / 1000
        length = day.length_label(km, -(-refuge.seconds // 60))
        nearest = _("In an emergency: {place}, {length}.")
        parts.append(nearest.format(place=day.problem.place(refuge.place).name, length=length))
    return " ".join(parts)


def _end(day: Day, leg: list[Flowable]) -> list[Flowable]:
    """Say where the day ends."""
    _ = translation(day.language).gettext
    lat, lon, name = day.point(day.tour.end)
    width = CONTENT_WIDTH - SIGN_WIDTH - CODE_SIDE
    ends = _("Night in") if day.view.sleeps_in else _("The day ends in")
    lines = [
        text(ends, 9, colour=SMALL_PRINT),
        fitted(name, width - 2 * mm, largest=16, smallest=12),
        text(_night_times(day), 10),
    ]
    return _entry(leg, _Sign(""), lines, geo_uri(lat, lon, name))


def _entry(
    leg: list[Flowable], sign: _Sign, lines: Sequence[Flowable], code: str
) -> list[Flowable]:
    """Return a leg and the place that it leads to; both stay on one page.

    A leg of which very much is told stands by itself, so that it may go over pages.
    """
    apart = len(leg) > MOST_TOGETHER
    rows: list[list[Cell]] = [["", leg, ""]] if leg and not apart else []
    rows.append([sign, lines, QrCode(code, CODE_SIDE)])
    last = len(rows) - 1
    entry = grid(
        rows,
        [SIGN_WIDTH, CONTENT_WIDTH - SIGN_WIDTH - CODE_SIDE, CODE_SIDE],
        *([("SPAN", (1, 0), (2, 0))] if last else []),
        ("NOSPLIT", (0, 0), (-1, -1)),
        ("LINEABOVE", (0, last), (-1, last), 0.6, INK),
        ("TOPPADDING", (0, 0), (-1, 0), 1.2 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 1 * mm),
        ("TOPPADDING", (0, last), (1, last), 1.2 * mm),
    )
    return [*(leg if apart else []), entry]


def _trouble(day: Day) -> Table:
    _ = translation(day.language).gettext
    lines = [
        _(
            "Late: leave each village by the time that stands there, and drive to the night's "
            "place. Doors that are left can wait."
        ),
        _(
            "Road closed or washed out: do not try it. Turn round, tell the base, go on to the "
            "next stop by a road that you know, or to the place for emergencies."
        ),
        _("Car stuck: stay with it, and tell the base. Emergency call: 112."),
    ]
    points = check_ins(day.problem, day.tour)
    if points:
        times = ", ".join(
            f"{words.clock(point.expected)} ({point.stop or day.problem.place(point.place).name})"
            for point in points
        )
        lines.append(_("Check in with the base: {times}.").format(times=times))
    lines.append(_("Phone of the base, by hand: {blank}").format(blank=3 * BLANK))
    return grid(
        [[[text(_("If something goes wrong"), 11, bold=True), *(text(x, 9.5) for x in lines)]]],
        [CONTENT_WIDTH],
        ("BOX", (0, 0), (-1, -1), 1.2, INK),
        *_padded(2.5 * mm, 2 * mm),
    )


def _not_taken(day: Day) -> Iterator[Flowable]:
    """Say of the roads about the day's way that are not taken why, lest somebody tries them."""
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


class _Sign(Flowable):
    """The sign of a stop or of the night's place, as on the map."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.width, self.height = SIGN_WIDTH - 2 * mm, 11 * mm
        self._number = number

    def draw(self) -> None:
        """Draw it."""
        x, y, radius = 5 * mm, self.height - 5.5 * mm, 4.6 * mm
        if self._number:
            draw_disc(self.canv, x, y, radius, self._number)
        else:
            draw_house(self.canv, x, y, 0.8 * radius)


def _padded(across: float, up: float) -> tuple[tuple[object, ...], ...]:
    every = (0, 0), (-1, -1)
    sides = (("LEFT", across), ("RIGHT", across), ("TOP", up), ("BOTTOM", up))
    return tuple((f"{side}PADDING", *every, points) for side, points in sides)
