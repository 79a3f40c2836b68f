"""The table of all commands in `routeplan/cli/README.md`.

``python -m tests.cli.command_table`` writes it there.
"""

from __future__ import annotations

import click

from routeplan.cli.commands import COMMANDS, Commands
from tests.helpers import paths

README = paths.ROOT / "routeplan" / "cli" / "README.md"
HEAD = "| command | what it does |\n| --- | --- |\n"


def table() -> str:
    """Return the table, made of the commands themselves."""
    group = Commands()
    rows = []
    for name, summary in COMMANDS.items():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        pieces = command.collect_usage_pieces(click.Context(command))
        required = [each for each in command.params if each.required]
        options = [
            f"{each.opts[0]} {each.metavar}" for each in required if isinstance(each, click.Option)
        ]
        usage = " ".join(["routeplan", name, *pieces[1:], *options])
        rows.append(f"| `{usage}` | {summary.removesuffix('.')} |\n")
    return HEAD + "".join(rows)


def written() -> str:
    """Return the table as the README has it."""
    lines = README.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("|"))


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(text.replace(written(), table()), encoding="utf-8")
