"""The command `coverage`: how far crews get, who is reached in a day, where a host would help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from routeplan.cli.show import Steps
    from routeplan.workflow.prepare import Prepared

__all__ = ["add_coverage", "coverage"]


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
    from routeplan.analysis import day_reach, reach_by_way  # noqa: PLC0415
    from routeplan.analysis.frames import frame_isochrones  # noqa: PLC0415
    from routeplan.cli import show  # noqa: PLC0415
    from routeplan.cli.written import (  # noqa: PLC0415
        check_folder,
        csv_bytes,
        load_plots,
        slug,
        write_folder,
    )
    from routeplan.workflow.prepare import prepare  # noqa: PLC0415

    plots = load_plots()
    _check(asked)
    if asked.output is not None:
        check_folder(asked.output, "villages.csv", "villages.geojson", "isochrones.geojson")
    with show.Steps(quiet=asked.quiet) as steps:
        prepared = prepare(asked.scenario, on_step=steps.on_step)
        steps.on_step("working out how far crews get")
        around = frame_isochrones(prepared, asked.minutes)
        reached = day_reach(prepared.problem)
        hosts = _hosts(prepared, asked, steps)
    tables = {
        "How far crews get": around.drop(columns="geometry").round(1),
        "Reached in a day from": reach_by_way(reached),
        "Villages": reached.drop(columns="geometry").round(1),
    }
    if hosts is not None:
        tables["One more host"] = hosts
    written = {}
    if asked.output is not None:
        files: dict[str, str | bytes] = {
            "isochrones.geojson": around.to_json(drop_id=True, ensure_ascii=False),
            "villages.geojson": reached.to_json(drop_id=True, ensure_ascii=False),
            "coverage.png": plots.png(plots.draw_reach(around, reached)),
            **{f"{slug(title)}.csv": csv_bytes(table) for title, table in tables.items()},
        }
        written = write_folder(asked.output, files)
    shown = {**tables, "Villages not reached in a day from a base": _hard(reached)}
    del shown["Villages"]
    show.tables(shown, written, data=tables, as_json=asked.json)
    return 0


def _check(asked: argparse.Namespace) -> None:
    from routeplan.errors import Faults  # noqa: PLC0415

    faults = Faults()
    for name in ("hosts", "workers"):
        if (getattr(asked, name) or 0) < 0:
            faults.add(f"--{name}", f"{getattr(asked, name)} is below 0")
    faults.raise_any()


def _hosts(prepared: Prepared, asked: argparse.Namespace, steps: Steps) -> pd.DataFrame | None:
    """Plan with hosts; None where that is not asked for, or no crew may sleep away."""
    from routeplan.analysis import Runner, find_hosts  # noqa: PLC0415
    from routeplan.planner import Options  # noqa: PLC0415

    problem = prepared.problem
    if not asked.hosts or all(team.max_nights_away == 0 for team in problem.teams):
        return None
    steps.on_step("planning with one more host")
    runner = Runner(workers=asked.workers, report=steps.count)
    options = Options(seconds=asked.seconds)
    return find_hosts(problem, options, candidates=asked.hosts, runner=runner)


def _hard(reached: pd.DataFrame) -> pd.DataFrame:
    """Return villages that no crew reaches in a day from its base, and why."""
    hard = reached[(reached["reached_from"] != "base") & (reached["households"] > 0)]
    return hard[["place", "name", "households", "reached_from", "bed", "reason", "detail"]]
