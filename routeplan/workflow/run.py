"""A run: from a scenario to a folder with its problem, its plan and their map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.display import one_line
from routeplan.errors import RouteplanError
from routeplan.files import check_writable, sign, write_whole
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import gettext as _
from routeplan.planner import Options, find_engine
from routeplan.workflow.outputs import RUN, check_own, without_map
from routeplan.workflow.prepare import plan_tours, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Plan
    from routeplan.planner import Progress
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared

__all__ = ["FILES", "Results", "check_results", "run", "write_map", "write_results"]

FILES = ("problem.json", "plan.json", "map.html")
"""Files that a run writes into its folder."""


@dataclass(frozen=True, slots=True)
class Results:
    """The plan of a run, and its files."""

    prepared: Prepared
    plan: Plan
    problem_file: Path
    plan_file: Path
    map_file: Path

    def __repr__(self) -> str:
        files = ", ".join(file.name for file in (self.problem_file, self.plan_file, self.map_file))
        return one_line("Results", self.prepared.scenario.name, repr(self.plan), files)


def run(
    scenario: Scenario | str | Path,
    folder: str | Path,
    options: Options | None = None,
    *,
    on_step: Callable[[str], None] = lambda _: None,
    report: Callable[[Progress], None] | None = None,
    overwrite: bool = False,
) -> Results:
    """Write the problem, plan and map of a scenario into a folder, as `write_results` does.

    Parameters
    ----------
    scenario, folder, options, on_step, report
        The folder, and the parameters of `prepare` and `plan_tours`, which raise the same.
    overwrite
        Also a problem and a plan that were changed since, or made by another command.

    Examples
    --------
    >>> results = run(scenario, folder, Options(iterations=5, bound=False))
    >>> results.map_file.name
    'map.html'
    """
    find_engine((options or Options()).engine)
    check_results(folder, overwrite=overwrite)
    prepared = prepare(scenario, on_step=on_step)
    on_step(_("planning"))
    return write_results(
        prepared, plan_tours(prepared, options, report=report), folder, on_step=on_step
    )


def check_results(folder: str | Path, *, overwrite: bool = False) -> None:
    """Refuse a folder in which `write_results` could not write, before long work is done.

    Unless `overwrite`, that is also one with a problem or a plan that the last run did not write.
    """
    files = [Path(folder) / name for name in FILES]
    check_writable(*files)
    if not overwrite:
        check_own(RUN, *files[:2])


def write_results(
    prepared: Prepared,
    plan: Plan,
    folder: str | Path,
    *,
    on_step: Callable[[str], None] = lambda _: None,
) -> Results:
    """Write a problem, its plan and their map into a folder.

    The problem and the plan are written before the map is drawn. InputError says so where the map
    fails.
    """
    files = [Path(folder) / name for name in FILES]
    texts = problem_to_json(prepared.problem), plan_to_json(plan)
    write_whole(dict(zip(files[:2], texts, strict=True)))
    sign(RUN, *files[:2])
    on_step(_("drawing the map"))
    write_map(prepared, plan, folder)
    return Results(prepared, plan, *files)


def write_map(prepared: Prepared, plan: Plan, folder: str | Path) -> None:
    """Write the map of a plan beside it; InputError says that the plan is kept where it fails."""
    from routeplan.workflow.draw import draw_map  # noqa: PLC0415  # loads libraries of pages and sheets

    files = [Path(folder) / name for name in FILES]
    try:
        write_whole({files[2]: draw_map(prepared, plan).html})
    except (RouteplanError, OSError) as error:
        raise without_map(error, *files) from None
