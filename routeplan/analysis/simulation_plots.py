"""A figure of plans under uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from routeplan.analysis.charts import MARKERS, Chart, fit_titles, label_of, plain, two_lines
from routeplan.handouts.map_view import TEAM_COLOURS as COLOURS
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from routeplan.analysis.simulation import Simulation

__all__ = ["draw_simulations"]


def draw_simulations(simulations: Mapping[str, Simulation], level: float = 0.8) -> Figure:
    """Draw what plans reach in most weeks, and how often all teams are home in time on each day.

    Simulations are given by the names under which they are shown; `level` is that of the intervals
    of households. Those of chances are how far they are known by the draws, at 95 %.

    Examples
    --------
    >>> simulations = {"first": simulate(problem, plan, Trials(count=50))}
    >>> draw_simulations(simulations).savefig(folder / "simulations.png")
    """
    rows = len(simulations)
    figure = Chart(figsize=(12, max(2.6 + 0.5 * rows, 4.0)), layout="constrained")
    reached, chances = figure.subplots(1, 2)
    # A band that began at the edge would look as if it began at 0.
    reached.use_sticky_edges = False
    for n, (name, simulation) in enumerate(simulations.items()):
        colour = COLOURS[n % len(COLOURS)]
        found = simulation.summary(level)
        spot = rows - 1 - n
        reached.barh(spot, found["high"] - found["low"], 0.4, found["low"], color=colour, alpha=0.4)
        reached.plot(found["households"], spot, "o", color=colour)
        reached.plot(found["planned"], spot, "|", color="black", markersize=20, markeredgewidth=2)
        between = _("{low:,.0f} to {high:,.0f}", low=found["low"], high=found["high"])
        middle = (found["low"] + found["high"]) / 2
        reached.text(middle, spot + 0.24, between, ha="center", va="bottom")
        _draw_chances(chances, simulation, n, rows, label_of(name))
    reached.set_yticks(range(rows), [label_of(name) for name in simulations][::-1])
    reached.set_ylim(-0.6, rows - 0.3)
    share = _("band: {share:.0f} of 100 weeks; dot: average; line: planned", share=100 * level)
    reached.set_title(two_lines(_("Households reached in a week"), share))
    known = _("line: how far it is known by these draws")
    chances.set_title(two_lines(_("Weeks of 100 with all crews home in time"), known))
    chances.set_xlabel(_("day"))
    chances.set_ylim(-3, 103)
    chances.xaxis.set_major_locator(MaxNLocator(integer=True))
    if rows > 1:
        figure.legend(loc="outside lower center", ncols=4, frameon=False)
    for panel in (reached, chances):
        plain(panel)
    fit_titles(figure)
    return figure


def _draw_chances(panel: Axes, simulation: Simulation, n: int, of: int, label: str) -> None:
    """Draw a plan's chances, a little beside those of others on the same day."""
    days = simulation.by_day()
    colour, marker = COLOURS[n % len(COLOURS)], MARKERS[n % len(MARKERS)]
    shift = (n - (of - 1) / 2) * min(0.15, 0.7 / of)
    chance, low, high = (100 * days[name] for name in ("in_time", "in_time_low", "in_time_high"))
    # Rounded figures may lie outside of rounded limits.
    around = [(chance - low).clip(lower=0), (high - chance).clip(lower=0)]
    spots = days["day"] + shift
    panel.errorbar(spots, chance, around, fmt=marker, color=colour, capsize=3, label=label)
