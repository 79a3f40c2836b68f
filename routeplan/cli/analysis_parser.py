"""What analysts can ask on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["add_analysis"]

# No axis is that long; a slip of the pen is.
MOST_VALUES = 100


def add_analysis(
    command: Callable[[str, str], argparse.ArgumentParser],
    add_search: Callable[..., None],
) -> None:
    """Add the commands for analysts.

    Parameters
    ----------
    command
        Makes the parser of a command of a name, which says what it does.
    add_search
        Adds the options of a search to one.
    """
    _add_compare(command("compare", "put plans side by side"))
    frontier = command("frontier", "tell what more crews, days, nights or driving bring")
    frontier.add_argument(
        "posed", type=Path, metavar="PROBLEM", help="problem.json or scenario.toml"
    )
    for name, does in (
        ("crews", "numbers of crews: 1:5, or 1,2,4"),
        ("days", "numbers of days"),
        ("nights", "most nights away in a row"),
        ("drive-hours", "most hours at the wheel a day: 3:6, or 3:6:0.5"),
    ):
        frontier.add_argument(f"--{name}", type=values, metavar="FROM:TO", help=does)
    add_search(frontier, seconds=5.0)
    _add_cells(frontier, Path("outputs/frontier"))
    sweep = command("sweep", "plan every cell of a grid or list of variants")
    sweep.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.toml")
    _add_cells(sweep, Path("outputs/sweep"))
    country = command("country", "share crews out over districts, and plan them all")
    country.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.toml with districts")
    country.add_argument("--crews", type=int, required=True, metavar="N", help="crews for all")
    country.add_argument(
        "--most",
        type=int,
        metavar="N",
        help="most crews for one district (default: twice its even part and one more)",
    )
    _add_cells(country, Path("outputs/country"))


def values(text: str) -> tuple[float, ...]:
    """Read ``1:5``, ``3:6:0.5`` (both ends included) or ``1,2,4``.

    Examples
    --------
    >>> values("1:3"), values("2,5"), values("3:4:0.5")
    ((1.0, 2.0, 3.0), (2.0, 5.0), (3.0, 3.5, 4.0))
    """
    try:
        if ":" not in text:
            return tuple(float(part) for part in text.split(","))
        first, last, *rest = (float(part) for part in text.split(":"))
        (step,) = rest or [1.0]
        count = int((last - first) / step + 1e-9) + 1
    except (ValueError, ZeroDivisionError, OverflowError):
        message = f"{text!r} is not like 1:5, 3:6:0.5 or 1,2,4"
        raise argparse.ArgumentTypeError(message) from None
    if step <= 0 or not 1 <= count <= MOST_VALUES:
        message = f"{text!r} goes in {max(count, 0)} steps; expected are 1 to {MOST_VALUES}"
        raise argparse.ArgumentTypeError(message)
    return tuple(first + n * step for n in range(count))


def litres(text: str) -> tuple[str, float]:
    """Read ``car=9.5``.

    Examples
    --------
    >>> litres("car=9.5")
    ('car', 9.5)
    """
    vehicle, _, amount = text.partition("=")
    try:
        number = float(amount)
    except ValueError:
        number = -1.0
    if not vehicle or not 0 <= number < 1000:  # noqa: PLR2004  # of no vehicle on wheels
        raise argparse.ArgumentTypeError(f"{text!r} is not like car=9.5")
    return vehicle, number


def _add_compare(compare: argparse.ArgumentParser) -> None:
    compare.add_argument(
        "plans",
        nargs="+",
        type=Path,
        metavar="PLAN",
        help="folders of runs, or plan files beside the problem.json that they are for",
    )
    compare.add_argument(
        "--problem", type=Path, help="the problem of all plans, where it is not beside them"
    )
    compare.add_argument(
        "--districts",
        type=Path,
        metavar="TABLE",
        help="CSV with the columns id (of the village) and district",
    )
    compare.add_argument(
        "--litres",
        type=litres,
        action="append",
        default=[],
        metavar="VEHICLE=L",
        help="assumed fuel, litres per 100 km (default: car=9, four_wheel_drive=13, others 11)",
    )
    compare.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="where tables and figures go"
    )


def _add_cells(parser: argparse.ArgumentParser, folder: Path) -> None:
    parser.add_argument(
        *("-o", "--output"),
        type=Path,
        default=folder,
        metavar="FOLDER",
        help="where tables, figures and the cells that are done go; a second run goes on from "
        f"there (default: {folder.as_posix()})",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one a core; 0: none beside)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="plan on the Dask cluster at tcp://host:port; no connection is made without it",
    )
