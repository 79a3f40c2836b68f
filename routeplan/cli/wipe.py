"""Remove what routeplan made in a folder, or its caches."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.doctor import CHANGED, LIMITS, SECRET_KEY, resolve
from routeplan.cli.output import Output
from routeplan.cli.terminal import write_error
from routeplan.errors import Fault, InputError
from routeplan.files import INDEX
from routeplan.language import gettext, marked, ngettext
from routeplan.language import gettext as _
from routeplan.ledger.marks import find_kind
from routeplan.workflow.outputs import FolderContents, find_caches, remove_files, scan_folder

NOT_OURS = marked("not made by routeplan")
PACK = marked("a sealed pack by its name, not made here")
LEDGER = marked("a ledger: the results recorded in it would be lost")
CACHED = marked("in the cache, which --caches empties")
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
    doomed, kept = _select(folder, caches=caches or folder is None, changed=changed)
    files = list(itertools.chain(*doomed.values()))
    removed = bool(files) and not dry_run and (yes or _confirm(files, kept))
    if removed:
        for place, each in doomed.items():
            remove_files(each, within=place)
    values = {
        "removed": removed,
        "paths": files,
        "kept": [{"path": path, "why": gettext(why)} for path, why in kept.items()],
        "wiping": LIMITS,
    }
    scope = "" if folder is not None and caches else gettext(NOT_WIPED[folder is None])
    lines = (*_removed_lines(files, removed=removed), *_kept_lines(kept), scope, gettext(LIMITS))
    out.answer(values, filter(None, lines))


def _select(
    folder: Path | None, *, caches: bool, changed: bool
) -> tuple[dict[Path, Sequence[Path]], dict[Path, str]]:
    """Return the files that are removed, by their folder, and those that are kept, and why."""
    stores = find_caches() if caches else ()
    doomed: dict[Path, Sequence[Path]] = {each.folder: each.files for each in stores if each.wiped}
    if folder is None:
        return doomed, {}
    folder = resolve(folder)
    made, kept = _sort_files(scan_folder(folder), changed=changed)
    cached = {path.absolute() for path in itertools.chain(*doomed.values())}
    left = set() if caches else _in_cache_below(folder).intersection(made)
    doomed[folder] = [path for path in made if path.absolute() not in cached and path not in left]
    return doomed, kept | dict.fromkeys(sorted(left), CACHED)


def _in_cache_below(folder: Path) -> set[Path]:
    """Return the cache's files if it lies below a folder; that it is the folder is no accident."""
    own = next(each for each in find_caches() if each.name == "roads")
    if folder.resolve() not in own.folder.resolve().parents:
        return set()
    return {folder / path.resolve().relative_to(folder.resolve()) for path in own.files}


def _sort_files(found: FolderContents, *, changed: bool) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a folder that are removed, and those that are kept, with the reason."""
    kept = dict.fromkeys(found.ledgers, LEDGER) | dict.fromkeys(found.keys, SECRET_KEY)
    kept |= {path: PACK if path.suffix == ".age" else NOT_OURS for path in found.others}
    # An index stays where it alone says what the files are that stay: the next time, too.
    known_by_index = [path for path in found.ledgers if find_kind(path) == "sealed"]
    known_by_index += () if changed else found.changed
    indexes = {path.with_name(INDEX) for path in known_by_index}
    made = [path for path in found.made if path not in indexes]
    if changed:
        return [*made, *found.changed], kept
    return made, dict.fromkeys(found.changed, CHANGED) | kept


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
