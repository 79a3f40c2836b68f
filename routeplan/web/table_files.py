"""The campaign's table of villages: taken from an upload, or changed by a choice.

The table is replaced whole or not at all. That of before is kept beside it, as a file that
``routeplan wipe`` knows; the scenario names the table that is there.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from routeplan.errors import Fault, InputError
from routeplan.files import (
    LARGEST_TOML,
    digest_of,
    is_signed,
    read_bytes,
    sign,
    temporary_beside,
    write_whole,
)
from routeplan.language import gettext as _
from routeplan.scenario import read_scenario
from routeplan.scenario.editing import ScenarioText
from routeplan.villages.choices import ending_of, with_choices
from routeplan.web.folders import SCENARIO
from routeplan.workflow.checks import faults_beside
from routeplan.workflow.inputs import rows_of_table

STEM = "villages"
"""The name of a table to which the scenario gives none."""

WRITER = "office"
"""Signs the tables that it wrote: of those no copy is kept."""

_TEXT_ENDINGS = (".csv", ".tsv", ".txt")
_ON_MAP = (".pbf", ".osm", ".bz2")


def scenario_text(folder: Path) -> ScenarioText:
    """Read the text of the scenario; InputError where it cannot be edited."""
    data = read_bytes(folder / SCENARIO, name=SCENARIO, most=LARGEST_TOML)
    try:
        return ScenarioText(data.decode(), SCENARIO)
    except UnicodeDecodeError:
        hint = _("save it in the encoding UTF-8")
        raise InputError([Fault(SCENARIO, _("is not in UTF-8"), hint)]) from None


def take_table(folder: Path, data: bytes, *, find: bool) -> tuple[str, str]:
    """Check a table, and make it that of the campaign.

    Parameters
    ----------
    folder
        The campaign's.
    data
        The content of the table.
    find
        Whether villages without a position may be looked for on the map of the roads, where the
        scenario names no other.

    Returns
    -------
    tuple of str
        The name of the table, and that of the copy of the one before; empty where there was none.

    Raises
    ------
    InputError
        With all faults of the table and of the scenario; then nothing is changed.
    """
    document = scenario_text(folder)
    ending = ending_of(data)
    target = _target(folder, document, ending)
    for name in ("osm", "kinds"):
        document.set(f"villages.{name}", None)
    try:
        _check(folder, document, data, target)
    except InputError:
        roads = str(document.get("roads.file") or "")
        if not find or document.get("villages.places") or not roads.endswith(_ON_MAP):
            raise
        document.set("villages.places", roads)
        _check(folder, document, data, target)
    return target.name, _replace(folder, document, target, data, is_kept=True)


def choose_place(folder: Path, row: int, choice: str, sha256: str) -> str:
    """Write the choice of a candidate into the table; return the digest of the table then.

    Parameters
    ----------
    folder
        The campaign's.
    row
        The number of the village's row.
    choice
        The candidate, as `routeplan.villages.matching.Candidate.text` has it.
    sha256
        Of the table when its candidates were found.

    Raises
    ------
    InputError
        Where the table was changed since, or cannot be written.
    """
    table = read_scenario(folder / SCENARIO).villages.table
    if table is None or digest_of(table) != sha256:
        name = SCENARIO if table is None else table.name
        message = _("was changed since the district was looked at")
        raise InputError([Fault(name, message, _("look at the district again"))])
    data, ending = with_choices(table, {row: choice})
    document = scenario_text(folder)
    target = _target(folder, document, ending)
    _replace(folder, document, target, data, is_kept=not is_signed(WRITER, table))
    return digest_of(target)


def _target(folder: Path, document: ScenarioText, ending: str) -> Path:
    """Return where a table with this ending goes: under the name of the scenario, if it can."""
    named = str(document.get("villages.table") or "")
    path = folder / named
    own = path.suffix.lower()
    fits = own == ending or (ending == ".csv" and own in _TEXT_ENDINGS)
    is_inside = path.resolve().parent == folder.resolve()
    return path if named and fits and is_inside else folder / f"{STEM}{ending}"


def _check(folder: Path, document: ScenarioText, data: bytes, target: Path) -> None:
    """Read the table as if it were in its place; raise all faults."""
    with temporary_beside(folder / SCENARIO, target.suffix) as temporary:
        temporary.write_bytes(data)
        tried = ScenarioText(document.text, SCENARIO)
        tried.set("villages.table", temporary.name)
        try:
            scenario = read_scenario(
                folder / SCENARIO, data=tried.text.encode(), more_faults=faults_beside
            )
            rows_of_table(scenario.villages, on_unplaced=lambda _unplaced: None)
        except InputError as error:
            names = temporary.name, target.name
            raise InputError([_renamed(fault, *names) for fault in error.faults]) from None


def _renamed(fault: Fault, old: str, new: str) -> Fault:
    return replace(
        fault, where=fault.where.replace(old, new), message=fault.message.replace(old, new)
    )


def _replace(
    folder: Path, document: ScenarioText, target: Path, data: bytes, *, is_kept: bool
) -> str:
    """Write table and scenario, and keep what was there; return the name of the copy."""
    before = _table_beside(folder, document, target)
    contents: dict[Path, str | bytes] = {target: data}
    kept = ""
    for path in filter(Path.is_file, dict.fromkeys((before, target))):
        old = read_bytes(path)
        if old != data and (is_kept or path != target):
            copy = _free_name(path, contents)
            kept, contents[copy] = kept or copy.name, old
    write_whole(contents)
    sign(WRITER, target)
    document.set("villages.table", target.name)
    if document.is_changed:
        # The scenario is the organizer's own file, which no wipe removes.
        write_whole({folder / SCENARIO: document.text}, index=False)
    if before != target:
        before.unlink(missing_ok=True)
    return kept


def _table_beside(folder: Path, document: ScenarioText, target: Path) -> Path:
    """Return the present table, if it is in the same folder as the target; else the target."""
    path = folder / str(document.get("villages.table") or target.name)
    return path if path.is_file() and path.parent == target.parent else target


def _free_name(path: Path, taken: dict[Path, str | bytes]) -> Path:
    numbered = (path.with_name(f"{path.stem}-old-{n}{path.suffix}") for n in itertools.count(1))
    return next(each for each in numbered if not each.exists() and each not in taken)
