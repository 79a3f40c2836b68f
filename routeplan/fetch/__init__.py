"""The only room that can open a connection, and only when a user asked for it by a command.

Every errand says first which hosts it will ask and what it will tell each of them (`questions`);
it goes nowhere else, for redirections to other hosts are refused. What a host sends becomes a file
whole or not at all.
"""

from __future__ import annotations

from routeplan.fetch.asking import Patience, Question, proxies
from routeplan.fetch.extract import ExtractErrand, Fetched, fetch_extract
from routeplan.fetch.overpass import OsmErrand, fetch_osm

__all__ = [
    "ExtractErrand",
    "Fetched",
    "OsmErrand",
    "Patience",
    "Question",
    "fetch_extract",
    "fetch_osm",
    "proxies",
]
