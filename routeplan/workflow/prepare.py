"""From a scenario to a prepared problem and a plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from routeplan.display import counted, one_line
from routeplan.errors import Fault, Faults, InputError, PlanError
from routeplan.language import gettext as _
from routeplan.model.plan import Reason
from routeplan.model.problem import District, Problem, Sleep
from routeplan.model.variants import scale_times
from routeplan.planner import Options, solve
from routeplan.roads import Effect, read_speeds, snap
from routeplan.scenario import read_scenario
from routeplan.workflow.checks import (
    check_places,
    check_positions,
    check_vehicles,
    checked_rows,
    district_key,
    faults_beside,
    tried,
)
from routeplan.workflow.inputs import (
    base_notes,
    bases_of,
    condition_notes,
    conditions_of,
    load_roads,
    load_times,
    overrides_of,
    region_of,
    road_requirement,
    rows_of_map,
)
from routeplan.workflow.legs import closed_roads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from routeplan.model.plan import LeftOut, Plan
    from routeplan.model.problem import Place, Posed, TravelTimes
    from routeplan.planner import Pins, Progress
    from routeplan.roads import Conditions, Override, Region, RoadGraph, Snap, SpeedTable
    from routeplan.scenario import Scenario
    from routeplan.villages import Unplaced, VillageRow
    from routeplan.workflow.inputs import CachedRoads

__all__ = [
    "Located",
    "Prepared",
    "locate",
    "plan_tours",
    "prepare",
    "with_road_requirements",
]

# Travel times are two numbers of 64 bits and a Boolean for each pair of places.
BYTES_OF_PAIR = 17
LARGEST_TIMES = 4 * 2**30

T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True)
class Located:
    """A scenario with its villages on its roads, without travel times; fields as in `Prepared`."""

    scenario: Scenario
    conditions: Conditions
    graph: RoadGraph
    rows: tuple[VillageRow, ...]
    unplaced: tuple[str, ...]
    snaps: Mapping[str, tuple[Snap, ...]]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return self._shown(self.scenario)

    def _shown(self, of: Scenario | Problem) -> str:
        return one_line(
            *(type(self).__name__, self.scenario.name),
            counted(len(self.rows), "village"),
            counted(len(of.teams), "team"),
            f"{counted(len(of.days), 'day')} from {of.days[0].date}",
            repr(self.graph),
        )

    @property
    def remarks(self) -> list[str]:
        """What whoever plans should know of how the table and the roads were read."""
        notes = condition_notes(self.graph, self.conditions, self.snaps)
        return [*self.notes, *notes, *base_notes(self.scenario, self.snaps)]


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Prepared(Located):
    """A scenario with its roads and villages: all that planning and drawing need.

    Parameters
    ----------
    conditions
        The days with their seasons, and the overrides, which the edge speeds depend on.
    rows
        The villages.
    unplaced
        Names of places of the map without a population, if villages are taken from the map.
    snaps
        By vehicle, the snap of each place of the problem.
    notes
        How the table of villages was read: which rows and columns were left out.
    problem
        The problem for the planner.

    Examples
    --------
    >>> prepared.problem.villages[0].households, sorted(prepared.snaps)
    (51, ['car', 'four_wheel_drive'])
    """

    problem: Problem

    def __repr__(self) -> str:
        # It may be another problem than that of the scenario.
        return self._shown(self.problem)

    def replace(self, **changes: object) -> Prepared:
        """Return a copy with some fields changed: another problem on the same roads."""
        return replace(self, **changes)  # type: ignore[arg-type]  # fields by name

    def _repr_html_(self) -> str:
        return self.problem.to_html(line.points.tolist() for line in self.graph.lines())


def prepare(
    scenario: Scenario | str | Path,
    *,
    on_step: Callable[[str], None] = lambda _: None,
    overrides: tuple[Override, ...] = (),
    rows: Iterable[VillageRow] | None = None,
) -> Prepared:
    """Read the roads and villages of a scenario and compute all travel times.

    Parameters
    ----------
    scenario
        A scenario, or the path of its file.
    on_step
        Called with the name of each step.
    overrides
        What is known of roads beside the scenario's own overrides.
    rows
        Villages instead of those of its table, which is not read: of `villages_from_frame`.

    Raises
    ------
    InputError, RoadError
        With every fault of the scenario, the table or the speeds; or if the roads cannot be read,
        or do not reach a team's base.

    Examples
    --------
    >>> home = prepare(scenario.with_nights(0))
    >>> len(home.rows), len(home.problem.places)
    (60, 61)
    """
    own = None if rows is None else tuple(rows)
    located, times = _located(scenario, on_step, with_times=True, more=overrides, own=own)
    problem = _problem(located.scenario, located.rows, times)
    return Prepared(
        *(located.scenario, located.conditions, located.graph, located.rows, located.unplaced),
        *(located.snaps, located.notes, problem),
    )


def locate(
    scenario: Scenario | str | Path,
    *,
    on_step: Callable[[str], None] = lambda _: None,
    on_unplaced: Callable[[Unplaced], None] | None = None,
) -> Located:
    """Read the roads and villages of a scenario, and snap villages to roads, as `prepare` does.

    There may be more villages than can be planned for at once. `on_unplaced` is called with each
    village that fits no place for sure, which is then left out; by default it is a fault.

    Examples
    --------
    >>> located = locate(scenario)
    >>> len(located.rows), sorted(located.snaps)
    (60, ['car', 'four_wheel_drive'])
    """
    return _located(scenario, on_step, with_times=False, on_unplaced=on_unplaced)[0]


def _located(
    scenario: Scenario | str | Path,
    on_step: Callable[[str], None],
    *,
    with_times: bool,
    more: tuple[Override, ...] = (),
    on_unplaced: Callable[[Unplaced], None] | None = None,
    own: tuple[VillageRow, ...] | None = None,
) -> tuple[Located, dict[str, TravelTimes]]:
    """Snap villages to roads; compute travel times unless there are too many villages."""
    if isinstance(scenario, str | Path):
        scenario = read_scenario(scenario, more_faults=faults_beside)
    on_step(_("reading villages"))
    notes: list[str] = []
    rows, speeds, overrides, region = _read_tables(scenario, notes.append, on_unplaced, own)
    conditions = conditions_of(scenario, rows or (), speeds, (*overrides, *more))
    roads = load_roads(scenario.roads.file, speeds, region, conditions=conditions, on_step=on_step)
    unplaced: tuple[str, ...] = ()
    if rows is None:
        rows, unplaced = rows_of_map(scenario, roads.places)
        check_places(scenario, (row.id for row in rows))
    places = (*scenario.places, *(row.place for row in rows))
    limit = scenario.roads.snap_limit_metres
    vehicles = sorted({team.vehicle for team in scenario.teams})
    snaps: dict[str, tuple[Snap, ...]] = {}
    times: dict[str, TravelTimes] = {}
    # With a copy of one of them during computation.
    bytes_of_times = len(places) ** 2 * BYTES_OF_PAIR * (len(vehicles) + 1)
    if bytes_of_times > LARGEST_TIMES:
        if with_times:
            most = math.isqrt(LARGEST_TIMES // (BYTES_OF_PAIR * (len(vehicles) + 1)))
            message = _(
                "{n:,} places are too many to be planned for at once: travel times between all of "
                "them would take {size:,.0f} GiB of memory; with so many kinds of vehicles, at "
                "most {most:,} are planned for",
                n=len(places),
                size=bytes_of_times / 2**30,
                most=most,
            )
            hint = _(
                "make a scenario of each district, and plan them together with 'routeplan country'"
            )
            raise InputError([Fault(scenario.source, message, hint)])
        on_step(_("finding the villages' roads"))
        snaps = {
            vehicle: snap(roads.graph, vehicle, places, limit, bases=bases_of(scenario, vehicle))
            for vehicle in vehicles
        }
    else:
        on_step(_("working out travel times"))
        snaps, times = snap_places(scenario, roads, places, vehicles)
    check_bases(scenario, rows, conditions, roads.graph, snaps)
    return Located(scenario, conditions, roads.graph, rows, unplaced, snaps, tuple(notes)), times


def snap_places(
    scenario: Scenario, roads: CachedRoads, places: Sequence[Place], vehicles: Sequence[str]
) -> tuple[dict[str, tuple[Snap, ...]], dict[str, TravelTimes]]:
    """Return the snaps of places, and the travel times between them, by vehicle."""
    snaps: dict[str, tuple[Snap, ...]] = {}
    times: dict[str, TravelTimes] = {}
    limit, factor = scenario.roads.snap_limit_metres, scenario.roads.drive_factor
    for vehicle in vehicles:
        bases = bases_of(scenario, vehicle)
        snaps[vehicle], taken = load_times(roads, vehicle, places, limit, bases)
        times[vehicle] = scale_times(taken, factor)
    return snaps, times


def check_bases(
    scenario: Scenario,
    rows: Sequence[VillageRow],
    conditions: Conditions,
    graph: RoadGraph,
    snaps: Mapping[str, Sequence[Snap]],
) -> None:
    """Refuse positions far from the roads, and bases that no road leads to."""
    closures = Effect.CLOSE in {one.effect for one in conditions.overrides}
    check_positions(scenario, rows, graph, snaps, closures=closures)


def plan_tours(
    prepared: Posed,
    options: Options | None = None,
    *,
    start: Plan | None = None,
    pins: Pins | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Plan:
    """Plan the tours of a prepared scenario, or of a problem.

    Of what is left out, a prepared scenario knows how far it is from the roads, and which closed
    roads lead there.

    Parameters
    ----------
    prepared, options, start, pins, report
        The prepared scenario or the problem, and the parameters of `routeplan.planner.solve`, which
        raises the same.

    Examples
    --------
    >>> plan = plan_tours(prepared, Options(iterations=5, bound=False))
    >>> plan.run.stopped_by.value
    'iterations'
    """
    if not isinstance(prepared, Prepared):
        return solve(prepared, options, start=start, pins=pins, report=report)
    try:
        plan = solve(prepared.problem, options, start=start, pins=pins, report=report)
    except PlanError as error:
        raise PlanError(_with_closed_roads(prepared, error)) from None
    return with_road_requirements(prepared, plan)


def with_road_requirements(prepared: Prepared, plan: Plan) -> Plan:
    """Return a plan whose unreachable villages say how far they are from the roads."""
    left_out = tuple(_with_road_requirement(prepared, left) for left in plan.left_out)
    return plan.replace(left_out=left_out)


def _read_tables(
    scenario: Scenario,
    on_note: Callable[[str], None],
    on_unplaced: Callable[[Unplaced], None] | None,
    own: tuple[VillageRow, ...] | None,
) -> tuple[tuple[VillageRow, ...] | None, SpeedTable, tuple[Override, ...], Region | None]:
    """Read the quick inputs, and raise all their faults at once."""
    faults = Faults()
    rows = checked_rows(scenario, faults, on_note, on_unplaced, own)
    speeds = tried(faults, lambda: read_speeds(scenario.roads.speeds))
    if speeds is not None:
        vehicles = speeds.vehicles
        tried(faults, lambda: check_vehicles(scenario, vehicles))
    overrides = tried(faults, lambda: overrides_of(scenario, speeds))
    places = (*scenario.places, *(row.place for row in rows or ()))
    region = tried(faults, lambda: region_of(scenario.roads.cut, places))
    if speeds is None or overrides is None or faults:
        raise InputError(faults)
    return rows, speeds, overrides, region


def _problem(
    scenario: Scenario,
    rows: Sequence[VillageRow],
    travel: Mapping[str, TravelTimes],
) -> Problem:
    sleeps = {row.id: Sleep(row.id, row.teams_per_night) for row in rows if row.teams_per_night}
    sleeps.update({sleep.place: sleep for sleep in scenario.sleeps})
    try:
        return Problem(
            name=scenario.name,
            places=(*scenario.places, *(row.place for row in rows)),
            travel=travel,
            villages=tuple(row.village(scenario.dates) for row in rows),
            sleeps=tuple(sleeps.values()),
            teams=scenario.effective_teams,
            days=scenario.days,
            rules=scenario.rules,
            announced=scenario.announced,
            districts=tuple(_district(each, rows) for each in scenario.districts),
        )
    except InputError as error:
        faults = Faults()
        faults.adopt(error, scenario.source)
        faults.raise_any()
        raise


def _district(district: District, rows: Sequence[VillageRow]) -> District:
    """Return a district with its places: those that are listed, else by the villages' table."""
    key = district_key(district.id)
    named = (row.id for row in rows if row.district and district_key(row.district) == key)
    return district if district.places else replace(district, places=tuple(named))


def _with_closed_roads(prepared: Prepared, error: PlanError) -> list[Fault]:
    """Return the faults of an error, those of villages with the roads closed on the way there."""
    limit = prepared.scenario.roads.snap_limit_metres
    named = {fault.where for fault in error.faults}.intersection(prepared.problem.village_at)
    if not named:
        return list(error.faults)
    hints: dict[str, dict[str, None]] = {}
    for road in closed_roads(prepared.graph, prepared.snaps, prepared.problem, limit_metres=limit):
        name = road.name or _("{kind} without a name", kind=road.road_class)
        closed = _(
            "{road} is closed to {vehicle} ({why})",
            road=name,
            vehicle=road.vehicle,
            why=road.detail,
        )
        for detour in road.detours:
            if detour.seconds is None and not road.kmh:
                hints.setdefault(detour.end, {})[closed] = None
    return [
        replace(fault, hint="; ".join(hints[fault.where])) if fault.where in hints else fault
        for fault in error.faults
    ]


def _with_road_requirement(prepared: Prepared, left: LeftOut) -> LeftOut:
    """Return an unreachable village with how far it is from the roads."""
    if left.reason is not Reason.UNREACHABLE:
        return left
    position = prepared.problem.index[left.place]
    nearest = min(
        (snaps[position] for snaps in prepared.snaps.values()),
        key=lambda snap: math.inf if snap.metres is None else snap.metres,
    )
    if nearest.failure is None:
        return left
    return replace(left, requirements=(road_requirement(nearest),))
