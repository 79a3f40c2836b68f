"""Reading roads from a file of any known format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.roads.graphml import read_graphml
from routeplan.roads.osmfile import read_osm

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.roads.extract import Extract

__all__ = ["read_roads"]

_READERS: dict[str, Callable[[Path], Extract]] = {
    ".osm.pbf": read_osm,
    ".pbf": read_osm,
    ".osm": read_osm,
    ".osm.gz": read_osm,
    ".osm.bz2": read_osm,
    ".graphml": read_graphml,
}


def read_roads(path: Path) -> Extract:
    """Read roads and settlements.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``, or ``.graphml`` as osmnx saves it.

    Raises
    ------
    InputError
        Where the name of the file has none of these endings.
    RoadError
        Where the file is missing, empty, damaged, cut off or holds no roads.
    """
    for suffix, reader in _READERS.items():
        if Path(path).name.lower().endswith(suffix):
            return reader(Path(path))
    known = ", ".join(_READERS)
    raise InputError([Fault(str(path), "is no file of roads by its name", f"known are {known}")])
