"""``plan.json``: what is answered, read and written."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.details import detail_of
from routeplan.formats.document import named, opened, written
from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Rest,
    Run,
    Stop,
    StoppedBy,
    Summary,
    Tour,
)

if TYPE_CHECKING:
    from routeplan.formats.fields import Fields
    from routeplan.model.problem import Problem

__all__ = ["plan_from_json", "plan_to_json"]

FORMAT = "routeplan-plan"
VERSIONS = (1, 2)


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
    root = opened(text, source, FORMAT, faults, versions=VERSIONS)
    read_left_out = _left_out if root.whole("version") > 1 else _left_out_of_version_1
    plan = root.build(
        Plan,
        problem_sha256=root.text("problem_sha256"),
        tours=tuple(_tour(fields) for fields in root.children("tours")),
        left_out=tuple(read_left_out(fields) for fields in root.children("left_out")),
        summary=_summary(root.child("summary")),
        run=_run(root.child("run")),
    )
    if plan is None or faults:
        raise named(faults, source)
    return plan


def plan_to_json(plan: Plan, *, version: int = 2, problem: Problem | None = None) -> str:
    """Write a plan: the same plan always gives the same text.

    Parameters
    ----------
    plan
        Any plan.
    version
        Of the file: 1 has English texts where 2 has requirements.
    problem
        Gives names and dates for the texts of version 1; ids and day numbers are written without.

    Raises
    ------
    InputError
        Where the version is not known.

    Examples
    --------
    >>> plan_from_json(plan_to_json(plan)) == plan
    True
    """
    if version not in VERSIONS:
        raise InputError([Fault("version", f"{version} is not known", "known are 1 and 2")])
    summary, run = plan.summary, plan.run
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    bound = None if summary.upper_bound is None else float(summary.upper_bound)
    return written(
        {
            "format": FORMAT,
            "version": version,
            "problem_sha256": plan.problem_sha256,
            "tours": [_tour_values(tour) for tour in plan.tours],
            "left_out": [
                {
                    "place": left.place,
                    "households": left.households,
                    "reason": left.reason,
                    **(
                        {"requirements": [_requirement_values(each) for each in left.requirements]}
                        if version > 1
                        else {
                            "detail": detail_of(
                                left, visited=left.place in visited, problem=problem
                            )
                        }
                    ),
                }
                for left in plan.left_out
            ],
            "summary": {
                "households": summary.households,
                "weighted": float(summary.weighted),
                "upper_bound": bound,
                "drive_seconds": summary.drive_seconds,
            },
            "run": {
                "engine": run.engine,
                "seed": run.seed,
                "seconds": float(run.seconds),
                "iterations": run.iterations,
                "stopped_by": run.stopped_by,
                "routeplan": run.routeplan,
            },
        }
    )


def _tour(fields: Fields) -> Tour | None:
    return fields.build(
        Tour,
        team=fields.text("team"),
        day=fields.whole("day"),
        start=fields.text("from"),
        end=fields.text("to"),
        depart=fields.whole("depart"),
        arrive=fields.whole("arrive"),
        drive_seconds=fields.whole("drive_seconds"),
        stops=tuple(_stop(child) for child in fields.children("stops")),
        rests=tuple(_rest(child) for child in fields.children("rests")),
    )


def _stop(fields: Fields) -> Stop | None:
    return fields.build(
        Stop,
        place=fields.text("place"),
        arrive=fields.whole("arrive"),
        start=fields.whole("start"),
        end=fields.whole("end"),
        households=fields.whole("households"),
    )


def _rest(fields: Fields) -> Rest | None:
    return fields.build(
        Rest,
        place=fields.text("place"),
        start=fields.whole("start"),
        end=fields.whole("end"),
    )


def _left_out(fields: Fields) -> LeftOut | None:
    children = fields.children("requirements", required=False)
    return fields.build(
        LeftOut,
        place=fields.text("place"),
        households=fields.whole("households"),
        reason=fields.choice("reason", Reason),
        requirements=tuple(_requirement(child) for child in children),
    )


def _left_out_of_version_1(fields: Fields) -> LeftOut | None:
    detail = fields.text("detail")
    note = Requirement(RequirementKind.NOTE, text=detail)
    return fields.build(
        LeftOut,
        place=fields.text("place"),
        households=fields.whole("households"),
        reason=fields.choice("reason", Reason),
        requirements=(note,) if detail else (),
    )


_TEXTS = ("team", "place", "trouble", "text")
_NUMBERS = ("day", "minutes", "households", "nights", "metres")


def _requirement(fields: Fields) -> Requirement | None:
    return fields.build(
        Requirement,
        kind=fields.choice("kind", RequirementKind),
        **{name: fields.maybe(name, fields.text) for name in _TEXTS},
        **{name: fields.maybe(name, fields.whole) for name in _NUMBERS},
    )


def _requirement_values(requirement: Requirement) -> dict[str, object]:
    values = dataclasses.asdict(requirement)
    return {name: value for name, value in values.items() if value is not None}


def _summary(fields: Fields) -> Summary | None:
    return fields.build(
        Summary,
        households=fields.whole("households"),
        weighted=fields.number("weighted"),
        upper_bound=fields.maybe("upper_bound", fields.number),
        drive_seconds=fields.whole("drive_seconds"),
    )


def _run(fields: Fields) -> Run | None:
    return fields.build(
        Run,
        engine=fields.text("engine"),
        seed=fields.whole("seed"),
        seconds=fields.number("seconds"),
        iterations=fields.whole("iterations"),
        stopped_by=fields.choice("stopped_by", StoppedBy),
        routeplan=fields.text("routeplan"),
    )


def _tour_values(tour: Tour) -> dict[str, object]:
    return {
        "team": tour.team,
        "day": tour.day,
        "from": tour.start,
        "to": tour.end,
        "depart": tour.depart,
        "arrive": tour.arrive,
        "drive_seconds": tour.drive_seconds,
        "stops": [
            {
                "place": stop.place,
                "arrive": stop.arrive,
                "start": stop.start,
                "end": stop.end,
                "households": stop.households,
            }
            for stop in tour.stops
        ],
        "rests": [
            {"place": rest.place, "start": rest.start, "end": rest.end} for rest in tour.rests
        ],
    }
