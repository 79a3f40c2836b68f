"""A map as one page: to be saved, or looked at in a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from routeplan.files import write_whole

__all__ = ["MapPage"]


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map as one HTML page that needs no network; shows itself in a notebook.

    Parameters
    ----------
    html
        The whole text of the page.

    Examples
    --------
    >>> page = MapPage("<!DOCTYPE html><title>Week 1</title>")
    >>> page
    <MapPage of 36 characters>
    >>> page.save("outputs/map.html")                           # doctest: +SKIP
    """

    html: str

    def __repr__(self) -> str:
        # The text itself would fill the screen.
        return f"<MapPage of {len(self.html)} characters>"

    def save(self, path: str | Path) -> None:
        """Write the page, whole or not at all."""
        write_whole({Path(path): self.html})

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        style = "box-sizing:border-box;width:100%;height:600px;border:1px solid #ccc"
        # Its scripts run, but cannot reach the notebook around them.
        return (
            f'<iframe title="Map" srcdoc="{page}" style="{style}" sandbox="allow-scripts"></iframe>'
        )
