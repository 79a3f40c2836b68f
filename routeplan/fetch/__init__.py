"""Downloads from OpenStreetMap hosts; the only package that opens connections.

Each download lists the hosts and what is sent to them (`host_requests`) before it connects.
Redirects to other hosts are refused, and a file is written whole or not at all.
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
