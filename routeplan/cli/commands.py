"""The commands by name; each is loaded when it is called, so that ``--help`` answers at once."""

from __future__ import annotations

import importlib
import importlib.util

import click

from routeplan import __version__
from routeplan.cli.language import language_option
from routeplan.errors import nearest
from routeplan.isolation import isolated
from routeplan.language import gettext, marked
from routeplan.language import gettext as _

EPILOG = marked(
    "exit codes: 0 done, 1 failed, 2 wrong input, 3 roads cannot serve, 4 cannot be planned, "
    "5 a plan breaks a rule, 130 stopped with Ctrl-C (the best plan so far is kept)"
)

COMMANDS = {
    "demo": "Run all steps on a fictional district.",
    "run": "Run all steps: scenario, roads, plan, map.",
    "roads report": "Show what a file of roads contains.",
    "roads explain": "Show how the minutes between two places come about.",
    "roads learn": "Correct speeds by the minutes that drivers report.",
    "villages": "List villages and where they meet the roads.",
    "villages match": "Find positions and register codes of villages by name.",
    "villages template": "Write an empty table of villages to fill in.",
    "problem": "Write the planning problem of a scenario.",
    "solve": "Plan the tours of a problem.",
    "replan": "Plan what is left of a plan again, from a day on.",
    "audit": "Check a plan against every rule of its problem.",
    "explain": "Show why a village is left out, and what it would take.",
    "evening": "Review a day: planned against reached, what was missed, and what tomorrow brings.",
    "handouts": "Write all that crews take along, and organizers' files.",
    "map": "Draw a plan on its scenario's roads.",
    "report": "Write a report of a plan: one page with map, tables, figures, proof and inputs.",
    "sheets": "Write a plan as PDF: day, tally and check-in sheets.",
    "phone": "Write a plan as GPX and KML for phones, by crew and day.",
    "layers": "Write a plan as a GeoPackage, styled for QGIS.",
    "workbook write": "Write a plan as a workbook that can be edited.",
    "workbook read": "Read the edits of a workbook, as pins or as a new plan.",
    "record": "Record what visits brought: from a workbook, a table, or typed in.",
    "pack": "Seal what one crew needs on one day into one file.",
    "pack open": "Open a sealed pack.",
    "pack keygen": "Make a key pair: what is sealed to its public half, it opens.",
    "ledger create": "Make the ledger of a campaign, with a scenario's villages.",
    "ledger show": "Show what is recorded, and what is left to do.",
    "ledger backup": "Write a whole ledger into a new file.",
    "ledger restore": "Make a ledger of a backup.",
    "week new": "Plan the next week with what is still unsigned and what was learned.",
    "office": "Open the organizer's office: all of this as pages in a browser.",
    "doctor": "Show what is stored where, and what could leave this machine.",
    "wipe": "Remove what routeplan made in a folder, or its caches.",
    "fetch osm": "Download the roads and places of a district from Overpass.",
    "fetch extract": "Download an OpenStreetMap extract by its URL.",
    "coverage": "Show how far crews get in a day, and where a host helps.",
    "compare": "Compare plans side by side.",
    "frontier": "Show what more crews, days, nights or driving bring.",
    "sweep": "Plan every cell of a grid or list of variants.",
    "country": "Share crews out over districts, and plan them all.",
}
"""Name of each command, and the first line of its help.

Its module, and the function in it, have its name, with ``_`` between words.
"""


def _module_of(function: str) -> str:
    """Return the module of a command: that of its name, or of the first word of its name."""
    is_own = importlib.util.find_spec(f"routeplan.cli.{function}") is not None
    return function if is_own else function.partition("_")[0]


class Commands(click.Group):
    """All commands, or those whose names begin with one word, as ``roads``."""

    def __init__(self, first_word: str = "") -> None:
        self.prefix = f"{first_word} " if first_word else ""
        super().__init__(
            help=_(
                "Plan multi-day door-to-door tours over OpenStreetMap roads. Everything works "
                "offline; nothing leaves this machine but what 'fetch' announces first, and what "
                "is recorded in a ledger on a server."
            ),
            epilog=gettext(EPILOG),
            params=[language_option()],
            no_args_is_help=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        if not first_word:
            click.version_option(__version__, message="%(prog)s %(version)s")(self)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of a campaign."""
        del ctx
        return [name.removeprefix(self.prefix) for name in COMMANDS if name.startswith(self.prefix)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        name = self.prefix + cmd_name
        if name in COMMANDS:
            function = name.replace(" ", "_")
            with isolated():
                module = importlib.import_module(f"routeplan.cli.{_module_of(function)}")
            found: click.Command = getattr(module, function)
            return found
        return Commands(name) if any(full.startswith(f"{name} ") for full in COMMANDS) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word, or of the first two words, of the arguments."""
        two_words = " ".join(args[:2])
        if two_words in COMMANDS:
            args = [two_words, *args[2:]]
        command = self.get_command(ctx, args[0])
        if command is None and not args[0].startswith("-"):
            hint = nearest(args[0], self.list_commands(ctx))
            raise click.UsageError(
                _("there is no command {name!r}; {hint}", name=args[0], hint=hint), ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        names = self.list_commands(ctx)
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, gettext(COMMANDS[self.prefix + name])) for name in names])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what the usage consists of, in the language of messages."""
        return [gettext(piece) for piece in super().collect_usage_pieces(ctx)]
