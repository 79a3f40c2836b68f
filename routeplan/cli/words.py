"""Words of tables as people read them: heads of columns, and values that stand for something."""

from __future__ import annotations

from routeplan.language import gettext, marked
from routeplan.model.plan import Reason

# Columns of analysts' tables, whose names are those of files, too.
_HEADS = {
    "crew_days": marked("crew-days"),
    "crews": marked("crews"),
    "days": marked("days"),
    "district": marked("district"),
    "door_hours": marked("hours at doors"),
    "drive_hours": marked("hours of driving"),
    "evenings_away": marked("evenings away"),
    "found": marked("found"),
    "gap": marked("gap"),
    "gini": marked("Gini index"),
    "group": marked("group"),
    "households": marked("households"),
    "idle_days": marked("idle days"),
    "iterations": marked("iterations"),
    "km": marked("km"),
    "least": marked("least"),
    "left_out": marked("left out"),
    "litres": marked("litres"),
    "minutes": marked("minutes"),
    "most": marked("most"),
    "name": marked("name"),
    "nights": marked("nights"),
    "nights_away": marked("nights away"),
    "objective": marked("objective"),
    "of": marked("of"),
    "opens": marked("opens"),
    "other": marked("other"),
    "per_100_km": marked("per 100 km"),
    "per_crew_day": marked("per crew-day"),
    "place": marked("place"),
    "plan": marked("plan"),
    "proved": marked("proved"),
    "reached": marked("reached by the plan"),
    "reached_from": marked("reached from"),
    "reason": marked("why"),
    "road_km": marked("km of roads"),
    "saves_hours": marked("saves hours"),
    "share": marked("share"),
    "sources": marked("from"),
    "stopped_by": marked("stopped by"),
    "square_km": marked("square km"),
    "to": marked("to"),
    "upper_bound": marked("upper bound"),
    "variant": marked("variant"),
    "vehicle": marked("vehicle"),
    "villages": marked("villages"),
    "visited": marked("visited"),
    "weighted": marked("weighted"),
    "wheel_hours": marked("hours at the wheel"),
}
# Where places are reached from, vehicles, roads, files, checks.
_VALUES = (
    *(marked("proved"), marked("iterations"), marked("time"), marked("interrupt")),
    *(marked("base"), marked("bed"), marked("on the way"), marked("never")),
    *(marked("bases"), marked("bases and beds")),
    *(marked("car"), marked("four_wheel_drive"), marked("minibus")),
    *(marked("motorway"), marked("trunk"), marked("primary"), marked("secondary")),
    *(marked("tertiary"), marked("unclassified"), marked("residential"), marked("service")),
    *(marked("living_street"), marked("track"), marked("path"), marked("road")),
    *(marked("off_road"), marked("ferry"), marked("barrier"), marked("winter_road")),
    *(marked("asphalt"), marked("concrete"), marked("paved"), marked("unpaved")),
    *(marked("compacted"), marked("gravel"), marked("fine_gravel"), marked("ground")),
    *(marked("dirt"), marked("earth"), marked("sand"), marked("grass"), marked("mud")),
    marked("not known"),
    *(marked("problem"), marked("plan"), marked("map"), marked("workbook"), marked("layers")),
    *(marked("speeds"), marked("template"), marked("matched")),
    *(marked("size"), marked("md5"), marked("readable"), marked("not modified")),
    marked("complete answers"),
)


def head(name: str) -> str:
    """Return the head of a column.

    Examples
    --------
    >>> head("wheel_hours"), head("of my own")
    ('hours at the wheel', 'of my own')
    """
    return gettext(_HEADS.get(name, name))


def word(value: object) -> str:
    """Return what a value is called, if it is one that stands for something."""
    if isinstance(value, Reason):
        return value.label
    text = str(value)
    return gettext(text) if text in _VALUES else text
