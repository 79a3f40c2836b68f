"""Rows of the table of speeds: one value for each vehicle, or one for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.formats.fields import Fields

__all__ = ["SECTIONS", "Delays", "Rows", "Speeds", "cell", "open_table", "text_list", "texts"]

T = TypeVar("T")

SECTIONS = {
    "highway": "class",
    "surface": "surface",
    "tracktype": "tracktype",
    "smoothness": "smoothness",
}
"""Section of the file for each tag whose value limits the speed."""

Speeds: TypeAlias = tuple[float, ...]
"""One number for each vehicle; 0 km/h means that it does not pass."""

Delays: TypeAlias = tuple[float | None, ...]
"""Seconds for each vehicle; None means that it does not pass."""


def texts(fields: Fields, name: str) -> frozenset[str]:
    """Read a list of texts whose order does not count."""
    return frozenset(text_list(fields, name))


def text_list(fields: Fields, name: str) -> list[str]:
    """Read a list of texts."""
    value = fields.raw(name)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if value is not None:
        fields.fault(name, "expected a list of texts")
    return []


def open_table(fields: Fields, name: str) -> tuple[Fields, list[str]]:
    """Return a table that a user may add rows to, and the names of its rows."""
    value = fields.raw(name, None)
    return fields.child(name), list(value) if isinstance(value, dict) else []


def cell(fields: Fields, name: str) -> float:
    """Read a number that is not below 0, or false, which means 0."""
    if fields.raw(name, None) is False:
        return 0.0
    number = fields.number(name)
    if number < 0:
        fields.fault(name, f"{number:g} is below 0", "false means that there is none")
    return number


def delay_cell(fields: Fields, name: str) -> float | None:
    """Read seconds, or false, which means None."""
    return None if fields.raw(name, None) is False else cell(fields, name)


class Rows:
    """Rows with one value for each vehicle, or one for all of them."""

    def __init__(self, vehicles: tuple[str, ...]) -> None:
        self.vehicles = vehicles

    def by_tag(self, fields: Fields, *, required: bool = True) -> dict[str, dict[str, Speeds]]:
        """Read all rows of km/h by tag and its value."""
        return {
            key: self.speeds(fields, section, required=required)
            for key, section in SECTIONS.items()
        }

    def speeds(self, fields: Fields, name: str, *, required: bool = True) -> dict[str, Speeds]:
        """Read a table of rows of km/h; empty where it may be left out and is."""
        if not required and not fields.has(name):
            return {}
        child, rows = open_table(fields, name)
        return {row: self.speed(child, row) for row in rows}

    def delays(self, fields: Fields, name: str) -> dict[str, Delays]:
        """Read a table of rows of seconds."""
        child, rows = open_table(fields, name)
        return {row: self.delay(child, row) for row in rows}

    def speed(self, fields: Fields, name: str) -> Speeds:
        """Read one row of km/h."""
        return self._row(fields, name, cell)

    def delay(self, fields: Fields, name: str) -> Delays:
        """Read one row of seconds."""
        return self._row(fields, name, delay_cell)

    def _row(self, fields: Fields, name: str, read: Callable[[Fields, str], T]) -> tuple[T, ...]:
        if not isinstance(fields.raw(name, None), dict):
            return (read(fields, name),) * len(self.vehicles)
        row = fields.child(name)
        cells = tuple(read(row, vehicle) for vehicle in self.vehicles)
        row.finish()
        return cells
