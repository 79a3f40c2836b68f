"""Villages with the households still to be reached in them, from tables and from OSM places.

The straight line through the room: a file's bytes become numbered rows of texts (`sheets`), the
header row names columns (`columns`), texts become values (`cells`), and values a `VillageRow`
(`table`, `osm`). Villages and counts are all that is ever taken in; what belongs to persons is
refused with the reason.
"""

from __future__ import annotations

from routeplan.villages.osm import OsmPlace, OsmVillages, from_osm_places
from routeplan.villages.reports import LegReport, read_reports
from routeplan.villages.rows import VillageRow, check_not_swapped
from routeplan.villages.table import read_table

__all__ = [
    "LegReport",
    "OsmPlace",
    "OsmVillages",
    "VillageRow",
    "check_not_swapped",
    "from_osm_places",
    "read_reports",
    "read_table",
]
