"""Villages and their households from tables and from OSM places.

A file becomes rows of texts (`encoding`, `sheets`), headers become columns (`columns`), rows that
are villages are chosen (`village_sheet`), and become `VillageRow` (`cells`, `table`, `village`). A
GeoDataFrame is read like a file (`frame`). An empty table can be written to fill in (`template`).
What a table lacks is found by place name (`names`, `matching`) in the map, a gazetteer or the
register (`gazetteer`, `register`), or estimated, with a note; a candidate that is chosen is written
into the table (`choices`). Drivers' reports of the times of legs are read too (`reports`).
Only villages and counts are ever read; persons' data are refused with the reason (`columns`).
"""

from __future__ import annotations

from routeplan.villages.frame import villages_from_frame
from routeplan.villages.gazetteer import (
    Homes,
    OsmVillages,
    ReferenceData,
    from_osm_places,
    read_gazetteer,
)
from routeplan.villages.matched_table import MatchedTable, match_table
from routeplan.villages.register import Districts, Register, read_districts, read_register
from routeplan.villages.reports import LegReport, read_reports
from routeplan.villages.table import Unplaced, read_table, village_names
from routeplan.villages.village import VillageRow, check_not_swapped

__all__ = [
    "Districts",
    "Homes",
    "LegReport",
    "MatchedTable",
    "OsmVillages",
    "ReferenceData",
    "Register",
    "Unplaced",
    "VillageRow",
    "check_not_swapped",
    "from_osm_places",
    "match_table",
    "read_districts",
    "read_gazetteer",
    "read_register",
    "read_reports",
    "read_table",
    "village_names",
    "villages_from_frame",
]
