"""Where the project lies, and what lies beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
# Real extracts, see its README.
DATA = ROOT / "tests" / "data"
ALMATY, BAYREUTH = DATA / "almaty_2012.osm.pbf", DATA / "north_bayreuth_2014.osm.gz"
# More real data and public instances; tests that need them skip where they are not there.
SHARED = ROOT.parent / "shared"
