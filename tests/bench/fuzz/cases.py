"""Commands that read each kind of file, and sound files for them to begin with."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan import packs

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KEY_FILE", "KINDS", "Kind", "prepare", "write_seeds"]

SEARCH = ("--iterations", "2", "--no-bound")
KEY_FILE = "key.txt"
SWEEP = """format = "routeplan-sweep"
version = 1
scenario = "problem.json"
[grid]
crews = [1, 2]
days = [2]
pace = [1.0]
drive_factor = [1.5]
[search]
iterations = 1
bound = false
seed = 1
"""
OVERRIDES = """version = 1
[[override]]
effect = "slow"
kmh = 20
names = ["Dala joly"]
note = "mud"
vehicles = ["car"]
expires = 2027-06-01
[[override]]
effect = "close"
note = "bridge"
area = [[42.9, 76.9], [42.9, 77.2], [43.1, 77.2]]
"""
REPORTS = "from,to,minutes,vehicle,date\nAq,Bulaq,25,car,2027-05-03\nbase,Aq,4,car,2027-05-03\n"
POLYGONS = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": '
    '"Oidan"}, "geometry": {"type": "Polygon", "coordinates": '
    "[[[76, 42], [78, 42], [78, 44], [76, 44], [76, 42]]]}}]}"
)


@dataclass(frozen=True)
class Kind:
    """Files of one kind: which are changed, and the commands that read them."""

    files: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]


KINDS: dict[str, Kind] = {
    "problem": Kind(
        ("problem.json",),
        (
            ("solve", "problem.json", *SEARCH, "-o", "new.json"),
            ("audit", "problem.json", "plan.json"),
        ),
    ),
    "plan": Kind(
        ("plan.json",),
        (
            ("audit", "problem.json", "plan.json"),
            ("solve", "problem.json", "--start", "plan.json", *SEARCH, "-o", "new.json"),
            ("compare", "plan.json", "--problem", "problem.json"),
        ),
    ),
    "scenario": Kind(
        ("scenario.toml",),
        (("villages", "scenario.toml"), ("problem", "scenario.toml", "-o", "new.json")),
    ),
    "tables": Kind(
        ("villages.csv",),
        (
            ("villages", "scenario.toml"),
            ("villages", "match", "villages.csv", "--osm", "district.osm", "-o", "new.xlsx"),
        ),
    ),
    "reports": Kind(
        ("reports.csv",), (("roads", "learn", "scenario.toml", "reports.csv", "-o", "new.toml"),)
    ),
    "xlsx": Kind(
        ("villages.xlsx",), (("villages", "match", "villages.xlsx", "--osm", "district.osm"),)
    ),
    "osm": Kind(("district.osm",), (("roads", "report", "district.osm"),)),
    "pbf": Kind(("district.osm.pbf",), (("roads", "report", "district.osm.pbf"),)),
    "graphml": Kind(("district.graphml",), (("roads", "report", "district.graphml"),)),
    "overrides": Kind(("roads.toml",), (("villages", "overridden.toml"),)),
    "speeds": Kind(
        ("speeds.toml",), (("roads", "report", "district.osm", "--speeds", "speeds.toml"),)
    ),
    "vector": Kind(
        ("a.geojson", "a.gpkg", "a.shp", "a.dbf"),
        (("roads", "report", "district.osm", "--area"),),
    ),
    "packs": Kind(
        ("pack.bundle", "pack.age"), (("pack", "open", "pack.age", "--identity", KEY_FILE),)
    ),
    "workbook": Kind(
        ("week.xlsx",),
        (("workbook", "read", "week.xlsx", "problem.json", "plan.json", *SEARCH),),
    ),
    "sweep": Kind(("sweep.toml",), (("sweep", "sweep.toml", "--workers", "0", "-o", "swept"),)),
}


def write_seeds(folder: Path) -> None:
    """Write all sound files; osmium has threads from then on, and no child must inherit them."""
    import geopandas as gpd  # noqa: PLC0415

    from routeplan.formats import plan_to_json, problem_to_json  # noqa: PLC0415
    from routeplan.roads import read_roads  # noqa: PLC0415
    from routeplan.roads.speeds import speeds_text  # noqa: PLC0415
    from tests.helpers.campaign import Undertaking, table  # noqa: PLC0415
    from tests.helpers.roads import toy  # noqa: PLC0415
    from tests.helpers.toy import toy_plan, toy_problem  # noqa: PLC0415
    from tests.helpers.villages import workbook_bytes  # noqa: PLC0415
    from tests.helpers.workbook import written  # noqa: PLC0415

    scenario = Undertaking().write(folder).read_text(encoding="utf-8")
    overridden = scenario.replace('"district.osm"', '"district.osm"\noverrides = "roads.toml"')
    problem, plan = toy_problem(), toy_plan()
    toy().write(folder / "district.osm.pbf")
    read_roads(folder / "district.osm.pbf")
    identity = packs.make_identity()
    manifest = packs.Manifest(
        crew="A",
        date=dt.date(2027, 5, 3),
        made=dt.datetime(2027, 5, 1, tzinfo=dt.UTC),
        expires=dt.date(2900, 1, 1),
    )
    bundle = packs.bundle(manifest, {"day.json": b"{}", "map.html": b"<p>map</p>"})
    texts: dict[str, str | bytes] = {
        "overridden.toml": overridden,
        "roads.toml": OVERRIDES,
        "speeds.toml": speeds_text(None),
        "reports.csv": REPORTS,
        "problem.json": problem_to_json(problem),
        "plan.json": plan_to_json(plan),
        "villages.xlsx": workbook_bytes([line.split(",") for line in table()]),
        "week.xlsx": written(problem, plan),
        "sweep.toml": SWEEP,
        "a.geojson": POLYGONS,
        "district.graphml": _graphml(folder / "district.osm"),
        "pack.bundle": bundle,
        "pack.age": packs.seal(bundle, [identity.recipient]),
        KEY_FILE: identity.secret,
    }
    for name, text in texts.items():
        data = text.encode() if isinstance(text, str) else text
        (folder / name).write_bytes(data)
    for ending in ("gpkg", "shp"):
        gpd.read_file(folder / "a.geojson").to_file(folder / f"a.{ending}")


def prepare(
    seeds: Path, folder: Path, kind: str, name: str, data: bytes, command: int
) -> list[str]:
    """Lay out the files of a case with one of them changed, and return what to run on them."""
    shutil.copytree(seeds, folder)
    (folder / name).write_bytes(data)
    arguments = list(KINDS[kind].commands[command])
    if kind == "vector":
        arguments.append(name.replace(".dbf", ".shp"))
    if name == "pack.bundle":
        identity = packs.read_identities((seeds / KEY_FILE).read_text(), source=KEY_FILE)[0]
        (folder / "pack.age").write_bytes(packs.seal(data, [identity.recipient]))
    return arguments


def _graphml(osm: Path) -> str:
    import osmnx  # noqa: PLC0415

    from routeplan.roads import build_graph, read_roads, read_speeds  # noqa: PLC0415

    graph = build_graph(read_roads(osm), read_speeds()).to_networkx("car")
    path = osm.with_name("district.graphml")
    osmnx.save_graphml(graph, path)
    return path.read_text(encoding="utf-8")
