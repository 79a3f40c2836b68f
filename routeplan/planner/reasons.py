"""Why households of a village are left out, and what it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.plan import Reason
from routeplan.planner.instance import Visit
from routeplan.planner.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.planner.draft import Draft
    from routeplan.planner.instance import Instance

__all__ = ["why_left_out", "why_never"]


def why_never(instance: Instance, village: int) -> tuple[Reason, str] | None:
    """Tell why no team can ever visit a village; None where some team can."""
    if not any(_ways(instance, village)):
        return Reason.UNREACHABLE, "no team's vehicle has a way there and back"
    if not any(shift.open[village] for shift in instance.shifts):
        return Reason.CLOSED, "its doors may not be knocked on any working day"
    fewest = instance.villages[village]
    least = (
        fewest.households if not fewest.partial else min(fewest.min_households, fewest.households)
    )
    visit = Visit(village, least)
    if any(
        time_day(instance, shift.index, start, end, (visit,)) is not None
        for shift in instance.shifts
        for start, end in _nights_around(instance, shift.index)
    ):
        return None
    doors = f"{least} households" if least != 1 else "one household"
    return Reason.TOO_FAR, f"no team can reach {doors} there and be at a bed in its hours"


def why_left_out(draft: Draft, village: int) -> tuple[Reason, str]:
    """Tell why a draft leaves out some households of a village."""
    never = why_never(draft.instance, village)
    if never is not None:
        return never
    if _fits(draft, village):
        return Reason.SEARCH, "it fits as the plan stands; the search missed it"
    if any(visit.village == village for order in draft.visits for visit in order):
        return (
            Reason.NO_TIME,
            "visited as long as fits; more crew-days would reach the others",
        )
    return Reason.NO_TIME, "all crew-days are full; one more could reach it"


def _ways(instance: Instance, village: int) -> Iterator[bool]:
    at = int(instance.at[village])
    for shift in instance.shifts:
        reachable = instance.travel(shift.index).reachable
        starts, ends = _beds(instance, shift.index)
        yield bool(np.any(reachable[starts, at]) and np.any(reachable[at, ends]))


def _beds(instance: Instance, shift: int) -> tuple[list[int], list[int]]:
    """Return where a shift can begin and where it can end."""
    team = instance.team(shift)
    index = instance.problem.index
    nights = sorted({index[team.end], *(place for place, room in instance.beds.items() if room)})
    starts = [index[team.start]] if instance.first(shift) else nights
    ends = nights if instance.nights[shift] is not None else [index[team.end]]
    return starts, ends


def _nights_around(instance: Instance, shift: int) -> Iterator[tuple[int, int]]:
    starts, ends = _beds(instance, shift)
    return ((start, end) for start in starts for end in ends)


def _fits(draft: Draft, village: int) -> bool:
    """Tell whether one more visit, or one more household at a visit, fits as the draft stands."""
    inst = draft.instance
    left = int(draft.left()[village])
    for shift in inst.shifts:
        order = draft.visits[shift.index]
        least = int(draft.fewest(shift.day)[village])
        there = [p for p, visit in enumerate(order) if visit.village == village]
        for position in there or range(len(order) + 1):
            now = order[position].households if there else 0
            more = 1 if there else max(least, 1)
            if now + more > inst.most[village] or more > left:
                continue
            visit = Visit(village, now + more)
            changed = [*order[:position], visit, *order[position + bool(there) :]]
            if time_day(inst, shift.index, *draft.bounds(shift.index), changed) is not None:
                return True
    return False
