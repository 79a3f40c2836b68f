"""The texts of the code and of the command line, and the catalogues of their translations.

``python -m tests.helpers.texts [FILE.po …]`` brings the catalogues in line with the code: texts
that are new are added, those that are gone are dropped, and translations are taken from the files
that are named, whose header says of which language they are. It prints what has no translation.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from routeplan.cli.commands import COMMANDS, Commands
from routeplan.cli.language import paragraphs, translate_click
from routeplan.language import LANGUAGES, Language
from tests.helpers import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = paths.ROOT / "routeplan"
TRANSLATED: tuple[Language, ...] = tuple(each for each in LANGUAGES if each != "en")

HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""

Text: TypeAlias = str | tuple[str, ...]
"""A text, or the singular and the plural of one."""


OF_CLICK: tuple[Text, ...] = (
    *("Usage:", "Options", "default: {default}", "Missing command."),
    *("Show this message and exit.", "Show the version and exit."),
    "{value!r} is not a valid {number_type}.",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    "Option {name!r} does not take a value.",
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
)
"""What click says itself, of what our commands have use for."""


def catalogue_path(language: Language) -> Path:
    """Return where a catalogue lies."""
    return PACKAGE / "locale" / language / "routeplan.po"


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue, or a part of one."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def texts_by_file() -> Iterator[tuple[str, Text]]:
    """Yield each text with the file it is in, file by file."""
    keywords = DEFAULT_KEYWORDS | {"marked": None}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    for name, _, text, _, _ in extract_from_dir(str(PACKAGE), methods, keywords=keywords):
        yield f"routeplan/{name}", tuple(text) if isinstance(text, list | tuple) else text
    yield from (("routeplan/cli/commands.py", text) for text in command_texts())


def command_texts() -> Iterator[Text]:
    """Yield what the help of the command line consists of, beside what is marked in the code."""
    translate_click()  # in English again, whatever the commands of other tests spoke
    group = Commands()
    yield from COMMANDS.values()
    for parameter in group.get_params(click.Context(group)):
        yield from filter(None, [getattr(parameter, "help", None)])
    yield from group.collect_usage_pieces(click.Context(group))
    yield from OF_CLICK
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        context = click.Context(command)
        yield from paragraphs(command.help or "")
        for parameter in command.get_params(context):
            if isinstance(parameter, click.Option):
                yield from filter(None, (parameter.help, parameter.metavar))
        yield from command.collect_usage_pieces(context)


# What takes texts for people: errors and faults, progress, remarks, lines and prompts.
_SHOWING = {
    *("Fault", "InputError", "RoadError", "PlanError", "AuditError", "RouteplanError"),
    *("UsageError", "BadParameter", "on_step", "note", "lines", "bold", "write_error", "_report"),
}
_MARKING = {"_", "gettext", "marked", "ngettext"}
# Names that such texts are given first.
_NAMES = {"message", "hint", "remark"}


def unmarked_texts(folder: Path) -> Iterator[str]:
    """Yield the place of each text for people that is not marked to be translated."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            shown: list[ast.expr] = []
            if isinstance(node, ast.Call) and _shows(node.func):
                # Where a fault is, is a field, a file or an option.
                first = 1 if _name_of(node.func) in {"Fault", "add"} else 0
                shown = [*node.args[first:], *(each.value for each in node.keywords)]
            elif isinstance(node, ast.Assign) and _NAMES & set(map(_name_of, node.targets)):
                shown = [node.value]
            for value in shown:
                yield from (
                    f"{path.relative_to(folder.parent)}:{each.lineno}" for each in _words(value)
                )


def marked_texts(folder: Path) -> Iterator[str]:
    """Yield each text that is written where it is marked, wherever that is."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name_of(node.func) in _MARKING and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def _shows(function: ast.expr) -> bool:
    name = _name_of(function)
    if name == "add" and isinstance(function, ast.Attribute):
        return "faults" in ast.unparse(function.value)
    return name in _SHOWING


def _name_of(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def _words(node: ast.expr) -> Iterator[ast.Constant]:
    """Yield constants with words, outside of what is marked."""
    if isinstance(node, ast.Call) and (_name_of(node.func) in _MARKING or _shows(node.func)):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search(r"[A-Za-z]{2}.* |^[a-z]{4,}$| [A-Za-z]{2}", node.value):
            yield node
    elif isinstance(node, ast.Subscript | ast.Dict):
        return
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _words(child)


def update(language: Language, taken: list[Catalog]) -> list[str]:
    """Rewrite the catalogue of a language, and return the texts that have no translation."""
    path = catalogue_path(language)
    known = [read_catalogue(path), *(each for each in taken if each.locale_identifier == language)]
    new = Catalog(locale=language, fuzzy=False)
    for source, text in texts_by_file():
        new.add(text, locations=[(source, 0)])
    missing = []
    for message in new:
        if not message.id:
            continue
        found = [
            m.string for each in known if (m := each.get(message.id)) and m.string and any(m.string)
        ]
        if found:
            message.string = found[-1]
        else:
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    with path.open("wb") as file:
        # A header of its own: babel's says when it was written, which is no change.
        file.write(HEADER.format(language=language, plural=new.plural_forms).encode())
        write_po(file, new, width=100, include_lineno=False, omit_header=True)
    return missing


if __name__ == "__main__":
    parts = [read_catalogue(Path(name)) for name in sys.argv[1:]]
    for each in TRANSLATED:
        lacking = update(each, parts)
        sys.stdout.write(f"{each}: {len(lacking)} without a translation\n")
        sys.stdout.writelines(f"  {text}\n" for text in lacking)
