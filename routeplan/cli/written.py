"""Tables and figures as files in a folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.files import check_writable, write_whole
from routeplan.formats import table_to_csv
from routeplan.workflow.outputs import check_replaceable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["check_folder", "csv_bytes", "load_plots", "slug", "write_folder"]


def load_plots() -> Any:  # noqa: ANN401  # a module
    """Return `routeplan.analysis.plots`, without settings of the current folder.

    When it is loaded, matplotlib takes a file ``matplotlibrc`` from there, which can have other
    programs run over what is drawn.
    """
    with contextlib.chdir(Path(__file__).parent):
        from routeplan.analysis import plots  # noqa: PLC0415  # heavy
    return plots


def write_folder(folder: Path, contents: Mapping[str, str | bytes]) -> dict[str, Path]:
    """Write files into a folder, all or none, and return where each of them is.

    Raises
    ------
    InputError
        Naming each file of the user's own that would be lost, or that cannot be written.
    """
    places = {name: folder / name for name in contents}
    check_replaceable(places.values())
    write_whole({places[name]: content for name, content in contents.items()})
    return places


def check_folder(folder: Path, *names: str) -> None:
    """Make sure that files can be written into a folder, before long work is done for them.

    Raises
    ------
    InputError
        As `write_folder` does.
    """
    places = [folder / name for name in names]
    check_replaceable(places)
    check_writable(*places)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV; what is missing is empty."""
    known = table.astype(object).where(table.notna(), None)
    return table_to_csv(known.columns, known.itertuples(index=False, name=None))


def slug(title: str) -> str:
    """Return a title as the name of a file."""
    return title.lower().replace(" ", "-")
