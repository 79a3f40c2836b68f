"""Files: read, written whole or not at all, readable by the user alone, and found again.

Every file that routeplan writes is entered in the index of its folder, ``.routeplan.index``, so
that it can be found and removed later. The index holds only hashes of names and contents: once a
file is gone, its entry does not reveal what the file was. Files, folders and temporary files are
readable by the user alone, as far as the system has such permissions.
"""

from __future__ import annotations

from routeplan.files.whole import (
    ANY,
    INDEX,
    LARGEST_TOML,
    VARIABLE,
    Entries,
    cache_folder,
    check_writable,
    digest_of,
    enter_in_index,
    error_text,
    is_temporary,
    make_folder,
    move_whole,
    name_digest,
    open_private,
    private_files,
    prune_index,
    read_bytes,
    read_index,
    remove_abandoned,
    temporary_beside,
    write_whole,
)

__all__ = [
    "ANY",
    "INDEX",
    "LARGEST_TOML",
    "VARIABLE",
    "Entries",
    "cache_folder",
    "check_writable",
    "digest_of",
    "enter_in_index",
    "error_text",
    "is_temporary",
    "make_folder",
    "move_whole",
    "name_digest",
    "open_private",
    "private_files",
    "prune_index",
    "read_bytes",
    "read_index",
    "remove_abandoned",
    "temporary_beside",
    "write_whole",
]
