"""An instance as the arrays that the native library reads: `NativeInstance`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from routeplan import native

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from routeplan.model.travel import TravelTimes
    from routeplan.planner.instance import Instance, Pace

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]
    Structs = NDArray[np.void]

__all__ = [
    "INFINITE",
    "LONGEST",
    "NativeInstance",
    "is_exact",
    "make_native_instance",
    "unit_of_worth",
]

INFINITE = 2**28
"""Stands for "no road" and "never", in tables only: ``INFINITE_SECONDS`` of ``routeplan.h``."""

LONGEST = 2**27
"""The longest time of day, in seconds: four years."""

# So many villages are neighbours of each: more than ever serve.
NEAR = 60
# Beyond this, the terms of a pace would not multiply with households in 64 bits.
LARGEST_TERM = 2**31 - 1
# Where all households together are worth less or more, weights are scaled until they are worth a
# whole number of so many bits.
LEAST_WORTH, MOST_WORTH = 2.0**-6, 2.0**30
SCALED_BITS = 20


class NativeInstance(NamedTuple):
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
    vehicle, day, window_set, pace_set, shift_class, work_start, work_end, start, home, first, \
last, fixed, until, nights, nights_away
        Shape (shifts,).
    village, windows, paces
        Shapes (villages,), (window_sets, villages) and (pace_sets, villages): structures.
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
    day: Ints
    window_set: Ints
    pace_set: Ints
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
    village: Structs
    windows: Structs
    paces: Structs
    beds: Ints
    required_villages: Ints
    overnight_places: Ints
    near: Ints

    @property
    def at(self) -> Ints:
        """Shape (villages,): places."""
        return self.village["at"]

    @property
    def households(self) -> Ints:
        """Shape (villages,)."""
        return self.village["households"]

    @property
    def fewest(self) -> Ints:
        """Shape (villages,): the fewest households of a visit."""
        return self.village["fewest"]

    @property
    def most(self) -> Ints:
        """Shape (villages,): the most households of a visit."""
        return self.village["most"]

    @property
    def setup(self) -> Ints:
        """Shape (villages,): seconds."""
        return self.village["setup"]

    @property
    def whole(self) -> Bools:
        """Shape (villages,): whether a visit reaches all households or none."""
        return self.village["whole"].astype(np.bool_)

    @property
    def required(self) -> Bools:
        """Shape (villages,): whether a visit must be made."""
        return self.village["required"].astype(np.bool_)

    @property
    def weight(self) -> NDArray[np.float64]:
        """Shape (villages,): the value of a household, see `unit_of_worth`."""
        return self.village["weight"]


def make_native_instance(instance: Instance) -> NativeInstance:
    """Make the tables of an instance."""
    problem, shifts = instance.problem, instance.shifts
    vehicles = sorted(problem.travel)
    drive = np.stack([_drive(problem.travel[v]) for v in vehicles])
    drive_to = np.ascontiguousarray(drive.transpose(0, 2, 1))
    vehicle = [vehicles.index(instance.team(s.index).vehicle) for s in shifts]
    window_set, windows = _windows(instance)
    nights = instance.nights
    beds = np.zeros(len(problem.places), dtype=np.int32)
    for place, capacity in instance.beds.items():
        beds[place] = capacity
    limit = instance.drive_limit
    village = np.zeros(len(problem.villages), dtype=native.dtype("Village"))
    for name in ("at", "households", "fewest", "most", "whole", "required"):
        village[name] = getattr(instance, name)
    village["weight"] = instance.weight / unit_of_worth(instance)
    village["setup"] = _times(instance.setup)
    near = _near(drive, drive_to, village)
    pace_set, paces = _paces(instance)
    return NativeInstance(
        vehicles=len(vehicles),
        places=len(problem.places),
        villages=len(problem.villages),
        teams=len(problem.teams),
        days=len(problem.days),
        shifts=len(shifts),
        window_sets=len(windows),
        required_count=int(instance.required.sum()),
        overnight_count=int((beds > 0).sum()),
        near_count=near.shape[1],
        rest=min(instance.rest, LONGEST),
        drive_limit=INFINITE if limit is None else min(limit, LONGEST),
        drive=drive,
        drive_to=drive_to,
        vehicle=_ints(vehicle),
        day=_ints([s.day for s in shifts]),
        window_set=window_set,
        pace_set=pace_set,
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
        village=village,
        windows=windows,
        paces=paces,
        beds=beds,
        required_villages=_ints(np.flatnonzero(instance.required)),
        overnight_places=_ints(np.flatnonzero(beds)),
        near=near,
    )


def is_exact(instance: Instance) -> bool:
    """Tell whether tables leave out no route: later times of day than they hold are cut off."""
    return all(shift.end <= LONGEST for shift in instance.shifts)


def unit_of_worth(instance: Instance) -> float:
    """Return what a weight of 1 in the tables stands for.

    Kernels compare sums of weights with fixed tolerances, so that all households together must be
    worth neither too little nor too much. It is a power of two: no weight is rounded.
    """
    worth = float(instance.weight @ instance.households)
    if not worth or LEAST_WORTH <= worth <= MOST_WORTH:
        return 1.0
    return math.ldexp(1.0, math.frexp(worth)[1] - SCALED_BITS)


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


def _windows(instance: Instance) -> tuple[Ints, Structs]:
    """Return the row of each shift in a table of door windows, and that table, each row once."""
    kind = native.dtype("DoorWindow")
    rows: dict[bytes, int] = {}
    known: dict[tuple[int, int, int], int] = {}
    window_set = []
    for shift in instance.shifts:
        # Shifts of one day mostly share their arrays.
        same = id(shift.opens), id(shift.closes), id(shift.open)
        if same not in known:
            row = np.empty(len(instance.villages), dtype=kind)
            row["opens"] = np.where(shift.open, _times(shift.opens), INFINITE)
            row["closes"] = np.where(shift.open, _times(shift.closes), -INFINITE)
            known[same] = rows.setdefault(row.tobytes(), len(rows))
        window_set.append(known[same])
    return _ints(window_set), _table(rows, kind, len(instance.villages))


def _table(rows: Collection[bytes], kind: np.dtype[Any], columns: int) -> Structs:
    """Return rows of structures as a table."""
    return np.frombuffer(bytearray(b"".join(rows)), dtype=kind).reshape(len(rows), columns)


def _classes(instance: Instance, window_set: Ints) -> list[int]:
    """Give shifts of the same vehicle, paces, hours and windows the same number."""
    known: dict[tuple[object, ...], int] = {}
    classes = []
    for shift, windows in zip(instance.shifts, window_set.tolist(), strict=True):
        team = instance.team(shift.index)
        key = team.vehicle, team.households_per_hour, shift.start, shift.end, windows
        classes.append(known.setdefault(key, len(known)))
    return classes


def _paces(instance: Instance) -> tuple[Ints, Structs]:
    """Return the row of each shift in a table of paces, and that table, each row once."""
    kind = native.dtype("Pace")
    rows: dict[bytes, int] = {}
    known: dict[float | None, int] = {}
    for team, paces in zip(instance.problem.teams, instance.paces, strict=True):
        if team.households_per_hour not in known:
            most = instance.most.tolist()
            row = np.array([*map(_terms, paces, most)], dtype=kind)
            known[team.households_per_hour] = rows.setdefault(row.tobytes(), len(rows))
    teams = [known[team.households_per_hour] for team in instance.problem.teams]
    pace_set = _ints([teams[shift.team] for shift in instance.shifts])
    return pace_set, _table(rows, kind, len(instance.villages))


def _terms(pace: Pace, most: int) -> tuple[int, int]:
    """Return small terms that give the same times at up to so many households."""
    if max(pace) <= LARGEST_TERM:
        return pace.num, pace.den
    most = min(most, LONGEST * pace.den // pace.num)
    return pace.rounded(most) if most else (INFINITE, 1)


def _near(drive: Ints, drive_to: Ints, village: Structs) -> Ints:
    """Return the nearest villages of each."""
    villages = len(village)
    near = np.empty((villages, min(NEAR, villages)), dtype=np.int32)
    key = np.empty(villages, dtype=np.int64)
    vehicles, places, _ = drive.shape
    native.call(
        "find_near_villages",
        *(drive, drive_to, vehicles, places, village, villages, near.shape[1], near, key),
    )
    return near
