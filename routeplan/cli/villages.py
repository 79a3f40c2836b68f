"""``villages``: list those of a scenario; match a table by name; write one to fill in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.cli.terminal import counted
from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes, write_whole

if TYPE_CHECKING:
    from routeplan.language import Language
    from routeplan.roads import Snap
    from routeplan.workflow.prepare import Located

# Of villages without a known population, so many are named.
MAX_NAMES = 20


@options.command()
@options.paths("scenario")
def villages(out: Output, scenario: Path) -> None:
    """List villages and where they meet the roads."""
    from routeplan.workflow.prepare import locate

    with out.steps() as steps:
        located = locate(scenario, on_step=steps.on_step)
        for remark in located.remarks:
            steps.note(remark)
    rows = _village_rows(located)
    console = out.console({"villages": rows, "without_population": located.unplaced})
    columns = ("id", "name", "households", "unsigned", "to the road", "remarks")
    console.table("Villages", columns, map(_cells, rows))
    unsigned = counted(sum(row["unsigned"] for row in rows), "unsigned household")
    console.bold(f"{counted(len(rows), 'village')}, {unsigned}")
    if located.unplaced:
        names = ", ".join(located.unplaced[:MAX_NAMES])
        console.lines(f"left out, because the map gives no population of them: {names}")


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    roads = row["roads"].values()
    metres = {f"{road['metres']:.0f} m" for road in roads if road["metres"] is not None}
    # What is the same for several vehicles is printed once.
    remarks = {(r["trouble"], r["metres"]): r["remark"] for r in roads if r["remark"]}
    return (
        *(row["id"], row["name"], row["households"], row["unsigned"]),
        " / ".join(sorted(metres)),
        "; ".join([*row["notes"], *remarks.values()]),
    )


def _village_rows(located: Located) -> list[dict[str, Any]]:
    snaps_by_id = {
        vehicle: {snap.place.id: snap for snap in snaps} for vehicle, snaps in located.snaps.items()
    }
    fields = ("id", "name", "lat", "lon", "households", "unsigned")
    return [
        {name: getattr(row, name) for name in fields}
        | {
            "notes": list(row.notes),
            "roads": {name: _snap_values(snaps[row.id]) for name, snaps in snaps_by_id.items()},
        }
        for row in located.rows
    ]


def _snap_values(snap: Snap) -> dict[str, object]:
    remark = snap.detail or snap.note
    return {"metres": snap.metres, "trouble": snap.failure, "remark": remark}


@options.command()
@options.paths("table")
@options.path("--osm --places osm", "FILE", "Map or table, whose places give positions.")
@options.path("--register", "FILE", "Register of codes (КАТО).")
@options.path("--districts", "FILE", "Polygons of districts, for positions.")
@options.output("MATCHED", "matched.xlsx, with all matches.")
def villages_match(
    out: Output,
    table: Path,
    osm: Path | None,
    register: Path | None,
    districts: Path | None,
    output: Path | None,
) -> None:
    """Find positions and register codes of villages by name.

    TABLE is CSV, XLSX, ODS or XLS, with names. Copy the right candidate into place_choice or
    register_choice, and match again.
    """
    from routeplan.villages import match_table
    from routeplan.workflow.inputs import read_reference

    if osm is None and register is None:
        hint = "name a map (--osm) for positions, the register (--register) for codes, or both"
        raise InputError(f"nothing to match {table.name} with; {hint}")
    if output is not None and output.suffix.lower() != ".xlsx":
        raise InputError(f"{output} is no workbook by its name; let it end in .xlsx")
    check_output(output, table, osm, register, districts)
    with out.steps() as steps:
        sources = read_reference(osm, register, districts, on_step=steps.on_step)
        steps.on_step("matching names")
        answers = match_table(table, sources, steps.note)
    if output is not None:
        write_whole({output: answers.workbook()})
    parts = {"place": "places of the map", "code": "the register"}
    counts = {part: answers.counts(part) for part in parts}
    rows = list(map(dataclasses.asdict, answers.rows))
    written = {} if output is None else {"matched": output}
    console = out.console({"counts": counts, "rows": rows, "files": written})
    for part, title in parts.items():
        if not counts[part]:
            continue
        console.table(
            f"With {title}: to look at",
            ("id", "village", "why", "detail"),
            _doubtful_rows((row, getattr(row, part)) for row in answers.rows),
        )
        figures = ", ".join(f"{count} {how}" for how, count in counts[part].items())
        console.bold(f"with {title}: {figures}")
    placed = sum(row.position is not None for row in answers.rows)
    console.bold(f"{counted(len(answers.rows), 'village')}, {placed} with a position")
    console.files(written)


@options.command()
@options.paths("output", required=False, metavar="[FILE.xlsx]", default="villages.xlsx")
@options.option(
    *("--language", "[en|kk|ru]", "Of headings and notes."),
    type=click.Choice(options.LANGUAGES),
    default="en",
)
def villages_template(out: Output, output: Path, language: Language) -> None:
    """Write an empty table of villages to fill in.

    Its second sheet says what each column holds, and is not read.
    """
    from routeplan.villages.template import village_template

    if output.suffix.lower() != ".xlsx":
        raise InputError(f"{output} is no workbook by its name; let it end in .xlsx")
    template = village_template(language)
    if output.exists() and read_bytes(output) != template:
        # It may be one that was filled in.
        raise InputError([Fault(str(output), "is there already", "choose another name")])
    write_whole({output: template})
    out.files({"template": output})


def _doubtful_rows(matches: Iterable[tuple[Any, Any]]) -> Iterator[tuple[object, ...]]:
    for row, match in matches:
        if match is not None and match.how in {"near", "ambiguous", "unmatched"}:
            candidates = "; ".join(one.text for one in match.candidates[:3])
            yield row.source, row.name, match.how.value, f"{match.note} {candidates}".strip()
