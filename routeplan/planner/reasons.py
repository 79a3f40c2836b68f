"""Why households of a village are left out, and what it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.plan import Reason
from routeplan.planner.instance import Visit
from routeplan.planner.timing import time_day

if TYPE_CHECKING:
    from routeplan.planner.draft import Draft
    from routeplan.planner.instance import Instance

__all__ = ["why_left_out", "why_never"]


def why_never(instance: Instance, village: int) -> tuple[Reason, str] | None:
    """Tell why no team can ever visit a village; None where some team can, or it is not proven."""
    shifts = [shift.index for shift in instance.shifts]
    if not any(instance.shifts[shift].open[village] for shift in shifts):
        return Reason.CLOSED, "its doors may not be knocked on any working day"
    asked = instance.villages[village]
    least = min(asked.min_households, asked.households) if asked.partial else asked.households
    visit = Visit(village, least)
    if any(_fits_alone(instance, shift, visit) for shift in shifts):
        return None
    legs = {shift: _shortest_legs(instance, shift, int(instance.at[village])) for shift in shifts}
    if not any(np.isfinite(legs[shift]).all() for shift in shifts):
        return Reason.UNREACHABLE, "no team's vehicle has a way there and back"
    if any(_may_be_possible(instance, shift, visit, legs[shift]) for shift in shifts):
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


def _fits_alone(instance: Instance, shift: int, visit: Visit) -> bool:
    """Tell whether a visit fits as the only one of a day, between the beds nearest to it."""
    times, at = instance.travel(shift), int(instance.at[visit.village])
    starts, ends = _beds(instance, shift)
    there = np.where(times.reachable[starts, at], times.seconds[starts, at], np.inf)
    back = np.where(times.reachable[at, ends], times.seconds[at, ends], np.inf)
    bounds = starts[int(there.argmin())], ends[int(back.argmin())]
    return time_day(instance, shift, *bounds, (visit,)) is not None


def _shortest_legs(instance: Instance, shift: int, at: int) -> tuple[float, float]:
    """Return the times from the nearest bed and to the nearest bed, by way of any villages."""
    shortest = instance.shortest(shift)
    starts, ends = _beds(instance, shift)
    return float(shortest[starts, at].min()), float(shortest[at, ends].min())


def _may_be_possible(
    instance: Instance, shift: int, visit: Visit, legs: tuple[float, float]
) -> bool:
    """Tell whether a visit by way of other villages cannot be ruled out."""
    times, at = instance.travel(shift), int(instance.at[visit.village])
    starts, ends = _beds(instance, shift)
    there, back = legs
    if there in times.seconds[starts, at] and back in times.seconds[at, ends]:
        return False  # no way is shorter than the direct one, and that was timed
    day = instance.shifts[shift]
    begin = max(day.start + there, float(day.opens[visit.village]))
    lasts = instance.pace(shift, visit.village).seconds(visit.households)
    done = begin + instance.setup[visit.village] + lasts
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    in_windows = done <= day.closes[visit.village] and done + back <= day.end
    return bool(day.open[visit.village] and in_windows and there + back <= limit)


def _beds(instance: Instance, shift: int) -> tuple[list[int], list[int]]:
    """Return where a shift can begin and where it can end."""
    team = instance.team(shift)
    index = instance.problem.index
    nights = sorted({index[team.end], *(place for place, room in instance.beds.items() if room)})
    starts = [index[team.start]] if instance.first(shift) else nights
    ends = nights if instance.nights[shift] is not None else [index[team.end]]
    return starts, ends


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
