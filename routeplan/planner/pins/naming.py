"""Pins and villages as people write them: `A:0`, `v07:2027-05-05:B`, a village by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routeplan.errors import Faults, InputError, nearest
from routeplan.planner.pins.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.model.problem import Problem

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
        Village, by id or name, and day, and team where only that one is to go.
    skipped
        Villages, by id or name.

    Raises
    ------
    InputError
        With every one that cannot be read.
    """
    faults = Faults()
    pairs = [_pair(problem, f"pin {text}", text, faults) for text in tours]
    parted = [_call(problem, f"pin-village {text}", text, faults) for text in visits]
    called = [call for call in parted if call is not None]
    left = tuple(_village(problem, f"skip-village {text}", text, faults) for text in skipped)
    for text, pair in zip(tours, pairs, strict=True):
        if pair is not None and pair[0] not in problem.team_of:
            message, hint = f"there is no team {pair[0]!r}", nearest(pair[0], problem.team_of)
            faults.add(f"pin {text}", message, hint)
    faults.raise_any()
    return Pins(
        tours=tuple(pair for pair in pairs if pair is not None),
        visits=tuple((place, day) for place, day, team in called if team is None),
        skipped=left,
        visits_by=tuple((place, day, team) for place, day, team in called if team is not None),
    )


def _call(
    problem: Problem, where: str, text: str, faults: Faults
) -> tuple[str, int, str | None] | None:
    """Read a village, its day and, where the last part is a team behind a day, the team."""
    rest, _, team = text.rpartition(":")
    day = rest.rpartition(":")[2]
    if team not in problem.team_of or ":" not in rest or _day(problem, day) is None:
        rest, team = text, ""
    pair = _pair(problem, where, rest, faults)
    return pair and (_village(problem, where, pair[0], faults), pair[1], team or None)


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
    number = _day(problem, day)
    if number is not None:
        return name, number
    dates = [str(each.date) for each in problem.days]
    hint = f"the days are 0 to {len(dates) - 1}, or {dates[0]} to {dates[-1]}" if dates else ""
    faults.add(where, f"there is no day {day!r}", hint)
    return None


def _day(problem: Problem, text: str) -> int | None:
    """Return a day that is given by its number or date, None where there is none."""
    dates = [str(each.date) for each in problem.days]
    if text in dates:
        return dates.index(text)
    is_number = re.fullmatch(r"[0-9]{1,9}", text) and int(text) < len(dates)
    return int(text) if is_number else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _list(ids: list[str]) -> str:
    return ", ".join(map(repr, ids))
