"""Charts and maps of plans, in colours that the colour-blind can distinguish.

Each is a matplotlib figure that shows itself in a notebook and depends on no global state but the
language of messages, in which its texts and numbers are.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from routeplan.analysis.charts import MARKERS, Chart, fit_titles, label_of, plain, png, two_lines
from routeplan.analysis.compare import or_nan
from routeplan.analysis.labels import group_label, is_size
from routeplan.analysis.reach import WAYS
from routeplan.handouts.labels import vehicle_label
from routeplan.handouts.map_view import TEAM_COLOURS as COLOURS
from routeplan.language import gettext as _
from routeplan.language import marked, message_language, ngettext, number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from routeplan.analysis.country import Country
    from routeplan.analysis.frontier import Frontier
    from routeplan.model.plan import Plan
    from routeplan.planner import Progress

__all__ = [
    "draw_comparison",
    "draw_country",
    "draw_differences",
    "draw_frontier",
    "draw_progress",
    "draw_reach",
    "png",
]

PANELS_IN_A_ROW = 3
# From near to far, from dark to light, distinct in grey too.
BANDS = ("#74c476", "#a9dca3", "#d5efcf", "#e9f6e6", "#f3faf1")
# Greys, since colours stand for plans.
AT_DOORS, AT_THE_WHEEL = "#6b6b6b", "#c4c4c4"
# By `WAYS`: colour, marker and words of villages.
KINDS = {
    "base": (COLOURS[0], "o", marked("there and back from a base in a day")),
    "bed": (COLOURS[4], "s", marked("only from a bed")),
    "on the way": (COLOURS[3], "D", marked("only between two beds, or not ruled out")),
    "never": (COLOURS[1], "X", marked("never")),
}

WORDS = {
    "crews": marked("crews"),
    "days": marked("days"),
    "nights": marked("nights away in a row"),
    "drive_hours": marked("hours at the wheel a day"),
}


def draw_comparison(table: pd.DataFrame, covered: pd.DataFrame) -> Figure:
    """Draw plans side by side: households with their bound, hours, and who is reached.

    The tables are those of `compare_plans`, with problems, and `coverage_by_group`.

    Examples
    --------
    >>> plans = {"first": plan, "second": plan}
    >>> figure = draw_comparison(compare_plans(plans, problem), coverage_by_group(plans, problem))
    >>> figure.savefig(folder / "plans.png")
    """
    height = 2.2 + 0.35 * len(table)
    figure = Chart(figsize=(12, max(height, 3.6)))
    # Numbers at the end of an axis and at the beginning of the next one do not touch.
    figure.set_layout_engine("constrained", w_pad=0.12)
    reached, hours, groups = figure.subplots(1, 3)
    names = [str(name) for name in table.index]
    spots = list(range(len(names)))[::-1]
    colours = [COLOURS[n % len(COLOURS)] for n in range(len(names))]
    reached.barh(spots, table["objective"], color=colours, height=0.6)
    bounds = table["upper_bound"]
    reached.plot(bounds, spots, "|", color="black", markersize=16, markeredgewidth=2)
    for spot, value in zip(spots, table["objective"], strict=True):
        number = number_text(f"{value:,.0f}")
        reached.text(value / 2, spot, number, color="white", ha="center", va="center")
    is_plain = bool((table["objective"] == table["weighted"]).all())
    what = _("Households reached (weighted)") if is_plain else _("Objective of the plans")
    reached.set_title(two_lines(what, _("black line: no plan reaches more")))
    reached.set_yticks(spots, [label_of(name) for name in names])
    doors, driven = table["door_hours"], table["drive_hours"]
    hours.barh(spots, doors, 0.6, color=AT_DOORS, label=_("at doors"))
    hours.barh(spots, driven, 0.6, doors, color=AT_THE_WHEEL, label=_("at the wheel"))
    hours.set_title(_("Hours of all crews"))
    hours.set_yticks(spots, [""] * len(spots))
    hours.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
    _draw_shares(groups, covered, names)
    for panel in (reached, hours, groups):
        plain(panel)
    fit_titles(figure)
    return figure


def _draw_shares(panel: Axes, covered: pd.DataFrame, names: list[str]) -> None:
    order = list(dict.fromkeys(covered["group"]))
    by_plan = covered.set_index(["plan", "group"])["share"].to_dict()
    width = 0.8 / max(len(names), 1)
    for n, name in enumerate(names):
        shares = [100 * by_plan.get((name, group), math.nan) for group in order]
        spots = [at + (n - (len(names) - 1) / 2) * width for at in range(len(order))]
        colour = COLOURS[n % len(COLOURS)]
        panel.bar(spots, shares, width * 0.95, color=colour, label=label_of(name))
    are_sizes = all(map(is_size, order))
    kinds = _("by households of the village") if are_sizes else _("by district")
    panel.set_title(two_lines(_("Households reached, %"), kinds))
    labels = [label_of(group_label(group)) for group in order]
    panel.set_xticks(range(len(order)), labels, rotation=20, ha="right")
    panel.set_ylim(0, 105)


def draw_differences(villages: gpd.GeoDataFrame) -> Figure:
    """Draw where, by `differences`, the last plan reaches more or fewer households than the first.

    Examples
    --------
    >>> plans = {"first": plan, "second": plan}
    >>> draw_differences(differences(plans, problem)).savefig(folder / "differences.png")
    """
    west, south, east, north = villages.total_bounds
    aspect = _aspect_ratio(south, north) if len(villages) else 1.0
    tall = aspect * (north - south) / (east - west) if east > west else 1.0
    figure = Chart(figsize=(8, 1.6 + 7 * min(max(tall, 0.4), 1.6)), layout="constrained")
    panel = figure.subplots()
    more, fewer = villages["difference"] > 0, villages["difference"] < 0
    kinds = (
        (~(more | fewer), "#b8b8b8", "o", _("the same")),
        (more, COLOURS[0], "^", _("more")),
        (fewer, COLOURS[1], "v", _("fewer")),
    )
    for chosen, colour, marker, word in kinds:
        part = villages[chosen]
        label = f"{word}: {_villages(len(part))}"
        if part["difference"].any():
            label += f", {_households(abs(part['difference']).sum())}"
        sizes = [6 + 1.6 * abs(value) for value in part["difference"]]
        look: dict[str, Any] = {"c": colour, "marker": marker, "alpha": 0.8, "linewidths": 0}
        panel.scatter(part.geometry.x, part.geometry.y, s=sizes, label=label, **look)
    columns = [str(column) for column in villages.columns]
    names = [name.removeprefix("reached ") for name in columns if name.startswith("reached ")]
    first, last = label_of(names[0]), label_of(names[-1])
    panel.set_title(_("What “{last}” reaches against “{first}”", last=last, first=first))
    panel.set_xlabel(_("longitude, °"))
    panel.set_ylabel(_("latitude, °"))
    panel.set_aspect(aspect)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    plain(panel)
    fit_titles(figure)
    return figure


def draw_frontier(frontier: Frontier) -> Figure:
    """Draw households against the first axis, a line for each value of the second.

    The band above a line reaches to the upper bound; further axes make panels.

    Examples
    --------
    >>> options = Options(iterations=1, bound=False)
    >>> frontier = trace_frontier(problem, {"days": (1, 2)}, options)
    >>> draw_frontier(frontier).savefig(folder / "frontier.png")
    """
    axes = list(frontier.axes)
    table = frontier.table()
    panels = list(itertools.product(*(frontier.axes[axis] for axis in axes[2:])))
    across = min(len(panels), PANELS_IN_A_ROW)
    down = math.ceil(len(panels) / across)
    figure = Chart(figsize=(max(4.4 * across, 6.5), 4.2 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for panel, values in itertools.zip_longest(grid.flat, panels):
        if values is None:
            panel.set_visible(False)
            continue
        part = table
        fixed = dict(zip(axes[2:], values, strict=True))
        for axis, value in fixed.items():
            part = part[part[axis] == value]
        panel.set_title("\n".join(_fixed(axis, value) for axis, value in fixed.items()))
        _draw_lines(panel, part, axes)
    for number, panel in enumerate(grid.flat):
        # Labels of axes are at the left and at the lowest panel of each column.
        is_lowest = number + across >= len(panels)
        panel.tick_params(labelbottom=is_lowest)
        panel.set_xlabel(_(WORDS[axes[0]]) if is_lowest else "")
        panel.set_ylabel("" if number % across else _("households (weighted)"))
    # One scale for all panels, with a margin above the highest line.
    grid[0, 0].set_ylim(0, 1.05 * max(table[["objective", "upper_bound"]].max().max(), 1.0))
    meaning = _("line: found; band: up to what is proven")
    title = figure.suptitle(two_lines(_("Households that can be reached"), meaning))
    fit_titles(figure, title)
    return figure


def _fixed(axis: str, value: float) -> str:
    return f"{_(WORDS[axis])}: {number_text(f'{value:g}')}"


def _draw_lines(panel: Axes, table: pd.DataFrame, axes: list[str]) -> None:
    second = axes[1] if len(axes) > 1 else None
    lines = [0.0] if second is None else sorted(set(table[second]))
    for n, value in enumerate(lines):
        rows = table if second is None else table[table[second] == value]
        colour, marker = COLOURS[n % len(COLOURS)], MARKERS[n % len(MARKERS)]
        label = None if second is None else _fixed(second, value)
        along = rows[axes[0]]
        panel.fill_between(along, rows["objective"], rows["upper_bound"], color=colour, alpha=0.18)
        panel.plot(along, rows["objective"], color=colour, marker=marker, label=label)
    panel.xaxis.set_major_locator(MaxNLocator(integer=axes[0] != "drive_hours"))
    if second is not None:
        panel.legend(frameon=False, loc="lower right")
    plain(panel)


def draw_country(country: Country) -> Figure:
    """Draw what each district is given and reaches, the districts with the most teams first.

    Examples
    --------
    >>> country = plan_country({"all": problem}, 1, Options(iterations=1, bound=False))
    >>> draw_country(country).savefig(folder / "country.png")
    """
    table = country.table().sort_values(["crews", "reached"], ascending=True)
    figure = Chart(figsize=(8, 1.6 + 0.32 * len(table)), layout="constrained")
    panel = figure.subplots()
    spots = range(len(table))
    there, reached = _("households there"), _("households reached")
    panel.barh(spots, table["households"], color="#d9d9d9", height=0.7, label=there)
    panel.barh(spots, table["reached"], color=COLOURS[0], height=0.7, label=reached)
    counts = [ngettext("{n} crew", "{n} crews", int(crews)) for crews in table["crews"]]
    named = zip(table["district"], counts, strict=True)
    panel.set_yticks(spots, [f"{label_of(name)}: {crews}" for name, crews in named])
    panel.set_title(_("Crews shared out over the districts"))
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    plain(panel)
    fit_titles(figure)
    return figure


def draw_reach(around: gpd.GeoDataFrame, reached: gpd.GeoDataFrame) -> Figure:
    """Draw isochrones of each vehicle, with the villages by from where they are reached.

    The layers are those of `frame_isochrones` and `day_reach`.

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
        for minutes in limits[::-1]:
            colour = BANDS[min(limits.index(minutes), len(BANDS) - 1)]
            layer[layer["minutes"] == minutes].plot(ax=panel, color=colour, aspect=None)
        _draw_villages(panel, reached)
        named = vehicle_label(vehicle, message_language())
        panel.set_title(label_of(_("{vehicle}, from {sources}", vehicle=named, sources=_(sources))))
        panel.set_aspect(_aspect_ratio(*panel.get_ylim()))
        panel.set(xticks=[], yticks=[], xlabel="", ylabel="")
        panel.spines[:].set_visible(False)
    for panel in list(grid)[len(panels) :]:
        panel.set_visible(False)
    bands = [
        Patch(
            color=BANDS[min(n, len(BANDS) - 1)],
            label=_("within {limit:g} minutes of driving", limit=limit),
        )
        for n, limit in enumerate(limits)
    ]
    marks, _names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles=[*bands, *marks], loc="outside lower center", ncols=2, frameon=False)
    fit_titles(figure)
    return figure


def _draw_villages(panel: Axes, reached: gpd.GeoDataFrame) -> None:
    for way in WAYS:
        part = reached[reached["reached_from"] == way]
        colour, marker, words = KINDS[way]
        if not part.empty:
            look: dict[str, Any] = {"c": colour, "marker": marker}
            look |= {"edgecolors": "white", "linewidths": 0.5}
            counted = f"{_villages(len(part))}, {_households(part['households'].sum())}"
            look["label"] = f"{_(words)}: {counted}"
            sizes = 14 + 0.8 * part["households"]
            panel.scatter(part.geometry.x, part.geometry.y, s=sizes, **look)


def _aspect_ratio(south: float, north: float) -> float:
    """Return how much longer a degree of latitude is than one of longitude."""
    return 1 / math.cos(math.radians((south + north) / 2))


def draw_progress(progress: Sequence[Progress], plan: Plan) -> Figure:
    """Draw the progress of a search, as it was reported: the best plan found, and the upper bound.

    Examples
    --------
    >>> progress = []
    >>> plan = solve(problem, Options(iterations=5, bound=False), report=progress.append)
    >>> draw_progress(progress, plan).savefig(folder / "progress.png")
    """
    figure = Chart(figsize=(8, 4), layout="constrained")
    panel = figure.subplots()
    seconds = [*(each.seconds for each in progress), plan.run.seconds]
    found = [*(each.objective for each in progress), plan.summary.objective]
    proven = [
        or_nan(bound) for bound in (*(each.bound for each in progress), plan.summary.upper_bound)
    ]
    limit = _("proven: no plan has more")
    panel.step(seconds, proven, where="post", color=COLOURS[1], label=limit)
    panel.step(seconds, found, where="post", color=COLOURS[0], label=_("found"))
    panel.fill_between(seconds, found, proven, step="post", color="#e8e8e8", linewidth=0)
    panel.set_xlabel(_("seconds of search"))
    panel.set_ylabel(_("households (weighted)"))
    panel.set_ylim(bottom=0)
    panel.set_title(_("The best plan there is lies between the lines"))
    panel.legend(frameon=False)
    plain(panel)
    fit_titles(figure)
    return figure


def _villages(number: int) -> str:
    return ngettext("{n} village", "{n} villages", number)


def _households(number: float) -> str:
    return ngettext("{n} household", "{n} households", round(float(number)))
