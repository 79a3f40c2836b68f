"""The organizer's office: a page instead of a terminal."""

from __future__ import annotations

import contextlib
import sys
import threading
import webbrowser
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.files import temporary_beside, write_whole
from routeplan.language import gettext as _

PAGE = '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={link}">'
HIGHEST_PORT = 65535


@options.command(cls=options.ListeningCommand)
@options.paths("folder", default=".")
@options.option("--port", "NUMBER", "To listen on; 0 is any free one.", type=int, default=0)
@options.flag("--shortcut", "Write a file that opens the office by a double click, and end.")
@options.flag("--no-browser", "Show the link, and open no browser.")
def office(out: Output, folder: Path, port: int, *, shortcut: bool, no_browser: bool) -> None:
    """Open the organizer's office: all of this as pages in a browser.

    FOLDER is the campaign's folder, with scenario.toml. Default: this folder. The pages are on
    127.0.0.1, which only this machine reaches, and only the browser that is opened with the start
    link gets in. The office ends when it is locked on its page, with Ctrl-C, or when it was not
    used for an hour.
    """
    from routeplan.web.server import serve

    if not 0 <= port <= HIGHEST_PORT:
        raise InputError([Fault("--port", _("{port} is no port", port=port))])
    if shortcut:
        out.files({"shortcut": _write_shortcut(folder)})
        return
    with contextlib.ExitStack() as stack:

        def show(link: str) -> None:
            address = link.partition("/start")[0]
            lines = (
                _(
                    "the office is open on {address}, which only this machine reaches",
                    address=address,
                ),
                _("open it with this link, which works once:"),
                f"  {link}",
                _("it ends with Lock on its page, with Ctrl-C, or when unused for an hour"),
            )
            out.answer({"address": address, "start": link}, lines)
            if not no_browser:
                _open_browser(folder, link, stack)

        serve(folder, port=port, on_ready=show)


def _open_browser(folder: Path, link: str, stack: contextlib.ExitStack) -> None:
    """Open a private page that leads to the link: arguments of programs are seen by all users.

    It is in the campaign's folder: browsers in a sandbox read no hidden folders, as caches are.
    """
    page = stack.enter_context(temporary_beside(folder / "office.html", ".html"))
    page.write_text(PAGE.format(link=link), encoding="utf-8")
    # A browser in the terminal itself would keep the office waiting.
    threading.Thread(target=webbrowser.open, args=(page.absolute().as_uri(),), daemon=True).start()


def _write_shortcut(folder: Path) -> Path:
    from routeplan.web.office import Office
    from routeplan.web.shortcut import shortcut
    from routeplan.workflow.outputs import check_replaceable

    where = Office(folder).folder
    try:
        name, text = shortcut(where, sys.executable, sys.platform)
    except ValueError:
        raise InputError([Fault(str(folder), _("has a name that no shortcut can have"))]) from None
    path = where / name
    check_replaceable([path])
    write_whole({path: text})
    path.chmod(0o700)
    return path
