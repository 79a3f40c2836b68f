"""Plan multi-day door-to-door tours over OpenStreetMap roads, offline."""

__version__ = "0.1.0"
