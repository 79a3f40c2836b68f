"""Commands that tell what is stored on this machine, and wipe it."""

from __future__ import annotations

import importlib.metadata
import itertools
import platform
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan import __version__
from routeplan.cli import show
from routeplan.cli.terminal import write_error
from routeplan.errors import Fault, InputError
from routeplan.files import INDEX, is_temporary, remove_abandoned
from routeplan.language import LANGUAGES
from routeplan.workflow.outputs import find_caches, remove_files, scan_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from routeplan.workflow.outputs import Cache, FolderContents

__all__ = ["doctor", "wipe"]

CHANGED = "made by routeplan and changed since; --changed removes it too"
MOST_KEPT = 200

# What is not looked into: by whether no folder is named.
ALONE = {
    False: "caches are left alone: 'routeplan wipe' empties them, and so does --caches",
    True: "only caches are emptied: 'routeplan wipe FOLDER' removes what was made in a folder",
}

LEAVES = (
    "nothing leaves this machine, unless 'routeplan fetch' is run: it names the host and what it "
    "will tell it, and asks first; or a cluster is named with --scheduler, which is sent the "
    "problems. A map page asks for nothing, but a phone's map app that opens a QR code, a GPX or a "
    "KML file may itself be online"
)
LIMITS = (
    "wiping removes files; it cannot make unreadable what a solid-state disk, a backup, a cloud "
    "folder or the system's own list of recent files has kept of them: encrypt the whole disk "
    "before the next plan, which protects what wiping cannot reach"
)


def doctor(asked: argparse.Namespace) -> int:
    """Tell what is stored where, and what could leave this machine."""
    folder = _folder(asked.folder)
    stores, found = find_caches(), scan_folder(folder)
    left = [path for path in found.made if is_temporary(path)]
    swept = remove_abandoned(path.parent for path in left)
    found = replace(found, made=tuple(path for path in found.made if path not in swept))
    values = {
        "routeplan": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": _libraries(),
        "languages": list(LANGUAGES),
        "outputs": _values("outputs", folder, found.made)
        | {
            "temporary": [str(path) for path in left],
            "changed": [str(path) for path in found.changed],
            "keys": [str(path) for path in found.keys],
        },
        "stores": [
            _values(store.name, store.folder, store.files)
            | {"holds": store.holds, "wiped": store.wiped}
            for store in stores
        ],
        "leaves": LEAVES,
        "wiping": LIMITS,
    }
    lines = _lines(values, stores, folder, found, {path: path in swept for path in left})
    show.answer(values, lines, as_json=asked.json)
    return 0


def wipe(asked: argparse.Namespace) -> int:
    """Remove what routeplan made in a folder, or caches where none is named; name what is kept."""
    doomed: dict[Path, tuple[Path, ...]] = {}
    if asked.folder is None or asked.caches:
        doomed = {store.folder: store.files for store in find_caches() if store.wiped}
    kept: dict[Path, str] = {}
    if asked.folder is not None:
        folder = _folder(asked.folder)
        found = scan_folder(folder)
        elsewhere = {path.absolute() for files in doomed.values() for path in files}
        # An index stays where it tells of files that stay: the next time, too, it is known whose.
        staying = set() if asked.changed else {path.with_name(INDEX) for path in found.changed}
        made = [path for path in found.made if path not in staying]
        made += found.changed if asked.changed else ()
        doomed[folder] = tuple(path for path in made if path.absolute() not in elsewhere)
        kept = _kept(found, changed=not asked.changed)
    files = [path for each in doomed.values() for path in each]
    gone = bool(files) and not asked.dry_run and (asked.yes or _agreed(files, kept))
    if gone:
        for place, each in doomed.items():
            remove_files(each, within=place)
    values = {
        "removed": gone,
        "paths": [str(path) for path in files],
        "kept": [{"path": str(path), "why": why} for path, why in kept.items()],
        "wiping": LIMITS,
    }
    beside = "" if asked.folder is not None and asked.caches else ALONE[asked.folder is None]
    show.answer(values, _account(files, kept, beside, gone=gone), as_json=asked.json)
    return 0


def _folder(folder: Path) -> Path:
    """Return a folder that is there, with the links resolved that lead to it."""
    if not folder.is_dir():
        raise InputError([Fault(str(folder), "is no folder")])
    return folder.resolve() if folder.is_symlink() else folder


def _kept(found: FolderContents, *, changed: bool) -> dict[Path, str]:
    """Return the files of a folder that are kept, each with the reason."""
    reasons = {
        CHANGED: found.changed if changed else (),
        "a secret key of packs": found.keys,
        "not made by routeplan": found.others,
    }
    return {path: why for why, paths in reasons.items() for path in paths}


def _agreed(files: Iterable[Path], kept: Mapping[Path, str]) -> bool:
    """Ask, on the terminal; where there is none, nobody has agreed."""
    if not sys.stdin.isatty():
        hint = "look with --dry-run, then repeat it with --yes"
        raise InputError([Fault("", "there is no terminal to ask whether to remove files", hint)])
    for line in (*map(str, files), *_keeping(kept)):
        write_error(line)
    write_error("remove all of these but what is kept? Type yes: ", end="")
    return sys.stdin.readline().strip().casefold() == "yes"


def _account(
    files: list[Path], kept: Mapping[Path, str], beside: str, *, gone: bool
) -> Iterator[str]:
    yield from map(str, files)
    if not files:
        yield "there is nothing to remove"
    else:
        yield f"{len(files)} files removed" if gone else f"{len(files)} files, none removed"
    yield from _keeping(kept)
    if beside:
        yield beside
    yield LIMITS


def _keeping(kept: Mapping[Path, str]) -> Iterator[str]:
    """Yield the name of each file that is kept, and why; of many, those that matter most."""
    for path, why in itertools.islice(kept.items(), MOST_KEPT):
        yield f"kept: {path} ({why})"
    if len(kept) > MOST_KEPT:
        yield f"kept: {len(kept) - MOST_KEPT:,} more, which --json names"


def _lines(
    values: Mapping[str, object],
    stores: Iterable[Cache],
    folder: Path,
    found: FolderContents,
    left: Mapping[Path, bool],
) -> Iterator[str]:
    yield f"routeplan {values['routeplan']}, Python {values['python']}, {values['system']}"
    yield f"languages of handouts: {', '.join(LANGUAGES)}"
    yield ""
    yield f"{_size(found.made)} in {folder.resolve()}: what routeplan made there and below"
    for path, gone in left.items():
        what = "removed now" if gone else "its writer may be running"
        yield f"  {path}: a temporary file of a run that did not end; {what}"
    for path in found.changed:
        yield f"  {path}: {CHANGED}"
    for path in found.keys:
        yield f"  {path}: a secret key of packs"
    for store in stores:
        yield f"{_size(store.files)} in {store.folder.absolute()}: {store.holds}"
    yield ""
    yield LEAVES
    yield "'routeplan wipe' empties the caches, and 'routeplan wipe FOLDER' what it made there"
    yield LIMITS


def _values(name: str, folder: Path, files: tuple[Path, ...]) -> dict[str, object]:
    size = sum(path.stat().st_size for path in files)
    return {"name": name, "folder": str(folder.absolute()), "files": len(files), "bytes": size}


def _size(files: tuple[Path, ...]) -> str:
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    return f"{len(files)} files, {megabytes:.1f} MB"


def _libraries() -> dict[str, str]:
    """Return the version of each library that routeplan asks for."""
    try:
        needed = importlib.metadata.requires("routeplan") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^\w.-]", text)[0] for text in needed if "extra ==" not in text]
    return {name: importlib.metadata.version(name) for name in sorted(names)}
