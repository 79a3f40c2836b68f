"""An instance as the arrays that the native library reads: `NativeInstance`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from routeplan import native

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from routeplan.model.travel import TravelTimes
    from routeplan.planner.instance import Instance
    from routeplan.planner.times import Pace

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]
    Structs = NDArray[np.void]

INFINITE = 2**28
"""Stands for "no road" and "never", in tables only: ``INFINITE_SECONDS`` of ``routeplan.h``."""

LONGEST = 2**27
"""The longest time of day, in seconds: four years."""

# So many villages are neighbours of each: more than ever serve.
NEAR = 60
# Beyond this, the terms of a pace would not multiply with households in 64 bits.
LARGEST_TERM = 2**31 - 1
# Where all households together count less or more, weights are scaled until they count a whole
# number of so many bits.
LEAST_WEIGHT, MOST_WEIGHT = 2.0**-6, 2.0**30
SCALED_BITS = 20


# What `_shift_row` returns.
OF_SHIFTS = (
    *("vehicle", "nights_away", "start", "home", "day", "work_start", "work_end"),
    *("until", "nights"),
)


class NativeInstance(NamedTuple):
    """An instance as arrays.

    Field by field the structure ``Instance`` of ``routeplan.h``, where shapes and units are given.
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
    rest_from: int
    rest_until: int
    drive_limit: int
    drive_cost: float
    bonus_sets: int
    districts: int
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
    bonus_set: Ints
    bonus: NDArray[np.float64]
    district: Ints
    floors: Ints

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
    def first_of_class(self) -> dict[int, int]:
        """By shift class: its first shift."""
        return {int(c): s for s, c in reversed(list(enumerate(self.shift_class)))}

    @property
    def weight(self) -> NDArray[np.float64]:
        """Shape (villages,): the value of a household, see `weight_unit`."""
        return self.village["weight"]


def make_native_instance(instance: Instance) -> NativeInstance:
    """Return the tables of an instance."""
    problem, shifts = instance.problem, instance.shifts
    vehicles = sorted(problem.travel)
    drive = np.stack([_drive(problem.travel[v]) for v in vehicles])
    rows = _ints([_shift_row(instance, shift.index, vehicles) for shift in shifts])
    of_shifts = dict(zip(OF_SHIFTS, rows.reshape(-1, len(OF_SHIFTS)).T.copy(), strict=True))
    drive_to = np.ascontiguousarray(drive.transpose(0, 2, 1))
    village = np.zeros(len(problem.villages), dtype=native.dtype("Village"))
    for name in ("at", "households", "whole", "required"):
        village[name] = getattr(instance, name)
    village["fewest"], village["most"] = instance.min_households, instance.max_households
    village["weight"] = instance.weight / weight_unit(instance)
    village["setup"] = np.minimum(instance.setup, LONGEST)
    beds = np.zeros(len(problem.places), dtype=np.int32)
    beds[[*instance.beds]] = [*instance.beds.values()]
    near = _near(drive, drive_to, village)
    window_set, windows = _windows(instance)
    pace_set, paces = _paces(instance)
    bonus_set, bonus = _bonuses(instance)
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
        rest_from=max(instance.rest_from, 0),
        rest_until=min(instance.rest_until, LONGEST),
        drive_limit=_limit(instance.drive_limit, LONGEST),
        drive_cost=instance.drive_cost / weight_unit(instance),
        bonus_sets=len(bonus),
        districts=len(instance.floors),
        drive=drive,
        drive_to=drive_to,
        window_set=window_set,
        pace_set=pace_set,
        shift_class=_shift_classes(instance, window_set),
        **of_shifts,
        first=np.array([instance.first(s.index) for s in shifts], dtype=np.bool_),
        last=np.array([night is None for night in instance.nights], dtype=np.bool_),
        fixed=np.array([s.index in instance.fixed for s in shifts], dtype=np.bool_),
        village=village,
        windows=windows,
        paces=paces,
        beds=beds,
        required_villages=_ints(np.flatnonzero(instance.required)),
        overnight_places=_ints(np.flatnonzero(beds)),
        near=near,
        bonus_set=bonus_set,
        bonus=bonus,
        district=_ints(instance.district),
        floors=_ints(np.minimum(instance.floors, INFINITE)),
    )


def is_exact(instance: Instance) -> bool:
    """Return whether tables leave out no route: later times of day than they hold are cut off."""
    return all(shift.end <= LONGEST for shift in instance.shifts)


def weight_unit(instance: Instance) -> float:
    """Return what a weight of 1 in the tables stands for.

    Kernels compare sums of weights with fixed tolerances, so that all households together must
    count neither too little nor too much. It is a power of two: no weight is rounded.
    """
    total = float(instance.weight @ instance.households)
    if not total or LEAST_WEIGHT <= total <= MOST_WEIGHT:
        return 1.0
    return math.ldexp(1.0, math.frexp(total)[1] - SCALED_BITS)


def _shift_row(instance: Instance, shift: int, vehicles: Sequence[str]) -> tuple[int, ...]:
    """Return the vehicle, limit of nights, places, day, hours and night after it of a shift."""
    of_shift, night = instance.shifts[shift], instance.nights[shift]
    team, index = instance.team(shift), instance.problem.index
    return (
        *(vehicles.index(team.vehicle), _limit(team.max_nights_away)),
        *(index[team.start], index[team.end], of_shift.day),
        *(min(of_shift.start, LONGEST), min(of_shift.end, LONGEST)),
        *((night.days.stop, night.nights) if night else (0, 0)),
    )


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int32)


def _limit(value: int | None, most: int = INFINITE) -> int:
    return INFINITE if value is None else min(value, most)


def _drive(times: TravelTimes) -> Ints:
    """Return travel times, `INFINITE` where there is no road, or one of years."""
    within = times.reachable & (times.seconds <= LONGEST)
    return np.where(within, times.seconds, INFINITE).astype(np.int32)


def _shift_classes(instance: Instance, window_set: Ints) -> Ints:
    """Return the same number for shifts of the same vehicle, pace, hours, windows and bonuses."""
    keys = []
    for shift, windows in zip(instance.shifts, window_set.tolist(), strict=True):
        team = instance.team(shift.index)
        pace = team.vehicle, instance.households_per_hour(shift.index)
        bonuses = tuple(sorted(instance.bonuses.get(shift.index, {}).items()))
        keys.append((*pace, shift.start, shift.end, windows, bonuses))
    number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return _ints([number[key] for key in keys])


def _windows(instance: Instance) -> tuple[Ints, Structs]:
    """Return the row of each shift in a table of time windows, and that table, each row once."""
    dtype = native.dtype("DoorWindow")
    rows: dict[bytes, int] = {}
    # Shifts of one day mostly share their arrays.
    row_of: dict[tuple[int, int, int], int] = {}
    window_set = []
    for shift in instance.shifts:
        arrays = id(shift.opens), id(shift.closes), id(shift.open)
        if arrays not in row_of:
            row = np.empty(len(instance.villages), dtype=dtype)
            row["opens"] = np.where(shift.open, np.minimum(shift.opens, LONGEST), INFINITE)
            row["closes"] = np.where(shift.open, np.minimum(shift.closes, LONGEST), -INFINITE)
            row_of[arrays] = rows.setdefault(row.tobytes(), len(rows))
        window_set.append(row_of[arrays])
    return _ints(window_set), _table(rows, dtype, len(instance.villages))


def _paces(instance: Instance) -> tuple[Ints, Structs]:
    """Return the row of each shift in a table of paces, and that table, each row once."""
    dtype = native.dtype("Pace")
    rows: dict[bytes, int] = {}
    row_of: dict[int, int] = {}
    most = instance.max_households.tolist()
    for paces in instance.paces:
        if id(paces) not in row_of:
            row = np.array([*map(_terms, paces, most)], dtype=dtype)
            row_of[id(paces)] = rows.setdefault(row.tobytes(), len(rows))
    pace_set = _ints([row_of[id(instance.paces[shift.index])] for shift in instance.shifts])
    return pace_set, _table(rows, dtype, len(instance.villages))


def _bonuses(instance: Instance) -> tuple[Ints, NDArray[np.float64]]:
    """Return the row of each shift in a table of bonuses, -1 for none, and that table."""
    bonus_set = np.full(len(instance.shifts), -1, dtype=np.int32)
    bonus = np.zeros((len(instance.bonuses), len(instance.villages)))
    for row, (shift, bonuses) in enumerate(instance.bonuses.items()):
        bonus_set[shift] = row
        bonus[row, [*bonuses]] = [*bonuses.values()]
    return bonus_set, bonus / weight_unit(instance)


def _table(rows: Collection[bytes], dtype: np.dtype[Any], columns: int) -> Structs:
    """Return rows of structures as a table."""
    return np.frombuffer(bytearray(b"".join(rows)), dtype=dtype).reshape(len(rows), columns)


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
