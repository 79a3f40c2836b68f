"""`routeplan villages match`: positions and codes for a table of villages, found by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.errors import InputError
from routeplan.files import check_writable, write_whole

if TYPE_CHECKING:
    import argparse

    from routeplan.roads import OsmPlace
    from routeplan.villages import Sources

__all__ = ["match"]


def match(asked: argparse.Namespace) -> int:
    """Match a table with places of the map and with the register, and write the answers."""
    from routeplan.villages import match_table  # noqa: PLC0415

    if asked.osm is None and asked.register is None:
        hint = "name a map (--osm) for positions, the register (--register) for codes, or both"
        raise InputError(f"nothing to match {asked.table.name} with; {hint}")
    inputs = (asked.table, asked.osm, asked.register, asked.districts)
    if asked.output is not None:
        check_writable(asked.output)
        if any(path and asked.output.exists() and asked.output.samefile(path) for path in inputs):
            raise InputError(f"{asked.output} is read by this command; choose another name with -o")
        if asked.output.suffix.lower() != ".xlsx":
            raise InputError(f"{asked.output} is no workbook by its name; let it end in .xlsx")
    with show.Steps(quiet=asked.quiet) as steps:
        sources = _sources(asked, steps)
        steps.tell("matching names")
        answers = match_table(asked.table, sources)
    if asked.output is not None:
        write_whole({asked.output: answers.workbook()})
    show.matched(answers, asked.output, as_json=asked.json)
    return 0


def _sources(asked: argparse.Namespace, steps: show.Steps) -> Sources:
    from routeplan.roads import read_places  # noqa: PLC0415
    from routeplan.villages import Sources, read_districts, read_register  # noqa: PLC0415

    register = districts = None
    if asked.register is not None:
        steps.tell(f"reading the register from {asked.register.name}")
        register = read_register(asked.register)
    if asked.districts is not None:
        steps.tell(f"reading districts from {asked.districts.name}")
        districts = read_districts(asked.districts, register)
    places: tuple[OsmPlace, ...] = ()
    if asked.osm is not None:
        steps.tell(f"reading places from {asked.osm.name}")
        places = read_places(asked.osm)
    return Sources(places, register, districts)
