"""How values show themselves: in one line, and in a notebook as HTML, a table and a sketch map."""

from __future__ import annotations

import dataclasses
import math
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HIGHEST, MARGIN = 520.0, 620.0, 14.0
LINE_COLOUR = "#b9b9b9"
FLAT_DEGREES = 0.01
LONGEST_NAME = 40
FEW = 4


class Mark(NamedTuple):
    """A point of a sketch: a dot of a radius, or a square."""

    lat: float
    lon: float
    title: str
    colour: str
    radius: float = 3.0
    is_square: bool = False


def clock(seconds: int) -> str:
    """Return a time of day; past midnight it goes on counting.

    Examples
    --------
    >>> clock(30600), clock(91800)
    ('08:30', '25:30')
    """
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def one_line(kind: str, name: str, *figures: str) -> str:
    """Return what an object is and its figures, for `repr`; a long name is shortened.

    Examples
    --------
    >>> one_line("Plan", "May", counted(10, "tour"), counted(1, "household"))
    "<Plan 'May': 10 tours, 1 household>"
    """
    shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    lines = (" ".join(figure.split()) for figure in figures)
    return f"<{kind}{f' {shown!r}' if shown else ''}: {', '.join(lines)}>"


def short_repr(item: Any) -> str:  # noqa: ANN401  # any dataclass
    """Return what `repr` says of a dataclass without its defaults, long values shortened.

    Examples
    --------
    >>> short_repr(Village("v1", households=40, closed_days=tuple(range(9))))
    "Village(place='v1', households=40, closed_days=(0, 1, 2, 3, … 9 in all))"
    """
    shown = []
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            shown.append(f"{field.name}={_short(value)}")
    return f"{type(item).__name__}({', '.join(shown)})"


def _short(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= LONGEST_NAME else f"{value[: LONGEST_NAME - 1]}…")
    if isinstance(value, tuple) and len(value) > FEW:
        return f"({', '.join(map(_short, value[:FEW]))}, … {len(value):,} in all)"
    if isinstance(value, tuple):
        return f"({', '.join(map(_short, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def counted(count: float, noun: str) -> str:
    """Return a number of things whose plural ends in s.

    Examples
    --------
    >>> counted(1387, "household"), counted(1, "day")
    ('1,387 households', '1 day')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def table(
    title: str, figures: Iterable[str], heads: Iterable[str], rows: Iterable[Iterable[object]]
) -> str:
    """Return a title, lines of figures and a table as HTML."""
    lines = "<br>".join(map(escape, figures))
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f"<p><b>{escape(title)}</b><br>{lines}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def sketch(marks: Sequence[Mark], lines: Iterable[Sequence[Sequence[float]]], legend: str) -> str:
    """Return a sketch map as SVG, north up, with a legend below it.

    Marks set its extent; lines of points (lat, lon) are drawn under them.
    """
    lats, lons = [mark.lat for mark in marks], [mark.lon for mark in marks]
    narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
    wide = max((max(lons) - min(lons)) * narrow, FLAT_DEGREES)
    high = max(max(lats) - min(lats), FLAT_DEGREES)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HIGHEST - 2 * MARGIN) / high)
    width, height = wide * scale + 2 * MARGIN, high * scale + 2 * MARGIN

    def at(lat: float, lon: float) -> tuple[float, float]:
        east, south = (lon - min(lons)) * narrow * scale, (max(lats) - lat) * scale
        return round(MARGIN + east, 1), round(MARGIN + south, 1)

    shapes = []
    for line in lines:
        points = " ".join("{:g},{:g}".format(*at(lat, lon)) for lat, lon in line)
        shapes.append(f'<polyline points="{points}" fill="none" stroke="{LINE_COLOUR}"/>')
    for mark in marks:
        x, y = at(mark.lat, mark.lon)
        shape = f'circle cx="{x:g}" cy="{y:g}" r="{mark.radius:.1f}"'
        if mark.is_square:
            shape = f'rect x="{x - 5:g}" y="{y - 5:g}" width="10" height="10"'
        style = f'fill="{mark.colour}" stroke="#fff" stroke-width="0.8"'
        tag = shape.partition(" ")[0]
        shapes.append(f"<{shape} {style}><title>{escape(mark.title)}</title></{tag}>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" style="max-width:100%">'
        f"<title>{escape(legend)}</title>"
        f'<rect width="100%" height="100%" fill="#fafafa"/>{"".join(shapes)}</svg>'
        f"<p><small>{escape(legend)}</small></p>"
    )
