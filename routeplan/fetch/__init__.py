"""The only room that can open a connection, and only when a user asked for it by a command.

Every errand says first which hosts it will ask and what it will tell each of them (`host_requests`);
it goes nowhere else, for redirections to other hosts are refused. What a host sends becomes a file
whole or not at all.
"""

from __future__ import annotations

from routeplan.fetch.extract import Download, ExtractRequest, fetch_extract
from routeplan.fetch.hosts import HostRequest, RetryPolicy, proxies
from routeplan.fetch.overpass import OverpassRequest, fetch_osm

__all__ = [
    "Download",
    "ExtractRequest",
    "HostRequest",
    "OverpassRequest",
    "RetryPolicy",
    "fetch_extract",
    "fetch_osm",
    "proxies",
]
