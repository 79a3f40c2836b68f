"""Pins and villages as people write them: `A:0`, `v07:2027-05-05`, a village by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.errors import Faults, InputError, nearest
from routeplan.planner.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.problem import Problem

__all__ = ["find_village", "read_pins"]


def find_village(problem: Problem, text: str) -> str:
    """Return the id of the place of a village that is given by its id or its name.

    Raises
    ------
    InputError
        Where there is none, with the nearest; or several have the name, with their ids.
    """
    if text in problem.village_at:
        return text
    faults = Faults()
    names = {village.place: problem.place(village.place).name for village in problem.villages}
    named = [place for place, name in names.items() if _plain(name) == _plain(text)]
    if len(named) > 1:
        faults.add(
            "", f"{len(named)} villages are called {text!r}", f"their ids are {_list(named)}"
        )
    elif not named:
        known = {*problem.village_at, *filter(str.strip, names.values())}
        faults.add("", f"there is no village {text!r}", nearest(text, known))
    faults.raise_any()
    return named[0]


def read_pins(
    problem: Problem,
    *,
    tours: Sequence[str] = (),
    visits: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> Pins:
    """Read pins as they are written on the command line.

    Parameters
    ----------
    problem
        Whose teams, villages and days they name.
    tours
        Team and day: ``A:0``, or ``A:2027-05-03``.
    visits
        Village, by id or name, and day.
    skipped
        Villages, by id or name.

    Raises
    ------
    InputError
        With every one that cannot be read.
    """
    faults = Faults()
    pairs = [_pair(problem, f"pin {text}", text, faults) for text in tours]
    visited = [
        (_village(problem, f"pin-village {text}", pair[0], faults), pair[1])
        for text in visits
        for pair in [_pair(problem, f"pin-village {text}", text, faults)]
        if pair is not None
    ]
    left = tuple(_village(problem, f"skip-village {text}", text, faults) for text in skipped)
    for text, pair in zip(tours, pairs, strict=True):
        if pair is not None and pair[0] not in problem.team_of:
            message, hint = f"there is no team {pair[0]!r}", nearest(pair[0], problem.team_of)
            faults.add(f"pin {text}", message, hint)
    faults.raise_any()
    return Pins(tuple(pair for pair in pairs if pair is not None), tuple(visited), left)


def _village(problem: Problem, where: str, text: str, faults: Faults) -> str:
    try:
        return find_village(problem, text)
    except InputError as error:
        for fault in error.faults:
            faults.add(where, fault.message, fault.hint)
        return text


def _pair(problem: Problem, where: str, text: str, faults: Faults) -> tuple[str, int] | None:
    """Split what stands before the last colon from the day behind it."""
    name, colon, day = text.rpartition(":")
    if not colon:
        faults.add(where, "names no day", "write a colon and the day behind it, as in A:0")
        return None
    dates = [str(each.date) for each in problem.days]
    if day in dates:
        return name, dates.index(day)
    if re.fullmatch(r"[0-9]{1,9}", day) and int(day) < len(dates):
        return name, int(day)
    hint = f"the days are 0 to {len(dates) - 1}, or {dates[0]} to {dates[-1]}" if dates else ""
    faults.add(where, f"there is no day {day!r}", hint)
    return None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _list(ids: list[str]) -> str:
    return ", ".join(map(repr, ids))
