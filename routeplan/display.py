"""How problems and plans show themselves in a notebook: plain HTML, by the standard library."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem, Team

__all__ = ["clock", "plan_html", "problem_html"]

WIDTH, MARGIN = 520.0, 14.0
HIGHEST = 620.0
# The colours of the maps: villages, bases, beds, roads.
VILLAGE, BASE, BED, ROAD = "#0072b2", "#d55e00", "#e69f00", "#b9b9b9"
FLAT_DEGREES = 0.01


def clock(seconds: int) -> str:
    """Return a time of day; past midnight it goes on counting.

    Examples
    --------
    >>> clock(30600), clock(91800)
    ('08:30', '25:30')
    """
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def plan_html(plan: Plan) -> str:
    """Return a plan's figures and tours; places and teams by their ids, days counted from 1."""
    summary = plan.summary
    figures = [f"{summary.households:,} households reached, weighted {summary.weighted:,.1f}"]
    if summary.upper_bound is not None:
        figures.append(f"no plan reaches more than {summary.upper_bound:,.1f}")
    figures.append(f"{summary.drive_seconds / 3600:.1f} hours at the wheel")
    figures.append(f"stopped by {plan.run.stopped_by.value} after {plan.run.seconds:.1f} s")
    heads = ("team", "day", "from", "leaves", "stops (households)", "to", "arrives", "households")
    tours = sorted(plan.tours, key=lambda tour: (tour.team, tour.day))
    return _titled("Plan", figures, _table(heads, map(_tour_row, tours)))


def problem_html(problem: Problem, roads: Iterable[Sequence[Sequence[float]]] = ()) -> str:
    """Return a problem's figures and crews, and a sketch of where its places are.

    Parameters
    ----------
    problem
        What is asked.
    roads
        Lines of points (lat, lon), drawn under the places.
    """
    households = sum(village.households for village in problem.villages)
    figures = [
        f"{households:,} households in {len(problem.villages)} villages",
        f"{len(problem.days)} days, {_dates(problem)}",
        f"{len(problem.sleeps)} sleeping places beside the bases",
    ]
    heads = ("crew", "from", "to", "vehicle", "households an hour", "days", "nights away")
    table = _table(heads, (_team_row(problem, team) for team in problem.teams))
    title = problem.name or "Problem"
    return _titled(title, figures, table) + _sketch(problem, roads)


def _titled(title: str, figures: Iterable[str], table: str) -> str:
    lines = "<br>".join(map(escape, figures))
    return f"<p><b>{escape(title)}</b><br>{lines}</p>{table}"


def _table(heads: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _tour_row(tour: Tour) -> tuple[object, ...]:
    stops = ", ".join(f"{stop.place} ({stop.households})" for stop in tour.stops)
    return (
        *(tour.team, tour.day + 1, tour.start, clock(tour.depart)),
        *(stops or "–", tour.end, clock(tour.arrive), tour.households),
    )


def _team_row(problem: Problem, team: Team) -> tuple[object, ...]:
    pace = "any" if team.households_per_hour is None else f"{team.households_per_hour:g}"
    nights = "any" if team.max_nights_away is None else team.max_nights_away
    start, end = problem.place(team.start).name, problem.place(team.end).name
    return (team.id, start, end, team.vehicle, pace, len(problem.working_days(team)), nights)


def _dates(problem: Problem) -> str:
    if not problem.days:
        return "none"
    first, last = problem.days[0].date, problem.days[-1].date
    return f"{first}" if first == last else f"{first} to {last}"


def _sketch(problem: Problem, roads: Iterable[Sequence[Sequence[float]]]) -> str:
    """Return a drawing of the places, north up; larger villages are larger dots."""
    if not problem.places:
        return ""
    lats = [place.lat for place in problem.places]
    lons = [place.lon for place in problem.places]
    narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
    wide = max((max(lons) - min(lons)) * narrow, FLAT_DEGREES)
    high = max(max(lats) - min(lats), FLAT_DEGREES)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HIGHEST - 2 * MARGIN) / high)
    width, height = wide * scale + 2 * MARGIN, high * scale + 2 * MARGIN

    def at(lat: float, lon: float) -> tuple[float, float]:
        east, south = (lon - min(lons)) * narrow * scale, (max(lats) - lat) * scale
        return round(MARGIN + east, 1), round(MARGIN + south, 1)

    parts = [_road([at(lat, lon) for lat, lon in points]) for points in roads]
    most = max((village.households for village in problem.villages), default=0) or 1
    for village in problem.villages:
        place = problem.place(village.place)
        radius = 2.0 + 8.0 * math.sqrt(village.households / most)
        title = f"{place.name}: {village.households} households"
        parts.append(_dot(at(place.lat, place.lon), radius, VILLAGE, title))
    for sleep in problem.sleeps:
        place = problem.place(sleep.place)
        title = f"{place.name}: beds for {sleep.teams_per_night} crews"
        parts.append(_dot(at(place.lat, place.lon), 3.0, BED, title))
    for base in sorted({end for team in problem.teams for end in (team.start, team.end)}):
        place = problem.place(base)
        parts.append(_square(at(place.lat, place.lon), f"{place.name}: base"))
    legend = "Villages by households (blue), beds (yellow), bases (red squares); north is up."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:100%">'
        f"<title>{escape(legend)}</title>"
        f'<rect width="100%" height="100%" fill="#fafafa"/>{"".join(parts)}</svg>'
        f"<p><small>{escape(legend)}</small></p>"
    )


def _road(points: Sequence[tuple[float, float]]) -> str:
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{line}" fill="none" stroke="{ROAD}" stroke-width="1"/>'


def _dot(at: tuple[float, float], radius: float, colour: str, title: str) -> str:
    x, y = at
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" fill="{colour}" stroke="#fff" '
        f'stroke-width="0.8"><title>{escape(title)}</title></circle>'
    )


def _square(at: tuple[float, float], title: str) -> str:
    x, y = at
    return (
        f'<rect x="{x - 5:g}" y="{y - 5:g}" width="10" height="10" fill="{BASE}" stroke="#fff">'
        f"<title>{escape(title)}</title></rect>"
    )
