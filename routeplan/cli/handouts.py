"""Write all that crews take along, and organizers' files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, plan_alone_too
from routeplan.cli.output import Output
from routeplan.files import check_writable
from routeplan.language import ngettext

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
    from routeplan.workflow.draw import write_handouts

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
