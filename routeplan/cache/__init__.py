"""What was read and worked out of roads, kept for the next run; see `routeplan.cache.store`."""

from routeplan.cache.roads import KnownRoads, known_roads, known_times, wanted_region
from routeplan.cache.store import MAGIC
from routeplan.files import cache_folder

__all__ = ["MAGIC", "KnownRoads", "cache_folder", "known_roads", "known_times", "wanted_region"]
