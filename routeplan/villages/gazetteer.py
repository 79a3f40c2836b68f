"""Places from a table of positions that somebody else keeps: a gazetteer, an earlier campaign's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.villages import cells
from routeplan.villages.columns import identify
from routeplan.villages.sheets import read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.villages.sheets import Line

__all__ = ["TablePlace", "read_gazetteer"]

_NAME = re.compile(r"(?:old_|alt_)?name(?:[_:].+)?")


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A place as a table has it; its fields are those of `routeplan.villages.osm.OsmPlace`."""

    id: str
    name: str
    lat: float
    lon: float
    names: Mapping[str, str] = field(default_factory=dict)
    kind: str = "village"
    population: int | None = None


def read_gazetteer(path: Path) -> tuple[TablePlace, ...]:
    """Read places from a CSV or XLSX table.

    Parameters
    ----------
    path
        With columns for lat and lon and at least one for names (``name``, ``name_kk``,
        ``old_name``, or as in a table of villages), perhaps one for ids; others are not looked at.
        A place without an id is called by its row.

    Raises
    ------
    InputError
        Where it cannot be read or lacks a column, and with every position that is none.
    """
    header, *lines = read_sheet(path)
    columns = {identify(head): n for n, head in reversed(list(enumerate(header.cells)))}
    names = {head: n for n, head in enumerate(header.cells) if _is_name(head)}
    missing = [column for column in ("lat", "lon") if column not in columns]
    if not names:
        missing.append("name")
    if missing:
        where = f"{path.name}:{header.number}"
        raise InputError([Fault(where, f"has no column {name!r}", "add it") for name in missing])
    faults = Faults()
    places = [_place(line, columns, names, f"{path.name}:{line.number}", faults) for line in lines]
    faults.raise_any()
    return tuple(places)


def _is_name(head: str) -> bool:
    return identify(head) == "name" or bool(_NAME.fullmatch(head.casefold()))


def _place(
    line: Line,
    columns: Mapping[str | None, int],
    names: Mapping[str, int],
    where: str,
    faults: Faults,
) -> TablePlace:
    called = {head: text for head, n in names.items() if (text := _cell(line.cells, n))}
    position = {}
    for column, most in (("lat", 90), ("lon", 180)):
        try:
            position[column] = cells.degrees(_cell(line.cells, columns[column]) or "?")
            if abs(position[column]) > most:
                faults.add(f"{where} {column}", f"{position[column]:g} is beyond {most} degrees")
        except InputError as error:
            for fault in error.faults:
                faults.add(f"{where} {column}", fault.message, fault.hint)
    own = _cell(line.cells, columns["id"]) if "id" in columns else ""
    return TablePlace(
        id=own or f"row {line.number}",
        name=next(iter(called.values()), ""),
        lat=position.get("lat", 0.0),
        lon=position.get("lon", 0.0),
        names=called,
    )


def _cell(texts: Sequence[str], position: int) -> str:
    return texts[position] if position < len(texts) else ""
