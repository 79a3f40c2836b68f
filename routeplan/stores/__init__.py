"""What routeplan keeps on a machine: files that it made, caches; and how to be rid of them."""

from __future__ import annotations

from routeplan.stores.caches import Store, known_stores
from routeplan.stores.made import (
    INDEX,
    Found,
    check_own,
    files_made_in,
    look_into,
    remove,
    write_folder,
)

__all__ = [
    "INDEX",
    "Found",
    "Store",
    "check_own",
    "files_made_in",
    "known_stores",
    "look_into",
    "remove",
    "write_folder",
]
