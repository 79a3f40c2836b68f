"""Villages with the households still to be reached in them, from tables and from OSM places.

The straight line through the room: a file's bytes become numbered rows of texts (`sheets`), the
header row names columns (`columns`), texts become values (`cells`), and values a `VillageRow`
(`table`, `osm`). What a table lacks is found by name (`names`, `matching`, `areas`) among places
(`osm`, `gazetteer`) and in the register (`register`), or estimated (`estimate`), and says so
(`sources`, `answers`). Villages and counts are all that is ever taken in; what belongs to persons
is refused with the reason.
"""

from __future__ import annotations

from routeplan.villages.answers import MatchedTable, match_table
from routeplan.villages.areas import Districts, read_districts
from routeplan.villages.estimate import Homes
from routeplan.villages.gazetteer import read_gazetteer
from routeplan.villages.osm import OsmPlace, OsmVillages, from_osm_places
from routeplan.villages.register import Register, read_register
from routeplan.villages.reports import LegReport, read_reports
from routeplan.villages.rows import VillageRow, check_not_swapped
from routeplan.villages.sources import ReferenceData
from routeplan.villages.table import read_table

__all__ = [
    "Districts",
    "Homes",
    "LegReport",
    "MatchedTable",
    "OsmPlace",
    "OsmVillages",
    "ReferenceData",
    "Register",
    "VillageRow",
    "check_not_swapped",
    "from_osm_places",
    "match_table",
    "read_districts",
    "read_gazetteer",
    "read_register",
    "read_reports",
    "read_table",
]
