"""A report of one plan: a page with map, tables, figures, proof and inputs that needs nothing else.

It has no time of day and no path in it: the same plan gives the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from routeplan import __version__
from routeplan.analysis.charts import label_of, plain
from routeplan.analysis.compare import coverage_by_group
from routeplan.analysis.labels import group_label
from routeplan.analysis.simulation import simulate
from routeplan.audit import audit_plan
from routeplan.display import clock
from routeplan.handouts import MapData, build_view, render_map
from routeplan.handouts.labels import reason_label
from routeplan.handouts.map_view import TEAM_COLOURS
from routeplan.language import (
    date_label,
    gettext,
    message_language,
    ngettext,
    number_text,
    period_label,
)
from routeplan.language import gettext as _
from routeplan.model.objective import gap_percent, kept_visits
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options
from routeplan.workflow.draw import MapPage
from routeplan.workflow.plan_rows import left_out_row, objective_lines, reach_line, tour_rows
from routeplan.workflow.versions import library_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.analysis.uncertainty import Trials
    from routeplan.model.plan import LeftOut, Plan, Run
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario

__all__ = ["InputFile", "draw_report", "files_of"]

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a plan was made from, as the report names it.

    Examples
    --------
    >>> (folder / "villages.csv").write_bytes(b"id,households")
    13
    >>> InputFile.read(folder / "villages.csv").size
    13
    """

    name: str
    size: int
    sha256: str

    @classmethod
    def read(cls, path: Path) -> InputFile:
        """Read the size and the hash of a file."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(path.name, file.tell(), sha256)


def files_of(scenario: Scenario) -> list[Path]:
    """Return the files that a scenario names."""
    sources: list[Any] = [scenario.roads, scenario.villages, scenario.villages.homes]
    values = [
        getattr(source, field.name)
        for source in filter(None, sources)
        for field in dataclasses.fields(source)
    ]
    return [value for value in dict.fromkeys(values) if isinstance(value, Path)]


def draw_report(
    problem: Problem,
    plan: Plan,
    data: MapData | None = None,
    *,
    files: Sequence[InputFile] = (),
    trials: Trials | None = None,
) -> MapPage:
    """Return a report of a plan, in the language of messages.

    Parameters
    ----------
    problem, plan
        A plan for this problem.
    data
        What its map is drawn on (`routeplan.workflow.draw.trace_map_data`); None draws straight
        lines.
    files
        What the plan was made from, the scenario first.
    trials
        Draws of travel times, paces and households that the plan is driven with; None leaves that
        out.

    Returns
    -------
    MapPage
        One HTML page that loads nothing.

    Raises
    ------
    InputError
        If the plan was made for another problem, or names what that does not have.

    Examples
    --------
    >>> draw_report(problem, plan, trials=Trials(count=20)).save(folder / "report.html")
    """
    language = message_language()
    page_map = render_map(build_view(problem, plan, data or MapData(language)))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=gettext, ngettext=ngettext)
    violations = audit_plan(problem, plan)
    text = environment.get_template("report.html").render(
        language=language,
        title=problem.name or _("Plan"),
        period=period_label(problem.days[0].date, problem.days[-1].date, language),
        reach=[reach_line(problem, plan), *objective_lines(plan.summary)],
        announced=_announced_line(problem, plan),
        violations=list(map(str, violations)),
        map=page_map,
        figures=list(_figures(problem, plan)),
        tours=[row for team in problem.teams for row in tour_rows(problem, plan, team.id)],
        stops=list(_stop_rows(problem, plan)),
        left_out=_left_out_rows(problem, plan),
        simulated=None if trials is None else _simulated(problem, plan, trials),
        proof=list(_proof_rows(plan)),
        files=files,
        problem_sha256=plan.problem_sha256,
        versions=_versions(),
        commands=_commands(plan.run, files),
        is_reproducible=plan.run.stopped_by in {StoppedBy.ITERATIONS, StoppedBy.PROVED},
    )
    return MapPage(text)


# ---- Tables ----


def _stop_rows(problem: Problem, plan: Plan) -> Iterator[tuple[object, ...]]:
    """Yield team, date, village, arrival, start, end and households of each stop."""
    for team in problem.teams:
        for tour in plan.tours_of(team.id):
            date = date_label(problem.days[tour.day].date, message_language())
            for stop in tour.stops:
                times = map(clock, (stop.arrive, stop.start, stop.end))
                yield team.id, date, problem.place(stop.place).name, *times, stop.households


def _left_out_rows(problem: Problem, plan: Plan) -> list[tuple[object, ...]]:
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    order = sorted(plan.left_out, key=lambda left: -left.households)
    return [_left_out_row(problem, left, is_visited=left.place in visited) for left in order]


def _left_out_row(problem: Problem, left: LeftOut, *, is_visited: bool) -> tuple[object, ...]:
    """Return a row whose reason is in words, as sheets and maps have it."""
    name, households, _label, detail = left_out_row(problem, left, visited=is_visited)
    return name, households, reason_label(left.reason, message_language()), detail


def _announced_line(problem: Problem, plan: Plan) -> str:
    if not problem.announced:
        return ""
    return ngettext(
        "{kept} of {n} announced visits kept",
        "{kept} of {n} announced visits kept",
        len(problem.announced),
        kept=len(kept_visits(problem, plan.tours)),
    )


def _simulated(problem: Problem, plan: Plan, trials: Trials) -> Mapping[str, Any]:
    """Return what driving the plan many times shows: lines, and rows of teams and days."""
    found = simulate(problem, plan, trials)
    figures, table = found.summary(), found.table()
    lines = [
        _(
            "{planned} households are planned; {mean:.0f} are reached on average, and with a "
            "chance of 80 % between {low:.0f} and {high:.0f}.",
            planned=plan.summary.households,
            mean=figures["households"],
            low=figures["low"],
            high=figures["high"],
        ),
        _(
            "{share:.0f} of 100 tours are home by the end of work; in {all:.0f} of 100 weeks all "
            "of them are.",
            share=100 * figures["in_time"],
            all=100 * figures["all_in_time"],
        ),
    ]
    rows = [
        (
            *(row["team"], date_label(problem.days[row["day"] - 1].date, message_language())),
            *(row["planned"], f"{row['households']:.0f}", f"{row['low']:.0f}–{row['high']:.0f}"),
            f"{100 * row['in_time']:.0f} %",
        )
        for row in table.to_dict("records")
    ]
    assumed = dataclasses.asdict(trials.uncertainty)
    values = ", ".join(f"{name} {number_text(f'{value:g}')}" for name, value in assumed.items())
    return {"lines": lines, "rows": rows, "count": trials.count, "assumed": values}


# ---- Proof and inputs ----


def _proof_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what the plan is worth, what no plan exceeds, and how the search went."""
    summary, run = plan.summary, plan.run
    yield _("worth of this plan"), number_text(f"{summary.objective:,.1f}")
    if summary.upper_bound is not None:
        gap = gap_percent(summary.objective, summary.upper_bound)
        yield _("no plan is worth more than"), number_text(f"{summary.upper_bound:,.1f}")
        yield _("at most so much can be gained"), number_text(f"{gap:.2f} %")
    stopped = {
        StoppedBy.PROVED: _("no better plan exists"),
        StoppedBy.ITERATIONS: _("limit of iterations"),
        StoppedBy.TIME: _("limit of time"),
        StoppedBy.INTERRUPT: _("stopped by the user"),
    }
    yield _("the search ended by"), stopped[run.stopped_by]
    yield _("seconds of search"), number_text(f"{run.seconds:,.1f}")
    yield _("iterations"), number_text(f"{run.iterations:,}")
    yield _("seed"), str(run.seed)
    yield _("engine"), run.engine


def _versions() -> dict[str, str]:
    own = {"routeplan": __version__, "Python": platform.python_version()}
    return own | library_versions()


def _commands(run: Run, files: Sequence[InputFile]) -> list[str]:
    """Return the commands that make the plan and its map again."""
    scenario = files[0].name if files and files[0].name.endswith(".toml") else None
    defaults = Options()
    given = [f"--seed {run.seed}"] if run.seed != defaults.seed else []
    given += [f"--engine {run.engine}"] if run.engine != defaults.engine else []
    if run.stopped_by is StoppedBy.ITERATIONS:
        given.append(f"--iterations {run.iterations}")
    else:
        given.append(f"--seconds {max(1, round(run.seconds))}")
    options = " ".join(given)
    if scenario is None:
        return [f"routeplan solve problem.json -o plan.json {options}"]
    return [
        f"routeplan run {scenario} -o outputs {options}",
        f"routeplan report {scenario} outputs/plan.json",
    ]


# ---- Figures ----


def _figures(problem: Problem, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield each figure's caption and its SVG."""
    if plan.tours:
        yield _("Households reached by day and team"), _svg(_draw_days(problem, plan))
    caption = _("Households reached, by size of village")
    yield caption, _svg(_draw_sizes(problem, plan))


def _draw_days(problem: Problem, plan: Plan) -> Figure:
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    panel = figure.subplots()
    days = range(len(problem.days))
    heights = [0] * len(days)
    for n, team in enumerate(problem.teams):
        own = [0] * len(days)
        for tour in plan.tours_of(team.id):
            own[tour.day] += tour.households
        colour = TEAM_COLOURS[n % len(TEAM_COLOURS)]
        # No font has signs that print nothing.
        name = label_of("".join(sign if sign.isprintable() else "�" for sign in team.id))
        panel.bar(days, own, 0.7, heights, color=colour, edgecolor="white", label=name)
        heights = [low + more for low, more in zip(heights, own, strict=True)]
    labels = [date_label(day.date, message_language()) for day in problem.days]
    # A label a day where there is room for it.
    step = -(-len(days) // 10)
    panel.set_xticks(list(days)[::step], labels[::step])
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    if len(problem.teams) <= len(TEAM_COLOURS):
        figure.legend(loc="outside right upper", frameon=False)
    plain(panel)
    return figure


def _draw_sizes(problem: Problem, plan: Plan) -> Figure:
    table = coverage_by_group({"": plan}, problem)
    spots = range(len(table))
    figure = Figure(figsize=(8, 0.9 + 0.45 * len(table)), layout="constrained")
    panel = figure.subplots()
    panel.barh(spots, table["households"], 0.7, color="#d9d9d9", label=_("households there"))
    panel.barh(spots, table["reached"], 0.7, color=TEAM_COLOURS[0], label=_("households reached"))
    panel.set_yticks(spots, [*map(group_label, table["group"])])
    panel.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    plain(panel)
    return figure


def _svg(figure: Figure) -> str:
    """Return a figure as SVG whose letters are those of the page."""
    file = io.StringIO()
    look: dict[Any, str] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "routeplan",
        "font.family": "sans-serif",
    }
    with mpl.rc_context(look):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue().partition("<svg")[2].join(("<svg", ""))
