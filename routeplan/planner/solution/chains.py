"""Chains of night places that keep every rule, whatever of them is fixed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Faults, InputError, PlanError
from routeplan.planner.solution.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution.solution import Solution

__all__ = ["beds_kept", "nights_away_kept", "settle"]


class _Chain(NamedTuple):
    """The best way to a place so far: nights away, changes of place, and where shifts ended."""

    away: int
    moves: int
    ends: tuple[int, ...]


def beds_kept(solution: Solution) -> bool:
    """Tell whether no place has more teams in a night than it has room for."""
    beds = solution.instance.beds
    used = _taken(solution.instance, enumerate(solution.ends))
    return all(count <= beds.get(place, 0) for (place, _), count in used.items())


def nights_away_kept(solution: Solution, chain: Iterable[int]) -> bool:
    """Tell whether a team is never away for more nights in a row than it may be."""
    inst = solution.instance
    away = 0
    for shift in chain:
        night, limit = inst.nights[shift], inst.team(shift).max_nights_away
        if night is None:
            continue
        away = 0 if solution.ends[shift] == inst.home(shift) else away + night.count
        if limit is not None and away > limit:
            return False
    return True


def settle(solution: Solution) -> None:
    """Give every team nights that keep all rules, in place; what is fixed stays.

    A team keeps the nights that it has where every day of it could be driven without a visit;
    else it gets those with the fewest nights away.

    Raises
    ------
    PlanError
        Naming every team that cannot get from its start to its end in its days and windows.
    InputError
        The same, where tours of such a team are fixed.
    """
    inst = solution.instance
    taken = _taken(inst, inst.fixed_ends.items())
    unsettled, stranded = [], []
    for chain in inst.chains:
        others = taken - _fixed(inst, chain)
        if _holds(solution, chain, others):
            taken = others + _nights(solution, chain)
        else:
            unsettled.append(chain)
    for chain in unsettled:
        others = taken - _fixed(inst, chain)
        ends = _fewest_nights_away(solution, chain, others)
        if ends is None:
            stranded.append(chain)
            continue
        solution.ends[chain.start : chain.stop] = ends
        taken = others + _nights(solution, chain)
    _refuse(inst, stranded)


def _refuse(instance: Instance, stranded: list[range]) -> None:
    faults = Faults()
    kind: type[InputError | PlanError] = PlanError
    for chain in stranded:
        team = instance.team(chain[0])
        message = f"team {team.id} cannot get from {team.start} to {team.end} in its days"
        hint = "longer hours, a higher drive limit or a sleeping place between would help"
        fixed = [instance.shifts[shift].day for shift in chain if shift in instance.fixed]
        if fixed:
            message += " with the tours that are pinned"
            hint = "pin the days between as well, or fewer"
            kind = InputError
        faults.add(", ".join(f"pin {team.id}:{day}" for day in fixed), message, hint)
    faults.raise_any(kind)


def _fixed(instance: Instance, chain: range) -> Counter[tuple[int, int]]:
    return _taken(instance, ((s, e) for s, e in instance.fixed_ends.items() if s in chain))


def _nights(solution: Solution, chain: range) -> Counter[tuple[int, int]]:
    return _taken(solution.instance, ((shift, solution.ends[shift]) for shift in chain))


def _taken(instance: Instance, ends: Iterable[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """Count beds by place and day that are taken where shifts end so; homes take none."""
    return Counter(bed for shift, end in ends for bed in _beds_of(instance, shift, end))


def _beds_of(instance: Instance, shift: int, end: int) -> Iterator[tuple[int, int]]:
    night = instance.nights[shift]
    if night is not None and end != instance.home(shift):
        yield from ((end, day) for day in night.days)


def _holds(solution: Solution, chain: range, others: Counter[tuple[int, int]]) -> bool:
    inst = solution.instance
    beds_free = all(
        others[bed] < inst.beds.get(bed[0], 0)
        for shift in chain
        for bed in _beds_of(inst, shift, solution.ends[shift])
    )
    fixed = all(inst.fixed_ends.get(s, solution.ends[s]) == solution.ends[s] for s in chain)
    home = solution.ends[chain[-1]] == inst.home(chain[0])
    drivable = all(_leads(inst, shift, *solution.bounds(shift)) for shift in chain)
    return fixed and home and beds_free and drivable and nights_away_kept(solution, chain)


def _leads(instance: Instance, shift: int, start: int, end: int) -> bool:
    """Tell whether a shift may go from one place to another, be it without a visit."""
    if shift in instance.fixed:
        return instance.held.tours[shift].start == start
    return time_day(instance, shift, start, end, ()) is not None


def _fewest_nights_away(
    solution: Solution, chain: range, others: Counter[tuple[int, int]]
) -> list[int] | None:
    """Find the chain with the fewest nights away, then the fewest moves, day by day."""
    inst = solution.instance
    limit = inst.team(chain[0]).max_nights_away
    # By place, and nights away in a row until there where these are limited.
    best = {(solution.start(chain[0]), 0): _Chain(0, 0, ())}
    for shift in chain:
        reached: dict[tuple[int, int], _Chain] = {}
        starts = sorted({place for place, _ in best})
        for end in _places(inst, shift, others):
            night = inst.nights[shift]
            count = 0 if night is None or end == inst.home(shift) else night.count
            leads = {start for start in starts if _leads(inst, shift, start, end)}
            for (place, before), so_far in best.items():
                row = before + count if count and limit is not None else 0
                if place in leads and (limit is None or row <= limit):
                    moves = so_far.moves + (end != place)
                    found = _Chain(so_far.away + count, moves, (*so_far.ends, end))
                    reached[end, row] = min(found, reached.get((end, row), found))
        best = reached
    return list(min(best.values()).ends) if best else None


def _places(instance: Instance, shift: int, others: Counter[tuple[int, int]]) -> list[int]:
    """Return where a shift may end."""
    if shift in instance.fixed_ends:
        return [instance.fixed_ends[shift]]
    home, night = instance.home(shift), instance.nights[shift]
    if night is None:
        return [home]
    free = (
        place
        for place, room in instance.beds.items()
        if all(others[place, day] < room for day in night.days)
    )
    return sorted({home, *free})
