"""What commands for analysts share: many plans, tables and figures."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import options
from routeplan.cli.console import Steps
from routeplan.errors import Faults
from routeplan.files import read_bytes
from routeplan.formats import problem_from_json, table_to_csv
from routeplan.language import gettext as _
from routeplan.model.problem import Posed, Problem, problem_of

if TYPE_CHECKING:
    import pandas as pd

    from routeplan.analysis import Runner

MakeRunner = Callable[..., "Runner"]

workers_option = options.option(
    "--workers",
    "NUMBER",
    "Number of processes; 0: none beside. Default: one for each core.",
    type=int,
)

seeds_option = options.option(
    "--seeds",
    "NUMBER",
    "Plan each cell with so many random seeds, and show what the worst and the best find.",
    type=int,
    default=1,
)


def cells_options(folder: str) -> options.Decorator:
    """Add the options of many plans, of which the function gets ``output`` and ``runner``.

    The latter makes the `Runner`, given what reports how many of them are done.
    """
    output_text = "Where tables, figures and planned cells go; a second run continues from there."
    scheduler_text = "Plan on the Dask cluster at tcp://host:port, the only connection made."

    def decorate(function: options.Function) -> options.Function:
        @functools.wraps(function)
        def run(*, output: Path, workers: int | None, scheduler: str | None, **values: Any) -> None:  # noqa: ANN401  # of any command
            from routeplan.analysis import Runner

            check_not_negative(workers=workers)
            folder = output / "cells"
            runner = functools.partial(Runner, folder, workers=workers, scheduler=scheduler)
            runner()  # refuses a wrong address before long work is done
            function(output=output, runner=runner, **values)

        return options.combined(
            options.output("FOLDER", output_text, default=folder),
            workers_option,
            options.option("--scheduler", "ADDRESS", scheduler_text),
        )(run)

    return decorate


def check_not_negative(**numbers: int | None) -> None:
    """Refuse options with numbers below 0."""
    faults = Faults()
    for name, number in numbers.items():
        if number is not None and number < 0:
            faults.add(f"--{name}", _("{number} is below 0", number=number))
    faults.raise_any()


def read_posed(path: Path, steps: Steps) -> Posed:
    """Read a problem, or prepare a scenario."""
    if path.suffix.lower() != ".toml":
        return problem_from_json(read_bytes(path), source=path.name)
    from routeplan.workflow.prepare import prepare

    return prepare(path, on_step=steps.on_step)


def read_problem(path: Path, steps: Steps) -> Problem:
    """Read a problem, or the problem that a scenario poses."""
    return problem_of(read_posed(path, steps))


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV; missing values are empty."""
    known = table.astype(object).where(table.notna(), None)
    return table_to_csv(known.columns, known.itertuples(index=False, name=None))


def csv_files(tables: Mapping[str, pd.DataFrame]) -> dict[str, str | bytes]:
    """Return files of tables in CSV, named by their titles."""
    return {
        f"{title.lower().replace(' ', '-')}.csv": csv_bytes(table)
        for title, table in tables.items()
    }


def load_plots() -> Any:  # noqa: ANN401  # a module
    """Return `routeplan.analysis.plots`, without settings of the current folder.

    When it is loaded, matplotlib takes a file ``matplotlibrc`` from there, which can have other
    programs run over what is drawn.
    """
    with contextlib.chdir(Path(__file__).parent):
        from routeplan.analysis import plots
    return plots
