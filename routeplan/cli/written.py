"""Tables and figures as files in a folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_bytes", "load_plots", "slug", "write_folder"]


def load_plots() -> Any:  # noqa: ANN401  # a module
    """Return `routeplan.analysis.plots`, without settings of the current folder.

    When it is loaded, matplotlib takes a file ``matplotlibrc`` from there, which can have other
    programs run over what is drawn.
    """
    with contextlib.chdir(Path(__file__).parent):
        from routeplan.analysis import plots  # noqa: PLC0415  # heavy
    return plots


def write_folder(folder: Path, contents: dict[str, str | bytes]) -> dict[str, Path]:
    """Write files into a folder, all or none, and return where each of them is."""
    write_whole({folder / name: content for name, content in contents.items()})
    return {name: folder / name for name in contents}


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV, with the mark by which spreadsheets know UTF-8."""
    return str(table.to_csv(index=False)).encode("utf-8-sig")


def slug(title: str) -> str:
    """Return a title as the name of a file."""
    return title.lower().replace(" ", "-")
