"""The command `coverage`: how far crews get, who is reached in a day, where a host would help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from routeplan.campaign import Prepared
    from routeplan.cli.show import Steps
    from routeplan.roads import Snap

__all__ = ["add_coverage", "coverage"]

FEW = 15


def add_coverage(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the command; `command` makes the parser of one of a name, which says what it does."""
    parser = command("coverage", "tell how far crews get in a day, and where a host would help")
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="scenario.toml")
    parser.add_argument(
        "--minutes",
        type=limits,
        default=(60.0, 120.0, 180.0),
        metavar="M,M,…",
        help="of driving, for the isochrones (default: 60,120,180)",
    )
    parser.add_argument(
        "--hosts",
        type=int,
        default=5,
        metavar="N",
        help="plan with a host at each of the N most promising villages (default: 5; 0: none)",
    )
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="of search for each such plan (default: 5)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one a core; 0: none beside)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where tables, layers and a map go"
    )


def limits(text: str) -> tuple[float, ...]:
    """Read ``60,120,180``.

    Examples
    --------
    >>> limits("60,90")
    (60.0, 90.0)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 60,120,180") from None


def coverage(asked: argparse.Namespace) -> int:
    """Tell how far crews get, who is reached in a day, and where a host would help."""
    from routeplan.analysis import day_reach, plots, reach_by_way  # noqa: PLC0415
    from routeplan.campaign import prepare  # noqa: PLC0415
    from routeplan.cli import show  # noqa: PLC0415
    from routeplan.files import check_writable, write_whole  # noqa: PLC0415

    _check(asked)
    if asked.output is not None:
        check_writable(asked.output / "coverage.csv")
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(asked.scenario, tell=steps.tell)
        steps.tell("working out how far crews get")
        around = _isochrones(prepared, asked.minutes)
        reached = day_reach(prepared.problem)
        hosts, note = _hosts(prepared, asked, steps)
    tables = {
        "How far crews get": around.drop(columns="geometry"),
        "Reached in a day from": reach_by_way(reached),
        "Villages": reached.drop(columns="geometry"),
    }
    if hosts is not None:
        tables["One more host"] = hosts
    written = {}
    if asked.output is not None:
        files: dict[str, str | bytes] = {
            "isochrones.geojson": around.to_json(drop_id=True, ensure_ascii=False),
            "villages.geojson": reached.to_json(drop_id=True, ensure_ascii=False),
            "coverage.png": plots.png(plots.draw_reach(around, reached)),
            **{f"{name}.csv": show.csv(table) for name, table in _named(tables).items()},
        }
        write_whole({asked.output / name: content for name, content in files.items()})
        written = {name: asked.output / name for name in files}
    # People are shown those that take a closer look; machines all.
    shown = {**tables, "Villages": _hard(reached)}
    show.tables(shown, written, data=tables, note=note, as_json=asked.json)
    return 0


def _check(asked: argparse.Namespace) -> None:
    from routeplan.errors import Faults  # noqa: PLC0415

    faults = Faults()
    for name in ("hosts", "workers"):
        if (getattr(asked, name) or 0) < 0:
            faults.add(f"--{name}", f"{getattr(asked, name)} is below 0")
    faults.raise_any()


def _isochrones(prepared: Prepared, minutes: tuple[float, ...]) -> gpd.GeoDataFrame:
    """Return isochrones of each vehicle, from its bases and from these and all beds."""
    import pandas as pd  # noqa: PLC0415

    from routeplan.roads import isochrones  # noqa: PLC0415

    problem, layers = prepared.problem, []
    beds = {sleep.place for sleep in problem.sleeps if sleep.teams_per_night}
    for vehicle, snaps in prepared.snaps.items():
        crews = [team for team in problem.teams if team.vehicle == vehicle]
        bases = {team.start for team in crews} | {team.end for team in crews}
        sources = {"bases": bases}
        if beds and any(team.max_nights_away != 0 for team in crews):
            sources["bases and beds"] = bases | beds
        for name, places in sources.items():
            found = [snap for snap in snaps if snap.place.id in places]
            layer = isochrones(prepared.graph, vehicle, found, minutes)
            layer.insert(0, "from", name)
            layer.insert(0, "vehicle", vehicle)
            _count(layer, [snap for snap in snaps if snap.found], prepared)
            layers.append(layer)
    return pd.concat(layers, ignore_index=True)


def _count(layer: gpd.GeoDataFrame, snaps: list[Snap], prepared: Prepared) -> None:
    """Add the villages and households within each limit, by the times that are planned with."""
    from routeplan.roads import nearest_seconds  # noqa: PLC0415

    raise NotImplementedError
