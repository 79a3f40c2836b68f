"""Run all steps on a fictional district."""

from __future__ import annotations

import shlex
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import inputs, options
from routeplan.cli.console import Terminal
from routeplan.cli.output import Output, check_folder
from routeplan.cli.run import OVERWRITE_HELP, run_all_steps
from routeplan.files import read_bytes, sign, write_whole
from routeplan.language import gettext as _
from routeplan.language import message_language

if TYPE_CHECKING:
    from routeplan.language import Language
    from routeplan.planner import Options

SCENARIO, OUTPUTS = "scenario.toml", "outputs"
INPUTS = (SCENARIO, "villages.csv", "steppe.osm.pbf")
IN_ENGLISH = 'language = "en"'


@options.command()
@options.output(
    "FOLDER", "Where its scenario goes, and what is made of it.", default="outputs/demo"
)
@options.language
@options.flag("--overwrite", OVERWRITE_HELP)
@options.search(seconds=20.0)
def demo(
    *, out: Output, output: Path, language: Language | None, overwrite: bool, search: Options
) -> int:
    """Run all steps on a fictional district.

    FOLDER gets its scenario with table and roads, as a campaign of yours has them, and in outputs
    the problem, the plan and the map.
    """
    from routeplan.planner import find_engine

    find_engine(search.engine)
    _write_inputs(output, language, overwrite=overwrite)
    scenario = inputs.read_scenario_in(language, output / SCENARIO)
    code = run_all_steps(out, scenario, output / OUTPUTS, search, overwrite=overwrite)
    if not out.as_json:
        command = shlex.join(["routeplan", "office", str(output)])
        Terminal().lines(_("open it as pages in a browser: {command}", command=command))
    return code


def _write_inputs(folder: Path, language: Language | None, *, overwrite: bool) -> None:
    """Write the scenario, whose handouts are in this language, and the files that it names."""
    from routeplan.workflow.outputs import RUN, check_own

    check_folder(folder, *INPUTS)
    paths = [folder / name for name in INPUTS]
    if not overwrite:
        check_own(RUN, *paths)
    contents: dict[Path, str | bytes] = {
        each: read_bytes(demo_folder() / each.name) for each in paths
    }
    text = inputs.read_text(demo_folder() / SCENARIO)
    contents[folder / SCENARIO] = text.replace(
        IN_ENGLISH, f'language = "{language or message_language()}"'
    )
    write_whole(contents)
    sign(RUN, *paths)


def demo_folder() -> Path:
    """Return the folder of the fictional district: in the package, or beside it in a checkout."""
    inside = Path(str(resources.files("routeplan"))) / "demo"
    return inside if inside.is_dir() else inside.parents[1] / "data" / "demo"
