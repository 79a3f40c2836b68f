"""Maps as figures: how far crews get, and whom they reach in a day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.patches import Patch

from routeplan.analysis.plots import Chart, label_of
from routeplan.analysis.reach import WAYS
from routeplan.handouts.colours import TEAM_COLOURS as COLOURS

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_reach", "on_map"]

# From near to far, from dark to light: told apart in grey too.
BANDS = ("#74c476", "#a9dca3", "#d5efcf", "#e9f6e6", "#f3faf1")
KINDS = {
    "base": (COLOURS[0], "o", "there and back from a base in a day"),
    "bed": (COLOURS[4], "s", "only from a bed"),
    "on the way": (COLOURS[3], "D", "only between two beds, or not ruled out"),
    "never": (COLOURS[1], "X", "never"),
}
# Area in points² of the smallest dot, and of each household.
SMALLEST, AREA = 14.0, 0.8


def draw_reach(around: gpd.GeoDataFrame, reached: gpd.GeoDataFrame) -> Figure:
    """Draw isochrones of each vehicle, with the villages by from where they are reached.

    Parameters
    ----------
    around
        Of `routeplan.analysis.frames.frame_isochrones`.
    reached
        Of `day_reach`.

    Examples
    --------
    >>> figure = draw_reach(frame_isochrones(prepared, [60]), day_reach(problem))
    >>> figure.savefig(folder / "reach.png")
    """
    panels = list(dict.fromkeys(zip(around["vehicle"], around["sources"], strict=True)))
    across = min(len(panels), 2)
    down = math.ceil(len(panels) / across)
    figure = Chart(figsize=(6.2 * across, 4.7 * down + 0.9), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).flat
    limits = sorted(set(around["minutes"]))
    for panel, (vehicle, sources) in zip(grid, panels, strict=False):
        layer = around[(around["vehicle"] == vehicle) & (around["sources"] == sources)]
        _draw_bands(panel, layer, limits)
        _draw_villages(panel, reached)
        panel.set_title(label_of(f"{vehicle.replace('_', ' ')}, from {sources}"))
        on_map(panel)
    for panel in list(grid)[len(panels) :]:
        panel.set_visible(False)
    bands = [
        Patch(color=BANDS[min(n, len(BANDS) - 1)], label=f"within {limit:g} minutes of driving")
        for n, limit in enumerate(limits)
    ]
    marks, _ = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles=[*bands, *marks], loc="outside lower center", ncols=2, frameon=False)
    return figure


def on_map(panel: Axes) -> None:
    """Make a panel of degrees a map: as wide as high on the ground, without a frame."""
    south, north = panel.get_ylim()
    panel.set_aspect(1 / math.cos(math.radians((south + north) / 2)))
    panel.set(xticks=[], yticks=[], xlabel="", ylabel="")
    panel.spines[:].set_visible(False)


def _draw_bands(panel: Axes, layer: gpd.GeoDataFrame, limits: list[float]) -> None:
    for minutes in limits[::-1]:
        colour = BANDS[min(limits.index(minutes), len(BANDS) - 1)]
        layer[layer["minutes"] == minutes].plot(ax=panel, color=colour, aspect=None)


def _draw_villages(panel: Axes, reached: gpd.GeoDataFrame) -> None:
    for way in WAYS:
        part = reached[reached["reached_from"] == way]
        colour, marker, words = KINDS[way]
        if not part.empty:
            panel.scatter(
                *(part.geometry.x, part.geometry.y),
                s=SMALLEST + AREA * part["households"],
                c=colour,
                marker=marker,
                label=f"{words}: {len(part)} villages, {part['households'].sum()} households",
                edgecolors="white",
                linewidths=0.5,
            )
