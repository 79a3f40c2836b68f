"""An instance as flat arrays that compiled kernels read: `Tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.kernels import FAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance

__all__ = ["Tables", "make_tables"]

# So many villages are neighbours of each, and candidates for a day between two places: more than
# ever serve, few enough that work grows with the villages and not with their square.
NEAR = 60
CANDIDATES = 250


class Tables(NamedTuple):
    """What kernels read of an instance; villages, places, shifts and teams by position.

    Parameters
    ----------
    drive
        Shape (vehicles, places, places): driving seconds, `FAR` for no way.
    vehicle, team, day, kind
        Shape (shifts,). Shifts of one kind can drive the same routes.
    work_start, work_end, start, home
        Shape (shifts,): hours, and places where the team begins and has its own beds.
    first, last, fixed
        Shape (shifts,): whether a shift is its team's first or last, or must not be changed.
    opens, closes
        Shape (shifts, villages): when setup may begin and doors must end; closed where it opens
        after it closes.
    at, households, fewest, most, setup
        Shape (villages,).
    whole, required
        Shape (villages,).
    weight
        Shape (villages,).
    needed
        The required villages.
    num, den
        Shape (teams, villages): h doors take ceil(h · num / den) seconds.
    until, nights
        Shape (shifts,): the night after a shift lasts to day `until` and is `nights` long.
    nights_away
        Shape (shifts,): most nights in a row that the shift's team may be away.
    room
        Shape (places,): beds, beside those of a team at its home.
    beds
        Shape (beds,): places with any room.
    near
        Shape (villages, n): villages by the driving there and back, the nearest first, itself
        before all.
    candidates
        Shape (vehicles, places with beds, places with beds, n): villages by the driving from the
        one by way of the village to the other.
    bed_index
        Shape (places,): position of a place in `candidates`, -1 where nobody sleeps there.
    limits
        Rest, drive limit, and days.
    """

    drive: NDArray[np.int64]
    vehicle: NDArray[np.int64]
    team: NDArray[np.int64]
    day: NDArray[np.int64]
    kind: NDArray[np.int64]
    work_start: NDArray[np.int64]
    work_end: NDArray[np.int64]
    start: NDArray[np.int64]
    home: NDArray[np.int64]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    fixed: NDArray[np.bool_]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    at: NDArray[np.int64]
    households: NDArray[np.int64]
    fewest: NDArray[np.int64]
    most: NDArray[np.int64]
    setup: NDArray[np.int64]
    whole: NDArray[np.bool_]
    required: NDArray[np.bool_]
    weight: NDArray[np.float64]
    needed: NDArray[np.int64]
    num: NDArray[np.int64]
    den: NDArray[np.int64]
    until: NDArray[np.int64]
    nights: NDArray[np.int64]
    nights_away: NDArray[np.int64]
    room: NDArray[np.int64]
    beds: NDArray[np.int64]
    near: NDArray[np.int64]
    candidates: NDArray[np.int32]
    bed_index: NDArray[np.int64]
    limits: NDArray[np.int64]


def make_tables(instance: Instance) -> Tables:
    """Make the tables of an instance."""
    problem, shifts = instance.problem, instance.shifts
    vehicles = sorted(problem.travel)
    drive = np.stack(
        [np.where(problem.travel[v].reachable, problem.travel[v].seconds, FAR) for v in vehicles]
    ).astype(np.int64)
    vehicle = [vehicles.index(instance.team(s.index).vehicle) for s in shifts]
    opens = np.array([s.opens for s in shifts]).reshape(len(shifts), -1)
    closes = np.array([s.closes for s in shifts]).reshape(len(shifts), -1)
    is_open = np.array([s.open for s in shifts]).reshape(len(shifts), -1)
    opens, closes = np.where(is_open, opens, FAR), np.where(is_open, closes, -FAR)
    nights = instance.nights
    room = np.zeros(len(problem.places), dtype=np.int64)
    for place, beds in instance.beds.items():
        room[place] = beds
    ends = {problem.index[p] for team in problem.teams for p in (team.start, team.end)}
    sleeping = sorted(ends | set(np.flatnonzero(room).tolist()))
    bed_index = np.full(len(problem.places), -1, dtype=np.int64)
    bed_index[sleeping] = np.arange(len(sleeping))
    limit = instance.drive_limit
    return Tables(
        drive=drive,
        vehicle=_whole(vehicle),
        team=_whole([s.team for s in shifts]),
        day=_whole([s.day for s in shifts]),
        kind=_whole(_kinds(instance, opens, closes)),
        work_start=_whole([s.start for s in shifts]),
        work_end=_whole([s.end for s in shifts]),
        start=_whole([problem.index[instance.team(s.index).start] for s in shifts]),
        home=_whole([instance.home(s.index) for s in shifts]),
        first=np.array([instance.first(s.index) for s in shifts], dtype=np.bool_),
        last=np.array([night is None for night in nights], dtype=np.bool_),
        fixed=np.array([s.index in instance.fixed for s in shifts], dtype=np.bool_),
        opens=opens,
        closes=closes,
        at=instance.at,
        households=instance.households,
        fewest=instance.fewest,
        most=instance.most,
        setup=instance.setup,
        whole=instance.whole,
        required=instance.required,
        weight=instance.weight,
        needed=np.flatnonzero(instance.required),
        num=_whole([[p.num for p in row] for row in instance.paces]),
        den=_whole([[p.den for p in row] for row in instance.paces]),
        until=_whole([night.days.stop if night else 0 for night in nights]),
        nights=_whole([night.count if night else 0 for night in nights]),
        nights_away=_whole([_nights_away(instance, s.index) for s in shifts]),
        room=room,
        beds=np.flatnonzero(room),
        near=_near(drive, instance.at),
        candidates=_candidates(drive, instance.at, sleeping),
        bed_index=bed_index,
        limits=_whole([instance.rest, FAR if limit is None else limit, len(problem.days)]),
    )


def _whole(values: object) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _nights_away(instance: Instance, shift: int) -> int:
    most = instance.team(shift).max_nights_away
    return FAR if most is None else most


def _kinds(instance: Instance, opens: NDArray[np.int64], closes: NDArray[np.int64]) -> list[int]:
    """Give shifts of the same vehicle, paces, hours and windows the same number."""
    known: dict[tuple[object, ...], int] = {}
    kinds = []
    for n, shift in enumerate(instance.shifts):
        team = instance.team(n)
        key = (
            *(team.vehicle, team.households_per_hour, shift.start, shift.end),
            *(opens[n].tobytes(), closes[n].tobytes()),
        )
        kinds.append(known.setdefault(key, len(known)))
    return kinds


def _near(drive: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    both = (drive + drive.transpose(0, 2, 1)).min(axis=0)[np.ix_(at, at)]
    both[np.arange(len(at)), np.arange(len(at))] = -1
    order: NDArray[np.int64] = np.argsort(both, axis=1, kind="stable")[:, :NEAR]
    return np.ascontiguousarray(order)


def _candidates(
    drive: NDArray[np.int64], at: NDArray[np.int64], sleeping: list[int]
) -> NDArray[np.int32]:
    count = min(len(at), CANDIDATES)
    found = np.empty((len(drive), len(sleeping), len(sleeping), count), dtype=np.int32)
    for v, matrix in enumerate(drive):
        back = matrix[at][:, sleeping]
        for n, start in enumerate(sleeping):
            there = matrix[start, at]
            way = there[:, None] + back
            found[v, n] = np.argsort(way, axis=0, kind="stable")[:count].T
    return found
