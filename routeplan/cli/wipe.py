"""Remove what routeplan made in a folder, or its caches."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.doctor import resolve
from routeplan.cli.output import Output
from routeplan.cli.terminal import write_error
from routeplan.errors import Fault, InputError
from routeplan.language import gettext, marked, ngettext
from routeplan.language import gettext as _
from routeplan.workflow.wiping import LIMITS, select_files

YES = frozenset({"yes", "да", "иә"})
MAX_KEPT = 200
# What is left alone: by whether no folder is named.
NOT_WIPED = {
    False: marked("caches are left alone: 'routeplan wipe' empties them, and so does --caches"),
    True: marked(
        "only caches are emptied: 'routeplan wipe FOLDER' removes what was made in a folder"
    ),
}


@options.command()
@options.paths("folder", required=False)
@options.flag("--caches", "Remove caches beside a folder's files.")
@options.flag("--changed", "Remove also what was changed since it was made.")
@options.flag("--dry-run", "List what would be removed, remove nothing.")
@options.flag("--yes", "Do not ask.")
def wipe(
    *, out: Output, folder: Path | None, caches: bool, changed: bool, dry_run: bool, yes: bool
) -> None:
    """Remove what routeplan made in a folder, or its caches.

    With FOLDER, what was made there is removed, and caches are left alone. Files that are kept
    are named, each with the reason; ledgers always are.
    """
    where = None if folder is None else resolve(folder)
    selected = select_files(where, caches=caches or folder is None, changed=changed)
    files, kept = selected.files, selected.kept
    removed = bool(files) and not dry_run and (yes or _confirm(files, kept))
    if removed:
        selected.apply()
    values = {
        "removed": removed,
        "paths": files,
        "kept": [{"path": path, "why": gettext(why)} for path, why in kept.items()],
        "wiping": LIMITS,
    }
    scope = "" if folder is not None and caches else gettext(NOT_WIPED[folder is None])
    lines = (*_removed_lines(files, removed=removed), *_kept_lines(kept), scope, gettext(LIMITS))
    out.answer(values, filter(None, lines))


def _confirm(files: Sequence[Path], kept: Mapping[Path, str]) -> bool:
    """Ask on the terminal; where there is none, nobody has agreed."""
    if not sys.stdin.isatty():
        message = _("there is no terminal to ask whether to remove files")
        hint = _("look with --dry-run, then repeat it with --yes")
        raise InputError([Fault("", message, hint)])
    for line in (*map(str, files), *_kept_lines(kept)):
        write_error(line)
    write_error(_("remove all of these but what is kept? Type yes: "), end="")
    return sys.stdin.readline().strip().casefold() in YES


def _removed_lines(files: Sequence[Path], *, removed: bool) -> Iterator[str]:
    yield from map(str, files)
    if not files:
        yield _("there is nothing to remove")
    elif removed:
        yield ngettext("{n} files removed", "{n} files removed", len(files))
    else:
        yield ngettext("{n} files, none removed", "{n} files, none removed", len(files))


def _kept_lines(kept: Mapping[Path, str]) -> Iterator[str]:
    """Yield the name of each file that is kept, and why; of many, those that matter most."""
    for path, why in itertools.islice(kept.items(), MAX_KEPT):
        yield _("kept: {path} ({why})", path=path, why=gettext(why))
    if len(kept) > MAX_KEPT:
        more = len(kept) - MAX_KEPT
        yield _("kept: {more:,} more, which --json names", more=more)
