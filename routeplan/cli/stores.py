"""What is stored on this machine, and its removal: ``doctor`` and ``wipe``."""

from __future__ import annotations

import importlib.metadata
import itertools
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan import __version__
from routeplan.cli import options
from routeplan.cli.terminal import write_error
from routeplan.errors import Fault, InputError
from routeplan.files import INDEX, is_temporary, remove_abandoned
from routeplan.workflow.outputs import find_caches, remove_files, scan_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.cli.output import Output
    from routeplan.workflow.outputs import Cache, FolderContents

CHANGED = "made by routeplan and changed since; --changed removes it too"
SECRET_KEY = "a secret key of packs"  # noqa: S105  # says what a file is
NOT_OURS = "not made by routeplan"
MAX_KEPT = 200

# What is left alone: by whether no folder is named.
NOT_WIPED = {
    False: "caches are left alone: 'routeplan wipe' empties them, and so does --caches",
    True: "only caches are emptied: 'routeplan wipe FOLDER' removes what was made in a folder",
}
LEAVES = (
    "nothing leaves this machine, unless 'routeplan fetch' is run: it names the host and what it "
    "will send it, and asks first; or a cluster is named with --scheduler, which is sent the "
    "problems. A map page asks for nothing, but a phone's map app that opens a QR code, a GPX or a "
    "KML file may itself be online"
)
LIMITS = (
    "wiping removes files; it cannot make unreadable what a solid-state disk, a backup, a cloud "
    "folder or the system's own list of recent files has kept of them: encrypt the whole disk "
    "before the next plan, which protects what wiping cannot reach"
)


@options.command()
@click.argument("folder", default=".", type=Path)
def doctor(out: Output, folder: Path) -> None:
    """Show what is stored where, and what could leave this machine.

    FOLDER, and what is below it, is searched for what routeplan made. Default: this folder.
    """
    folder = _resolve(folder)
    stores, found = find_caches(), scan_folder(folder)
    temporary = [path for path in found.made if is_temporary(path)]
    removed = remove_abandoned(path.parent for path in temporary)
    made = tuple(path for path in found.made if path not in removed)
    values = {
        "routeplan": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": _libraries(),
        "languages": list(options.LANGUAGES),
        "outputs": _totals("outputs", folder, made)
        | {
            "temporary": list(map(str, temporary)),
            "changed": list(map(str, found.changed)),
            "keys": list(map(str, found.keys)),
        },
        "stores": list(map(_store_totals, stores)),
        "leaves": LEAVES,
        "wiping": LIMITS,
    }
    ends = {True: "removed now", False: "its writer may be running"}
    text = "a temporary file of a run that did not end"
    lines = [
        f"routeplan {__version__}, Python {values['python']}, {values['system']}",
        f"languages of handouts: {', '.join(options.LANGUAGES)}",
        "",
        f"{_size(made)} in {folder.resolve()}: what routeplan made there and below",
        *(f"  {path}: {text}; {ends[path in removed]}" for path in temporary),
        *(f"  {path}: {CHANGED}" for path in found.changed),
        *(f"  {path}: {SECRET_KEY}" for path in found.keys),
        *(f"{_size(each.files)} in {each.folder.absolute()}: {each.holds}" for each in stores),
        "",
        LEAVES,
        "'routeplan wipe' empties the caches, and 'routeplan wipe FOLDER' what it made there",
        LIMITS,
    ]
    out.answer(values, lines)


@options.command()
@click.argument("folder", required=False, type=Path)
@options.flag("--caches", "Remove caches beside a folder's files.")
@options.flag("--changed", "Remove also what was changed since it was made.")
@options.flag("--dry-run", "List what would be removed, remove nothing.")
@options.flag("--yes", "Do not ask.")
def wipe(
    *, out: Output, folder: Path | None, caches: bool, changed: bool, dry_run: bool, yes: bool
) -> None:
    """Remove what routeplan made in a folder, or its caches.

    With FOLDER, what was made there is removed, and caches are left alone. Files that are kept
    are named, each with the reason.
    """
    doomed, kept = _select(folder, caches=caches or folder is None, changed=changed)
    files = list(itertools.chain(*doomed.values()))
    removed = bool(files) and not dry_run and (yes or _confirm(files, kept))
    if removed:
        for place, each in doomed.items():
            remove_files(each, within=place)
    values = {
        "removed": removed,
        "paths": list(map(str, files)),
        "kept": [{"path": str(path), "why": why} for path, why in kept.items()],
        "wiping": LIMITS,
    }
    scope = "" if folder is not None and caches else NOT_WIPED[folder is None]
    lines = (*_removed_lines(files, removed=removed), *_kept_lines(kept), scope, LIMITS)
    out.answer(values, filter(None, lines))


def _resolve(folder: Path) -> Path:
    """Return a folder that exists, with a link to it resolved."""
    if not folder.is_dir():
        raise InputError([Fault(str(folder), "is no folder")])
    return folder.resolve() if folder.is_symlink() else folder


def _select(
    folder: Path | None, *, caches: bool, changed: bool
) -> tuple[dict[Path, Sequence[Path]], dict[Path, str]]:
    """Return the files that are removed, by their folder, and those that are kept, and why."""
    stores = find_caches() if caches else ()
    doomed: dict[Path, Sequence[Path]] = {each.folder: each.files for each in stores if each.wiped}
    if folder is None:
        return doomed, {}
    folder = _resolve(folder)
    made, kept = _sort_files(scan_folder(folder), changed=changed)
    cached = {path.absolute() for path in itertools.chain(*doomed.values())}
    doomed[folder] = [path for path in made if path.absolute() not in cached]
    return doomed, kept


def _sort_files(found: FolderContents, *, changed: bool) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a folder that are removed, and those that are kept, with the reason."""
    kept = dict.fromkeys(found.keys, SECRET_KEY) | dict.fromkeys(found.others, NOT_OURS)
    if changed:
        return [*found.made, *found.changed], kept
    # An index stays where it lists files that stay: the next time, too, their maker is known.
    indexes = {path.with_name(INDEX) for path in found.changed}
    made = [path for path in found.made if path not in indexes]
    return made, dict.fromkeys(found.changed, CHANGED) | kept


def _confirm(files: Sequence[Path], kept: Mapping[Path, str]) -> bool:
    """Ask on the terminal; where there is none, nobody has agreed."""
    if not sys.stdin.isatty():
        hint = "look with --dry-run, then repeat it with --yes"
        raise InputError([Fault("", "there is no terminal to ask whether to remove files", hint)])
    for line in (*map(str, files), *_kept_lines(kept)):
        write_error(line)
    write_error("remove all of these but what is kept? Type yes: ", end="")
    return sys.stdin.readline().strip().casefold() == "yes"


def _removed_lines(files: Sequence[Path], *, removed: bool) -> Iterator[str]:
    yield from map(str, files)
    if files:
        yield f"{len(files)} files{'' if removed else ', none'} removed"
    else:
        yield "there is nothing to remove"


def _kept_lines(kept: Mapping[Path, str]) -> Iterator[str]:
    """Yield the name of each file that is kept, and why; of many, those that matter most."""
    for path, why in itertools.islice(kept.items(), MAX_KEPT):
        yield f"kept: {path} ({why})"
    if len(kept) > MAX_KEPT:
        yield f"kept: {len(kept) - MAX_KEPT:,} more, which --json names"


def _totals(name: str, folder: Path, files: tuple[Path, ...]) -> dict[str, object]:
    size = sum(path.stat().st_size for path in files)
    return {"name": name, "folder": str(folder.absolute()), "files": len(files), "bytes": size}


def _store_totals(store: Cache) -> dict[str, object]:
    totals = _totals(store.name, store.folder, store.files)
    return totals | {"holds": store.holds, "wiped": store.wiped}


def _size(files: tuple[Path, ...]) -> str:
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    return f"{len(files)} files, {megabytes:.1f} MB"


def _libraries() -> dict[str, str]:
    """Return the installed version of each library that routeplan requires."""
    try:
        required = importlib.metadata.requires("routeplan") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^\w.-]", text)[0] for text in required if "extra ==" not in text]
    return {name: importlib.metadata.version(name) for name in sorted(names)}
