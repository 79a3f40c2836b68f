"""Commands that tell what is stored on this machine, and wipe it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan import __version__
from routeplan.cli import show
from routeplan.cli.terminal import write_error
from routeplan.errors import Fault, InputError
from routeplan.language import LANGUAGES
from routeplan.stores import files_made_in, known_stores, remove

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from routeplan.stores import Store

__all__ = ["doctor", "wipe"]

OUTPUTS = Path("outputs")

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
    stores = known_stores()
    outputs = files_made_in(OUTPUTS)
    values = {
        "routeplan": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": _libraries(),
        "languages": list(LANGUAGES),
        "outputs": _values("outputs", OUTPUTS, outputs),
        "stores": [
            _values(store.name, store.folder, store.files)
            | {"holds": store.holds, "wiped": store.wiped}
            for store in stores
        ],
        "leaves": LEAVES,
        "wiping": LIMITS,
    }
    show.answer(values, _lines(values, stores, outputs), as_json=asked.json)
    return 0


def wipe(asked: argparse.Namespace) -> int:
    """Remove caches and, where a folder is named, what routeplan made there."""
    if asked.folder is not None and not asked.folder.is_dir():
        raise InputError([Fault(str(asked.folder), "is no folder")])
    doomed = {store.folder: store.files for store in known_stores() if store.wiped}
    if asked.folder is not None:
        doomed[asked.folder] = files_made_in(asked.folder)
    files = [path for found in doomed.values() for path in found]
    gone = bool(files) and not asked.dry_run and (asked.yes or _agreed(files))
    if gone:
        for folder, found in doomed.items():
            remove(found, within=folder)
    values = {"removed": gone, "paths": [str(path) for path in files], "wiping": LIMITS}
    show.answer(values, _account(files, gone=gone), as_json=asked.json)
    return 0


def _agreed(files: Iterable[Path]) -> bool:
    """Ask, on the terminal; where there is none, nobody has agreed."""
    if not sys.stdin.isatty():
        hint = "look with --dry-run, then repeat it with --yes"
        raise InputError([Fault("", "there is no terminal to ask whether to remove files", hint)])
    for path in files:
        write_error(str(path))
    write_error("remove all of these? Type yes: ", end="")
    return sys.stdin.readline().strip().casefold() == "yes"


def _account(files: list[Path], *, gone: bool) -> Iterator[str]:
    yield from map(str, files)
    if not files:
        yield "there is nothing to remove"
    else:
        yield f"{len(files)} files removed" if gone else f"{len(files)} files, none removed"
    yield LIMITS


def _lines(
    values: Mapping[str, object], stores: Iterable[Store], outputs: tuple[Path, ...]
) -> Iterator[str]:
    yield f"routeplan {values['routeplan']}, Python {values['python']}, {values['system']}"
    yield f"languages of handouts: {', '.join(LANGUAGES)}"
    yield ""
    yield f"{_size(outputs)} in {OUTPUTS.resolve()}: what routeplan made in this folder's outputs"
    for store in stores:
        yield f"{_size(store.files)} in {store.folder.absolute()}: {store.holds}"
    yield ""
    yield LEAVES
    yield f"'routeplan wipe' empties the caches, and 'routeplan wipe {OUTPUTS}' what it made there"
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
