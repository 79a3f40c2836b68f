"""Changes that an organizer makes to a plan by hand, and the plans of before, in its folder.

``edits.json`` holds the edits of the board that are not planned yet, and those of earlier plans
that go on to hold; it belongs to one content of ``plan.json``. In ``earlier/NUMBER`` are the plan,
the map and the edits that a search replaced, so that it can be undone.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast, get_args

from routeplan.errors import Fault, Faults, InputError, RouteplanError
from routeplan.files import digest_of, is_signed, read_bytes, sign, write_whole
from routeplan.formats import plan_from_json, problem_sha256
from routeplan.formats.document import VERSION, file_error, format_json, parse_document
from routeplan.language import gettext as _
from routeplan.workflow.outputs import RUN, remove_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.formats.fields import Fields
    from routeplan.model.plan import Plan
    from routeplan.workflow.board import BoardEdit

EDITS, EARLIER = "edits.json", "earlier"
EDIT = "edit"
"""Writer of a plan that was planned around edits, and of edits, in the index of their folder."""

MOST_STEPS = 8
"""So many plans of before are kept."""

MOST_EDITS = 200

_FORMAT = "routeplan-edits"
_PLAN, _MAP = "plan.json", "map.html"
_STEP = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class PlanEdits:
    """What the organizer changed of a plan.

    Parameters
    ----------
    edits
        Not planned yet, in the order in which they were made.
    held
        Of earlier plans, which the next search keeps, too.
    """

    edits: tuple[BoardEdit, ...] = ()
    held: tuple[BoardEdit, ...] = ()


def read_edits(folder: Path) -> PlanEdits:
    """Return the edits of the plan in a folder; those of another plan are none."""
    path = folder / EDITS
    if not path.is_file():
        return PlanEdits()
    faults = Faults()
    root = parse_document(read_bytes(path), path.name, _FORMAT, faults)
    if root.text("plan_sha256") != digest_of(folder / _PLAN):
        return PlanEdits()
    found = {
        name: tuple(each for row in root.children(name) if (each := _edit_of(row)))
        for name in ("edits", "held")
    }
    if faults:
        raise file_error(faults, path.name)
    return PlanEdits(**found)


def _edit_of(row: Fields) -> BoardEdit | None:
    from routeplan.workflow.board import BoardEdit, EditKind  # noqa: PLC0415  # it loads the planner

    kind = row.text("kind")
    if kind not in get_args(EditKind):
        row.fault("kind", _("{word!r} is not known", word=kind))
        return None
    place, team, to_team = (row.text(name) for name in ("place", "team", "to_team"))
    day, to_day = (row.whole(name) for name in ("day", "to_day"))
    row.finish()
    edit = BoardEdit(cast("EditKind", kind), place, team, day, to_team, to_day)
    return edit if row.sound else None


def write_edits(folder: Path, changes: PlanEdits) -> None:
    """Write the edits of the plan in a folder."""
    if len(changes.edits) > MOST_EDITS:
        message = _("these are more than {most} changes", most=MOST_EDITS)
        raise InputError([Fault("", message, _("plan again with these first"))])
    path = folder / EDITS
    write_whole({path: _text(changes, digest_of(folder / _PLAN), _writer(folder))})
    sign(EDIT, path)


def _text(changes: PlanEdits, plan_sha256: str, writer: str) -> str:
    return format_json(
        {
            "format": _FORMAT,
            "version": VERSION,
            "plan_sha256": plan_sha256,
            "writer": writer,
            "edits": [asdict(each) for each in changes.edits],
            "held": [asdict(each) for each in changes.held],
        }
    )


def _writer(folder: Path) -> str:
    """Return who wrote the plan, so that it is signed likewise when it comes back."""
    return next((each for each in (RUN, EDIT) if is_signed(each, folder / _PLAN)), "")


# ---- Plans of before ----


def _steps(folder: Path) -> list[Path]:
    """Return the folders of the plans of before, the last one last."""
    found = (folder / EARLIER).glob("*")
    return sorted(path for path in found if _STEP.fullmatch(path.name) and _is_whole(path))


def _is_whole(step: Path) -> bool:
    return all((step / name).is_file() for name in (_PLAN, EDITS))


def step_back(folder: Path) -> Path | None:
    """Return the folder of the plan that came before the one that is there; None if none is kept.

    One that is the same was not replaced, because the office ended before.
    """
    if not (folder / _PLAN).is_file():
        return None
    now = digest_of(folder / _PLAN)
    return next((s for s in reversed(_steps(folder)) if digest_of(s / _PLAN) != now), None)


def plan_before(folder: Path) -> Plan | None:
    """Return the plan that a search replaced last."""
    step = step_back(folder)
    return None if step is None else plan_from_json(read_bytes(step / _PLAN), source=_PLAN)


def keep_step(folder: Path) -> None:
    """Keep the plan of a folder, with its map and edits, before another one is written."""
    if not (folder / _PLAN).is_file():
        return
    steps = _steps(folder)
    number = int(steps[-1].name) + 1 if steps else 1
    step = folder / EARLIER / f"{number:04d}"
    contents: dict[Path, str | bytes] = {
        step / name: read_bytes(folder / name)
        for name in (_MAP, _PLAN)
        if (folder / name).is_file()
    }
    text = _text(read_edits(folder), digest_of(folder / _PLAN), _writer(folder))
    write_whole({**contents, step / EDITS: text})
    old = steps[: max(0, len(steps) + 1 - MOST_STEPS)]
    remove_files([path for each in old for path in _files_of(each)], within=folder)


def write_planned(folder: Path, text: str, changes: PlanEdits) -> None:
    """Replace the plan of a folder by one that was planned around edits; that is kept."""
    keep_step(folder)
    # The hash of a text is that of its file, whatever it is of.
    edits = _text(changes, problem_sha256(text), EDIT)
    write_whole({folder / _PLAN: text, folder / EDITS: edits})
    sign(EDIT, folder / _PLAN, folder / EDITS)


def undo(folder: Path) -> None:
    """Take the last edit back; where there is none, the last search."""
    changes = read_edits(folder)
    if changes.edits:
        write_edits(folder, PlanEdits(changes.edits[:-1], changes.held))
        return
    step = step_back(folder)
    if step is not None:
        _restore(folder, step)


def _restore(folder: Path, step: Path) -> None:
    before = plan_from_json(read_bytes(step / _PLAN), source=_PLAN)
    if before.problem_sha256 != digest_of(folder / "problem.json"):
        message = _(
            "the plan before was made for other villages, crews or days, and cannot come back"
        )
        raise RouteplanError(message)
    contents = {folder / path.name: read_bytes(path) for path in _files_of(step)}
    write_whole(contents)
    writer = parse_document(contents[folder / EDITS], EDITS, _FORMAT, Faults()).text("writer")
    sign(EDIT, folder / EDITS)
    sign(writer or EDIT, folder / _PLAN)
    later = [each for each in _steps(folder) if each.name >= step.name]
    remove_files([path for each in later for path in _files_of(each)], within=folder)


def _files_of(step: Path) -> list[Path]:
    found: Iterator[Path] = (step / name for name in (_PLAN, EDITS, _MAP))
    return [path for path in found if path.is_file()]
