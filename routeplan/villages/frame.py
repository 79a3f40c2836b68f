"""Villages out of a GeoDataFrame, with the columns, checks and faults of a table in a file."""

from __future__ import annotations

import datetime as dt
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.villages.cells import Row
from routeplan.villages.columns import identify
from routeplan.villages.gazetteer import ReferenceData
from routeplan.villages.sheets import ignore_note
from routeplan.villages.table import rows_of_sheet
from routeplan.villages.text_tables import clean
from routeplan.villages.village import check_people_per_household
from routeplan.villages.village_sheet import village_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from routeplan.model.problem import Village
    from routeplan.villages.village import VillageRow

NAME = "villages"
"""What faults call a frame."""

FEW = 5
"""Bad geometries of one kind that are named one by one."""

WGS84 = "EPSG:4326"
# Of degrees: about a centimetre.
DECIMALS = 7
_POSITION = ("lat", "lon")


def villages_from_frame(
    frame: pd.DataFrame,
    defaults: Village | None = None,
    *,
    people_per_household: float | None = None,
    on_note: Callable[[str], None] = ignore_note,
) -> tuple[VillageRow, ...]:
    """Make villages of a GeoDataFrame of points, or of a DataFrame with columns of degrees.

    The columns are those of the villages' table, in English, Russian or Kazakh, with the same
    checks: ``name`` or ``id``, ``households`` or ``population``, and those of the options. An index
    that has a name is a column too; one that is called ``place`` has the ids, as in the frames of
    routeplan, and so has a column ``place`` beside ``name``.

    Parameters
    ----------
    frame
        A row a village. Points in any CRS are converted to WGS 84; columns ``lat`` and ``lon``
        beside them are not read. Polygons are refused, since the middle of one may be far from its
        village: ``frame.set_geometry(frame.representative_point())`` takes a point in each.
    defaults
        A village with the options that the frame leaves out; its place and households are not
        used.
    people_per_household
        Converts population to households, rounded up.
    on_note
        Called with each note on rows and columns that are not read.

    Returns
    -------
    tuple of VillageRow
        Each with its ``place``, and with its ``village(dates)`` for a problem with these days.

    Raises
    ------
    InputError
        With every fault of the frame, each with the label of its row and its column:
        ``villages:41 households``.

    Examples
    --------
    >>> rows = villages_from_frame(frame_villages(problem))
    >>> tuple(row.village(()).households for row in rows[:3])
    (51, 6, 32)
    """
    check_people_per_household(people_per_household)
    faults = Faults()
    labels = [clean(str(label)) for label in frame.index]
    frame = _with_ids(frame)
    degrees = None
    if hasattr(frame, "to_crs"):
        degrees = _degrees(frame, labels, faults)
        frame = _without_positions(frame, on_note)
    sheet = village_sheet(_rows(frame, labels, degrees), NAME, faults, on_note=on_note)
    return rows_of_sheet(
        *(sheet, faults, defaults),
        people_per_household=people_per_household,
        reference=ReferenceData(),
        on_note=on_note,
    )


def _with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its named index as columns, and ids that are called ``place`` as such."""
    names = [name for name in frame.index.names if name is not None]
    if names and not set(names) & set(frame.columns):
        frame = frame.reset_index()
    known = {identify(str(column)) for column in frame.columns if column != "place"}
    has_ids = "place" in names or "name" in known
    return frame.rename(columns={"place": "id"}) if has_ids and "id" not in known else frame


def _without_positions(frame: pd.DataFrame, on_note: Callable[[str], None]) -> pd.DataFrame:
    """Return a frame of points without its geometry, and without degrees in other columns."""
    shapes = [name for name, kind in frame.dtypes.items() if str(kind) == "geometry"]
    degrees = [column for column in frame.columns if identify(str(column)) in _POSITION]
    if degrees:
        columns = ", ".join(map(str, degrees))
        on_note(
            _(
                "{name}: positions are those of the points, not of {columns}",
                name=NAME,
                columns=columns,
            )
        )
    return frame.drop(columns=[*shapes, *degrees])


def _degrees(frame: Any, labels: Sequence[str], faults: Faults) -> NDArray[np.float64]:  # noqa: ANN401  # a GeoDataFrame
    """Return lat and lon of each row, shape (n, 2), 0 where there is a fault."""
    degrees = np.zeros((len(frame), 2))
    if frame.active_geometry_name is None:
        hint = _("set it: frame.set_geometry(…)")
        faults.add(NAME, _("has no column of points"), hint)
        return degrees
    column = frame.geometry.name
    if frame.crs is None:
        hint = _("say which its coordinates are in: frame.set_crs(…)")
        faults.add(f"{NAME} {column}", _("has no coordinate reference system"), hint)
        return degrees
    kinds = frame.geometry.geom_type.to_numpy(dtype=object)
    empty = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    is_point = np.array([*map(_is_point, frame.geometry)], dtype=np.bool_) & ~empty
    points = frame.geometry[is_point].representative_point().to_crs(WGS84)
    degrees[is_point] = np.column_stack([points.y, points.x])
    unknown = ~np.isfinite(degrees).all(axis=1)
    degrees[unknown] = 0
    other = _("is a {kind}, expected a point")
    hint = _("take a point in each: frame.set_geometry(frame.representative_point())")
    for wrong, message, what in (
        (empty, _("has no point"), _("give it one, or leave the row out")),
        (~empty & ~is_point, other, hint),
        (unknown, _("cannot be converted to degrees"), _("is the reference system the right one?")),
    ):
        rows = np.flatnonzero(wrong)
        for row in rows[:FEW]:
            text = message.format(kind=kinds[row])
            faults.add(f"{NAME}:{labels[row]} {column}", text, what)
        if len(rows) > FEW:
            more = _("has {n} more faults like these", n=len(rows) - FEW)
            faults.add(f"{NAME} {column}", more)
    return degrees


def _is_point(shape: Any) -> bool:  # noqa: ANN401  # a geometry, or None where there is none
    """Return whether a geometry is a point; many files keep single points as several."""
    kind = getattr(shape, "geom_type", "")
    return kind == "Point" or (kind == "MultiPoint" and len(shape.geoms) == 1)


def _rows(
    frame: pd.DataFrame, labels: Sequence[str], degrees: NDArray[np.float64] | None
) -> list[Row]:
    """Return the header and the rows of a frame as texts."""
    headers = [clean(str(column)) for column in frame.columns]
    table = [[""] * len(headers) for _label in labels]
    for column in range(len(headers)):
        values, missing = frame.iloc[:, column], frame.iloc[:, column].isna()
        for row, (value, gone) in enumerate(zip(values, missing, strict=True)):
            table[row][column] = "" if gone else _text(value)
    if degrees is not None:
        headers += _POSITION
        for cells, pair in zip(table, degrees, strict=True):
            cells.extend(map(_text, pair.round(DECIMALS)))
    rows = [Row(0, tuple(headers), "columns")]
    return [*rows, *(Row(n, tuple(row), labels[n]) for n, row in enumerate(table))]


def _text(value: object) -> str:
    """Return a value as a table would have it."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return " ".join(map(_text, value))
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return np.format_float_positional(float(value), trim="-")
    if isinstance(value, dt.datetime):
        value = value.date()
    return clean(str(value))
