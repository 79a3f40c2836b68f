"""Write all that crews take along, and organizers' files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from routeplan.cli import options
from routeplan.cli.inputs import PlanFiles, plan_alone_too
from routeplan.cli.output import Output
from routeplan.files import check_writable
from routeplan.language import gettext as _
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
    from routeplan.handouts import make_handouts, unprintable_names
    from routeplan.workflow import outputs
    from routeplan.workflow.edits import fingerprint_of

    check_writable(output / outputs.INDEX)
    made: dict[str, bytes] = {}
    with out.steps() as steps:
        read = source.read(steps)
        fingerprint = fingerprint_of(read[1])
        for remark in unprintable_names(read[0]):
            steps.note(remark)
        for step, make in make_handouts(*read, fingerprint=fingerprint, kinds=kinds or None):
            steps.on_step(step)
            made |= make()
        steps.on_step(_("writing files"))
        outputs.write_folder(output, made)
    folders = Counter(name.rpartition("/")[0] for name in made)
    out.answer(
        {"files": {name: output / name for name in made}},
        [
            ngettext("{folder}: {n} files", "{folder}: {n} files", count, folder=output / folder)
            for folder, count in sorted(folders.items())
        ],
    )
