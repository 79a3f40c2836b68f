"""How the file of a ledger is recognised, without a database library.

An open one is an SQLite file with an application id. A sealed one shows nothing of what it holds:
the index of its folder says what it is.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from routeplan.errors import InputError
from routeplan.files import ANY, enter_in_index, is_temporary, name_digest, read_index

APPLICATION_ID = 0x72706C67
"""In the header of the SQLite file; "rplg" in ASCII."""

SEALED = ".age"
"""Ending of the name of a sealed ledger."""

HEADER_BYTES = 100
IN_INDEX = f"ledger:{ANY}"
"""Entry of sealed ledgers in the index of their folder, whatever they hold."""

# Files that SQLite keeps beside one that is in use.
_COMPANIONS = ("-journal", "-wal", "-shm")

# https://www.sqlite.org/fileformat.html#the_database_header
_MAGIC = b"SQLite format 3\0"
_USER_VERSION, _APPLICATION_ID = slice(60, 64), slice(68, 72)


def version_of(header: bytes) -> int | None:
    """Return the version of a ledger by the header of its file; None if it is no ledger."""
    if not header.startswith(_MAGIC) or len(header) < HEADER_BYTES:
        return None
    if int.from_bytes(header[_APPLICATION_ID]) != APPLICATION_ID:
        return None
    return int.from_bytes(header[_USER_VERSION])


def is_sealed_name(where: Path | str) -> bool:
    """Return whether a ledger is sealed, by its name."""
    return Path(where).suffix.lower() == SEALED


def mark_sealed(path: Path) -> None:
    """Note in the index of a folder that a file there is a sealed ledger."""
    enter_in_index(path, content=IN_INDEX)


def find_kind(path: Path) -> str | None:
    """Return "ledger", "sealed" or None; what SQLite keeps beside a ledger is part of it.

    Raises OSError where the file cannot be read.
    """
    if is_temporary(path):
        return None
    for ending in _COMPANIONS:
        main = path.with_name(path.name.removesuffix(ending))
        if main != path and main.is_file():
            return find_kind(main)
    if is_sealed_name(path):
        with contextlib.suppress(InputError):
            known = read_index(path.parent).get(name_digest(path.name), [])
            return "sealed" if IN_INDEX in known else None
        return None
    with path.open("rb") as file:
        return None if version_of(file.read(HEADER_BYTES)) is None else "ledger"
