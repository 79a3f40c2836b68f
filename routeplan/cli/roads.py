"""The commands about roads: what a file holds, how minutes came about, what drivers report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.cli import show, show_roads
from routeplan.cli.asked import check_output
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.files import write_whole

if TYPE_CHECKING:
    import argparse

    from routeplan.workflow.prepare import Prepared

__all__ = ["roads"]


def roads(asked: argparse.Namespace) -> int:
    """Answer what is asked about roads."""
    answers = {"report": _report, "explain": _explain, "learn": _learn}
    return answers[asked.asks](asked)


def _report(asked: argparse.Namespace) -> int:
    """Tell what a file of roads holds."""
    from routeplan.roads import (  # noqa: PLC0415
        build_graph,
        read_area,
        read_roads,
        read_speeds,
        report,
    )

    if asked.area_name and asked.area is None:
        message = "chooses among polygons, and no file of them is named"
        raise InputError([Fault("--area-name", message, "name one with --area")])
    with show.Steps(quiet=asked.quiet) as steps:
        speeds = read_speeds(asked.speeds)
        region = None if asked.area is None else read_area(asked.area, asked.area_name)
        steps.on_step(f"reading roads from {asked.osmfile.name}")
        extract = read_roads(asked.osmfile, region)
        steps.on_step("building the road graph")
        graph = build_graph(extract, speeds)
        if region is not None:
            extract = replace(extract, places=region.settlements(extract.places))
        found = report(extract, graph)
    show.roads(found, as_json=asked.json)
    return 0


def _explain(asked: argparse.Namespace) -> int:
    """Tell how the minutes of a leg came about, and which roads are not taken."""
    from routeplan.workflow.inputs import condition_notes  # noqa: PLC0415
    from routeplan.workflow.legs import explain_leg  # noqa: PLC0415
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(asked.scenario, on_step=steps.on_step)
        pair, vehicles = _asked_for(asked, prepared)
        found = [
            explain_leg(
                *(prepared.graph, prepared.snaps[vehicle], prepared.problem.travel[vehicle]),
                *(vehicle, pair),
                limit_metres=prepared.scenario.roads.snap_limit_metres,
            )
            for vehicle in vehicles
        ]
    show_roads.explained(
        prepared.graph,
        found,
        condition_notes(prepared.graph, prepared.conditions),
        as_json=asked.json,
    )
    return 0


def _asked_for(asked: argparse.Namespace, prepared: Prepared) -> tuple[tuple[int, int], list[str]]:
    """Find the places and vehicles that are asked for, or refuse them all at once."""
    from routeplan.workflow.legs import find_place  # noqa: PLC0415

    faults = Faults()
    places = prepared.problem.places
    start = find_place(places, asked.start, "FROM", faults)
    end = find_place(places, asked.end, "TO", faults)
    vehicles = [asked.vehicle] if asked.vehicle else sorted(prepared.snaps)
    for vehicle in vehicles:
        if vehicle not in prepared.snaps:
            faults.add("--vehicle", f"no team has {vehicle!r}", nearest(vehicle, prepared.snaps))
    faults.raise_any()
    return (start or 0, end or 0), vehicles


def _learn(asked: argparse.Namespace) -> int:
    """Write a table of speeds that fits what drivers report."""
    from routeplan.villages import read_reports  # noqa: PLC0415
    from routeplan.workflow.legs import learn_speeds  # noqa: PLC0415
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    check_output(asked.output, asked.scenario, asked.reports)
    with show.Steps(quiet=asked.quiet) as steps:
        reports = read_reports(asked.reports)
        prepared = prepare(asked.scenario, on_step=steps.on_step)
        steps.on_step("learning")
        learned, text = learn_speeds(prepared.scenario, prepared.problem.places, reports)
    write_whole({asked.output: text})
    show_roads.learned(learned, asked.output, as_json=asked.json)
    return 0
