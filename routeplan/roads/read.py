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
    from routeplan.roads.region import Region

__all__ = ["read_roads"]

_READERS: dict[str, Callable[[Path, Region | None], Extract]] = {
    ".osm.pbf": read_osm,
    ".pbf": read_osm,
    ".osm": read_osm,
    ".osm.gz": read_osm,
    ".osm.bz2": read_osm,
    ".graphml": read_graphml,
}


def read_roads(path: Path, region: Region | None = None) -> Extract:
    """Read roads and settlements.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``, or ``.graphml`` as osmnx saves it.
    region
        What is wanted of it, see `routeplan.roads.read_area`; None for all of it.

    Raises
    ------
    InputError
        Where the name of the file has none of these endings.
    RoadError
        Where the file is missing, empty, damaged, cut off or holds no roads, or none in the region.
    """
    for suffix, reader in _READERS.items():
        if Path(path).name.lower().endswith(suffix):
            return reader(Path(path), region)
    known = ", ".join(_READERS)
    raise InputError([Fault(str(path), "is no file of roads by its name", f"known are {known}")])
