"""``plan.json``, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.formats.document import VERSION, file_error, format_json, parse_document
from routeplan.formats.fields import record
from routeplan.model.plan import Plan, Tour

if TYPE_CHECKING:
    from routeplan.formats.fields import Fields

__all__ = ["plan_from_json", "plan_to_json"]

FORMAT = "routeplan-plan"


def plan_from_json(text: str | bytes, *, source: str = "plan") -> Plan:
    """Read a plan; whether it is a good one is for `routeplan.audit` to say.

    Parameters
    ----------
    text
        The file's text or bytes (UTF-8, with or without a byte order mark).
    source
        What to call the file in messages.

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> plan_from_json("{}", source="plan.json")
    Traceback (most recent call last):
    routeplan.errors.InputError: plan.json format: is missing
    plan.json version: is missing
    """
    faults = Faults()
    root = parse_document(text, source, FORMAT, faults)
    tours = tuple(_tour(fields) for fields in root.children("tours"))
    plan = root.build(Plan, tours=tours)
    if plan is None or faults:
        raise file_error(faults, source)
    return plan


def plan_to_json(plan: Plan) -> str:
    """Write a plan: the same plan always gives the same text.

    Examples
    --------
    >>> plan_from_json(plan_to_json(plan)) == plan
    True
    """
    values = {"format": FORMAT, "version": VERSION} | record(plan)
    return format_json(values | {"tours": [_tour_values(tour) for tour in plan.tours]})


def _tour(fields: Fields) -> Tour | None:
    return fields.build(Tour, start=fields.text("from"), end=fields.text("to"))


def _tour_values(tour: Tour) -> dict[str, object]:
    names = {"start": "from", "end": "to"}
    return {names.get(name, name): value for name, value in record(tour).items()}
