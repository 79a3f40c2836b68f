"""Packs of a plan: what one crew needs on one day, sealed; those of one day, or of all crews.

What crews open is in `routeplan.packs`; what a day consists of in `routeplan.handouts`.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan import packs
from routeplan.errors import Fault, Faults, InputError
from routeplan.files import read_bytes
from routeplan.handouts import (
    assign_codes,
    codes_from_json,
    day_files,
    rename_places,
    safe_filename,
    team_day,
)
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.tally import tally_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from routeplan.handouts import MapData, PlaceCode
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Seal:
    """How packs are sealed: to the secret keys of these recipients, or else with a passphrase."""

    recipients: tuple[str, ...] = ()
    passphrase: str = field(default="", repr=False)

    def apply(self, data: bytes) -> bytes:
        """Seal data; with a passphrase this takes a second."""
        if self.recipients:
            return packs.seal(data, self.recipients)
        return packs.seal_with_passphrase(data, self.passphrase)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for packs beside how they are sealed.

    Parameters
    ----------
    current_day
        No pack is made that could not be opened on this day.
    expires
        The last day of all packs; None is the day after that of each.
    codes
        Of all places of the problem, where places are called by codes.
    place
        What faults of the last day name: an option, or a field.
    """

    current_day: dt.date
    expires: dt.date | None = None
    codes: tuple[PlaceCode, ...] = ()
    place: str = "--expires"

    def last_day(self, date: dt.date) -> dt.date:
        """Return the last day of the pack of a date."""
        return self.expires or min(date, dt.date.max - dt.timedelta(days=1)) + dt.timedelta(days=1)

    def manifest(self, team: str, date: dt.date) -> packs.Manifest:
        """Return the manifest of a pack; InputError where nobody could open it."""
        last = self.last_day(date)
        if last < date:
            message = _("{last} lies before the day itself, {date}", last=last, date=date)
            raise InputError([Fault(self.place, message)])
        if last < self.current_day:
            message = _("nobody could open it: {last} is over", last=last)
            raise InputError([Fault(self.place, message, _("give a later date"))])
        return packs.Manifest(team, date, None, last)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that is not sealed yet, and the names of its files but that of the manifest."""

    manifest: packs.Manifest
    names: tuple[str, ...]
    data: bytes = field(repr=False)


def make_pack(read: tuple[Problem, Plan, MapData], terms: Terms, *, team: str, day: int) -> Pack:
    """Make the pack of a team and a day, by its index; raises as `team_day` and `Terms`."""
    problem, plan, _data = read
    own = team_day(*read, team=team, day=day)
    if terms.codes:
        own = rename_places(own, {code.place: code.code for code in terms.codes})
    tallies = [row for row in tally_rows(problem, plan) if (row.team, row.day) == (team, day)]
    contents = day_files(own, tallies)
    manifest = terms.manifest(team, problem.days[day].date)
    return Pack(manifest, tuple(sorted(contents)), packs.bundle(manifest, contents))


def seal_packs(
    read: tuple[Problem, Plan, MapData],
    seals: Mapping[str, Seal],
    terms: Terms,
    *,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, bytes]:
    """Make and seal the packs of all teams and days, by the names of their files.

    Left out are days on which a team stays put, and those whose packs could not be opened any more.

    Parameters
    ----------
    read
        A plan with its problem, and what it is drawn on.
    seals
        Of each team.
    terms
        What holds for all packs.
    on_step
        Called with what is being done.

    Raises
    ------
    InputError
        With every day after the last one on which packs open; or where no day is left.
    """
    problem = read[0]
    left = _tours_to_seal(*read[:2], terms)
    names: dict[str, str] = {}
    for team in problem.teams:
        taken = [f"{name}." for name in names.values()]
        names[team.id] = safe_filename(team.id, taken=taken)
    sealed = {}
    for number, tour in enumerate(left, start=1):
        on_step(
            ngettext(
                "sealing pack {number} of {n}",
                "sealing pack {number} of {n}",
                len(left),
                number=number,
            )
        )
        pack = make_pack(read, terms, team=tour.team, day=tour.day)
        sealed[pack_name(names[tour.team], tour.day)] = seals[tour.team].apply(pack.data)
    return sealed


def _tours_to_seal(problem: Problem, plan: Plan, terms: Terms) -> list[Tour]:
    """Return the tours whose packs can be opened; InputError as `seal_packs`."""
    dates = [day.date for day in problem.days]
    left = [
        tour
        for tour in plan.tours
        if tour.stops or tour.start != tour.end
        if terms.last_day(dates[tour.day]) >= terms.current_day
    ]
    faults = Faults()
    if not left:
        faults.add("", _("all days of the plan are over, so nobody could open their packs"))
    for day in sorted({tour.day for tour in left}):
        try:
            terms.manifest("", dates[day])
        except InputError as error:
            faults.adopt(error)
    faults.raise_any()
    return left


def pack_name(name: str, day: int) -> str:
    """Return the name of the file of a pack, of a team's name for files and the index of a day."""
    return f"{name}_day{day + 1}.age"


def read_codes(path: Path | None) -> tuple[PlaceCode, ...]:
    """Read a file of codes; there are none where there is no file."""
    if path is None or not path.exists():
        return ()
    return codes_from_json(read_bytes(path), source=path.name)


def draw_codes(known: Sequence[PlaceCode], problem: Problem) -> tuple[PlaceCode, ...]:
    """Return codes of all places of a problem: those that are known, and new ones at random."""
    return assign_codes(known, problem.places, random.SystemRandom())
