"""Districts planned apart, joined into one problem and one plan for it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from routeplan import __version__
from routeplan.errors import Faults
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Run,
    StoppedBy,
    Summary,
    Tour,
)
from routeplan.model.problem import Problem, TravelTimes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["join"]


def join(
    cases: Mapping[str, tuple[Problem, Plan | None]], *, name: str = ""
) -> tuple[Problem, Plan]:
    """Join districts and their plans into one problem and its plan.

    Parameters
    ----------
    cases
        By district: its problem and its plan, None where no crew is sent there.
    name
        Of the joined problem.

    Returns
    -------
    problem, plan
        Ids of places and teams are those of the district behind its name: ``north/v01``. There is
        no way from one district to another; the bound is the sum of theirs.

    Raises
    ------
    InputError
        Naming each district whose days or rules differ from those of the first one, or where no
        crew is sent anywhere.
    """
    first = next(iter(cases), None)
    faults = Faults()
    for district, (problem, _) in cases.items():
        for part in ("days", "rules"):
            if getattr(problem, part) != getattr(cases[first][0], part):  # type: ignore[index]
                faults.add(district, f"its {part} are not those of {first}")
    if first is None:
        faults.add("districts", "there are none")
    faults.raise_any()
    joined = _problem(cases, name)
    return joined, _plan(cases, problem_sha256(problem_to_json(joined)))


def _problem(cases: Mapping[str, tuple[Problem, Plan | None]], name: str) -> Problem:
    problems = {district: problem for district, (problem, _) in cases.items()}
    sent = {district for district, (_, plan) in cases.items() if plan is not None}

    def moved(part: str, *fields: str) -> tuple[object, ...]:
        return tuple(
            dataclasses.replace(
                each, **{field: f"{district}/{getattr(each, field)}" for field in fields}
            )
            for district, problem in problems.items()
            for each in getattr(problem, part)
            if part != "teams" or district in sent
        )

    first = next(iter(problems.values()))
    return first.replace(
        name=name,
        places=moved("places", "id"),
        travel=_travel(list(problems.values())),
        villages=moved("villages", "place"),
        sleeps=moved("sleeps", "place"),
        teams=moved("teams", "id", "start", "end"),
    )


def _travel(problems: Sequence[Problem]) -> dict[str, TravelTimes]:
    size = sum(len(problem.places) for problem in problems)
    vehicles = sorted({vehicle for problem in problems for vehicle in problem.travel})
    joined = {}
    for vehicle in vehicles:
        seconds, metres = np.zeros((2, size, size), dtype=np.int64)
        reachable = np.eye(size, dtype=np.bool_)
        has_metres = True
        at = 0
        for problem in problems:
            block = slice(at, at + len(problem.places))
            at = block.stop
            times = problem.travel.get(vehicle)
            if times is None:
                continue
            seconds[block, block] = times.seconds
            reachable[block, block] = times.reachable
            has_metres = has_metres and times.metres is not None
            if times.metres is not None:
                metres[block, block] = times.metres
        joined[vehicle] = TravelTimes(seconds, reachable, metres if has_metres else None)
    return joined


def _plan(cases: Mapping[str, tuple[Problem, Plan | None]], sha256: str) -> Plan:
    tours: list[Tour] = []
    left_out: list[LeftOut] = []
    plans = []
    for district, (problem, plan) in cases.items():
        if plan is None:
            left_out.extend(_nobody(district, problem))
            continue
        plans.append(plan)
        tours.extend(_moved_tour(district, tour) for tour in plan.tours)
        left_out.extend(_moved_left_out(district, left) for left in plan.left_out)
    bounds = [plan.summary.upper_bound for plan in plans]
    known = [bound for bound in bounds if bound is not None]
    summary = Summary(
        households=sum(plan.summary.households for plan in plans),
        weighted=sum(plan.summary.weighted for plan in plans),
        upper_bound=sum(known) if len(known) == len(bounds) else None,
        drive_seconds=sum(plan.summary.drive_seconds for plan in plans),
    )
    return Plan(sha256, tuple(tours), tuple(left_out), summary, _run(plans))


def _run(plans: Sequence[Plan]) -> Run:
    reasons = {plan.run.stopped_by for plan in plans} or {StoppedBy.PROVED}
    worst = [StoppedBy.INTERRUPT, StoppedBy.TIME, StoppedBy.ITERATIONS, StoppedBy.PROVED]
    return Run(
        engine="+".join(sorted({plan.run.engine for plan in plans})),
        seed=plans[0].run.seed if plans else 0,
        seconds=round(sum(plan.run.seconds for plan in plans), 3),
        iterations=sum(plan.run.iterations for plan in plans),
        stopped_by=next(reason for reason in worst if reason in reasons),
        routeplan=__version__,
    )


def _nobody(district: str, problem: Problem) -> list[LeftOut]:
    no_team = (Requirement(RequirementKind.TEAM),)
    return [
        LeftOut(f"{district}/{village.place}", village.households, Reason.NO_TIME, no_team)
        for village in problem.villages
        if village.households
    ]


def _moved_left_out(district: str, left: LeftOut) -> LeftOut:
    requirements = tuple(
        dataclasses.replace(
            each,
            team=each.team and f"{district}/{each.team}",
            place=each.place and f"{district}/{each.place}",
        )
        for each in left.requirements
    )
    return dataclasses.replace(left, place=f"{district}/{left.place}", requirements=requirements)


def _moved_tour(district: str, tour: Tour) -> Tour:
    def moved(parts: Sequence[object]) -> tuple[object, ...]:
        return tuple(
            dataclasses.replace(part, place=f"{district}/{part.place}")  # type: ignore[type-var,attr-defined]
            for part in parts
        )

    return dataclasses.replace(
        tour,
        team=f"{district}/{tour.team}",
        start=f"{district}/{tour.start}",
        end=f"{district}/{tour.end}",
        stops=moved(tour.stops),  # type: ignore[arg-type]
        rests=moved(tour.rests),  # type: ignore[arg-type]
    )
