"""Write all that crews take along, and organizers' files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, plan_alone_too
from routeplan.cli.output import Output
from routeplan.files import check_writable
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from routeplan.handouts import MapData
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

KINDS = ("map", "sheets", "phone", "workbook", "layers", "csv")


@options.command()
@plan_alone_too
@options.output("FOLDER", "Where they go.", default="outputs/handouts")
@options.choice("--only kinds", KINDS, "Make this kind and no other (repeatable).", multiple=True)
@options.language
def handouts(out: Output, source: PlanFiles, output: Path, kinds: tuple[str, ...]) -> None:
    """Write all that crews take along, and organizers' files.

    With scenario.toml before the plan, ways follow the roads; with problem.json before it, or
    beside it, they are straight.
    """
    from routeplan.handouts import unprintable_names
    from routeplan.workflow import outputs

    check_writable(output / outputs.INDEX)
    with out.steps() as steps:
        read = source.read(steps)
        for remark in unprintable_names(read[0]):
            steps.note(remark)
        made = write_handouts(output, read, steps.on_step, kinds=kinds or None)
    folders = Counter(name.rpartition("/")[0] for name in made)
    out.answer(
        {"files": {name: output / name for name in made}},
        [
            ngettext("{folder}: {n} files", "{folder}: {n} files", count, folder=output / folder)
            for folder, count in sorted(folders.items())
        ],
    )


def write_handouts(
    folder: Path,
    read: tuple[Problem, Plan, MapData],
    on_step: Callable[[str], None],
    *,
    kinds: Sequence[str] | None = None,
    team_days: Sequence[tuple[str, int]] | None = None,
) -> dict[str, bytes]:
    """Make handouts of a plan, as `routeplan.handouts.make_handouts` does, and write them."""
    from routeplan.handouts import make_handouts
    from routeplan.workflow import outputs
    from routeplan.workflow.edits import fingerprint_of

    made: dict[str, bytes] = {}
    steps = make_handouts(
        *read, fingerprint=fingerprint_of(read[1]), kinds=kinds, team_days=team_days
    )
    for step, make in steps:
        on_step(step)
        made |= make()
    on_step(_("writing files"))
    outputs.write_folder(folder, made)
    return made
