"""The form of teams, days and nights: fields of the scenario file as texts, and back again.

Names of fields are paths of the file (``teams[0].size``), as its faults have them. What is sent as
it was shown changes nothing; what cannot be read as a number or a date is written as it was typed,
for the reader of scenarios to say what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from routeplan.errors import InputError
from routeplan.language import number_text
from routeplan.villages.cells import parse_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.scenario.editing import ScenarioText

Kind: TypeAlias = Literal["text", "number", "date", "dates", "window", "flag", "choice", "place"]
"""How a field is shown, and what its text becomes."""

MOST_DAYS = 31
"""A longer period is shown by its first and last day alone."""

FIELDS: Mapping[str, Kind] = {
    "name": "text",
    "days.first": "date",
    "days.last": "date",
    "days.dates": "dates",
    "days.work": "window",
    "days.knock": "window",
    "rules.max_drive_hours_per_day": "number",
    "nights.home_every_night": "flag",
    "nights.max_nights_away": "number",
    "campaign.goal": "number",
    "campaign.ledger": "text",
    "handouts.language": "choice",
}
"""All that are there once, by their paths."""

TEAM_FIELDS: Mapping[str, Kind] = {
    "id": "text",
    "base": "place",
    "vehicle": "choice",
    "size": "number",
    "households_per_hour": "number",
    "max_nights_away": "number",
}
DAY_FIELDS = ("work", "knock")
DEFAULTS = {"handouts.language": "en"}
NEW = "new"
"""In place of the number of a place that is added."""


class Places:
    """Places and villages by what the form calls them.

    Parameters
    ----------
    named
        Id and name of each; places of one name have their ids beside it.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        known = dict(named)
        count = Counter(known.values())
        self.labels = {
            place: name if count[name] == 1 else f"{name} ({place})"
            for place, name in known.items()
        }
        self._ids = {label: place for place, label in self.labels.items()}

    def label(self, place: object) -> str:
        """Return what a place is called; its id where it is not known."""
        return self.labels.get(str(place), str(place))

    def id_of(self, label: str) -> str:
        """Return the id of a place by what it is called; the text itself if that is unknown."""
        return self._ids.get(label, label)


@dataclass
class Form:
    """The document, what was typed into its form, and what is wrong with that.

    Parameters
    ----------
    document
        The text of the scenario.
    places
        Of the scenario and its table.
    typed
        By the name of its field, if the form was sent; of boxes, the ticked ones.
    faults
        By the name of the field.
    """

    document: ScenarioText
    places: Places
    typed: Mapping[str, Sequence[str]] | None = None
    faults: dict[str, list[str]] = field(default_factory=dict)
    # The fields that paths of the changed document belong to, where they are not the same.
    moved: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._note_special_days()

    @property
    def dates(self) -> list[dt.date]:
        """The days from the first to the last one; empty where these are not known, or too many."""
        first, last = self.document.get("days.first"), self.document.get("days.last")
        return days_between(first, last)

    def worked_dates(self) -> list[dt.date]:
        """Return the days of the scenario."""
        skipped = self.document.get("days.skip") or ()
        listed = self.document.get("days.dates")
        if isinstance(listed, list):
            return [day for day in listed if _is_date(day)][:MOST_DAYS]
        return [day for day in self.dates if day not in skipped]

    def value(self, name: str, kind: Kind) -> str:
        """Return the text of a field: as typed, or as in the document."""
        if self.typed is not None and name in self.typed:
            return self.typed[name][0]
        return self.shown(name, kind)

    def shown(self, name: str, kind: Kind) -> str:
        """Return the text of a field of the document."""
        value = self.document.get(name)
        if value is None:
            return DEFAULTS.get(name, "")
        if kind == "place":
            return self.places.label(value)
        if isinstance(value, list):
            return ", ".join(map(_day_text, value))
        if kind == "number" and isinstance(value, int | float):
            return number_text(f"{value:g}" if abs(value) < 1e6 else str(value))  # noqa: PLR2004  # as written
        if isinstance(value, dt.time):
            return f"{value:%H:%M}"
        return str(value)

    def is_ticked(self, name: str, value: str = "yes") -> bool:
        """Return whether a box is ticked."""
        if self.typed is not None:
            return value in self.typed.get(name, ())
        if name == "day":
            return dt.date.fromisoformat(value) in self.worked_dates()
        if name.endswith(".days"):
            own = self.document.get(name)
            return own is None or dt.date.fromisoformat(value) in own
        return self.document.get(name) is True

    def special(self, day: dt.date) -> int | None:
        """Return which of the days with hours of their own a day is."""
        listed = self.document.get("days.special") or ()
        return next((n for n, each in enumerate(listed) if each.get("date") == day), None)

    def hours(self, day: dt.date, part: str, end: int) -> str:
        """Return the own hour of a day at one end, as typed or as in the document."""
        name = f"special.{day}.{part}[{end}]"
        if self.typed is not None and name in self.typed:
            return self.typed[name][0]
        return self._shown_hour(day, part, end)

    def _shown_hour(self, day: dt.date, part: str, end: int) -> str:
        number = self.special(day)
        return "" if number is None else self.shown(f"days.special[{number}].{part}[{end}]", "text")

    def apply(self) -> None:
        """Write what was typed into the document."""
        assert self.typed is not None  # noqa: S101  # the form was sent
        before_dates, before_worked = self.dates, self.worked_dates()
        for number in range(len(self.document.get("teams") or ())):
            self._apply_days_of_team(f"teams[{number}].days", before_worked)
            for own, kind in TEAM_FIELDS.items():
                self._apply(f"teams[{number}].{own}", kind)
        for day in before_dates:
            self._apply_hours(day)
        for name, kind in FIELDS.items():
            self._apply(name, kind)
        self._apply_nights()
        self._apply_days(before_dates, before_worked)
        self._note_special_days()

    def _note_special_days(self) -> None:
        for n, each in enumerate(self.document.get("days.special") or ()):
            self.moved[f"days.special[{n}]"] = f"special.{each.get('date')}"

    def _apply(self, name: str, kind: Kind) -> None:
        if kind == "flag":
            if self.is_ticked(name) != (self.document.get(name) is True):
                self.document.set(name, self.is_ticked(name))
        elif kind == "window":
            before = [self.shown(f"{name}[{n}]", "text") for n in (0, 1)]
            hours = self._typed_hours(name, before)
            if hours is not None:
                self.document.set(name, hours or None)
        else:
            text = self._typed(name)
            if text is not None and text != self.shown(name, kind):
                self.document.set(name, self._parsed(text, kind))

    def _typed_hours(self, name: str, before: Sequence[str]) -> list[str] | None:
        """Return the two hours of a field, none if both are empty; None if they are as before."""
        ends = [self._typed(f"{name}[{n}]") for n in (0, 1)]
        if None in ends or ends == before:
            return None
        return [_hour(end or "") for end in ends] if any(ends) else []

    def _typed(self, name: str) -> str | None:
        assert self.typed is not None  # noqa: S101  # the form was sent
        return self.typed[name][0].strip() if name in self.typed else None

    def _parsed(self, text: str, kind: Kind) -> object:
        """Return the value of a text; the text where it is none of that kind."""
        if not text:
            return None
        if kind == "number":
            return _number(text)
        if kind == "place":
            return self.places.id_of(text)
        if kind == "date":
            days = _dates(text)
            return days[0] if len(days) == 1 else text
        return _dates(text) or text if kind == "dates" else text

    def _apply_days_of_team(self, name: str, dates: Sequence[dt.date]) -> None:
        if not dates or self._typed(f"{name}.shown") is None:
            return
        ticked = [day for day in dates if self.is_ticked(name, str(day))]
        own = self.document.get(name)
        if ticked != [day for day in dates if own is None or day in own]:
            self.document.set(name, None if ticked == dates else ticked)

    def _apply_hours(self, day: dt.date) -> None:
        for part in DAY_FIELDS:
            before = [self._shown_hour(day, part, n) for n in (0, 1)]
            hours = self._typed_hours(f"special.{day}.{part}", before)
            number = self.special(day)
            if hours is not None and number is not None:
                self.document.set(f"days.special[{number}].{part}", hours or None)
            elif hours:
                self.document.append("days.special", {"date": day, part: hours})
        number = self.special(day)
        if number is not None and self.document.get(f"days.special[{number}]").keys() == {"date"}:
            self.document.remove("days.special", number)

    def _apply_days(self, dates: Sequence[dt.date], worked: Sequence[dt.date]) -> None:
        """Skip the days that are not ticked; what lies outside the period is skipped no more."""
        off = {day for day in dates if not self.is_ticked("day", str(day))}
        now = self.dates
        is_shown = self._typed("day.shown") is not None and bool(now)
        if is_shown and (off, now) != (set(dates) - set(worked), dates):
            self.document.set("days.skip", sorted(off & set(now)) or None)
            self._remove_special_days(set(dates) - set(now) | off)

    def _remove_special_days(self, days: set[dt.date]) -> None:
        """Remove hours of days that are no longer worked on."""
        for number in reversed(range(len(self.document.get("days.special") or ()))):
            if self.document.get(f"days.special[{number}].date") in days:
                self.document.remove("days.special", number)

    def _apply_nights(self) -> None:
        count = len(self.document.get("nights.places") or ())
        kept: list[str] = []
        for number in reversed(range(count)):
            name = f"nights.places[{number}]"
            if self._typed(f"{name}.place") == "":
                self.document.remove("nights.places", number)
                continue
            kept.insert(0, name)
            self._apply(f"{name}.place", "place")
            self._apply(f"{name}.teams", "number")
        new = f"nights.places[{NEW}]"
        place, teams = self._typed(f"{new}.place"), self._typed(f"{new}.teams")
        if place:
            values: dict[str, object] = {"place": self.places.id_of(place)}
            values |= {"teams": _number(teams)} if teams else {}
            self.document.append("nights.places", values)
            kept.append(new)
        self.moved |= {f"nights.places[{n}]": name for n, name in enumerate(kept)}

    def field_of(self, path: str) -> str:
        """Return the name of the field that a path of the changed document belongs to."""
        for start, name in self.moved.items():
            if path.startswith(start):
                return name + path[len(start) :]
        return path


def is_editable(document: ScenarioText) -> bool:
    """Return whether sections, and lists of them, are there as such, whatever their values."""
    sections = ("days", "rules", "nights", "campaign", "handouts", "roads", "villages")
    if not all(isinstance(document.get(name), dict | None) for name in sections):
        return False
    if not all(
        _is_of_tables(document.get(name)) for name in ("teams", "nights.places", "days.special")
    ):
        return False
    lists = [f"teams[{n}].days" for n in range(len(document.get("teams") or ()))]
    lists += ["days.skip", "days.dates"]
    return all(isinstance(document.get(name), list | None) for name in lists)


def _is_of_tables(value: object) -> bool:
    if not isinstance(value, list):
        return value is None
    return all(isinstance(each, dict) for each in value)


def days_between(first: object, last: object) -> list[dt.date]:
    """Return all days from a first to a last one; empty where they are none, or too many."""
    if not (isinstance(first, dt.date) and isinstance(last, dt.date)):
        return []
    if not (_is_date(first) and _is_date(last) and 0 <= (last - first).days < MOST_DAYS):
        return []
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _is_date(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _day_text(day: object) -> str:
    return f"{day:%d.%m.%Y}" if _is_date(day) else str(day)


def _number(text: str) -> object:
    joined = re.sub(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3})", "", text)
    if re.fullmatch("-?[0-9]{1,15}", joined):
        return int(joined)
    if re.fullmatch("-?[0-9]{1,15}[.,][0-9]{1,15}", joined):
        return float(joined.replace(",", "."))
    return text


def _hour(text: str) -> str:
    match = re.fullmatch("([0-9]{1,2})[:.]([0-9]{2})", text)
    return f"{match[1]:0>2}:{match[2]}" if match else text


def _dates(text: str) -> list[dt.date]:
    try:
        return list(parse_dates(text))
    except InputError:
        return []
