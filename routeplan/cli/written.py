"""Tables and figures as files in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.files import write_whole
from routeplan.formats import table_to_csv

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["csv_bytes", "slug", "write_folder"]


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
