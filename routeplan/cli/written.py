"""Tables and figures as files in a folder."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from routeplan.cache import cache_folder
from routeplan.files import make_folder, private_files, write_whole
from routeplan.formats import table_to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

__all__ = ["csv_bytes", "fonts_in_cache", "slug", "write_folder"]


@contextlib.contextmanager
def fonts_in_cache() -> Iterator[None]:
    """Have matplotlib, which is loaded meanwhile, keep its list of fonts where it is wiped."""
    folder = cache_folder() / "matplotlib"
    # Where it cannot be made, matplotlib does without.
    with contextlib.suppress(OSError):
        make_folder(folder)
    os.environ.setdefault("MPLCONFIGDIR", str(folder.absolute()))
    with private_files():
        yield


def write_folder(folder: Path, contents: dict[str, str | bytes]) -> dict[str, Path]:
    """Write files into a folder, all or none, and return where each of them is."""
    write_whole({folder / name: content for name, content in contents.items()})
    return {name: folder / name for name in contents}


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV; what is missing is empty."""
    known = table.astype(object).where(table.notna(), None)
    return table_to_csv(known.columns, known.itertuples(index=False, name=None))


def slug(title: str) -> str:
    """Return a title as the name of a file."""
    return title.lower().replace(" ", "-")
