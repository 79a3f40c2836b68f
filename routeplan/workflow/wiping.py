"""Removing what routeplan made: which files go, which are kept, and why."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.files import INDEX
from routeplan.files.locks import is_locked
from routeplan.language import marked
from routeplan.ledger.marks import find_kind
from routeplan.workflow.outputs import FolderContents, find_caches, remove_files, scan_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Why a file is kept; `gettext` translates it where it is shown.
CHANGED = marked("made by routeplan and changed since; --changed removes it too")
SECRET_KEY = marked("a secret key of packs")
NOT_OURS = marked("not made by routeplan")
PACK = marked("a sealed pack by its name, not made here")
LEDGER = marked("a ledger: the results recorded in it would be lost")
CACHED = marked("in the cache, which --caches empties")

IN_USE = marked("locked by an office that is open, or by its work")

LIMITS = marked(
    "wiping removes files; it cannot make unreadable what a solid-state disk, a backup, a cloud "
    "folder or the system's own list of recent files has kept of them: encrypt the whole disk "
    "before the next plan, which protects what wiping cannot reach"
)


# Files that a process locks; removing one would let two processes lock two files of one name.
LOCK = re.compile(r"\.routeplan\.(?!index)\w+")


@dataclass(frozen=True, slots=True)
class Wiping:
    """What wiping removes and what it keeps.

    Parameters
    ----------
    removed
        Files by the folder that they are removed from: that of the outputs, and those of caches.
    kept
        The other files of the folder of outputs, and why they are kept, in English.
    """

    removed: Mapping[Path, Sequence[Path]]
    kept: Mapping[Path, str]

    @property
    def files(self) -> list[Path]:
        """All files that are removed."""
        return list(itertools.chain(*self.removed.values()))

    def apply(self) -> None:
        """Remove the files, and the folders that are empty then; raises as `remove_files`."""
        for place, each in self.removed.items():
            remove_files(each, within=place)


def select_files(
    folder: Path | None,
    *,
    caches: bool = False,
    changed: bool = False,
    needed: Mapping[Path, str] | None = None,
    found: FolderContents | None = None,
) -> Wiping:
    """Select what is removed from a folder and below it, or from caches.

    Ledgers, secret keys and files that routeplan did not make are always kept.

    Parameters
    ----------
    folder
        Where outputs are; None where only caches are emptied.
    caches
        Whether caches are emptied.
    changed
        Whether files are removed, too, that were changed since they were made.
    needed
        Files that are kept all the same, each with the reason.
    found
        What is in the folder, if it is known already.
    """
    stores = find_caches() if caches else ()
    removed: dict[Path, Sequence[Path]] = {each.folder: each.files for each in stores if each.wiped}
    if folder is None:
        return Wiping(removed, {})
    found = found or scan_folder(folder)
    made, kept = _sort_files(found, changed=changed, needed=needed or {})
    if caches:
        cached = {path.absolute() for path in itertools.chain(*removed.values())}
        removed[folder] = [path for path in made if path.absolute() not in cached]
    else:
        left = _in_cache_below(folder).intersection(made)
        removed[folder] = [path for path in made if path not in left]
        kept |= dict.fromkeys(sorted(left), CACHED)
    return Wiping(removed, kept)


def _in_cache_below(folder: Path) -> set[Path]:
    """Return the cache's files if it lies below a folder; that it is the folder is no accident."""
    own = next(each for each in find_caches() if each.name == "roads")
    if folder.resolve() not in own.folder.resolve().parents:
        return set()
    return {folder / path.resolve().relative_to(folder.resolve()) for path in own.files}


def _sort_files(
    found: FolderContents, *, changed: bool, needed: Mapping[Path, str]
) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a folder that are removed, and those that are kept, with the reason."""
    kept = _reasons(found, needed, changed=changed)
    # An index stays where it alone says what the files are that stay: the next time, too.
    known_by_index = [path for path in found.ledgers if find_kind(path) == "sealed"]
    known_by_index += [*needed, *(path for path, why in kept.items() if why == IN_USE)]
    known_by_index += () if changed else found.changed
    indexes = {path.with_name(INDEX) for path in known_by_index}
    ours = [*found.made, *found.changed]
    return [path for path in ours if path not in indexes and path not in kept], kept


def _reasons(
    found: FolderContents, needed: Mapping[Path, str], *, changed: bool
) -> dict[Path, str]:
    """Return why files are kept, by path; indexes are kept silently."""
    kept = {} if changed else dict.fromkeys(found.changed, CHANGED)
    kept |= dict.fromkeys(found.ledgers, LEDGER) | dict.fromkeys(found.keys, SECRET_KEY)
    kept |= {path: IN_USE for path in found.made if LOCK.fullmatch(path.name) and is_locked(path)}
    kept |= {path: PACK if path.suffix == ".age" else NOT_OURS for path in found.others}
    everything = {*found.made, *found.changed, *found.others}
    return kept | {path: why for path, why in needed.items() if path in everything}
