"""What part of the roads' file a scenario wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.scenario.model import RoadCut

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.formats.fields import Fields

__all__ = ["read_cut"]

MOST_KM = 20_000

_WAYS = ("area", "bbox", "around_km")
_SIDES = {"south": 90.0, "west": 180.0, "north": 90.0, "east": 180.0}


def read_cut(fields: Fields, area: Path | None) -> RoadCut | None:
    """Read the fields of ``[roads]`` that cut a file.

    Parameters
    ----------
    fields
        The section.
    area
        The file of polygons that it names, None where it names none.

    Returns
    -------
    RoadCut or None
        None where all of the file is wanted.
    """
    given = [name for name in _WAYS if fields.has(name)]
    if fields.has("area_name") and area is None:
        message = "chooses among polygons, and no file of them is named"
        fields.fault("area_name", message, "name one with area")
    if fields.has("margin_km") and not given:
        hint = "name one with area, bbox or around_km, or leave it out"
        fields.fault("margin_km", "widens an area, and none is named", hint)
    values = {
        "area_names": _names(fields) if fields.has("area_name") else (),
        "bbox": _bbox(fields.child("bbox")) if fields.has("bbox") else None,
        "around_km": _km(fields, "around_km", above=0.0) if fields.has("around_km") else None,
    }
    if fields.has("margin_km"):
        values["margin_km"] = _km(fields, "margin_km")
    for name in given[1:]:
        hint = f"keep one of {', '.join(given)}"
        fields.fault(name, f"stands beside {given[0]}, which says it already", hint)
    return RoadCut(area=area, **values) if given else None  # type: ignore[arg-type]


def _names(fields: Fields) -> tuple[str, ...]:
    value = fields.raw("area_name")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        hint = "codes go into quotation marks too"
        fields.fault("area_name", "expected a text, or a list of texts", hint)
        return ()
    return tuple(names)


def _bbox(fields: Fields) -> tuple[float, float, float, float]:
    sides = {name: fields.number(name) for name in _SIDES}
    for name, most in _SIDES.items():
        if abs(sides[name]) > most:
            fields.fault(name, f"{sides[name]:g} is no degree between -{most:g} and {most:g}")
    for low, high in (("south", "north"), ("west", "east")):
        if fields.ok(low) and fields.ok(high) and sides[low] >= sides[high]:
            fields.fault(high, f"{sides[high]:g} is not above {low}, {sides[low]:g}")
    fields.finish()
    return sides["south"], sides["west"], sides["north"], sides["east"]


def _km(fields: Fields, name: str, above: float | None = None) -> float:
    km = fields.number(name)
    if above is not None and fields.ok(name) and km <= above:
        fields.fault(name, f"{km:g} is not above {above:g}")
    elif fields.ok(name) and km < 0:
        fields.fault(name, f"{km:g} is below 0")
    elif fields.ok(name) and km > MOST_KM:
        fields.fault(name, f"{km:g} is above {MOST_KM:,}, which is halfway around the earth")
        return 0.0
    return km
