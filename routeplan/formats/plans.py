"""``plan.json``, read and written, and its requirements in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routeplan.errors import Faults
from routeplan.formats.document import file_error, format_json, parse_document
from routeplan.formats.fields import record
from routeplan.formats.versions import (
    NEWEST,
    VERSIONS,
    check_writable,
    unknown_fields,
    use_version,
)
from routeplan.model.plan import (
    QUANTIFIED,
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Tour,
)

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


def detail_of(left: LeftOut, *, visited: bool, problem: Problem | None = None) -> str:
    """Return why a village is left out, and the first thing that it would take.

    `visited` says whether the plan reaches others of the village; without a problem, places and
    days are named by ids and numbers.
    """
    texts = [
        requirement_text(requirement, visited=visited, problem=problem)
        for requirement in left.requirements[:2]
    ]
    if left.reason is Reason.NO_TIME and texts:
        if left.requirements[0].kind in QUANTIFIED:
            texts = ["visited as long as fits" if visited else "all crew-days are full", texts[0]]
        return "; ".join(texts)
    if left.reason is Reason.PAST:
        texts = [f"on the days to come, {text}" for text in texts]
        return "; ".join(["only days that are over could reach it", *texts])
    return "".join(texts[:1])


def requirement_text(
    requirement: Requirement, *, visited: bool = False, problem: Problem | None = None
) -> str:
    """Return one requirement in English; parameters are those of `detail_of`."""
    kind, number, nights = requirement.kind, requirement.households, requirement.nights
    if requirement.text is not None:
        return requirement.text
    text = _TEXTS[kind]
    if kind is RequirementKind.CREW_DAY and number is None:
        text = "more crew-days would reach the others" if visited else "one more could reach it"
    elif kind is RequirementKind.LOWER_MINIMUM and number is None:
        text = "a visit has to reach more than one may reach"
    elif kind is RequirementKind.LONGER_DAY and number is None:
        text = "no crew-day was found that would reach it, and none is ruled out"
    elif kind is RequirementKind.UNPIN and requirement.team is None:
        text = "left out, as pinned"
    return text.format(
        team=requirement.team,
        day=_day(requirement.day, problem),
        place=_place(requirement.place, problem),
        minutes=_count(requirement.minutes or 0, "minute"),
        number=number,
        more=" more" if visited else "",
        use=f"full on {_count(nights, 'night')}" if nights else "where a bed is free",
        whose=_whose(requirement, problem),
        least="one household" if number == 1 else f"{number} households",
    )


_FITS = "it fits into the day of team {team} on {day}"
_TEXTS = {
    RequirementKind.MINUTES: "{minutes} more for team {team} on {day} would reach {number}{more}",
    RequirementKind.CREW_DAY: "one more crew-day from {place} would reach {number}",
    RequirementKind.NIGHT: "a night at {place}, {use}, would bring {number} in reach",
    RequirementKind.OPEN_DAY: "its doors may not be knocked on any working day",
    RequirementKind.ROAD: "no team's vehicle has a way there and back",
    RequirementKind.LONGER_DAY: "no team can reach {least} there and be at a bed in its hours",
    RequirementKind.DETOUR: "the drive there, {minutes} more {whose}, costs more than "
    "{number} would bring",
    RequirementKind.LOWER_MINIMUM: "a visit has to reach more than one may reach; a least number "
    "of {number} would bring {number} in reach, and so may a larger share of one visit",
    RequirementKind.SEARCH: f"{_FITS} as the plan stands; the search missed it",
    RequirementKind.UNPIN: f"{_FITS}, but for what is pinned",
    RequirementKind.TEAM: "no crew is sent to this district",
    RequirementKind.NOTE: "",
}


def _whose(requirement: Requirement, problem: Problem | None) -> str:
    """Return which drive becomes longer: that of a team's day, or of one more from a base."""
    if requirement.place is not None:
        return f"on one more crew-day from {_place(requirement.place, problem)}"
    return f"for team {requirement.team} on {_day(requirement.day, problem)}"


def _place(place: str | None, problem: Problem | None) -> str:
    if place is None:
        return "a base"
    if problem is None or place not in problem.index:
        return place
    return problem.places[problem.index[place]].name.strip() or place


def _day(day: int | None, problem: Problem | None) -> str:
    if day is None:
        return "a day"
    if problem is None or not 0 <= day < len(problem.days):
        return f"day {day + 1}"
    return str(problem.days[day].date)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
