"""Answers on standard output, for people or machines, and files that are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli.console import Steps, Terminal
from routeplan.cli.terminal import write_json
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, write_whole
from routeplan.language import gettext
from routeplan.language import gettext as _
from routeplan.workflow.outputs import check_replaceable

if TYPE_CHECKING:
    import pandas as pd


class Output:
    """Where a command answers: to machines in JSON, or to people; and with or without progress."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def steps(self) -> Steps:
        """Return the progress of this command."""
        return Steps(quiet=self.quiet)

    def console(self, values: Mapping[str, Any]) -> Terminal:
        """Show values to machines; return where more is shown, which only people see."""
        if self.as_json:
            write_json(values)
        return Terminal(quiet=self.as_json)

    def answer(self, values: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Show values to machines, and lines to people."""
        self.console(values).lines(*lines)

    def files(self, written: Mapping[str, Path]) -> None:
        """Show where files are."""
        self.console({"files": written}).files(written)

    def tables(
        self,
        shown: Mapping[str, pd.DataFrame],
        written: Mapping[str, Path],
        *,
        data: Mapping[str, pd.DataFrame] | None = None,
        note: str = "",
    ) -> None:
        """Show tables under their titles; machines get `data` instead, if it is given."""
        if self.as_json:
            values = {
                title.lower().replace(" ", "_"): json.loads(frame.to_json(orient="records"))
                for title, frame in (data or shown).items()
            }
            values |= {"note": note} if note else {}
            write_json({**values, "files": written})
            return
        console = Terminal()
        for title, frame in shown.items():
            console.frame(gettext(title), frame)
        if note:
            console.bold(note)
        console.files(written)


def check_output(written: Path | None, *read: Path | None) -> None:
    """Refuse an output that cannot be written, or that the command reads."""
    if written is None:
        return
    check_writable(written)
    if written.exists() and any(path and path.exists() and written.samefile(path) for path in read):
        message = _("is read by this command and would be overwritten by it")
        raise InputError([Fault(str(written), message, _("choose another name with -o"))])


def check_folder(folder: Path, *names: str) -> None:
    """Refuse a folder into which `write_folder` could not write, before long work is done."""
    paths = [folder / name for name in names]
    check_replaceable(paths)
    check_writable(*paths)


def write_folder(folder: Path, contents: Mapping[str, str | bytes]) -> dict[str, Path]:
    """Write files into a folder, all or none and over none of the user's own; return paths."""
    paths = {name: folder / name for name in contents}
    check_replaceable(paths.values())
    write_whole({paths[name]: content for name, content in contents.items()})
    return paths
