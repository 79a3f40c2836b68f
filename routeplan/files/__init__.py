"""Files: read, written whole or not at all, for the user alone, and found again.

Every file that routeplan makes is entered in the index of its folder, ``.routeplan.index``, so that
it can be found and removed later. The index holds hashes of names and contents, nothing else: once
a file is gone, its entry does not tell what the file was. Files, folders and temporary files are
for the user alone, as far as the system has such rights.
"""

from __future__ import annotations

from routeplan.files.index import ANY, INDEX, Entries, name_digest
from routeplan.files.private import (
    VARIABLE,
    cache_folder,
    is_temporary,
    make_folder,
    open_private,
    private_files,
    remove_abandoned,
    temporary_beside,
)
from routeplan.files.whole import (
    LARGEST_TOML,
    check_writable,
    digest_of,
    expect,
    indexed,
    move_whole,
    prune_index,
    read_bytes,
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
    "expect",
    "indexed",
    "is_temporary",
    "make_folder",
    "move_whole",
    "name_digest",
    "open_private",
    "private_files",
    "prune_index",
    "read_bytes",
    "remove_abandoned",
    "temporary_beside",
    "write_whole",
]
