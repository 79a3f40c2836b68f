"""Record what visits brought: from a workbook, a table, or typed in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import inputs, options
from routeplan.cli.console import Steps, Terminal
from routeplan.cli.ledger import passphrase_file, passphrase_of
from routeplan.cli.output import Output
from routeplan.display import clock
from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from routeplan.ledger import Entry
    from routeplan.model.results import VisitResult
    from routeplan.recording import VisitRow
    from routeplan.workflow.journal import Journal


@options.command()
@options.paths("plan")
@options.paths("file", required=False)
@options.option(
    "--ledger", "LEDGER", "The campaign's: a file, or postgresql://….", required=True, type=str
)
@options.flag("--keep-good", "Record the good rows of a file that has faults.")
@options.option(
    "--correct",
    "ENTRY",
    "Replace this entry by its row of FILE, or by what is typed (repeatable).",
    type=int,
    multiple=True,
)
@options.option("--withdraw", "ENTRY", "Withdraw this entry (repeatable).", type=int, multiple=True)
@options.option("--why", "TEXT", "Why it is corrected or withdrawn.", default="")
@options.option("--look", "WHAT", "Show what is recorded of a village or a sheet.")
@options.option("--by", "NAME", "Who records; kept in the ledger.", default="")
@passphrase_file
def record(
    *,
    out: Output,
    plan: Path,
    file: Path | None,
    ledger: str,
    keep_good: bool,
    correct: tuple[int, ...],
    withdraw: tuple[int, ...],
    why: str,
    look: str | None,
    by: str,
    passphrase_file: Path | None,
) -> int:
    """Record what visits brought: from a workbook, a table, or typed in.

    PLAN is plan.json, with problem.json beside it. FILE is its workbook with the sheet of results,
    or a table. Without FILE, sheets are typed in line by line.
    """
    from routeplan.workflow.journal import check_texts, open_journal

    check_texts({"--why": why, "--by": by})
    if withdraw and (correct or file or look):
        message = _("cannot be combined with FILE, --correct or --look")
        raise InputError([Fault("--withdraw", message, _("withdraw first, then record"))])
    problem, made, _sha256 = inputs.read_problem_and_plan(plan.with_name("problem.json"), plan)
    passphrase = passphrase_of(ledger, file=passphrase_file)
    name = problem.name or plan.absolute().parent.name
    with open_journal(
        *(ledger, problem, made), name=name, recorder=by, passphrase=passphrase
    ) as journal:
        if look is not None:
            _show_entries(out, journal, journal.look(look))
            return 0
        entries = _entries(journal, {"--correct": correct, "--withdraw": withdraw})
        if withdraw:
            return _withdraw(out, journal, entries["--withdraw"], why)
        if file is not None:
            return _record_file(
                *(out, journal, file, entries["--correct"]), keep_good=keep_good, why=why
            )
        return _type_in(out, journal, entries["--correct"], why)


def _entries(journal: Journal, numbers: dict[str, tuple[int, ...]]) -> dict[str, list[Entry]]:
    """Return the entries that options name, or refuse all unknown ones at once."""
    faults = Faults()
    found: dict[str, list[Entry]] = {name: [] for name in numbers}
    for name, each in numbers.items():
        for number in each:
            try:
                found[name].append(journal.entry(number))
            except InputError as error:
                faults.extend(Fault(name, fault.message, fault.hint) for fault in error.faults)
    faults.raise_any()
    return found


def _withdraw(out: Output, journal: Journal, entries: Sequence[Entry], why: str) -> int:
    for entry in entries:
        journal.correct(entry, None, why=why)
    n = len(entries)
    text = ngettext("{n} entry is withdrawn", "{n} entries are withdrawn", n)
    out.answer({"withdrawn": [entry.id for entry in entries]}, [text])
    return 0


def _record_file(
    out: Output,
    journal: Journal,
    file: Path,
    corrected: Sequence[Entry],
    *,
    keep_good: bool,
    why: str,
) -> int:
    """Record the rows of a file: all, or with `keep_good` those without faults."""
    from routeplan.recording import read_results

    with out.steps() as steps:
        steps.on_step(_("reading {file}", file=file.name))
        read = read_results(
            *(file, journal.planned),
            fingerprint=_fingerprint(journal),
            earlier=journal.counted(),
            on_note=_noting(steps),
        )
    rows = journal.sort(read.rows, corrected)
    faults = Faults([*read.faults, *rows.faults])
    good = len(rows.new) + len(rows.corrections)
    if faults and not keep_good:
        if good:
            text = ngettext(
                "nothing is recorded; {n} row has no fault",
                "nothing is recorded; {n} rows have no fault",
                good,
            )
            faults.add("", text, _("--keep-good records them"))
        faults.raise_any()
    added = journal.record(rows.new, source=file.name)
    changed = [
        journal.correct(entry, row.result, why=why or file.name) for entry, row in rows.corrections
    ]
    values = {
        "added": added,
        "same": [row.source for row in rows.same],
        "corrected": changed,
        "faults": [{"where": f.where, "message": f.message, "hint": f.hint} for f in faults],
    }
    out.answer(values, [*_summary(added, rows.same, changed), *_not_recorded(faults)])
    return InputError.exit_code if faults else 0


def _fingerprint(journal: Journal) -> str:
    from routeplan.workflow.edits import fingerprint_of

    return fingerprint_of(journal.planned.plan)


def _noting(steps: Steps) -> Any:  # noqa: ANN401  # a bound method
    return steps.note


def _summary(added: Sequence[int], same: Sequence[VisitRow], changed: Sequence[int]) -> list[str]:
    """Return how many rows became what."""
    lines = [ngettext("{n} visit is recorded", "{n} visits are recorded", len(added))]
    if changed:
        lines.append(ngettext("{n} entry is corrected", "{n} entries are corrected", len(changed)))
    if same:
        where = ", ".join(row.source for row in same)
        text = ngettext(
            "{n} visit was recorded before, and is counted once: {rows}",
            "{n} visits were recorded before, and are counted once: {rows}",
            len(same),
            rows=where,
        )
        lines.append(text)
    return lines


def _not_recorded(faults: Sequence[Fault]) -> list[str]:
    return [_("not recorded: {fault}", fault=fault) for fault in faults]


def _type_in(out: Output, journal: Journal, corrected: Sequence[Entry], why: str) -> int:
    """Record sheets as they are typed, each as soon as it is complete."""
    from routeplan.recording import SheetEntry

    made: list[int] = []

    def record_one(row: VisitRow) -> str:
        number = journal.record_typed(row)
        if number is None:
            return _("was recorded before with the same numbers, and is counted once")
        made.append(number)
        return _("recorded as entry {number}", number=number)

    terminal = Terminal(quiet=out.as_json)
    for entry in corrected:

        def correct_one(row: VisitRow, entry: Entry = entry) -> str:
            made.append(journal.correct_typed(entry, row, why=why))
            return _("entry {number} is corrected", number=entry.id)

        result: VisitResult = entry.result
        visit = journal.planned.visit(*result.key)
        _converse(terminal, SheetEntry(journal.planned, correct_one, visit=visit))
    if not corrected:
        _converse(terminal, SheetEntry(journal.planned, record_one))
    if out.as_json:
        out.answer({"added" if not corrected else "corrected": made}, [])
    return 0


def _converse(terminal: Terminal, dialogue: Any) -> None:  # noqa: ANN401  # loaded when it is used
    """Hold a dialogue on the terminal, or with lines from a pipe."""
    terminal.lines(dialogue.greeting())
    while not dialogue.finished:
        line = sys.stdin.readline()
        terminal.lines(dialogue.answer(line or None))


def _show_entries(out: Output, journal: Journal, entries: Sequence[Entry]) -> None:
    from routeplan.recording.counts import COUNTS

    values = [
        {
            "entry": entry.id,
            "sheet": entry.sheet,
            "team": entry.result.team,
            "date": entry.result.date,
            "place": entry.result.place,
            **{name: getattr(entry.result, name) for name in COUNTS},
            "come_back_after": entry.result.come_back_after,
            "door_seconds": entry.result.door_seconds,
            "drive_seconds": entry.result.drive_seconds,
            "recorded": entry.when,
            "by": entry.by,
            "corrects": entry.corrects,
        }
        for entry in entries
    ]
    lines = [_entry_line(journal, entry) for entry in entries] or [_("nothing is recorded")]
    out.answer({"entries": values}, lines)


def _entry_line(journal: Journal, entry: Entry) -> str:
    """Return an entry as one line: what, when and by whom, and which entry it replaces."""
    from routeplan.workflow.journal import counts_text

    result = entry.result
    parts = [journal.planned.label(result)]
    if entry.sheet is not None:
        parts = [_("sheet {sheet:03}: {label}", sheet=entry.sheet, label=parts[0])]
    parts.append(counts_text(result))
    if result.come_back_after is not None:
        time = clock(result.come_back_after)
        parts.append(_("come back after {time}", time=time))
    if result.door_seconds is not None:
        parts.append(_("{minutes:.0f} min at doors", minutes=result.door_seconds / 60))
    if result.drive_seconds is not None:
        parts.append(_("{minutes:.0f} min of the drive", minutes=result.drive_seconds / 60))
    when = f"{entry.when.astimezone():%Y-%m-%d %H:%M}"
    if entry.by:
        parts.append(_("recorded {when} by {name}", when=when, name=entry.by))
    else:
        parts.append(_("recorded {when}", when=when))
    if entry.corrects is not None:
        parts.append(_("replaces entry {number}", number=entry.corrects))
    return _("entry {number}: {text}", number=entry.id, text="; ".join(parts))
