"""Requirements in English: the ``detail`` of plan.json, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.model.plan import QUANTIFIED, Reason, RequirementKind

if TYPE_CHECKING:
    from routeplan.model.plan import LeftOut, Requirement
    from routeplan.model.problem import Problem

__all__ = ["detail_of", "requirement_text"]


def detail_of(left: LeftOut, *, visited: bool, problem: Problem | None = None) -> str:
    """Return why a village is left out, and the first thing that it would take.

    Parameters
    ----------
    left
        The households that are left out.
    visited
        Whether the plan reaches others of the village.
    problem
        Gives names of places and dates; ids and day numbers are written without it.
    """
    texts = [
        requirement_text(requirement, visited=visited, problem=problem)
        for requirement in left.requirements[:2]
    ]
    if left.reason is Reason.NO_TIME and texts:
        if left.requirements[0].kind in QUANTIFIED:
            texts = ["visited as long as fits" if visited else "all crew-days are full", texts[0]]
        return "; ".join(texts)
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
    RequirementKind.SEARCH: f"{_FITS} as the plan stands; the search missed it",
    RequirementKind.UNPIN: f"{_FITS}, but for what is pinned",
    RequirementKind.TEAM: "no crew is sent to this district",
    RequirementKind.NOTE: "",
}


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
