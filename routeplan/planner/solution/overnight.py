"""Overnight places: chains of them that keep every rule, and a search among these."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import Faults, InputError, PlanError
from routeplan.language import gettext as _
from routeplan.planner.routes import DayRoute
from routeplan.planner.solution.insertion import complete, repair
from routeplan.planner.solution.solution import Solution, time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from routeplan.planner.instance import Instance

    # By place and day.
    Beds = Counter[tuple[int, int]]

LONGEST_RUN = 3
# Households of middling weight that may be lost by one step, at the beginning and at the end.
# Measured on the demo and a district of 80 villages: without, one seed in two ends 3 % lower.
INITIAL_TEMPERATURE, FINAL_TEMPERATURE = 4.0, 0.3
# Value of a required village, in households; and driving that costs as much as one household, in
# working times per household: as good as nothing, but not nothing.
REQUIRED = 1e6
DRIVING_PER_HOUSEHOLD = 500.0


def initial_solution(instance: Instance) -> Solution:
    """Return a solution without visits in which teams are away for as few nights as possible.

    It raises what `assign_overnight_places` does.
    """
    homes = [instance.home(s.index) for s in instance.shifts]
    solution = Solution(instance, instance.day_routes(homes))
    assign_overnight_places(solution)
    return solution


def has_free_night(instance: Instance) -> bool:
    """Return whether any team may spend any night at a place of its choice."""
    nights = enumerate(instance.nights)
    free = (night is not None and shift not in instance.fixed_ends for shift, night in nights)
    return bool(instance.beds) and any(free)


def beds_suffice(solution: Solution) -> bool:
    """Return whether no place has more teams in a night than it has beds for."""
    beds = solution.instance.beds
    used = _beds_taken(solution, range(len(solution.routes)))
    return all(count <= beds.get(place, 0) for (place, _), count in used.items())


def nights_away_allowed(solution: Solution, chain: Iterable[int]) -> bool:
    """Return whether a team is never away for more nights in a row than it may be."""
    inst = solution.instance
    away = 0
    for shift in chain:
        night, limit = inst.nights[shift], inst.team(shift).max_nights_away
        if night is None:
            continue
        away = 0 if solution.routes[shift].end == inst.home(shift) else away + night.nights
        if limit is not None and away > limit:
            return False
    return True


# ---- Chains that keep every rule ----


def assign_overnight_places(solution: Solution) -> None:
    """Give every team overnight places that keep all rules, in place; what is fixed stays.

    A team keeps those that it has where every day of it could be driven without a visit; else it
    gets those with the fewest nights away. A `PlanError` names every team that cannot get from its
    start to its end in its days and windows, an `InputError` where routes of such a team are fixed.
    """
    inst = solution.instance
    fixed = inst.fixed_ends
    taken = _beds_of(inst, fixed.items())

    def others_of(chain: range) -> Beds:
        return taken - _beds_of(inst, ((s, end) for s, end in fixed.items() if s in chain))

    infeasible, stranded = [], []
    for chain in inst.chains:
        others = others_of(chain)
        if _is_feasible(solution, chain, others):
            taken = others + _beds_taken(solution, chain)
        else:
            infeasible.append(chain)
    for chain in infeasible:
        others = others_of(chain)
        ends = _fewest_nights_away(solution, chain, others)
        if ends is None:
            stranded.append(chain)
            continue
        for shift, end in zip(chain, ends, strict=True):
            solution.set_end(shift, end)
        taken = others + _beds_taken(solution, chain)
    _raise_stranded(inst, stranded)


def _raise_stranded(instance: Instance, stranded: list[range]) -> None:
    faults = Faults()
    error: type[InputError | PlanError] = PlanError
    for chain in stranded:
        team = instance.team(chain[0])
        fixed = [instance.shifts[shift].day for shift in chain if shift in instance.fixed]
        if fixed:
            message = _(
                "team {team} cannot get from {start} to {end} in its days with the tours that are "
                "pinned",
                team=team.id,
                start=team.start,
                end=team.end,
            )
            hint = _("pin the days between as well, or fewer")
            error = InputError
        else:
            message = _(
                "team {team} cannot get from {start} to {end} in its days",
                team=team.id,
                start=team.start,
                end=team.end,
            )
            hint = _("longer hours, a higher drive limit or a sleeping place between would help")
        faults.add(", ".join(f"pin {team.id}:{day + 1}" for day in fixed), message, hint)
    faults.raise_any(error)


def _beds_taken(solution: Solution, chain: range) -> Beds:
    return _beds_of(solution.instance, ((shift, solution.routes[shift].end) for shift in chain))


def _beds_of(instance: Instance, ends: Iterable[tuple[int, int]]) -> Beds:
    """Count beds that are taken where shifts end so; a team's own home takes none."""
    return Counter(
        (end, day)
        for shift, end in ends
        if (night := instance.nights[shift]) is not None and end != instance.home(shift)
        for day in night.days
    )


def _is_feasible(solution: Solution, chain: range, others: Beds) -> bool:
    """Return whether a team may keep its overnight places, with beds taken by others."""
    inst, routes = solution.instance, solution.routes
    return (
        all(inst.fixed_ends.get(s, routes[s].end) == routes[s].end for s in chain)
        and routes[chain[-1]].end == inst.home(chain[0])
        and all(others[bed] < inst.beds.get(bed[0], 0) for bed in _beds_taken(solution, chain))
        and all(_is_drivable(inst, shift, routes[shift]) for shift in chain)
        and nights_away_allowed(solution, chain)
    )


def _is_drivable(instance: Instance, shift: int, route: DayRoute) -> bool:
    """Return whether a shift may go from the start to the end of a route, even without a visit."""
    if shift in instance.fixed:
        return instance.pins.routes[shift].start == route.start
    return time_day(instance, shift, route._replace(visits=())) is not None


class _Chain(NamedTuple):
    """The best way to a place so far: nights away, changes of place, and where shifts ended."""

    away: int
    moves: int
    ends: tuple[int, ...]


def _fewest_nights_away(solution: Solution, chain: range, others: Beds) -> tuple[int, ...] | None:
    """Find the chain with the fewest nights away, then the fewest moves, by dynamic programming."""
    # By place, and nights away in a row until there where these are limited.
    best = {(solution.routes[chain[0]].start, 0): _Chain(0, 0, ())}
    for shift in chain:
        best = _extend_chains(solution.instance, shift, best, others)
    return min(best.values()).ends if best else None


def _extend_chains(
    instance: Instance, shift: int, best: dict[tuple[int, int], _Chain], others: Beds
) -> dict[tuple[int, int], _Chain]:
    """Return the best chains until the end of a shift, by those until its start."""
    limit = instance.team(shift).max_nights_away
    starts = {place for place, _ in best}
    extended: dict[tuple[int, int], _Chain] = {}
    for end, away in _possible_ends(instance, shift, others).items():
        linked = {s: _is_drivable(instance, shift, DayRoute(s, end)) for s in starts}
        for (place, before), so_far in best.items():
            row = before + away if away and limit is not None else 0
            if linked[place] and (limit is None or row <= limit):
                moves = so_far.moves + (end != place)
                found = _Chain(so_far.away + away, moves, (*so_far.ends, end))
                extended[end, row] = min(found, extended.get((end, row), found))
    return extended


def _possible_ends(instance: Instance, shift: int, others: Beds) -> dict[int, int]:
    """Return where a shift may end, with beds taken by others, and the nights away there."""
    home, night = instance.home(shift), instance.nights[shift]
    if shift in instance.fixed_ends:
        ends = [instance.fixed_ends[shift]]
    elif night is None:
        ends = [home]
    else:
        free = (
            place
            for place, beds in instance.beds.items()
            if all(others[place, day] < beds for day in night.days)
        )
        ends = sorted({home, *free})
    return {end: night.nights if night and end != home else 0 for end in ends}


# ---- Other chains, by simulated annealing ----


def anneal_overnight_places(
    solution: Solution,
    rng: Random,
    *,
    progress: Callable[[], float],
    better: Callable[[Solution], None],
) -> None:
    """Try other overnight places, a run of nights of one team at a time, by simulated annealing.

    The days before, between and after the changed nights are planned anew. The solution itself is
    not changed; `better` is called with each better one. `progress` is called before each try, and
    returns the share of the search that is over; it ends at 1.
    """
    inst = solution.instance
    if not has_free_night(inst):
        return
    chains = [chain for chain in inst.chains if len(chain) > 1]
    unit = float(np.median(inst.weight))

    def value(score: tuple[int, float, int]) -> float:
        missing, weighted, undriven = score
        driving = undriven / (DRIVING_PER_HOUSEHOLD * inst.working_seconds_per_household)
        return weighted + unit * (REQUIRED * missing + driving)

    current, best_score = solution, solution.score()
    current_value = value(best_score)
    while (share := progress()) < 1:
        trial = _with_other_nights(current, rng.choice(chains), rng)
        if trial is None:
            continue
        score = trial.score()
        cooled = (FINAL_TEMPERATURE / INITIAL_TEMPERATURE) ** share
        loss = current_value - value(score)
        temperature = unit * INITIAL_TEMPERATURE * cooled
        if loss <= 0 or rng.random() < math.exp(-loss / temperature):
            current, current_value = trial, value(score)
            if score > best_score:
                best_score = score
                better(trial)


def _with_other_nights(solution: Solution, chain: range, rng: Random) -> Solution | None:
    """Return a solution with another place for a run of nights, None where it breaks a rule."""
    inst = solution.instance
    length = rng.randint(1, min(LONGEST_RUN, len(chain) - 1))
    first = rng.randrange(chain.start, chain.stop - length)
    place = rng.choice([inst.home(first), *sorted(inst.beds)])
    trial = solution.copy()
    for shift in range(first, first + length):
        trial.set_end(shift, place)
    changed = range(first, first + length + 1)
    is_allowed = (
        inst.fixed.isdisjoint(changed)
        and nights_away_allowed(trial, chain)
        and beds_suffice(trial)
        and all(_is_drivable(inst, shift, trial.routes[shift]) for shift in changed)
    )
    if not is_allowed:
        return None
    for shift in changed:
        trial.set_visits(shift, ())
    # Visits of later days by other teams may have relied on these to leave them few enough.
    repair(trial)
    complete(trial, changed, rng)
    return trial
