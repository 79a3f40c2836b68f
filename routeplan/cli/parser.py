"""What can be asked on the command line."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from routeplan import __version__
from routeplan.cli.analysis_parser import add_analysis
from routeplan.cli.coverage import add_coverage
from routeplan.cli.handout_parser import add_handout_commands
from routeplan.cli.roads_parser import add_roads
from routeplan.cli.terminal import Parser

__all__ = ["LANGUAGES", "add_language", "make_parser"]

# As `routeplan.language` has them, which is loaded only where a text is asked for.
LANGUAGES = ("en", "kk", "ru")


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = Parser(
        prog="routeplan",
        description="Plan multi-day door-to-door tours over OpenStreetMap roads. Everything works "
        "offline; nothing leaves this machine but what 'fetch' says first.",
        epilog="exit codes: 0 done, 1 failed, 2 wrong input, 3 roads cannot serve, 4 cannot be "
        "planned, 5 a plan breaks a rule, 130 stopped with Ctrl-C (the best plan so far is kept)",
    )
    parser.add_argument("--version", action="version", version=f"routeplan {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_line(commands)
    _add_steps(commands)
    add_coverage(lambda name, does: _command(commands, name, does))
    _add_tables(commands)
    add_handout_commands(partial(_command, commands), add_language)
    _add_fetch(commands)
    add_analysis(lambda name, does: _command(commands, name, does), _add_search)
    return parser


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_line(commands: Commands) -> None:  # type: ignore[valid-type]
    demo = _command(commands, "demo", "go the whole line on a fictional district")
    _add_output(demo, Path("outputs/demo"))
    add_language(demo)
    _add_search(demo, seconds=20.0)
    run = _command(commands, "run", "go the whole line: scenario, roads, plan, map")
    run.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    _add_output(run, Path("outputs"))
    add_language(run)
    _add_search(run)


def _add_steps(commands: Commands) -> None:  # type: ignore[valid-type]
    add_roads(commands, _command)
    villages = _command(commands, "villages", "list villages and where they meet the roads")
    villages.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    _add_match(commands)
    problem = _command(commands, "problem", "write the problem that a scenario poses")
    problem.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    problem.add_argument(
        "-o", "--output", type=Path, metavar="PROBLEM", required=True, help="problem.json"
    )
    solve = _command(commands, "solve", "plan the tours of a problem")
    solve.add_argument("problem", type=Path, metavar="PROBLEM", help="problem.json")
    solve.add_argument(
        "-o", "--output", type=Path, metavar="PLAN", help="plan.json; else standard output"
    )
    solve.add_argument(
        "--format-version",
        type=int,
        choices=(1, 2),
        default=2,
        help="of plan.json: 1 has English texts where 2 has requirements (default: 2)",
    )
    _add_search(solve)
    _add_pins(solve)
    audit = _command(commands, "audit", "check a plan against every rule of its problem")
    audit.add_argument("problem", type=Path, metavar="PROBLEM", help="problem.json")
    audit.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    explain = _command(
        commands, "explain", "tell why a village is left out, and what it would take"
    )
    explain.add_argument("problem", type=Path, metavar="PROBLEM", help="problem.json")
    explain.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    explain.add_argument("village", metavar="VILLAGE", help="its id or its name")
    _add_search(explain, seconds=10.0)
    drawn = _command(commands, "map", "draw a plan on its scenario's roads")
    drawn.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    drawn.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    drawn.add_argument(
        *("-o", "--output"),
        type=Path,
        default=Path("map.html"),
        metavar="MAP",
        help="where the map goes (default: map.html)",
    )
    add_language(drawn)
    _add_sheets(commands)


def _add_sheets(commands: Commands) -> None:  # type: ignore[valid-type]
    sheets = _command(commands, "sheets", "put a plan on paper: day, tally and check-in sheets")
    sheets.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    sheets.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    sheets.add_argument(
        *("-o", "--output"),
        type=Path,
        default=Path("sheets"),
        metavar="FOLDER",
        help="where the PDFs go (default: sheets)",
    )
    sheets.add_argument("--crew", help="those of this crew alone, by its id")
    sheets.add_argument(
        "--day", help="those of this day alone: its number on the sheets, or its date"
    )
    add_language(sheets)


def _add_tables(commands: Commands) -> None:  # type: ignore[valid-type]
    phone = _command(commands, "phone", "write GPX and KML for phones, by crew and day")
    _add_scenario_and_plan(phone)
    _add_file(phone, "FOLDER", Path("phone"), "where the files go")
    add_language(phone)
    layers = _command(commands, "layers", "write the plan as a GeoPackage, styled for QGIS")
    _add_scenario_and_plan(layers)
    _add_file(layers, "GPKG", Path("plan.gpkg"), "where it goes")
    add_language(layers)
    write = _command(commands, "workbook write", "write the plan as a workbook to be edited")
    write.add_argument(
        "scenario", type=Path, metavar="SCENARIO", help="scenario.toml, or problem.json"
    )
    write.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")
    _add_file(write, "XLSX", Path("plan.xlsx"), "where it goes")
    does = "write stops, villages and what is left out as CSV, too, beside the workbook"
    write.add_argument("--csv", action="store_true", help=does)
    add_language(write)
    does = "take back what was edited in a workbook: as pins, or as a new plan"
    read = _command(commands, "workbook read", does)
    read.add_argument("workbook", type=Path, metavar="XLSX", help="the edited workbook")
    read.add_argument("problem", type=Path, metavar="PROBLEM", help="problem.json")
    read.add_argument("plan", type=Path, metavar="PLAN", help="plan.json that it was written for")
    read.add_argument(
        "-o", "--output", type=Path, metavar="PLAN2", help="plan anew around the edits, into this"
    )
    _add_search(read)


def _add_scenario_and_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan.json")


def _add_file(parser: argparse.ArgumentParser, metavar: str, default: Path, does: str) -> None:
    text = f"{does} (default: {default.as_posix()})"
    parser.add_argument("-o", "--output", type=Path, default=default, metavar=metavar, help=text)


def _add_match(commands: Commands) -> None:  # type: ignore[valid-type]
    match = _command(
        commands, "villages match", "find positions and register codes of villages by their names"
    )
    match.add_argument("table", type=Path, metavar="TABLE", help="CSV or XLSX, with names")
    match.add_argument(
        *("--osm", "--places"),
        type=Path,
        metavar="FILE",
        help="map or table, whose places give positions",
    )
    match.add_argument("--register", type=Path, metavar="FILE", help="register of codes (КАТО)")
    match.add_argument(
        "--districts", type=Path, metavar="FILE", help="polygons of districts, for positions"
    )
    match.add_argument(
        *("-o", "--output"), type=Path, metavar="MATCHED", help="matched.xlsx, with every answer"
    )


def _add_fetch(commands: Commands) -> None:  # type: ignore[valid-type]
    osm = _command(commands, "fetch osm", "ask Overpass for the roads and places of a district")
    where = osm.add_mutually_exclusive_group(required=True)
    where.add_argument("--place", metavar="NAME", help="its name; Nominatim is told it")
    where.add_argument("--bbox", type=_box, metavar="W,S,E,N", help="a box, in degrees")
    osm.add_argument("--homes", action="store_true", help="and for buildings, to count homes")
    osm.add_argument("--fresh", action="store_true", help="ask again for what was answered before")
    kept = "where answers are kept (default: the folder 'fetched' beside FILE)"
    osm.add_argument("--cache", type=Path, metavar="FOLDER", help=kept)
    for name, host in (
        ("overpass", "overpass-api.de"),
        ("nominatim", "nominatim.openstreetmap.org"),
    ):
        osm.add_argument(f"--{name}", metavar="URL", help=f"whom to ask instead of {host}")
    extract = _command(
        commands, "fetch extract", "fetch an extract of OpenStreetMap by its address"
    )
    extract.add_argument("--url", required=True, metavar="URL", help="its address")
    for parser in (osm, extract):
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="map")
        parser.add_argument("--yes", action="store_true", help="agree to what it says it will ask")
        parser.add_argument("--timeout", type=float, metavar="S", help="wait S seconds for a piece")


def _box(text: str) -> tuple[float, ...]:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        message = f"{text!r} is no box: write west,south,east,north, as 76.5,43.1,77.3,43.5"
        raise argparse.ArgumentTypeError(message) from None
    return west, south, east, north


def _command(commands: Commands, name: str, does: str) -> argparse.ArgumentParser:  # type: ignore[valid-type]
    parser: argparse.ArgumentParser = commands.add_parser(  # type: ignore[attr-defined]
        name, help=does, description=does[0].upper() + does[1:] + "."
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")
    parser.add_argument(
        "--traceback", action="store_true", help="show where in the program an error came from"
    )
    return parser


def add_language(parser: argparse.ArgumentParser) -> None:
    """Let a command be told the language of what it hands out."""
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        help="of maps and sheets: English, Kazakh or Russian (default: the scenario's)",
    )


def _add_output(parser: argparse.ArgumentParser, default: Path) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=default,
        metavar="FOLDER",
        help=f"where problem.json, plan.json and map.html go (default: {default.as_posix()})",
    )


def _add_search(parser: argparse.ArgumentParser, seconds: float | None = None) -> None:
    search = parser.add_argument_group("search")
    search.add_argument(
        "--seconds",
        type=float,
        default=seconds,
        metavar="S",
        help=f"stop after S seconds (default: {seconds or 30:g}); such a plan is not reproducible",
    )
    search.add_argument(
        "--iterations", type=int, metavar="N", help="stop after N steps, always with the same plan"
    )
    search.add_argument("--seed", type=int, default=1, metavar="N", help="of all random choices")
    search.add_argument(
        "--engine", default="columns", help="columns (default), or routing, which proves nothing"
    )
    search.add_argument(
        "--bound",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="prove how good the plan is, where the engine can",
    )


def _add_pins(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "what is decided already", "days by number, from 1, or by date; villages by id or name"
    )
    group.add_argument(
        "--start",
        type=Path,
        metavar="PLAN",
        help="begin from this plan; what breaks rules is mended",
    )
    for name, metavar, does in (
        ("--pin", "TEAM:DAY", "keep this tour of the start plan as it is"),
        (
            *("--pin-village", "VILLAGE:DAY[:TEAM]"),
            "visit this village on this day and no other, by this team alone where one is told",
        ),
        ("--skip-village", "VILLAGE", "do not visit this village"),
    ):
        group.add_argument(
            name, action="append", default=[], metavar=metavar, help=f"{does} (repeatable)"
        )
