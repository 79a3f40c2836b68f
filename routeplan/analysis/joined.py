"""Districts and their plans joined into one problem and its plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan import __version__
from routeplan.errors import Fault, Faults, InputError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Run,
    StoppedBy,
    Summary,
)
from routeplan.model.problem import Problem, TravelTimes, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.model.problem import Posed

    Cases = Mapping[str, tuple[Problem, Plan | None]]
    PosedCases = Mapping[str, tuple[Posed, Plan | None]]


def join(posed: PosedCases, *, name: str = "") -> tuple[Problem, Plan]:
    """Join districts and their plans into one problem and its plan, with ids like ``north/v01``.

    Districts are not connected to each other; the bound is the sum of theirs. In a case, the plan
    is None where no team is sent. InputError names districts whose days or rules differ from those
    of the first; or says that there are none.
    """
    faults = Faults()
    if not posed:
        raise InputError([Fault("districts", _("there are none"))])
    cases = {district: (problem_of(each), plan) for district, (each, plan) in posed.items()}
    first = next(iter(cases))
    for district, (problem, _plan) in cases.items():
        if problem.days != cases[first][0].days:
            faults.add(district, _("its days are not those of {district}", district=first))
        if problem.rules != cases[first][0].rules:
            faults.add(district, _("its rules are not those of {district}", district=first))
    faults.raise_any()
    joined = _joined_problem(cases, name)
    return joined, _joined_plan(cases, problem_sha256(problem_to_json(joined)))


def joined_villages(cases: PosedCases) -> dict[str, tuple[str, ...]]:
    """Return the ids that the villages of each district have in the joined problem."""
    return {
        district: tuple(f"{district}/{village.place}" for village in problem_of(posed).villages)
        for district, (posed, _plan) in cases.items()
    }


def _joined_problem(cases: Cases, name: str) -> Problem:
    problems = [problem for problem, _ in cases.values()]

    def prefixed(part: str, *fields: str) -> tuple[Any, ...]:
        return tuple(
            each
            for district, (problem, plan) in cases.items()
            if part != "teams" or plan is not None
            for each in _prefixed(district, getattr(problem, part), *fields)
        )

    return problems[0].replace(
        name=name,
        places=prefixed("places", "id"),
        travel=_block_diagonal(problems),
        villages=prefixed("villages", "place"),
        sleeps=prefixed("sleeps", "place"),
        teams=prefixed("teams", "id", "start", "end"),
        announced=tuple(
            each
            for district, (problem, plan) in cases.items()
            if plan is not None
            for each in _prefixed(district, problem.announced, "team", "place")
        ),
        districts=tuple(
            replace(each, places=tuple(f"{district}/{place}" for place in each.places))
            for district, (problem, _) in cases.items()
            for each in _prefixed(district, problem.districts, "id")
        ),
    )


def _prefixed(district: str, values: Iterable[Any], *fields: str) -> tuple[Any, ...]:
    """Return dataclasses with the name of their district before the ids in some fields."""
    return tuple(
        replace(each, **{f: f"{district}/{getattr(each, f)}" for f in fields if getattr(each, f)})
        for each in values
    )


def _block_diagonal(problems: Sequence[Problem]) -> dict[str, TravelTimes]:
    ends = np.cumsum([len(problem.places) for problem in problems])
    joined = {}
    for vehicle in sorted({vehicle for problem in problems for vehicle in problem.travel}):
        shape = ends[-1], ends[-1]
        seconds, metres = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        reachable = np.eye(ends[-1], dtype=np.bool_)
        has_metres = True
        for end, problem in zip(ends, problems, strict=True):
            times = problem.travel.get(vehicle)
            if times is None:
                continue
            block = slice(end - len(problem.places), end)
            seconds[block, block] = times.seconds
            reachable[block, block] = times.reachable
            if times.metres is None:
                has_metres = False
            else:
                metres[block, block] = times.metres
        for matrix in (seconds, reachable, metres):
            matrix.setflags(write=False)  # so that no copy of it is made
        joined[vehicle] = TravelTimes(seconds, reachable, metres if has_metres else None)
    return joined


def _joined_plan(cases: Cases, sha256: str) -> Plan:
    plans = {district: plan for district, (_, plan) in cases.items() if plan is not None}
    tours = tuple(
        replace(
            tour,
            stops=_prefixed(district, tour.stops, "place"),
            rests=_prefixed(district, tour.rests, "place"),
        )
        for district, plan in plans.items()
        for tour in _prefixed(district, plan.tours, "team", "start", "end")
    )
    left_out = tuple(
        left for district, case in cases.items() for left in _joined_left_out(district, *case)
    )
    summary = _joined_summary([plan.summary for plan in plans.values()])
    return Plan(sha256, tours, left_out, summary, _joined_run([p.run for p in plans.values()]))


def _joined_left_out(district: str, problem: Problem, plan: Plan | None) -> tuple[LeftOut, ...]:
    unvisited = (
        LeftOut(v.place, v.households, Reason.NO_TIME, (Requirement(RequirementKind.TEAM),))
        for v in problem.villages
        if v.households
    )
    left_out = (
        replace(left, requirements=_prefixed(district, left.requirements, "team", "place"))
        for left in (plan.left_out if plan else unvisited)
    )
    return _prefixed(district, left_out, "place")


def _joined_summary(summaries: Sequence[Summary]) -> Summary:
    bounds = [each.upper_bound for each in summaries]
    return Summary(
        households=sum(each.households for each in summaries),
        weighted=sum(each.weighted for each in summaries),
        objective=sum(each.objective for each in summaries),
        upper_bound=None if None in bounds else sum(bound or 0.0 for bound in bounds),
        drive_seconds=sum(each.drive_seconds for each in summaries),
    )


def _joined_run(runs: Sequence[Run]) -> Run:
    reasons = {run.stopped_by for run in runs} or {StoppedBy.PROVED}
    worst_first = [StoppedBy.INTERRUPT, StoppedBy.TIME, StoppedBy.ITERATIONS, StoppedBy.PROVED]
    return Run(
        engine="+".join(sorted({run.engine for run in runs})),
        seed=runs[0].seed if runs else 0,
        seconds=round(sum(run.seconds for run in runs), 3),
        iterations=sum(run.iterations for run in runs),
        stopped_by=next(reason for reason in worst_first if reason in reasons),
        routeplan=__version__,
    )
