"""List villages and where they meet the roads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import options
from routeplan.cli.console import counted
from routeplan.cli.output import Output

if TYPE_CHECKING:
    from routeplan.roads import Snap
    from routeplan.workflow.prepare import Located

# Of villages without a known population, so many are named.
MAX_NAMES = 20


@options.command()
@options.paths("scenario")
def villages(out: Output, scenario: Path) -> None:
    """List villages and where they meet the roads."""
    from routeplan.workflow.inputs import condition_notes
    from routeplan.workflow.prepare import locate

    with out.steps() as steps:
        located = locate(scenario, on_step=steps.on_step)
        for remark in condition_notes(located.graph, located.conditions):
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
