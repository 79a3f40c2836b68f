"""scenario.toml: roads, villages, days, teams and rules of one undertaking, checked all at once.

The file names the roads and the villages; it reads neither. Hours and minutes of the file become
whole seconds, dates become days in their order, and every path is taken from the file's folder.
Its places and teams are named by places and codes, never by people.
"""

from __future__ import annotations

from routeplan.scenario.model import Scenario
from routeplan.scenario.reading import read_scenario
from routeplan.scenario.sources import Campaign, HomesSource, RoadCut, Roads, VillageSource

__all__ = [
    "Campaign",
    "HomesSource",
    "RoadCut",
    "Roads",
    "Scenario",
    "VillageSource",
    "read_scenario",
]
