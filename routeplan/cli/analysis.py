"""What commands for analysts share: many plans, tables and figures."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from routeplan.cli import options
from routeplan.cli.console import Steps
from routeplan.cli.output import check_folder, write_folder
from routeplan.errors import Faults
from routeplan.files import is_signed, read_bytes, sign
from routeplan.formats import plan_to_json, problem_from_json, problem_to_json, table_to_csv
from routeplan.handouts import safe_filename
from routeplan.language import gettext as _
from routeplan.model.plan import Plan
from routeplan.model.problem import Posed, Problem, problem_of
from routeplan.workflow.outputs import remove_files

if TYPE_CHECKING:
    import pandas as pd

    from routeplan.analysis import Runner

MakeRunner = Callable[..., "Runner"]

Key: TypeAlias = tuple[str, ...]
"""The names of a plan among others: of its district, of its variant."""

PLAN_FILES = ("problem.json", "plan.json")
Cases: TypeAlias = Mapping[Key, tuple[Posed, Plan | None]]
"""Problems with the plans that were found, None where there is none."""

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


def plan_folders(keys: Iterable[Key]) -> dict[Key, str]:
    """Return a folder below ``plans`` for each plan."""
    folders: dict[Key, str] = {}
    for key in keys:
        taken = [f"{folder.removeprefix('plans/')}." for folder in folders.values()]
        name = safe_filename(" ".join(filter(None, key)), taken=taken)
        folders[key] = f"plans/{name}"
    return folders


def check_results(output: Path, keys: Iterable[Key], *names: str) -> None:
    """Refuse a folder that cannot be written to by `write_results`, before long work is done."""
    folders = plan_folders(keys).values()
    check_folder(output, *names, *(f"{folder}/{file}" for folder in folders for file in PLAN_FILES))


def write_results(
    output: Path, files: Mapping[str, str | bytes], cases: Cases, *, writer: str
) -> dict[str, Path]:
    """Write files, and problem and plan of each case in a folder, all or none; return paths.

    Cases without a plan have no folder. Other plans that the same `writer`, a command, wrote here
    before are removed, unless they have been changed since.
    """
    folders = plan_folders(cases)
    contents = dict(files)
    for key, (posed, plan) in cases.items():
        if plan is not None:
            texts = problem_to_json(problem_of(posed)), plan_to_json(plan)
            for name, text in zip(PLAN_FILES, texts, strict=True):
                contents[f"{folders[key]}/{name}"] = text
    written = write_folder(output, contents)
    now = [path for name, path in written.items() if "/" in name]
    sign(writer, *now)
    before = {path for name in PLAN_FILES for path in (output / "plans").glob(f"*/{name}")}
    old = [path for path in before.difference(now) if is_signed(writer, path)]
    remove_files(sorted(old), within=output)
    return written


def with_folders(table: pd.DataFrame, cases: Cases) -> pd.DataFrame:
    """Return a table with the ``folder`` of the plan of each row, empty without a plan."""
    folders = plan_folders(cases)
    found = ["" if plan is None else folders[key] for key, (_problem, plan) in cases.items()]
    return table.assign(folder=found)


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
