"""What can be asked about roads on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add_roads"]

# argparse tells nobody what its groups of commands are.
_Commands = Any


def add_roads(commands: _Commands, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the group ``roads`` to a parser.

    Parameters
    ----------
    commands
        The commands of the parser.
    command
        Adds one command to a group of them: the group, its name, what it does.
    """
    group = commands.add_parser(
        "roads",
        help="tell what a file of roads holds, explain a leg's minutes, learn from drivers",
        description="Tell what a file of roads holds, explain a leg's minutes, learn from drivers.",
    )
    asks = group.add_subparsers(
        dest="asks", required=True, metavar="WHAT", help="report, explain or learn"
    )
    report = command(asks, "report", "tell what a file of roads holds")
    report.add_argument(
        "osmfile", type=Path, metavar="OSMFILE", help=".osm.pbf, .osm, .osm.gz, .osm.bz2, .graphml"
    )
    report.add_argument("--speeds", type=Path, help="own table of speeds (TOML)")
    report.add_argument(
        "--area",
        type=Path,
        metavar="FILE",
        help="only within these polygons and 25 km around (GeoJSON, GeoPackage, shapefile)",
    )
    report.add_argument(
        "--area-name",
        action="append",
        default=[],
        metavar="NAME",
        help="of many polygons the one with this name or code (repeatable)",
    )
    explain = command(asks, "explain", "tell how the minutes between two places came about")
    explain.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    explain.add_argument("start", metavar="FROM", help="id or name of a place")
    explain.add_argument("end", metavar="TO", help="id or name of a place")
    explain.add_argument("--vehicle", help="of the scenario's teams (default: each of them)")
    learned = command(asks, "learn", "correct the speeds by minutes that drivers report")
    learned.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    learned.add_argument(
        "reports",
        type=Path,
        metavar="REPORTS",
        help="CSV or XLSX: from, to, minutes, vehicle, date",
    )
    learned.add_argument(
        *("-o", "--output"), type=Path, metavar="SPEEDS", required=True, help="new table (TOML)"
    )
