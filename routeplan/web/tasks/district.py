"""Take a table of villages, if one was given, and find the villages on the roads."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from routeplan.errors import RouteplanError
from routeplan.files import digest_of
from routeplan.handouts.geometry import Bounds, simplify_lines
from routeplan.handouts.labels import vehicle_label
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.roads import shown_reason
from routeplan.web.table_files import take_table
from routeplan.workflow.inputs import bases_of
from routeplan.workflow.prepare import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from routeplan.errors import Fault
    from routeplan.roads import RoadGraph
    from routeplan.scenario import Scenario
    from routeplan.villages import Unplaced
    from routeplan.web.tasks import Work
    from routeplan.workflow.prepare import Located

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
MOST_POINTS = 20_000
"""Of all roads that are drawn; the smaller ones are left out first."""

DETAIL = 1500
"""Roads are drawn as well as on a map of so many pixels."""

DECIMALS = 4


def run(work: Work) -> None:
    """Say what is found as the job's result.

    With ``table``, the content of a table in Base64, that is taken first; where it has faults, they
    are the result and nothing is changed. ``find`` is a parameter of `take_table`.
    """
    taken: dict[str, Any] = {}
    if "table" in work.values:
        work.on_step(_("checking the table"))
        data = base64.b64decode(work.values["table"])
        try:
            name, kept = take_table(work.folder, data, find=bool(work.values["find"]))
        except RouteplanError as error:
            work.say(result={"refused": True, "faults": list(map(_cells_of, error.faults))})
            return
        taken = {"taken": name, "kept": kept}
    scenario = work.scenario()
    table = scenario.villages.table
    unplaced: list[Unplaced] = []
    result = {**taken, "sha256": "" if table is None else digest_of(table), "refused": False}
    try:
        located = locate(scenario, on_step=work.on_step, on_unplaced=unplaced.append)
    except RouteplanError as error:
        result |= {"faults": list(map(_cells_of, error.faults))}
    else:
        work.say(remarks=located.remarks)
        result |= {"faults": [], **_found(located)}
    result["unplaced"] = [_unplaced(each) for each in unplaced]
    work.say(result=result)


def _cells_of(fault: Fault) -> tuple[str, str, str, str]:
    """Return row, column, what is wrong and what to do; a fault of no cell says where it is."""
    match = re.fullmatch(r"[^:]+\.(?:csv|tsv|txt|xlsx|xls|ods):([0-9]+)(?: (.*))?", fault.where)
    if match is None:
        text = f"{fault.where}: {fault.message}" if fault.where else fault.message
        return "", "", text, fault.hint
    return match[1], match[2] or "", fault.message, fault.hint


def _found(located: Located) -> dict[str, object]:
    """Return villages, bases and roads, with where each village was found and how far its road is.

    A village is its row, name, households, district, where it was found, lat, lon and, where it is
    on no road, why.
    """
    scenario = located.scenario
    places = len(scenario.places)
    trouble: dict[int, str] = {}
    for snaps in located.snaps.values():
        for n, snap in enumerate(snaps[places:]):
            if not snap.found:
                trouble[n] = _with_labels(shown_reason(snap.detail), located.snaps)
    villages = [
        (
            *(_row_of(row.source), row.name, row.households, row.district),
            "; ".join(row.notes) or _("coordinates of the table"),
            *(round(row.lat, DECIMALS), round(row.lon, DECIMALS), trouble.get(n, "")),
        )
        for n, row in enumerate(located.rows)
    ]
    return {
        "villages": villages,
        "bases": _bases(scenario),
        "roads": _roads(located.graph),
    }


def _with_labels(text: str, vehicles: Iterable[str]) -> str:
    """Return a text with what vehicles are called in it."""
    for vehicle in vehicles:
        label = vehicle_label(vehicle, message_language())
        text = re.sub(rf"(?<!\w){re.escape(vehicle)}(?!\w)", label, text)
    return text


def _bases(scenario: Scenario) -> list[tuple[str, float, float]]:
    """Return name and position of the places that are no villages and where drives begin."""
    bases = {
        base
        for vehicle in {team.vehicle for team in scenario.teams}
        for base in bases_of(scenario, vehicle)
    }
    return [(each.name, each.lat, each.lon) for each in scenario.places if each.id in bases]


def _row_of(source: str) -> str:
    """Return the number of a village's row; of one of the map, nothing."""
    return source.rpartition(":")[2] if ":" in source else ""


def _roads(graph: RoadGraph) -> list[tuple[bool, Sequence[tuple[float, float]]]]:
    """Return the lines of the roads, each with whether it is a main one, as far as they are few."""
    south, west, north, east = graph.bounds
    bounds = Bounds(south, west, north, east)
    tolerance = max(north - south, (east - west) * 0.7) * 111_000 / DETAIL
    lines = list(graph.lines())
    main = [line.points for line in lines if line.road_class in MAIN_ROADS]
    others = [line.points for line in lines if line.road_class not in MAIN_ROADS]
    drawn: list[tuple[bool, Sequence[tuple[float, float]]]] = []
    left = MOST_POINTS
    for is_main, own in ((True, main), (False, others)):
        for points in _longest(simplify_lines(own, tolerance, bounds)):
            left -= len(points)
            if left < 0:
                break
            drawn.append((is_main, [(round(a, DECIMALS), round(b, DECIMALS)) for a, b in points]))
    return drawn


def _longest(lines: Iterable[Sequence[tuple[float, float]]]) -> list[Sequence[tuple[float, float]]]:
    return sorted(lines, key=len, reverse=True)


def _unplaced(village: Unplaced) -> dict[str, object]:
    """Return a village without a position, and its candidates."""
    pairs = zip(village.match.candidates, village.places, village.districts, strict=True)
    return {
        "row": _row_of(village.row.source),
        "name": village.row.name,
        "households": village.row.households,
        "district": village.row.district,
        "why": village.why,
        "candidates": [
            {
                "text": one.text,
                "name": place.name,
                "kind": place.kind,
                "district": district,
                "lat": place.lat,
                "lon": place.lon,
            }
            for one, place, district in pairs
        ],
    }
