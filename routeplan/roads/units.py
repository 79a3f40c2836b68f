"""In which units roads are counted."""

from __future__ import annotations

__all__ = ["MICROSECONDS", "MILLIMETRES", "SECONDS_PER_METRE"]

MICROSECONDS = 1_000_000
MILLIMETRES = 1_000
SECONDS_PER_METRE = 3.6  # at 1 km/h
