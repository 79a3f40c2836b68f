"""Values of a scenario file: times of day, and the names of files."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, closest
from routeplan.formats.fields import HOOKS
from routeplan.language import gettext as _
from routeplan.model.problem import Window

if TYPE_CHECKING:
    from pathlib import Path

LATEST_HOUR = 47


def read_window(values: object) -> Window:
    """Convert two times of day, the second of which may run past midnight."""
    if not isinstance(values, list) or len(values) != 2:  # noqa: PLR2004  # a start and an end
        hint = _('write them as ["08:00", "21:00"]')
        raise InputError([Fault("", _("expected two times of day"), hint)])
    times = [_seconds_of_day(value) for value in values]
    faults = [
        Fault(
            f"[{n}]",
            _("{value!r} is no time of day", value=str(value)),
            _('write it as "08:00"'),
        )
        for n, (value, time) in enumerate(zip(values, times, strict=True))
        if time is None
    ]
    start, end = times
    if start is None or end is None:
        raise InputError(faults)
    if end < start:
        message = _("ends at {end}, before it starts at {start}", start=values[0], end=values[1])
        raise InputError([Fault("", message, _('an end after midnight is written as "25:30"'))])
    return Window(start, end)


def _seconds_of_day(value: object) -> int | None:
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    match = re.fullmatch("([0-9]{1,2}):([0-5][0-9])", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > LATEST_HOUR:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60


def read_file(folder: Path, word: str, value: object) -> Path:
    """Convert a path that is relative to the folder, and must be that of a file."""
    text: str = HOOKS[str](value)
    path = folder / text
    if path.is_file():
        return path
    if path.is_dir():
        message = _("{name!r} is a folder", name=text)
        raise InputError([Fault("", message, _("name a file in it"))])
    near = closest(path.name, (file.name for file in path.parent.glob("*") if file.is_file()))
    if near:
        hint = _("did you mean {word!r}?", word=near)
    elif word == "sweep":
        hint = _("paths count from the sweep's folder")
    else:
        hint = _("paths count from the scenario's folder")
    raise InputError([Fault("", _("there is no file {name!r}", name=text), hint)])
