"""What the parts of a problem say of each other, gathered so that it is judged all at once.

A problem that exists and a file that cannot become one are judged alike: what could not be read
is None, and nothing is said that it could change.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from routeplan.errors import Faults

__all__ = ["Links", "Names"]


class Names:
    """Names given at one place of a file and meant at others.

    Parameters
    ----------
    missing
        What to say of a name that nobody gave, before the name: ``no place has the id``.
    """

    def __init__(self, missing: str = "") -> None:
        self._missing = missing
        self._given: list[tuple[str, str | None]] = []
        self._meant: list[tuple[str, str]] = []

    def give(self, where: str, name: str | None) -> None:
        """Note that a name is given; None where it, or all of them, could not be read."""
        self._given.append((where, name))

    def mean(self, where: str, name: str | None) -> None:
        """Note that a name is meant; None where it could not be read."""
        if name is not None:
            self._meant.append((where, name))

    @property
    def known(self) -> tuple[str, ...] | None:
        """All names given, each once; None where some could not be read."""
        names = [name for _, name in self._given]
        return None if None in names else tuple(dict.fromkeys(name for name in names if name))

    def check(self, faults: Faults) -> None:
        """Note each name that is given twice, and each that is meant and not given."""
        first: dict[str, str] = {}
        for where, name in self._given:
            if name in first:
                faults.add(where, f"{name!r} is already at {first[name].rpartition('.')[0]}")
            elif name:
                first[name] = where
        known = self.known
        for where, name in self._meant:
            if known is not None and name not in first:
                faults.add(where, f"{self._missing} {name!r}", nearest(name, known))


@dataclass(frozen=True, slots=True)
class Links:
    """All that ties the parts of one problem together.

    Parameters
    ----------
    places, vehicles
        Names that other parts mean.
    villages, sleeps, teams
        Names that may each stand there once.
    dates
        Of the days in their order, None for one that could not be read.
    day_lists
        Lists of indices of days, each with where it stands.
    sizes
        How many of each part there are, where that is known.
    """

    places: Names = dataclasses.field(default_factory=lambda: Names("no place has the id"))
    vehicles: Names = dataclasses.field(default_factory=lambda: Names("no travel times for"))
    villages: Names = dataclasses.field(default_factory=Names)
    sleeps: Names = dataclasses.field(default_factory=Names)
    teams: Names = dataclasses.field(default_factory=Names)
    dates: list[dt.date | None] = dataclasses.field(default_factory=list)
    day_lists: list[tuple[str, Sequence[int]]] = dataclasses.field(default_factory=list)
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)

    def check(self, faults: Faults) -> None:
        """Note each part that is missing, and each link that leads nowhere."""
        for name, size in self.sizes.items():
            if not size:
                faults.add(name, "is empty; at least one is needed")
        for names in (self.places, self.vehicles, self.villages, self.sleeps, self.teams):
            names.check(faults)
        self._check_dates(faults)
        self._check_day_lists(faults)

    def _check_dates(self, faults: Faults) -> None:
        last: dt.date | None = None
        for position, date in enumerate(self.dates):
            if date is not None and last is not None and date <= last:
                faults.add(f"days[{position}].date", f"{date} does not come after {last}")
            last = date or last

    def _check_day_lists(self, faults: Faults) -> None:
        days = self.sizes.get("days", 0)
        if not days:
            return
        for where, indices in self.day_lists:
            wrong = [index for index in indices if not 0 <= index < days]
            if wrong:
                listed = ", ".join(map(str, wrong))
                kind = "is no day" if len(wrong) == 1 else "are no days"
                faults.add(where, f"{listed} {kind}; they count from 0 to {days - 1}")
