"""What is decided before the search: pins, parts of a plan that must stay as they are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from routeplan.display import short_repr
from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.model.problem import Problem

__all__ = ["PinConflict", "PinnedVisit", "Pins", "find_village", "parse_pins"]


class PinnedVisit(NamedTuple):
    """A village that is visited on one day only, and by one team only where that is given."""

    place: str
    day: int
    team: str | None = None

    def __str__(self) -> str:
        end = "" if self.team is None else f":{self.team}"
        return f"pin-village {self.place}:{self.day + 1}{end}"


@dataclass(frozen=True, slots=True)
class Pins:
    """What of a plan must stay as it is; days are indices into those of the problem.

    Parameters
    ----------
    tours
        Team and day: its tour of the start plan stays, with its start, end, stops and households.
        Its times are worked out anew.
    visits
        Place of a village and day: it is visited on that day and on no other.
    visits_by
        Place of a village, day and team: that team visits it on that day, and nobody does on any
        other day.
    skipped
        Places of villages that are not visited.

    Examples
    --------
    >>> Pins(tours=(("A", 0),), skipped=("v07",))
    Pins(tours=(('A', 0),), skipped=('v07',))
    """

    tours: tuple[tuple[str, int], ...] = ()
    visits: tuple[tuple[str, int], ...] = ()
    skipped: tuple[str, ...] = ()
    visits_by: tuple[tuple[str, int, str], ...] = ()

    __repr__ = short_repr

    def __bool__(self) -> bool:
        return bool(self.tours or self.visits or self.skipped or self.visits_by)

    @property
    def pinned_visits(self) -> list[PinnedVisit]:
        """All pinned visits, each once."""
        by_team = [PinnedVisit(*visit) for visit in self.visits_by]
        return list(dict.fromkeys([*(PinnedVisit(*visit) for visit in self.visits), *by_team]))


@dataclass(frozen=True, slots=True)
class PinConflict(Fault):
    """A pin that contradicts a pinned tour, of a team and day; the message says why."""

    tour: tuple[str, int] = ("", 0)

    def __str__(self) -> str:
        team, day = self.tour
        pin = f"'pin {team}:{day + 1}'"
        return str(Fault(self.where, self.contradicting(pin), self.hint))

    def contradicting(self, name: str) -> str:
        """Return the whole message, with a name for the pin of the tour."""
        return _("contradicts {pin}, {why}", pin=name, why=self.message)


def find_village(problem: Problem, text: str) -> str:
    """Return the id of the place of a village that is given by its id or its name.

    Where no village has the name, one of several names will do: the second in ``Байсерке
    (Дмитриевка)``; or the name without its hyphens and blanks.

    Raises
    ------
    InputError
        Where there is none, with the nearest; or several have the name, with their ids.
    """
    if text in problem.village_at:
        return text
    names = {village.place: problem.place(village.place).name for village in problem.villages}
    places: list[str] = []
    for form in (_normalized, _without_separators, _each_name):
        places = places or [place for place, name in names.items() if form(text) & form(name)]
    if len(places) == 1:
        return places[0]
    if places:
        message = _("{n} villages are called {name!r}", n=len(places), name=text)
        hint = _("their ids are {ids}", ids=", ".join(map(repr, places)))
        raise InputError([Fault("", message, hint)])
    candidates = {*problem.village_at, *filter(str.strip, names.values())}
    message = _("there is no village {name!r}", name=text)
    raise InputError([Fault("", message, nearest(text, candidates))])


def parse_pins(
    problem: Problem,
    *,
    tours: Sequence[str] = (),
    visits: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> Pins:
    """Parse pins as they are typed on the command line.

    Parameters
    ----------
    problem
        Whose teams, villages and days they name.
    tours
        Team and day: ``A:1``, or ``A:2027-05-03``. Days are counted from 1.
    visits
        Village, by id or name, and day, and team where only that one is to go.
    skipped
        Villages, by id or name.

    Raises
    ------
    InputError
        With every one that cannot be parsed.
    """
    faults = Faults()
    pairs = [_parse_tour(problem, text, faults) for text in tours]
    found = [_parse_visit(problem, text, faults) for text in visits]
    places = [_find(problem, f"skip-village {text}", text, faults) for text in skipped]
    faults.raise_any()
    pinned = [*filter(None, found)]
    return Pins(
        tours=tuple(filter(None, pairs)),
        visits=tuple((place, day) for place, day, team in pinned if team is None),
        skipped=tuple(places),
        visits_by=tuple((place, day, team) for place, day, team in pinned if team is not None),
    )


def _parse_tour(problem: Problem, text: str, faults: Faults) -> tuple[str, int] | None:
    pair = _split_day(problem, f"pin {text}", text, faults)
    if pair is not None and pair[0] not in problem.team_of:
        hint = nearest(pair[0], problem.team_of)
        faults.add(f"pin {text}", _("there is no team {team!r}", team=pair[0]), hint)
    return pair


def _parse_visit(problem: Problem, text: str, faults: Faults) -> PinnedVisit | None:
    """Parse a village, its day and, where a team follows a day, the team."""
    where = f"pin-village {text}"
    rest, team = text.rpartition(":")[::2]
    day = rest.rpartition(":")[2]
    if team not in problem.team_of or ":" not in rest or _parse_day(problem, day) is None:
        rest, team = text, ""
    pair = _split_day(problem, where, rest, faults)
    if pair is None:
        return None
    return PinnedVisit(_find(problem, where, pair[0], faults), pair[1], team or None)


def _find(problem: Problem, where: str, text: str, faults: Faults) -> str:
    try:
        return find_village(problem, text)
    except InputError as error:
        for fault in error.faults:
            faults.add(where, fault.message, fault.hint)
        return text


def _split_day(problem: Problem, where: str, text: str, faults: Faults) -> tuple[str, int] | None:
    """Split a text at its last colon; return what is before it, and the index of the day."""
    name, colon, day = text.rpartition(":")
    if not colon:
        hint = _("write a colon and the day behind it, as in A:1")
        faults.add(where, _("names no day"), hint)
        return None
    index = _parse_day(problem, day)
    if index is not None:
        return name, index
    faults.add(where, _("there is no day {day!r}", day=day), problem.days_hint)
    return None


def _parse_day(problem: Problem, text: str) -> int | None:
    index = problem.day_index(text)
    return index if index is not None and 0 <= index < len(problem.days) else None


def _normalized(name: str) -> set[str]:
    return {" ".join(name.split()).casefold()}


def _without_separators(name: str) -> set[str]:
    return {re.sub(r"[\W_]", "", unicodedata.normalize("NFC", name).casefold())} - {""}


def _each_name(name: str) -> set[str]:
    return set().union(*map(_without_separators, re.split(r"[()\[\];/|]", name)))
