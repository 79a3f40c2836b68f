"""The index of a folder: which files in it were made, by hashes of their names and contents."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ANY", "INDEX", "Entries", "enter", "index_from_json", "index_to_json", "name_digest"]

INDEX = ".routeplan.index"
"""Name of the file that holds the index of its folder."""

ANY = "*"
"""Instead of a hash: whatever the file holds, it was made."""

Entries = dict[str, list[str]]
"""By the hash of a name: hashes of what the file may hold."""

_FORMAT, _VERSION = "routeplan-files", 1


def index_from_json(data: bytes, *, source: str) -> Entries:
    """Read an index.

    Parameters
    ----------
    data
        What its file holds.
    source
        Its path, for errors.

    Raises
    ------
    InputError
        Where it is none.
    """
    try:
        values = json.loads(data)
        if (values["format"], values["version"]) == (_FORMAT, _VERSION):
            files = values["files"].items()
            return {str(name): [str(each) for each in found] for name, found in files}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    message = "is not the index that routeplan keeps under this name"
    raise InputError([Fault(source, message, "move it away")])


def index_to_json(entries: Entries) -> str:
    """Return the text of an index; the same entries give the same text."""
    values = {"format": _FORMAT, "version": _VERSION, "files": dict(sorted(entries.items()))}
    return json.dumps(values, indent=0) + "\n"


def enter(entries: Entries, names: Iterable[str], made: Mapping[str, str]) -> Entries:
    """Return an index with new files entered, and without those that are gone.

    Parameters
    ----------
    entries
        The index as it was.
    names
        Of the files that are in the folder.
    made
        Hashes of what the new files hold, by name.
    """
    there = {name_digest(name) for name in names} if entries else set()
    result = {name: found for name, found in entries.items() if name in there}
    for name, digest in made.items():
        key = name_digest(name)
        # Until a new file is moved to its place, the old one is there.
        result[key] = list(dict.fromkeys([*result.get(key, [])[-1:], digest]))
    return result


def name_digest(name: str) -> str:
    """Return the hash of a file's name, the same for every spelling that a system may give back."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return hashlib.sha256(folded.encode(errors="surrogatepass")).hexdigest()
