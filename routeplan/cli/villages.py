"""``villages``: list those of a scenario; match a table by name; write one to fill in."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes, write_whole
from routeplan.language import gettext as _
from routeplan.language import message_language, ngettext

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
    columns = (_("id"), _("name"), _("households"), _("unsigned"), _("to the road"), _("remarks"))
    console.table(_("Villages"), columns, map(_cells, rows))
    unsigned = sum(row["unsigned"] for row in rows)
    households = ngettext("{n} unsigned household", "{n} unsigned households", unsigned)
    console.bold(f"{_counted(rows)}, {households}")
    if located.unplaced:
        names = ", ".join(located.unplaced[:MAX_NAMES])
        text = _("left out, because the map gives no population of them: {names}", names=names)
        console.lines(text)


def _counted(rows: Sequence[object]) -> str:
    return ngettext("{n} village", "{n} villages", len(rows))


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    from routeplan.roads import shown_reason

    roads = row["roads"].values()
    metres = {
        _("{metres:.0f} m", metres=road["metres"]) for road in roads if road["metres"] is not None
    }
    # What is the same for several vehicles is printed once.
    remarks = {(r["trouble"], r["metres"]): shown_reason(r["remark"]) for r in roads if r["remark"]}
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
    from routeplan.villages.matching import MatchType
    from routeplan.workflow.inputs import read_reference

    if osm is None and register is None:
        hint = _("name a map (--osm) for positions, the register (--register) for codes, or both")
        message = _("nothing to match {table} with", table=table.name)
        raise InputError([Fault("", message, hint)])
    if output is not None:
        _check_workbook(output)
    check_output(output, table, osm, register, districts)
    with out.steps() as steps:
        sources = read_reference(osm, register, districts, on_step=steps.on_step)
        steps.on_step(_("matching names"))
        answers = match_table(table, sources, steps.note)
    if output is not None:
        write_whole({output: answers.workbook()})
    parts = {
        "place": (_("With places of the map"), _("With places of the map: to look at")),
        "code": (_("With the register"), _("With the register: to look at")),
    }
    counts = {part: answers.counts(part) for part in parts}
    rows = list(map(dataclasses.asdict, answers.rows))
    written = {} if output is None else {"matched": output}
    console = out.console({"counts": counts, "rows": rows, "files": written})
    for part, (title, doubtful) in parts.items():
        if not counts[part]:
            continue
        shown = list(_doubtful_rows((row, getattr(row, part)) for row in answers.rows))
        if shown:
            console.table(doubtful, (_("id"), _("village"), _("why"), _("detail")), shown)
        figures = (f"{count} {MatchType(how).label}" for how, count in counts[part].items())
        console.bold(f"{title}: {', '.join(figures)}")
    placed = sum(row.position is not None for row in answers.rows)
    with_position = _("{placed} with a position", placed=placed)
    console.bold(f"{_counted(answers.rows)}, {with_position}")
    console.files(written)


@options.command()
@options.paths("output", required=False, metavar="[FILE.xlsx]", default="villages.xlsx")
@options.language
def villages_template(out: Output, output: Path, language: Language | None) -> None:
    """Write an empty table of villages to fill in.

    Its second sheet says what each column holds, and is not read.
    """
    from routeplan.villages.template import village_template

    _check_workbook(output)
    template = village_template(language or message_language())
    if output.exists() and read_bytes(output) != template:
        # It may be one that was filled in.
        raise InputError([Fault(str(output), _("is there already"), _("choose another name"))])
    write_whole({output: template})
    out.files({"template": output})


def _check_workbook(output: Path) -> None:
    if output.suffix.lower() != ".xlsx":
        message = _("{file} is no workbook by its name; let it end in .xlsx", file=output)
        raise InputError(message)


def _doubtful_rows(matches: Iterable[tuple[Any, Any]]) -> Iterator[tuple[object, ...]]:
    for row, match in matches:
        if match is not None and match.how in {"near", "ambiguous", "unmatched"}:
            candidates = "; ".join(one.text for one in match.candidates[:3])
            yield row.source, row.name, match.how.label, f"{match.note} {candidates}".strip()
