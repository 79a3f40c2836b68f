"""Run all steps on a fictional district."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.output import Output
from routeplan.cli.run import FILES_HELP, OVERWRITE_HELP, run_all_steps

if TYPE_CHECKING:
    from routeplan.language import Language
    from routeplan.planner import Options


@options.command()
@options.output("FOLDER", FILES_HELP, default="outputs/demo")
@options.language
@options.flag("--overwrite", OVERWRITE_HELP)
@options.search(seconds=20.0)
def demo(
    *, out: Output, output: Path, language: Language | None, overwrite: bool, search: Options
) -> int:
    """Run all steps on a fictional district."""
    scenario = inputs.read_scenario_in(language, demo_folder() / "scenario.toml")
    return run_all_steps(out, scenario, output, search, overwrite=overwrite)


def demo_folder() -> Path:
    """Return the folder of the fictional district: in the package, or beside it in a checkout."""
    inside = Path(str(resources.files("routeplan"))) / "demo"
    return inside if inside.is_dir() else inside.parents[1] / "data" / "demo"
