"""Caches: where they are, what they hold, and whether they may be wiped."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from routeplan.files import cache_folder, is_temporary
from routeplan.workflow.outputs import OSMNX_NAME

__all__ = ["Cache", "find_caches"]

# Where osmnx keeps answers unless it is told otherwise.
OSMNX_FOLDER = Path("cache")

# Of entries, and of the list of fonts that matplotlib keeps for figures of the command.
OWN_NAME = re.compile(r"[0-9a-f]{64}\.cache|fontlist-v[\w.-]+\.json")


@dataclass(frozen=True, slots=True)
class Cache:
    """One place where files are kept.

    Parameters
    ----------
    name, holds
        What it is called, and what can be learnt from it.
    folder, files
        Where it is, and all that is in it.
    wiped
        Whether `routeplan wipe` empties it.
    """

    name: str
    holds: str
    folder: Path
    files: tuple[Path, ...]
    wiped: bool = True

    @property
    def bytes(self) -> int:
        """How much it takes on disk."""
        return sum(path.stat().st_size for path in self.files if path.exists())


def find_caches() -> tuple[Cache, ...]:
    """Return every cache that there may be, those that are empty too."""
    matplotlib = platformdirs.user_cache_path("matplotlib", appauthor=False)
    return (
        Cache(
            "roads",
            "roads and travel times that were worked out: they tell of which district",
            cache_folder(),
            # The user may have named any folder, one in which other things lie, too.
            tuple(path for path in _files_in(cache_folder()) if _is_own(path)),
        ),
        Cache(
            "osmnx",
            "answers of map servers to osmnx in this folder: they tell of which district",
            OSMNX_FOLDER,
            tuple(
                path
                for path in _files_in(OSMNX_FOLDER)
                if OSMNX_NAME.fullmatch(path.name) and not OSMNX_FOLDER.is_symlink()
            ),
        ),
        Cache(
            "matplotlib",
            "names of the fonts of this machine, kept by matplotlib, which is not wiped",
            matplotlib,
            _files_in(matplotlib),
            wiped=False,
        ),
    )


def _is_own(path: Path) -> bool:
    return OWN_NAME.fullmatch(path.name) is not None or is_temporary(path)


def _files_in(folder: Path) -> tuple[Path, ...]:
    """Return all ordinary files in a folder; links are not followed."""
    found: list[Path] = []
    for parent, _, names in os.walk(folder):
        paths = (Path(parent) / name for name in names)
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return tuple(sorted(found))
