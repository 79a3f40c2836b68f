"""An instance as the arrays that the native library reads: `Tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan import native

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance, Pace
    from routeplan.travel import TravelTimes

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]
    LongInts = NDArray[np.int64]

__all__ = ["INFINITE", "LONGEST", "Tables", "make_tables"]

INFINITE = native.constant("INFINITE_SECONDS")
"""Stands for "no road" and "never", in tables only."""

LONGEST = native.constant("LONGEST")
"""The longest time of day, in seconds: four years."""

# So many villages are neighbours of each: more than ever serve.
NEAR = 60
# Beyond this, the terms of a pace would not multiply with households in 64 bits.
LARGEST_TERM = 2**31 - 1


class Tables(NamedTuple):
    """An instance as arrays; field by field the structure ``Instance`` of ``routeplan.h``.

    Parameters
    ----------
    vehicles, places, villages, teams, days, shifts, window_sets, required_count, overnight_count, \
near_count
        How many there are.
    rest, drive_limit
        Seconds a day.
    drive, drive_to
        Shape (vehicles, places, places): driving seconds from row to column, and transposed.
    vehicle, team, day, window_set, shift_class, work_start, work_end, start, home, first, last, \
fixed, until, nights, nights_away
        Shape (shifts,).
    opens, closes
        Shape (window_sets, villages).
    at, households, fewest, most, setup, whole, required, weight
        Shape (villages,).
    num, den
        Shape (teams, villages): h households take ceil(h · num / den) seconds.
    beds
        Shape (places,).
    required_villages, overnight_places
        Those that are required, and those with beds.
    near
        Shape (villages, near_count).
    """

    vehicles: int
    places: int
    villages: int
    teams: int
    days: int
    shifts: int
    window_sets: int
    required_count: int
    overnight_count: int
    near_count: int
    rest: int
    drive_limit: int
    drive: Ints
    drive_to: Ints
    vehicle: Ints
    team: Ints
    day: Ints
    window_set: Ints
    shift_class: Ints
    work_start: Ints
    work_end: Ints
    start: Ints
    home: Ints
    first: Bools
    last: Bools
    fixed: Bools
    until: Ints
    nights: Ints
    nights_away: Ints
    opens: Ints
    closes: Ints
    at: Ints
    households: Ints
    fewest: Ints
    most: Ints
    setup: Ints
    whole: Bools
    required: Bools
    weight: NDArray[np.float64]
    num: LongInts
    den: LongInts
    beds: Ints
    required_villages: Ints
    overnight_places: Ints
    near: Ints


def make_tables(instance: Instance) -> Tables:
    """Make the tables of an instance."""
    problem, shifts = instance.problem, instance.shifts
    vehicles = sorted(problem.travel)
    drive = np.stack([_drive(problem.travel[v]) for v in vehicles])
    drive_to = np.ascontiguousarray(drive.transpose(0, 2, 1))
    vehicle = [vehicles.index(instance.team(s.index).vehicle) for s in shifts]
    window_set, opens, closes = _windows(instance)
    nights = instance.nights
    beds = np.zeros(len(problem.places), dtype=np.int32)
    for place, capacity in instance.beds.items():
        beds[place] = capacity
    limit = instance.drive_limit
    at = instance.at.astype(np.int32)
    near = _near(drive, drive_to, at)
    num, den = _paces(instance)
    return Tables(
        vehicles=len(vehicles),
        places=len(problem.places),
        villages=len(problem.villages),
        teams=len(problem.teams),
        days=len(problem.days),
        shifts=len(shifts),
        window_sets=len(opens),
        required_count=int(instance.required.sum()),
        overnight_count=int((beds > 0).sum()),
        near_count=near.shape[1],
        rest=min(instance.rest, LONGEST),
        drive_limit=INFINITE if limit is None else min(limit, LONGEST),
        drive=drive,
        drive_to=drive_to,
        vehicle=_ints(vehicle),
        team=_ints([s.team for s in shifts]),
        day=_ints([s.day for s in shifts]),
        window_set=window_set,
        shift_class=_ints(_classes(instance, window_set)),
        work_start=_times([s.start for s in shifts]),
        work_end=_times([s.end for s in shifts]),
        start=_ints([problem.index[instance.team(s.index).start] for s in shifts]),
        home=_ints([instance.home(s.index) for s in shifts]),
        first=_bools([instance.first(s.index) for s in shifts]),
        last=_bools([night is None for night in nights]),
        fixed=_bools([s.index in instance.fixed for s in shifts]),
        until=_ints([night.days.stop if night else 0 for night in nights]),
        nights=_ints([night.count if night else 0 for night in nights]),
        nights_away=_ints([_nights_away(instance, s.index) for s in shifts]),
        opens=opens,
        closes=closes,
        at=at,
        households=_ints(instance.households),
        fewest=_ints(instance.fewest),
        most=_ints(instance.most),
        setup=_times(instance.setup),
        whole=_bools(instance.whole),
        required=_bools(instance.required),
        weight=instance.weight,
        num=num,
        den=den,
        beds=beds,
        required_villages=_ints(np.flatnonzero(instance.required)),
        overnight_places=_ints(np.flatnonzero(beds)),
        near=near,
    )


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int32)


def _times(values: object) -> Ints:
    return np.minimum(np.array(values, dtype=np.int64), LONGEST).astype(np.int32)


def _bools(values: object) -> Bools:
    return np.array(values, dtype=np.bool_)


def _drive(times: TravelTimes) -> Ints:
    """Return travel times, `INFINITE` where there is no road, or one of years."""
    within = times.reachable & (times.seconds <= LONGEST)
    return np.where(within, times.seconds, INFINITE).astype(np.int32)


def _nights_away(instance: Instance, shift: int) -> int:
    most = instance.team(shift).max_nights_away
    return INFINITE if most is None else min(most, INFINITE)


def _windows(instance: Instance) -> tuple[Ints, Ints, Ints]:
    """Return the row of each shift in the tables of windows, and those tables, each row once."""
    rows: dict[tuple[bytes, bytes], int] = {}
    known: dict[tuple[int, int, int], int] = {}
    window_set, opens, closes = [], [], []
    for shift in instance.shifts:
        # Shifts of one day mostly share their arrays.
        same = id(shift.opens), id(shift.closes), id(shift.open)
        if same not in known:
            row = (
                np.where(shift.open, np.minimum(shift.opens, LONGEST), INFINITE).astype(np.int32),
                np.where(shift.open, np.minimum(shift.closes, LONGEST), -INFINITE).astype(np.int32),
            )
            key = row[0].tobytes(), row[1].tobytes()
            if key not in rows:
                rows[key] = len(rows)
                opens.append(row[0])
                closes.append(row[1])
            known[same] = rows[key]
        window_set.append(known[same])
    shape = len(rows), len(instance.villages)
    return (
        _ints(window_set),
        np.array(opens, dtype=np.int32).reshape(shape),
        np.array(closes, dtype=np.int32).reshape(shape),
    )


def _classes(instance: Instance, window_set: Ints) -> list[int]:
    """Give shifts of the same vehicle, paces, hours and windows the same number."""
    known: dict[tuple[object, ...], int] = {}
    classes = []
    for shift, windows in zip(instance.shifts, window_set.tolist(), strict=True):
        team = instance.team(shift.index)
        key = team.vehicle, team.households_per_hour, shift.start, shift.end, windows
        classes.append(known.setdefault(key, len(known)))
    return classes


def _paces(instance: Instance) -> tuple[LongInts, LongInts]:
    """Return the paces of all teams in all villages as numerators and denominators."""
    shape = len(instance.paces), len(instance.villages)
    num, den = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=np.int64)
    for row, paces in enumerate(instance.paces):
        terms = np.array([_terms(pace) for pace in paces], dtype=np.int64)
        num[row], den[row] = terms.reshape(-1, 2).T
    return num, den


def _terms(pace: Pace) -> tuple[int, int]:
    """Return the terms of a pace; one with too large ones is a little slower."""
    if max(pace) <= LARGEST_TERM:
        return pace.num, pace.den
    den = max(1, min(pace.den, LARGEST_TERM * pace.den // max(pace.num, 1), 1 << 20))
    return min(-(-pace.num * den // pace.den), LARGEST_TERM), den


def _near(drive: Ints, drive_to: Ints, at: Ints) -> Ints:
    """Return the nearest villages of each."""
    near = np.empty((len(at), min(NEAR, len(at))), dtype=np.int32)
    key = np.empty(len(at), dtype=np.int64)
    vehicles, places, _ = drive.shape
    native.call(
        "find_near_villages",
        *(drive, drive_to, vehicles, places, at, len(at), near.shape[1], near, key),
    )
    return near
