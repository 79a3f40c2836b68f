"""``plan.json``, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults
from routeplan.formats.document import file_error, format_json, parse_document
from routeplan.formats.fields import record
from routeplan.formats.requirements import detail_of
from routeplan.formats.versions import (
    NEWEST,
    VERSIONS,
    check_writable,
    unknown_fields,
    use_version,
)
from routeplan.model.plan import LeftOut, Plan, Requirement, RequirementKind, Tour

if TYPE_CHECKING:
    from routeplan.formats.fields import Fields
    from routeplan.model.problem import Problem

FORMAT = "routeplan-plan"


def plan_from_json(text: str | bytes, *, source: str = "plan") -> Plan:
    """Read a plan, which may break rules: see `routeplan.audit`.

    `text` is UTF-8, with or without a byte order mark, and `source` what messages call the file.

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
    root = parse_document(text, source, FORMAT, faults, versions=VERSIONS)
    version = use_version(root)
    tours = tuple(
        fields.build(Tour, start=fields.text("from"), end=fields.text("to"))
        for fields in root.children("tours")
    )
    entries = root.children("left_out")
    if version == 1:
        left_out = tuple(_left_out_of_version_1(fields) for fields in entries)
    else:
        left_out = tuple(fields.build(LeftOut) for fields in entries)
    plan = root.build(Plan, tours=tours, left_out=left_out)
    if plan is None or faults:
        raise file_error(faults, source)
    return plan


def plan_to_json(plan: Plan, *, version: int = NEWEST, problem: Problem | None = None) -> str:
    """Write a plan: the same plan always gives the same text.

    Parameters
    ----------
    plan
        The plan.
    version
        Of the file: 1 has English texts where 2 has requirements, and no objective.
    problem
        Gives names and dates for the texts of version 1; ids and day numbers are written without.

    Raises
    ------
    InputError
        Where the version is not known, or version 1 lacks what the plan uses.

    Examples
    --------
    >>> plan_from_json(plan_to_json(plan)) == plan
    True
    """
    check_writable(plan, version)
    head = {"format": FORMAT, "version": version}
    values: dict[str, Any] = head | record(plan, unknown_fields(version))
    names = {"start": "from", "end": "to"}
    values["tours"] = [
        {names.get(name, name): value for name, value in tour.items()} for tour in values["tours"]
    ]
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    for left, entry in zip(plan.left_out, values["left_out"], strict=True):
        requirements = entry.pop("requirements")
        if version == 1:
            entry["detail"] = detail_of(left, visited=left.place in visited, problem=problem)
        else:
            entry["requirements"] = [
                {name: value for name, value in one.items() if value is not None}
                for one in requirements
            ]
    return format_json(values)


def _left_out_of_version_1(fields: Fields) -> LeftOut | None:
    detail = fields.text("detail")
    note = Requirement(RequirementKind.NOTE, text=detail)
    return fields.build(LeftOut, requirements=(note,) if detail else ())
