"""What commands share: how they run, common options, and checks of the files that they read."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli.output import Output
from routeplan.errors import INTERRUPTED, Fault, InputError
from routeplan.files import cache_folder, check_writable, private_files, read_bytes
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256, problem_to_json
from routeplan.isolation import environment, isolated
from routeplan.model.plan import StoppedBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# Those of `routeplan.language`, which is loaded only where a text is needed.
LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")
# Tells matplotlib where to keep its list of fonts; osmnx loads it, too.
FONTS = "MPLCONFIGDIR"


class Command(click.Command):
    """A command that opens no connection and writes files for their owner alone.

    Its function gets an `Output` as ``out``, beside the values of its own parameters.
    """

    offline = True

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and those of all commands."""
        *own, help_option = super().get_params(ctx)
        return [*own, *COMMON, help_option]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click's
        """Call the function of the command."""
        ctx.params["out"] = Output(as_json=ctx.params.pop("json"), quiet=ctx.params.pop("quiet"))
        # Libraries, too, write for the owner alone, and matplotlib only where it is wiped.
        fonts = os.environ.get(FONTS) or str(cache_folder().absolute() / "matplotlib")
        with contextlib.ExitStack() as stack:
            scheduler = ctx.params.get("scheduler")
            stack.enter_context(isolated(offline=self.offline, scheduler=scheduler))
            stack.enter_context(environment({FONTS: fonts}))
            stack.enter_context(private_files())
            return super().invoke(ctx)


class OnlineCommand(Command):
    """A command that may open connections."""

    offline = False


def _keep_traceback(context: click.Context, _: click.Parameter, value: object) -> None:
    context.meta["traceback"] = value


COMMON = (
    click.Option(["--json"], is_flag=True, help="Answer in JSON, for machines."),
    click.Option(["-q", "--quiet"], is_flag=True, help="Show no progress."),
    click.Option(
        ["--traceback"],
        is_flag=True,
        expose_value=False,
        callback=_keep_traceback,
        help="Show where in the program an error came from.",
    ),
)

command = functools.partial(click.command, cls=Command, context_settings={"show_default": True})


def paths(*names: str) -> Decorator:
    """Add arguments that are paths."""
    return combined(*(click.argument(name, type=Path) for name in names))


def option(name: str, metavar: str, text: str, /, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add an option with one value; in `settings` what click takes beside."""
    return click.option(*name.split(), metavar=metavar, help=text, **settings)


def path(name: str, metavar: str, text: str, /, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add an option whose value is a path."""
    return option(name, metavar, text, type=Path, **settings)


def output(metavar: str, text: str, default: str | None = None, **settings: bool) -> Decorator:
    """Add ``-o``: where a command writes to."""
    more = settings if default is None else {**settings, "default": default}
    return path("-o --output", metavar, text, **more)


def flag(name: str, text: str) -> Decorator:
    """Add an option without a value."""
    return click.option(name, is_flag=True, help=text)


def combined(*decorators: Decorator) -> Decorator:
    """Return one decorator for several, of which the first comes first in the help."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


language = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="Of maps and sheets: English, Kazakh or Russian. Default: the scenario's.",
)
workers = option(
    "--workers", "N", "Number of processes; 0: none beside. Default: one for each core.", type=int
)


def search(seconds: float = 30.0) -> Decorator:
    """Add the options of a search, of which the function gets its `Options` as ``search``."""
    added = (
        option("--seconds", "S", "Time limit; not reproducible.", type=float, default=seconds),
        option("--iterations", "N", "Iteration limit, instead; reproducible.", type=int),
        option("--seed", "N", "Of all random choices.", type=int, default=1),
        option("--engine", "NAME", "columns, or routing, which proves nothing.", default="columns"),
        click.option("--bound/--no-bound", default=True, help="Prove how good the plan is."),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(**values: Any) -> Any:  # noqa: ANN401  # of all types
            from routeplan.planner import Options

            names = ("engine", "seconds", "iterations", "seed", "bound")
            chosen = {name: values.pop(name) for name in names}
            if chosen["iterations"] is not None:
                chosen["seconds"] = None
            return function(search=Options(**chosen), **values)

        return combined(*added)(run)

    return decorate


def read_scenario_in(language: Language | None, path: Path) -> Scenario:
    """Read a scenario, whose handouts are in the given language, if there is one."""
    from routeplan.scenario import read_scenario

    scenario = read_scenario(path)
    return scenario if language is None else scenario.replace(language=language)


def read_text(path: Path) -> str:
    """Read a text in UTF-8."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Fault(str(path), "is not in UTF-8", "save it as UTF-8")]) from None


def read_plan_file(path: Path) -> Plan:
    """Read a plan."""
    return plan_from_json(read_bytes(path), source=path.name)


def read_problem_file(path: Path) -> tuple[Problem, str]:
    """Read a problem, and return its hash, too."""
    data = read_bytes(path)
    return problem_from_json(data, source=path.name), problem_sha256(data)


def read_problem_and_plan(problem_file: Path, plan_file: Path) -> tuple[Problem, Plan, str]:
    """Read a problem and a plan that was made for it, and return the problem's hash, too."""
    problem, sha256 = read_problem_file(problem_file)
    plan = read_plan_file(plan_file)
    if sha256 != plan.problem_sha256:
        message = f"was not made for the problem in {problem_file}"
        raise InputError([Fault(str(plan_file), message, "plan it anew with 'solve --start'")])
    return problem, plan, sha256


def check_made_for(plan: Plan, plan_file: Path, prepared: Prepared, scenario_file: Path) -> None:
    """Refuse a plan where the scenario, its villages or its roads have changed since."""
    if problem_sha256(problem_to_json(prepared.problem)) != plan.problem_sha256:
        message = f"was not made for the problem that {scenario_file} poses now"
        raise InputError([Fault(str(plan_file), message, "plan it anew with 'run'")])


def check_output(written: Path | None, *read: Path | None) -> None:
    """Refuse an output that cannot be written, or that the command reads."""
    if written is None:
        return
    check_writable(written)
    if written.exists() and any(path and path.exists() and written.samefile(path) for path in read):
        message = "is read by this command and would be overwritten by it"
        raise InputError([Fault(str(written), message, "choose another name with -o")])


def exit_code_of(plan: Plan) -> int:
    """Return the exit code of a command that made a plan."""
    return INTERRUPTED if plan.run.stopped_by is StoppedBy.INTERRUPT else 0


def find_day(problem: Problem, text: str) -> int:
    """Return the index of a day by its number, from 1, or its date; it may be past the last."""
    index = problem.day_index(text)
    if index is None:
        raise InputError([Fault("--day", f"{text!r} is no day", problem.days_hint)])
    return index
