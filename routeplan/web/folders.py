"""Where plans are in the campaign's folder.

The first plan is in ``outputs``, as `routeplan run` writes it there. What follows it, a plan that
was changed from a day on or that of the next week, is in ``outputs/DATE``, by its first day. The
plan that holds is that of the latest date.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

SCENARIO, OUTPUTS, HANDOUTS, PACKS = "scenario.toml", "outputs", "handouts", "packs"

CODES, RECIPIENTS = "codes.json", "recipients.json"
"""In the campaign's folder: the key to the codes of places, and the public keys of crews."""

LOCK, WORK = ".routeplan.office", ".routeplan.work"
"""In the campaign's folder, files that an office locks, and the worker of a job."""
FILES = "problem.json", "plan.json"
"""Of a plan, in its folder."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def plan_folders(folder: Path) -> list[Path]:
    """Return the folders with a plan, in the order of their first days."""
    top = folder / OUTPUTS
    later = sorted(path for path in top.glob("*-*-*") if _DATE.fullmatch(path.name))
    return [path for path in (top, *later) if all((path / name).is_file() for name in FILES)]


def current_folder(folder: Path) -> Path | None:
    """Return the folder of the plan that holds; None where there is none yet."""
    return next(reversed(plan_folders(folder)), None)


def later_folder(folder: Path, first: dt.date) -> Path:
    """Return the folder of a plan from a day on."""
    return folder / OUTPUTS / first.isoformat()


def folder_before(folder: Path, first: dt.date) -> Path | None:
    """Return the folder of the last plan that begins before a day; that of the first plan does."""
    later = later_folder(folder, first).name
    earlier = (p for p in plan_folders(folder) if p.name == OUTPUTS or p.name < later)
    return max(earlier, key=lambda path: (path.name != OUTPUTS, path.name), default=None)


def first_date(folder: Path, problem: Problem) -> dt.date:
    """Return from which day on the plan of a folder holds."""
    return problem.days[0].date if folder.name == OUTPUTS else dt.date.fromisoformat(folder.name)


def changed_from(folder: Path, where: Path) -> Path | None:
    """Return the folder of the plan of which a plan is a change; None where it begins a week."""
    if where.name == OUTPUTS:
        return None
    before = folder_before(folder, dt.date.fromisoformat(where.name))
    if before is None:
        return None
    old, new = (read_plan_in(each)[0].days for each in (before, where))
    return before if old[0].date == new[0].date else None


def read_plan_in(folder: Path) -> tuple[Problem, Plan]:
    """Read a plan with its problem; the last ones are kept until their files change."""
    files = [folder / name for name in FILES]
    return _read_plan(*(part for path in files for part in _version(path)))


def forget_plans() -> None:
    """Keep no plan that was read."""
    _read_plan.cache_clear()


def _version(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=6)
def _read_plan(
    problem_file: Path, _a: int, _b: int, plan_file: Path, _c: int, _d: int
) -> tuple[Problem, Plan]:
    """Read a plan with its problem, once for each version of the two files."""
    data = read_bytes(problem_file)
    problem = problem_from_json(data, source=problem_file.name)
    plan = plan_from_json(read_bytes(plan_file), source=plan_file.name)
    if plan.problem_sha256 != problem_sha256(data):
        message = _("was not made for the problem in {file}", file=problem_file.name)
        raise InputError([Fault(plan_file.name, message, _("plan again"))])
    return problem, plan
