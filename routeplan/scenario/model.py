"""What a scenario is: roads, villages, days, teams and rules of one undertaking; its variants."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.display import clock, counted, one_line, table
from routeplan.errors import Faults
from routeplan.language import LANGUAGES
from routeplan.language import gettext as _
from routeplan.model.problem import Announced, Day, District, Place, Rules, Sleep, Team
from routeplan.model.references import check_unique
from routeplan.model.variants import (
    checked_change,
    limit_announced,
    limit_days,
    limit_driving,
    resize_days,
    resize_teams,
    scale_pace,
)
from routeplan.scenario.sources import Campaign

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.scenario.sources import Roads, VillageSource

_WITH_LINES = ("places", "teams", "sleeps", "announced", "districts")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario file says.

    Parameters
    ----------
    places
        Points that are no villages: bases, hosts.
    teams
        As in the file; `effective_teams` are those of the problem.
    sleeps
        Where teams may sleep besides the villages whose table says so.
    home_every_night
        Whether every team sleeps at its end place every night, whatever its own limit.
    max_nights_away
        Of teams without a limit of their own.
    source
        Name of its file, for faults.
    language
        Of all handouts.
    announced
        Visits that have been announced; those of teams and days that a variant lacks go with them.
    districts
        Villages with a least number of households to reach; one without places has the villages
        whose table names it.
    campaign
        What lasts longer than this scenario.
    lines
        The line of each field in the file by its path, for faults.

    Raises
    ------
    InputError
        Where there is no team or day, an id is there twice, or the language is not known.

    Examples
    --------
    A variant is made by `replace`, or by one of the methods for what is varied most, which have
    the names and meanings of a `routeplan.Variant`. None is what it is in the file: no limit, the
    season of the dates, the built-in speeds.

    >>> more = scenario.with_crews(3).with_days(6).with_nights(1)
    >>> [team.id for team in more.teams], len(more.days), more.max_nights_away
    (['A', 'B', 'A-2'], 6, 1)
    >>> scenario.replace(home_every_night=True).effective_teams[0].max_nights_away
    0
    """

    roads: Roads
    villages: VillageSource
    places: tuple[Place, ...]
    days: tuple[Day, ...]
    teams: tuple[Team, ...]
    rules: Rules = dataclasses.field(default_factory=Rules)
    sleeps: tuple[Sleep, ...] = ()
    home_every_night: bool = False
    max_nights_away: int | None = None
    name: str = ""
    source: str = "scenario"
    language: Language = "en"
    announced: tuple[Announced, ...] = ()
    districts: tuple[District, ...] = ()
    campaign: Campaign = dataclasses.field(default_factory=Campaign)
    lines: Mapping[str, int] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        faults = Faults()
        for name in ("days", "teams"):
            if not getattr(self, name):
                faults.add(name, _("is empty; at least one is needed"))
        keys = (("places", "id"), ("teams", "id"), ("sleeps", "place"), ("districts", "id"))
        for name, field in keys:
            check_unique(
                name, field, [getattr(item, field) for item in getattr(self, name)], faults
            )
        if self.language not in LANGUAGES:
            hint = _("choose from {words}", words=", ".join(LANGUAGES))
            faults.add("language", _("{word!r} is not known", word=self.language), hint)
        faults.raise_any()

    def __repr__(self) -> str:
        return one_line("Scenario", self.name, *self._figures())

    def _figures(self) -> list[str]:
        days = f"{counted(len(self.days), 'day')} from {self.days[0].date}"
        return [counted(len(self.teams), "team"), days, f"roads of {self.roads.file.name}"]

    def _repr_html_(self) -> str:
        figures = [
            *self._figures(),
            *(f"{day.date}: {clock(day.work.start)} to {clock(day.work.end)}" for day in self.days),
        ]
        heads = ("crew", "from", "to", "vehicle", "households an hour", "days", "nights away")
        rows = [
            (
                *(team.id, team.start, team.end, team.vehicle, team.households_per_hour),
                len(self.days) if team.days is None else len(team.days),
                "any" if team.max_nights_away is None else team.max_nights_away,
            )
            for team in self.effective_teams
        ]
        return table(self.name or "Scenario", figures, heads, rows)

    def replace(self, **changes: object) -> Scenario:
        """Return the scenario with some fields changed."""
        if not changes.keys().isdisjoint(_WITH_LINES):
            # What is another list than that of the file has no lines there.
            changes = {"lines": {}, **changes}
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # fields by name

    def with_crews(self, count: int) -> Scenario:
        """Return it with so many teams: the first ones, then copies of them in turn."""
        checked_change("crews", count)
        teams = resize_teams(self.teams, count)
        announced = limit_announced(self.announced, teams, len(self.days))
        return self.replace(teams=teams, announced=announced)

    def with_days(self, count: int) -> Scenario:
        """Return it with so many days: the first ones, then days like the last on later dates.

        Teams that work some days only do not work on added ones.
        """
        checked_change("days", count)
        teams = tuple(limit_days(team, count) for team in self.teams)
        announced = limit_announced(self.announced, teams, count)
        days = resize_days(self.days, count)
        return self.replace(days=days, teams=teams, announced=announced)

    def with_nights(self, most: int | None) -> Scenario:
        """Return it with so many nights away in a row, for every team; 0 is home every night.

        None lets teams stay away for as long as there are days.
        """
        checked_change("nights", most)
        teams = tuple(dataclasses.replace(team, max_nights_away=None) for team in self.teams)
        return self.replace(teams=teams, max_nights_away=most, home_every_night=False)

    def with_drive_hours(self, most: float | None) -> Scenario:
        """Return it with so many hours of driving a day for each team; None is no limit."""
        checked_change("drive_hours", most)
        return self.replace(rules=limit_driving(self.rules, most))

    def with_pace(self, factor: float) -> Scenario:
        """Return it with teams that are so many times as quick at doors."""
        checked_change("pace", factor)
        return self.replace(teams=tuple(scale_pace(team, factor) for team in self.teams))

    def with_drive_factor(self, factor: float) -> Scenario:
        """Return it with travel times that are so many times as long."""
        checked_change("drive_factor", factor)
        roads = dataclasses.replace(self.roads, drive_factor=self.roads.drive_factor * factor)
        return self.replace(roads=roads)

    def with_season(self, season: str | None) -> Scenario:
        """Return it with roads as in a season; None is that of each date."""
        return self.replace(roads=dataclasses.replace(self.roads, season=season))

    def with_speeds(self, table: Path | None) -> Scenario:
        """Return it with another table of speeds (TOML); None is the built-in one."""
        return self.replace(roads=dataclasses.replace(self.roads, speeds=table))

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Dates of the days, in their order."""
        return tuple(day.date for day in self.days)

    @property
    def effective_teams(self) -> tuple[Team, ...]:
        """Teams, each with its own limit of nights away."""
        nights = [
            self.max_nights_away if team.max_nights_away is None else team.max_nights_away
            for team in self.teams
        ]
        return tuple(
            dataclasses.replace(team, max_nights_away=0 if self.home_every_night else most)
            for team, most in zip(self.teams, nights, strict=True)
        )
