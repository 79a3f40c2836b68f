"""All handouts of a plan, in folders by team and day, and above them those of the whole plan.

A team's folder shows its own tours alone; only its sheets name a refuge, which may be a place where
others sleep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from routeplan.handouts.labels import safe_filename
from routeplan.handouts.layers import make_layers
from routeplan.handouts.map import render_map
from routeplan.handouts.phone import phone_files
from routeplan.handouts.sheets import Selection, render_check_ins, render_sheets
from routeplan.handouts.team_days import team_day
from routeplan.handouts.view_builder import build_view, tours_with_views
from routeplan.handouts.workbook import make_workbook
from routeplan.handouts.workbook_sheets import make_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.handouts.map_view import MapData, MapView, TourView
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

Files = dict[str, bytes]


def make_handouts(
    problem: Problem,
    plan: Plan,
    data: MapData,
    *,
    fingerprint: str,
    kinds: Sequence[str] | None = None,
) -> Iterator[tuple[str, Callable[[], Files]]]:
    """Yield each step of the work: what it does in a few words, and what makes its files.

    By the fingerprint of the plan its workbook is recognised. Kinds are ``map``, ``sheets``,
    ``phone``, ``workbook``, ``layers`` and ``csv``; all if None.
    """
    handouts = _Handouts(problem, plan, data, fingerprint)
    steps: dict[str, tuple[str, Callable[[], Files]]] = {
        "map": ("drawing maps", handouts.maps),
        "sheets": ("drawing sheets", handouts.sheets),
        "phone": ("writing tracks for phones", handouts.tracks),
        "workbook": ("writing the workbook", handouts.workbook),
        "layers": ("writing layers", handouts.layers),
        "csv": ("writing tables", handouts.tables),
    }
    yield from (step for kind, step in steps.items() if kinds is None or kind in kinds)


@dataclass(frozen=True)
class _Handouts:
    """Each method returns the contents of files by their paths, with ``/`` between folders."""

    problem: Problem
    plan: Plan
    data: MapData
    fingerprint: str

    def maps(self) -> Files:
        """Draw the whole plan, and each tour with nothing of the others."""
        files = {"map.html": render_map(self._view).encode()}
        for stem, tour, _ in self._tours():
            own = team_day(self.problem, self.plan, self.data, team=tour.team, day=tour.day)
            files[f"{stem}.html"] = render_map(build_view(*own)).encode()
        return files

    def sheets(self) -> Files:
        """Draw day and tally sheets of each tour, and check-in sheets of each day."""
        files = render_check_ins(self.problem, self.plan, self._view)
        for stem, tour, _ in self._tours():
            selection = Selection(tour.team, tour.day)
            drawn = render_sheets(self.problem, self.plan, self._view, selection=selection)
            for name, pdf in drawn.items():
                files[f"{stem}_tally.pdf" if name.endswith("_tally.pdf") else f"{stem}.pdf"] = pdf
        return files

    def tracks(self) -> Files:
        """Write the files for phones of each tour."""
        files: Files = {}
        for stem, tour, tour_view in self._tours():
            own = self.plan.replace(tours=(tour,)), replace(self._view, tours=(tour_view,))
            for name, text in phone_files(self.problem, *own).items():
                files[f"{stem}.{name.rpartition('.')[2]}"] = text.encode()
        return files

    def workbook(self) -> Files:
        """Write the workbook."""
        data = make_workbook(*(self.problem, self.plan, self._view), fingerprint=self.fingerprint)
        return {"plan.xlsx": data}

    def layers(self) -> Files:
        """Write the layers for a map on a computer."""
        return {"plan.gpkg": make_layers(self.problem, self.plan, self._view)}

    def tables(self) -> Files:
        """Write the tables."""
        return make_tables(self.problem, self.plan, self._view)

    @cached_property
    def _view(self) -> MapView:
        return build_view(self.problem, self.plan, self.data)

    def _tours(self) -> Iterator[tuple[str, Tour, TourView]]:
        """Yield the path of each tour's files without suffix, and the tour, unless it stays put."""
        names: dict[str, str] = {}
        for tour, tour_view in tours_with_views(self.problem, self.plan, self._view):
            team = tour.team
            if team not in names:
                names[team] = safe_filename(team, taken=[f"{name}." for name in names.values()])
            if tour_view.stops or tour_view.legs:
                date = self.problem.days[tour.day].date
                yield f"{names[team]}/{date}/{names[team]}-{date}", tour, tour_view
