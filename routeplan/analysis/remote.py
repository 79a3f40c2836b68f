"""What runs on a worker of a cluster; it loads little, so that a first look at it is quick."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from routeplan.language import gettext as _


def plan_plain(
    problem: str,
    variant: dict[str, Any] | None,
    options: dict[str, Any],
    start: str | None,
    *,
    code: str,
) -> str:
    """Plan a task of plain values on a worker; ImportError where this is not that version."""
    from routeplan.analysis.pools import Task, plan_task  # noqa: PLC0415  # heavy for a first look
    from routeplan.analysis.variants import Variant  # noqa: PLC0415  # as above
    from routeplan.planner import Options  # noqa: PLC0415  # as above

    if code_hash() != code:
        raise ImportError(_("it has another version of routeplan"))
    posed = None if variant is None else Variant(**variant)
    return plan_task(Task(problem, posed, Options(**options), start))


@functools.cache
def code_hash() -> str:
    """Return a hash of the code of this package, as it is installed here.

    The version is not enough: between two releases code changes under the same one.
    """
    folder, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".c", ".h"}):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:12]
