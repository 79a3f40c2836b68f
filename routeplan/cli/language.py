"""The language of help, messages and errors, chosen before a command is known."""

from __future__ import annotations

import copy
import inspect
import locale
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

from routeplan.language import (
    LANGUAGE_VARIABLE,
    LANGUAGES,
    gettext,
    message_language,
    translation,
)

# Where gettext looks for the system's choice, the most particular first.
SYSTEM = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
# A line of a scenario, which may have faults elsewhere and is not parsed for this.
_CHOICE = re.compile(rb"""^\s*language\s*=\s*["']([a-z]{2})["']""", re.MULTILINE)
# Modules of click that have texts for people, and look them up by these names.
_OF_CLICK = (
    *(click.core, click.decorators, click.exceptions, click.formatting, click.parser),
    click.types,
)


def choose_language(arguments: Sequence[str]) -> str:
    """Return the language of what a command line shows.

    It is that of ``--language``, else of `LANGUAGE_VARIABLE`, else of the scenario that is named,
    else of the system; where none of these is known, English.
    """
    asked = [
        following if word == "--language" else word.removeprefix("--language=")
        for word, following in zip(arguments, [*arguments[1:], ""], strict=False)
        if word == "--language" or word.startswith("--language=")
    ]
    choices = (
        *asked[-1:],
        os.environ.get(LANGUAGE_VARIABLE, ""),
        *map(_choice_of_scenario, _scenarios(arguments)),
        _choice_of_system(),
    )
    return next((choice for choice in choices if choice in LANGUAGES), "en")


def _scenarios(arguments: Sequence[str]) -> Iterator[Path]:
    """Yield the scenarios that are named, and those in the folders that an office is given."""
    yield from (Path(word) for word in arguments if word.endswith(".toml"))
    if list(arguments[:1]) == ["office"]:
        folders = (word for word in (*arguments[1:], ".") if not word.startswith("-"))
        yield from (Path(folder) / "scenario.toml" for folder in folders)


def _choice_of_scenario(path: Path) -> str:
    try:
        found = _CHOICE.search(path.read_bytes())
    except (OSError, ValueError):  # the command says what is wrong with it
        return ""
    return found[1].decode() if found else ""


def _choice_of_system() -> str:
    for name in SYSTEM:
        if value := os.environ.get(name):
            return value.split(":")[0][:2].lower()
    # Windows has none of these, and calls the languages by their names.
    name = (locale.getlocale()[0] or "").lower()
    return "kk" if name.startswith("kazakh") else name[:2]


def translate_click() -> None:
    """Let click look up its own texts in the catalogues of routeplan."""
    texts = translation(message_language())
    for module in _OF_CLICK:
        # As click asks for them itself: by names that it takes from Python's gettext.
        vars(module).update(_=texts.gettext, ngettext=texts.ngettext)


class Option(click.Option):
    """An option whose help is in the language of messages."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what the help says of it."""
        shown = copy.copy(self)
        shown.help = gettext(self.help) if self.help else None
        shown.metavar = gettext(self.metavar) if self.metavar else None
        return click.Option.get_help_record(shown, ctx)


def language_option() -> Option:
    """Return ``--language`` for commands that make nothing in a language of its own."""
    return Option(
        ["--language"],
        type=click.Choice(LANGUAGES),
        expose_value=False,  # `choose_language` has read it
        help="Of all that is shown. Default: the scenario's, or this machine's.",
    )


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a docstring, each on one line."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield " ".join(paragraph.split())
