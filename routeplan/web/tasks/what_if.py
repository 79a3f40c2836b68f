"""Search for plans of variants of the problem, one after the other, and compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routeplan.errors import RouteplanError
from routeplan.language import gettext as _
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, solve
from routeplan.workflow.legs import driven_legs
from routeplan.workflow.prepare import prepare
from routeplan.workflow.what_if import WhatIf, closure, outcome_of, road_names

if TYPE_CHECKING:
    from routeplan.model.problem import Problem
    from routeplan.web.tasks import Work
    from routeplan.workflow.prepare import Prepared


def run(work: Work) -> None:
    """Say what each of ``variants`` reaches in a search of ``seconds`` that begins from the plan.

    The first search is for the problem as it is: a longer search alone may reach more. Without
    variants, only the names of the roads that the plan drives are said.
    """
    _where, problem, plan, prepared = work.current()
    legs = driven_legs(problem, plan, prepared.graph, prepared.snaps)
    rows: list[dict[str, Any]] = []
    result = {
        "plan_sha256": plan.problem_sha256,
        "roads": road_names(legs),
        "base": outcome_of(problem, plan).record(),
        "rows": rows,
    }
    work.say(result=result)
    asked = [WhatIf(**each) for each in work.values["variants"]]
    options = Options(seconds=work.values["seconds"])
    for n, variant in enumerate([WhatIf("same"), *asked] if asked else [], start=1):
        row: dict[str, Any] = {"kind": variant.kind, "value": variant.value}
        step = _("variant {n} of {all}", n=n, all=len(asked) + 1)
        try:
            posed = _posed(variant, problem, prepared, work)
            work.on_step(step)
            found = solve(posed, options, start=plan, report=work.report)
        except KeyboardInterrupt:
            if not rows:
                raise
            break
        except RouteplanError as error:
            rows.append(row | {"faults": list(map(str, error.faults))})
        else:
            rows.append(row | outcome_of(posed, found).record())
            if found.run.stopped_by is StoppedBy.INTERRUPT:
                break
        finally:
            work.say(result=result)


def _posed(variant: WhatIf, problem: Problem, prepared: Prepared, work: Work) -> Problem:
    """Return the problem of a variant; where a road is closed, with travel times without it."""
    if variant.kind != "road":
        return variant.problem(problem)
    shut = closure(variant.value, note=_("closed now"), source=_("road"))
    now = prepare(prepared.scenario, on_step=work.on_step, overrides=(shut,)).problem
    return problem.replace(travel={name: now.travel[name] for name in problem.travel})
