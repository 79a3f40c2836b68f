"""What commands share: how they run, and their options."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli.language import Option, language_option, paragraphs
from routeplan.cli.output import Output
from routeplan.files import cache_folder, private_files
from routeplan.isolation import environment, isolated
from routeplan.language import LANGUAGES, gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

# Tells matplotlib where to keep its list of fonts; osmnx loads it, too.
FONTS = "MPLCONFIGDIR"


class Command(click.Command):
    """A command that opens no connection and writes files for their owner alone.

    Its function gets an `Output` as ``out``, beside the values of its own parameters.
    """

    offline = True
    listening = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and those of all commands."""
        *own, help_option = super().get_params(ctx)
        names = {each.name for each in own}
        return [*own, *(each for each in COMMON if each.name not in names), help_option]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, which click keeps in the language of its first use."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = gettext("Show this message and exit.")
        return option

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what the usage consists of, in the language of messages."""
        return [gettext(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        del ctx
        with formatter.indentation():
            for paragraph in paragraphs(self.help or ""):
                formatter.write_paragraph()
                formatter.write_text(gettext(paragraph))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click's
        """Call the function of the command."""
        ctx.params["out"] = Output(as_json=ctx.params.pop("json"), quiet=ctx.params.pop("quiet"))
        # Libraries, too, write for the owner alone, and matplotlib only where it is wiped.
        fonts = os.environ.get(FONTS) or str(cache_folder().absolute() / "matplotlib")
        with contextlib.ExitStack() as stack:
            scheduler = ctx.params.get("scheduler")
            stack.enter_context(
                isolated(offline=self.offline, scheduler=scheduler, listening=self.listening)
            )
            stack.enter_context(environment({FONTS: fonts}))
            stack.enter_context(private_files())
            return super().invoke(ctx)


class OnlineCommand(Command):
    """A command that may open connections."""

    offline = False


class ListeningCommand(Command):
    """A command that may listen on loopback, and opens no connection."""

    listening = True


def _keep_traceback(context: click.Context, _: click.Parameter, value: object) -> None:
    context.meta["traceback"] = value


COMMON = (
    language_option(),
    Option(["--json"], is_flag=True, help="Answer in JSON, for machines."),
    Option(["-q", "--quiet"], is_flag=True, help="Show no progress."),
    Option(
        ["--traceback"],
        is_flag=True,
        expose_value=False,
        callback=_keep_traceback,
        help="Show where in the program an error came from.",
    ),
)

command = functools.partial(click.command, cls=Command, context_settings={"show_default": True})


def paths(*names: str, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add arguments that are paths."""
    return combined(*(click.argument(name, type=Path, **settings) for name in names))


def option(name: str, metavar: str, text: str, /, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add an option with one value; in `settings` what click takes beside."""
    return click.option(*name.split(), cls=Option, metavar=metavar, help=text, **settings)


def path(name: str, metavar: str, text: str, /, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add an option whose value is a path."""
    return option(name, metavar, text, type=Path, **settings)


def output(metavar: str, text: str, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add ``-o``: where a command writes to."""
    return path("-o --output", metavar, text, **settings)


def flag(name: str, text: str) -> Decorator:
    """Add an option without a value."""
    return click.option(name, cls=Option, is_flag=True, help=text)


def combined(*decorators: Decorator) -> Decorator:
    """Return one decorator for several, of which the first comes first in the help."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def choice(name: str, choices: Sequence[Any], text: str, /, **settings: Any) -> Decorator:  # noqa: ANN401  # click's
    """Add an option with one of some values."""
    kind = click.Choice(choices)
    return click.option(*name.split(), cls=Option, type=kind, help=text, **settings)


language = choice(
    "--language",
    LANGUAGES,
    "Of maps and sheets and all that is shown. Default: the scenario's.",
)


def search(seconds: float = 30.0) -> Decorator:
    """Add the options of a search, of which the function gets its `Options` as ``search``."""
    added = (
        option("--seconds", "S", "Time limit; not reproducible.", type=float, default=seconds),
        option(
            *("--cpu-seconds", "S"),
            "Time limit of the processor, instead: as much search where other work slows it down.",
            type=float,
        ),
        option("--iterations", "NUMBER", "Iteration limit, instead; reproducible.", type=int),
        option("--seed", "NUMBER", "Of all random choices.", type=int, default=1),
        option("--engine", "NAME", "columns, or routing, which proves nothing.", default="columns"),
        click.option(
            "--bound/--no-bound", cls=Option, default=True, help="Prove how good the plan is."
        ),
    )

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def run(**values: Any) -> Any:  # noqa: ANN401  # of all types
            from routeplan.planner import Options

            names = ("engine", "seconds", "cpu_seconds", "iterations", "seed", "bound")
            chosen = {name: values.pop(name) for name in names}
            if chosen["iterations"] is not None or chosen["cpu_seconds"] is not None:
                chosen["seconds"] = None
            return function(search=Options(**chosen), **values)

        return combined(*added)(run)

    return decorate
