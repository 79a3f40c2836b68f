"""`routeplan villages match`: positions and codes for a table of villages, found by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.cli import show
from routeplan.errors import InputError
from routeplan.files import check_writable, write_whole

if TYPE_CHECKING:
    import argparse

__all__ = ["match"]


def match(asked: argparse.Namespace) -> int:
    """Match a table with places of the map and with the register, and write the answers."""
    from routeplan.villages import match_table  # noqa: PLC0415
    from routeplan.workflow.inputs import read_reference  # noqa: PLC0415

    if asked.osm is None and asked.register is None:
        hint = "name a map (--osm) for positions, the register (--register) for codes, or both"
        raise InputError(f"nothing to match {asked.table.name} with; {hint}")
    if asked.output is not None:
        if asked.output.suffix.lower() != ".xlsx":
            raise InputError(f"{asked.output} is no workbook by its name; let it end in .xlsx")
        check_writable(asked.output)
        inputs = filter(None, (asked.table, asked.osm, asked.register, asked.districts))
        if asked.output.exists() and any(map(asked.output.samefile, inputs)):
            raise InputError(f"{asked.output} is read by this command; choose another name with -o")
    with show.Steps(quiet=asked.quiet) as steps:
        sources = read_reference(asked.osm, asked.register, asked.districts, on_step=steps.on_step)
        steps.on_step("matching names")
        answers = match_table(asked.table, sources)
    if asked.output is not None:
        write_whole({asked.output: answers.workbook()})
    show.matched(answers, asked.output, as_json=asked.json)
    return 0
